//! Searching.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::chat::Peer;
use super::message::MessageKind;

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// Words (each must occur) and operators: `from:NAME|@username|ID|me`, `in:TITLE|@username|ID`, `before:2024-05-31`,
    /// `after:2024-05-31` (before and from the start of that day),
    /// `has:photo|video|round|gif|voice|audio|file|sticker|poll|location|contact|link|media`,
    /// `is:deleted|edited|pinned|out|forwarded|reply`. Values with spaces stand in double quotes.
    pub q: String,
    /// In this chat only.
    pub chat: Option<i64>,
    /// In which days begin, like `Europe/Madrid`; the viewer's if not given.
    pub zone: Option<String>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// 1 to 100; 50 if not given.
    pub limit: Option<u32>,
}

/// A range of UTF-16 code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct TextRange {
    /// The first.
    pub offset: u32,
    /// How many.
    pub length: u32,
}

/// Text around a hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Snippet {
    /// Raw text.
    pub text: String,
    /// What was found in it.
    pub ranges: Vec<TextRange>,
}

/// A message that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hit {
    /// Its chat.
    pub chat: Peer,
    /// Its id.
    pub id: i64,
    /// Unix seconds.
    pub date: i64,
    /// What it is.
    pub kind: MessageKind,
    /// Who sent it.
    pub sender: Option<Peer>,
    /// Sent by the account itself.
    pub out: bool,
    /// Unix microseconds, if it was deleted.
    pub deleted_at: Option<i64>,
    /// The text around what was found.
    pub snippet: Snippet,
}

/// A page of hits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchPage {
    /// Newest first.
    pub hits: Vec<Hit>,
    /// The next page's `cursor`; `None`: the end.
    pub next: Option<String>,
    /// Unix seconds. A request looks at so many messages at most: older ones than this were not looked at yet, and `next`
    /// goes on there, also if there is no hit on this page.
    pub reached: Option<i64>,
    /// How many there are, counted up to 1,000; on the first page only, and only if that is quick to tell.
    pub total: Option<u32>,
    /// There are more than `total`.
    pub total_is_more: bool,
    /// Operators that were not understood, as typed; nothing is found then.
    pub unknown: Vec<String>,
}
