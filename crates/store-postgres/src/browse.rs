//! What a page shows beside messages.

use async_trait::async_trait;
use model::{AccountId, BoxId, ChatId, ChatKind, MessageId, RecordKind};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;
use store::{
    Browse, ChatQuery, ChatRow, ChatRows, ChatSummary, DayRow, MediaJob, MessageRow, PeerRow, RawRow,
    Statistics, StoreError,
};

use crate::PostgresStore;
use crate::error::Outcome;
use crate::reader::{MESSAGE, message};
use crate::rows::{column, get};

/// The chats that have messages are found by stepping through the index from one to the next.
const CHATS: &str = "WITH RECURSIVE known(chat) AS (
        SELECT min(chat) FROM messages WHERE account = $1
        UNION ALL
        SELECT (SELECT min(m.chat) FROM messages m WHERE m.account = $1 AND m.chat > known.chat)
        FROM known WHERE known.chat IS NOT NULL),
     ids(chat) AS (SELECT chat FROM known WHERE chat IS NOT NULL AND chat <> 0
                   UNION SELECT chat FROM dialogs WHERE account = $1),
     matching AS MATERIALIZED (SELECT ids.chat, d.kind AS dialog_kind, coalesce(d.folder_id, 0) AS folder_id,
            coalesce(d.pinned, false) AS pinned,
            coalesce((SELECT max(m.date) FROM messages m WHERE m.account = $1 AND m.chat = ids.chat), 0) AS last_date
        FROM ids LEFT JOIN dialogs d ON d.account = $1 AND d.chat = ids.chat
        WHERE ($2::bigint[] IS NULL OR ids.chat = ANY($2))
          AND ($3::boolean IS NULL OR (coalesce(d.folder_id, 0) = 1) = $3)),
     page AS MATERIALIZED (SELECT * FROM matching WHERE NOT $8 OR (NOT pinned, -last_date, chat) > ($4, $5, $6)
        ORDER BY pinned DESC, last_date DESC, chat LIMIT $7)
     SELECT p.*, (SELECT count(*) FROM matching) AS total, coalesce(c.kind, p.dialog_kind) AS kind,
        coalesce(c.title, nullif(trim(coalesce(u.first_name, '') || ' ' || coalesce(u.last_name, '')), '')) AS title,
        coalesce(c.username, u.username) AS username, c.participants_count,
        coalesce(c.inaccessible, false) AS inaccessible, c.migrated_to, c.migrated_from,
        (SELECT max(m.id) FROM messages m WHERE m.account = $1 AND m.chat = p.chat) AS last_id,
        EXISTS (SELECT 1 FROM media a WHERE a.account = $1 AND a.owner = 'avatar' AND a.box = 0 AND a.id = p.chat
            AND a.state = 'stored') AS avatar
     FROM page p LEFT JOIN chats c ON c.account = $1 AND c.id = p.chat
        LEFT JOIN users u ON u.account = $1 AND u.id = p.chat
     ORDER BY p.pinned DESC, p.last_date DESC, p.chat";

const DAYS: &str = "SELECT b.since, count(m.id), (array_agg(m.id ORDER BY m.date, m.id))[1]
    FROM unnest($3::bigint[], $4::bigint[]) AS b(since, until)
    JOIN messages m ON m.account = $1 AND m.chat = $2 AND m.date >= b.since AND m.date < b.until
    GROUP BY b.since ORDER BY b.since";

const PEERS: &str = "SELECT i.id,
        coalesce(c.title, nullif(trim(coalesce(u.first_name, '') || ' ' || coalesce(u.last_name, '')), '')),
        coalesce(c.username, u.username),
        EXISTS (SELECT 1 FROM media a WHERE a.account = $1 AND a.owner = 'avatar' AND a.box = 0 AND a.id = i.id
            AND a.state = 'stored')
    FROM unnest($2::bigint[]) AS i(id) LEFT JOIN users u ON u.account = $1 AND u.id = i.id
        LEFT JOIN chats c ON c.account = $1 AND c.id = i.id";

