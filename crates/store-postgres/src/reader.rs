//! Reading the archive.

use async_trait::async_trait;
use model::{AccountId, BoxId, ChatId, ChatKind, MediaState, MessageId, MessageKind, Seen, Verdict};
use sqlx::postgres::PgRow;
use store::fold::VersionKey;
use store::{
    ArchiveReader, Backlog, ChatSummary, Direction, MediaCount, MediaJob, MessagePage, MessageQuery,
    MessageRow, Statistics, StoreError, VersionRow,
};

use crate::PostgresStore;
use crate::error::{Outcome, odd};
use crate::rows::{self, get};

/// Without the raw bytes: they are half of a row.
pub(crate) const MESSAGE: &str = "SELECT m.account, m.box, m.id, m.chat, m.sender, m.date, m.flags, m.via_bot, m.post_author, m.grouped_id,
    m.topic_id, m.reply, m.forward, m.ttl_seconds, m.kind, m.edit_date, m.edit_hide, m.text, m.entities, m.attachment,
    m.service, m.views, m.forwards, m.replies, m.reactions, m.pinned, m.versions, t.deleted_at,
    (SELECT count(*) FROM operations o WHERE o.account = m.account AND o.box = m.box AND o.id = m.id AND o.state = 'held') AS held
    FROM messages m LEFT JOIN tombstones t ON t.account = m.account AND t.box = m.box AND t.id = m.id";

/// The chats that have messages are found by stepping through the index from one to the next.
const CHATS: &str = "WITH RECURSIVE known(chat) AS (
        SELECT min(chat) FROM messages WHERE account = $1
        UNION ALL
        SELECT (SELECT min(m.chat) FROM messages m WHERE m.account = $1 AND m.chat > known.chat)
        FROM known WHERE known.chat IS NOT NULL),
     ids(chat) AS (SELECT chat FROM known WHERE chat IS NOT NULL AND chat <> 0
                   UNION SELECT chat FROM dialogs WHERE account = $1)
     SELECT ids.chat, coalesce(c.kind, d.kind) AS kind,
        coalesce(c.title, nullif(trim(coalesce(u.first_name, '') || ' ' || coalesce(u.last_name, '')), '')) AS title,
        coalesce(c.username, u.username) AS username, coalesce(d.folder_id, 0) AS folder_id,
        coalesce(d.pinned, false) AS pinned, c.participants_count,
        (SELECT count(*) FROM messages m WHERE m.account = $1 AND m.chat = ids.chat) AS messages,
        (SELECT max(m.id) FROM messages m WHERE m.account = $1 AND m.chat = ids.chat) AS last_id,
        (SELECT max(m.date) FROM messages m WHERE m.account = $1 AND m.chat = ids.chat) AS last_date
     FROM ids LEFT JOIN chats c ON c.account = $1 AND c.id = ids.chat
        LEFT JOIN users u ON u.account = $1 AND u.id = ids.chat
        LEFT JOIN dialogs d ON d.account = $1 AND d.chat = ids.chat
     WHERE $2::bigint[] IS NULL OR ids.chat = ANY($2)
     ORDER BY last_date DESC NULLS LAST, ids.chat";

const STATISTICS: &str = "WITH RECURSIVE known(chat) AS (
        SELECT min(chat) FROM messages WHERE account = $1
        UNION ALL
        SELECT (SELECT min(m.chat) FROM messages m WHERE m.account = $1 AND m.chat > known.chat)
        FROM known WHERE known.chat IS NOT NULL)
    SELECT (SELECT count(*) FROM known WHERE chat <> 0) AS chats,
    (SELECT count(*) FROM messages WHERE account = $1) AS messages,
    (SELECT count(*) FROM tombstones t JOIN messages m USING (account, box, id) WHERE t.account = $1) AS deleted,
    (SELECT count(*) FROM (SELECT DISTINCT box, id FROM message_versions WHERE account = $1) v) AS edited,
    (SELECT count(*) FROM media WHERE account = $1 AND state = 'stored') AS media_stored,
    (SELECT count(*) FROM media WHERE account = $1 AND state = 'wanted') AS media_wanted,
    (SELECT coalesce(sum(size), 0)::bigint FROM (SELECT max(stored_size) AS size FROM media
        WHERE account = $1 AND state = 'stored' GROUP BY sha256) f) AS media_bytes,
    (SELECT count(*) FROM operations WHERE account = $1 AND state = 'pending') AS pending,
    (SELECT count(*) FROM operations WHERE account = $1 AND state = 'held') AS held,
    (SELECT count(*) FROM dead_letters WHERE redriven_at IS NULL) AS dead_letters,
    (SELECT count(*) FROM search_pending) AS behind";

pub(crate) fn message(row: &PgRow) -> Outcome<MessageRow> {
    let reactions: Option<String> = get(row, "reactions")?;
    Ok(MessageRow {
        account: AccountId(get(row, "account")?),
        box_id: BoxId::from_i64(get(row, "box")?),
        id: get(row, "id")?,
        kind: MessageKind::parse(get(row, "kind")?),
        head: rows::head(row)?,
        edit_date: get(row, "edit_date")?,
        edit_hide: get(row, "edit_hide")?,
        content: rows::content(row)?,
        counters: rows::counters(row)?,
        reactions: rows::from_json(reactions, "reactions")?.unwrap_or_default(),
        pinned: get(row, "pinned")?,
        deleted_at: get(row, "deleted_at")?,
        versions: get(row, "versions")?,
        held: get(row, "held")?,
    })
}

