//! A fresh database of a real server, and what stands in it.

use std::sync::Arc;

use model::TestClock;
use sqlx::Row as _;
use store::{Store, StoreError};
use store_postgres::{PostgresOptions, PostgresStore};
use testkit::Postgres;

/// A database; its server ends with it, unless it is a shared one.
pub(crate) struct Server {
    pub(crate) url: String,
    _server: Postgres,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let server = Postgres::start().await.unwrap();
        let url = server.database().await.unwrap().url;
        Self { url, _server: server }
    }

    pub(crate) async fn open(&self, clock: &TestClock) -> Result<PostgresStore, StoreError> {
        PostgresStore::open(Arc::new(clock.clone()), self.options()).await
    }

    pub(crate) fn options(&self) -> PostgresOptions {
        PostgresOptions::new(self.url.clone().into())
    }

    /// So many processes on one database.
    pub(crate) async fn replicas(&self, count: usize) -> Vec<Arc<dyn Store>> {
        let clock = TestClock::default();
        let mut all: Vec<Arc<dyn Store>> = Vec::new();
        for _ in 0..count {
            all.push(Arc::new(self.open(&clock).await.unwrap()));
        }
        all
    }
}

const TABLES: [&str; 14] = [
    "messages",
    "message_versions",
    "early_registers",
    "operations",
    "tombstones",
    "deletions_observed",
    "users",
    "chats",
    "dialogs",
    "records",
    "raw_updates",
    "media",
    "coverage",
    "verdicts",
];
const SURROGATES: [&str; 5] = ["docid", "operation", "incident", "issued_until", "decided_at"];

/// Every row of the archive's tables as text, sorted, without surrogate ids and queues.
pub(crate) async fn dump(url: &str) -> Vec<String> {
    let pool = sqlx::PgPool::connect(url).await.unwrap();
    let mut rows = Vec::new();
    for table in TABLES {
        let columns: Vec<(String, String)> = sqlx::query_as(
            "SELECT column_name::text, data_type::text FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position",
        )
        .bind(table)
        .fetch_all(&pool)
        .await
        .unwrap();
        let parts: Vec<_> = columns
            .iter()
            .filter(|(c, _)| !(SURROGATES.contains(&c.as_str()) || table == "media" && c == "media"))
            .map(|(c, kind)| match kind.as_str() {
                "bytea" => format!("'{c}=' || coalesce(encode({c}, 'hex'), '-') || ' '"),
                _ => format!("'{c}=' || coalesce({c}::text, '-') || ' '"),
            })
            .collect();
        let sql = format!("SELECT '{table} ' || {} FROM {table}", parts.join(" || "));
        let lines = sqlx::query(sqlx::AssertSqlSafe(sql))
            .fetch_all(&pool)
            .await
            .unwrap();
        rows.extend(lines.iter().map(|l| l.get::<String, _>(0)));
    }
    pool.close().await;
    rows.sort_unstable();
    rows
}

/// What of it belongs to an account, without the account's number.
pub(crate) async fn dump_of(url: &str, account: i64) -> Vec<String> {
    let mark = format!("account={account} ");
    dump(url)
        .await
        .into_iter()
        .filter(|row| row.contains(&mark))
        .map(|row| row.replace(&mark, ""))
        .collect()
}
