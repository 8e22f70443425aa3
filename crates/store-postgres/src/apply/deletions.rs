//! Deletions become operations, known message or not.

use std::collections::BTreeMap;

use model::{AccountId, Capture, CaptureBatch, Deletions, OperationId};
use sqlx::postgres::PgConnection;

use super::load::{Key, Keys};
use crate::error::Outcome;
use crate::rows::column;

/// What is known of the deletion of one message: the earliest observation, and the chat if one told it.
struct Gone<'b> {
    first: &'b Deletions,
    chat: i64,
}

impl<'b> Gone<'b> {
    fn join(all: &mut BTreeMap<Key, Self>, key: Key, told: &'b Deletions) {
        let chat = told.chat.map_or(0, |c| c.0);
        all.entry(key)
            .and_modify(|known| {
                if told.seen < known.first.seen {
                    known.first = told;
                }
                if known.chat == 0 {
                    known.chat = chat;
                }
            })
            .or_insert(Self { first: told, chat });
    }
}

/// Messages that the captures delete.
pub(super) fn touched<'b>(batches: &'b [&CaptureBatch]) -> impl Iterator<Item = Key> + 'b {
    batches.iter().flat_map(|batch| {
        let deleted = |capture: &'b Capture| match capture {
            Capture::Deletions(d) => &d.ids[..],
            _ => &[],
        };
        batch
            .captures
            .iter()
            .flat_map(deleted)
            .map(|id| (batch.account.0, batch.box_id.to_i64(), *id))
    })
}

/// The rows of a deletion: chat is what was told, else the stored message's.
const ROWS: &str = "SELECT k.account, k.box, k.id, coalesce(nullif(k.chat, 0), m.chat, 0) AS chat, k.at, k.source, k.seen, k.since
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[],
        $8::bigint[]) AS k(account, box, id, chat, at, source, seen, since)
     LEFT JOIN messages m USING (account, box, id) ORDER BY 1, 2, 3";

/// Stores deletions: pending and without effect. Answers the operations that are new.
pub(super) async fn apply(
    tx: &mut PgConnection,
    batches: &[&CaptureBatch],
) -> Outcome<Vec<(AccountId, OperationId)>> {
    let (mut pending, mut observed) = (BTreeMap::new(), BTreeMap::new());
    for batch in batches {
        for capture in &batch.captures {
            let Capture::Deletions(d) = capture else { continue };
            let all = if d.observe_only {
                &mut observed
            } else {
                &mut pending
            };
            for id in &d.ids {
                Gone::join(all, (batch.account.0, batch.box_id.to_i64(), *id), d);
            }
        }
    }
    observe(tx, &observed).await?;
    if pending.is_empty() {
        return Ok(Vec::new());
    }
    // A row of this transaction's own making has no xmax.
    let sql = format!(
        "INSERT INTO operations AS o (account, box, id, chat, at, source, seen, since, kind, edit_date, hash, state, issued_until)
         SELECT r.*, 'delete', 0, '', 'pending', 0 FROM ({ROWS}) r
         ON CONFLICT (account, box, id, kind, edit_date, hash) DO UPDATE SET
            at = CASE WHEN excluded.seen < o.seen THEN excluded.at ELSE o.at END,
            since = CASE WHEN excluded.seen < o.seen THEN excluded.since ELSE o.since END,
            source = CASE WHEN excluded.seen < o.seen THEN excluded.source ELSE o.source END,
            seen = least(o.seen, excluded.seen), chat = coalesce(nullif(o.chat, 0), excluded.chat)
         WHERE excluded.seen < o.seen OR (o.chat = 0 AND excluded.chat <> 0)
         RETURNING o.account, o.operation, o.xmax = 0"
    );
    let keys = Keys::of(pending.keys());
    let rows = bound(&keys, &sql, &pending).fetch_all(&mut *tx).await?;
    let told = rows.len();
    let mut new = Vec::new();
    for row in &rows {
        let row = <(i64, i64, bool) as sqlx::FromRow<_>>::from_row(row)?;
        if row.2 {
            new.push((AccountId(row.0), OperationId(row.1)));
        }
    }
    if told > new.len() {
        date(tx, &keys).await?;
    }
    Ok(new)
}

/// A tombstone tells the time of the earliest observation, whenever that arrives.
async fn date(tx: &mut PgConnection, keys: &Keys) -> Outcome<()> {
    let sql = "UPDATE tombstones t SET deleted_at = o.at FROM {k} JOIN operations o USING (account, box, id)
         WHERE o.kind = 'delete' AND (t.account, t.box, t.id) = (k.account, k.box, k.id) AND t.deleted_at <> o.at";
    keys.query(sql).execute(tx).await?;
    Ok(())
}

/// `LISTEN_DELETIONS=false`: what was seen.
async fn observe(tx: &mut PgConnection, observed: &BTreeMap<Key, Gone<'_>>) -> Outcome<()> {
    if observed.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO deletions_observed AS o (account, box, id, chat, at, source, seen)
         SELECT account, box, id, chat, at, source, seen FROM ({ROWS}) r
         ON CONFLICT (account, box, id) DO UPDATE SET
            at = CASE WHEN excluded.seen < o.seen THEN excluded.at ELSE o.at END,
            source = CASE WHEN excluded.seen < o.seen THEN excluded.source ELSE o.source END,
            seen = least(o.seen, excluded.seen), chat = coalesce(nullif(o.chat, 0), excluded.chat)
         WHERE excluded.seen < o.seen OR (o.chat = 0 AND excluded.chat <> 0)"
    );
    let keys = Keys::of(observed.keys());
    bound(&keys, &sql, observed).execute(tx).await?;
    Ok(())
}

fn bound<'q>(
    keys: &'q Keys,
    sql: &str,
    gone: &BTreeMap<Key, Gone<'_>>,
) -> sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments> {
    let gone: Vec<&Gone<'_>> = gone.values().collect();
    keys.query(sql)
        .bind(column(&gone, |g| g.chat))
        .bind(column(&gone, |g| g.first.observed_at))
        .bind(column(&gone, |g| g.first.source.as_str()))
        .bind(column(&gone, |g| g.first.seen.to_i64()))
        .bind(column(&gone, |g| g.first.since))
}
