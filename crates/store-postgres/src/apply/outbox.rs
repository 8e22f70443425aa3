//! Changes to publish, written with the rows they tell of.

use model::{AccountId, ChatId, Lane};
use sqlx::postgres::PgConnection;
use store::OutboxRow;

use super::Work;
use crate::error::{Outcome, odd};
use crate::rows::{column, get, json};

/// From so many ids on, new messages are told as a range.
const RANGE_FROM: usize = 50;

/// Writes what the transaction gathered.
pub(super) async fn write(tx: &mut PgConnection, work: &mut Work) -> Outcome<()> {
    let mut rows = Vec::new();
    for ((account, chat, live, kind), ids) in std::mem::take(&mut work.changes) {
        let ids: Vec<i64> = ids.into_iter().collect();
        match (kind, &ids[..]) {
            ("new", [first, .., last]) if ids.len() >= RANGE_FROM => {
                rows.push((account, chat, live, kind, json(&[*first, *last]), true));
            }
            (_, []) => rows.push((account, chat, live, kind, "[]".to_owned(), false)),
            _ => rows.extend(
                ids.chunks(500)
                    .map(|ids| (account, chat, live, kind, json(&ids), false)),
            ),
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    work.applied.outbox = true;
    sqlx::query(
        "INSERT INTO outbox (account, chat, live, kind, ids, is_range)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::boolean[], $4::text[], $5::text[], $6::boolean[])",
    )
    .bind(column(&rows, |r| r.0))
    .bind(column(&rows, |r| r.1))
    .bind(column(&rows, |r| r.2))
    .bind(column(&rows, |r| r.3))
    .bind(column(&rows, |r| r.4.as_str()))
    .bind(column(&rows, |r| r.5))
    .execute(tx)
    .await?;
    Ok(())
}

/// The oldest rows.
pub(super) async fn oldest(connection: &mut PgConnection, limit: u32) -> Outcome<Vec<OutboxRow>> {
    let rows = sqlx::query("SELECT * FROM outbox ORDER BY seq LIMIT $1")
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(OutboxRow {
                seq: get(row, "seq")?,
                account: AccountId(get(row, "account")?),
                chat: get::<Option<i64>>(row, "chat")?.map(ChatId),
                lane: if get(row, "live")? {
                    Lane::Live
                } else {
                    Lane::History
                },
                kind: get(row, "kind")?,
                ids: serde_json::from_str(get(row, "ids")?).map_err(|_| odd("outbox", "ids"))?,
                is_range: get(row, "is_range")?,
            })
        })
        .collect()
}

/// Removes rows that were published.
pub(super) async fn published(connection: &mut PgConnection, seqs: &[i64]) -> Outcome<()> {
    sqlx::query("DELETE FROM outbox WHERE seq = ANY($1)")
        .bind(seqs)
        .execute(connection)
        .await?;
    Ok(())
}
