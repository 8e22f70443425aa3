//! What the archive holds, by SQL.

use serde_json::Value;
use sqlx::{AnyConnection, Row as _};

use super::ByMessage;

/// A row of `messages`, with what other tables say of it.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub(super) chat: i64,
    pub(super) date: i64,
    pub(super) sender: Option<i64>,
    pub(super) reply_to: Option<i64>,
    pub(super) topic: Option<i64>,
    pub(super) grouped_id: Option<i64>,
    /// (author, hidden name, date).
    pub(super) forward: Option<(Option<i64>, Option<String>, i64)>,
    pub(super) via_bot: Option<i64>,
    pub(super) post_author: Option<String>,
    pub(super) kind: String,
    /// The action's name, of a service message.
    pub(super) action: Option<String>,
    /// The constructor of what the archive cannot read.
    pub(super) constructor: Option<String>,
    pub(super) reactions: Vec<(String, i64)>,
    pub(super) pinned: bool,
    pub(super) raw_bytes: i64,
    /// What a reader is shown.
    pub(super) shown: StoredVersion,
    /// All versions; empty: only the one that is shown.
    pub(super) versions: Vec<StoredVersion>,
    /// There is a tombstone.
    pub(super) deleted: bool,
    /// The state of its deletion, if there is one.
    pub(super) deletion: Option<String>,
}

/// What a message said at some time.
#[derive(Debug, Default)]
pub(super) struct StoredVersion {
    pub(super) edit_date: i64,
    pub(super) text: String,
    /// (offset, length) of each entity.
    pub(super) entities: Vec<(i32, i32)>,
    /// The kind of each entity, and what it carries.
    pub(super) styles: Vec<(String, Option<String>)>,
    pub(super) file: Option<i64>,
    /// The state of the edit that made it, if it is one.
    pub(super) operation: Option<String>,
}

fn json(text: Option<&str>) -> Value {
    text.and_then(|t| serde_json::from_str(t).ok())
        .unwrap_or_default()
}

fn word(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn style(entity: &Value) -> (String, Option<String>) {
    let carried = match entity["k"].as_str() {
        Some("text_url") => word(&entity["url"]),
        Some("pre") => word(&entity["language"]),
        Some("mention_name") => entity["user_id"].as_i64().map(|id| id.to_string()),
        Some("custom_emoji") => entity["document_id"].as_i64().map(|id| id.to_string()),
        Some("blockquote") => (entity["collapsed"] == true).then(|| "collapsed".to_owned()),
        _ => None,
    };
    (word(&entity["k"]).unwrap_or_default(), carried)
}

fn version(row: &sqlx::any::AnyRow) -> StoredVersion {
    let entities = json(row.get("entities"));
    let entities = entities.as_array().cloned().unwrap_or_default();
    let attachment = json(row.get("attachment"));
    let number = |v: &Value| v.as_i64().unwrap_or(-1) as i32;
    StoredVersion {
        edit_date: row.get("edit_date"),
        text: row.get("text"),
        entities: entities
            .iter()
            .map(|e| (number(&e["o"]), number(&e["l"])))
            .collect(),
        styles: entities.iter().map(style).collect(),
        file: attachment["location"]["file_id"].as_i64(),
        operation: row.get("state"),
    }
}

fn reactions(row: &sqlx::any::AnyRow) -> Vec<(String, i64)> {
    let value = json(row.get("reactions"));
    let counts = value["counts"].as_array().cloned().unwrap_or_default();
    counts
        .iter()
        .map(|r| {
            (
                word(&r["reaction"]).unwrap_or_default(),
                r["count"].as_i64().unwrap_or(0),
            )
        })
        .collect()
}

fn message(row: &sqlx::any::AnyRow) -> Stored {
    let (reply, forward) = (json(row.get("reply")), json(row.get("forward")));
    let (attachment, service) = (json(row.get("attachment")), json(row.get("service")));
    Stored {
        chat: row.get("chat"),
        date: row.get("date"),
        sender: row.get("sender"),
        reply_to: reply["message_id"].as_i64(),
        topic: row.get("topic_id"),
        grouped_id: row.get("grouped_id"),
        forward: forward["date"]
            .as_i64()
            .map(|date| (forward["from"].as_i64(), word(&forward["from_name"]), date)),
        via_bot: row.get("via_bot"),
        post_author: row.get("post_author"),
        kind: row.get("kind"),
        action: word(&service["name"]),
        constructor: word(&attachment["constructor"]),
        reactions: reactions(row),
        pinned: row.get::<i64, _>("pinned") != 0,
        raw_bytes: row.get("raw_bytes"),
        shown: version(row),
        versions: Vec::new(),
        deleted: row.get::<Option<i64>, _>("deleted_at").is_some(),
        deletion: row.get("deletion"),
    }
}

/// Every message of the archive.
pub(super) async fn messages(database: &mut AnyConnection) -> anyhow::Result<ByMessage<Stored>> {
    let mut all = ByMessage::new();
    let rows = sqlx::query(
        "SELECT m.box, m.id, m.chat, m.date, m.sender, m.reply, m.topic_id, m.grouped_id, m.forward, m.via_bot,
                m.post_author, m.kind, m.service, m.attachment, m.reactions, CAST(m.pinned AS integer) AS pinned,
                CAST(length(m.raw) AS bigint) AS raw_bytes, m.edit_date, m.text, m.entities, t.deleted_at,
                d.state AS deletion, e.state AS state
         FROM messages m
         LEFT JOIN tombstones t ON (t.account, t.box, t.id) = (m.account, m.box, m.id)
         LEFT JOIN operations d ON (d.account, d.box, d.id, d.kind) = (m.account, m.box, m.id, 'delete')
         LEFT JOIN operations e ON (e.account, e.box, e.id, e.kind, e.edit_date, e.hash)
                                 = (m.account, m.box, m.id, 'edit', m.edit_date, m.hash)",
    )
    .fetch_all(&mut *database)
    .await?;
    for row in &rows {
        all.insert((row.get("box"), row.get("id")), message(row));
    }
    let rows = sqlx::query(
        "SELECT v.box, v.id, v.edit_date, v.text, v.entities, v.attachment, e.state AS state
         FROM message_versions v
         LEFT JOIN operations e ON (e.account, e.box, e.id, e.kind, e.edit_date, e.hash)
                                 = (v.account, v.box, v.id, 'edit', v.edit_date, v.hash)
         ORDER BY v.box, v.id, v.edit_date, v.seen",
    )
    .fetch_all(&mut *database)
    .await?;
    for row in &rows {
        if let Some(stored) = all.get_mut(&(row.get("box"), row.get("id"))) {
            stored.versions.push(version(row));
        }
    }
    Ok(all)
}
