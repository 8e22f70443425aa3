//! Full-text search: words and trigrams, newest first.
//!
//! A document's key is `date * 2^20 + n`, so the order of keys is the order of time. Its chat is a lexeme beside its
//! words, so that a search in one chat stays in its postings.

use async_trait::async_trait;
use model::{ChatId, MessageKind};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Postgres, QueryBuilder};
use store::search::{Rows, walk};
use store::words::{folded, snippet};
use store::{Filters, Found, IndexProgress, Search, SearchHit, SearchPlace, SearchQuery, StoreError};

use crate::PostgresStore;
use crate::error::Outcome;
use crate::locks::{Locks, Of};
use crate::rows::{column, get};
use crate::words;

const PER_SECOND: i64 = 1 << 20;
/// Documents of one transaction: their rows are held meanwhile, and the writer waits for those it changes.
const SLICE: u32 = 200;
/// Above so many chats the index is asked for all and the rows are looked at.
const SCOPES: usize = 50;

/// So many documents are looked at one by one, for each message that may be looked at, before the index is asked. The index
/// gives no order: a word that stands in many documents costs it all of them, and one that stands in few of these is rare
/// enough.
const NEWEST: u32 = 5;
/// The index is not asked for more documents than this, by the database's own estimate, for each message that may be
/// looked at: none of them is looked at but for its place.
const BY_INDEX: u32 = 50;

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
    let folded = column(&documents, |d| folded(&d.4));
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
fn hit(row: &PgRow, place: SearchPlace) -> Outcome<SearchHit> {
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

const fn place_of(key: i64) -> SearchPlace {
    SearchPlace {
        date: key.div_euclid(PER_SECOND),
        n: key.rem_euclid(PER_SECOND),
    }
}

/// Documents below a place are those of lower keys.
fn key_of(place: Option<SearchPlace>) -> i64 {
    place.map_or(i64::MAX, |p| p.date * PER_SECOND + p.n.clamp(0, PER_SECOND - 1))
}

/// The chats that have messages, or those given, with the dates of their oldest and newest message.
const SPAN: &str = "WITH RECURSIVE known(chat) AS (
        SELECT min(chat) FROM messages WHERE account = $1 AND $2::bigint[] IS NULL
        UNION ALL
        SELECT (SELECT min(m.chat) FROM messages m WHERE m.account = $1 AND m.chat > known.chat)
        FROM known WHERE known.chat IS NOT NULL),
     ids(chat) AS (SELECT chat FROM known WHERE chat IS NOT NULL AND chat <> 0 UNION SELECT unnest($2::bigint[])),
     spans AS (SELECT chat,
            (SELECT min(date) FROM messages m WHERE m.account = $1 AND m.chat = ids.chat) AS oldest,
            (SELECT max(date) FROM messages m WHERE m.account = $1 AND m.chat = ids.chat) AS newest FROM ids)
     SELECT array_agg(chat), min(oldest), max(newest) FROM spans WHERE oldest IS NOT NULL";

/// Rows of messages that fit filters, without words.
struct Fitting<'q> {
    store: &'q PostgresStore,
    query: &'q SearchQuery,
    chats: Vec<i64>,
}

impl Fitting<'_> {
    /// `$1` account, `$2` chats, `$3` the first second, `$4` and `$5` the place above, `$6` how many at most of each chat.
    fn sql(what: &str, conditions: &str, order: &str) -> String {
        format!(
            "SELECT hit.* FROM unnest($2::bigint[]) AS ids(chat) CROSS JOIN LATERAL (
                SELECT {what} FROM messages m {TOMBSTONE}
                WHERE m.account = $1 AND m.chat = ids.chat AND m.date >= $3 AND m.date <= $4
                  AND (m.date, m.docid) < ($4, $5){conditions} {order} LIMIT $6) hit"
        )
    }
}

#[async_trait]
impl Rows for Fitting<'_> {
    async fn count(&self, since: i64, below: SearchPlace, most: u32) -> Result<u32, StoreError> {
        let rows = Self::sql("1", &self.query.filters.indexed("strpos"), "");
        let sql = &format!("SELECT count(*) FROM ({rows} LIMIT $6) r");
        self.store
            .run(move || async move {
                let mut session = self.store.reader().await?;
                let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(sql.clone()))
                    .bind(self.query.account.0)
                    .bind(&self.chats)
                    .bind(since)
                    .bind(below.date)
                    .bind(below.n)
                    .bind(i64::from(most))
                    .fetch_one(&mut *session)
                    .await?;
                session.release();
                Ok(count as u32)
            })
            .await
    }

    async fn fitting(
        &self,
        since: i64,
        below: SearchPlace,
        limit: u32,
    ) -> Result<Vec<SearchHit>, StoreError> {
        let conditions = self.query.filters.conditions("strpos");
        let rows = Self::sql(
            &format!("m.docid AS n, {HIT}"),
            &conditions,
            "ORDER BY m.date DESC, m.docid DESC",
        );
        let sql = &format!("{rows} ORDER BY hit.date DESC, hit.n DESC LIMIT $6");
        self.store
            .run(move || async move {
                let mut session = self.store.reader().await?;
                let rows = sqlx::query(AssertSqlSafe(sql.clone()))
                    .bind(self.query.account.0)
                    .bind(&self.chats)
                    .bind(since)
                    .bind(below.date)
                    .bind(below.n)
                    .bind(i64::from(limit))
                    .fetch_all(&mut *session)
                    .await?;
                session.release();
                let place = |row| -> Outcome<SearchPlace> {
                    Ok(SearchPlace {
                        date: get(row, "date")?,
                        n: get(row, "n")?,
                    })
                };
                rows.iter()
                    .map(|row| hit(row, place(row)?))
                    .collect::<Outcome<_>>()
            })
            .await
    }
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
    /// Filters, as conditions on rows; dates are in the keys.
    conditions: String,
}

