//! Full-text search: words and trigrams, newest first.
//!
//! A document's key is `date * 2^20 + n`, so the order of keys is the order of time and FTS5 answers newest first
//! without sorting. Account and chat are terms of the `scope` column, so that a search in one chat stays in its postings.

use async_trait::async_trait;
use model::{ChatId, MessageKind};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use store::search::{Rows, walk};
use store::words::snippet;
use store::{Filters, Found, IndexProgress, Search, SearchHit, SearchPlace, SearchQuery, StoreError};

use crate::SqliteStore;
use crate::chunks::json_ids;
use crate::error::{map, odd};
use crate::rows::get;

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
    async fn search(&self, query: &SearchQuery) -> Result<Found, StoreError> {
        let terms: Vec<&str> = query.text.split_whitespace().collect();
        if query.chats.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Found::default().whole(query.limit));
        }
        let mut found = match (terms.is_empty(), query.filters.is_empty()) {
            (true, true) => Found::default().whole(query.limit),
            (true, false) => self.fitting(query).await?,
            (false, _) => self.found(query, &terms).await?,
        };
        for hit in &mut found.hits {
            hit.snippet = snippet(&hit.snippet, &terms);
        }
        Ok(found)
    }
}

/// What a hit is made of.
const HIT: &str = "m.chat, m.id, m.date, m.text, m.kind, m.sender, m.flags, t.deleted_at";
const TOMBSTONE: &str = "LEFT JOIN tombstones t ON t.account = m.account AND t.box = m.box AND t.id = m.id";

/// Keys of documents that match, newest first, as a JSON array.
fn keys_sql(index: &str, filters: &Filters) -> String {
    let since = filters.since.map_or(String::new(), |s| {
        format!(" AND rowid >= {}", s << PER_SECOND_BITS)
    });
    let until = filters.until.map_or(String::new(), |u| {
        format!(" AND rowid < {}", u << PER_SECOND_BITS)
    });
    // As one value: a row costs more on its way than the index takes to find it.
    format!(
        "SELECT json_group_array(rowid) FROM (SELECT rowid FROM {index}
             WHERE {index} MATCH ?1 AND rowid < ?2{since}{until} ORDER BY rowid DESC LIMIT ?3)"
    )
}

const fn place_of(key: i64) -> SearchPlace {
    SearchPlace {
        date: key >> PER_SECOND_BITS,
        n: key & ((1 << PER_SECOND_BITS) - 1),
    }
}

/// Documents below a place are those of lower keys.
fn key_of(place: Option<SearchPlace>) -> i64 {
    place.map_or(i64::MAX, |p| {
        (p.date << PER_SECOND_BITS) + p.n.clamp(0, (1 << PER_SECOND_BITS) - 1)
    })
}

/// Its text whole, in place of a snippet.
fn hit(row: &SqliteRow, place: SearchPlace) -> Result<SearchHit, StoreError> {
    Ok(SearchHit {
        chat: ChatId(get(row, "chat")?),
        id: get(row, "id")?,
        date: get(row, "date")?,
        kind: MessageKind::parse(get(row, "kind")?),
        sender: get::<Option<i64>>(row, "sender")?.map(ChatId),
        out: get::<i64>(row, "flags")? & 1 != 0,
        deleted_at: get(row, "deleted_at")?,
        place,
        snippet: get(row, "text")?,
    })
}

/// Above so many chats the index is asked for all and the rows are looked at.
const SCOPES: usize = 50;
/// Lengths of the beginnings that `search_words` has an index of, see its `prefix`. For any other FTS5 first collects all
/// documents that have a word which begins so.
const INDEXED_BEGINNINGS: std::ops::RangeInclusive<usize> = 2..=3;
/// How many more documents are looked at than in the round before.
const STEP: u32 = 4;

/// What an index is asked.
struct Asked<'q> {
    query: &'q SearchQuery,
    index: &'static str,
    expression: String,
    /// The chats, as JSON.
    only: Option<String>,
    /// Every term, in lower case, if texts must be looked at.
    parts: Option<Vec<String>>,
}

impl Asked<'_> {
    /// Whether what the index gives is what is looked for.
    fn exact(&self) -> bool {
        let scoped = self.query.chats.as_ref().is_none_or(|c| c.len() <= SCOPES);
        scoped && self.parts.is_none() && self.conditions().is_empty()
    }

    /// Those on rows: dates are in the keys.
    fn conditions(&self) -> String {
        let (since, until) = (None, None);
        let filters = Filters {
            since,
            until,
            ..self.query.filters.clone()
        };
        filters.conditions("instr")
    }
}

/// Rows of messages that fit filters, without words.
struct Fitting<'q> {
    store: &'q SqliteStore,
    query: &'q SearchQuery,
    /// The chats, as JSON.
    chats: String,
}

