//! Opening: migrations, connections, their limits.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use model::Clock;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _};
use store::StoreError;

use crate::error::Failed;

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// How long a connection that nobody used is taken to be there still.
const TRUSTED: Duration = Duration::from_secs(1);

/// How the database is reached.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// `postgres://user:password@host:port/database`, with libpq's parameters (`sslmode`, ...).
    pub url: SecretString,
    /// Connections that write, at most; made when they are needed.
    pub connections: u32,
    /// Connections that read, at most.
    pub readers: u32,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for a statement.
    pub statement_timeout: Duration,
    /// Longest wait for migrations, another process's included.
    pub migration_timeout: Duration,
    /// Log statements at debug level (never their values).
    pub echo: bool,
}

impl PostgresOptions {
    /// The defaults for a database.
    pub const fn new(url: SecretString) -> Self {
        Self {
            url,
            connections: 6,
            readers: 4,
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_mins(1),
            migration_timeout: Duration::from_hours(1),
            echo: false,
        }
    }
}

/// The archive in a PostgreSQL database.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pub(crate) write: PgPool,
    pub(crate) read: PgPool,
    pub(crate) clock: Arc<dyn Clock>,
    /// Longest call, whatever happens on the way to the server.
    pub(crate) limit: Duration,
}

impl PostgresStore {
    /// Connects and migrates. Several processes may do so at once: one migrates, the others wait for it.
    pub async fn open(clock: Arc<dyn Clock>, options: PostgresOptions) -> Result<Self, StoreError> {
        let connect = connect_options(&options)?;
        let migrated = tokio::time::timeout(options.migration_timeout, migrate(&connect, &options)).await;
        migrated.map_err(|_| StoreError::Unavailable("migrations did not end in time".to_owned()))??;
        Ok(Self::with(&connect, clock, &options, false))
    }

    /// Connects for reading only, also to a standby. Nothing is migrated; what writes is refused.
    pub async fn open_read_only(clock: Arc<dyn Clock>, options: PostgresOptions) -> Result<Self, StoreError> {
        let store = Self::with(&connect_options(&options)?, clock, &options, true);
        let version = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
            .fetch_one(&store.read)
            .await;
        current(version)?;
        Ok(store)
    }

    fn with(
        connect: &PgConnectOptions,
        clock: Arc<dyn Clock>,
        options: &PostgresOptions,
        read_only: bool,
    ) -> Self {
        let limits = |read_only: bool| {
            // Plans are made for the values and sizes of the moment: an archive grows from nothing to millions of rows.
            format!(
                "SET statement_timeout = {}; SET idle_in_transaction_session_timeout = {}; \
                 SET plan_cache_mode = force_custom_plan; SET jit = off; SET default_transaction_read_only = {}",
                options.statement_timeout.as_millis(),
                options.statement_timeout.as_millis() + 10_000,
                if read_only { "on" } else { "off" },
            )
        };
        let pool = |size: u32, limits: String| {
            PgPoolOptions::new()
                .max_connections(size)
                .acquire_timeout(options.connect_timeout)
                .idle_timeout(Duration::from_mins(5))
                .max_lifetime(Duration::from_hours(1))
                // To ask before each statement would cost as much as the statement.
                .test_before_acquire(false)
                .before_acquire(|connection, meta| {
                    let rested = meta.idle_for > TRUSTED;
                    Box::pin(async move {
                        if rested {
                            connection.ping().await?;
                        }
                        Ok(true)
                    })
                })
                .after_connect(move |connection, _| {
                    let limits = sqlx::AssertSqlSafe(limits.clone());
                    Box::pin(async move { sqlx::raw_sql(limits).execute(connection).await.map(|_| ()) })
                })
                .connect_lazy_with(connect.clone())
        };
        let read = pool(options.readers, limits(true));
        Self {
            write: if read_only {
                read.clone()
            } else {
                pool(options.connections, limits(false))
            },
            read,
            clock,
            limit: options.connect_timeout + options.statement_timeout + Duration::from_secs(5),
        }
    }

    /// Waits until all connections are closed.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

fn connect_options(options: &PostgresOptions) -> Result<PgConnectOptions, StoreError> {
    let connect = PgConnectOptions::from_str(options.url.expose_secret())
        .map_err(|e| StoreError::Unexpected(format!("the database's URL cannot be read: {e}")))?
        .application_name("telegram-archive")
        .statement_cache_capacity(200);
    Ok(if options.echo {
        connect.log_statements(tracing::log::LevelFilter::Debug)
    } else {
        connect.disable_statement_logging()
    })
}

/// Whoever only reads cannot bring an archive up to date: it waits for the one who writes.
fn current(version: Result<Option<i64>, sqlx::Error>) -> Result<(), StoreError> {
    let newest = MIGRATOR.iter().map(|m| m.version).max();
    let told = match version {
        Ok(version) if version >= newest => return Ok(()),
        Ok(_) => "the database was written by an older version of Telegram Archive",
        Err(sqlx::Error::Database(e)) if e.code().as_deref() == Some("42P01") => {
            "there is no archive in the database yet"
        }
        Err(error) => return Err(ours(error)),
    };
    Err(StoreError::NotReady(format!(
        "{told}; `telegram-archive run`, or the writer of a cluster, makes it one of this version"
    )))
}

/// Under sqlx's advisory lock of the database.
async fn migrate(connect: &PgConnectOptions, options: &PostgresOptions) -> Result<(), StoreError> {
    // A pool waits for a server that is starting.
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(options.connect_timeout)
        .connect_lazy_with(connect.clone());
    let mut connection = pool.acquire().await.map_err(ours)?;
    let migrated = MIGRATOR.run_direct(None, &mut *connection, false).await;
    migrated.map_err(migration)?;
    connection.close().await.map_err(ours)
}

fn ours(error: sqlx::Error) -> StoreError {
    match Failed::from(error) {
        Failed::Again(reason) => StoreError::Unavailable(reason),
        Failed::Store(error) => error,
    }
}

fn migration(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(_) => StoreError::Unexpected(
            "the database was written by a newer version of Telegram Archive; run that version or a newer one"
                .to_owned(),
        ),
        MigrateError::Execute(e) | MigrateError::ExecuteMigration(e, _) => ours(e),
        other => StoreError::Unexpected(other.to_string()),
    }
}
