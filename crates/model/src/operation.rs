//! Operations, verdicts and incidents: what may change or hide stored content.

use serde::{Deserialize, Serialize};

use crate::ids::MessageKey;
use crate::message::ContentHash;

/// The surrogate id of an operation's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(pub i64);

/// The surrogate id of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IncidentId(pub i64);

/// What the operation would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// Hide the message behind a tombstone.
    Delete,
    /// Show another version of the message.
    Edit,
}

impl OperationKind {
    /// As a column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Edit => "edit",
        }
    }

    /// From a column.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "delete" => Some(Self::Delete),
            "edit" => Some(Self::Edit),
            _ => None,
        }
    }
}

/// The identity of an operation: (account, box, id, delete) or (account, box, id, edit_date, content hash).
/// The same operation seen again has the same key and therefore keeps its verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OperationKey {
    /// The message.
    pub message: MessageKey,
    /// `None`: a deletion. `Some`: an edit to the version (edit_date in unix seconds, 0 if none; content hash).
    pub version: Option<(i64, ContentHash)>,
}

impl OperationKey {
    /// What it would do.
    pub const fn kind(&self) -> OperationKind {
        if self.version.is_some() {
            OperationKind::Edit
        } else {
            OperationKind::Delete
        }
    }
}

/// The guard's word on an operation. Without one, nothing changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Applied by the writer.
    Admitted,
    /// Stands in an open incident until a person decides.
    Held,
    /// A person said no; seen again, it stays rejected.
    Rejected,
}

impl Verdict {
    /// As a column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::Held => "held",
            Self::Rejected => "rejected",
        }
    }

    /// From a column.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "admitted" => Some(Self::Admitted),
            "held" => Some(Self::Held),
            "rejected" => Some(Self::Rejected),
            _ => None,
        }
    }
}

/// Why an incident was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    /// More than the threshold within the window.
    Burst,
    /// Deletions without a time of their own (difference, pass, batch sync) above the threshold.
    CatchUp,
    /// Under the threshold, but far above the chat's usual rate for long.
    SlowBurn,
}

impl IncidentKind {
    /// As a column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Burst => "burst",
            Self::CatchUp => "catch_up",
            Self::SlowBurn => "slow_burn",
        }
    }

    /// From a column.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "burst" => Some(Self::Burst),
            "catch_up" => Some(Self::CatchUp),
            "slow_burn" => Some(Self::SlowBurn),
            _ => None,
        }
    }
}

/// What an admitted deletion does to the stored message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletionMode {
    /// The message stays, marked deleted.
    #[default]
    Soft,
    /// Content, raw bytes, versions and index rows go; a tombstone without content stays and wins over every later
    /// capture.
    Hard,
}
