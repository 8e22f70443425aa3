//! Presets, and a builder for tests.

use std::sync::Arc;

use grammers_tl_types::{enums, types};
use model::ChatId;

use super::texts::{mix, text};
use crate::world::{
    Account, Channel, DialogState, DocumentKind, Draft, Generator, Group, Media, MessageBox, PollSpec, Post,
    UserInfo, World,
};

/// The account of every preset.
pub const ACCOUNT: i64 = 1_000_001;
/// Its number.
pub const PHONE: &str = "15550000001";
/// Its log-in code.
pub const CODE: &str = "24680";
/// Its two-factor password.
pub const PASSWORD: &str = "correct horse";

const START: i32 = 1_650_000_000;

/// Builds a world chat by chat.
pub struct Builder {
    world: World,
    seed: u64,
    next_file: u64,
}

impl Builder {
    /// A world with one account, without a password.
    pub fn new(seed: u64) -> Self {
        let mut builder = Self {
            world: World::new(seed),
            seed,
            next_file: 1,
        };
        builder.account(ACCOUNT, PHONE, CODE, None);
        builder
    }

    /// Adds an account.
    pub fn account(&mut self, user_id: i64, phone: &str, code: &str, password: Option<&str>) -> &mut Self {
        self.user(user_id, "Ada", false);
        self.world.accounts.insert(
            user_id,
            Account {
                user_id,
                phone: phone.to_owned(),
                code: code.to_owned(),
                code_expired: false,
                password: password.map(str::to_owned),
                home_dc: 2,
                common: MessageBox::default(),
                dialogs: std::collections::BTreeMap::new(),
                contacts: Vec::new(),
            },
        );
        self
    }

    /// Gives the account a password.
    pub fn password(&mut self, password: &str) -> &mut Self {
        if let Some(account) = self.world.accounts.get_mut(&ACCOUNT) {
            account.password = Some(password.to_owned());
        }
        self
    }

    /// Adds a user.
    pub fn user(&mut self, id: i64, name: &str, bot: bool) -> &mut Self {
        let photo = (id % 2 == 0).then_some(id * 31);
        self.world.users.insert(
            id,
            UserInfo {
                id,
                first_name: name.to_owned(),
                last_name: String::new(),
                username: Some(format!("user{id}")),
                bot,
                deleted: false,
                photo,
            },
        );
        self
    }

    /// A private chat with so many messages.
    pub fn private(&mut self, id: i64, name: &str, messages: i32) -> &mut Self {
        self.user(id, name, false);
        self.dialog(ChatId(id), DialogState::default());
        if let Some(account) = self.world.accounts.get_mut(&ACCOUNT) {
            account.contacts.push(id);
        }
        self.fill(ChatId(id), messages, 12)
    }

    /// A basic group.
    pub fn group(&mut self, id: i64, title: &str, members: i64, messages: i32) -> &mut Self {
        let members = self.members(id, members);
        let group = Group {
            id,
            title: title.to_owned(),
            members,
            migrated_to: None,
            photo: Some(id * 7),
        };
        self.world.groups.insert(id, group);
        self.dialog(ChatId::group(id), DialogState::default());
        self.fill(ChatId::group(id), messages, 20)
    }

    /// A channel or supergroup whose messages are stored.
    pub fn channel(&mut self, id: i64, title: &str, megagroup: bool, messages: i32) -> &mut Self {
        let members = self.members(id, 20);
        self.add_channel(id, title, megagroup, members, MessageBox::default());
        self.fill(ChatId::channel(id), messages, 25)
    }

    /// A channel whose messages are computed: any number.
    pub fn computed_channel(&mut self, id: i64, title: &str, messages: i32) -> &mut Self {
        let (seed, chat) = (self.seed ^ id as u64, ChatId::channel(id).0);
        let make = move |id: i32| {
            let mut post = Post::new(id, chat, START + id * 3, None, text(seed, id as u64, 22));
            post.views = Some((id % 5000, id % 7));
            post
        };
        let messages = MessageBox::generated(Generator {
            count: messages,
            chat,
            make: Arc::new(make),
        });
        let members = self.members(id, 5);
        self.add_channel(id, title, false, members, messages);
        self
    }

    fn add_channel(
        &mut self,
        id: i64,
        title: &str,
        megagroup: bool,
        members: Vec<i64>,
        messages: MessageBox,
    ) {
        self.world.channels.insert(
            id,
            Channel {
                id,
                title: title.to_owned(),
                username: (id % 2 == 0).then(|| format!("channel{id}")),
                megagroup,
                forum: false,
                topics: Vec::new(),
                members,
                migrated_from: None,
                photo: Some(id * 5),
                messages,
            },
        );
        self.dialog(ChatId::channel(id), DialogState::default());
    }

