//! What is stored of the messages that a transaction touches.

use std::collections::{BTreeMap, BTreeSet};

use model::{Capture, ContentHash, OperationId, Verdict};
use sqlx::SqliteConnection;
use store::StoreError;
use store::fold::{MessageState, Registers, VersionKey};

use super::Group;
use crate::chunks::json_ids;
use crate::error::{map, odd};
use crate::rows::{self, get};

/// A stored edit operation.
pub(crate) struct Edit {
    pub(crate) operation: OperationId,
    /// What was applied of it.
    pub(crate) verdict: Option<Verdict>,
    /// Greatest stamp of its version.
    pub(crate) seen: i64,
}

/// A stored message.
pub(crate) struct Known {
    pub(crate) docid: i64,
    pub(crate) state: MessageState,
    /// Its edit operations.
    pub(crate) edits: BTreeMap<VersionKey, Edit>,
    /// Versions held in `message_versions`.
    pub(crate) spread: bool,
}

/// Everything stored about the touched ids of one box.
#[derive(Default)]
pub(crate) struct Loaded {
    pub(crate) known: BTreeMap<i64, Known>,
    pub(crate) early: BTreeMap<i64, Registers>,
    /// Behind a hard tombstone: content does not come back.
    pub(crate) purged: BTreeSet<i64>,
    /// Have a deletion that does not know its chat.
    pub(crate) chatless: BTreeSet<i64>,
}

/// Loads what concerns the messages and registers of the group.
pub(crate) async fn touched(
    tx: &mut SqliteConnection,
    account: i64,
    box_id: i64,
    group: &Group<'_>,
) -> Result<Loaded, StoreError> {
    let mut ids = BTreeSet::new();
    for (_, capture) in group {
        match capture {
            Capture::Message(m) => _ = ids.insert(m.id),
            Capture::Reactions { id, .. } | Capture::Counters { id, .. } => _ = ids.insert(*id),
            Capture::Pinned { ids: pinned, .. } => ids.extend(pinned),
            _ => {}
        }
    }
    by_ids(tx, account, box_id, &ids).await
}

/// Loads these messages.
pub(crate) async fn by_ids(
    tx: &mut SqliteConnection,
    account: i64,
    box_id: i64,
    ids: &BTreeSet<i64>,
) -> Result<Loaded, StoreError> {
    let mut loaded = Loaded::default();
    if ids.is_empty() {
        return Ok(loaded);
    }
    let json = json_ids(ids);
    let rows = sqlx::query(
        "SELECT * FROM messages WHERE account = ? AND box = ? AND id IN (SELECT value FROM json_each(?))",
    )
    .bind(account)
    .bind(box_id)
    .bind(&json)
    .fetch_all(&mut *tx)
    .await
    .map_err(map)?;
    for row in &rows {
        let known = Known {
            docid: get(row, "docid")?,
            state: rows::state(row)?,
            edits: BTreeMap::new(),
            spread: get::<i64>(row, "versions")? > 1,
        };
        loaded.known.insert(get(row, "id")?, known);
    }
    if loaded.known.values().any(|k| k.spread) {
        let rows = sqlx::query(
            "SELECT * FROM message_versions WHERE account = ? AND box = ? AND id IN (SELECT value FROM json_each(?))",
        )
        .bind(account)
        .bind(box_id)
        .bind(&json)
        .fetch_all(&mut *tx)
        .await
        .map_err(map)?;
        for row in &rows {
            if let Some(known) = loaded.known.get_mut(&get::<i64>(row, "id")?) {
                let (key, version) = rows::version(row, "seen")?;
                known.state.versions.insert(key, version);
            }
        }
    }
    beside(tx, account, box_id, &json, &mut loaded).await?;
    Ok(loaded)
}

async fn beside(
    tx: &mut SqliteConnection,
    account: i64,
    box_id: i64,
    json: &str,
    loaded: &mut Loaded,
) -> Result<(), StoreError> {
    let rows = sqlx::query(
        "SELECT operation, id, kind, edit_date, hash, chat, state, seen FROM operations
         WHERE account = ?1 AND box = ?2 AND id IN (SELECT value FROM json_each(?3))
         UNION ALL
         SELECT 0, id, 'observed', 0, '', chat, '', seen FROM deletions_observed
         WHERE account = ?1 AND box = ?2 AND id IN (SELECT value FROM json_each(?3)) AND chat = 0",
    )
    .bind(account)
    .bind(box_id)
    .bind(json)
    .fetch_all(&mut *tx)
    .await
    .map_err(map)?;
    for row in &rows {
        let id: i64 = get(row, "id")?;
        if get::<i64>(row, "chat")? == 0 {
            loaded.chatless.insert(id);
        }
        if get::<&str>(row, "kind")? != "edit" {
            continue;
        }
        if let Some(known) = loaded.known.get_mut(&id) {
            let hash: Vec<u8> = get(row, "hash")?;
            let hash = ContentHash::try_from(&hash[..]).map_err(|_| odd("operations", "hash"))?;
            let edit = Edit {
                operation: OperationId(get(row, "operation")?),
                verdict: Verdict::parse(get(row, "state")?),
                seen: get(row, "seen")?,
            };
            known.edits.insert((get(row, "edit_date")?, hash), edit);
        }
    }
    let rows =
        sqlx::query("SELECT * FROM early_registers WHERE account = ? AND box = ? AND id IN (SELECT value FROM json_each(?))")
            .bind(account)
            .bind(box_id)
            .bind(json)
            .fetch_all(&mut *tx)
            .await
            .map_err(map)?;
    for row in &rows {
        loaded.early.insert(get(row, "id")?, rows::registers(row)?);
    }
    let rows: Vec<(i64,)> = sqlx::query_as(
        "SELECT id FROM tombstones WHERE account = ? AND box = ? AND hard AND id IN (SELECT value FROM json_each(?))",
    )
    .bind(account)
    .bind(box_id)
    .bind(json)
    .fetch_all(&mut *tx)
    .await
    .map_err(map)?;
    loaded.purged.extend(rows.into_iter().map(|(id,)| id));
    Ok(())
}
