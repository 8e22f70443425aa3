//! Puts a world straight into a database: tables first, then the indexes that the migrations made, word for word.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use assembly::{StoreSettings, open_store};
use model::SystemClock;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Connection as _, Sqlite};

use crate::world::{Cell, MEDIA, MESSAGES, Part, Row, TOMBSTONES, Table, VERSIONS, World};

/// Messages of one transaction.
const PART: usize = 20_000;
/// Rows of one statement.
const ROWS: usize = 100;
/// Documents that are indexed at once; a writer takes fewer, for others wait for it.
const SLICE: u32 = 20_000;
/// Tables whose indexes are made at the end.
const BIG: [&str; 3] = ["messages", "media", "search_docs"];

/// How long it took, in seconds.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Loaded {
    pub(crate) rows: f64,
    pub(crate) indexes: f64,
    pub(crate) search_index: f64,
}

/// A connection for plain SQL.
pub(crate) enum Plain {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Fills a new database.
pub(crate) async fn load(world: &World, settings: &StoreSettings) -> anyhow::Result<Loaded> {
    let store = open_store(settings, std::sync::Arc::new(SystemClock)).await?;
    store.all.ensure_account("telegram_backup").await?;
    let mut plain = Plain::open(settings).await?;
    let begin = Instant::now();
    let indexes = plain.indexes().await?;
    for (name, _) in &indexes {
        plain.execute(format!("DROP INDEX {name}")).await?;
    }
    for (table, rows) in world.around() {
        plain.insert(table, rows).await?;
    }
    let (give, mut take) = tokio::sync::mpsc::channel(2);
    let whole = world.clone();
    let generating = tokio::task::spawn_blocking(move || {
        whole.generate(PART, |part| give.blocking_send(part).is_ok());
    });
    let mut done = 0;
    let mut told = Instant::now();
    while let Some(part) = take.recv().await {
        done += part.messages.len() as i64;
        plain.part(part).await?;
        if told.elapsed().as_secs() >= 20 {
            println!(
                "  {done} of {} messages after {:.0} s",
                world.size,
                begin.elapsed().as_secs_f64()
            );
            told = Instant::now();
        }
    }
    generating.await?;
    ensure!(done == world.size, "{done} messages are there");
    let rows = begin.elapsed().as_secs_f64();
    let (words, others): (Vec<_>, Vec<_>) = indexes
        .into_iter()
        .partition(|(_, sql)| sql.contains("search_docs"));
    let mut indexes = plain.make(&others).await?;
    let begin = Instant::now();
    plain
        .execute("INSERT INTO search_pending (docid) SELECT docid FROM messages ORDER BY docid".to_owned())
        .await?;
    let mut told = Instant::now();
    let mut indexed = 0;
    loop {
        let progress = store.all.index_search(SLICE).await?;
        indexed += progress.indexed;
        if progress.behind == 0 {
            break;
        }
        if told.elapsed().as_secs() >= 20 {
            println!(
                "  {indexed} documents indexed after {:.0} s",
                begin.elapsed().as_secs_f64()
            );
            told = Instant::now();
        }
    }
    let search_index = begin.elapsed().as_secs_f64();
    indexes += plain.make(&words).await?;
    plain.finish().await?;
    Ok(Loaded {
        rows,
        indexes,
        search_index,
    })
}

impl Plain {
    pub(crate) async fn open(settings: &StoreSettings) -> anyhow::Result<Self> {
        Ok(match settings {
            StoreSettings::Sqlite { path, .. } => Self::Sqlite(
                SqliteConnection::connect_with(
                    &SqliteConnectOptions::new()
                        .filename(path)
                        .journal_mode(SqliteJournalMode::Wal)
                        .synchronous(SqliteSynchronous::Off)
                        .pragma("cache_size", "-500000")
                        .pragma("threads", "2"),
                )
                .await?,
            ),
            StoreSettings::Postgres { url, .. } => {
                let mut connection = PgConnection::connect(secrecy::ExposeSecret::expose_secret(url)).await?;
                sqlx::query("SET maintenance_work_mem = '1GB'")
                    .execute(&mut connection)
                    .await?;
                Self::Postgres(connection)
            }
        })
    }

    pub(crate) async fn execute(&mut self, sql: String) -> anyhow::Result<()> {
        let sql = AssertSqlSafe(sql);
        match self {
            Self::Sqlite(c) => sqlx::raw_sql(sql).execute(c).await.map(|_| ())?,
            Self::Postgres(c) => sqlx::raw_sql(sql).execute(c).await.map(|_| ())?,
        }
        Ok(())
    }

    /// Names and definitions of the indexes that no constraint needs, as the catalogue has them.
    async fn indexes(&mut self) -> anyhow::Result<Vec<(String, String)>> {
        let names = BIG.map(|t| format!("'{t}'")).join(", ");
        let sql = match self {
            Self::Sqlite(_) => format!(
                "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({names})"
            ),
            Self::Postgres(_) => format!(
                "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
                 WHERE i.indrelid::regclass::text IN ({names})
                   AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)"
            ),
        };
        let sql = AssertSqlSafe(sql);
        Ok(match self {
            Self::Sqlite(c) => sqlx::query_as(sql).fetch_all(c).await?,
            Self::Postgres(c) => sqlx::query_as(sql).fetch_all(c).await?,
        })
    }

