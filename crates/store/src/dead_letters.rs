//! What could not be processed, kept until somebody sends it again.

use async_trait::async_trait;
use bytes::Bytes;
use model::AccountId;

use crate::StoreError;

/// A message of the bus that is given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDeadLetter {
    /// Whose, if the subject told.
    pub account: Option<AccountId>,
    /// Where it came from.
    pub subject: String,
    /// As it was.
    pub body: Bytes,
    /// One line without content.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
}

/// A stored one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id.
    pub id: i64,
    /// What it is.
    pub letter: NewDeadLetter,
    /// Unix microseconds.
    pub stored_at: i64,
    /// Unix microseconds when it was sent again, if it was.
    pub redriven_at: Option<i64>,
}

/// Laws: (1) a stored letter stays until redriven, and then stays as redriven; (2) the same (subject, body) stored twice
/// is one row while it is not redriven.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Keeps it; committed when this returns.
    async fn store_dead_letter(&self, letter: &NewDeadLetter) -> Result<i64, StoreError>;

    /// Lists them, newest first.
    async fn dead_letters(&self, include_redriven: bool, limit: u32) -> Result<Vec<DeadLetter>, StoreError>;

    /// Marks it as sent again. `false`: there is none, or it was already.
    async fn mark_redriven(&self, id: i64) -> Result<bool, StoreError>;
}
