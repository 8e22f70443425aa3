//! PostgreSQL's errors by what the caller does about them.

use store::StoreError;

/// Why an attempt failed.
#[derive(Debug)]
pub(crate) enum Failed {
    /// Another transaction was in the way: the same again may do.
    Again(String),
    /// For the caller.
    Store(StoreError),
}

/// Of one attempt.
pub(crate) type Outcome<T> = Result<T, Failed>;

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(e) => by_state(e.code().as_deref().unwrap_or(""), e.message()),
            sqlx::Error::Io(e) if e.kind() == std::io::ErrorKind::StorageFull => {
                Self::Store(StoreError::DiskFull(e.to_string()))
            }
            sqlx::Error::Encode(_) | sqlx::Error::InvalidArgument(_) => {
                Self::Store(StoreError::Refused(error.to_string()))
            }
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                unavailable("no connection in time")
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::BeginFailed => unavailable(&error.to_string()),
            _ => Self::Store(StoreError::Unexpected(error.to_string())),
        }
    }
}

fn unavailable(reason: &str) -> Failed {
    Failed::Store(StoreError::Unavailable(reason.to_owned()))
}

/// By SQLSTATE: <https://www.postgresql.org/docs/15/errcodes-appendix.html>.
fn by_state(state: &str, message: &str) -> Failed {
    let text = || format!("{message} ({state})");
    Failed::Store(match (state, state.get(..2).unwrap_or("")) {
        // serialization_failure, deadlock_detected
        ("40001" | "40P01", _) => return Failed::Again(text()),
        // disk_full
        ("53100", _) => StoreError::DiskFull(text()),
        // lock_not_available, and read_only_sql_transaction: a server that was demoted. Then: connections, log-in, no
        // such database (not made yet), resources, an operator's intervention or a time limit, the system.
        ("55P03" | "25006", _) | (_, "08" | "28" | "3D" | "53" | "57" | "58") => {
            StoreError::Unavailable(text())
        }
        // Data, cardinality, integrity, limits of the program.
        (_, "21" | "22" | "23" | "54") => StoreError::Refused(text()),
        _ => StoreError::Unexpected(text()),
    })
}

/// A column that does not hold what it should.
pub(crate) fn odd(table: &str, column: &str) -> StoreError {
    StoreError::Unexpected(format!(
        "{table}.{column} holds a value this version does not know"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_told_apart_by_what_to_do() {
        let kind = |state| match by_state(state, "") {
            Failed::Again(_) => "again",
            Failed::Store(StoreError::Unavailable(_)) => "unavailable",
            Failed::Store(StoreError::DiskFull(_)) => "full",
            Failed::Store(StoreError::Refused(_)) => "refused",
            Failed::Store(_) => "other",
        };
        for (state, expected) in [
            ("40P01", "again"),
            ("53100", "full"),
            ("57P03", "unavailable"),
            ("57014", "unavailable"),
            ("08006", "unavailable"),
            ("53300", "unavailable"),
            ("22021", "refused"),
            ("23505", "refused"),
            ("42P01", "other"),
        ] {
            assert_eq!(kind(state), expected, "{state}");
        }
    }
}