/// Which documents are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// The newest, one by one.
    Turn,
    /// All, through the index.
    Index,
}

impl<'q> Place<'q> {
    fn of(query: &'q SearchQuery) -> Self {
        let only: Option<Vec<i64>> = query.chats.as_ref().map(|c| c.iter().map(|c| c.0).collect());
        let scopes = only.as_ref().filter(|o| o.len() <= SCOPES).map(|only| {
            let scopes = only.iter().map(|c| format!("'{}'", scope(query.account.0, *c)));
            scopes.collect::<Vec<_>>().join(" | ")
        });
        let (since, until) = (None, None);
        let filters = Filters {
            since,
            until,
            ..query.filters.clone()
        };
        Self {
            query,
            only,
            scopes,
            conditions: filters.conditions("strpos"),
        }
    }

    /// Documents below the cursor, of the only chat if it is one: what is looked at by turn.
    fn newest(&self, sql: &mut QueryBuilder<Postgres>, what: &str) {
        sql.push(format!("SELECT {what} FROM search_docs WHERE key < "))
            .push_bind(key_of(self.query.before));
        if let Some([chat]) = self.only.as_deref() {
            sql.push(" AND account = ").push_bind(self.query.account.0);
            sql.push(" AND chat = ").push_bind(*chat);
        }
        if let Some(since) = self.query.filters.since {
            sql.push(" AND key >= ").push_bind(since * PER_SECOND);
        }
        if let Some(until) = self.query.filters.until {
            sql.push(" AND key < ").push_bind(until * PER_SECOND);
        }
        sql.push(" ORDER BY key DESC");
    }

    fn turns(&self) -> i64 {
        i64::from(self.query.examine.max(1)) * i64::from(NEWEST)
    }

    /// As many as are counted or asked for.
    fn most(&self) -> i64 {
        i64::from(self.query.limit.max(self.query.count))
    }

    /// Keys of what was found, newest first.
    fn keys(&self, meets: &Meets<'_>, by: By) -> QueryBuilder<Postgres> {
        let mut sql;
        match by {
            By::Turn => {
                sql = QueryBuilder::new("SELECT key FROM (");
                self.newest(&mut sql, "key, docid, account, chat, words, folded");
                sql.push(" LIMIT ").push_bind(self.turns());
                sql.push(") found WHERE ");
                self.conditions(&mut sql, meets, by);
            }
            By::Index => {
                sql = QueryBuilder::new("WITH every AS MATERIALIZED (");
                self.every(&mut sql, meets);
                sql.push(") SELECT key FROM every");
            }
        }
        sql.push(" ORDER BY key DESC LIMIT ").push_bind(self.most());
        sql
    }

    fn every(&self, sql: &mut QueryBuilder<Postgres>, meets: &Meets<'_>) {
        sql.push("SELECT key FROM search_docs found WHERE key < ")
            .push_bind(key_of(self.query.before))
            .push(" AND ");
        self.conditions(sql, meets, By::Index);
    }

    fn conditions(&self, sql: &mut QueryBuilder<Postgres>, meets: &Meets<'_>, by: By) {
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
        let scopes = self.scopes.as_deref().filter(|_| by == By::Index);
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
        if !self.conditions.is_empty() {
            sql.push(format!(
                " AND EXISTS (SELECT 1 FROM messages m {TOMBSTONE} WHERE m.docid = found.docid{})",
                self.conditions
            ));
        }
    }

    /// How many documents the index would give, as the database estimates before it looks at rows.
    async fn estimate(&self, connection: &mut PgConnection, meets: &Meets<'_>) -> Outcome<f64> {
        let bare = Place {
            query: self.query,
            only: None,
            scopes: self.scopes.clone(),
            conditions: String::new(),
        };
        let mut sql = QueryBuilder::new("EXPLAIN (FORMAT JSON) ");
        bare.every(&mut sql, meets);
        let (plan,): (serde_json::Value,) = sql.build_query_as().fetch_one(connection).await?;
        Ok(plan[0]["Plan"]["Plan Rows"].as_f64().unwrap_or(f64::INFINITY))
    }

