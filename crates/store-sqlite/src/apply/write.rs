//! Rows of `messages`, `message_versions` and edit operations.

use model::OperationId;
use sqlx::query_builder::Separated;
use sqlx::{Sqlite, SqliteConnection};
use store::StoreError;
use store::fold::{MessageState, Register, Version, VersionKey};

use crate::chunks::{self, json_ids};
use crate::error::map;
use crate::rows::{flags_bits, json, list_json, some_json};

/// A message to be written whole.
pub(crate) struct MessageWrite<'a> {
    pub(crate) docid: i64,
    pub(crate) account: i64,
    pub(crate) box_id: i64,
    pub(crate) id: i64,
    pub(crate) state: &'a MessageState,
    pub(crate) current: VersionKey,
    pub(crate) new: bool,
    /// Its versions stand in `message_versions` already.
    pub(crate) spread: bool,
}

const COLUMNS: &str = "docid, account, box, id, chat, sender, date, flags, via_bot, post_author, grouped_id, topic_id, \
    reply, forward, ttl_seconds, seen, kind, edit_date, hash, version_seen, edit_hide, text, entities, attachment, \
    service, raw, layer, origin, versions, views, views_seen, forwards, forwards_seen, replies, replies_seen, \
    reactions, reactions_seen, pinned, pinned_seen";

/// The first free document number.
pub(crate) async fn next_docid(tx: &mut SqliteConnection) -> Result<i64, StoreError> {
    let (next,): (i64,) = sqlx::query_as("SELECT coalesce(max(docid), 0) + 1 FROM messages")
        .fetch_one(tx)
        .await
        .map_err(map)?;
    Ok(next)
}

