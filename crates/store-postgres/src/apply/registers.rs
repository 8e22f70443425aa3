//! Registers of messages that have not arrived yet.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnection;
use store::fold::Registers;

use super::load::{Key, Keys};
use super::write::{set, value_json};
use crate::error::Outcome;
use crate::rows::column;

/// Their message is here: they are part of its row now.
pub(super) async fn arrived(tx: &mut PgConnection, keys: &[Key]) -> Outcome<()> {
    if keys.is_empty() {
        return Ok(());
    }
    Keys::of(keys)
        .query("DELETE FROM early_registers e USING {k} WHERE (e.account, e.box, e.id) = (k.account, k.box, k.id)")
        .execute(tx)
        .await?;
    Ok(())
}

/// Keeps registers until their message arrives.
pub(super) async fn keep(
    tx: &mut PgConnection,
    early: BTreeMap<Key, Registers>,
    stored: &BTreeMap<Key, Registers>,
) -> Outcome<()> {
    if early.is_empty() {
        return Ok(());
    }
    let rows: Vec<(Key, Registers)> = early
        .into_iter()
        .map(|(key, mut registers)| {
            if let Some(stored) = stored.get(&key) {
                registers.join(stored);
            }
            (key, registers)
        })
        .collect();
    let keys = Keys::of(rows.iter().map(|(key, _)| key));
    keys.query(
        "INSERT INTO early_registers (account, box, id, views, views_seen, forwards, forwards_seen, replies, replies_seen,
            reactions, reactions_seen, pinned, pinned_seen)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
            $7::bigint[], $8::bigint[], $9::bigint[], $10::text[], $11::bigint[], $12::boolean[], $13::bigint[])
         ON CONFLICT (account, box, id) DO UPDATE SET views = excluded.views, views_seen = excluded.views_seen,
            forwards = excluded.forwards, forwards_seen = excluded.forwards_seen, replies = excluded.replies,
            replies_seen = excluded.replies_seen, reactions = excluded.reactions,
            reactions_seen = excluded.reactions_seen, pinned = excluded.pinned, pinned_seen = excluded.pinned_seen",
    )
    .bind(column(&rows, |(_, r)| r.views.value))
    .bind(column(&rows, |(_, r)| set(&r.views)))
    .bind(column(&rows, |(_, r)| r.forwards.value))
    .bind(column(&rows, |(_, r)| set(&r.forwards)))
    .bind(column(&rows, |(_, r)| r.replies.value))
    .bind(column(&rows, |(_, r)| set(&r.replies)))
    .bind(column(&rows, |(_, r)| value_json(&r.reactions)))
    .bind(column(&rows, |(_, r)| set(&r.reactions)))
    .bind(column(&rows, |(_, r)| r.pinned.is_set().then_some(r.pinned.value)))
    .bind(column(&rows, |(_, r)| set(&r.pinned)))
    .execute(tx)
    .await?;
    Ok(())
}
