//! Full-text search: words and trigrams, newest first.
//!
//! A document's key is `date * 2^20 + n`, so the order of keys is the order of time. Its chat is a lexeme beside its
//! words, so that a search in one chat stays in its postings.

use async_trait::async_trait;
use model::{ChatId, MessageKind};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Postgres, QueryBuilder};
use store::{IndexProgress, Search, SearchHit, SearchQuery, StoreError};

use crate::PostgresStore;
use crate::error::Outcome;
use crate::locks::{Locks, Of};
use crate::rows::{column, get};
use crate::words;

const PER_SECOND: i64 = 1 << 20;
const AROUND: usize = 60;
/// Documents of one transaction: their rows are held meanwhile, and the writer waits for those it changes.
const SLICE: u32 = 200;
/// Above so many chats the index is asked for all and the rows are looked at.
const SCOPES: usize = 50;

/// Documents that are looked at one by one before the index is asked. The index gives no order: a word that stands in
/// many documents costs it all of them, and one that stands in few of these is rare enough.
const NEWEST: i64 = 20_000;

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
                sqlx::query_as("SELECT count(*) FROM (SELECT 1 FROM search_pending LIMIT 10000) p")
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

/// What a hit is made of.
const HIT: &str = "m.chat, m.id, m.date, m.text, m.kind, m.sender, m.flags, t.deleted_at";
const TOMBSTONE: &str = "LEFT JOIN tombstones t ON t.account = m.account AND t.box = m.box AND t.id = m.id";

/// Its text whole, in place of a snippet.
fn hit(row: &PgRow) -> Outcome<SearchHit> {
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

/// The newest of each chat that fit, and the newest of those. A cursor is a row's number.
fn fitting_sql(query: &SearchQuery) -> String {
    let below = query.before.map_or(String::new(), |docid| {
        format!(" AND (m.date, m.docid) < (SELECT date, docid FROM messages WHERE docid = {docid})")
    });
    let conditions = query.filters.conditions("strpos");
    format!(
        "WITH RECURSIVE known(chat) AS (
            SELECT min(chat) FROM messages WHERE account = $1 AND $2::bigint[] IS NULL
            UNION ALL
            SELECT (SELECT min(m.chat) FROM messages m WHERE m.account = $1 AND m.chat > known.chat)
            FROM known WHERE known.chat IS NOT NULL),
         ids(chat) AS MATERIALIZED (SELECT chat FROM known WHERE chat IS NOT NULL AND chat <> 0
                                    UNION SELECT unnest($2::bigint[]))
         SELECT hit.* FROM ids CROSS JOIN LATERAL (
            SELECT m.docid AS cursor, {HIT} FROM messages m {TOMBSTONE}
            WHERE m.account = $1 AND m.chat = ids.chat{conditions}{below}
            ORDER BY m.date DESC, m.docid DESC LIMIT $3) hit
         ORDER BY hit.date DESC, hit.cursor DESC LIMIT $3"
    )
}

/// What a document must meet.
enum Meets<'t> {
    /// Words, by their beginnings.
    Words(&'t str),
    /// Parts of words, as patterns.
    Parts(&'t [String]),
}

/// Where it is looked for.
struct Place<'q> {
    query: &'q SearchQuery,
    only: Option<Vec<i64>>,
    /// The chats as a `tsquery`, if they are few.
    scopes: Option<String>,
}

impl<'q> Place<'q> {
    fn of(query: &'q SearchQuery) -> Self {
        let only: Option<Vec<i64>> = query.chats.as_ref().map(|c| c.iter().map(|c| c.0).collect());
        let scopes = only.as_ref().filter(|o| o.len() <= SCOPES).map(|only| {
            let scopes = only.iter().map(|c| format!("'{}'", scope(query.account.0, *c)));
            scopes.collect::<Vec<_>>().join(" | ")
        });
        Self { query, only, scopes }
    }

    /// The newest documents, looked at one by one: what stands in many is found in the first thousands.
    fn newest(&self, meets: &Meets<'_>) -> QueryBuilder<Postgres> {
        let mut sql = QueryBuilder::new(
            "WITH found AS (SELECT key, docid, chat FROM (
                SELECT key, docid, account, chat, words, folded FROM search_docs WHERE key < ",
        );
        sql.push_bind(self.query.before.unwrap_or(i64::MAX));
        if let Some([chat]) = self.only.as_deref() {
            sql.push(" AND account = ").push_bind(self.query.account.0);
            sql.push(" AND chat = ").push_bind(*chat);
        }
        sql.push(" ORDER BY key DESC LIMIT ").push_bind(NEWEST);
        sql.push(") newest WHERE ");
        self.conditions(&mut sql, meets, false);
        self.finish(sql)
    }

    /// All documents, through the index: what stands in few.
    fn all(&self, meets: &Meets<'_>) -> QueryBuilder<Postgres> {
        let mut sql = QueryBuilder::new(
            "WITH every AS MATERIALIZED (SELECT key, docid, chat FROM search_docs WHERE key < ",
        );
        sql.push_bind(self.query.before.unwrap_or(i64::MAX)).push(" AND ");
        self.conditions(&mut sql, meets, true);
        sql.push("), found AS (SELECT key, docid, chat FROM every");
        self.finish(sql)
    }

