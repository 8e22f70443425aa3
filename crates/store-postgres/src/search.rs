//! Full-text search: words and trigrams, newest first.
//!
//! A document's key is `date * 2^20 + n`, so the order of keys is the order of time. Its chat is a lexeme beside its
//! words, so that a search in one chat stays in its postings.

use async_trait::async_trait;
use model::ChatId;
use sqlx::postgres::PgConnection;
use store::{IndexProgress, Search, SearchHit, SearchQuery, StoreError};

use crate::PostgresStore;
use crate::error::Outcome;
use crate::locks::{Locks, Of};
use crate::rows::column;
use crate::words;

const PER_SECOND: i64 = 1 << 20;
const AROUND: usize = 60;
/// Documents of one transaction: their rows are held meanwhile, and the writer waits for those it changes.
const SLICE: u32 = 200;
/// Above so many chats the index is asked for all and the rows are looked at.
const SCOPES: usize = 50;

/// No word holds an `@`.
fn scope(account: i64, chat: i64) -> String {
    format!("@{account}/{chat}")
}

/// Takes documents out of the indexes.
pub(crate) async fn forget(tx: &mut PgConnection, docids: &[i64]) -> Outcome<()> {
    for statement in [
        "DELETE FROM search_docs WHERE docid = ANY($1)",
        "DELETE FROM search_pending WHERE docid = ANY($1)",
    ] {
        sqlx::query(statement).bind(docids).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Indexes the newest pending documents.
pub(crate) async fn index(store: &PostgresStore, limit: u32) -> Result<IndexProgress, StoreError> {
    let mut progress = IndexProgress::default();
    while progress.indexed < u64::from(limit) {
        let slice = (u64::from(limit) - progress.indexed).min(u64::from(SLICE)) as i64;
        let indexed = store.run(move || index_slice(store, slice)).await?;
        progress.indexed += indexed;
        if indexed < slice as u64 {
            break;
        }
    }
    progress.behind = store
        .run(move || async move {
            let mut session = store.reader().await?;
            let (behind,): (i64,) =
                sqlx::query_as("SELECT count(*) FROM (SELECT 1 FROM search_pending LIMIT 1000000) p")
                    .fetch_one(&mut *session)
                    .await?;
            session.release();
            Ok(behind as u64)
        })
        .await?;
    Ok(progress)
}

/// The message rows are held until the commit, so that what is indexed is what stands; those that a writer holds come
/// later. Rows of messages before rows of `search_pending`: the writer's order.
async fn index_slice(store: &PostgresStore, limit: i64) -> Outcome<u64> {
    let mut tx = store.begin(&Locks::one(Of::Index, &[])).await?;
    let documents: Vec<(i64, i64, i64, i64, String)> = sqlx::query_as(
        "WITH due AS MATERIALIZED (SELECT docid FROM search_pending ORDER BY docid DESC LIMIT $1)
         SELECT m.docid, m.account, m.chat, m.date, m.text FROM messages m JOIN due ON due.docid = m.docid
         ORDER BY m.docid FOR SHARE OF m SKIP LOCKED",
    )
    .bind(limit)
    .fetch_all(&mut *tx)
    .await?;
    let docids = column(&documents, |d| d.0);
    if !docids.is_empty() {
        forget(&mut tx, &docids).await?;
        add(&mut tx, &documents).await?;
    }
    tx.commit().await?;
    Ok(documents.len() as u64)
}

async fn add(tx: &mut PgConnection, documents: &[(i64, i64, i64, i64, String)]) -> Outcome<()> {
    let documents: Vec<_> = documents.iter().filter(|d| !d.4.is_empty()).collect();
    let folded = column(&documents, |d| words::folded(&d.4));
    let vectors: Vec<String> = documents
        .iter()
        .zip(&folded)
        .map(|((_, account, chat, ..), folded)| words::vector(folded, &[scope(*account, *chat)]))
        .collect();
    sqlx::query(
        "INSERT INTO search_docs (key, docid, account, chat, words, folded)
         SELECT coalesce((SELECT max(s.key) + 1 FROM search_docs s WHERE s.key >= d.date * $7 AND s.key < (d.date + 1) * $7),
                         d.date * $7) + row_number() OVER (PARTITION BY d.date ORDER BY d.docid) - 1,
            d.docid, d.account, d.chat, d.words::tsvector, d.folded
         FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
            AS d(docid, account, chat, date, words, folded)",
    )
    .bind(column(&documents, |d| d.0))
    .bind(column(&documents, |d| d.1))
    .bind(column(&documents, |d| d.2))
    .bind(column(&documents, |d| d.3))
    .bind(vectors)
    .bind(folded)
    .bind(PER_SECOND)
    .execute(tx)
    .await?;
    Ok(())
}

const WORDS: &str = "SELECT m.chat, m.id, m.date, s.key, m.text FROM (
        SELECT key, docid, chat FROM search_docs WHERE words @@ $1::tsquery AND key < $2 AND account = $4
          AND ($5::bigint[] IS NULL OR chat = ANY($5)) ORDER BY key DESC LIMIT $3) s
    JOIN messages m ON m.docid = s.docid AND m.chat = s.chat ORDER BY s.key DESC";
const PARTS: &str = "SELECT m.chat, m.id, m.date, s.key, m.text FROM (
        SELECT key, docid, chat FROM search_docs WHERE folded LIKE ALL ($1) AND key < $2 AND account = $4
          AND ($5::bigint[] IS NULL OR chat = ANY($5)) AND ($6::tsquery IS NULL OR words @@ $6::tsquery)
          ORDER BY key DESC LIMIT $3) s
    JOIN messages m ON m.docid = s.docid AND m.chat = s.chat ORDER BY s.key DESC";

