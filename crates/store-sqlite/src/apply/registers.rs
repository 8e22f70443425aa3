//! Registers of messages that have not arrived yet.

use std::collections::BTreeMap;

use sqlx::SqliteConnection;
use store::StoreError;
use store::fold::Registers;

use super::write::set;
use crate::chunks::{self, json_ids};
use crate::error::map;
use crate::rows::json;

/// Their message is here: they are part of its row now.
pub(super) async fn arrived(
    tx: &mut SqliteConnection,
    account: i64,
    box_id: i64,
    ids: &[i64],
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query("DELETE FROM early_registers WHERE account = ? AND box = ? AND id IN (SELECT value FROM json_each(?))")
        .bind(account)
        .bind(box_id)
        .bind(json_ids(ids))
        .execute(tx)
        .await
        .map_err(map)?;
    Ok(())
}

/// Keeps registers until their message arrives.
pub(super) async fn keep(
    tx: &mut SqliteConnection,
    account: i64,
    box_id: i64,
    early: BTreeMap<i64, Registers>,
    stored: &BTreeMap<i64, Registers>,
) -> Result<(), StoreError> {
    let rows: Vec<_> = early
        .into_iter()
        .map(|(id, mut registers)| {
            if let Some(stored) = stored.get(&id) {
                registers.join(stored);
            }
            (id, registers)
        })
        .collect();
    let head = "INSERT OR REPLACE INTO early_registers (account, box, id, views, views_seen, forwards, forwards_seen, \
                replies, replies_seen, reactions, reactions_seen, pinned, pinned_seen)";
    chunks::insert(tx, head, "", &rows, |row, (id, r)| {
        row.push_bind(account).push_bind(box_id).push_bind(*id);
        for register in [&r.views, &r.forwards, &r.replies] {
            row.push_bind(register.value).push_bind(set(register));
        }
        row.push_bind(r.reactions.is_set().then(|| json(&r.reactions.value)))
            .push_bind(set(&r.reactions));
        row.push_bind(r.pinned.is_set().then_some(r.pinned.value))
            .push_bind(set(&r.pinned));
    })
    .await
}
