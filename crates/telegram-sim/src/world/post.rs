//! A message as the world knows it, whoever looks at it.

use grammers_tl_types::enums;
use serde::Deserialize;

use super::files::FileSpec;

/// A message.
#[expect(clippy::struct_excessive_bools, reason = "Telegram's flags")]
#[derive(Clone, Debug)]
pub struct Post {
    /// In its box.
    pub id: i32,
    /// Marked id of the chat.
    pub chat: i64,
    /// Unix seconds.
    pub date: i32,
    /// Marked id of the sender; `None`: the channel itself.
    pub from: Option<i64>,
    /// Raw text.
    pub text: String,
    /// Offsets in UTF-16.
    pub entities: Vec<enums::MessageEntity>,
    /// What hangs on it.
    pub media: Option<Media>,
    /// The message it answers.
    pub reply_to: Option<i32>,
    /// The chat that message stands in, if it is another one: a marked id.
    pub reply_chat: Option<i64>,
    /// The quoted part of it.
    pub quote: Option<String>,
    /// The topic's first message.
    pub topic: Option<i32>,
    /// Where it was forwarded from.
    pub forward: Option<Forward>,
    /// Album.
    pub grouped_id: Option<i64>,
    /// A bot's id.
    pub via_bot: Option<i64>,
    /// The signature of a post.
    pub post_author: Option<String>,
    /// Sent silently.
    pub silent: bool,
    /// May not be forwarded or saved.
    pub noforwards: bool,
    /// Seconds after which Telegram deletes it.
    pub ttl_period: Option<i32>,
    /// Unix seconds.
    pub edit_date: Option<i32>,
    /// Not to be shown as edited.
    pub edit_hide: bool,
    /// The `edit_date` with which it began to say what it says now; `edit_date` itself may be newer, when only a
    /// decoration changed.
    pub said_at: Option<i32>,
    /// Views and forwards, for posts of channels.
    pub views: Option<(i32, i32)>,
    /// Comments under a post, or answers to it.
    pub replies: Option<i32>,
    /// (reaction, count): an emoji, `custom_<document id>` or `paid`.
    pub reactions: Vec<(String, i32)>,
    /// Pinned.
    pub pinned: bool,
    /// A service message.
    pub action: Option<enums::MessageAction>,
    /// What it said before, oldest first.
    pub history: Vec<Version>,
}

/// Where a message was forwarded from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forward {
    /// Marked id of the author; `None`: hidden.
    pub author: Option<i64>,
    /// The name of a hidden author.
    pub name: Option<String>,
    /// When it was first sent, unix seconds.
    pub date: i32,
    /// The post's id in the channel it comes from.
    pub channel_post: Option<i32>,
    /// The signature of that post.
    pub post_author: Option<String>,
}

/// What a message said at some time.
#[derive(Clone, Debug)]
pub struct Version {
    /// Unix seconds; `None`: as sent.
    pub edit_date: Option<i32>,
    /// Raw text.
    pub text: String,
    /// Formatting.
    pub entities: Vec<enums::MessageEntity>,
    /// Its file.
    pub file: Option<FileSpec>,
}

impl Post {
    /// A plain message.
    pub fn new(id: i32, chat: i64, date: i32, from: Option<i64>, text: impl Into<String>) -> Self {
        Self {
            id,
            chat,
            date,
            from,
            text: text.into(),
            entities: Vec::new(),
            media: None,
            reply_to: None,
            reply_chat: None,
            quote: None,
            topic: None,
            forward: None,
            grouped_id: None,
            via_bot: None,
            post_author: None,
            silent: false,
            noforwards: false,
            ttl_period: None,
            edit_date: None,
            edit_hide: false,
            said_at: None,
            views: None,
            replies: None,
            reactions: Vec::new(),
            pinned: false,
            action: None,
            history: Vec::new(),
        }
    }

    /// What it says now.
    pub fn version(&self) -> Version {
        Version {
            edit_date: self.said_at,
            text: self.text.clone(),
            entities: self.entities.clone(),
            file: self.media.as_ref().and_then(Media::file),
        }
    }
}

/// What hangs on a message.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "Telegram's own words")]
pub enum Media {
    Photo {
        file: FileSpec,
        width: i32,
        height: i32,
        spoiler: bool,
    },
    Document {
        file: FileSpec,
        mime: String,
        name: Option<String>,
        kind: DocumentKind,
    },
    Contact {
        phone: String,
        name: String,
        user_id: i64,
    },
    Geo {
        latitude: f64,
        longitude: f64,
    },
    LiveGeo {
        latitude: f64,
        longitude: f64,
        period: i32,
    },
    Venue {
        latitude: f64,
        longitude: f64,
        title: String,
    },
    Dice {
        emoji: String,
        value: i32,
    },
    Poll(PollSpec),
    WebPage {
        id: i64,
        url: String,
        title: String,
        pending: bool,
    },
    /// What Telegram sends instead of a kind the client's layer does not have.
    Unsupported,
    /// Anything else, in Telegram's own type: a giveaway, a story, a to-do list, a game, ...
    Other(Box<enums::MessageMedia>),
}

/// What a document is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "Telegram's own words")]
pub enum DocumentKind {
    #[default]
    Plain,
    Video,
    Round,
    Gif,
    Voice,
    Audio,
    Sticker,
    /// A TGS animation.
    AnimatedSticker,
    /// A WebM.
    VideoSticker,
}

/// A poll.
#[derive(Clone, Debug)]
pub struct PollSpec {
    /// Telegram's id.
    pub id: i64,
    /// What is asked.
    pub question: String,
    /// (answer, voters).
    pub answers: Vec<(String, i32)>,
    /// A quiz.
    pub quiz: bool,
    /// The place of the right answer, once it is told.
    pub right: Option<usize>,
    /// No more votes.
    pub closed: bool,
}

impl Media {
    /// Its file.
    pub const fn file(&self) -> Option<FileSpec> {
        match self {
            Self::Photo { file, .. } | Self::Document { file, .. } => Some(*file),
            _ => None,
        }
    }
}