impl Fitting<'_> {
    /// `?1` account, `?2` chats, `?3` the first second, `?4` and `?5` the place above.
    fn sql(what: &str, conditions: &str) -> String {
        format!(
            "SELECT {what} FROM json_each(?2) ids CROSS JOIN messages m {TOMBSTONE}
             WHERE m.account = ?1 AND m.chat = ids.value AND m.date >= ?3 AND m.date <= ?4
               AND (m.date, m.docid) < (?4, ?5){conditions}"
        )
    }
}

#[async_trait]
impl Rows for Fitting<'_> {
    async fn count(&self, since: i64, below: SearchPlace, most: u32) -> Result<u32, StoreError> {
        let rows = Self::sql("1", &self.query.filters.indexed("instr"));
        let sql = format!("SELECT count(*) FROM ({rows} LIMIT ?6)");
        let (count,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(self.query.account.0)
            .bind(&self.chats)
            .bind(since)
            .bind(below.date)
            .bind(below.n)
            .bind(most)
            .fetch_one(&self.store.read)
            .await
            .map_err(map)?;
        Ok(count as u32)
    }

    async fn fitting(
        &self,
        since: i64,
        below: SearchPlace,
        limit: u32,
    ) -> Result<Vec<SearchHit>, StoreError> {
        let docids = Self::sql("m.docid", &self.query.filters.conditions("instr"));
        let sql = format!(
            "SELECT m.docid AS n, {HIT} FROM messages m {TOMBSTONE}
             WHERE m.docid IN ({docids} ORDER BY m.date DESC, m.docid DESC LIMIT ?6)
             ORDER BY m.date DESC, m.docid DESC"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(self.query.account.0)
            .bind(&self.chats)
            .bind(since)
            .bind(below.date)
            .bind(below.n)
            .bind(limit)
            .fetch_all(&self.store.read)
            .await
            .map_err(map)?;
        let place = |row| -> Result<SearchPlace, StoreError> {
            Ok(SearchPlace {
                date: get(row, "date")?,
                n: get(row, "n")?,
            })
        };
        rows.iter().map(|row| hit(row, place(row)?)).collect()
    }
}

/// The chats that have messages, or those given, with the dates of their oldest and newest message.
const SPAN: &str = "WITH RECURSIVE known(chat) AS (
        SELECT min(chat) FROM messages WHERE account = ?1 AND ?2 IS NULL
        UNION ALL
        SELECT (SELECT min(m.chat) FROM messages m WHERE m.account = ?1 AND m.chat > known.chat)
        FROM known WHERE known.chat IS NOT NULL),
     ids(chat) AS (SELECT chat FROM known WHERE chat IS NOT NULL AND chat <> 0
                   UNION SELECT value FROM json_each(?2)),
     spans AS (SELECT chat,
            (SELECT min(date) FROM messages m WHERE m.account = ?1 AND m.chat = ids.chat) AS oldest,
            (SELECT max(date) FROM messages m WHERE m.account = ?1 AND m.chat = ids.chat) AS newest FROM ids)
     SELECT json_group_array(chat), min(oldest), max(newest) FROM spans WHERE oldest IS NOT NULL";

impl SqliteStore {
    /// What fits the filters, without words.
    async fn fitting(&self, query: &SearchQuery) -> Result<Found, StoreError> {
        let only = query.chats.as_ref().map(|c| json_ids(c.iter().map(|c| &c.0)));
        let (chats, oldest, newest): (String, Option<i64>, Option<i64>) = sqlx::query_as(SPAN)
            .bind(query.account.0)
            .bind(only)
            .fetch_one(&self.read)
            .await
            .map_err(map)?;
        let rows = Fitting {
            store: self,
            query,
            chats,
        };
        match oldest.zip(newest) {
            Some(span) => walk(query, span, &rows).await,
            None => Ok(Found::default().whole(query.limit)),
        }
    }

