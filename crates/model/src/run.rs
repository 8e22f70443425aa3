//! Runs and passes.

use serde::{Deserialize, Serialize};

/// One run of the schedule (or by hand) over an account's chats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub i64);

/// One walk over a range of one chat's ids. Numbered per (account, chat) from 1; freshness is the newest pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PassId(pub i64);

/// Why a pass was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PassKind {
    /// The first walk over a chat's whole history.
    Initial,
    /// The ids that came after the last pass: closed by pages, whether live saw them or not.
    Tail,
    /// Telegram said a difference was too long, or the stored update state was lost.
    TooLong,
    /// Asked for by a person.
    Rescan,
    /// `SYNC_DELETIONS_EDITS`.
    BatchSync,
    /// A live capture became a dead letter.
    DeadLetter,
}

impl PassKind {
    /// As a column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Tail => "tail",
            Self::TooLong => "too_long",
            Self::Rescan => "rescan",
            Self::BatchSync => "batch_sync",
            Self::DeadLetter => "dead_letter",
        }
    }

    /// From a column.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Initial,
            Self::Tail,
            Self::TooLong,
            Self::Rescan,
            Self::BatchSync,
            Self::DeadLetter,
        ]
        .into_iter()
        .find(|k| k.as_str() == text)
    }
}
