//! Messages.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::body::Body;
use super::chat::Peer;
use super::media::Media;

/// What a reader would call a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MessageKind {
    Text,
    Photo,
    Video,
    RoundVideo,
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
    Unknown,
}

/// What a range of text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EntityKind {
    Bold,
    Italic,
    Underline,
    Strike,
    Code,
    Pre,
    Blockquote,
    Spoiler,
    Mention,
    MentionName,
    Hashtag,
    Cashtag,
    BotCommand,
    Url,
    TextUrl,
    Email,
    Phone,
    BankCard,
    CustomEmoji,
    Unknown,
}

/// A range of text with a meaning; ranges may nest and overlap.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Entity {
    /// First UTF-16 code unit.
    pub offset: i32,
    /// UTF-16 code units.
    pub length: i32,
    /// What it means.
    pub kind: EntityKind,
    /// Of `pre`; may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Of `blockquote`: shown short at first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collapsed: Option<bool>,
    /// Of `text_url`; only `http`, `https`, `tg`, `mailto` and `tel` are links.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Of `mention_name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// Of `custom_emoji`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_id: Option<String>,
}

/// What a message answers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Reply {
    /// The answered message; `None`: a story, or not told.
    pub id: Option<i64>,
    /// Its chat, if another one that may be seen.
    pub chat: Option<Peer>,
    /// The first message of its thread.
    pub top_id: Option<i64>,
    /// The quoted part, at most 1,024 characters.
    pub quote: Option<String>,
    /// The answered message is not archived, or may not be seen.
    pub missing: bool,
    /// The answered message, in a line.
    pub preview: Option<ReplyPreview>,
}

/// An answered message, in a line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReplyPreview {
    /// What it is.
    pub kind: MessageKind,
    /// The beginning of its text, at most 200 characters.
    pub text: String,
    /// Who sent it.
    pub sender: Option<Peer>,
    /// A tiny blurred picture as a `data:` URL.
    pub thumb: Option<String>,
    /// Unix microseconds, if it was deleted.
    pub deleted_at: Option<i64>,
}

/// Where a message was forwarded from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Forward {
    /// The first author, if told.
    pub from: Option<Peer>,
    /// The name of an author who hides the account.
    pub from_name: Option<String>,
    /// Unix seconds of the original.
    pub date: i64,
    /// The original's id in the channel `from`.
    pub channel_post: Option<i64>,
    /// The signature of that post.
    pub post_author: Option<String>,
    /// The original is archived and may be seen: `from` and `channel_post` lead to it.
    pub archived: bool,
}

/// One kind of reaction.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the page reads these names")]
pub(crate) struct Reaction {
    /// The emoji, `custom_<document id>`, or `paid`.
    pub reaction: String,
    /// How many.
    pub count: i64,
    /// The account itself reacted so.
    pub chosen: bool,
    /// Who reacted so lately, if told.
    pub recent: Vec<Peer>,
}

