//! What a page shows beside messages.

use async_trait::async_trait;
use model::{AccountId, BoxId, ChatId, ChatKind, MessageId, RecordKind};
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteRow;
use store::{
    Browse, ChatQuery, ChatRow, ChatRows, ChatSummary, DayRow, MediaJob, MessageRow, PeerRow, RawRow,
    Statistics, StoreError,
};

use crate::SqliteStore;
use crate::chunks::json_ids;
use crate::error::map;
use crate::rows::{get, json};
use crate::whole::{self, whole};

/// The chats that have messages are found by stepping through the index from one to the next.
const CHATS: &str = "WITH RECURSIVE known(chat) AS (
        SELECT min(chat) FROM messages WHERE account = ?1
        UNION ALL
        SELECT (SELECT min(m.chat) FROM messages m WHERE m.account = ?1 AND m.chat > known.chat)
        FROM known WHERE known.chat IS NOT NULL),
     ids(chat) AS (SELECT chat FROM known WHERE chat IS NOT NULL AND chat <> 0
                   UNION SELECT chat FROM dialogs WHERE account = ?1),
     matching AS MATERIALIZED (SELECT ids.chat, d.kind AS dialog_kind, coalesce(d.folder_id, 0) AS folder_id,
            coalesce(d.pinned, 0) AS pinned,
            coalesce((SELECT max(m.date) FROM messages m WHERE m.account = ?1 AND m.chat = ids.chat), 0) AS last_date
        FROM ids LEFT JOIN dialogs d ON d.account = ?1 AND d.chat = ids.chat
        WHERE (?2 IS NULL OR ids.chat IN (SELECT value FROM json_each(?2)))
          AND (?3 IS NULL OR (coalesce(d.folder_id, 0) = 1) = ?3)),
     page AS MATERIALIZED (SELECT * FROM matching WHERE (1 - pinned, -last_date, chat) > (?4, ?5, ?6)
        ORDER BY pinned DESC, last_date DESC, chat LIMIT ?7)
     SELECT p.*, (SELECT count(*) FROM matching) AS total, coalesce(c.kind, p.dialog_kind) AS kind,
        coalesce(c.title, nullif(trim(coalesce(u.first_name, '') || ' ' || coalesce(u.last_name, '')), '')) AS title,
        coalesce(c.username, u.username) AS username, c.participants_count,
        coalesce(c.inaccessible, 0) AS inaccessible, c.migrated_to, c.migrated_from,
        (SELECT max(m.id) FROM messages m WHERE m.account = ?1 AND m.chat = p.chat) AS last_id,
        EXISTS (SELECT 1 FROM media a WHERE a.account = ?1 AND a.owner = 'avatar' AND a.box = 0 AND a.id = p.chat
            AND a.state = 'stored') AS avatar
     FROM page p LEFT JOIN chats c ON c.account = ?1 AND c.id = p.chat
        LEFT JOIN users u ON u.account = ?1 AND u.id = p.chat
     ORDER BY p.pinned DESC, p.last_date DESC, p.chat";

fn chat(account: AccountId, row: &SqliteRow) -> Result<ChatRow, StoreError> {
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
            last_message: last
                .map(|id| Ok::<_, StoreError>((id, get(row, "last_date")?)))
                .transpose()?,
        },
        inaccessible: get(row, "inaccessible")?,
        migrated_to: get::<Option<i64>>(row, "migrated_to")?.map(ChatId),
        migrated_from: get::<Option<i64>>(row, "migrated_from")?.map(ChatId),
        avatar: get(row, "avatar")?,
    })
}

#[async_trait]
impl Browse for SqliteStore {
    async fn chat_page(&self, query: &ChatQuery) -> Result<ChatRows, StoreError> {
        let ids = |chats: &Vec<ChatId>| json_ids(chats.iter().map(|c| &c.0));
        let narrowed = query.text.is_some();
        let after = query.after.filter(|_| !narrowed);
        let limit = if narrowed { -1 } else { i64::from(query.limit) };
        let rows = sqlx::query(CHATS)
            .bind(query.account.0)
            .bind(query.only.as_ref().map(ids))
            .bind(query.archived)
            .bind(after.map_or(-1, |a| i64::from(!a.pinned)))
            .bind(after.map_or(0, |a| -a.date))
            .bind(after.map_or(0, |a| a.chat.0))
            .bind(limit)
            .fetch_all(&self.read)
            .await
            .map_err(map)?;
        let chats: Vec<ChatRow> = rows
            .iter()
            .map(|row| chat(query.account, row))
            .collect::<Result<_, _>>()?;
        if let Some(text) = &query.text {
            return Ok(ChatRows::narrowed(chats, text, query.after, query.limit));
        }
        let total = rows.first().map_or(Ok(0), |row| get::<i64>(row, "total"))? as u64;
        Ok(ChatRows { chats, total })
    }

    async fn counts(
        &self,
        account: AccountId,
        chat: ChatId,
        above: MessageId,
    ) -> Result<(i64, i64), StoreError> {
        sqlx::query_as(
            "SELECT (SELECT count(*) FROM messages WHERE account = ?1 AND chat = ?2),
                    (SELECT count(*) FROM messages WHERE account = ?1 AND chat = ?2 AND id > ?3)",
        )
        .bind(account.0)
        .bind(chat.0)
        .bind(above)
        .fetch_one(&self.read)
        .await
        .map_err(map)
    }

