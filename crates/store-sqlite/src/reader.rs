//! Reading the archive.

use async_trait::async_trait;
use model::{AccountId, BoxId, ChatId, ChatKind, MediaState, MessageId, Seen, Verdict};
use sqlx::AssertSqlSafe;
use store::fold::VersionKey;
use store::{
    ArchiveReader, Backlog, Browse as _, ChatSummary, Direction, MediaCount, MediaJob, MessagePage,
    MessageQuery, MessageRow, Statistics, StoreError, VersionRow,
};

use crate::SqliteStore;
use crate::chunks::json_ids;
use crate::error::{map, odd};
use crate::rows::{get, of_chat};
use crate::whole;

#[async_trait]
impl ArchiveReader for SqliteStore {
    async fn chats(
        &self,
        account: AccountId,
        only: Option<&[ChatId]>,
    ) -> Result<Vec<ChatSummary>, StoreError> {
        let only = only.map(|o| json_ids(o.iter().map(|c| &c.0)));
        let rows = sqlx::query(
            "WITH RECURSIVE known(chat) AS (
                SELECT min(chat) FROM messages WHERE account = ?1
                UNION ALL
                SELECT (SELECT min(m.chat) FROM messages m WHERE m.account = ?1 AND m.chat > known.chat)
                FROM known WHERE known.chat IS NOT NULL),
             ids(chat) AS (SELECT chat FROM known WHERE chat IS NOT NULL AND chat <> 0
                           UNION SELECT chat FROM dialogs WHERE account = ?1)
             SELECT ids.chat, coalesce(c.kind, d.kind) AS kind,
                coalesce(c.title, nullif(trim(coalesce(u.first_name, '') || ' ' || coalesce(u.last_name, '')), '')) AS title,
                coalesce(c.username, u.username) AS username, coalesce(d.folder_id, 0) AS folder_id,
                coalesce(d.pinned, 0) AS pinned, c.participants_count,
                (SELECT count(*) FROM messages m WHERE m.account = ?1 AND m.chat = ids.chat) AS messages,
                (SELECT max(m.id) FROM messages m WHERE m.account = ?1 AND m.chat = ids.chat) AS last_id,
                (SELECT max(m.date) FROM messages m WHERE m.account = ?1 AND m.chat = ids.chat) AS last_date
             FROM ids LEFT JOIN chats c ON c.account = ?1 AND c.id = ids.chat
                LEFT JOIN users u ON u.account = ?1 AND u.id = ids.chat
                LEFT JOIN dialogs d ON d.account = ?1 AND d.chat = ids.chat
             WHERE ?2 IS NULL OR ids.chat IN (SELECT value FROM json_each(?2))
             ORDER BY last_date DESC NULLS LAST, ids.chat",
        )
        .bind(account.0)
        .bind(only)
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
        rows.iter()
            .map(|row| {
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
                    last_message: last
                        .map(|id| Ok::<_, StoreError>((id, get(row, "last_date")?)))
                        .transpose()?,
                })
            })
            .collect()
    }

    async fn messages(&self, query: &MessageQuery) -> Result<MessagePage, StoreError> {
        let (bound, order) = match query.direction {
            Direction::Older => ("m.id < ?3", "DESC"),
            Direction::Newer => ("m.id > ?3", "ASC"),
        };
        let topic = query
            .topic
            .map_or(String::new(), |t| format!(" AND m.topic_id = {t}"));
        let condition = format!(
            "WHERE m.account = ?1 AND m.chat = ?2 AND {bound}
             AND (?4 IS NULL OR m.date >= ?4) AND (?5 IS NULL OR m.date < ?5){topic} ORDER BY m.id {order} LIMIT ?6"
        );
        let end = match query.direction {
            Direction::Older => i64::MAX,
            Direction::Newer => i64::MIN,
        };
        let text: String = sqlx::query_scalar(AssertSqlSafe(whole::messages(&condition)))
            .bind(query.account.0)
            .bind(query.chat.0)
            .bind(query.cursor.unwrap_or(end))
            .bind(query.since)
            .bind(query.until)
            .bind(query.limit)
            .fetch_one(&self.read)
            .await
            .map_err(map)?;
        let messages = whole::rows_of(&text)?;
        let next = messages
            .last()
            .filter(|_| messages.len() == query.limit as usize)
            .map(|m| m.id);
        Ok(MessagePage { messages, next })
    }

    async fn message(
        &self,
        account: AccountId,
        box_id: BoxId,
        id: MessageId,
    ) -> Result<Option<MessageRow>, StoreError> {
        let found = self.messages_by_key(account, &[(box_id, id)]).await?;
        Ok(found.into_iter().next())
    }

    async fn versions(
        &self,
        account: AccountId,
        box_id: BoxId,
        id: MessageId,
    ) -> Result<Vec<VersionRow>, StoreError> {
        let mut tx = self.read.begin().await.map_err(map)?;
        let loaded = crate::apply::loaded(&mut tx, account.0, box_id.to_i64(), id).await?;
        let Some((state, edits)) = loaded else {
            return Ok(Vec::new());
        };
        let verdict = |key: &VersionKey| edits.get(key).and_then(|v| *v);
        let derived = state.derive(verdict);
        Ok(state
            .ordered()
            .into_iter()
            .map(|(key, version)| VersionRow {
                edit_date: key.0,
                kind: version.kind,
                content: version.content.clone(),
                current: key == derived.current,
                state: derived
                    .operations
                    .contains(&key)
                    .then(|| verdict(&key).map_or("pending", Verdict::as_str).to_owned()),
            })
            .collect())
    }

    async fn media_of(
        &self,
        account: AccountId,
        box_id: BoxId,
        ids: &[MessageId],
    ) -> Result<Vec<MediaJob>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM media WHERE account = ? AND owner = 'message' AND box = ? AND id IN (SELECT value FROM json_each(?))
             ORDER BY id, media",
        )
        .bind(account.0)
        .bind(box_id.to_i64())
        .bind(json_ids(ids))
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
        rows.iter().map(crate::media::job).collect()
    }

    async fn peer_names(
        &self,
        account: AccountId,
        ids: &[ChatId],
    ) -> Result<Vec<(ChatId, Option<String>, Option<String>)>, StoreError> {
        let rows: Vec<(i64, Option<String>, Option<String>)> = sqlx::query_as(
            "SELECT id, nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), ''), username FROM users
             WHERE account = ?1 AND id IN (SELECT value FROM json_each(?2))
             UNION ALL SELECT id, title, username FROM chats WHERE account = ?1 AND id IN (SELECT value FROM json_each(?2))",
        )
        .bind(account.0)
        .bind(json_ids(ids.iter().map(|c| &c.0)))
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
        Ok(rows
            .into_iter()
            .map(|(id, name, username)| (ChatId(id), name, username))
            .collect())
    }

    async fn media_counts(
        &self,
        account: AccountId,
        chat: Option<ChatId>,
    ) -> Result<Vec<MediaCount>, StoreError> {
        let sql = format!(
            "SELECT state, reason, count(*) FROM media WHERE account = ?1 AND {}
             GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 100",
            of_chat(chat)
        );
        let rows: Vec<(String, Option<String>, i64)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(account.0)
            .bind(chat.map(|c| c.0))
            .fetch_all(&self.read)
            .await
            .map_err(map)?;
        rows.into_iter()
            .map(|(state, reason, files)| {
                Ok(MediaCount {
                    state: MediaState::parse(&state).ok_or_else(|| odd("media", "state"))?,
                    reason,
                    files: files as u64,
                })
            })
            .collect()
    }

    async fn peers_unseen_since(
        &self,
        account: AccountId,
        since: Seen,
        after: ChatId,
        limit: u32,
    ) -> Result<Vec<ChatId>, StoreError> {
        let rows: Vec<(i64,)> = sqlx::query_as(
            "SELECT id FROM users WHERE account = ?1 AND id > ?2 AND seen < ?3 AND NOT min AND NOT deleted
             UNION ALL SELECT id FROM chats WHERE account = ?1 AND id > ?2 AND seen < ?3 AND NOT min AND NOT inaccessible
             ORDER BY 1 LIMIT ?4",
        )
        .bind(account.0)
        .bind(after.0)
        .bind(since.to_i64())
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
        Ok(rows.into_iter().map(|(id,)| ChatId(id)).collect())
    }

    async fn backlog(&self, account: AccountId, only: Option<&[ChatId]>) -> Result<Backlog, StoreError> {
        let row = sqlx::query(
            "SELECT (SELECT count(*) FROM operations INDEXED BY operations_pending WHERE account = ?1 AND state = 'pending'
                    AND (?2 IS NULL OR chat IN (SELECT value FROM json_each(?2)))) AS pending,
                (SELECT count(*) FROM operations INDEXED BY operations_held WHERE account = ?1 AND state = 'held'
                    AND (?2 IS NULL OR chat IN (SELECT value FROM json_each(?2)))) AS held,
                (SELECT count(*) FROM media INDEXED BY media_wanted WHERE account = ?1 AND state = 'wanted'
                    AND (?2 IS NULL OR chat IN (SELECT value FROM json_each(?2)))) AS media_wanted,
                (SELECT count(*) FROM dead_letters WHERE redriven_at IS NULL) AS dead_letters,
                (SELECT count(*) FROM search_pending) AS behind",
        )
        .bind(account.0)
        .bind(only.map(|o| json_ids(o.iter().map(|c| &c.0))))
        .fetch_one(&self.read)
        .await
        .map_err(map)?;
        Ok(Backlog {
            operations_pending: get(&row, "pending")?,
            operations_held: get(&row, "held")?,
            media_wanted: get(&row, "media_wanted")?,
            dead_letters: get(&row, "dead_letters")?,
            search_behind: get(&row, "behind")?,
        })
    }

    async fn statistics(&self, account: AccountId) -> Result<Statistics, StoreError> {
        let row = sqlx::query(
            "SELECT (SELECT count(DISTINCT chat) FROM messages WHERE account = ?1 AND chat <> 0) AS chats,
                (SELECT count(*) FROM messages WHERE account = ?1) AS messages,
                (SELECT count(*) FROM tombstones t JOIN messages m USING (account, box, id) WHERE t.account = ?1) AS deleted,
                (SELECT count(*) FROM (SELECT DISTINCT box, id FROM message_versions WHERE account = ?1)) AS edited,
                (SELECT count(*) FROM media WHERE account = ?1 AND state = 'stored') AS media_stored,
                (SELECT count(*) FROM media WHERE account = ?1 AND state = 'wanted') AS media_wanted,
                (SELECT coalesce(sum(size), 0) FROM (SELECT max(stored_size) AS size FROM media
                    WHERE account = ?1 AND state = 'stored' GROUP BY sha256)) AS media_bytes,
                (SELECT count(*) FROM operations WHERE account = ?1 AND state = 'pending') AS pending,
                (SELECT count(*) FROM operations WHERE account = ?1 AND state = 'held') AS held,
                (SELECT count(*) FROM dead_letters WHERE redriven_at IS NULL) AS dead_letters,
                (SELECT count(*) FROM search_pending) AS behind",
        )
        .bind(account.0)
        .fetch_one(&self.read)
        .await
        .map_err(map)?;
        let skipped: Vec<(String, i64)> = sqlx::query_as(
            "SELECT coalesce(reason, ''), count(*) FROM media WHERE account = ? AND state = 'skipped' GROUP BY 1 ORDER BY 1",
        )
        .bind(account.0)
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
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
    }
}
