//! What a message is: head, content, and what Telegram counts on it.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::{ChatId, MessageId};
use crate::media::FileRef;

/// What a reader would call the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "Telegram's own words")]
pub enum MessageKind {
    #[default]
    Text,
    Photo,
    Video,
    RoundVideo,
    /// A GIF: silent, looping.
    Animation,
    Voice,
    Audio,
    Document,
    Sticker,
    Contact,
    Geo,
    LiveGeo,
    Venue,
    Dice,
    Poll,
    Game,
    Invoice,
    Service,
    /// Kept raw; this version of the archive cannot read it.
    Unknown,
}

impl MessageKind {
    const ALL: [Self; 19] = [
        Self::Text,
        Self::Photo,
        Self::Video,
        Self::RoundVideo,
        Self::Animation,
        Self::Voice,
        Self::Audio,
        Self::Document,
        Self::Sticker,
        Self::Contact,
        Self::Geo,
        Self::LiveGeo,
        Self::Venue,
        Self::Dice,
        Self::Poll,
        Self::Game,
        Self::Invoice,
        Self::Service,
        Self::Unknown,
    ];

    /// As a column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Photo => "photo",
            Self::Video => "video",
            Self::RoundVideo => "round_video",
            Self::Animation => "animation",
            Self::Voice => "voice",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Sticker => "sticker",
            Self::Contact => "contact",
            Self::Geo => "geo",
            Self::LiveGeo => "live_geo",
            Self::Venue => "venue",
            Self::Dice => "dice",
            Self::Poll => "poll",
            Self::Game => "game",
            Self::Invoice => "invoice",
            Self::Service => "service",
            Self::Unknown => "unknown",
        }
    }

    /// From a column; a word from a newer version reads as [`MessageKind::Unknown`].
    pub fn parse(text: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|k| k.as_str() == text)
            .unwrap_or(Self::Unknown)
    }
}

/// What does not change when a message is edited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageHead {
    /// The chat it stands in.
    pub chat: Option<ChatId>,
    /// Who sent it; `None` for a post in the channel's own name.
    pub sender: Option<ChatId>,
    /// Unix seconds.
    pub date: i64,
    /// What Telegram's flags say.
    pub flags: MessageFlags,
    /// The inline bot it came through, a user id.
    pub via_bot: Option<i64>,
    /// The signature of a channel post.
    pub post_author: Option<String>,
    /// Messages of one album share it.
    pub grouped_id: Option<i64>,
    /// The forum topic, by the id of its first message.
    pub topic_id: Option<MessageId>,
    /// What it answers.
    pub reply: Option<Reply>,
    /// Where it was forwarded from.
    pub forward: Option<Forward>,
    /// Seconds until it destroys itself, if it does.
    pub ttl_seconds: Option<i64>,
}

/// Telegram's flags of a message that do not change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "they are Telegram's")]
pub struct MessageFlags {
    /// Sent by the account itself.
    pub out: bool,
    /// A post in a channel.
    pub post: bool,
    /// Sent without a notification.
    pub silent: bool,
    /// Forwarding and saving are restricted.
    pub noforwards: bool,
    /// Scheduled by its sender.
    pub from_scheduled: bool,
}

/// What a message answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The answered message, if it is one (a story is not).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// Its chat, if another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatId>,
    /// The first message of the thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_id: Option<MessageId>,
    /// The quoted part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
}

/// Where a message was forwarded from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forward {
    /// The first author, if Telegram tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<ChatId>,
    /// The name of an author who hides the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_name: Option<String>,
    /// When it was first sent, unix seconds.
    pub date: i64,
    /// The post in the channel it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_post: Option<MessageId>,
    /// The signature of that post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_author: Option<String>,
}

/// What a person wrote and attached: a change of it is an edit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// Raw text, without markup.
    pub text: String,
    /// Formatting of the text, as Telegram sent it.
    pub entities: Vec<Entity>,
    /// What hangs on it.
    pub attachment: Option<Attachment>,
    /// What happened, for a service message.
    pub service: Option<ServiceAction>,
}

impl Content {
    /// SHA-256 over text, entities, the attachment's identity and the action. Link previews, live locations, poll
    /// results, file references and keyboards are no part of it.
    pub fn hash(&self) -> ContentHash {
        let mut h = Sha256::new();
        let mut part = |bytes: &[u8]| {
            h.update((bytes.len() as u64).to_le_bytes());
            h.update(bytes);
        };
        part(self.text.as_bytes());
        for e in &self.entities {
            part(e.to_string().as_bytes());
        }
        part(
            self.attachment
                .as_ref()
                .and_then(Attachment::identity)
                .unwrap_or_default()
                .as_bytes(),
        );
        part(
            self.service
                .as_ref()
                .map(|s| s.data.to_string())
                .unwrap_or_default()
                .as_bytes(),
        );
        ContentHash(h.finalize().into())
    }
}

/// See [`Content::hash`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentHash(pub [u8; 32]);

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:02x}{:02x}{:02x}{:02x}..",
            self.0[0], self.0[1], self.0[2], self.0[3]
        )
    }
}