    /// Turns a supergroup into a forum with topics.
    pub fn forum(&mut self, id: i64, topics: &[&str]) -> &mut Self {
        if let Some(channel) = self.world.channels.get_mut(&id) {
            channel.forum = true;
            channel.topics = topics
                .iter()
                .enumerate()
                .map(|(n, t)| (n as i32 * 10 + 1, (*t).to_owned()))
                .collect();
        }
        self
    }

    /// Puts a chat in a folder.
    pub fn dialog(&mut self, chat: ChatId, state: DialogState) -> &mut Self {
        if let Some(account) = self.world.accounts.get_mut(&ACCOUNT) {
            account.dialogs.insert(chat.0, state);
        }
        self
    }

    fn members(&mut self, of: i64, count: i64) -> Vec<i64> {
        let members: Vec<i64> = (0..count).map(|n| 5_000_000 + (of % 1000) * 100 + n).collect();
        for id in &members {
            self.user(*id, &format!("Member {}", id % 1000), false);
        }
        members
    }

    /// Adds plain messages, each with something of its kind now and then.
    pub fn fill(&mut self, chat: ChatId, messages: i32, words: u64) -> &mut Self {
        let members = chat
            .channel_id()
            .and_then(|id| {
                self.world
                    .channels
                    .get(&id)
                    .filter(|c| c.megagroup)
                    .map(|c| c.members.clone())
            })
            .or_else(|| {
                chat.group_id()
                    .and_then(|id| self.world.groups.get(&id))
                    .map(|g| g.members.clone())
            })
            .unwrap_or_default();
        for n in 0..messages {
            let random = mix(self.seed ^ chat.0 as u64, n as u64);
            let from = if chat.user_id().is_some() {
                Some(if random.is_multiple_of(3) { ACCOUNT } else { chat.0 })
            } else if members.is_empty() {
                None
            } else {
                Some(members[(random % members.len() as u64) as usize])
            };
            let body = text(self.seed ^ chat.0 as u64, n as u64, words);
            self.put(chat, |id| {
                let mut post = Post::new(id, chat.0, START + n * 60, from, body);
                if random.is_multiple_of(11) {
                    post.entities = vec![types::MessageEntityBold { offset: 0, length: 2 }.into()];
                }
                if random.is_multiple_of(13) && id > 3 {
                    post.reply_to = Some(id - 2);
                }
                if random.is_multiple_of(7) {
                    post.reactions = vec![("\u{1f44d}".to_owned(), (random % 9) as i32 + 1)];
                }
                if random.is_multiple_of(17) {
                    post.edit_date = Some(post.date + 30);
                }
                if from.is_none() {
                    post.views = Some(((random % 900) as i32, (random % 5) as i32));
                }
                post
            });
        }
        self
    }

    /// Adds a message with a file of about `size` bytes.
    pub fn file(&mut self, chat: ChatId, kind: DocumentKind, name: &str, size: u64) -> &mut Self {
        let number = self.next_file;
        self.next_file += 1;
        let file = self.world.new_file(number, size);
        let media = match kind {
            DocumentKind::Plain if name.is_empty() => Media::Photo {
                file,
                width: 800,
                height: 600,
            },
            _ => {
                let mime = match kind {
                    DocumentKind::Plain => "application/pdf",
                    DocumentKind::Video | DocumentKind::Round | DocumentKind::Gif => "video/mp4",
                    DocumentKind::Voice | DocumentKind::Audio => "audio/ogg",
                    DocumentKind::Sticker => "image/webp",
                };
                Media::Document {
                    file,
                    mime: mime.to_owned(),
                    name: (!name.is_empty()).then(|| name.to_owned()),
                    kind,
                }
            }
        };
        self.media(chat, media, "")
    }

    /// Adds a message with anything on it.
    pub fn media(&mut self, chat: ChatId, media: Media, caption: &str) -> &mut Self {
        let from = chat.user_id();
        let date = START + 5_000_000 + self.next_file as i32;
        self.put(chat, |id| {
            let mut post = Post::new(id, chat.0, date, from, caption);
            post.media = Some(media);
            post
        });
        self
    }

    /// Adds a service message.
    pub fn service(&mut self, chat: ChatId, action: enums::MessageAction) -> &mut Self {
        self.put(chat, |id| {
            let mut post = Post::new(id, chat.0, START + 6_000_000 + id, None, "");
            post.action = Some(action);
            post
        });
        self
    }

    fn put(&mut self, chat: ChatId, make: impl FnOnce(i32) -> Post) {
        let messages = match chat.channel_id() {
            Some(id) => self.world.channels.get_mut(&id).map(|c| &mut c.messages),
            None => self.world.accounts.get_mut(&ACCOUNT).map(|a| &mut a.common),
        };
        if let Some(messages) = messages {
            let id = messages.next_id();
            messages.put(make(id));
            messages.pts = id;
        }
    }

