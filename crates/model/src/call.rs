//! Calls to Telegram, as it counts them and as the budget orders them.

use serde::{Deserialize, Serialize};

/// Classes of calls that Telegram counts apart: each has a budget and flood waits of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallClass {
    /// `getDifference` and what keeps the connection: never asks the budget.
    Updates,
    /// Dialogs, peers, lookups by id.
    Metadata,
    /// Pages of history.
    History,
    /// Parts of files.
    Files,
}

impl CallClass {
    /// Those that ask the budget.
    pub const BUDGETED: [Self; 3] = [Self::Metadata, Self::History, Self::Files];

    /// As a column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Updates => "updates",
            Self::Metadata => "metadata",
            Self::History => "history",
            Self::Files => "files",
        }
    }

    /// For a person.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Updates => "updates",
            Self::Metadata => "chats and lookups",
            Self::History => "pages of history",
            Self::Files => "files",
        }
    }

    /// From a column.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Updates, Self::Metadata, Self::History, Self::Files]
            .into_iter()
            .find(|c| c.as_str() == text)
    }
}

/// What a call is for. What is live never asks ([`CallClass::Updates`]); the others go in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The list of chats, the tails of known chats, first pages.
    New,
    /// Files and their references.
    Media,
    /// Old history.
    Backfill,
}

impl Purpose {
    /// First comes first.
    pub const ORDER: [Self; 3] = [Self::New, Self::Media, Self::Backfill];
}

/// Telegram told an account to be silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloodWait {
    /// With these calls.
    pub class: CallClass,
    /// Unix microseconds: until then.
    pub ends_at: i64,
}
