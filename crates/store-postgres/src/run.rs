//! How a call runs: with an end, again if others were in the way, and without leaving a broken connection behind.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Postgres};
use store::StoreError;

use crate::PostgresStore;
use crate::error::{Failed, Outcome};
use crate::locks::Locks;

/// Attempts after the first.
const RETRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(4);

/// A connection of a pool. Dropped before [`Session::commit`] or [`Session::release`], as on an error, a time limit or a
/// cancellation, it is closed: what was sent on it is not over, and a server that is gone would hold it for minutes.
pub(crate) struct Session {
    connection: PoolConnection<Postgres>,
    clean: bool,
}

impl Session {
    async fn of(pool: &PgPool) -> Outcome<Self> {
        Ok(Self {
            connection: pool.acquire().await?,
            clean: false,
        })
    }

    /// Starts a transaction that holds these locks.
    pub(crate) async fn begin(&mut self, locks: &Locks) -> Outcome<()> {
        let sql = locks
            .sql()
            .map_or_else(|| "BEGIN".to_owned(), |l| format!("BEGIN; {l}"));
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }

    /// Takes more locks; they must come after those that are held, in the order of [`crate::locks`].
    pub(crate) async fn lock(&mut self, locks: &Locks) -> Outcome<()> {
        if let Some(sql) = locks.sql() {
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut *self.connection)
                .await?;
        }
        Ok(())
    }

    pub(crate) async fn commit(mut self) -> Outcome<()> {
        sqlx::raw_sql("COMMIT").execute(&mut *self.connection).await?;
        self.clean = true;
        Ok(())
    }

    /// Gives it back; nothing is open on it.
    pub(crate) fn release(mut self) {
        self.clean = true;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.clean {
            self.connection.close_on_drop();
        }
    }
}

impl Deref for Session {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl PostgresStore {
    /// Runs attempts until one is not in another's way, within the limit of a call.
    pub(crate) async fn run<T, F>(&self, attempt: impl Fn() -> F + Send) -> Result<T, StoreError>
    where
        F: Future<Output = Outcome<T>> + Send,
        T: Send,
    {
        let all = async {
            let mut pause = FIRST_PAUSE;
            for _ in 0..RETRIES {
                match attempt().await {
                    Ok(value) => return Ok(value),
                    Err(Failed::Store(error)) => return Err(error),
                    Err(Failed::Again(reason)) => tracing::debug!("a transaction is tried again: {reason}"),
                }
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            attempt().await.map_err(|failed| match failed {
                Failed::Again(reason) => StoreError::Unavailable(reason),
                Failed::Store(error) => error,
            })
        };
        tokio::time::timeout(self.limit, all)
            .await
            .unwrap_or_else(|_| Err(StoreError::Unavailable("no answer in time".to_owned())))
    }

    /// A connection that writes, without a transaction.
    pub(crate) async fn writer(&self) -> Outcome<Session> {
        Session::of(&self.write).await
    }

    /// A connection that reads, without a transaction.
    pub(crate) async fn reader(&self) -> Outcome<Session> {
        Session::of(&self.read).await
    }

    /// A transaction under these locks.
    pub(crate) async fn begin(&self, locks: &Locks) -> Outcome<Session> {
        let mut session = self.writer().await?;
        session.begin(locks).await?;
        Ok(session)
    }

    /// A transaction that reads one snapshot.
    pub(crate) async fn snapshot(&self) -> Outcome<Session> {
        let mut session = self.reader().await?;
        sqlx::raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .execute(&mut *session)
            .await?;
        Ok(session)
    }
}