const STATISTICS: &str = "SELECT (SELECT count(*) FROM unnest($2::bigint[]) AS o(chat) WHERE EXISTS
        (SELECT 1 FROM messages m WHERE m.account = $1 AND m.chat = o.chat)) AS chats,
    (SELECT count(*) FROM messages WHERE account = $1 AND chat = ANY($2)) AS messages,
    (SELECT count(*) FROM tombstones t JOIN messages m USING (account, box, id)
        WHERE t.account = $1 AND m.chat = ANY($2)) AS deleted,
    (SELECT count(*) FROM messages WHERE account = $1 AND versions > 1 AND chat = ANY($2)) AS edited,
    (SELECT count(*) FROM media WHERE account = $1 AND state = 'stored' AND chat = ANY($2)) AS media_stored,
    (SELECT count(*) FROM media WHERE account = $1 AND state = 'wanted' AND chat = ANY($2)) AS media_wanted,
    (SELECT coalesce(sum(size), 0)::bigint FROM (SELECT max(stored_size) AS size FROM media
        WHERE account = $1 AND state = 'stored' AND chat = ANY($2) GROUP BY sha256) f) AS media_bytes";

fn chat(account: AccountId, row: &PgRow) -> Outcome<ChatRow> {
    let last: Option<i64> = get(row, "last_id")?;
    Ok(ChatRow {
        chat: ChatSummary {
            account,
            chat: ChatId(get(row, "chat")?),
            kind: get::<Option<&str>>(row, "kind")?.and_then(ChatKind::parse),
            title: get(row, "title")?,
            username: get(row, "username")?,
            folder_id: get(row, "folder_id")?,
            pinned: get(row, "pinned")?,
            participants_count: get(row, "participants_count")?,
            messages: 0,
            last_message: match last {
                Some(id) => Some((id, get(row, "last_date")?)),
                None => None,
            },
        },
        inaccessible: get(row, "inaccessible")?,
        migrated_to: get::<Option<i64>>(row, "migrated_to")?.map(ChatId),
        migrated_from: get::<Option<i64>>(row, "migrated_from")?.map(ChatId),
        avatar: get(row, "avatar")?,
    })
}

fn ids(chats: &[ChatId]) -> Vec<i64> {
    column(chats, |c| c.0)
}

#[async_trait]
impl Browse for PostgresStore {
    async fn chat_page(&self, query: &ChatQuery) -> Result<ChatRows, StoreError> {
        self.run(move || async move {
            let narrowed = query.text.is_some();
            let after = query.after.filter(|_| !narrowed);
            let mut session = self.reader().await?;
            let rows = sqlx::query(CHATS)
                .bind(query.account.0)
                .bind(query.only.as_deref().map(ids))
                .bind(query.archived)
                .bind(after.is_some_and(|a| !a.pinned))
                .bind(after.map_or(0, |a| -a.date))
                .bind(after.map_or(0, |a| a.chat.0))
                .bind((!narrowed).then_some(i64::from(query.limit)))
                .bind(after.is_some())
                .fetch_all(&mut *session)
                .await?;
            session.release();
            let each = rows.iter().map(|row| chat(query.account, row));
            let chats: Vec<ChatRow> = each.collect::<Outcome<_>>()?;
            if let Some(text) = &query.text {
                return Ok(ChatRows::narrowed(chats, text, query.after, query.limit));
            }
            let total = rows.first().map_or(Ok(0), |row| get::<i64>(row, "total"))? as u64;
            Ok(ChatRows { chats, total })
        })
        .await
    }

