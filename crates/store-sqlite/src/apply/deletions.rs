//! Deletions become operations, known message or not.

use model::{Capture, Deletions};
use sqlx::SqliteConnection;
use store::StoreError;

use super::Group;
use crate::chunks::{self, json_ids};
use crate::error::map;

/// Stores the deletions of one box: pending and without effect.
pub(super) async fn apply(
    tx: &mut SqliteConnection,
    account: i64,
    box_id: i64,
    group: &Group<'_>,
) -> Result<(), StoreError> {
    for (_, capture) in group {
        let Capture::Deletions(d) = capture else { continue };
        let (table, tail) = if d.observe_only {
            (
                "INSERT INTO deletions_observed (account, box, id, chat, at, source, seen)",
                "ON CONFLICT (account, box, id) DO UPDATE SET at = excluded.at, source = excluded.source, seen = excluded.seen
                 WHERE excluded.seen < deletions_observed.seen",
            )
        } else {
            (
                "INSERT INTO operations (account, box, id, chat, at, source, seen, since, kind, edit_date, hash, state, issued_until)",
                "ON CONFLICT (account, box, id, kind, edit_date, hash) DO UPDATE
                 SET at = excluded.at, since = excluded.since, source = excluded.source, seen = excluded.seen
                 WHERE excluded.seen < operations.seen",
            )
        };
        let chat = d.chat.map_or(0, |c| c.0);
        chunks::insert(tx, table, tail, &d.ids, |row, id| {
            row.push_bind(account)
                .push_bind(box_id)
                .push_bind(*id)
                .push_bind(chat);
            row.push_bind(d.observed_at)
                .push_bind(d.source.as_str())
                .push_bind(d.seen.to_i64());
            if !d.observe_only {
                row.push_bind(d.since)
                    .push_bind("delete")
                    .push_bind(0_i64)
                    .push_bind(Vec::<u8>::new());
                row.push_bind("pending").push_bind(0_i64);
            }
        })
        .await?;
        fill_chats(tx, account, box_id, d).await?;
        if !d.observe_only {
            date(tx, account, box_id, d).await?;
        }
    }
    Ok(())
}

/// A tombstone tells the time of the earliest observation, whenever that arrives.
async fn date(tx: &mut SqliteConnection, account: i64, box_id: i64, d: &Deletions) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE tombstones AS t SET deleted_at = o.at FROM operations o
         WHERE t.account = ? AND t.box = ? AND t.id IN (SELECT value FROM json_each(?)) AND t.deleted_at <> o.at
           AND (o.account, o.box, o.id, o.kind) = (t.account, t.box, t.id, 'delete')",
    )
    .bind(account)
    .bind(box_id)
    .bind(json_ids(&d.ids))
    .execute(tx)
    .await
    .map_err(map)?;
    Ok(())
}

/// What is told of the chat, or known from the message, is filled in where it was not known.
async fn fill_chats(
    tx: &mut SqliteConnection,
    account: i64,
    box_id: i64,
    d: &Deletions,
) -> Result<(), StoreError> {
    let ids = json_ids(&d.ids);
    let statement = if d.observe_only {
        "UPDATE deletions_observed AS o SET chat = coalesce(nullif(?4, 0),
            (SELECT m.chat FROM messages m WHERE m.account = o.account AND m.box = o.box AND m.id = o.id), 0)
         WHERE account = ?1 AND box = ?2 AND id IN (SELECT value FROM json_each(?3)) AND chat = 0"
    } else {
        "UPDATE operations AS o SET chat = coalesce(nullif(?4, 0),
            (SELECT m.chat FROM messages m WHERE m.account = o.account AND m.box = o.box AND m.id = o.id), 0)
         WHERE account = ?1 AND box = ?2 AND id IN (SELECT value FROM json_each(?3)) AND chat = 0"
    };
    sqlx::query(statement)
        .bind(account)
        .bind(box_id)
        .bind(ids)
        .bind(d.chat.map_or(0, |c| c.0))
        .execute(tx)
        .await
        .map_err(map)?;
    Ok(())
}
