//! Users, chats, dialogs and other things that Telegram shows only in their newest state.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::ids::{ChatId, MessageId};
use crate::media::FileLocation;
use crate::seen::Seen;

/// What a chat is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "Telegram's own words")]
pub enum ChatKind {
    Private,
    Bot,
    SavedMessages,
    Group,
    Supergroup,
    Forum,
    Channel,
}

impl ChatKind {
    /// As a column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Bot => "bot",
            Self::SavedMessages => "saved_messages",
            Self::Group => "group",
            Self::Supergroup => "supergroup",
            Self::Forum => "forum",
            Self::Channel => "channel",
        }
    }

    /// From a column.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Private,
            Self::Bot,
            Self::SavedMessages,
            Self::Group,
            Self::Supergroup,
            Self::Forum,
            Self::Channel,
        ]
        .into_iter()
        .find(|k| k.as_str() == text)
    }
}

/// A user as seen; one register, won by the greatest `seen`; a `min` one never overwrites a full one.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "they are Telegram's")]
#[expect(missing_docs, reason = "Telegram's own words")]
pub struct CapturedUser {
    pub seen: Seen,
    pub id: i64,
    /// Telegram's reduced form: what it says of names may be less than what is known.
    pub min: bool,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub username: Option<String>,
    pub phone: Option<String>,
    pub is_self: bool,
    pub bot: bool,
    pub deleted: bool,
    pub contact: bool,
    /// The small avatar.
    pub photo: Option<FileLocation>,
    /// zstd of the TL bytes.
    pub raw: Bytes,
    pub layer: i32,
}

/// A basic group, supergroup or channel as seen; a register like [`CapturedUser`].
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "Telegram's own words")]
pub struct CapturedChat {
    pub seen: Seen,
    pub id: ChatId,
    pub kind: ChatKind,
    pub min: bool,
    pub title: String,
    pub username: Option<String>,
    pub participants_count: Option<i64>,
    /// The account cannot read it now (left, kicked, forbidden, deactivated).
    pub inaccessible: bool,
    /// The supergroup that this basic group became, or the basic group that this supergroup was.
    pub migrated_to: Option<ChatId>,
    pub migrated_from: Option<ChatId>,
    pub photo: Option<FileLocation>,
    pub raw: Bytes,
    pub layer: i32,
}

/// A dialog: the account's own view of a chat; a register.
#[derive(Clone, Debug, PartialEq)]
pub struct CapturedDialog {
    /// When.
    pub seen: Seen,
    /// Which chat.
    pub chat: ChatId,
    /// What it is, for a private chat as well.
    pub kind: ChatKind,
    /// 0 = main list, 1 = archived.
    pub folder_id: i32,
    /// Pinned in its list.
    pub pinned: bool,
    /// The newest message Telegram knew then.
    pub top_message: MessageId,
    /// zstd of the TL bytes.
    pub raw: Bytes,
    /// Layer of the raw bytes.
    pub layer: i32,
}

/// What a [`CapturedRecord`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// A forum topic; key `<chat>/<topic id>`.
    Topic,
    /// A dialog filter ("folder"); key is its id.
    Folder,
    /// A contact; key is the user id.
    Contact,
    /// Full information of a user or chat; key is the marked id.
    FullPeer,
}

impl RecordKind {
    /// As a column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Folder => "folder",
            Self::Contact => "contact",
            Self::FullPeer => "full_peer",
        }
    }

    /// From a column.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Topic, Self::Folder, Self::Contact, Self::FullPeer]
            .into_iter()
            .find(|k| k.as_str() == text)
    }
}

/// Anything else that is a register: a key, what we read of it as JSON, and its raw bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct CapturedRecord {
    /// When.
    pub seen: Seen,
    /// What it is.
    pub kind: RecordKind,
    /// Unique within (account, kind).
    pub key: String,
    /// What we read of it.
    pub data: serde_json::Value,
    /// zstd of the TL bytes.
    pub raw: Bytes,
    /// Layer of the raw bytes.
    pub layer: i32,
}
