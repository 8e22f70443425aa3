//! Runs, passes and coverage: the fetcher's progress.

use async_trait::async_trait;
use model::{AccountId, ChatId, IdRange, MessageId, PassId, PassKind, RangeSet, RunId, Seen};

use crate::StoreError;

/// A walk over a range of a chat's ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// In which chat.
    pub chat: ChatId,
    /// Numbered per (account, chat) from 1.
    pub id: PassId,
    /// Why.
    pub kind: PassKind,
    /// What is to be covered.
    pub range: IdRange,
    /// Stamp at its opening: a stored message of its range seen before this and not since is gone from Telegram.
    pub began: Seen,
    /// Unix microseconds.
    pub opened_at: i64,
    /// Unix microseconds: covered whole, and its deletions derived.
    pub completed_at: Option<i64>,
    /// What is covered, committed by the writer with the rows of the pages.
    pub covered: RangeSet,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOutcome {
    /// Chats walked.
    pub chats: u64,
    /// Messages captured.
    pub messages: u64,
    /// Chats that failed, with one line each; the run went on.
    pub failures: Vec<(ChatId, String)>,
    /// Ended before its time, and why.
    pub aborted: Option<String>,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Whose.
    pub account: AccountId,
    /// `schedule`, `start`, `hand`.
    pub trigger: String,
    /// Unix microseconds.
    pub started_at: i64,
    /// Unix microseconds.
    pub finished_at: Option<i64>,
    /// Once finished.
    pub outcome: Option<RunOutcome>,
}

/// The fetcher's port.
///
/// Laws: (1) passes of a chat are numbered without holes; (2) `covered` only grows; (3) completing a pass twice changes
/// nothing.
#[async_trait]
pub trait Passes: Send + Sync {
    /// Opens the next pass of a chat.
    async fn open_pass(
        &self,
        account: AccountId,
        chat: ChatId,
        kind: PassKind,
        range: IdRange,
        began: Seen,
    ) -> Result<Pass, StoreError>;

    /// Passes of a chat with what they cover, oldest first.
    async fn passes(&self, account: AccountId, chat: ChatId) -> Result<Vec<Pass>, StoreError>;

    /// Chats that have a pass which is not completed, and chats that have any pass at all, with the union of coverage and
    /// the newest pass: the fetcher's plan at the start of a run, one query.
    async fn coverage(&self, account: AccountId) -> Result<Vec<ChatCoverage>, StoreError>;

    /// Messages of the chat in `range`, above `after`, whose `seen` is below `since` and that have no deletion operation
    /// or tombstone: ascending ids.
    async fn unseen_since(
        &self,
        account: AccountId,
        chat: ChatId,
        range: IdRange,
        since: Seen,
        after: MessageId,
        limit: u32,
    ) -> Result<Vec<MessageId>, StoreError>;

    /// Chats with a stored message, and the greatest id stored: seen live or in a page, deleted or not. Messages whose chat
    /// is not known are of none. Costs a look per chat, not per message.
    async fn newest_stored(&self, account: AccountId) -> Result<Vec<(ChatId, MessageId)>, StoreError>;

    /// Passes completed at or after this time (unix microseconds), without what they cover; ordered by chat and pass.
    async fn completed_since(&self, account: AccountId, since: i64) -> Result<Vec<Pass>, StoreError>;

    /// Marks a pass completed.
    async fn complete_pass(&self, account: AccountId, chat: ChatId, pass: PassId) -> Result<(), StoreError>;

    /// Notes the start of a run.
    async fn start_run(&self, account: AccountId, trigger: &str) -> Result<RunId, StoreError>;

    /// Notes its end.
    async fn finish_run(&self, run: RunId, outcome: &RunOutcome) -> Result<(), StoreError>;

    /// The newest runs.
    async fn runs(&self, account: AccountId, limit: u32) -> Result<Vec<Run>, StoreError>;
}

/// What of a chat is covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatCoverage {
    /// The chat.
    pub chat: ChatId,
    /// Union over all passes.
    pub covered: RangeSet,
    /// Greatest end of any pass: how far the chat was known to reach.
    pub known_through: MessageId,
    /// Passes that are not completed.
    pub open: Vec<Pass>,
    /// When the newest completed pass was completed, unix microseconds.
    pub verified_at: Option<i64>,
    /// Messages stored above `known_through`: live, not yet verified.
    pub unverified: u64,
    /// Messages stored in this chat.
    pub stored: u64,
}
