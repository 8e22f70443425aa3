//! SQLite's errors by what the caller does about them.

use store::StoreError;

/// Maps an error of sqlx.
#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
pub(crate) fn map(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(e) => {
            // Extended result codes keep the primary one in their low byte: https://sqlite.org/rescode.html
            let primary = e.code().and_then(|c| c.parse::<u32>().ok()).unwrap_or(0) & 0xff;
            match primary {
                // What reads has an end, see `open`.
                9 => StoreError::Unavailable("a question took longer than DATABASE_TIMEOUT".to_owned()),
                13 => StoreError::DiskFull(e.message().to_owned()),
                5 | 6 | 8 | 10 | 14 | 17 => StoreError::Unavailable(e.message().to_owned()),
                18..=20 | 25 => StoreError::Refused(e.message().to_owned()),
                _ => StoreError::Unexpected(e.message().to_owned()),
            }
        }
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            StoreError::Unavailable("no connection in time".to_owned())
        }
        sqlx::Error::Io(e) if e.kind() == std::io::ErrorKind::StorageFull => {
            StoreError::DiskFull(e.to_string())
        }
        sqlx::Error::Io(e) => StoreError::Unavailable(e.to_string()),
        other => StoreError::Unexpected(other.to_string()),
    }
}

/// A column that does not hold what it should.
pub(crate) fn odd(table: &str, column: &str) -> StoreError {
    StoreError::Unexpected(format!(
        "{table}.{column} holds a value this version does not know"
    ))
}
