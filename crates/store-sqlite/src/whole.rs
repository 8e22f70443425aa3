//! Rows as one value. sqlx hands a row over to another thread by copying each of its values: for a page of messages that
//! costs more than finding them. SQLite writes such rows as one JSON text instead.

use std::borrow::Cow;

use model::{AccountId, BoxId, ChatId, Content, Counters, MessageHead, MessageKind, Reactions};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use store::{MessageRow, StoreError};

use crate::error::odd;
use crate::rows;

/// A statement that answers with all rows of `from` as one text; `columns` are those of the row's type, in its order.
pub(crate) fn whole(columns: &str, from: &str) -> String {
    format!("SELECT json_group_array(json_array({columns})) FROM ({from})")
}

/// The rows in such a text.
pub(crate) fn parsed<'a, T: Deserialize<'a>>(text: &'a str, table: &str) -> Result<Vec<T>, StoreError> {
    serde_json::from_str(text).map_err(|_| odd(table, "a column"))
}

/// The columns of a [`Row`], in its order. The raw bytes are left out: they are half of a row of `messages`.
const COLUMNS: &str = "account, box, id, chat, sender, date, flags, via_bot, post_author, grouped_id, topic_id, reply, forward,
    ttl_seconds, kind, edit_date, edit_hide, text, entities, attachment, service, views, forwards, replies, reactions, pinned,
    versions, deleted_at, held";

/// What stands behind [`messages`]' condition.
const FROM: &str = "SELECT m.*, t.deleted_at,
    (SELECT count(*) FROM operations o WHERE o.account = m.account AND o.box = m.box AND o.id = m.id AND o.state = 'held') AS held
    FROM messages m LEFT JOIN tombstones t ON t.account = m.account AND t.box = m.box AND t.id = m.id";

/// A statement for the messages `m` of a condition, which may have an order and a limit: the answer is for [`rows_of`].
pub(crate) fn messages(condition: &str) -> String {
    whole(COLUMNS, &format!("{FROM} {condition}"))
}

#[derive(Deserialize)]
struct Row<'a> {
    account: i64,
    box_id: i64,
    id: i64,
    chat: i64,
    sender: Option<i64>,
    date: i64,
    flags: i64,
    via_bot: Option<i64>,
    post_author: Option<String>,
    grouped_id: Option<i64>,
    topic_id: Option<i64>,
    #[serde(borrow)]
    reply: Option<Cow<'a, str>>,
    #[serde(borrow)]
    forward: Option<Cow<'a, str>>,
    ttl_seconds: Option<i64>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    edit_date: i64,
    edit_hide: i64,
    text: String,
    #[serde(borrow)]
    entities: Option<Cow<'a, str>>,
    #[serde(borrow)]
    attachment: Option<Cow<'a, str>>,
    #[serde(borrow)]
    service: Option<Cow<'a, str>>,
    views: Option<i64>,
    forwards: Option<i64>,
    replies: Option<i64>,
    #[serde(borrow)]
    reactions: Option<Cow<'a, str>>,
    pinned: i64,
    versions: i64,
    deleted_at: Option<i64>,
    held: i64,
}

fn inner<T: DeserializeOwned>(text: Option<&str>, column: &str) -> Result<Option<T>, StoreError> {
    text.map(|t| serde_json::from_str(t).map_err(|_| odd("messages", column)))
        .transpose()
}

/// The messages of an answer to [`messages`].
pub(crate) fn rows_of(text: &str) -> Result<Vec<MessageRow>, StoreError> {
    parsed::<Row<'_>>(text, "messages")?
        .into_iter()
        .map(message)
        .collect()
}

fn message(row: Row<'_>) -> Result<MessageRow, StoreError> {
    let head = MessageHead {
        chat: (row.chat != 0).then_some(ChatId(row.chat)),
        sender: row.sender.map(ChatId),
        date: row.date,
        flags: rows::flags(row.flags),
        via_bot: row.via_bot,
        post_author: row.post_author,
        grouped_id: row.grouped_id,
        topic_id: row.topic_id,
        reply: inner(row.reply.as_deref(), "reply")?,
        forward: inner(row.forward.as_deref(), "forward")?,
        ttl_seconds: row.ttl_seconds,
    };
    let content = Content {
        text: row.text,
        entities: inner(row.entities.as_deref(), "entities")?.unwrap_or_default(),
        attachment: inner(row.attachment.as_deref(), "attachment")?,
        service: inner(row.service.as_deref(), "service")?,
    };
    Ok(MessageRow {
        account: AccountId(row.account),
        box_id: BoxId::from_i64(row.box_id),
        id: row.id,
        kind: MessageKind::parse(&row.kind),
        head,
        edit_date: row.edit_date,
        edit_hide: row.edit_hide != 0,
        content,
        counters: Counters {
            views: row.views,
            forwards: row.forwards,
            replies: row.replies,
        },
        reactions: inner::<Reactions>(row.reactions.as_deref(), "reactions")?.unwrap_or_default(),
        pinned: row.pinned != 0,
        deleted_at: row.deleted_at,
        versions: row.versions,
        held: row.held,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn rows_come_in_their_order_and_a_text_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let clock = std::sync::Arc::new(model::TestClock::default());
        let path = folder.path().join("archive.db");
        let store = crate::SqliteStore::open(&path, clock, crate::SqliteOptions::default())
            .await
            .unwrap();
        let all: String = (0..0x300u32).filter_map(char::from_u32).collect();
        let rows = "SELECT key AS k, value AS v FROM json_each(?) ORDER BY key DESC LIMIT 3";
        let values = serde_json::to_string(&["a", "b", "c", &all]).unwrap();
        let text: String = sqlx::query_scalar(sqlx::AssertSqlSafe(whole("k, v, NULL", rows)))
            .bind(values)
            .fetch_one(&store.read)
            .await
            .unwrap();
        let read: Vec<(i64, String, Option<i64>)> = parsed(&text, "values").unwrap();
        let expected = [(3, all.as_str()), (2, "c"), (1, "b")];
        assert_eq!(read, expected.map(|(k, v)| (k, v.to_owned(), None)));
        assert!(parsed::<(String,)>(&text, "values").is_err());
    }
}