    /// Words first; parts of words if there is room left; the beginnings of words if nothing is found by then.
    async fn found(&self, query: &SearchQuery, terms: &[&str]) -> Result<Found, StoreError> {
        let account = query.account.0;
        let scope = match &query.chats {
            Some(chats) if chats.len() <= SCOPES => chats
                .iter()
                .map(|c| quoted(&chat_term(account, c.0)))
                .collect::<Vec<_>>()
                .join(" OR "),
            Some(_) | None => quoted(&format!("a{account}")),
        };
        let words = |beginning: fn(usize) -> bool| {
            let word = |t: &&str| {
                let star = if beginning(t.chars().count()) { "*" } else { "" };
                format!("{}{star}", quoted(t))
            };
            let words = terms.iter().map(word).collect::<Vec<_>>().join(" AND ");
            format!("scope : ({scope}) AND text : ({words})")
        };
        let only = query.chats.as_ref().map(|c| json_ids(c.iter().map(|c| &c.0)));
        let mut asked = Asked {
            query,
            index: "search_words",
            expression: words(|length| INDEXED_BEGINNINGS.contains(&length)),
            only,
            parts: None,
        };
        let mut found = self.matching(&asked).await?;
        if found.hits.len() >= query.limit as usize {
            return Ok(found);
        }
        if terms.iter().all(|t| t.chars().count() >= 3) {
            let parts: Vec<String> = terms.iter().map(|t| t.to_lowercase()).collect();
            let asked = Asked {
                query,
                index: "search_trigrams",
                expression: trigrams(&parts),
                only: asked.only.clone(),
                parts: Some(parts),
            };
            found = found.joined(self.matching(&asked).await?, query.limit);
            if !found.hits.is_empty() || found.reached.is_some() {
                return Ok(found);
            }
        }
        // Those without their accents, and those beside a short word.
        let beginnings = words(|_| true);
        if beginnings == asked.expression {
            return Ok(found);
        }
        asked.expression = beginnings;
        Ok(found.joined(self.matching(&asked).await?, query.limit))
    }

    /// Documents that match, looked at from the newest on, in rounds that grow.
    async fn matching(&self, asked: &Asked<'_>) -> Result<Found, StoreError> {
        let query = asked.query;
        let (exact, limit) = (asked.exact(), query.limit as usize);
        let (mut found, mut left) = (Found::default(), query.examine.max(1));
        let (mut size, mut below) = (
            query.limit.max(query.count * u32::from(exact)),
            key_of(query.before),
        );
        loop {
            let most = if exact { size } else { size.min(left) };
            let keys = self.keys(asked, below, most).await?;
            let looked_at = if exact {
                &keys[..keys.len().min(limit)]
            } else {
                &keys
            };
            found.hits.extend(self.hits(asked, looked_at).await?);
            let end = keys.len() < most as usize;
            if exact || end || found.hits.len() >= limit {
                let found = found.whole(query.limit);
                let counted = (exact && query.count > 0).then_some(keys.len() as u32);
                return Ok(Found {
                    counted: counted.or(found.counted),
                    ..found
                });
            }
            left -= most;
            below = keys.last().copied().unwrap_or(below);
            if left == 0 {
                found.reached = Some(place_of(below));
                return Ok(found.whole(query.limit));
            }
            size = size.saturating_mul(STEP);
        }
    }

    async fn keys(&self, asked: &Asked<'_>, below: i64, most: u32) -> Result<Vec<i64>, StoreError> {
        let sql = keys_sql(asked.index, &asked.query.filters);
        let keys: String = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(&asked.expression)
            .bind(below)
            .bind(most)
            .fetch_one(&self.read)
            .await
            .map_err(map)?;
        serde_json::from_str(&keys).map_err(|_| odd("search_docs", "key"))
    }

    /// Of these documents, those that are looked for.
    async fn hits(&self, asked: &Asked<'_>, keys: &[i64]) -> Result<Vec<SearchHit>, StoreError> {
        // The order of the joins is the order of the work: the planner knows no numbers, and would begin with all of the
        // account's messages.
        let sql = format!(
            "SELECT d.key, {HIT} FROM json_each(?1) wanted CROSS JOIN search_docs d ON d.key = wanted.value
             CROSS JOIN messages m ON m.docid = d.docid {TOMBSTONE}
             WHERE m.account = ?2
               AND (?3 IS NULL OR m.chat IN (SELECT value FROM json_each(?3))){}
             ORDER BY d.key DESC",
            asked.conditions()
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(json_ids(keys))
            .bind(asked.query.account.0)
            .bind(asked.only.as_deref())
            .fetch_all(&self.read)
            .await
            .map_err(map)?;
        let mut hits = Vec::with_capacity(rows.len());
        for row in &rows {
            let hit = hit(row, place_of(get(row, "key")?))?;
            // The index knows trigrams without their places.
            let has = |parts: &Vec<String>| {
                let text = hit.snippet.to_lowercase();
                parts.iter().all(|p| text.contains(p.as_str()))
            };
            if asked.parts.as_ref().is_none_or(has) {
                hits.push(hit);
            }
        }
        Ok(hits)
    }
}

/// Texts that have every trigram of every part.
fn trigrams(parts: &[String]) -> String {
    let of = |part: &String| {
        let chars: Vec<char> = part.chars().collect();
        let windows = chars.windows(3).map(|w| quoted(&w.iter().collect::<String>()));
        windows.collect::<Vec<_>>()
    };
    parts.iter().flat_map(of).collect::<Vec<_>>().join(" AND ")
}
