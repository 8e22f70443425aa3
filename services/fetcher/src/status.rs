//! How the fetcher is doing, for a person.

use model::ChatId;
use serde::{Deserialize, Serialize};

/// All of it; ids and numbers, no titles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FetcherStatus {
    /// `starting`, `waiting for the account's lease`, `connecting`, `login required`, `ready`, `flood wait`.
    pub state: String,
    /// One sentence on it.
    pub reason: Option<String>,
    /// Unix seconds: end of a flood wait.
    pub until: Option<i64>,
    /// The listener is on and following.
    pub live: bool,
    /// The run that goes on now.
    pub run: Option<RunProgress>,
    /// Unix seconds of the next scheduled run.
    pub next_run: Option<i64>,
}

/// A run's progress.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunProgress {
    /// Unix seconds.
    pub started_at: i64,
    /// Chats in the scope; 0 while the list is being read.
    pub chats_total: u64,
    /// Chats done.
    pub chats_done: u64,
    /// Messages captured.
    pub messages: u64,
    /// What Telegram says there is, in the chats that are walked; for the expected end.
    pub messages_expected: u64,
    /// Chats being walked.
    pub walking: Vec<ChatId>,
    /// Chats that failed so far.
    pub failed: u64,
    /// Users and chats looked at again for new avatars.
    #[serde(default)]
    pub peers: u64,
}

impl RunProgress {
    /// Messages per second so far.
    pub fn rate(&self, now: i64) -> f64 {
        self.messages as f64 / (now - self.started_at).max(1) as f64
    }

    /// Unix seconds at which it would end at this rate.
    pub fn expected_end(&self, now: i64) -> Option<i64> {
        let left = self.messages_expected.saturating_sub(self.messages);
        let rate = self.rate(now);
        (rate > 0.0 && self.chats_total > 0).then(|| now + (left as f64 / rate) as i64)
    }
}
