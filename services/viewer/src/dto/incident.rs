//! Bursts of deletions and edits that wait for a person.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::chat::Peer;
use super::message::Message;

/// Why an incident was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IncidentKind {
    /// More than the threshold within the window.
    Burst,
    /// Deletions without a time of their own, found when catching up.
    CatchUp,
    /// Slowly, but far above the chat's usual rate.
    SlowBurn,
}

/// Where an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IncidentState {
    /// Waits for a decision.
    Open,
    /// Was applied.
    Approved,
    /// The messages stay as they were.
    Rejected,
}

/// An incident.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Incident {
    /// Its number.
    pub id: i64,
    /// Whose archive.
    pub account: i64,
    /// Where; `None`: the chat is not known.
    pub chat: Option<Peer>,
    /// Why.
    pub kind: IncidentKind,
    /// Where it stands.
    pub state: IncidentState,
    /// Unix microseconds.
    pub opened_at: i64,
    /// Unix microseconds of the first operation, or the start of the time it may come from.
    pub from_at: i64,
    /// Unix microseconds of the last operation.
    pub to_at: i64,
    /// Held deletions.
    pub deletions: i64,
    /// Held edits.
    pub edits: i64,
    /// Unix microseconds of the decision.
    pub decided_at: Option<i64>,
}

/// Which incidents.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct IncidentQuery {
    /// In this state only.
    pub state: Option<IncidentState>,
}

/// Incidents.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Incidents {
    /// Newest first.
    pub incidents: Vec<Incident>,
}

/// What an operation would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OperationKind {
    /// Hide the message behind a tombstone.
    Delete,
    /// Show another version of it.
    Edit,
}

/// One held operation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Operation {
    /// Its number: the cursor of the list.
    pub id: i64,
    /// The message's id.
    pub message_id: i64,
    /// What it would do.
    pub kind: OperationKind,
    /// Unix microseconds.
    pub at: i64,
    /// Unix microseconds: start of the time it may come from.
    pub since: Option<i64>,
    /// The message as it stands; `None`: not archived.
    pub message: Option<Message>,
}

/// Which operations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OperationQuery {
    /// `next` of the page before.
    pub after: Option<String>,
    /// 1 to 200; 50 if not given.
    pub limit: Option<u32>,
}

/// Held operations of an incident.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Operations {
    /// By message id.
    pub operations: Vec<Operation>,
    /// `after` of the next page; `None`: the end.
    pub next: Option<String>,
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Decision {
    /// `true`: apply what is held. `false`: keep the messages as they are, for good.
    pub approve: bool,
}

/// What a decision did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Decided {
    /// Operations that it turned.
    pub operations: u64,
}
