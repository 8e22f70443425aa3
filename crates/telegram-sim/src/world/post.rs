//! A message as the world knows it, whoever looks at it.

use grammers_tl_types::enums;

use super::files::FileSpec;

/// A message.
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
    /// The quoted part of it.
    pub quote: Option<String>,
    /// The topic's first message.
    pub topic: Option<i32>,
    /// (author, name of a hidden one, date).
    pub forward: Option<(Option<i64>, Option<String>, i32)>,
    /// Album.
    pub grouped_id: Option<i64>,
    /// A bot's id.
    pub via_bot: Option<i64>,
    /// The signature of a post.
    pub post_author: Option<String>,
    /// Sent silently.
    pub silent: bool,
    /// Unix seconds.
    pub edit_date: Option<i32>,
    /// Not to be shown as edited.
    pub edit_hide: bool,
    /// Views and forwards, for posts of channels.
    pub views: Option<(i32, i32)>,
    /// (emoji, count).
    pub reactions: Vec<(String, i32)>,
    /// Pinned.
    pub pinned: bool,
    /// A service message.
    pub action: Option<enums::MessageAction>,
    /// What it said before, oldest first.
    pub history: Vec<Version>,
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
            quote: None,
            topic: None,
            forward: None,
            grouped_id: None,
            via_bot: None,
            post_author: None,
            silent: false,
            edit_date: None,
            edit_hide: false,
            views: None,
            reactions: Vec::new(),
            pinned: false,
            action: None,
            history: Vec::new(),
        }
    }

    /// What it says now.
    pub fn version(&self) -> Version {
        Version {
            edit_date: self.edit_date,
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
    /// A kind that few clients know.
    Unsupported,
}

/// What a document is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "Telegram's own words")]
pub enum DocumentKind {
    Plain,
    Video,
    Round,
    Gif,
    Voice,
    Audio,
    Sticker,
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