    /// Seconds it took.
    async fn make(&mut self, indexes: &[(String, String)]) -> anyhow::Result<f64> {
        let begin = Instant::now();
        for (name, sql) in indexes {
            let one = Instant::now();
            self.execute(sql.clone()).await?;
            println!("  {name}: {:.1} s", one.elapsed().as_secs_f64());
        }
        Ok(begin.elapsed().as_secs_f64())
    }

    async fn part(&mut self, part: Part) -> anyhow::Result<()> {
        self.execute("BEGIN".to_owned()).await?;
        self.insert(MESSAGES, part.messages).await?;
        self.insert(VERSIONS, part.versions).await?;
        self.insert(TOMBSTONES, part.tombstones).await?;
        self.insert(MEDIA, part.media).await?;
        self.execute("COMMIT".to_owned()).await
    }

    async fn insert(&mut self, (table, columns): Table, rows: Vec<Row>) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(c) => insert(c, (table, columns), rows).await,
            Self::Postgres(c) => {
                let sql = format!("COPY {table} ({}) FROM STDIN", columns.join(", "));
                let mut copy = c.copy_in_raw(&sql).await?;
                for rows in rows.chunks(2_000) {
                    let mut lines = Vec::new();
                    for row in rows {
                        line(&mut lines, row);
                    }
                    copy.send(lines).await?;
                }
                copy.finish().await?;
                Ok(())
            }
        }
    }

    /// What a database does by itself in time.
    async fn finish(mut self) -> anyhow::Result<()> {
        match &mut self {
            Self::Sqlite(_) => self.execute("PRAGMA wal_checkpoint(TRUNCATE)".to_owned()).await?,
            Self::Postgres(_) => {
                self.execute(
                    "SELECT setval(pg_get_serial_sequence('messages', 'docid'), max(docid)) FROM messages"
                        .to_owned(),
                )
                .await?;
                self.execute("VACUUM ANALYZE".to_owned()).await?;
                self.execute("CHECKPOINT".to_owned()).await?;
            }
        }
        Ok(())
    }

    /// Bytes of what is large, the largest first.
    pub(crate) async fn sizes(&mut self) -> anyhow::Result<Vec<(String, i64)>> {
        Ok(match self {
            Self::Sqlite(c) => {
                sqlx::query_as(
                    "SELECT name, sum(pgsize) FROM dbstat WHERE aggregate = 1 GROUP BY name ORDER BY 2 DESC LIMIT 20",
                )
                .fetch_all(c)
                .await?
            }
            Self::Postgres(c) => {
                sqlx::query_as(
                    "SELECT relname::text, pg_total_relation_size(oid) FROM pg_class
                     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i') ORDER BY 2 DESC LIMIT 20",
                )
                .fetch_all(c)
                .await?
            }
        })
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    (table, columns): Table,
    rows: Vec<Row>,
) -> anyhow::Result<()> {
    let one = format!("({})", vec!["?"; columns.len()].join(", "));
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let now: Vec<Row> = rows.by_ref().take(ROWS).collect();
        let sql = format!(
            "INSERT INTO {table} ({}) VALUES {}",
            columns.join(", "),
            vec![one.as_str(); now.len()].join(", ")
        );
        let mut query = sqlx::query::<Sqlite>(AssertSqlSafe(sql));
        for cell in now.into_iter().flatten() {
            query = bind(query, cell);
        }
        query.execute(&mut *connection).await.context(table)?;
    }
    Ok(())
}

type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

fn bind(query: Query<'_>, cell: Cell) -> Query<'_> {
    match cell {
        Cell::Null => query.bind(None::<i64>),
        Cell::Int(n) => query.bind(n),
        Cell::Bool(b) => query.bind(b),
        Cell::Text(t) => query.bind(t),
        Cell::Bytes(b) => query.bind(b),
    }
}

/// As `COPY` reads it.
fn line(out: &mut Vec<u8>, row: &[Cell]) {
    use std::io::Write as _;
    for (n, cell) in row.iter().enumerate() {
        if n > 0 {
            out.push(b'\t');
        }
        match cell {
            Cell::Null => out.extend(b"\\N"),
            // Writing to a vector cannot fail.
            Cell::Int(i) => drop(write!(out, "{i}")),
            Cell::Bool(b) => out.push(if *b { b't' } else { b'f' }),
            Cell::Text(t) => {
                for byte in t.bytes() {
                    match byte {
                        b'\\' => out.extend(b"\\\\"),
                        b'\n' => out.extend(b"\\n"),
                        b'\t' => out.extend(b"\\t"),
                        b'\r' => out.extend(b"\\r"),
                        other => out.push(other),
                    }
                }
            }
            Cell::Bytes(b) => {
                out.extend(b"\\\\x");
                for byte in b {
                    drop(write!(out, "{byte:02x}"));
                }
            }
        }
    }
    out.push(b'\n');
}
