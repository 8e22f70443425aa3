//! The guard's word takes effect.

use std::collections::{BTreeMap, BTreeSet};

use model::{AccountId, ContentHash, DeletionMode, OperationId, Verdict};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqlitePool;
use store::fold::VersionKey;
use store::{ApplyOptions, StoreError, VerdictsApplied};

use super::write::{self, MessageWrite};
use super::{Work, load, messages, outbox};
use crate::chunks::{self, json_ids};
use crate::error::{map, odd};
use crate::rows::get;

/// Verdicts whose operation says something else.
pub(super) async fn unapplied(
    pool: &SqlitePool,
    limit: u32,
) -> Result<Vec<(AccountId, OperationId)>, StoreError> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT o.account, o.operation FROM operations o JOIN verdicts v ON v.operation = o.operation
         WHERE o.state = 'pending'
         UNION ALL
         SELECT o.account, o.operation FROM operations o JOIN verdicts v ON v.operation = o.operation
         WHERE o.state = 'held' AND v.verdict <> 'held' LIMIT ?",
    )
    .bind(limit)
    .fetch_all(pool)
    .await
    .map_err(map)?;
    Ok(rows
        .into_iter()
        .map(|(a, o)| (AccountId(a), OperationId(o)))
        .collect())
}

/// What was turned in one box.
#[derive(Default)]
struct Turned {
    /// (message, chat, deleted at).
    deletions: Vec<(i64, i64, i64)>,
    edits: BTreeMap<i64, BTreeMap<VersionKey, Verdict>>,
}

/// Applies the verdicts that stand for these operations.
pub(super) async fn apply(
    tx: &mut SqliteConnection,
    account: AccountId,
    operations: &[OperationId],
    options: ApplyOptions,
) -> Result<VerdictsApplied, StoreError> {
    let ids: Vec<i64> = operations.iter().map(|o| o.0).collect();
    let rows = sqlx::query(
        "SELECT o.operation, o.box, o.id, o.kind, o.edit_date, o.hash, o.chat, o.at, o.state, v.verdict
         FROM operations o JOIN verdicts v ON v.operation = o.operation
         WHERE o.account = ? AND o.operation IN (SELECT value FROM json_each(?))
           AND o.state <> v.verdict AND o.state IN ('pending', 'held')",
    )
    .bind(account.0)
    .bind(json_ids(&ids))
    .fetch_all(&mut *tx)
    .await
    .map_err(map)?;
    let mut applied = VerdictsApplied::default();
    let mut boxes: BTreeMap<i64, Turned> = BTreeMap::new();
    let mut states: BTreeMap<&'static str, Vec<i64>> = BTreeMap::new();
    let mut work = Work::default();
    for row in &rows {
        let verdict = Verdict::parse(get(row, "verdict")?).ok_or_else(|| odd("verdicts", "verdict"))?;
        states
            .entry(verdict.as_str())
            .or_default()
            .push(get(row, "operation")?);
        // Of an incident that is open now, or was until now.
        if verdict != Verdict::Admitted || get::<&str>(row, "state")? == "held" {
            let chat = Some(get::<i64>(row, "chat")?).filter(|chat| *chat != 0);
            work.changes
                .entry((account.0, chat, true, "incident"))
                .or_default()
                .insert(get(row, "id")?);
        }
        match verdict {
            Verdict::Held => applied.held += 1,
            Verdict::Rejected => applied.rejected += 1,
            Verdict::Admitted => {
                applied.admitted += 1;
                let turned = boxes.entry(get(row, "box")?).or_default();
                if get::<&str>(row, "kind")? == "delete" {
                    turned
                        .deletions
                        .push((get(row, "id")?, get(row, "chat")?, get(row, "at")?));
                } else {
                    let hash: Vec<u8> = get(row, "hash")?;
                    let hash = ContentHash::try_from(&hash[..]).map_err(|_| odd("operations", "hash"))?;
                    let key = (get(row, "edit_date")?, hash);
                    turned
                        .edits
                        .entry(get(row, "id")?)
                        .or_default()
                        .insert(key, verdict);
                }
            }
        }
    }
    for (state, ids) in states {
        sqlx::query("UPDATE operations SET state = ? WHERE operation IN (SELECT value FROM json_each(?))")
            .bind(state)
            .bind(json_ids(&ids))
            .execute(&mut *tx)
            .await
            .map_err(map)?;
    }
    for (box_id, turned) in boxes {
        edits(tx, account, box_id, turned.edits, &mut work).await?;
        deletions(tx, account, box_id, &turned.deletions, options, &mut work).await?;
    }
    outbox::write(tx, &mut work).await?;
    let documents: Vec<i64> = work.to_index.into_iter().collect();
    chunks::insert(
        tx,
        "INSERT OR IGNORE INTO search_pending (docid)",
        "",
        &documents,
        |row, d| {
            row.push_bind(*d);
        },
    )
    .await?;
    Ok(applied)
}

