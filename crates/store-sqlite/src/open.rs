//! Opening: folders, migrations, connections, the lock of the file.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use model::Clock;
use sqlx::migrate::MigrateError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Sqlite, SqliteConnection, Transaction};
use store::StoreError;

use crate::error::map;

const BEGIN: &str = "BEGIN IMMEDIATE";

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// How the file is opened.
#[derive(Clone, Copy, Debug)]
pub struct SqliteOptions {
    /// Longest wait for a lock, for a connection, and for a statement that reads.
    pub timeout: Duration,
    /// Page cache of the writing connection, KiB; readers have a quarter each.
    pub cache_kib: u32,
    /// Connections that read.
    pub readers: u32,
    /// Log statements at debug level (never their values).
    pub echo: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(1),
            cache_kib: 8 * 1024,
            readers: 4,
            echo: false,
        }
    }
}

/// The archive in one file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    pub(crate) write: SqlitePool,
    pub(crate) read: SqlitePool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) lock_path: PathBuf,
    /// Held while this process owns a lease: it proves that the owner lives.
    pub(crate) lock: Arc<Mutex<Option<File>>>,
}

impl SqliteStore {
    /// Opens the file, makes it and its folder if they are not there, and migrates it.
    pub async fn open(
        path: &Path,
        clock: Arc<dyn Clock>,
        options: SqliteOptions,
    ) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| {
                StoreError::Unavailable(format!("the folder {} cannot be made: {e}", folder.display()))
            })?;
        }
        let _alone = alone(path, options.timeout).await?;
        let base = Self::base(path, options)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .pragma("journal_size_limit", "67108864");
        let write = Self::pool(1, options)
            .connect_with(
                base.clone()
                    .pragma("cache_size", format!("-{}", options.cache_kib)),
            )
            .await
            .map_err(|e| cannot_open(path, e))?;
        MIGRATOR.run(&write).await.map_err(|e| migration(path, e))?;
        let readers = base
            .create_if_missing(false)
            .pragma("query_only", "1")
            .pragma("cache_size", format!("-{}", options.cache_kib / 4));
        let read = Self::readers(options).connect_lazy_with(readers);
        Ok(Self {
            write,
            read,
            clock,
            lock_path: path.with_extension("lock"),
            lock: Arc::default(),
        })
    }

    /// Opens it for reading only, also on storage that cannot be written. Nothing is migrated; what writes is refused.
    pub async fn open_read_only(
        path: &Path,
        clock: Arc<dyn Clock>,
        options: SqliteOptions,
    ) -> Result<Self, StoreError> {
        let base = Self::base(path, options).read_only(true);
        let mut read = Self::readers(options).connect_with(base.clone()).await;
        let readable = match &read {
            Ok(pool) => sqlx::query("SELECT count(*) FROM meta")
                .fetch_one(pool)
                .await
                .is_ok(),
            Err(_) => false,
        };
        if !readable {
            // A WAL database on read-only storage has no shared memory file: it is read as it stands.
            read = Self::readers(options).connect_with(base.immutable(true)).await;
        }
        let read = read.map_err(|e| cannot_open(path, e))?;
        let version = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
            .fetch_one(&read)
            .await;
        current(path, version)?;
        Ok(Self {
            write: read.clone(),
            read,
            clock,
            lock_path: path.with_extension("lock"),
            lock: Arc::default(),
        })
    }

    fn base(path: &Path, options: SqliteOptions) -> SqliteConnectOptions {
        let base = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(options.timeout)
            .statement_cache_capacity(120)
            .pragma("temp_store", "memory");
        if options.echo {
            base.log_statements(tracing::log::LevelFilter::Debug)
        } else {
            base.disable_statement_logging()
        }
    }

    fn pool(size: u32, options: SqliteOptions) -> SqlitePoolOptions {
        SqlitePoolOptions::new()
            .max_connections(size)
            .acquire_timeout(options.timeout)
            // A file does not go away as a server does.
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
    }

    /// Every statement that reads has an end: SQLite knows none, and whoever asked may be gone long ago.
    fn readers(options: SqliteOptions) -> SqlitePoolOptions {
        let limit = options.timeout;
        Self::pool(options.readers, options)
            .after_connect(move |connection, _| Box::pin(ends_after(connection, limit)))
            .before_acquire(move |connection, _| {
                Box::pin(async move { ends_after(connection, limit).await.map(|()| true) })
            })
    }

    /// A transaction of the one writer.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        let begun = self.write.begin_with(BEGIN).await;
        if !matches!(begun, Err(sqlx::Error::InvalidSavePointStatement)) {
            return begun.map_err(map);
        }
        // On a full disk SQLite ends a transaction by itself. sqlx does not hear of it and takes the connection for one
        // that is in a transaction, for ever: another one takes its place.
        let useless = self.write.acquire().await.map_err(map)?;
        useless.close().await.map_err(map)?;
        self.write.begin_with(BEGIN).await.map_err(map)
    }

    /// Waits until all connections are closed and the log is folded into the file.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// What SQLite does between two looks at the clock, in steps of its machine: some milliseconds.