fn chat(account: AccountId, row: &PgRow) -> Outcome<ChatSummary> {
    let last: Option<i64> = get(row, "last_id")?;
    Ok(ChatSummary {
        account,
        chat: ChatId(get(row, "chat")?),
        kind: get::<Option<&str>>(row, "kind")?.and_then(ChatKind::parse),
        title: get(row, "title")?,
        username: get(row, "username")?,
        folder_id: get(row, "folder_id")?,
        pinned: get(row, "pinned")?,
        participants_count: get(row, "participants_count")?,
        messages: get(row, "messages")?,
        last_message: match last {
            Some(id) => Some((id, get(row, "last_date")?)),
            None => None,
        },
    })
}

fn page_sql(direction: Direction, topic: Option<MessageId>) -> String {
    let topic = topic.map_or(String::new(), |t| format!(" AND m.topic_id = {t}"));
    let (bound, order) = match direction {
        Direction::Older => ("m.id < $3", "DESC"),
        Direction::Newer => ("m.id > $3", "ASC"),
    };
    format!(
        "{MESSAGE} WHERE m.account = $1 AND m.chat = $2 AND {bound}
         AND ($4::bigint IS NULL OR m.date >= $4) AND ($5::bigint IS NULL OR m.date < $5){topic}
         ORDER BY m.id {order} LIMIT $6"
    )
}

#[async_trait]
impl ArchiveReader for PostgresStore {
    async fn chats(
        &self,
        account: AccountId,
        only: Option<&[ChatId]>,
    ) -> Result<Vec<ChatSummary>, StoreError> {
        self.run(move || async move {
            let only: Option<Vec<i64>> = only.map(|o| o.iter().map(|c| c.0).collect());
            let mut session = self.reader().await?;
            let rows = sqlx::query(CHATS)
                .bind(account.0)
                .bind(only)
                .fetch_all(&mut *session)
                .await?;
            session.release();
            rows.iter().map(|row| chat(account, row)).collect::<Outcome<_>>()
        })
        .await
    }

    async fn messages(&self, query: &MessageQuery) -> Result<MessagePage, StoreError> {
        self.run(move || async move {
            let end = match query.direction {
                Direction::Older => i64::MAX,
                Direction::Newer => i64::MIN,
            };
            let mut session = self.reader().await?;
            let rows = sqlx::query(sqlx::AssertSqlSafe(page_sql(query.direction, query.topic)))
                .bind(query.account.0)
                .bind(query.chat.0)
                .bind(query.cursor.unwrap_or(end))
                .bind(query.since)
                .bind(query.until)
                .bind(i64::from(query.limit))
                .fetch_all(&mut *session)
                .await?;
            session.release();
            let messages: Vec<_> = rows.iter().map(message).collect::<Outcome<_>>()?;
            let next = messages
                .last()
                .filter(|_| messages.len() == query.limit as usize)
                .map(|m| m.id);
            Ok(MessagePage { messages, next })
        })
        .await
    }

    async fn message(
        &self,
        account: AccountId,
        box_id: BoxId,
        id: MessageId,
    ) -> Result<Option<MessageRow>, StoreError> {
        self.run(move || async move {
            let sql = format!("{MESSAGE} WHERE m.account = $1 AND m.box = $2 AND m.id = $3");
            let mut session = self.reader().await?;
            let row = sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(account.0)
                .bind(box_id.to_i64())
                .bind(id)
                .fetch_optional(&mut *session)
                .await?;
            session.release();
            row.as_ref().map(message).transpose()
        })
        .await
    }

    async fn versions(
        &self,
        account: AccountId,
        box_id: BoxId,
        id: MessageId,
    ) -> Result<Vec<VersionRow>, StoreError> {
        self.run(move || async move {
            let mut tx = self.snapshot().await?;
            let loaded = crate::apply::loaded(&mut tx, (account.0, box_id.to_i64(), id)).await?;
            tx.commit().await?;
            let Some((state, edits)) = loaded else {
                return Ok(Vec::new());
            };
            let verdict = |key: &VersionKey| edits.get(key).and_then(|v| *v);
            let derived = state.derive(verdict);
            let version = |(key, version): (VersionKey, &store::fold::Version)| VersionRow {
                edit_date: key.0,
                kind: version.kind,
                content: version.content.clone(),
                current: key == derived.current,
                state: derived
                    .operations
                    .contains(&key)
                    .then(|| verdict(&key).map_or("pending", Verdict::as_str).to_owned()),
            };
            Ok(state.ordered().into_iter().map(version).collect())
        })
        .await
    }

