//! Full-text search: words and trigrams, newest first.
//!
//! A document's key is `date * 2^20 + n`, so the order of keys is the order of time and FTS5 answers newest first
//! without sorting. Account and chat are terms of the `scope` column, so that a search in one chat stays in its postings.

use async_trait::async_trait;
use model::{ChatId, MessageKind};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use store::{Filters, IndexProgress, Search, SearchHit, SearchQuery, StoreError};

use crate::SqliteStore;
use crate::chunks::json_ids;
use crate::error::map;
use crate::rows::get;

const AROUND: usize = 60;
/// See the key of documents.
const PER_SECOND_BITS: u32 = 20;

fn chat_term(account: i64, chat: i64) -> String {
    if chat < 0 {
        format!("a{account}m{}", -chat)
    } else {
        format!("a{account}p{chat}")
    }
}

/// Takes a document out of the indexes.
pub(crate) async fn forget(tx: &mut SqliteConnection, docid: i64) -> Result<(), StoreError> {
    let key: Option<(i64,)> = sqlx::query_as("DELETE FROM search_docs WHERE docid = ? RETURNING key")
        .bind(docid)
        .fetch_optional(&mut *tx)
        .await
        .map_err(map)?;
    if let Some((key,)) = key {
        for statement in [
            "DELETE FROM search_words WHERE rowid = ?",
            "DELETE FROM search_trigrams WHERE rowid = ?",
        ] {
            sqlx::query(statement)
                .bind(key)
                .execute(&mut *tx)
                .await
                .map_err(map)?;
        }
    }
    sqlx::query("DELETE FROM search_pending WHERE docid = ?")
        .bind(docid)
        .execute(tx)
        .await
        .map_err(map)?;
    Ok(())
}

/// Puts documents into the indexes; `?1` is their numbers as JSON. The keys come first, one after the other within a
/// second, and the indexes are filled in their order.
const INDEX: [&str; 3] = [
    "INSERT INTO search_docs (key, docid)
     SELECT coalesce(
                (SELECT max(key) + 1 FROM search_docs WHERE key >= (m.date << 20) AND key < ((m.date + 1) << 20)),
                m.date << 20
            ) + row_number() OVER (PARTITION BY m.date ORDER BY m.docid) - 1, m.docid
     FROM messages m WHERE m.docid IN (SELECT value FROM json_each(?1)) AND m.text <> ''",
    // The scope's terms are those of `chat_term`.
    "INSERT INTO search_words (rowid, scope, text)
     SELECT d.key, 'a' || m.account || ' a' || m.account || CASE WHEN m.chat < 0 THEN 'm' ELSE 'p' END || abs(m.chat), m.text
     FROM search_docs d JOIN messages m ON m.docid = d.docid
     WHERE d.docid IN (SELECT value FROM json_each(?1)) ORDER BY d.key",
    "INSERT INTO search_trigrams (rowid, text) SELECT d.key, m.text
     FROM search_docs d JOIN messages m ON m.docid = d.docid
     WHERE d.docid IN (SELECT value FROM json_each(?1)) ORDER BY d.key",
];

/// Indexes the newest pending documents, in a handful of statements: each is a way to the connection's thread and back.
pub(crate) async fn index(store: &SqliteStore, limit: u32) -> Result<IndexProgress, StoreError> {
    let mut tx = store.begin().await?;
    let (documents, indexed, known): (String, i64, Option<String>) = sqlx::query_as(
        "SELECT json_group_array(p.docid), count(*), json_group_array(d.docid) FILTER (WHERE d.docid IS NOT NULL)
         FROM (SELECT docid FROM search_pending ORDER BY docid DESC LIMIT ?) p
         LEFT JOIN search_docs d ON d.docid = p.docid",
    )
    .bind(limit)
    .fetch_one(&mut *tx)
    .await
    .map_err(map)?;
    if let Some(known) = known.filter(|k| k != "[]") {
        forget_all(&mut tx, &known).await?;
    }
    if indexed > 0 {
        let forgotten = "DELETE FROM search_pending WHERE docid IN (SELECT value FROM json_each(?1))";
        for statement in INDEX.into_iter().chain([forgotten]) {
            sqlx::query(statement)
                .bind(&documents)
                .execute(&mut *tx)
                .await
                .map_err(map)?;
        }
    }
    let (behind,): (i64,) = sqlx::query_as("SELECT count(*) FROM (SELECT 1 FROM search_pending LIMIT 10000)")
        .fetch_one(&mut *tx)
        .await
        .map_err(map)?;
    tx.commit().await.map_err(map)?;
    Ok(IndexProgress {
        indexed: indexed as u64,
        behind: behind as u64,
    })
}

