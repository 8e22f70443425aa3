//! What can be asked of the world, as JSON with the command's name in `do`.

use serde::Deserialize;

use crate::faults::{PushFault, Rule};
use crate::floods::FloodLimit;
use crate::world::{DocumentKind, Media, PollSpec, World};

/// A command. Ids of chats are marked, ids of messages are as `account` sees them, times are seconds.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "named by what they do")]
pub enum Command {
    Post {
        account: i64,
        chat: i64,
        #[serde(default)]
        text: String,
        from: Option<i64>,
        reply_to: Option<i32>,
        topic: Option<i32>,
        grouped_id: Option<i64>,
        #[serde(default)]
        silent: bool,
        /// A document of so many bytes.
        file_bytes: Option<u64>,
        /// Anything else.
        media: Option<Attached>,
    },
    Edit {
        account: i64,
        chat: i64,
        id: i32,
        text: Option<String>,
        media: Option<Attached>,
        /// No visible change (`edit_hide`).
        #[serde(default)]
        hide: bool,
    },
    Delete {
        account: i64,
        chat: i64,
        ids: Vec<i32>,
        /// One update for each, else one for all.
        #[serde(default)]
        one_by_one: bool,
    },
    /// An attack: the newest messages of a chat go.
    DeleteNewest {
        account: i64,
        chat: i64,
        count: usize,
        #[serde(default)]
        one_by_one: bool,
    },
    React {
        account: i64,
        chat: i64,
        id: i32,
        /// An emoji, `custom_<document id>` or `paid`.
        emoji: String,
        count: i32,
    },
    Pin {
        account: i64,
        chat: i64,
        id: i32,
        pinned: bool,
        /// With the service message.
        #[serde(default)]
        tell: bool,
    },
    SetTitle {
        account: i64,
        chat: i64,
        title: String,
    },
    /// Another avatar, without a word.
    SetPhoto {
        chat: i64,
        photo: i64,
    },
    /// Another avatar, told to everybody.
    ChangePhoto {
        account: i64,
        chat: i64,
        photo: i64,
    },
    Join {
        account: i64,
        chat: i64,
        user: i64,
        by: Option<i64>,
    },
    Leave {
        account: i64,
        chat: i64,
        user: i64,
        by: Option<i64>,
    },
    LoseAccess {
        account: i64,
        chat: i64,
        lost: bool,
    },
    /// A basic group of the account's own, with these users.
    CreateGroup {
        account: i64,
        title: String,
        members: Vec<i64>,
    },
    /// A basic group, by its bare id, becomes a supergroup.
    MigrateGroup {
        account: i64,
        group: i64,
    },
    CreateTopic {
        account: i64,
        chat: i64,
        title: String,
    },
    ExpireFileReferences,
    AdvanceClock {
        seconds: u64,
    },
    DropConnections {
        dc: Option<i32>,
    },
    RevokeSessions {
        account: i64,
    },
    ForgetKeys,
    /// Every QR code that is shown, by a phone of this account.
    ScanLoginTokens {
        account: i64,
    },
    Fault {
        rule: Rule,
    },
    ClearFaults,
    Pushes {
        fault: PushFault,
        count: u32,
    },
    BlackHole {
        dc: i32,
        on: bool,
    },
    Flood {
        limit: FloodLimit,
    },
    /// Ids of a chat's newest messages.
    Newest {
        account: i64,
        chat: i64,
        count: usize,
    },
    Code {
        account: i64,
        code: String,
        #[serde(default)]
        expired: bool,
    },
    Limits {
        slice: Option<usize>,
        common_too_long: Option<usize>,
        channel_too_long: Option<usize>,
        remembered: Option<usize>,
    },
}

/// What hangs on a posted message.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "Telegram's own words")]
pub enum Attached {
    Photo {
        bytes: u64,
    },
    Document {
        bytes: u64,
        name: Option<String>,
        #[serde(default)]
        mime: String,
        #[serde(default)]
        used_as: DocumentKind,
    },
    Poll {
        question: String,
        answers: Vec<String>,
    },
    Geo {
        latitude: f64,
        longitude: f64,
    },
    WebPage {
        url: String,
        title: String,
    },
    Unsupported,
}

impl Attached {
    /// The media; a file is made for it.
    pub(super) fn media(self, world: &mut World) -> Media {
        match self {
            Self::Photo { bytes } => Media::Photo {
                file: world.another_file(bytes),
                width: 800,
                height: 600,
                spoiler: false,
            },
            Self::Document {
                bytes,
                name,
                mime,
                used_as,
            } => Media::Document {
                file: world.another_file(bytes),
                mime: if mime.is_empty() {
                    "application/octet-stream".to_owned()
                } else {
                    mime
                },
                name,
                kind: used_as,
            },
            Self::Poll { question, answers } => Media::Poll(PollSpec {
                id: world.another_file(0).id,
                question,
                answers: answers.into_iter().map(|a| (a, 0)).collect(),
                quiz: false,
                right: None,
                closed: false,
            }),
            Self::Geo { latitude, longitude } => Media::Geo { latitude, longitude },
            Self::WebPage { url, title } => Media::WebPage {
                id: world.another_file(0).id,
                url,
                title,
                pending: false,
            },
            Self::Unsupported => Media::Unsupported,
        }
    }
}