    async fn media_of(
        &self,
        account: AccountId,
        box_id: BoxId,
        ids: &[MessageId],
    ) -> Result<Vec<MediaJob>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows = sqlx::query(
                "SELECT * FROM media WHERE account = $1 AND owner = 'message' AND box = $2 AND id = ANY($3)
                 ORDER BY id, media",
            )
            .bind(account.0)
            .bind(box_id.to_i64())
            .bind(ids)
            .fetch_all(&mut *session)
            .await?;
            session.release();
            rows.iter().map(crate::media::job).collect::<Outcome<_>>()
        })
        .await
    }

    async fn peer_names(
        &self,
        account: AccountId,
        ids: &[ChatId],
    ) -> Result<Vec<(ChatId, Option<String>, Option<String>)>, StoreError> {
        self.run(move || async move {
            let ids: Vec<i64> = ids.iter().map(|c| c.0).collect();
            let mut session = self.reader().await?;
            let rows: Vec<(i64, Option<String>, Option<String>)> = sqlx::query_as(
                "SELECT id, nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), ''), username
                 FROM users WHERE account = $1 AND id = ANY($2)
                 UNION ALL SELECT id, title, username FROM chats WHERE account = $1 AND id = ANY($2)",
            )
            .bind(account.0)
            .bind(ids)
            .fetch_all(&mut *session)
            .await?;
            session.release();
            let names = |(id, name, username)| (ChatId(id), name, username);
            Ok(rows.into_iter().map(names).collect())
        })
        .await
    }

    async fn media_counts(
        &self,
        account: AccountId,
        chat: Option<ChatId>,
    ) -> Result<Vec<MediaCount>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows: Vec<(String, Option<String>, i64)> = sqlx::query_as(
                "SELECT state, reason, count(*) FROM media WHERE account = $1 AND ($2::bigint IS NULL OR chat = $2)
                 GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 100",
            )
            .bind(account.0)
            .bind(chat.map(|c| c.0))
            .fetch_all(&mut *session)
            .await?;
            session.release();
            rows.into_iter()
                .map(|(state, reason, files)| {
                    Ok(MediaCount {
                        state: MediaState::parse(&state).ok_or_else(|| odd("media", "state"))?,
                        reason,
                        files: files as u64,
                    })
                })
                .collect::<Outcome<_>>()
        })
        .await
    }

    async fn peers_unseen_since(
        &self,
        account: AccountId,
        since: Seen,
        after: ChatId,
        limit: u32,
    ) -> Result<Vec<ChatId>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows: Vec<(i64,)> = sqlx::query_as(
                "SELECT id FROM users WHERE account = $1 AND id > $2 AND seen < $3 AND NOT min AND NOT deleted
                 UNION ALL SELECT id FROM chats WHERE account = $1 AND id > $2 AND seen < $3 AND NOT min AND NOT inaccessible
                 ORDER BY 1 LIMIT $4",
            )
            .bind(account.0)
            .bind(after.0)
            .bind(since.to_i64())
            .bind(i64::from(limit))
            .fetch_all(&mut *session)
            .await?;
            session.release();
            Ok(rows.into_iter().map(|(id,)| ChatId(id)).collect())
        })
        .await
    }

    async fn backlog(&self, account: AccountId, only: Option<&[ChatId]>) -> Result<Backlog, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let row = sqlx::query(
                "SELECT (SELECT count(*) FROM operations WHERE account = $1 AND state = 'pending'
                        AND ($2::bigint[] IS NULL OR chat = ANY($2))) AS pending,
                    (SELECT count(*) FROM operations WHERE account = $1 AND state = 'held'
                        AND ($2::bigint[] IS NULL OR chat = ANY($2))) AS held,
                    (SELECT count(*) FROM media WHERE account = $1 AND state = 'wanted'
                        AND ($2::bigint[] IS NULL OR chat = ANY($2))) AS media_wanted,
                    (SELECT count(*) FROM dead_letters WHERE redriven_at IS NULL) AS dead_letters,
                    (SELECT count(*) FROM search_pending) AS behind",
            )
            .bind(account.0)
            .bind(only.map(|o| o.iter().map(|c| c.0).collect::<Vec<i64>>()))
            .fetch_one(&mut *session)
            .await?;
            session.release();
            Ok(Backlog {
                operations_pending: get(&row, "pending")?,
                operations_held: get(&row, "held")?,
                media_wanted: get(&row, "media_wanted")?,
                dead_letters: get(&row, "dead_letters")?,
                search_behind: get(&row, "behind")?,
            })
        })
        .await
    }

    async fn statistics(&self, account: AccountId) -> Result<Statistics, StoreError> {
        self.run(move || async move {
            let mut tx = self.snapshot().await?;
            let row = sqlx::query(STATISTICS)
                .bind(account.0)
                .fetch_one(&mut *tx)
                .await?;
            let skipped: Vec<(String, i64)> = sqlx::query_as(
                "SELECT coalesce(reason, ''), count(*) FROM media WHERE account = $1 AND state = 'skipped'
                 GROUP BY 1 ORDER BY 1",
            )
            .bind(account.0)
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
                operations_pending: get(&row, "pending")?,
                operations_held: get(&row, "held")?,
                dead_letters: get(&row, "dead_letters")?,
                search_behind: get(&row, "behind")?,
            })
        })
        .await
    }
}
