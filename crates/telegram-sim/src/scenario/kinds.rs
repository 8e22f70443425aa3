//! Every kind of message once.

use grammers_tl_types::{enums, types};
use model::ChatId;

use super::Builder;
use super::texts::{every_style, longest};
use crate::world::render::plain;
use crate::world::{DocumentKind, Forward, Media, PollSpec, Post};

const FILES: [(DocumentKind, &str, u64); 12] = [
    (DocumentKind::Plain, "", 40_000),
    (DocumentKind::Plain, "report.pdf", 120_000),
    (DocumentKind::Plain, "../../e\u{202e}vil/\u{0}name?.txt", 300),
    (DocumentKind::Plain, "empty.bin", 1),
    (DocumentKind::Video, "clip.mp4", 700_000),
    (DocumentKind::Round, "", 90_000),
    (DocumentKind::Gif, "loop.mp4", 60_000),
    (DocumentKind::Voice, "", 9_000),
    (DocumentKind::Audio, "song.mp3", 150_000),
    (DocumentKind::Sticker, "sticker.webp", 12_000),
    (DocumentKind::AnimatedSticker, "AnimatedSticker.tgs", 8_000),
    (DocumentKind::VideoSticker, "sticker.webm", 20_000),
];

fn poll(id: i64, quiz: bool, closed: bool) -> Media {
    Media::Poll(PollSpec {
        id,
        question: "Which?".to_owned(),
        answers: vec![("This".to_owned(), 3), ("That \u{1f914}".to_owned(), 5)],
        quiz,
        right: None,
        closed,
    })
}

/// Media that is no file.
fn others() -> Vec<Media> {
    vec![
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
        poll(77, false, false),
        poll(78, true, false),
        poll(79, false, true),
        Media::WebPage {
            id: 5,
            url: "https://example.org/a".to_owned(),
            title: "A page".to_owned(),
            pending: false,
        },
        Media::WebPage {
            id: 6,
            url: "https://example.org/b".to_owned(),
            title: String::new(),
            pending: true,
        },
        Media::Unsupported,
    ]
}

/// Media that an archive will hardly know.
pub(super) fn rare() -> Vec<enums::MessageMedia> {
    let todo = types::MessageMediaToDo {
        todo: types::TodoList {
            others_can_append: true,
            others_can_complete: true,
            title: plain("To do"),
            list: vec![
                types::TodoItem {
                    id: 1,
                    title: plain("Milk"),
                }
                .into(),
            ],
        }
        .into(),
        completions: None,
    };
    let giveaway = types::MessageMediaGiveaway {
        only_new_subscribers: false,
        winners_are_visible: true,
        channels: vec![4001],
        countries_iso2: None,
        prize_description: Some("A prize".to_owned()),
        quantity: 3,
        months: Some(3),
        stars: None,
        until_date: 1_900_000_000,
    };
    let story = types::MessageMediaStory {
        via_mention: false,
        peer: crate::world::render::peer(2001),
        id: 7,
        story: None,
    };
    let invoice = types::MessageMediaInvoice {
        shipping_address_requested: false,
        test: true,
        title: "Tea".to_owned(),
        description: "A cup of tea".to_owned(),
        photo: None,
        receipt_msg_id: None,
        currency: "EUR".to_owned(),
        total_amount: 250,
        start_param: String::new(),
        extended_media: None,
    };
    vec![todo.into(), giveaway.into(), story.into(), invoice.into()]
}

/// What is told by service messages.
fn actions(members: &[i64]) -> Vec<enums::MessageAction> {
    let users: Vec<i64> = members.iter().take(2).copied().collect();
    let mut all: Vec<enums::MessageAction> = vec![
        types::MessageActionChatEditTitle {
            title: "New title".to_owned(),
        }
        .into(),
        enums::MessageAction::ChatDeletePhoto,
        enums::MessageAction::HistoryClear,
        types::MessageActionSetMessagesTtl {
            period: 86_400,
            auto_setting_from: None,
        }
        .into(),
        types::MessageActionPhoneCall {
            video: true,
            call_id: 9,
            reason: Some(enums::PhoneCallDiscardReason::Missed),
            duration: None,
        }
        .into(),
        enums::MessageAction::ScreenshotTaken,
        types::MessageActionCustomAction {
            message: "Something else".to_owned(),
        }
        .into(),
        types::MessageActionBoostApply { boosts: 2 }.into(),
    ];
    if let Some(first) = users.first().copied() {
        all.push(types::MessageActionChatAddUser { users }.into());
        all.push(types::MessageActionChatDeleteUser { user_id: first }.into());
        all.push(types::MessageActionChatJoinedByLink { inviter_id: first }.into());
    }
    all
}

