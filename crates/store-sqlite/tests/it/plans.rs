//! No statement walks through a table that grows with the messages.
//!
//! SQLite knows nothing of how large the tables are (`ANALYZE` is not run): which one it begins with is a guess, and a
//! wrong one is noticed at millions of messages only. So every statement of the laws is asked for its plan.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use sqlx::Row as _;
use store_sqlite::SqliteOptions;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::fixture::SqliteFixture;

/// Tables that grow with the messages or with the runs, and what the statements call them.
const LARGE: [(&str, &str); 8] = [
    ("messages", "m"),
    ("message_versions", "v"),
    ("tombstones", "t"),
    ("media", "f"),
    ("search_docs", "d"),
    ("users", "u"),
    ("passes", "p"),
    ("coverage", "c"),
];

/// What may read a whole table, by how the statement begins or goes on, and why.
const ALLOWED: [(&str, &str); 9] = [
    ("min(chat) FROM messages", "of an index the first entry only"),
    (
        "AS media_bytes",
        "numbers of the archive, which the viewer keeps for a while",
    ),
    ("FROM media WHERE account = ? AND state = 'skipped'", "the same"),
    (
        "SELECT count(*) FROM media WHERE account = ? AND state = 'stored'",
        "once for a verification",
    ),
    ("UPDATE media SET state = 'wanted'", "once, at the start"),
    (
        "FROM media INDEXED BY media_wanted",
        "an index of what is still to be done, and of nothing else",
    ),
    (
        "UNION ALL SELECT id, title, username FROM chats",
        "names behind `from:`",
    ),
    (
        "FROM passes WHERE account = ? AND completed_at",
        "once, at the end of a run",
    ),
    (
        "WHERE account = ?1 AND ?2 IS NULL",
        "of all chats: once, at the start of a run, or asked for by a person",
    ),
];

/// Collects the statements that sqlx tells of.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<BTreeSet<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            event.record(&mut self.clone());
        }
    }
}

impl Visit for Statements {
    fn record_str(&mut self, field: &Field, value: &str) {
        // A short one is its own summary.
        let whole = match field.name() {
            "db.statement" => !value.is_empty(),
            "summary" => !value.ends_with('…'),
            _ => false,
        };
        if whole {
            self.0.lock().unwrap().insert(value.trim().to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// Whether a step of a plan reads a large table from its beginning to its end, or all that an account has of it.
fn walks(sql: &str, step: &str) -> bool {
    let large = |name: &str| {
        let whole = step
            .strip_prefix("SCAN ")
            .is_some_and(|rest| rest.split(' ').next() == Some(name) && !rest.contains("VIRTUAL TABLE"));
        whole || step.starts_with(&format!("SEARCH {name} USING")) && step.contains("(account=?)")
    };
    LARGE
        .iter()
        .any(|(table, short)| large(table) || sql.contains(&format!("{table} {short}")) && large(short))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_walks_through_a_large_table() {
    let statements = Statements::default();
    let subscriber = tracing_subscriber::registry().with(statements.clone());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let options = SqliteOptions {
        echo: true,
        ..SqliteOptions::default()
    };
    store::conformance_suite!(all SqliteFixture::with(options));

    let fixture = SqliteFixture::new().await;
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", fixture.file.display()))
        .await
        .unwrap();
    let known = std::mem::take(&mut *statements.0.lock().unwrap());
    assert!(known.len() > 100, "only {} statements were seen", known.len());
    let mut found = Vec::new();
    for sql in known {
        let word = sql.split_whitespace().next().unwrap_or_default();
        let asked = ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE"].contains(&word);
        // What the laws themselves read, see `dump`.
        let own = sql.contains(" AS line FROM ");
        if !asked || own || ALLOWED.iter().any(|(part, _)| sql.contains(part)) {
            continue;
        }
        let plan = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
            .fetch_all(&pool)
            .await
            .unwrap();
        let steps = plan.iter().map(|row| row.get::<String, _>("detail"));
        let walks: Vec<String> = steps.filter(|step| walks(&sql, step)).collect();
        if !walks.is_empty() {
            found.push(format!("{}\n  {sql}", walks.join("\n")));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}
