//! Changes to publish, written with the rows they tell of.

use model::{AccountId, ChatId, Lane};
use sqlx::sqlite::SqlitePool;
use sqlx::{Row as _, SqliteConnection};
use store::{OutboxRow, StoreError};

use super::Work;
use crate::chunks::{self, json_ids};
use crate::error::{map, odd};

/// From so many ids on, new messages are told as a range.
const RANGE_FROM: usize = 50;

/// Writes what the transaction gathered.
pub(super) async fn write(tx: &mut SqliteConnection, work: &mut Work) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for ((account, chat, live, kind), ids) in std::mem::take(&mut work.changes) {
        let ids: Vec<i64> = ids.into_iter().collect();
        match (kind, &ids[..]) {
            ("new", [first, .., last]) if ids.len() >= RANGE_FROM => {
                rows.push((account, chat, live, kind, json_ids(&[*first, *last]), true));
            }
            (_, []) => rows.push((account, chat, live, kind, "[]".to_owned(), false)),
            _ => rows.extend(
                ids.chunks(500)
                    .map(|ids| (account, chat, live, kind, json_ids(ids), false)),
            ),
        }
    }
    work.applied.outbox |= !rows.is_empty();
    let head = "INSERT INTO outbox (account, chat, live, kind, ids, is_range)";
    chunks::insert(
        tx,
        head,
        "",
        &rows,
        |row, (account, chat, live, kind, ids, is_range)| {
            row.push_bind(*account)
                .push_bind(*chat)
                .push_bind(*live)
                .push_bind(*kind);
            row.push_bind(ids.clone()).push_bind(*is_range);
        },
    )
    .await
}

/// The oldest rows.
pub(super) async fn oldest(pool: &SqlitePool, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
    let rows =
        sqlx::query("SELECT seq, account, chat, live, kind, ids, is_range FROM outbox ORDER BY seq LIMIT ?")
            .bind(limit)
            .fetch_all(pool)
            .await
            .map_err(map)?;
    rows.iter()
        .map(|row| {
            Ok(OutboxRow {
                seq: row.try_get(0).map_err(map)?,
                account: AccountId(row.try_get(1).map_err(map)?),
                chat: row.try_get::<Option<i64>, _>(2).map_err(map)?.map(ChatId),
                lane: if row.try_get(3).map_err(map)? {
                    Lane::Live
                } else {
                    Lane::History
                },
                kind: row.try_get(4).map_err(map)?,
                ids: serde_json::from_str(row.try_get(5).map_err(map)?).map_err(|_| odd("outbox", "ids"))?,
                is_range: row.try_get(6).map_err(map)?,
            })
        })
        .collect()
}
