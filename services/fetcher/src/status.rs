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
    /// What is to be read, for the expected end: what Telegram says of the chats that were begun, and as much on average
    /// for each of the others.
    pub messages_expected: u64,
    /// Chats of which Telegram has said how many messages they have.
    #[serde(default)]
    pub chats_counted: u64,
    /// Messages to read in these.
    #[serde(default)]
    pub messages_counted: u64,
    /// Chats being walked.
    pub walking: Vec<ChatId>,
    /// Chats that failed so far.
    pub failed: u64,
    /// Users and chats looked at again for new avatars.
    #[serde(default)]
    pub peers: u64,
}

impl RunProgress {
    /// A chat was begun, in which so many messages are to be read.
    pub fn counted(&mut self, messages: u64) {
        self.chats_counted += 1;
        self.messages_counted += messages;
        let others = self.chats_total.saturating_sub(self.chats_counted);
        let average = self.messages_counted as f64 / self.chats_counted as f64;
        self.messages_expected = self.messages_counted + (others as f64 * average) as u64;
    }

    /// Messages per second so far.
    pub fn rate(&self, now: i64) -> f64 {
        self.messages as f64 / (now - self.started_at).max(1) as f64
    }

    /// Unix seconds at which it would end at this rate.
    pub fn expected_end(&self, now: i64) -> Option<i64> {
        let left = self.messages_expected.saturating_sub(self.messages);
        let rate = self.rate(now);
        (rate > 0.0 && self.messages_expected > 0).then(|| now + (left as f64 / rate) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chats_that_were_not_begun_count_like_the_others() {
        let mut run = RunProgress {
            started_at: 1_000,
            chats_total: 4,
            messages: 100,
            ..RunProgress::default()
        };
        run.counted(300);
        assert_eq!(run.messages_expected, 1_200);
        run.counted(0);
        assert_eq!(run.messages_expected, 600);
        assert_eq!(run.expected_end(1_010), Some(1_060), "500 left at 10 a second");
        run.counted(100);
        run.counted(200);
        assert_eq!(run.messages_expected, 600, "all are known");
    }
}
