//! What readers may know of runs, coverage and incidents: no way to change them.

use async_trait::async_trait;
use model::{AccountId, ChatId, IncidentId, MessageId, OperationId};

use crate::StoreError;
use crate::passes::{ChatCoverage, Pass, Passes, Run};
use crate::verdicts::{Incident, IncidentFilter, PendingOperation, Verdicts};

/// Reading what other services write.
#[async_trait]
pub trait Reports: Send + Sync {
    /// The newest runs, newest first.
    async fn runs_of(&self, account: AccountId, limit: u32) -> Result<Vec<Run>, StoreError>;

    /// What of every chat is covered.
    async fn coverage_of(&self, account: AccountId) -> Result<Vec<ChatCoverage>, StoreError>;

    /// The passes of one chat with what they cover, oldest first.
    async fn passes_of(&self, account: AccountId, chat: ChatId) -> Result<Vec<Pass>, StoreError>;

    /// Incidents, newest first.
    async fn incidents_of(&self, filter: &IncidentFilter) -> Result<Vec<Incident>, StoreError>;

    /// The held operations of an incident, by message id and then by their own; `after` is the last of the page before.
    async fn operations_of(
        &self,
        incident: IncidentId,
        after: Option<(MessageId, OperationId)>,
        limit: u32,
    ) -> Result<Vec<PendingOperation>, StoreError>;
}

#[async_trait]
impl<T: Passes + Verdicts + ?Sized> Reports for T {
    async fn runs_of(&self, account: AccountId, limit: u32) -> Result<Vec<Run>, StoreError> {
        self.runs(account, limit).await
    }

    async fn coverage_of(&self, account: AccountId) -> Result<Vec<ChatCoverage>, StoreError> {
        self.coverage(account).await
    }

    async fn passes_of(&self, account: AccountId, chat: ChatId) -> Result<Vec<Pass>, StoreError> {
        self.passes(account, chat).await
    }

    async fn incidents_of(&self, filter: &IncidentFilter) -> Result<Vec<Incident>, StoreError> {
        self.incidents(filter).await
    }

    async fn operations_of(
        &self,
        incident: IncidentId,
        after: Option<(MessageId, OperationId)>,
        limit: u32,
    ) -> Result<Vec<PendingOperation>, StoreError> {
        self.incident_operations(incident, after, limit).await
    }
}