    /// Looks at the newest, and through the index at the others unless they are too many.
    async fn find(&self, connection: &mut PgConnection, meets: Meets<'_>) -> Outcome<Found> {
        let most = self.most() as usize;
        let mut keys = self.asked(connection, &meets, By::Turn).await?;
        let mut reached = None;
        if keys.len() < most {
            let mut sql = QueryBuilder::new("");
            self.newest(&mut sql, "key");
            sql.push(" LIMIT 1 OFFSET ").push_bind(self.turns() - 1);
            let last: Option<(i64,)> = sql.build_query_as().fetch_optional(&mut *connection).await?;
            if let Some((last,)) = last {
                // A filter looks at each of them.
                let each = if self.conditions.is_empty() { BY_INDEX } else { 1 };
                let bound = f64::from(self.query.examine.saturating_mul(each));
                if self.estimate(&mut *connection, &meets).await? <= bound {
                    keys = self.asked(connection, &meets, By::Index).await?;
                } else {
                    reached = Some(place_of(last));
                }
            }
        }
        let hits = self
            .hits(connection, &keys[..keys.len().min(self.query.limit as usize)])
            .await?;
        let counts = reached.is_none() && self.query.count > 0;
        let found = Found {
            hits,
            reached,
            counted: None,
        };
        let found = found.whole(self.query.limit);
        let counted = counts.then_some(keys.len() as u32);
        Ok(Found {
            counted: counted.or(found.counted),
            ..found
        })
    }

    async fn asked(&self, connection: &mut PgConnection, meets: &Meets<'_>, by: By) -> Outcome<Vec<i64>> {
        let mut sql = self.keys(meets, by);
        let rows: Vec<(i64,)> = sql.build_query_as().fetch_all(connection).await?;
        Ok(column(&rows, |r| r.0))
    }

    async fn hits(&self, connection: &mut PgConnection, keys: &[i64]) -> Outcome<Vec<SearchHit>> {
        let sql = format!(
            "SELECT s.key, {HIT} FROM search_docs s JOIN messages m ON m.docid = s.docid AND m.chat = s.chat {TOMBSTONE}
             WHERE s.key = ANY($1) ORDER BY s.key DESC"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(keys)
            .fetch_all(connection)
            .await?;
        rows.iter()
            .map(|row| hit(row, place_of(get(row, "key")?)))
            .collect()
    }
}

#[async_trait]
impl Search for PostgresStore {
    async fn search(&self, query: &SearchQuery) -> Result<Found, StoreError> {
        let terms: Vec<String> = query.text.split_whitespace().map(folded).collect();
        let nothing = terms.is_empty() && query.filters.is_empty();
        if query.chats.as_ref().is_some_and(Vec::is_empty) || nothing {
            return Ok(Found::default().whole(query.limit));
        }
        if terms.is_empty() {
            return self.fitting(query).await;
        }
        let terms = &terms;
        self.run(move || self.find(query, terms)).await
    }
}

impl PostgresStore {
    /// What fits the filters, without words.
    async fn fitting(&self, query: &SearchQuery) -> Result<Found, StoreError> {
        type Span = (Option<Vec<i64>>, Option<i64>, Option<i64>);
        let (chats, oldest, newest): Span = self
            .run(move || async move {
                let only: Option<Vec<i64>> = query.chats.as_ref().map(|c| column(c, |c| c.0));
                let mut session = self.reader().await?;
                let span = sqlx::query_as(SPAN)
                    .bind(query.account.0)
                    .bind(only)
                    .fetch_one(&mut *session)
                    .await?;
                session.release();
                Ok(span)
            })
            .await?;
        let rows = Fitting {
            store: self,
            query,
            chats: chats.unwrap_or_default(),
        };
        let mut found = match oldest.zip(newest) {
            Some(span) => walk(query, span, &rows).await?,
            None => Found::default().whole(query.limit),
        };
        for hit in &mut found.hits {
            hit.snippet = snippet(&hit.snippet, &[]);
        }
        Ok(found)
    }

    /// Words first; parts of words if there is room left.
    async fn find(&self, query: &SearchQuery, terms: &[String]) -> Outcome<Found> {
        let place = Place::of(query);
        let mut session = self.reader().await?;
        let mut found = Found::default().whole(query.limit);
        if let Some(words) = words::query(terms) {
            found = place.find(&mut session, Meets::Words(&words)).await?;
        }
        if found.hits.len() < query.limit as usize && terms.iter().all(|t| t.chars().count() >= 3) {
            let patterns = column(terms, |t| words::pattern(t));
            let parts = place.find(&mut session, Meets::Parts(&patterns)).await?;
            found = found.joined(parts, query.limit);
        }
        session.release();
        for hit in &mut found.hits {
            hit.snippet = snippet(
                &hit.snippet,
                &terms.iter().map(String::as_str).collect::<Vec<_>>(),
            );
        }
        Ok(found)
    }
}
