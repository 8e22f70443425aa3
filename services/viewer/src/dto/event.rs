//! Live events.

use serde::Serialize;
use utoipa::ToSchema;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChangeKind {
    /// Messages were added.
    New,
    /// Messages show other content.
    Edited,
    /// Messages were deleted on Telegram.
    Deleted,
    /// Reactions.
    Reactions,
    /// Pins.
    Pinned,
    /// Views and the like.
    Counters,
    /// Files were stored, or given up.
    Media,
    /// The chat itself: title, picture, members, its place in the list.
    Chat,
    /// An incident was opened, grew, or was decided.
    Incident,
    /// Anything a newer version says.
    Other,
}

/// The data of an event `change`: what is to be asked again. Its `id` is what `Last-Event-ID` takes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Change {
    /// Whose archive.
    pub account: i64,
    /// In which chat; `None`: of no chat.
    pub chat: Option<i64>,
    /// What.
    pub kind: ChangeKind,
    /// Of which messages; may be empty.
    pub ids: Vec<i64>,
    /// `ids` is the first and the last of a range.
    pub is_range: bool,
    /// It happened now; `false`: found in the history.
    pub live: bool,
}