/// A message, as it stands now.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "they are Telegram's")]
pub(crate) struct Message {
    /// Its chat, a marked id.
    pub chat: i64,
    /// Its id, unique in the chat.
    pub id: i64,
    /// What it is.
    pub kind: MessageKind,
    /// Unix seconds.
    pub date: i64,
    /// Unix seconds, if it is to be shown as edited.
    pub edit_date: Option<i64>,
    /// Unix microseconds, if it was deleted on Telegram.
    pub deleted_at: Option<i64>,
    /// Sent by the account itself.
    pub out: bool,
    /// A post of a channel.
    pub post: bool,
    /// Sent without a sound.
    pub silent: bool,
    /// Its sender forbids forwarding.
    pub noforwards: bool,
    /// Pinned in its chat.
    pub pinned: bool,
    /// Who sent it; `None`: the channel in its own name.
    pub sender: Option<Peer>,
    /// The inline bot it came through.
    pub via_bot: Option<Peer>,
    /// The signature of a channel post.
    pub post_author: Option<String>,
    /// Messages of one album share it.
    pub album: Option<String>,
    /// The forum topic.
    pub topic_id: Option<i64>,
    /// Seconds until it destroys itself, if it does.
    pub ttl_seconds: Option<i64>,
    /// Raw text: never markup.
    pub text: String,
    /// Its formatting.
    pub entities: Vec<Entity>,
    /// What it answers.
    pub reply: Option<Reply>,
    /// Where it was forwarded from.
    pub forward: Option<Forward>,
    /// Its files: that of the version shown.
    pub media: Vec<Media>,
    /// What else hangs on it.
    pub body: Option<Body>,
    /// Reactions, as Telegram ordered them.
    pub reactions: Vec<Reaction>,
    /// Views, if told.
    pub views: Option<i64>,
    /// Forwards, if told.
    pub forwards: Option<i64>,
    /// Replies, if told.
    pub replies: Option<i64>,
    /// Versions known; 1: never edited.
    pub versions: i64,
    /// Edits and deletions of it that are held in an open incident.
    pub held: i64,
}

/// Ids that are not archived, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Gap {
    /// The first.
    pub first_id: i64,
    /// The last.
    pub last_id: i64,
}

/// Messages around a place.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageWindow {
    /// By id, oldest first.
    pub messages: Vec<Message>,
    /// There are older ones: go on with `before` = the first id.
    pub has_older: bool,
    /// There are newer ones: go on with `after` = the last id.
    pub has_newer: bool,
    /// The message that was asked for, or the nearest one.
    pub anchor: Option<i64>,
    /// Ranges of ids within the window (and up to its open ends) that no walk has covered. Telegram leaves ids out by
    /// itself, too: those are covered, and no gap.
    pub gaps: Vec<Gap>,
}

/// Which window. One of `before`, `after`, `around` and `around_date`; none: the newest.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageQuery {
    /// Messages with smaller ids.
    pub before: Option<i64>,
    /// Messages with greater ids.
    pub after: Option<i64>,
    /// Half of the window before this id, half from it on.
    pub around: Option<i64>,
    /// The first message of this moment or later, else the last one before: unix seconds, or a day `2024-05-31` in the
    /// viewer's time zone.
    pub around_date: Option<String>,
    /// In this forum topic only.
    pub topic: Option<i64>,
    /// 1 to 200; 50 if not given.
    pub limit: Option<u32>,
}

/// Which messages, by id.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct IdsQuery {
    /// Separated by commas, at most 200.
    pub ids: String,
}

/// Messages asked for by id; those that do not exist are left out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Messages {
    /// By id, oldest first.
    pub messages: Vec<Message>,
}

/// Where a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VersionState {
    /// The first one known, or no change against the one before.
    Baseline,
    /// Waits for the guard's word.
    Pending,
    /// Let through.
    Admitted,
    /// Held in an incident.
    Held,
    /// A person said no.
    Rejected,
}

/// A version of a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Version {
    /// Unix seconds; 0: as sent.
    pub edit_date: i64,
    /// Shown now.
    pub current: bool,
    /// Where it stands.
    pub state: VersionState,
    /// What it said.
    pub text: String,
    /// Its formatting.
    pub entities: Vec<Entity>,
    /// Its file.
    pub media: Vec<Media>,
    /// What else hung on it.
    pub body: Option<Body>,
}

/// All versions of a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Versions {
    /// Oldest first.
    pub versions: Vec<Version>,
}

/// A message as Telegram sent it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RawMessage {
    /// Telegram's layer of the bytes.
    pub layer: i64,
    /// The TL bytes in hex; empty after a hard deletion.
    pub tl_hex: String,
    /// How it came: `live`, `history`, `import:...`.
    pub origin: String,
    /// What this version reads of it.
    #[schema(value_type = Object)]
    pub decoded: Value,
}
