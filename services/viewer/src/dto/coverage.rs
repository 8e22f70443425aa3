//! What of a chat is archived.

use serde::Serialize;
use utoipa::ToSchema;

use super::message::Gap;

/// What of a chat is archived.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Coverage {
    /// The chat.
    pub chat: i64,
    /// Its title, if known.
    pub title: Option<String>,
    /// Ids that were walked, both ends included, ascending; at most 1,000 ranges.
    pub covered: Vec<Gap>,
    /// Ids below `known_through` that were not; at most 1,000 ranges.
    pub holes: Vec<Gap>,
    /// How far the chat was known to reach.
    pub known_through: i64,
    /// Covered ids in thousandths of those known.
    pub permille: u16,
    /// Messages stored.
    pub stored: u64,
    /// Messages stored beyond `known_through`: seen live, not yet verified by a walk.
    pub unverified: u64,
    /// Walks that are not completed.
    pub open_passes: u64,
    /// Unix microseconds of the newest completed walk.
    pub verified_at: Option<i64>,
}

/// Of all chats that may be seen.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CoverageList {
    /// Those with the most missing first.
    pub chats: Vec<Coverage>,
}