const STEPS: i32 = 100_000;

/// What runs on this connection longer than that from now is interrupted.
async fn ends_after(connection: &mut SqliteConnection, limit: Duration) -> Result<(), sqlx::Error> {
    let end = Instant::now() + limit;
    let mut handle = connection.lock_handle().await?;
    handle.set_progress_handler(STEPS, move || Instant::now() < end);
    Ok(())
}

/// One process at a time makes and migrates the file; the lock ends with the answer.
async fn alone(path: &Path, timeout: Duration) -> Result<File, StoreError> {
    let lock = path.with_extension("migrating");
    let failed =
        |e: std::io::Error| StoreError::Unavailable(format!("{} cannot be locked: {e}", lock.display()));
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock)
        .map_err(failed)?;
    let deadline = tokio::time::Instant::now() + timeout;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(e) => return Err(failed(e.into())),
        }
    }
}

/// Whoever only reads cannot bring an archive up to date: it waits for the one who writes.
fn current(path: &Path, version: Result<Option<i64>, sqlx::Error>) -> Result<(), StoreError> {
    let newest = MIGRATOR.iter().map(|m| m.version).max();
    let told = match version {
        Ok(version) if version >= newest => return Ok(()),
        Ok(_) => "was written by an older version of Telegram Archive",
        // There is no such table yet.
        Err(sqlx::Error::Database(_)) => "is no archive yet",
        Err(error) => return Err(cannot_open(path, error)),
    };
    Err(StoreError::NotReady(format!(
        "{} {told}; `telegram-archive run` makes it one of this version",
        path.display()
    )))
}

fn cannot_open(path: &Path, error: sqlx::Error) -> StoreError {
    match map(error) {
        StoreError::Unavailable(reason) => {
            StoreError::Unavailable(format!("{} cannot be opened: {reason}", path.display()))
        }
        other => other,
    }
}

fn migration(path: &Path, error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(_) => StoreError::Unexpected(format!(
            "{} was written by a newer version of Telegram Archive; run that version or a newer one",
            path.display()
        )),
        MigrateError::Execute(e) => map(e),
        other => StoreError::Unexpected(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use model::TestClock;
    use store::Meta as _;

    use super::*;

    #[tokio::test]
    async fn what_reads_has_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions {
            timeout: Duration::from_millis(300),
            ..SqliteOptions::default()
        };
        let clock = Arc::new(TestClock::default());
        let store = SqliteStore::open(&folder.path().join("archive.db"), clock, options)
            .await
            .unwrap();
        let endless =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
        // Twice, and on a connection that was used before: each has its own time.
        for _ in 0..2 {
            let ended = sqlx::query(endless).execute(&store.read).await.map_err(map);
            assert!(matches!(ended, Err(StoreError::Unavailable(_))), "{ended:?}");
            assert_eq!(store.meta("a").await.unwrap(), None);
        }
    }

    #[tokio::test]
    async fn a_transaction_that_sqlite_ended_by_itself_costs_a_connection_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive.db");
        let clock = Arc::new(TestClock::default());
        let store = SqliteStore::open(&path, clock, SqliteOptions::default())
            .await
            .unwrap();
        let mut tx = store.begin().await.unwrap();
        sqlx::raw_sql("ROLLBACK").execute(&mut *tx).await.unwrap();
        assert!(tx.commit().await.is_err());
        store.begin().await.unwrap().commit().await.unwrap();
        store.set_meta("a", Some("b")).await.unwrap();
        assert_eq!(store.meta("a").await.unwrap().as_deref(), Some("b"));
    }
}
