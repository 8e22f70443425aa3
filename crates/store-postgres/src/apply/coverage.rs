//! Covered ranges, joined with what they touch.

use std::collections::BTreeMap;

use model::{CaptureBatch, IdRange, RangeSet};

use crate::error::Outcome;
use crate::locks::{Locks, Of};
use crate::rows::column;
use crate::run::Session;

/// Adds what the batches cover.
pub(super) async fn apply(tx: &mut Session, batches: &[&CaptureBatch]) -> Outcome<()> {
    let mut sets: BTreeMap<(i64, i64, i64), RangeSet> = BTreeMap::new();
    for batch in batches {
        if let Some(c) = batch.covered {
            sets.entry((batch.account.0, c.chat.0, c.pass.0))
                .or_default()
                .insert(c.range);
        }
    }
    if sets.is_empty() {
        return Ok(());
    }
    let mut locks = Locks::none();
    for (account, chat, pass) in sets.keys() {
        locks.add(Of::Coverage, &[*account, *chat, *pass]);
    }
    tx.lock(&locks).await?;
    let new = rows(&sets);
    // Neighbours touch: (a, b] and (b, c] are one range.
    let joined: Vec<(i64, i64, i64, i64, i64)> = sqlx::query_as(
        "DELETE FROM coverage c USING unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
            AS n(account, chat, pass, after_id, through_id)
         WHERE c.account = n.account AND c.chat = n.chat AND c.pass = n.pass
           AND c.after_id <= n.through_id AND c.through_id >= n.after_id
         RETURNING c.account, c.chat, c.pass, c.after_id, c.through_id",
    )
    .bind(column(&new, |r| r.0))
    .bind(column(&new, |r| r.1))
    .bind(column(&new, |r| r.2))
    .bind(column(&new, |r| r.3))
    .bind(column(&new, |r| r.4))
    .fetch_all(&mut **tx)
    .await?;
    for (account, chat, pass, after, through) in joined {
        if let Some(set) = sets.get_mut(&(account, chat, pass)) {
            set.insert(IdRange { after, through });
        }
    }
    let all = rows(&sets);
    sqlx::query(
        "INSERT INTO coverage (account, chat, pass, after_id, through_id)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])",
    )
    .bind(column(&all, |r| r.0))
    .bind(column(&all, |r| r.1))
    .bind(column(&all, |r| r.2))
    .bind(column(&all, |r| r.3))
    .bind(column(&all, |r| r.4))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn rows(sets: &BTreeMap<(i64, i64, i64), RangeSet>) -> Vec<(i64, i64, i64, i64, i64)> {
    sets.iter()
        .flat_map(|((account, chat, pass), set)| {
            set.ranges()
                .iter()
                .map(|r| (*account, *chat, *pass, r.after, r.through))
        })
        .collect()
}
