//! Covered ranges, joined with what they touch.

use std::collections::BTreeMap;

use model::{CaptureBatch, IdRange, RangeSet};
use sqlx::SqliteConnection;
use store::StoreError;

use crate::chunks;
use crate::error::map;

/// Adds what the batches cover.
pub(super) async fn apply(tx: &mut SqliteConnection, batches: &[&CaptureBatch]) -> Result<(), StoreError> {
    let mut added: BTreeMap<(i64, i64, i64), RangeSet> = BTreeMap::new();
    for batch in batches {
        if let Some(c) = batch.covered {
            added
                .entry((batch.account.0, c.chat.0, c.pass.0))
                .or_default()
                .insert(c.range);
        }
    }
    for ((account, chat, pass), new) in added {
        for range in new.ranges() {
            // Neighbours touch: (a, b] and (b, c] are one range.
            let joined: Vec<(i64, i64)> = sqlx::query_as(
                "DELETE FROM coverage WHERE account = ? AND chat = ? AND pass = ? AND after_id <= ? AND through_id >= ?
                 RETURNING after_id, through_id",
            )
            .bind(account)
            .bind(chat)
            .bind(pass)
            .bind(range.through)
            .bind(range.after)
            .fetch_all(&mut *tx)
            .await
            .map_err(map)?;
            let mut set: RangeSet = joined
                .into_iter()
                .map(|(after, through)| IdRange { after, through })
                .collect();
            set.insert(*range);
            let head = "INSERT INTO coverage (account, chat, pass, after_id, through_id)";
            chunks::insert(tx, head, "", set.ranges(), |row, r| {
                row.push_bind(account)
                    .push_bind(chat)
                    .push_bind(pass)
                    .push_bind(r.after)
                    .push_bind(r.through);
            })
            .await?;
        }
    }
    Ok(())
}
