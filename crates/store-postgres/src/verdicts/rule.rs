//! The window of a chat, what the guard says of it, and how that is written. Under the lock of the window.

use std::collections::BTreeMap;

use model::{AccountId, ChatId, IncidentId, IncidentKind, OperationKind, Verdict};
use sqlx::postgres::PgConnection;
use store::{ChatWindow, Guard, OpenIncident, PendingOperation, Ruling};

use crate::error::{Outcome, odd};

const DAY: i64 = 86_400_000_000;

async fn window(
    tx: &mut PgConnection,
    account: AccountId,
    chat: i64,
    operations: &[PendingOperation],
    guard: &dyn Guard,
) -> Outcome<ChatWindow> {
    let first = operations.first().map_or(0, |o| o.at);
    let last = operations.last().map_or(0, |o| o.at);
    let admitted: Vec<(i64,)> = sqlx::query_as(
        "SELECT at FROM verdicts WHERE account = $1 AND chat = $2 AND verdict = 'admitted' AND at >= $3 AND at <= $4
         ORDER BY at",
    )
    .bind(account.0)
    .bind(chat)
    .bind(first.saturating_sub(guard.window_micros()))
    .bind(last.saturating_add(guard.window_micros()))
    .fetch_all(&mut *tx)
    .await?;
    let daily: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT at / $1, count(*) FROM verdicts WHERE account = $2 AND chat = $3 AND verdict = 'admitted'
           AND at >= $4 AND at < $5 GROUP BY 1 ORDER BY 1",
    )
    .bind(DAY)
    .bind(account.0)
    .bind(chat)
    .bind((last / DAY - 30) * DAY)
    .bind((last / DAY + 1) * DAY)
    .fetch_all(&mut *tx)
    .await?;
    let open: Vec<(i64, String, i64)> = sqlx::query_as(
        "SELECT incident, kind, blocked_until FROM incidents WHERE account = $1 AND chat = $2 AND approved IS NULL
         ORDER BY incident DESC LIMIT 10",
    )
    .bind(account.0)
    .bind(chat)
    .fetch_all(&mut *tx)
    .await?;
    let open = open
        .into_iter()
        .map(|(id, kind, blocked_until)| {
            let kind = IncidentKind::parse(&kind).ok_or_else(|| odd("incidents", "kind"))?;
            Ok(OpenIncident {
                id: IncidentId(id),
                kind,
                blocked_until,
            })
        })
        .collect::<Outcome<_>>()?;
    Ok(ChatWindow {
        account: Some(account),
        chat: (chat != 0).then_some(ChatId(chat)),
        admitted: admitted.into_iter().map(|(at,)| at).collect(),
        open,
        daily,
    })
}

/// An operation that is held, and until when its chat is blocked.
type Held<'o> = (&'o PendingOperation, i64);

/// The open incident of a kind in a chat, widened by what is held into it now; made if there is none.
async fn hold(
    tx: &mut PgConnection,
    account: AccountId,
    chat: i64,
    kind: IncidentKind,
    held: &[Held<'_>],
    now: i64,
) -> Outcome<i64> {
    let from = held
        .iter()
        .map(|(o, _)| o.since.unwrap_or(o.at))
        .min()
        .unwrap_or(now);
    let to = held.iter().map(|(o, _)| o.at).max().unwrap_or(now);
    let until = held.iter().map(|(_, until)| *until).max().unwrap_or(now);
    let deletions = held
        .iter()
        .filter(|(o, _)| o.kind == OperationKind::Delete)
        .count() as i64;
    let edits = held.len() as i64 - deletions;
    let open: Option<(i64,)> = sqlx::query_as(
        "UPDATE incidents SET from_at = least(from_at, $1), to_at = greatest(to_at, $2),
            blocked_until = greatest(blocked_until, $3), deletions = deletions + $4, edits = edits + $5
         WHERE incident = (SELECT max(incident) FROM incidents WHERE account = $6 AND chat = $7 AND kind = $8
                           AND approved IS NULL) RETURNING incident",
    )
    .bind(from)
    .bind(to)
    .bind(until)
    .bind(deletions)
    .bind(edits)
    .bind(account.0)
    .bind(chat)
    .bind(kind.as_str())
    .fetch_optional(&mut *tx)
    .await?;
    if let Some((incident,)) = open {
        return Ok(incident);
    }
    let (incident,): (i64,) = sqlx::query_as(
        "INSERT INTO incidents (account, chat, kind, opened_at, from_at, to_at, deletions, edits, blocked_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING incident",
    )
    .bind(account.0)
    .bind(chat)
    .bind(kind.as_str())
    .bind(now)
    .bind(from)
    .bind(to)
    .bind(deletions)
    .bind(edits)
    .bind(until)
    .fetch_one(&mut *tx)
    .await?;
    Ok(incident)
}

/// Writes one verdict per operation; the key is taken from its row.
async fn give(
    tx: &mut PgConnection,
    chat: i64,
    verdict: Verdict,
    incident: Option<i64>,
    operations: &[i64],
    now: i64,
) -> Outcome<()> {
    if operations.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO verdicts (account, box, id, kind, edit_date, hash, operation, chat, at, verdict, incident, decided_at)
         SELECT account, box, id, kind, edit_date, hash, operation, $1, at, $2, $3, $4 FROM operations
         WHERE operation = ANY($5)",
    )
    .bind(chat)
    .bind(verdict.as_str())
    .bind(incident)
    .bind(now)
    .bind(operations)
    .execute(tx)
    .await?;
    Ok(())
}

/// The guard rules on the operations of one chat, and its rulings are written.
pub(super) async fn rule(
    tx: &mut PgConnection,
    account: AccountId,
    chat: i64,
    mut operations: Vec<PendingOperation>,
    guard: &dyn Guard,
    now: i64,
) -> Outcome<()> {
    operations.sort_by_key(|o| (o.at, o.id));
    let window = window(tx, account, chat, &operations, guard).await?;
    let rulings = guard.rule(&window, &operations);
    let mut admitted = Vec::new();
    let mut held: BTreeMap<&'static str, (IncidentKind, Vec<Held<'_>>)> = BTreeMap::new();
    for (operation, ruling) in operations.iter().zip(rulings) {
        match ruling {
            Ruling::Admit => admitted.push(operation.id.0),
            Ruling::Hold { kind, blocked_until } => {
                held.entry(kind.as_str())
                    .or_insert((kind, Vec::new()))
                    .1
                    .push((operation, blocked_until));
            }
        }
    }
    give(tx, chat, Verdict::Admitted, None, &admitted, now).await?;
    for (kind, held) in held.into_values() {
        let incident = hold(tx, account, chat, kind, &held, now).await?;
        let ids: Vec<i64> = held.iter().map(|(o, _)| o.id.0).collect();
        give(tx, chat, Verdict::Held, Some(incident), &ids, now).await?;
    }
    Ok(())
}