type Row = (i64, i64, i64, i64, String);

fn hit((chat, id, date, cursor, text): Row, terms: &[String]) -> SearchHit {
    SearchHit {
        chat: ChatId(chat),
        id,
        date,
        cursor,
        snippet: snippet(&text, terms),
    }
}

#[async_trait]
impl Search for PostgresStore {
    async fn search(&self, query: &SearchQuery) -> Result<Vec<SearchHit>, StoreError> {
        let terms: Vec<String> = query.text.split_whitespace().map(words::folded).collect();
        if terms.is_empty() || query.chats.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let terms = &terms;
        self.run(move || self.find(query, terms)).await
    }
}

impl PostgresStore {
    async fn find(&self, query: &SearchQuery, terms: &[String]) -> Outcome<Vec<SearchHit>> {
        let limit = query.limit as usize;
        let before = query.before.unwrap_or(i64::MAX);
        let only: Option<Vec<i64>> = query.chats.as_ref().map(|c| c.iter().map(|c| c.0).collect());
        let scopes = only.as_ref().filter(|o| o.len() <= SCOPES).map(|only| {
            let scopes: Vec<_> = only
                .iter()
                .map(|c| format!("'{}'", scope(query.account.0, *c)))
                .collect();
            format!("({})", scopes.join(" | "))
        });
        let mut session = self.reader().await?;
        let mut rows: Vec<Row> = Vec::new();
        if let Some(words) = words::query(terms) {
            let expression = match &scopes {
                Some(scopes) => format!("{words} & {scopes}"),
                None => words,
            };
            rows = sqlx::query_as(WORDS)
                .bind(expression)
                .bind(before)
                .bind(i64::from(query.limit))
                .bind(query.account.0)
                .bind(&only)
                .fetch_all(&mut *session)
                .await?;
        }
        if rows.len() < limit && terms.iter().all(|t| t.chars().count() >= 3) {
            let parts: Vec<Row> = sqlx::query_as(PARTS)
                .bind(column(terms, |t| words::pattern(t)))
                .bind(before)
                .bind(i64::from(query.limit))
                .bind(query.account.0)
                .bind(&only)
                .bind(&scopes)
                .fetch_all(&mut *session)
                .await?;
            rows.extend(parts);
            rows.sort_by_key(|r| std::cmp::Reverse(r.3));
            rows.dedup_by_key(|r| r.3);
            rows.truncate(limit);
        }
        session.release();
        Ok(rows.into_iter().map(|row| hit(row, terms)).collect())
    }
}

/// Some text around the first hit, every hit between U+E000 and U+E001.
fn snippet(text: &str, terms: &[String]) -> String {
    let text: Vec<char> = text.chars().collect();
    let folded: Vec<char> = text.iter().map(|c| words::fold(*c)).collect();
    let mut marks: Vec<(usize, usize)> = Vec::new();
    for term in terms {
        let term: Vec<char> = term.chars().collect();
        let found = folded
            .windows(term.len().max(1))
            .enumerate()
            .filter(|(_, w)| *w == &term[..]);
        marks.extend(found.map(|(at, _)| (at, at + term.len())));
    }
    marks.sort_unstable();
    let first = marks.first().map_or(0, |m| m.0);
    let start = first.saturating_sub(AROUND);
    let end = (first + 2 * AROUND).min(text.len());
    let mut out = String::new();
    let mut at = start;
    for (from, to) in marks {
        if from < at || to > end {
            continue;
        }
        out.extend(&text[at..from]);
        out.push('\u{E000}');
        out.extend(&text[from..to]);
        out.push('\u{E001}');
        at = to;
    }
    out.extend(&text[at..end]);
    out
}