/// Takes documents, as JSON, out of the indexes.
async fn forget_all(tx: &mut SqliteConnection, documents: &str) -> Result<(), StoreError> {
    const KEYS: &str = "(SELECT key FROM search_docs WHERE docid IN (SELECT value FROM json_each(?1)))";
    for statement in [
        format!("DELETE FROM search_words WHERE rowid IN {KEYS}"),
        format!("DELETE FROM search_trigrams WHERE rowid IN {KEYS}"),
        "DELETE FROM search_docs WHERE docid IN (SELECT value FROM json_each(?1))".to_owned(),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(documents)
            .execute(&mut *tx)
            .await
            .map_err(map)?;
    }
    Ok(())
}

/// A term as FTS5's string literal: nothing typed is ever syntax.
fn quoted(term: &str) -> String {
    format!("\"{}\"", term.replace('"', "\"\""))
}

#[async_trait]
impl Search for SqliteStore {
    async fn search(&self, query: &SearchQuery) -> Result<Vec<SearchHit>, StoreError> {
        let terms: Vec<&str> = query.text.split_whitespace().collect();
        if query.chats.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let mut hits = match (terms.is_empty(), query.filters.is_empty()) {
            (true, true) => Vec::new(),
            (true, false) => self.fitting(query).await?,
            (false, _) => self.found(query, &terms).await?,
        };
        for hit in &mut hits {
            hit.snippet = snippet(&hit.snippet, &terms);
        }
        Ok(hits)
    }
}

/// What a hit is made of.
const HIT: &str = "m.chat, m.id, m.date, m.text, m.kind, m.sender, m.flags, t.deleted_at";
const TOMBSTONE: &str = "LEFT JOIN tombstones t ON t.account = m.account AND t.box = m.box AND t.id = m.id";

/// Rows of an index that match, newest first. The joins are crossed to begin at the index: else a word that is in no text
/// may be looked for once for each message.
fn matching_sql(index: &str, filters: &Filters) -> String {
    let since = filters.since.map_or(String::new(), |s| {
        format!(" AND f.rowid >= {}", s << PER_SECOND_BITS)
    });
    let until = filters.until.map_or(String::new(), |u| {
        format!(" AND f.rowid < {}", u << PER_SECOND_BITS)
    });
    format!(
        "SELECT d.key AS cursor, {HIT} FROM {index} f
         CROSS JOIN search_docs d ON d.key = f.rowid CROSS JOIN messages m ON m.docid = d.docid {TOMBSTONE}
         WHERE {index} MATCH ?1 AND f.rowid < ?2 AND m.account = ?4
           AND (?5 IS NULL OR m.chat IN (SELECT value FROM json_each(?5))){since}{until}{}
         ORDER BY f.rowid DESC LIMIT ?3",
        filters.conditions("instr")
    )
}

/// The newest of each chat that fit, and the newest of those. A cursor is a row's number.
fn fitting_sql(query: &SearchQuery) -> String {
    let below = query.before.map_or(String::new(), |docid| {
        format!(
            " AND m.date <= (SELECT date FROM messages WHERE docid = {docid})
              AND (m.date, m.docid) < (SELECT date, docid FROM messages WHERE docid = {docid})"
        )
    });
    let conditions = query.filters.conditions("instr");
    format!(
        "WITH RECURSIVE known(chat) AS (
            SELECT min(chat) FROM messages WHERE account = ?1 AND ?2 IS NULL
            UNION ALL
            SELECT (SELECT min(m.chat) FROM messages m WHERE m.account = ?1 AND m.chat > known.chat)
            FROM known WHERE known.chat IS NOT NULL),
         ids(chat) AS MATERIALIZED (SELECT chat FROM known WHERE chat IS NOT NULL AND chat <> 0
                                    UNION SELECT value FROM json_each(?2))
         SELECT m.docid AS cursor, {HIT} FROM ids CROSS JOIN messages m {TOMBSTONE}
         WHERE m.docid IN (SELECT m.docid FROM messages m {TOMBSTONE}
            WHERE m.account = ?1 AND m.chat = ids.chat{conditions}{below}
            ORDER BY m.date DESC, m.docid DESC LIMIT ?3)
         ORDER BY m.date DESC, m.docid DESC LIMIT ?3"
    )
}

/// Its text whole, in place of a snippet.
fn hit(row: &SqliteRow) -> Result<SearchHit, StoreError> {
    Ok(SearchHit {
        chat: ChatId(get(row, "chat")?),
        id: get(row, "id")?,
        date: get(row, "date")?,
        kind: MessageKind::parse(get(row, "kind")?),
        sender: get::<Option<i64>>(row, "sender")?.map(ChatId),
        out: get::<i64>(row, "flags")? & 1 != 0,
        deleted_at: get(row, "deleted_at")?,
        cursor: get(row, "cursor")?,
        snippet: get(row, "text")?,
    })
}