    async fn message_at(
        &self,
        account: AccountId,
        chat: ChatId,
        topic: Option<MessageId>,
        date: i64,
    ) -> Result<Option<MessageId>, StoreError> {
        let topic = topic.map_or(String::new(), |t| format!(" AND topic_id = {t}"));
        for (bound, order) in [(">=", "date, id"), ("<", "date DESC, id DESC")] {
            let sql = format!(
                "SELECT id FROM messages INDEXED BY messages_chat_date
                 WHERE account = ? AND chat = ? AND date {bound} ?{topic} ORDER BY {order} LIMIT 1"
            );
            let row: Option<(i64,)> = sqlx::query_as(AssertSqlSafe(sql))
                .bind(account.0)
                .bind(chat.0)
                .bind(date)
                .fetch_optional(&self.read)
                .await
                .map_err(map)?;
            if let Some((id,)) = row {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    async fn messages_by_key(
        &self,
        account: AccountId,
        keys: &[(BoxId, MessageId)],
    ) -> Result<Vec<MessageRow>, StoreError> {
        let keys: Vec<(i64, i64)> = keys.iter().map(|(b, id)| (b.to_i64(), *id)).collect();
        let text: String = sqlx::query_scalar(AssertSqlSafe(whole::messages(
            "WHERE m.account = ? AND (m.box, m.id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))
             ORDER BY m.box, m.id",
        )))
        .bind(account.0)
        .bind(json(&keys))
        .fetch_one(&self.read)
        .await
        .map_err(map)?;
        whole::rows_of(&text)
    }

    async fn pinned(
        &self,
        account: AccountId,
        chat: ChatId,
        limit: u32,
    ) -> Result<Vec<MessageRow>, StoreError> {
        let text: String = sqlx::query_scalar(AssertSqlSafe(whole::messages(
            "WHERE m.account = ? AND m.chat = ? AND m.pinned ORDER BY m.date DESC, m.id DESC LIMIT ?",
        )))
        .bind(account.0)
        .bind(chat.0)
        .bind(limit)
        .fetch_one(&self.read)
        .await
        .map_err(map)?;
        whole::rows_of(&text)
    }

    async fn days(
        &self,
        account: AccountId,
        chat: ChatId,
        bounds: &[i64],
    ) -> Result<Vec<DayRow>, StoreError> {
        let rows: Vec<(i64, i64, Option<i64>)> = sqlx::query_as(
            "SELECT b.value,
                (SELECT count(*) FROM messages m WHERE m.account = ?1 AND m.chat = ?2 AND m.date >= b.value AND m.date < e.value),
                (SELECT m.id FROM messages m WHERE m.account = ?1 AND m.chat = ?2 AND m.date >= b.value AND m.date < e.value
                 ORDER BY m.date, m.id LIMIT 1)
             FROM json_each(?3) b JOIN json_each(?3) e ON e.key = b.key + 1 ORDER BY b.key",
        )
        .bind(account.0)
        .bind(chat.0)
        .bind(json_ids(bounds))
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
        let day = |(start, messages, first): (i64, i64, Option<i64>)| {
            first.map(|first| DayRow {
                start,
                messages,
                first,
            })
        };
        Ok(rows.into_iter().filter_map(day).collect())
    }

    async fn span(&self, account: AccountId, chat: ChatId) -> Result<Option<(i64, i64)>, StoreError> {
        let (first, last): (Option<i64>, Option<i64>) = sqlx::query_as(
            "SELECT (SELECT min(date) FROM messages WHERE account = ?1 AND chat = ?2),
                    (SELECT max(date) FROM messages WHERE account = ?1 AND chat = ?2)",
        )
        .bind(account.0)
        .bind(chat.0)
        .fetch_one(&self.read)
        .await
        .map_err(map)?;
        Ok(first.zip(last))
    }

    async fn peers(&self, account: AccountId, ids: &[ChatId]) -> Result<Vec<PeerRow>, StoreError> {
        let text: String = sqlx::query_scalar(AssertSqlSafe(whole(
            "id, name, username, avatar",
            "SELECT i.value AS id,
                coalesce(c.title, nullif(trim(coalesce(u.first_name, '') || ' ' || coalesce(u.last_name, '')), '')) AS name,
                coalesce(c.username, u.username) AS username,
                EXISTS (SELECT 1 FROM media a WHERE a.account = ?1 AND a.owner = 'avatar' AND a.box = 0 AND a.id = i.value
                    AND a.state = 'stored') AS avatar
             FROM json_each(?2) i LEFT JOIN users u ON u.account = ?1 AND u.id = i.value
                LEFT JOIN chats c ON c.account = ?1 AND c.id = i.value",
        )))
        .bind(account.0)
        .bind(json_ids(ids.iter().map(|c| &c.0)))
        .fetch_one(&self.read)
        .await
        .map_err(map)?;
        let rows: Vec<(i64, Option<String>, Option<String>, i64)> = whole::parsed(&text, "peers")?;
        let peer = |(id, name, username, avatar)| PeerRow {
            id: ChatId(id),
            name,
            username,
            avatar: avatar != 0,
        };
        Ok(rows.into_iter().map(peer).collect())
    }

    async fn find_peers(
        &self,
        account: AccountId,
        text: &str,
        limit: u32,
    ) -> Result<Vec<ChatId>, StoreError> {
        let rows: Vec<(i64, Option<String>, Option<String>)> = sqlx::query_as(
            "SELECT id, trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), username FROM users WHERE account = ?1
             UNION ALL SELECT id, title, username FROM chats WHERE account = ?1 ORDER BY 1",
        )
        .bind(account.0)
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
        Ok(store::browse::named(rows, text, limit))
    }

    async fn wrote_in(&self, account: AccountId, peer: ChatId, chats: &[ChatId]) -> Result<bool, StoreError> {
        let (found,): (bool,) = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM messages WHERE account = ? AND sender IS NOT NULL AND sender = ?
                AND chat IN (SELECT value FROM json_each(?)))",
        )
        .bind(account.0)
        .bind(peer.0)
        .bind(json_ids(chats.iter().map(|c| &c.0)))
        .fetch_one(&self.read)
        .await
        .map_err(map)?;
        Ok(found)
    }

    async fn avatar(&self, account: AccountId, peer: ChatId) -> Result<Option<MediaJob>, StoreError> {
        let row = sqlx::query(
            "SELECT * FROM media WHERE account = ? AND owner = 'avatar' AND box = 0 AND id = ? AND state = 'stored'
             ORDER BY seen DESC, media DESC LIMIT 1",
        )
        .bind(account.0)
        .bind(peer.0)
        .fetch_optional(&self.read)
        .await
        .map_err(map)?;
        row.as_ref().map(crate::media::job).transpose()
    }

    async fn records(
        &self,
        account: AccountId,
        kind: RecordKind,
        prefix: &str,
    ) -> Result<Vec<(String, String)>, StoreError> {
        sqlx::query_as(
            "SELECT key, data FROM records WHERE account = ? AND kind = ? AND key >= ? AND key < ? ORDER BY key",
        )
        .bind(account.0)
        .bind(kind.as_str())
        .bind(prefix)
        .bind(format!("{prefix}\u{10FFFF}"))
        .fetch_all(&self.read)
        .await
        .map_err(map)
    }

    async fn raw_message(
        &self,
        account: AccountId,
        box_id: BoxId,
        id: MessageId,
    ) -> Result<Option<RawRow>, StoreError> {
        let row: Option<(Vec<u8>, i64, String)> = sqlx::query_as(
            "SELECT raw, layer, origin FROM messages WHERE account = ? AND box = ? AND id = ?",
        )
        .bind(account.0)
        .bind(box_id.to_i64())
        .bind(id)
        .fetch_optional(&self.read)
        .await
        .map_err(map)?;
        Ok(row.map(|(raw, layer, origin)| RawRow { raw, layer, origin }))
    }

    async fn statistics_of(&self, account: AccountId, only: &[ChatId]) -> Result<Statistics, StoreError> {
        let only = json_ids(only.iter().map(|c| &c.0));
        let row = sqlx::query(
            "WITH only AS MATERIALIZED (SELECT value AS chat FROM json_each(?2))
             SELECT (SELECT count(*) FROM only WHERE EXISTS
                    (SELECT 1 FROM messages m WHERE m.account = ?1 AND m.chat = only.chat)) AS chats,
                (SELECT count(*) FROM messages WHERE account = ?1 AND chat IN (SELECT chat FROM only)) AS messages,
                (SELECT count(*) FROM tombstones t JOIN messages m USING (account, box, id)
                    WHERE t.account = ?1 AND m.chat IN (SELECT chat FROM only)) AS deleted,
                (SELECT count(*) FROM messages WHERE account = ?1 AND versions > 1
                    AND chat IN (SELECT chat FROM only)) AS edited,
                (SELECT count(*) FROM media WHERE account = ?1 AND state = 'stored'
                    AND chat IN (SELECT chat FROM only)) AS media_stored,
                (SELECT count(*) FROM media WHERE account = ?1 AND state = 'wanted'
                    AND chat IN (SELECT chat FROM only)) AS media_wanted,
                (SELECT coalesce(sum(size), 0) FROM (SELECT max(stored_size) AS size FROM media
                    WHERE account = ?1 AND state = 'stored' AND chat IN (SELECT chat FROM only) GROUP BY sha256)) AS media_bytes",
        )
        .bind(account.0)
        .bind(&only)
        .fetch_one(&self.read)
        .await
        .map_err(map)?;
        let skipped: Vec<(String, i64)> = sqlx::query_as(
            "SELECT coalesce(reason, ''), count(*) FROM media WHERE account = ? AND state = 'skipped'
             AND chat IN (SELECT value FROM json_each(?)) GROUP BY 1 ORDER BY 1",
        )
        .bind(account.0)
        .bind(&only)
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
            ..Statistics::default()
        })
    }
}