/// Inserts the new, replaces the known, and spreads versions where there is more than one.
pub(crate) async fn messages(
    tx: &mut SqliteConnection,
    writes: &[MessageWrite<'_>],
) -> Result<(), StoreError> {
    let known: Vec<i64> = writes.iter().filter(|w| !w.new).map(|w| w.docid).collect();
    if !known.is_empty() {
        sqlx::query("DELETE FROM messages WHERE docid IN (SELECT value FROM json_each(?))")
            .bind(json_ids(&known))
            .execute(&mut *tx)
            .await
            .map_err(map)?;
    }
    let head = format!("INSERT INTO messages ({COLUMNS})");
    chunks::insert(tx, &head, "", writes, bind_message).await?;
    for write in writes.iter().filter(|w| w.spread) {
        sqlx::query("DELETE FROM message_versions WHERE account = ? AND box = ? AND id = ?")
            .bind(write.account)
            .bind(write.box_id)
            .bind(write.id)
            .execute(&mut *tx)
            .await
            .map_err(map)?;
    }
    let versions: Vec<_> = writes
        .iter()
        .filter(|w| w.state.versions.len() > 1)
        .flat_map(|w| {
            w.state
                .versions
                .iter()
                .map(move |(key, version)| (w, *key, version))
        })
        .collect();
    let head = "INSERT INTO message_versions (account, box, id, edit_date, hash, seen, kind, edit_hide, text, entities, \
                attachment, service, raw, layer, origin)";
    chunks::insert(tx, head, "", &versions, |row, (write, key, version)| {
        row.push_bind(write.account)
            .push_bind(write.box_id)
            .push_bind(write.id);
        row.push_bind(key.0)
            .push_bind(key.1.0.to_vec())
            .push_bind(version.seen);
        bind_version(row, version);
    })
    .await
}

fn bind_version(row: &mut Separated<'_, Sqlite, &'static str>, version: &Version) {
    row.push_bind(version.kind.as_str())
        .push_bind(version.edit_hide)
        .push_bind(version.content.text.clone())
        .push_bind(list_json(&version.content.entities))
        .push_bind(some_json(version.content.attachment.as_ref()))
        .push_bind(some_json(version.content.service.as_ref()))
        .push_bind(version.raw.to_vec())
        .push_bind(version.layer)
        .push_bind(version.origin.as_str());
}

fn bind_message(row: &mut Separated<'_, Sqlite, &'static str>, write: &MessageWrite<'_>) {
    let head = &write.state.head.value;
    row.push_bind(write.docid)
        .push_bind(write.account)
        .push_bind(write.box_id)
        .push_bind(write.id)
        .push_bind(head.chat.map_or(0, |c| c.0))
        .push_bind(head.sender.map(|c| c.0))
        .push_bind(head.date)
        .push_bind(flags_bits(head.flags))
        .push_bind(head.via_bot)
        .push_bind(head.post_author.clone())
        .push_bind(head.grouped_id)
        .push_bind(head.topic_id)
        .push_bind(some_json(head.reply.as_ref()))
        .push_bind(some_json(head.forward.as_ref()))
        .push_bind(head.ttl_seconds)
        .push_bind(write.state.head.seen);
    if let Some(version) = write.state.versions.get(&write.current) {
        row.push_bind(version.kind.as_str())
            .push_bind(write.current.0)
            .push_bind(write.current.1.0.to_vec())
            .push_bind(version.seen)
            .push_bind(version.edit_hide)
            .push_bind(version.content.text.clone())
            .push_bind(list_json(&version.content.entities))
            .push_bind(some_json(version.content.attachment.as_ref()))
            .push_bind(some_json(version.content.service.as_ref()))
            .push_bind(version.raw.to_vec())
            .push_bind(version.layer)
            .push_bind(version.origin.as_str());
    }
    row.push_bind(write.state.versions.len() as i64);
    let registers = &write.state.registers;
    for register in [&registers.views, &registers.forwards, &registers.replies] {
        row.push_bind(register.value).push_bind(set(register));
    }
    row.push_bind(
        registers
            .reactions
            .is_set()
            .then(|| json(&registers.reactions.value)),
    )
    .push_bind(set(&registers.reactions))
    .push_bind(registers.pinned.value)
    .push_bind(registers.pinned.seen);
}

/// The stamp of a register, if it was ever set.
pub(crate) fn set<T: serde::Serialize + Clone>(register: &Register<T>) -> Option<i64> {
    register.is_set().then_some(register.seen)
}

/// Adds edit operations, or the stamp with which they were seen again, and removes pending ones that are none any more.
pub(crate) async fn edit_operations(
    tx: &mut SqliteConnection,
    account: i64,
    box_id: i64,
    new: &[(i64, i64, VersionKey, i64)],
    gone: &[OperationId],
) -> Result<(), StoreError> {
    if !gone.is_empty() {
        let ids: Vec<i64> = gone.iter().map(|o| o.0).collect();
        sqlx::query("DELETE FROM operations WHERE state = 'pending' AND operation IN (SELECT value FROM json_each(?))")
            .bind(json_ids(&ids))
            .execute(&mut *tx)
            .await
            .map_err(map)?;
    }
    let head = "INSERT INTO operations (account, box, id, kind, edit_date, hash, chat, at, seen, state, issued_until)";
    chunks::insert(
        tx,
        head,
        "ON CONFLICT (account, box, id, kind, edit_date, hash) DO UPDATE SET seen = max(operations.seen, excluded.seen)",
        new,
        |row, (id, chat, (edit_date, hash), seen)| {
            row.push_bind(account)
                .push_bind(box_id)
                .push_bind(*id)
                .push_bind("edit");
            row.push_bind(*edit_date)
                .push_bind(hash.0.to_vec())
                .push_bind(*chat);
            row.push_bind(edit_date * 1_000_000)
                .push_bind(*seen)
                .push_bind("pending")
                .push_bind(0_i64);
        },
    )
    .await
}

/// Operations that came before their message learn its chat.
pub(crate) async fn learned_chats(
    tx: &mut SqliteConnection,
    account: i64,
    box_id: i64,
    chats: &[(i64, i64)],
) -> Result<(), StoreError> {
    for (id, chat) in chats {
        for table in [
            "UPDATE operations SET chat = ? WHERE account = ? AND box = ? AND id = ? AND chat = 0",
            "UPDATE deletions_observed SET chat = ? WHERE account = ? AND box = ? AND id = ? AND chat = 0",
        ] {
            sqlx::query(table)
                .bind(chat)
                .bind(account)
                .bind(box_id)
                .bind(id)
                .execute(&mut *tx)
                .await
                .map_err(map)?;
        }
    }
    Ok(())
}