/// Rounds after which a search for parts of words gives up on texts that have all trigrams but not the part.
const ROUNDS: u32 = 8;

impl SqliteStore {
    /// What fits the filters, without words.
    async fn fitting(&self, query: &SearchQuery) -> Result<Vec<SearchHit>, StoreError> {
        let only = query.chats.as_ref().map(|c| json_ids(c.iter().map(|c| &c.0)));
        let rows = sqlx::query(sqlx::AssertSqlSafe(fitting_sql(query)))
            .bind(query.account.0)
            .bind(only)
            .bind(query.limit)
            .fetch_all(&self.read)
            .await
            .map_err(map)?;
        rows.iter().map(hit).collect()
    }

    /// Words first; parts of words if there is room left.
    async fn found(&self, query: &SearchQuery, terms: &[&str]) -> Result<Vec<SearchHit>, StoreError> {
        let account = query.account.0;
        let scope = match &query.chats {
            Some(chats) if chats.len() <= 50 => chats
                .iter()
                .map(|c| quoted(&chat_term(account, c.0)))
                .collect::<Vec<_>>()
                .join(" OR "),
            Some(_) | None => quoted(&format!("a{account}")),
        };
        let words = terms
            .iter()
            .map(|t| format!("{}*", quoted(t)))
            .collect::<Vec<_>>()
            .join(" AND ");
        let words = format!("scope : ({scope}) AND text : ({words})");
        let only = query.chats.as_ref().map(|c| json_ids(c.iter().map(|c| &c.0)));
        let before = query.before.unwrap_or(i64::MAX);
        let mut hits = self
            .matching("search_words", &words, query, before, only.as_deref())
            .await?;
        if hits.len() < query.limit as usize && terms.iter().all(|t| t.chars().count() >= 3) {
            hits.extend(self.containing(terms, query, before, only.as_deref()).await?);
            hits.sort_by_key(|h| std::cmp::Reverse(h.cursor));
            hits.dedup_by_key(|h| h.cursor);
            hits.truncate(query.limit as usize);
        }
        Ok(hits)
    }

    /// Texts that contain every term. The index knows trigrams without their places, so each text is looked at.
    async fn containing(
        &self,
        terms: &[&str],
        query: &SearchQuery,
        mut before: i64,
        only: Option<&str>,
    ) -> Result<Vec<SearchHit>, StoreError> {
        let folded: Vec<String> = terms.iter().map(|t| t.to_lowercase()).collect();
        let trigrams: Vec<String> = folded
            .iter()
            .flat_map(|t| {
                let chars: Vec<char> = t.chars().collect();
                chars
                    .windows(3)
                    .map(|w| quoted(&w.iter().collect::<String>()))
                    .collect::<Vec<_>>()
            })
            .collect();
        let expression = trigrams.join(" AND ");
        let mut hits = Vec::new();
        for _ in 0..ROUNDS {
            let candidates = self
                .matching("search_trigrams", &expression, query, before, only)
                .await?;
            let Some(last) = candidates.last().map(|h| h.cursor) else {
                break;
            };
            let more = candidates.len() == query.limit as usize;
            hits.extend(candidates.into_iter().filter(|h| {
                let text = h.snippet.to_lowercase();
                folded.iter().all(|t| text.contains(t.as_str()))
            }));
            if hits.len() >= query.limit as usize || !more {
                break;
            }
            before = last;
        }
        Ok(hits)
    }

    async fn matching(
        &self,
        index: &str,
        expression: &str,
        query: &SearchQuery,
        before: i64,
        only: Option<&str>,
    ) -> Result<Vec<SearchHit>, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(matching_sql(index, &query.filters)))
            .bind(expression)
            .bind(before)
            .bind(query.limit)
            .bind(query.account.0)
            .bind(only)
            .fetch_all(&self.read)
            .await
            .map_err(map)?;
        rows.iter().map(hit).collect()
    }
}

/// Some text around the first hit, every hit between U+E000 and U+E001.
fn snippet(text: &str, terms: &[&str]) -> String {
    let lower: Vec<char> = text.chars().filter_map(|c| c.to_lowercase().next()).collect();
    let text: Vec<char> = text.chars().collect();
    let mut marks: Vec<(usize, usize)> = Vec::new();
    for term in terms {
        let term: Vec<char> = term.chars().filter_map(|c| c.to_lowercase().next()).collect();
        let found = lower
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
