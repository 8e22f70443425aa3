//! An archive for tests.

use std::sync::Arc;

use async_trait::async_trait;
use model::TestClock;
use sqlx::Row as _;
use store::Store;
use store::conformance::Fixture;
use store_sqlite::{SqliteOptions, SqliteStore};

/// An archive in a folder of its own.
pub(crate) struct SqliteFixture {
    store: Arc<SqliteStore>,
    clock: TestClock,
    pub(crate) file: std::path::PathBuf,
    options: SqliteOptions,
    _folder: tempfile::TempDir,
}

impl SqliteFixture {
    pub(crate) async fn new() -> Self {
        Self::with(SqliteOptions::default()).await
    }

    pub(crate) async fn with(options: SqliteOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::default();
        let file = folder.path().join("archive.db");
        let store = SqliteStore::open(&file, Arc::new(clock.clone()), options)
            .await
            .unwrap();
        Self {
            store: Arc::new(store),
            clock,
            file,
            options,
            _folder: folder,
        }
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

#[async_trait]
impl Fixture for SqliteFixture {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store) as Arc<dyn Store>
    }

    fn clock(&self) -> &TestClock {
        &self.clock
    }

    async fn reopened(&self) -> Arc<dyn Store> {
        let clock = Arc::new(self.clock.clone());
        Arc::new(SqliteStore::open(&self.file, clock, self.options).await.unwrap())
    }

    async fn dump(&self) -> Vec<String> {
        let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", self.file.display()))
            .await
            .unwrap();
        let mut rows = Vec::new();
        for table in TABLES {
            let columns: Vec<(String,)> =
                sqlx::query_as("SELECT name FROM pragma_table_info(?) ORDER BY cid")
                    .bind(table)
                    .fetch_all(&pool)
                    .await
                    .unwrap();
            let parts: Vec<_> = columns
                .iter()
                .map(|(c,)| c)
                .filter(|c| !(SURROGATES.contains(&c.as_str()) || table == "media" && *c == "media"))
                .map(|c| format!("'{c}=' || CASE typeof({c}) WHEN 'blob' THEN hex({c}) WHEN 'null' THEN '-' ELSE {c} END || ' '"))
                .collect();
            let sql = format!(
                "SELECT '{table} ' || {} AS line FROM {table} ORDER BY line",
                parts.join(" || ")
            );
            let lines = sqlx::query(sqlx::AssertSqlSafe(sql))
                .fetch_all(&pool)
                .await
                .unwrap();
            rows.extend(lines.iter().map(|l| l.get::<String, _>(0)));
        }
        pool.close().await;
        rows
    }
}