impl TryFrom<&[u8]> for ContentHash {
    type Error = std::array::TryFromSliceError;

    fn try_from(value: &[u8]) -> Result<Self, Self::Error> {
        value.try_into().map(Self)
    }
}

/// A range of text with a meaning. Offsets and lengths count UTF-16 code units, as Telegram's do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// First unit.
    #[serde(rename = "o")]
    pub offset: i32,
    /// Number of units.
    #[serde(rename = "l")]
    pub length: i32,
    /// What it means.
    #[serde(flatten)]
    pub kind: EntityKind,
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}:{:?}", self.offset, self.length, self.kind)
    }
}

/// The kinds of entities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "k", rename_all = "snake_case")]
#[expect(missing_docs, reason = "Telegram's own words")]
pub enum EntityKind {
    Bold,
    Italic,
    Underline,
    Strike,
    Code,
    Pre {
        language: String,
    },
    Blockquote {
        collapsed: bool,
    },
    Spoiler,
    Mention,
    /// A mention of a user without a username.
    MentionName {
        user_id: i64,
    },
    Hashtag,
    Cashtag,
    BotCommand,
    Url,
    TextUrl {
        url: String,
    },
    Email,
    Phone,
    BankCard,
    CustomEmoji {
        document_id: i64,
    },
    /// Telegram's name of a kind this version does not know.
    Unknown {
        name: String,
    },
}

/// What hangs on a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(missing_docs, reason = "Telegram's own words")]
pub enum Attachment {
    /// Photo, video, GIF, voice, audio, document or sticker.
    File(Box<FileRef>),
    Contact {
        phone: String,
        first_name: String,
        last_name: String,
        user_id: i64,
        vcard: String,
    },
    Geo {
        latitude: f64,
        longitude: f64,
    },
    /// Moves while it lives, which is no edit.
    LiveGeo {
        latitude: f64,
        longitude: f64,
        period_seconds: i64,
    },
    Venue {
        latitude: f64,
        longitude: f64,
        title: String,
        address: String,
    },
    Dice {
        emoji: String,
        value: i32,
    },
    Poll(Box<Poll>),
    /// A link preview: decoration, not content.
    WebPage(Box<WebPage>),
    /// Anything else that Telegram names, by its constructor; the raw bytes hold it.
    Other {
        constructor: String,
    },
}

impl Attachment {
    /// What makes two attachments the same for a reader; `None` for decoration.
    fn identity(&self) -> Option<String> {
        match self {
            Self::File(f) => Some(format!(
                "file:{}:{}",
                f.location.kind.as_str(),
                f.location.file_id
            )),
            Self::WebPage(_) => None,
            Self::LiveGeo { .. } => Some("live_geo".to_owned()),
            Self::Poll(p) => {
                let options: Vec<_> = p.options.iter().map(|o| (&o.text, &o.option)).collect();
                Some(format!("poll:{}:{:?}:{:?}", p.id, p.question, options))
            }
            other => Some(format!("{other:?}")),
        }
    }
}

/// A poll or quiz; results are as of capture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "they are Telegram's")]
#[expect(missing_docs, reason = "Telegram's own words")]
pub struct Poll {
    pub id: i64,
    pub question: String,
    pub options: Vec<PollOption>,
    pub closed: bool,
    pub public_voters: bool,
    pub multiple_choice: bool,
    pub quiz: bool,
    pub total_voters: Option<i64>,
    pub solution: Option<String>,
}

/// One answer of a poll.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PollOption {
    /// What it says.
    pub text: String,
    /// Telegram's id of it, in hex.
    pub option: String,
    /// How many chose it, if told.
    pub voters: Option<i64>,
    /// Whether the account chose it.
    pub chosen: bool,
    /// The right answer of a quiz, if told.
    pub correct: Option<bool>,
}

/// A link preview.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "Telegram's own words")]
pub struct WebPage {
    pub url: String,
    pub display_url: String,
    pub site_name: Option<String>,
    pub title: Option<String>,
    pub description: Option<String>,
    pub author: Option<String>,
    pub photo: Option<Box<FileRef>>,
    /// Telegram was still making it.
    pub pending: bool,
}

/// What happened, in a service message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceAction {
    /// Telegram's name of it without the prefix, in snake case: `chat_add_user`, `pin_message`, ...
    pub name: String,
    /// What it carries: user ids, the new title, the pinned message's id, ...
    pub data: serde_json::Value,
}

/// Views, forwards and replies; only ever shown, never compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "Telegram's own words")]
pub struct Counters {
    pub views: Option<i64>,
    pub forwards: Option<i64>,
    pub replies: Option<i64>,
}

/// The reactions on a message, as one register.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reactions {
    /// Counted by kind, as Telegram ordered them.
    pub counts: Vec<Reaction>,
    /// Who reacted lately: (peer, reaction, unix seconds), if told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<(ChatId, String, i64)>,
}

/// One kind of reaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The emoji, `custom_<document id>`, or `paid`.
    pub reaction: String,
    /// How many.
    pub count: i64,
    /// Whether the account itself reacted so.
    #[serde(default)]
    pub chosen: bool,
}