    async fn counts(
        &self,
        account: AccountId,
        chat: ChatId,
        above: MessageId,
    ) -> Result<(i64, i64), StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let counts = sqlx::query_as(
                "SELECT (SELECT count(*) FROM messages WHERE account = $1 AND chat = $2),
                        (SELECT count(*) FROM messages WHERE account = $1 AND chat = $2 AND id > $3)",
            )
            .bind(account.0)
            .bind(chat.0)
            .bind(above)
            .fetch_one(&mut *session)
            .await?;
            session.release();
            Ok(counts)
        })
        .await
    }

    async fn message_at(
        &self,
        account: AccountId,
        chat: ChatId,
        topic: Option<MessageId>,
        date: i64,
    ) -> Result<Option<MessageId>, StoreError> {
        self.run(move || async move {
            let topic = topic.map_or(String::new(), |t| format!(" AND topic_id = {t}"));
            let mut session = self.reader().await?;
            let mut found: Option<(i64,)> = None;
            for (bound, order) in [(">=", "date, id"), ("<", "date DESC, id DESC")] {
                let sql = format!(
                    "SELECT id FROM messages WHERE account = $1 AND chat = $2 AND date {bound} $3{topic}
                     ORDER BY {order} LIMIT 1"
                );
                found = sqlx::query_as(AssertSqlSafe(sql))
                    .bind(account.0)
                    .bind(chat.0)
                    .bind(date)
                    .fetch_optional(&mut *session)
                    .await?;
                if found.is_some() {
                    break;
                }
            }
            session.release();
            Ok(found.map(|(id,)| id))
        })
        .await
    }

    async fn messages_by_key(
        &self,
        account: AccountId,
        keys: &[(BoxId, MessageId)],
    ) -> Result<Vec<MessageRow>, StoreError> {
        self.run(move || async move {
            let sql = format!(
                "{MESSAGE} WHERE m.account = $1
                 AND (m.box, m.id) IN (SELECT box, id FROM unnest($2::bigint[], $3::bigint[]) AS k(box, id))
                 ORDER BY m.box, m.id"
            );
            let mut session = self.reader().await?;
            let rows = sqlx::query(AssertSqlSafe(sql))
                .bind(account.0)
                .bind(column(keys, |k| k.0.to_i64()))
                .bind(column(keys, |k| k.1))
                .fetch_all(&mut *session)
                .await?;
            session.release();
            rows.iter().map(message).collect()
        })
        .await
    }

    async fn pinned(
        &self,
        account: AccountId,
        chat: ChatId,
        limit: u32,
    ) -> Result<Vec<MessageRow>, StoreError> {
        self.run(move || async move {
            let sql = format!(
                "{MESSAGE} WHERE m.account = $1 AND m.chat = $2 AND m.pinned ORDER BY m.date DESC, m.id DESC LIMIT $3"
            );
            let mut session = self.reader().await?;
            let rows = sqlx::query(AssertSqlSafe(sql))
                .bind(account.0)
                .bind(chat.0)
                .bind(i64::from(limit))
                .fetch_all(&mut *session)
                .await?;
            session.release();
            rows.iter().map(message).collect()
        })
        .await
    }

    async fn days(
        &self,
        account: AccountId,
        chat: ChatId,
        bounds: &[i64],
    ) -> Result<Vec<DayRow>, StoreError> {
        self.run(move || async move {
            let spans: Vec<&[i64]> = bounds.windows(2).collect();
            let mut session = self.reader().await?;
            let rows: Vec<(i64, i64, i64)> = sqlx::query_as(DAYS)
                .bind(account.0)
                .bind(chat.0)
                .bind(column(&spans, |s| s[0]))
                .bind(column(&spans, |s| s[1]))
                .fetch_all(&mut *session)
                .await?;
            session.release();
            let day = |(start, messages, first)| DayRow {
                start,
                messages,
                first,
            };
            Ok(rows.into_iter().map(day).collect())
        })
        .await
    }

    async fn span(&self, account: AccountId, chat: ChatId) -> Result<Option<(i64, i64)>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let (first, last): (Option<i64>, Option<i64>) = sqlx::query_as(
                "SELECT (SELECT min(date) FROM messages WHERE account = $1 AND chat = $2),
                        (SELECT max(date) FROM messages WHERE account = $1 AND chat = $2)",
            )
            .bind(account.0)
            .bind(chat.0)
            .fetch_one(&mut *session)
            .await?;
            session.release();
            Ok(first.zip(last))
        })
        .await
    }

    async fn peers(&self, account: AccountId, peers: &[ChatId]) -> Result<Vec<PeerRow>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows: Vec<(i64, Option<String>, Option<String>, bool)> = sqlx::query_as(PEERS)
                .bind(account.0)
                .bind(ids(peers))
                .fetch_all(&mut *session)
                .await?;
            session.release();
            let peer = |(id, name, username, avatar)| PeerRow {
                id: ChatId(id),
                name,
                username,
                avatar,
            };
            Ok(rows.into_iter().map(peer).collect())
        })
        .await
    }

    async fn find_peers(
        &self,
        account: AccountId,
        text: &str,
        limit: u32,
    ) -> Result<Vec<ChatId>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows: Vec<(i64, Option<String>, Option<String>)> = sqlx::query_as(
                "SELECT id, trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), username
                 FROM users WHERE account = $1
                 UNION ALL SELECT id, title, username FROM chats WHERE account = $1 ORDER BY 1",
            )
            .bind(account.0)
            .fetch_all(&mut *session)
            .await?;
            session.release();
            Ok(store::browse::named(rows, text, limit))
        })
        .await
    }

    async fn wrote_in(&self, account: AccountId, peer: ChatId, chats: &[ChatId]) -> Result<bool, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let (found,): (bool,) = sqlx::query_as(
                "SELECT EXISTS (SELECT 1 FROM messages WHERE account = $1 AND sender = $2 AND chat = ANY($3))",
            )
            .bind(account.0)
            .bind(peer.0)
            .bind(ids(chats))
            .fetch_one(&mut *session)
            .await?;
            session.release();
            Ok(found)
        })
        .await
    }

    async fn avatar(&self, account: AccountId, peer: ChatId) -> Result<Option<MediaJob>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let row = sqlx::query(
                "SELECT * FROM media WHERE account = $1 AND owner = 'avatar' AND box = 0 AND id = $2
                 AND state = 'stored' ORDER BY seen DESC, media DESC LIMIT 1",
            )
            .bind(account.0)
            .bind(peer.0)
            .fetch_optional(&mut *session)
            .await?;
            session.release();
            row.as_ref().map(crate::media::job).transpose()
        })
        .await
    }

    async fn records(
        &self,
        account: AccountId,
        kind: RecordKind,
        prefix: &str,
    ) -> Result<Vec<(String, String)>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows = sqlx::query_as(
                "SELECT key, data FROM records WHERE account = $1 AND kind = $2 AND key >= $3 AND key < $4
                 ORDER BY key",
            )
            .bind(account.0)
            .bind(kind.as_str())
            .bind(prefix)
            .bind(format!("{prefix}\u{10FFFF}"))
            .fetch_all(&mut *session)
            .await?;
            session.release();
            Ok(rows)
        })
        .await
    }

    async fn raw_message(
        &self,
        account: AccountId,
        box_id: BoxId,
        id: MessageId,
    ) -> Result<Option<RawRow>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let row: Option<(Vec<u8>, i32, String)> = sqlx::query_as(
                "SELECT raw, layer, origin FROM messages WHERE account = $1 AND box = $2 AND id = $3",
            )
            .bind(account.0)
            .bind(box_id.to_i64())
            .bind(id)
            .fetch_optional(&mut *session)
            .await?;
            session.release();
            Ok(row.map(|(raw, layer, origin)| RawRow {
                raw,
                layer: i64::from(layer),
                origin,
            }))
        })
        .await
    }

    async fn statistics_of(&self, account: AccountId, only: &[ChatId]) -> Result<Statistics, StoreError> {
        self.run(move || async move {
            let mut tx = self.snapshot().await?;
            let row = sqlx::query(STATISTICS)
                .bind(account.0)
                .bind(ids(only))
                .fetch_one(&mut *tx)
                .await?;
            let skipped: Vec<(String, i64)> = sqlx::query_as(
                "SELECT coalesce(reason, ''), count(*) FROM media WHERE account = $1 AND state = 'skipped'
                 AND chat = ANY($2) GROUP BY 1 ORDER BY 1",
            )
            .bind(account.0)
            .bind(ids(only))
            .fetch_all(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(Statistics {
                chats: get(&row, "chats")?,
                messages: get(&row, "messages")?,
                deleted: get(&row, "deleted")?,
                edited: get(&row, "edited")?,
                media_stored: get(&row, "media_stored")?,
                media_wanted: get(&row, "media_wanted")?,
                media_skipped: skipped,
                media_bytes: get(&row, "media_bytes")?,
                ..Statistics::default()
            })
        })
        .await
    }
}