    /// Every kind of message once, in this chat.
    pub fn every_kind(&mut self, chat: ChatId) -> &mut Self {
        for (kind, name, size) in [
            (DocumentKind::Plain, "", 40_000),
            (DocumentKind::Plain, "report.pdf", 120_000),
            (DocumentKind::Video, "clip.mp4", 700_000),
            (DocumentKind::Round, "", 90_000),
            (DocumentKind::Gif, "loop.mp4", 60_000),
            (DocumentKind::Voice, "", 9_000),
            (DocumentKind::Audio, "song.ogg", 150_000),
            (DocumentKind::Sticker, "sticker.webp", 12_000),
        ] {
            self.file(chat, kind, name, size);
        }
        let poll = PollSpec {
            id: 77,
            question: "Which?".to_owned(),
            answers: vec![("This".to_owned(), 3), ("That".to_owned(), 5)],
            quiz: false,
            closed: false,
        };
        for media in [
            Media::Contact {
                phone: "15551234".to_owned(),
                name: "Bob".to_owned(),
                user_id: 0,
            },
            Media::Geo {
                latitude: 40.4,
                longitude: -3.7,
            },
            Media::LiveGeo {
                latitude: 40.5,
                longitude: -3.6,
                period: 900,
            },
            Media::Venue {
                latitude: 40.4,
                longitude: -3.7,
                title: "Café".to_owned(),
            },
            Media::Dice {
                emoji: "\u{1f3b2}".to_owned(),
                value: 4,
            },
            Media::Poll(poll),
            Media::WebPage {
                id: 5,
                url: "https://example.org/a".to_owned(),
                title: "A page".to_owned(),
                pending: false,
            },
            Media::Unsupported,
        ] {
            self.media(chat, media, "caption");
        }
        self.service(
            chat,
            types::MessageActionChatEditTitle {
                title: "New title".to_owned(),
            }
            .into(),
        );
        self.service(chat, enums::MessageAction::PinMessage)
    }

    /// The world.
    pub fn build(self) -> World {
        self.world
    }
}

/// Six chats, about 300 messages, every kind.
pub fn small(seed: u64) -> World {
    let mut b = Builder::new(seed);
    b.password(PASSWORD)
        .private(2001, "Alice", 60)
        .private(2002, "Bob", 20)
        .group(301, "Family", 4, 40)
        .channel(4001, "News", false, 80)
        .channel(4002, "Supergroup", true, 60)
        .forum(4002, &["General", "Off topic"])
        .channel(4003, "Old channel", false, 20)
        .every_kind(ChatId(2001))
        .every_kind(ChatId::channel(4002))
        .dialog(
            ChatId::channel(4003),
            DialogState {
                folder: 1,
                ..DialogState::default()
            },
        )
        .dialog(
            ChatId(2001),
            DialogState {
                pinned: true,
                ..DialogState::default()
            },
        );
    b.build()
}

/// Twelve chats and about `messages` messages with files.
pub fn check(seed: u64, messages: i32) -> World {
    let mut b = Builder::new(seed);
    b.password(PASSWORD);
    let share = |percent: i32| messages * percent / 100;
    for (n, percent) in [10, 6, 4, 2].into_iter().enumerate() {
        b.private(2001 + n as i64, &format!("Person {n}"), share(percent));
    }
    for (n, percent) in [6, 2].into_iter().enumerate() {
        b.group(301 + n as i64, &format!("Group {n}"), 5, share(percent));
    }
    for (n, percent) in [20, 15, 15].into_iter().enumerate() {
        b.channel(4001 + n as i64, &format!("Supergroup {n}"), true, share(percent));
    }
    for (n, percent) in [12, 6, 2].into_iter().enumerate() {
        b.channel(5001 + n as i64, &format!("Channel {n}"), false, share(percent));
    }
    let chats = [
        ChatId(2001),
        ChatId(2002),
        ChatId::group(301),
        ChatId::channel(4001),
        ChatId::channel(5001),
    ];
    for chat in chats {
        b.every_kind(chat);
    }
    for n in 0..40_u64 {
        let kind = [DocumentKind::Plain, DocumentKind::Voice, DocumentKind::Sticker][(n % 3) as usize];
        let name = ["", "", "notes.txt"][(n % 3) as usize];
        b.file(chats[(n % 5) as usize], kind, name, 3_000 + mix(seed, n) % 40_000);
    }
    b.file(chats[3], DocumentKind::Video, "long.mp4", 2_500_000);
    b.dialog(
        ChatId::channel(5003),
        DialogState {
            folder: 1,
            ..DialogState::default()
        },
    );
    b.build()
}

/// A few channels with computed messages, to be read as fast as can be.
pub fn bench(seed: u64, messages: i32) -> World {
    let mut b = Builder::new(seed);
    for n in 0..4 {
        b.computed_channel(6001 + n, &format!("Channel {n}"), messages / 4);
    }
    b.build()
}

impl From<&str> for Draft {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}
