//! Chats, and the people and places that are named.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::message::MessageKind;

/// A user, group or channel as it is named beside something.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub(crate) struct Peer {
    /// Marked id: users positive, basic groups `-id`, channels `-100...`.
    pub id: i64,
    /// `None`: a deleted account, or never seen.
    pub name: Option<String>,
    /// Without `@`.
    pub username: Option<String>,
    /// 0 to 6, which of the seven colours of names.
    pub colour: u8,
    /// Where its picture is, if one is archived and may be seen.
    pub avatar: Option<String>,
}

/// What a chat is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChatKind {
    /// With a user.
    Private,
    /// With a bot.
    Bot,
    /// With oneself.
    SavedMessages,
    /// A basic group.
    Group,
    /// A supergroup.
    Supergroup,
    /// A supergroup with topics.
    Forum,
    /// A channel.
    Channel,
}

/// The newest message of a chat, in a line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Preview {
    /// The message.
    pub id: i64,
    /// Unix seconds.
    pub date: i64,
    /// What it is.
    pub kind: MessageKind,
    /// The beginning of its text, at most 200 characters, without formatting.
    pub text: String,
    /// Who sent it; `None` in the chat's own name.
    pub sender: Option<Peer>,
    /// Sent by the account itself.
    pub out: bool,
    /// Unix microseconds, if it was deleted.
    pub deleted_at: Option<i64>,
    /// The name of the action, if it is a service message.
    pub service: Option<String>,
}

/// A chat.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Chat {
    /// Whose archive.
    pub account: i64,
    /// Marked id.
    pub id: i64,
    /// `None`: not known yet.
    pub kind: Option<ChatKind>,
    /// Title or names; `None`: a deleted account, or never seen.
    pub title: Option<String>,
    /// Without `@`.
    pub username: Option<String>,
    /// 0 to 6.
    pub colour: u8,
    /// Where its picture is, if one is archived.
    pub avatar: Option<String>,
    /// Members, if told.
    pub participants: Option<i64>,
    /// In the archive folder.
    pub archived: bool,
    /// Pinned in its list.
    pub pinned: bool,
    /// The account cannot read it any more.
    pub inaccessible: bool,
    /// The supergroup that this basic group became.
    pub migrated_to: Option<i64>,
    /// The basic group that this supergroup was.
    pub migrated_from: Option<i64>,
    /// Stored messages; in lists they are not counted.
    pub messages: Option<i64>,
    /// The newest stored message.
    pub last_message: Option<Preview>,
}

/// A page of the chat list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChatPage {
    /// Pinned ones first, then newest activity first.
    pub chats: Vec<Chat>,
    /// The next page's `cursor`; `None`: the end.
    pub next: Option<String>,
    /// Chats that match, on all pages.
    pub total: u64,
}

/// Which page of the chat list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChatQuery {
    /// Part of a title, name or username.
    pub q: Option<String>,
    /// Only those in the archive folder, or only the others.
    pub archived: Option<bool>,
    /// In this folder only (`/folders`).
    pub folder: Option<i64>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// 1 to 500; 50 if not given.
    pub limit: Option<u32>,
}

/// A folder of the account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Folder {
    /// Telegram's number of it.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Its icon, if it is an emoji.
    pub emoticon: Option<String>,
}

/// The account's folders, in Telegram's order of numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Folders {
    /// Those that may be seen.
    pub folders: Vec<Folder>,
}

/// A topic of a forum.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Topic {
    /// The id of its first message: `topic` of the message list.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// RGB of its icon, if it has no emoji.
    pub icon_colour: Option<i64>,
    /// The custom emoji of its icon.
    pub icon_emoji: Option<String>,
    /// Closed for new messages.
    pub closed: bool,
    /// Pinned.
    pub pinned: bool,
    /// Hidden.
    pub hidden: bool,
}

/// The topics of a forum.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Topics {
    /// Newest activity first, pinned before all.
    pub topics: Vec<Topic>,
}