impl Builder {
    /// Every kind of message once, in this chat.
    pub fn every_kind(&mut self, chat: ChatId) -> &mut Self {
        for (kind, name, size) in FILES {
            self.file(chat, kind, name, size);
        }
        for media in others() {
            self.media(chat, media, "caption");
        }
        for media in rare() {
            self.media(chat, Media::Other(Box::new(media)), "");
        }
        self.album(chat, 3);
        self.texts(chat);
        self.forwards(chat);
        let members = self.world.people_of(super::ACCOUNT, chat.0);
        for action in actions(&members) {
            self.service(chat, action);
        }
        self.pinned(chat)
    }

    /// Photos sent together, the caption on the first.
    pub fn album(&mut self, chat: ChatId, photos: i64) -> &mut Self {
        let from = self.somebody(chat, 1);
        let grouped_id = 13_000_000_000 + chat.0.unsigned_abs() as i64 + photos;
        for n in 0..photos {
            let media = self.new_media(DocumentKind::Plain, "", 20_000 + n as u64 * 1000);
            let caption = if n == 0 { "an album" } else { "" };
            self.put(chat, |id, date| Post {
                media: Some(media),
                grouped_id: Some(grouped_id),
                ..Post::new(id, chat.0, date, from, caption)
            });
        }
        self
    }

    /// Formatting of all kinds, the longest text, a bot's words, what may not be saved, what will vanish.
    fn texts(&mut self, chat: ChatId) {
        let from = self.somebody(chat, 2);
        let styled = every_style(self.seed, chat.0.unsigned_abs());
        let long = longest(self.seed, chat.0.unsigned_abs());
        let (bot, other) = (2003, ChatId::channel(4001));
        self.put(chat, |id, date| Post {
            entities: styled.entities,
            ..Post::new(id, chat.0, date, from, styled.text)
        });
        self.put(chat, |id, date| Post::new(id, chat.0, date, from, long));
        self.put(chat, |id, date| Post {
            via_bot: Some(bot),
            silent: true,
            ..Post::new(id, chat.0, date, from, "by way of a bot")
        });
        self.put(chat, |id, date| Post {
            noforwards: true,
            ttl_period: Some(86_400 * 365 * 10),
            ..Post::new(id, chat.0, date, from, "stays here")
        });
        self.put(chat, |id, date| Post {
            reply_to: Some(5),
            reply_chat: Some(other.0),
            quote: Some("quoted".to_owned()),
            ..Post::new(id, chat.0, date, from, "an answer to another chat")
        });
    }

    fn forwards(&mut self, chat: ChatId) {
        let from = self.somebody(chat, 3);
        let of = |author: Option<i64>, name: Option<&str>, channel_post: Option<i32>| Forward {
            author,
            name: name.map(str::to_owned),
            date: 1_600_000_000,
            channel_post,
            post_author: channel_post.map(|_| "An editor".to_owned()),
        };
        for forward in [
            of(Some(2001), None, None),
            of(None, Some("Somebody hidden"), None),
            of(Some(ChatId::channel(4001).0), None, Some(3)),
        ] {
            self.put(chat, |id, date| Post {
                forward: Some(forward),
                ..Post::new(id, chat.0, date, from, "forwarded")
            });
        }
    }

    fn pinned(&mut self, chat: ChatId) -> &mut Self {
        let from = self.somebody(chat, 4);
        let pinned = self.put(chat, |id, date| Post {
            pinned: true,
            ..Post::new(id, chat.0, date, from, "pinned")
        });
        self.put(chat, |id, date| Post {
            reply_to: Some(pinned),
            action: Some(enums::MessageAction::PinMessage),
            ..Post::new(id, chat.0, date, from, "")
        });
        self
    }
}
