//! Builds a world chat by chat.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use grammers_tl_types::{enums, types};
use model::ChatId;

use super::presets::{ACCOUNT, CODE, PHONE};
use super::texts::{longest, mix, styled, text};
use crate::world::{
    Account, Channel, ChatFolder, DialogState, DocumentKind, Forward, Generator, Group, Media, MessageBox,
    Post, UserInfo, World,
};

/// The date of the first message of every world.
const START: i32 = 1_650_000_000;

/// See the module.
pub struct Builder {
    pub(super) world: World,
    pub(super) seed: u64,
    next_file: u64,
    /// The date of each chat's next message.
    clocks: HashMap<i64, i32>,
}

impl Builder {
    /// A world with one account, without a password.
    pub fn new(seed: u64) -> Self {
        let mut builder = Self {
            world: World::new(seed),
            seed,
            next_file: 1,
            clocks: HashMap::new(),
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
                dialogs: BTreeMap::new(),
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
        let info = UserInfo {
            id,
            first_name: name.to_owned(),
            last_name: if id % 3 == 0 {
                "Lovelace".to_owned()
            } else {
                String::new()
            },
            username: Some(if bot {
                format!("user{id}bot")
            } else {
                format!("user{id}")
            }),
            bot,
            deleted: false,
            photo: (id % 2 == 0).then_some(id * 31),
        };
        self.world.users.insert(id, info);
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

    /// A chat with a bot.
    pub fn bot(&mut self, id: i64, name: &str, messages: i32) -> &mut Self {
        self.user(id, name, true);
        self.dialog(ChatId(id), DialogState::default());
        self.fill(ChatId(id), messages, 8)
    }

    /// What the account keeps for itself.
    pub fn saved_messages(&mut self, messages: i32) -> &mut Self {
        self.dialog(ChatId(ACCOUNT), DialogState::default());
        self.fill(ChatId(ACCOUNT), messages, 12)
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

    /// Turns a supergroup into a forum; each topic begins with its service message and has so many messages.
    pub fn forum(&mut self, id: i64, topics: &[&str], messages: i32) -> &mut Self {
        let chat = ChatId::channel(id);
        // The general topic is there without a beginning.
        let mut known = vec![(1, "General".to_owned())];
        for title in topics {
            let title = (*title).to_owned();
            let action = types::MessageActionTopicCreate {
                title_missing: false,
                title: title.clone(),
                icon_color: 0x006F_B9F0,
                icon_emoji_id: None,
            };
            let topic = self.service(chat, action.into());
            known.push((topic, title));
            for n in 0..messages {
                let from = self.somebody(chat, n as u64);
                let body = text(self.seed ^ 0x70_71c5, (topic + n) as u64, 9);
                self.put(chat, |id, date| Post {
                    topic: Some(topic),
                    reply_to: (n % 4 == 3).then_some(id - 1),
                    ..Post::new(id, chat.0, date, from, body)
                });
            }
        }
        if let Some(channel) = self.world.channels.get_mut(&id) {
            channel.forum = true;
            channel.topics = known;
        }
        self
    }

    /// The supergroup is what the group became: both are linked, and say so in service messages.
    pub fn migrated(&mut self, group: i64, channel: i64) -> &mut Self {
        let title = self
            .world
            .groups
            .get(&group)
            .map(|g| g.title.clone())
            .unwrap_or_default();
        let away = types::MessageActionChatMigrateTo { channel_id: channel };
        let here = types::MessageActionChannelMigrateFrom {
            title,
            chat_id: group,
        };
        self.service(ChatId::group(group), away.into());
        self.service(ChatId::channel(channel), here.into());
        if let Some(group) = self.world.groups.get_mut(&group) {
            group.migrated_to = Some(channel);
        }
        if let Some(channel) = self.world.channels.get_mut(&channel) {
            channel.migrated_from = Some(group);
        }
        self
    }

    /// Puts a chat in a folder of the list, pins it, ...
    pub fn dialog(&mut self, chat: ChatId, state: DialogState) -> &mut Self {
        self.dialog_of(ACCOUNT, chat, state)
    }

    /// The same for another account; the account becomes a member.
    pub fn dialog_of(&mut self, account: i64, chat: ChatId, state: DialogState) -> &mut Self {
        if let Some(account) = self.world.accounts.get_mut(&account) {
            account.dialogs.insert(chat.0, state);
        }
        let members = match (chat.channel_id(), chat.group_id()) {
            (Some(id), _) => self.world.channels.get_mut(&id).map(|c| &mut c.members),
            (None, Some(id)) => self.world.groups.get_mut(&id).map(|g| &mut g.members),
            (None, None) => None,
        };
        if let Some(members) = members.filter(|m| !m.contains(&account)) {
            members.push(account);
        }
        self
    }

    /// The account's folders.
    pub fn folders(&mut self, folders: Vec<ChatFolder>) -> &mut Self {
        self.world.set_folders(ACCOUNT, folders);
        self
    }

    /// A user gets so many avatars, the last one stays.
    pub fn avatars(&mut self, user: i64, count: i64) -> &mut Self {
        for n in 0..count {
            self.world.set_photo(ChatId(user), user * 31 + n + 1);
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

    /// Who says something in a chat; `None`: the channel itself.
    pub(super) fn somebody(&self, chat: ChatId, random: u64) -> Option<i64> {
        if chat.user_id().is_some() {
            return Some(if random.is_multiple_of(3) { ACCOUNT } else { chat.0 });
        }
        let members = self.world.people_of(ACCOUNT, chat.0);
        (!members.is_empty()).then(|| members[(random % members.len() as u64) as usize])
    }

    /// Adds plain messages, each with something of its kind now and then.
    pub fn fill(&mut self, chat: ChatId, messages: i32, words: u64) -> &mut Self {
        let seed = self.seed ^ chat.0 as u64;
        for n in 0..messages {
            let random = mix(seed, n as u64);
            let from = self.somebody(chat, random);
            let stranger = 6_000_000 + chat.0.unsigned_abs() as i64 % 1000;
            if random.is_multiple_of(31) {
                self.user(stranger, "Stranger", false);
            }
            let number = n as u64;
            let (body, entities) = if random.is_multiple_of(11) {
                let styled = styled(seed, number, words, random / 11);
                (styled.text, styled.entities)
            } else if random.is_multiple_of(997) {
                (longest(seed, number), vec![])
            } else {
                (text(seed, number, words), vec![])
            };
            self.put(chat, |id, date| {
                let mut post = Post::new(id, chat.0, date, from, body);
                post.entities = entities;
                decorate(&mut post, random, stranger, n);
                post
            });
        }
        self
    }

    /// Adds a message with a file of so many bytes; a plain one without a name is a photo.
    pub fn file(&mut self, chat: ChatId, kind: DocumentKind, name: &str, size: u64) -> &mut Self {
        let media = self.new_media(kind, name, size);
        self.media(chat, media, "");
        self
    }

    pub(super) fn new_media(&mut self, kind: DocumentKind, name: &str, size: u64) -> Media {
        let number = self.next_file;
        self.next_file += 1;
        let file = self.world.new_file(number, size);
        if kind == DocumentKind::Plain && name.is_empty() {
            return Media::Photo {
                file,
                width: 800,
                height: 600,
                spoiler: false,
            };
        }
        let mime = match kind {
            DocumentKind::Plain => "application/pdf",
            DocumentKind::Video | DocumentKind::Round | DocumentKind::Gif => "video/mp4",
            DocumentKind::Voice => "audio/ogg",
            DocumentKind::Audio => "audio/mpeg",
            DocumentKind::Sticker => "image/webp",
            DocumentKind::AnimatedSticker => "application/x-tgsticker",
            DocumentKind::VideoSticker => "video/webm",
        };
        Media::Document {
            file,
            mime: mime.to_owned(),
            name: (!name.is_empty()).then(|| name.to_owned()),
            kind,
        }
    }

    /// Adds a message with anything on it; answers its id.
    pub fn media(&mut self, chat: ChatId, media: Media, caption: &str) -> i32 {
        let from = self.somebody(chat, self.next_file);
        self.put(chat, |id, date| Post {
            media: Some(media),
            ..Post::new(id, chat.0, date, from, caption)
        })
    }

    /// Adds a service message; answers its id.
    pub fn service(&mut self, chat: ChatId, action: enums::MessageAction) -> i32 {
        let from = self.somebody(chat, 1);
        self.put(chat, |id, date| Post {
            action: Some(action),
            ..Post::new(id, chat.0, date, from, "")
        })
    }

    /// Adds a message made from its id and date; answers the id. In the end the ids of private chats and basic groups
    /// are given anew, in the order of their dates.
    pub fn put(&mut self, chat: ChatId, make: impl FnOnce(i32, i32) -> Post) -> i32 {
        let (seed, world) = (self.seed ^ chat.0 as u64, &mut self.world);
        let clock = self
            .clocks
            .entry(chat.0)
            .or_insert_with(|| START + (mix(seed, 1) % 80_000) as i32);
        let date = *clock;
        *clock += 1 + (mix(seed, date as u64) % 900) as i32;
        let messages = match chat.channel_id() {
            Some(id) => world.channels.get_mut(&id).map(|c| &mut c.messages),
            None => world.accounts.get_mut(&ACCOUNT).map(|a| &mut a.common),
        };
        let Some(messages) = messages else { return 0 };
        let id = messages.next_id();
        messages.put(make(id, date));
        messages.pts = id;
        id
    }

    /// The world.
    pub fn build(mut self) -> World {
        for account in self.world.accounts.values_mut() {
            account.common.number_by_date();
        }
        self.world
    }
}

/// What messages have now and then.
fn decorate(post: &mut Post, random: u64, stranger: i64, n: i32) {
    let every = |n: u64| random.is_multiple_of(n);
    if every(13) && n > 3 {
        post.reply_to = Some(post.id - 2);
        post.quote = every(26).then(|| post.text.chars().take(5).collect());
    }
    if every(7) {
        post.reactions = vec![("\u{1f44d}".to_owned(), (random % 9) as i32 + 1)];
        if every(21) {
            post.reactions.push(("custom_5368324170671202286".to_owned(), 2));
        }
    }
    if every(17) {
        post.edit_date = Some(post.date + 30);
        post.said_at = post.edit_date;
    }
    if every(31) {
        post.forward = Some(Forward {
            author: every(2).then_some(stranger),
            name: (!every(2)).then(|| "Somebody hidden".to_owned()),
            date: post.date - 1000,
            ..Forward::default()
        });
    }
    post.silent = every(37);
    if post.from.is_none() {
        post.views = Some(((random % 900) as i32, (random % 5) as i32));
        post.post_author = every(5).then(|| "Grace H.".to_owned());
        post.replies = every(3).then_some((random % 12) as i32);
    }
}
