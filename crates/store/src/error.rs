//! What can go wrong in a database, by what the caller does about it.

/// An error of a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Gone, locked, restarting, timed out: nothing was changed, try again; it is no attempt.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// Whoever only reads finds no archive, or one of an older version: one who writes makes it.
    #[error("{0}")]
    NotReady(String),
    /// No space: nothing was changed; try again when there is some.
    #[error("the database's disk is full: {0}")]
    DiskFull(String),
    /// The lease's epoch is over: another process owns the account now. Stop.
    #[error("another process owns this account now (epoch {expected} is over)")]
    Fenced {
        /// The epoch that was tried.
        expected: u32,
    },
    /// This data can never be stored as it is; alone it becomes a dead letter.
    #[error("the database refuses the data: {0}")]
    Refused(String),
    /// The schema or a row is not what this version expects.
    #[error("the database does not look as expected: {0}")]
    Unexpected(String),
}

impl StoreError {
    /// Whether trying again later, unchanged, can help.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::NotReady(_) | Self::DiskFull(_))
    }
}
