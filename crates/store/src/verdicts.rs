//! Verdicts and incidents: the rate-limiter's port.

use async_trait::async_trait;
use model::{
    AccountId, BoxId, ChatId, DeletionSource, IncidentId, IncidentKind, MessageId, OperationId,
    OperationKind, Verdict,
};

use crate::StoreError;

/// An operation as the guard sees it: no content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingOperation {
    /// Its row.
    pub id: OperationId,
    /// The message's box.
    pub box_id: BoxId,
    /// The message.
    pub message: MessageId,
    /// What it would do.
    pub kind: OperationKind,
    /// Unix microseconds: an edit's edit_date, a live deletion's receipt; for others the end of their interval.
    pub at: i64,
    /// Start of the interval, for a deletion without a time of its own.
    pub since: Option<i64>,
    /// For deletions.
    pub source: Option<DeletionSource>,
}

/// The window of one chat (or of the common box, for operations whose chat is not known), read under its lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChatWindow {
    /// Whose.
    pub account: Option<AccountId>,
    /// `None`: the common box's window for operations without a chat.
    pub chat: Option<ChatId>,
    /// Times (unix microseconds, ascending) of admitted operations, from one window before the earliest operation asked
    /// about to one window after the latest: operations do not come in the order of their times.
    pub admitted: Vec<i64>,
    /// The newest open incidents of the chat.
    pub open: Vec<OpenIncident>,
    /// Admitted operations per day over the last 30 days before, for slow-burn detection: (unix day, count).
    pub daily: Vec<(i64, i64)>,
}

/// An incident that may take more operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIncident {
    /// Its id.
    pub id: IncidentId,
    /// Why it was opened.
    pub kind: IncidentKind,
    /// Unix microseconds: until when the chat is blocked.
    pub blocked_until: i64,
}

/// The guard's word on one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Let it through.
    Admit,
    /// Hold it in the chat's open incident of this kind, or open one; `blocked_until` is the block's new end.
    Hold {
        /// Which kind of incident.
        kind: IncidentKind,
        /// Unix microseconds.
        blocked_until: i64,
    },
}

/// Decides; pure. The store calls it inside its transaction, under the chat's lock.
pub trait Guard: Send + Sync {
    /// How far back, microseconds, the window reaches.
    fn window_micros(&self) -> i64;

    /// One ruling per operation, in order. `operations` are sorted by (`at`, id).
    fn rule(&self, window: &ChatWindow, operations: &[PendingOperation]) -> Vec<Ruling>;
}

/// A verdict that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Of which operation.
    pub operation: OperationId,
    /// What.
    pub verdict: Verdict,
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// Whose.
    pub account: AccountId,
    /// Where; `None`: not known.
    pub chat: Option<ChatId>,
    /// Why.
    pub kind: IncidentKind,
    /// Unix microseconds.
    pub opened_at: i64,
    /// First operation's time, or the start of the interval it may come from.
    pub from_at: i64,
    /// Last operation's time.
    pub to_at: i64,
    /// Held deletions.
    pub deletions: i64,
    /// Held edits.
    pub edits: i64,
    /// `None`: open. `Some(true)`: approved, `Some(false)`: rejected.
    pub approved: Option<bool>,
    /// Unix microseconds.
    pub decided_at: Option<i64>,
}

/// Which incidents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    /// Whose.
    pub account: Option<AccountId>,
    /// Only open ones.
    pub open_only: bool,
    /// In these chats only.
    pub chats: Option<Vec<ChatId>>,
}

/// Laws: (1) one verdict per operation key, the first stays until a person decides its incident; (2) verdicts of one
/// chat are given one transaction at a time, whatever the number of guards; (3) a restart admits no second share;
/// (4) deciding an incident turns all its held operations at once, exactly once, and what is held into it later follows
/// the same decision only if asked again; (5) a rejected operation stays rejected.
#[async_trait]
pub trait Verdicts: Send + Sync {
    /// Gives verdicts for these operations, known ones getting their stored verdict. Committed when this returns.
    async fn decide(
        &self,
        account: AccountId,
        operations: &[OperationId],
        guard: &dyn Guard,
    ) -> Result<Vec<Decision>, StoreError>;

    /// A person's decision. Answers the operations it turned; empty if it was decided already or does not exist.
    async fn decide_incident(
        &self,
        incident: IncidentId,
        approve: bool,
        by: &str,
    ) -> Result<Vec<(AccountId, OperationId)>, StoreError>;

    /// Incidents, newest first.
    async fn incidents(&self, filter: &IncidentFilter) -> Result<Vec<Incident>, StoreError>;

    /// The held operations of an incident, by message id and then by their own; `after` is the last of the page before.
    async fn incident_operations(
        &self,
        incident: IncidentId,
        after: Option<(MessageId, OperationId)>,
        limit: u32,
    ) -> Result<Vec<PendingOperation>, StoreError>;
}