    fn conditions(&self, sql: &mut QueryBuilder<Postgres>, meets: &Meets<'_>, by_index: bool) {
        sql.push("account = ").push_bind(self.query.account.0);
        if let Some(only) = &self.only {
            sql.push(" AND chat = ANY(").push_bind(only.clone()).push(")");
        }
        let filters = &self.query.filters;
        for (word, date) in [(">=", filters.since), ("<", filters.until)] {
            if let Some(date) = date {
                sql.push(format!(" AND key {word} {}", date * PER_SECOND));
            }
        }
        let conditions = filters.conditions("strpos");
        if !conditions.is_empty() {
            let of = if by_index { "search_docs" } else { "newest" };
            sql.push(format!(
                " AND EXISTS (SELECT 1 FROM messages m {TOMBSTONE} WHERE m.docid = {of}.docid{conditions})"
            ));
        }
        let scopes = self.scopes.as_deref().filter(|_| by_index);
        match (meets, scopes) {
            (Meets::Words(words), Some(scopes)) => {
                sql.push(" AND words @@ ")
                    .push_bind(format!("({words}) & ({scopes})"))
                    .push("::tsquery");
            }
            (Meets::Words(words), None) => {
                sql.push(" AND words @@ ")
                    .push_bind((*words).to_owned())
                    .push("::tsquery");
            }
            (Meets::Parts(patterns), scopes) => {
                // One condition each: the index knows no "like all of these".
                for pattern in *patterns {
                    sql.push(" AND folded LIKE ").push_bind(pattern.clone());
                }
                if let Some(scopes) = scopes {
                    sql.push(" AND words @@ ")
                        .push_bind(scopes.to_owned())
                        .push("::tsquery");
                }
            }
        }
    }

    fn finish(&self, mut sql: QueryBuilder<Postgres>) -> QueryBuilder<Postgres> {
        sql.push(" ORDER BY key DESC LIMIT ")
            .push_bind(i64::from(self.query.limit));
        sql.push(format!(
            ") SELECT f.key AS cursor, {HIT} FROM found f JOIN messages m ON m.docid = f.docid
             AND m.chat = f.chat {TOMBSTONE} ORDER BY f.key DESC"
        ));
        sql
    }

    /// Hits, newest first, at most as many as asked for.
    async fn find(&self, connection: &mut PgConnection, meets: Meets<'_>) -> Outcome<Vec<SearchHit>> {
        let mut sql = self.newest(&meets);
        let rows = sql.build().fetch_all(&mut *connection).await?;
        if rows.len() >= self.query.limit as usize {
            return rows.iter().map(hit).collect();
        }
        let mut sql = self.all(&meets);
        let rows = sql.build().fetch_all(connection).await?;
        rows.iter().map(hit).collect()
    }
}

#[async_trait]
impl Search for PostgresStore {
    async fn search(&self, query: &SearchQuery) -> Result<Vec<SearchHit>, StoreError> {
        let terms: Vec<String> = query.text.split_whitespace().map(words::folded).collect();
        if query.chats.as_ref().is_some_and(Vec::is_empty) || terms.is_empty() && query.filters.is_empty() {
            return Ok(Vec::new());
        }
        let terms = &terms;
        self.run(move || self.find(query, terms)).await
    }
}

impl PostgresStore {
    /// Words first; parts of words if there is room left.
    async fn find(&self, query: &SearchQuery, terms: &[String]) -> Outcome<Vec<SearchHit>> {
        let limit = query.limit as usize;
        let place = Place::of(query);
        let mut session = self.reader().await?;
        let mut hits = Vec::new();
        if terms.is_empty() {
            let only: Option<Vec<i64>> = query.chats.as_ref().map(|c| column(c, |c| c.0));
            let rows = sqlx::query(AssertSqlSafe(fitting_sql(query)))
                .bind(query.account.0)
                .bind(only)
                .bind(i64::from(query.limit))
                .fetch_all(&mut *session)
                .await?;
            hits = rows.iter().map(hit).collect::<Outcome<_>>()?;
        }
        if let Some(words) = words::query(terms) {
            hits = place.find(&mut session, Meets::Words(&words)).await?;
        }
        if hits.len() < limit && !terms.is_empty() && terms.iter().all(|t| t.chars().count() >= 3) {
            let patterns = column(terms, |t| words::pattern(t));
            hits.extend(place.find(&mut session, Meets::Parts(&patterns)).await?);
            hits.sort_by_key(|h| std::cmp::Reverse(h.cursor));
            hits.dedup_by_key(|h| h.cursor);
            hits.truncate(limit);
        }
        session.release();
        for hit in &mut hits {
            hit.snippet = snippet(&hit.snippet, terms);
        }
        Ok(hits)
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
