//! How things stand.

use serde::Serialize;
use utoipa::ToSchema;

/// Files skipped, by reason.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Skipped {
    /// Why.
    pub reason: String,
    /// How many.
    pub files: i64,
}

/// What is archived of an account, within what may be seen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Statistics {
    /// Whose.
    pub account: i64,
    /// Chats with a stored message.
    pub chats: i64,
    /// Stored messages.
    pub messages: i64,
    /// Of them deleted on Telegram.
    pub deleted: i64,
    /// Of them edited.
    pub edited: i64,
    /// Files held, counted per message.
    pub media_stored: i64,
    /// Files still to be fetched.
    pub media_wanted: i64,
    /// Files skipped.
    pub media_skipped: Vec<Skipped>,
    /// Bytes of distinct files held.
    pub media_bytes: i64,
    /// Unix microseconds at which this was counted.
    pub counted_at: i64,
    /// Unix microseconds at which the last run ended.
    pub last_run_at: Option<i64>,
}

/// A chat that failed in a run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunFailure {
    /// Which.
    pub chat: i64,
    /// Why, in one line.
    pub reason: String,
}

/// A run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Run {
    /// Its number.
    pub id: i64,
    /// `schedule`, `start` or `hand`.
    pub trigger: String,
    /// Unix microseconds.
    pub started_at: i64,
    /// Unix microseconds.
    pub finished_at: Option<i64>,
    /// Chats walked, once finished.
    pub chats: Option<u64>,
    /// Messages captured, once finished.
    pub messages: Option<u64>,
    /// Chats that failed.
    pub failures: Vec<RunFailure>,
    /// Ended before its time, and why.
    pub aborted: Option<String>,
}

/// The run that goes on now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunProgress {
    /// Unix seconds.
    pub started: i64,
    /// Chats in the scope; 0 while the list is being read.
    pub chats_total: u64,
    /// Chats done.
    pub chats_done: u64,
    /// Messages captured.
    pub messages: u64,
    /// What Telegram says there is.
    pub messages_expected: u64,
    /// Chats being walked.
    pub walking: Vec<i64>,
    /// Chats that failed so far.
    pub failed: u64,
    /// Unix seconds at which it would end at this rate.
    pub expected_end: Option<i64>,
}

/// The capture of an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaptureStatus {
    /// `not running`, `starting`, `waiting for the account's lease`, `connecting`, `login required`, `ready`,
    /// `flood wait`.
    pub state: String,
    /// One sentence on it.
    pub reason: Option<String>,
    /// Unix seconds: the end of a flood wait.
    pub until: Option<i64>,
    /// The listener follows.
    pub live: bool,
    /// The run that goes on now.
    pub run: Option<RunProgress>,
    /// Unix seconds of the next scheduled run.
    pub next_run: Option<i64>,
}

/// How an account's archive stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountStatus {
    /// Whose.
    pub account: i64,
    /// Its capture.
    pub capture: CaptureStatus,
    /// The newest runs, newest first.
    pub runs: Vec<Run>,
    /// Operations without a verdict.
    pub operations_pending: i64,
    /// Operations in open incidents.
    pub operations_held: i64,
    /// Files still to be fetched.
    pub media_wanted: i64,
    /// What could not be processed.
    pub dead_letters: i64,
    /// Messages not in the search index yet.
    pub search_behind: i64,
}

/// How everything stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    /// The program's version.
    pub version: String,
    /// Whether the bus answers.
    pub bus: bool,
    /// Whether the database answers.
    pub database: bool,
    /// Browsers that follow changes here.
    pub followers: u64,
    /// Each account.
    pub accounts: Vec<AccountStatus>,
}
