//! The one way in: batches of captures become rows.

use async_trait::async_trait;
use model::{
    AccountId, BatchNumber, CaptureBatch, ChatId, DeletionMode, Lane, MediaId, MediaOutcome, MessageId,
    OperationId,
};

use crate::{NewDeadLetter, StoreError};

/// What the settings say about applying.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ApplyOptions {
    /// What admitted deletions do.
    pub deletion_mode: DeletionMode,
}

/// What a transaction did; the writer publishes the ids after the commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Messages not known before.
    pub new_messages: u64,
    /// Versions not known before, of known messages.
    pub new_versions: u64,
    /// Operations that wait for a verdict since this transaction.
    pub operations: Vec<(AccountId, OperationId)>,
    /// Batches whose receipt is committed now (also those that were before).
    pub receipts: Vec<(AccountId, BatchNumber)>,
    /// Whether media rows were added.
    pub media_wanted: bool,
    /// Whether outbox rows were added.
    pub outbox: bool,
}

/// What applying verdicts did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VerdictsApplied {
    /// Operations that took effect.
    pub admitted: u64,
    /// Operations marked held.
    pub held: u64,
    /// Operations marked rejected.
    pub rejected: u64,
}

/// How issuing is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issue {
    /// At most so many rows.
    pub limit: u32,
    /// Rows issued are left alone for so long, seconds.
    pub reissue_after: i64,
}

/// A media row to be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueMedia {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub id: MediaId,
    /// Where its file lies.
    pub dc: i32,
    /// Bytes, if known.
    pub size: Option<i64>,
}

/// A change to publish on `archive.changed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Ascending.
    pub seq: i64,
    /// Whose.
    pub account: AccountId,
    /// In which chat; `None`: of no chat (folders, contacts), or not known yet.
    pub chat: Option<ChatId>,
    /// By which way.
    pub lane: Lane,
    /// `new`, `edited`, `deleted`, `reactions`, `pinned`, `media`, `chat`, `incident`.
    pub kind: String,
    /// Of which messages (may be empty); a long run of new ones is its first and last only.
    pub ids: Vec<MessageId>,
    /// `ids` is (first, last) of a range.
    pub is_range: bool,
}

/// How far the search index trails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IndexProgress {
    /// Rows indexed by this call.
    pub indexed: u64,
    /// Rows still to do, counted up to a limit: 10,000 at least.
    pub behind: u64,
}

/// The writer's port.
///
/// Laws: (1) any order and repetition of the same batches gives the same rows (see the crate's doc); (2) rows, covered
/// ranges and receipts of one call commit together or not at all; (3) coverage only grows; (4) without an admitted
/// verdict no stored content changes or hides; (5) a deletion hides, never erases, unless the mode is hard and the
/// verdict admitted; (6) a verdict applied twice has one effect; (7) what is issued comes again after
/// `reissue_after`, unless done; (8) a receipt stays until its batch is settled.
#[async_trait]
pub trait ArchiveWriter: Send + Sync {
    /// Applies batches, of any accounts, in one transaction. A batch numbered 0 leaves no receipt.
    async fn apply(&self, batches: &[CaptureBatch], options: ApplyOptions) -> Result<Applied, StoreError>;

    /// Keeps what cannot be applied as a dead letter and commits the receipt of its batch, if its number could be read,
    /// with it: nobody sends it again, and the update state goes on. Answers the letter's id. A batch given up is not
    /// applied by `apply` any more; its letter is, under number 0.
    async fn give_up(
        &self,
        letter: &NewDeadLetter,
        receipt: Option<(AccountId, BatchNumber)>,
    ) -> Result<i64, StoreError>;

    /// Applies the verdicts that stand in `verdicts` for these operations (those without one are left).
    async fn apply_verdicts(
        &self,
        account: AccountId,
        operations: &[OperationId],
        options: ApplyOptions,
    ) -> Result<VerdictsApplied, StoreError>;

    /// Operations whose verdict row differs from what was applied: a lost `ops.decided`.
    async fn unapplied_verdicts(&self, limit: u32) -> Result<Vec<(AccountId, OperationId)>, StoreError>;

    /// Operations without a verdict that are not issued now; marks them issued. Oldest first.
    async fn issue_operations(&self, issue: Issue) -> Result<Vec<(AccountId, OperationId)>, StoreError>;

    /// Media rows wanted that are not issued now and whose `not_before` is past; marks them issued. Newest messages
    /// first, small before large, unknown sizes last. `include_live`: also those that only the live lane has seen
    /// (`LISTEN_NEW_MESSAGES_MEDIA`).
    async fn issue_media(&self, issue: Issue, include_live: bool) -> Result<Vec<DueMedia>, StoreError>;

    /// Makes these media rows due again at once: the bus did not take them.
    async fn release_media(&self, ids: &[MediaId]) -> Result<(), StoreError>;

    /// Forgets what is issued: the bus that held it is gone (a single node that starts).
    async fn release_issued(&self) -> Result<(), StoreError>;

    /// Notes what became of files. Idempotent; a stored file is never replaced by a failure.
    async fn apply_media(
        &self,
        account: AccountId,
        outcomes: &[(MediaId, MediaOutcome)],
    ) -> Result<(), StoreError>;

    /// Makes skipped rows wanted again whose reason no longer holds: `Disabled` if `download`, `TooLarge` if the size is
    /// within `max_size` bytes (`None`: no limit), or if `sizeless` where nobody knew it. Answers how many.
    async fn reconsider_skipped(
        &self,
        download: bool,
        max_size: Option<i64>,
        sizeless: bool,
    ) -> Result<u64, StoreError>;

    /// The oldest outbox rows.
    async fn outbox(&self, limit: u32) -> Result<Vec<OutboxRow>, StoreError>;

    /// Removes published outbox rows.
    async fn outbox_published(&self, seqs: &[i64]) -> Result<(), StoreError>;

    /// Indexes some rows of `search_pending`, newest first.
    async fn index_search(&self, limit: u32) -> Result<IndexProgress, StoreError>;

    /// Removes receipts that nobody asks for any more ([`Passes::settle_batches`](crate::Passes::settle_batches)), at most
    /// `limit`; answers how many.
    async fn prune_receipts(&self, limit: u32) -> Result<u64, StoreError>;
}

/// What the database says about batches (law 4).
#[async_trait]
pub trait Receipts: Send + Sync {
    /// Which of these batches are **not** committed.
    async fn unapplied(
        &self,
        account: AccountId,
        epoch: u32,
        numbers: &[u64],
    ) -> Result<Vec<u64>, StoreError>;

    /// The greatest stamp committed for this account in any table, so that a new owner never stamps below it.
    async fn greatest_seen(&self, account: AccountId) -> Result<i64, StoreError>;
}