async fn edits(
    tx: &mut SqliteConnection,
    account: AccountId,
    box_id: i64,
    edits: BTreeMap<i64, BTreeMap<VersionKey, Verdict>>,
    work: &mut Work,
) -> Result<(), StoreError> {
    let ids: BTreeSet<i64> = edits.keys().copied().collect();
    let loaded = load::by_ids(tx, account.0, box_id, &ids).await?;
    let writes: Vec<_> = loaded
        .known
        .iter()
        .filter_map(|(id, known)| {
            let current = messages::current_of(known, edits.get(id)?).current;
            Some(MessageWrite {
                docid: known.docid,
                account: account.0,
                box_id,
                id: *id,
                state: &known.state,
                current,
                new: false,
                spread: known.spread,
            })
        })
        .collect();
    for write in &writes {
        work.to_index.insert(write.docid);
        let chat = write.state.head.value.chat.map(|c| c.0);
        work.changes
            .entry((account.0, chat, true, "edited"))
            .or_default()
            .insert(write.id);
    }
    write::messages(tx, &writes).await
}

async fn deletions(
    tx: &mut SqliteConnection,
    account: AccountId,
    box_id: i64,
    deletions: &[(i64, i64, i64)],
    options: ApplyOptions,
    work: &mut Work,
) -> Result<(), StoreError> {
    let hard = options.deletion_mode == DeletionMode::Hard;
    let head = "INSERT OR IGNORE INTO tombstones (account, box, id, deleted_at, hard)";
    chunks::insert(tx, head, "", deletions, |row, (id, _, at)| {
        row.push_bind(account.0)
            .push_bind(box_id)
            .push_bind(*id)
            .push_bind(*at)
            .push_bind(hard);
    })
    .await?;
    for (id, chat, _) in deletions {
        let chat = (*chat != 0).then_some(*chat);
        work.changes
            .entry((account.0, chat, true, "deleted"))
            .or_default()
            .insert(*id);
    }
    if hard && !deletions.is_empty() {
        let ids: BTreeSet<i64> = deletions.iter().map(|(id, _, _)| *id).collect();
        purge(tx, account, box_id, &ids).await?;
    }
    Ok(())
}

/// Content, raw bytes, versions and index rows go, in this transaction; files stay until a command removes them.
async fn purge(
    tx: &mut SqliteConnection,
    account: AccountId,
    box_id: i64,
    ids: &BTreeSet<i64>,
) -> Result<(), StoreError> {
    let mut loaded = load::by_ids(tx, account.0, box_id, ids).await?;
    for known in loaded.known.values_mut() {
        messages::purge(&mut known.state);
        crate::search::forget(tx, known.docid).await?;
    }
    let writes: Vec<_> = loaded
        .known
        .iter()
        .map(|(id, known)| MessageWrite {
            docid: known.docid,
            account: account.0,
            box_id,
            id: *id,
            state: &known.state,
            current: known.state.derive(|_| None).current,
            new: false,
            spread: known.spread,
        })
        .collect();
    write::messages(tx, &writes).await?;
    for statement in [
        "DELETE FROM operations WHERE kind = 'edit' AND account = ? AND box = ? AND id IN (SELECT value FROM json_each(?))",
        "DELETE FROM early_registers WHERE account = ? AND box = ? AND id IN (SELECT value FROM json_each(?))",
        "DELETE FROM media WHERE owner = 'message' AND state <> 'stored' AND account = ? AND box = ?
           AND id IN (SELECT value FROM json_each(?))",
        "UPDATE media SET file = json_object('location', json_object('kind', file_kind, 'file_id', file_id)), path = NULL
         WHERE owner = 'message' AND account = ? AND box = ? AND id IN (SELECT value FROM json_each(?))",
    ] {
        sqlx::query(statement)
            .bind(account.0)
            .bind(box_id)
            .bind(json_ids(ids))
            .execute(&mut *tx)
            .await
            .map_err(map)?;
    }
    Ok(())
}
