//! Verdicts and incidents.

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::{
    AccountId, BoxId, ChatId, DeletionSource, IncidentId, IncidentKind, MessageId, OperationId,
    OperationKind, Verdict,
};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use store::{
    ChatWindow, Decision, Guard, Incident, IncidentFilter, OpenIncident, PendingOperation, Ruling,
    StoreError, Verdicts,
};

use crate::SqliteStore;
use crate::chunks::json_ids;
use crate::error::{map, odd};
use crate::rows::get;

const DAY: i64 = 86_400_000_000;

fn operation(row: &SqliteRow) -> Result<PendingOperation, StoreError> {
    Ok(PendingOperation {
        id: OperationId(get(row, "operation")?),
        box_id: BoxId::from_i64(get(row, "box")?),
        message: get(row, "id")?,
        kind: OperationKind::parse(get(row, "kind")?).ok_or_else(|| odd("operations", "kind"))?,
        at: get(row, "at")?,
        since: get(row, "since")?,
        source: get::<Option<&str>>(row, "source")?.and_then(DeletionSource::parse),
    })
}

async fn window(
    tx: &mut SqliteConnection,
    account: AccountId,
    chat: i64,
    operations: &[PendingOperation],
    guard: &dyn Guard,
) -> Result<ChatWindow, StoreError> {
    let first = operations.first().map_or(0, |o| o.at);
    let last = operations.last().map_or(0, |o| o.at);
    let admitted: Vec<(i64,)> = sqlx::query_as(
        "SELECT at FROM verdicts WHERE account = ? AND chat = ? AND verdict = 'admitted' AND at >= ? AND at <= ? ORDER BY at",
    )
    .bind(account.0)
    .bind(chat)
    .bind(first - guard.window_micros())
    .bind(last + guard.window_micros())
    .fetch_all(&mut *tx)
    .await
    .map_err(map)?;
    let daily: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT at / ?1, count(*) FROM verdicts WHERE account = ?2 AND chat = ?3 AND verdict = 'admitted'
           AND at >= ?4 AND at < ?5 GROUP BY at / ?1",
    )
    .bind(DAY)
    .bind(account.0)
    .bind(chat)
    .bind((last / DAY - 30) * DAY)
    .bind((last / DAY + 1) * DAY)
    .fetch_all(&mut *tx)
    .await
    .map_err(map)?;
    let open: Vec<(i64, String, i64)> = sqlx::query_as(
        "SELECT incident, kind, blocked_until FROM incidents WHERE account = ? AND chat = ? AND approved IS NULL
         ORDER BY incident DESC LIMIT 10",
    )
    .bind(account.0)
    .bind(chat)
    .fetch_all(&mut *tx)
    .await
    .map_err(map)?;
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
        .collect::<Result<_, StoreError>>()?;
    Ok(ChatWindow {
        account: Some(account),
        chat: (chat != 0).then_some(ChatId(chat)),
        admitted: admitted.into_iter().map(|(at,)| at).collect(),
        open,
        daily,
    })
}

/// The open incident of a kind in a chat, widened by what is held into it now; made if there is none.
async fn hold(
    tx: &mut SqliteConnection,
    account: AccountId,
    chat: i64,
    kind: IncidentKind,
    held: &[(&PendingOperation, i64)],
    now: i64,
) -> Result<i64, StoreError> {
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
        "UPDATE incidents SET from_at = min(from_at, ?1), to_at = max(to_at, ?2), blocked_until = max(blocked_until, ?3),
            deletions = deletions + ?4, edits = edits + ?5
         WHERE incident = (SELECT max(incident) FROM incidents WHERE account = ?6 AND chat = ?7 AND kind = ?8
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
    .await
    .map_err(map)?;
    if let Some((incident,)) = open {
        return Ok(incident);
    }
    let (incident,): (i64,) = sqlx::query_as(
        "INSERT INTO incidents (account, chat, kind, opened_at, from_at, to_at, deletions, edits, blocked_until)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING incident",
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
    .await
    .map_err(map)?;
    Ok(incident)
}

/// Writes one verdict per operation; the key is taken from its row.
async fn give(
    tx: &mut SqliteConnection,
    chat: i64,
    verdict: Verdict,
    incident: Option<i64>,
    operations: &[i64],
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO verdicts (account, box, id, kind, edit_date, hash, operation, chat, at, verdict, incident, decided_at)
         SELECT account, box, id, kind, edit_date, hash, operation, ?, at, ?, ?, ? FROM operations
         WHERE operation IN (SELECT value FROM json_each(?))",
    )
    .bind(chat)
    .bind(verdict.as_str())
    .bind(incident)
    .bind(now)
    .bind(json_ids(operations))
    .execute(tx)
    .await
    .map_err(map)?;
    Ok(())
}

#[async_trait]
impl Verdicts for SqliteStore {
    async fn decide(
        &self,
        account: AccountId,
        operations: &[OperationId],
        guard: &dyn Guard,
    ) -> Result<Vec<Decision>, StoreError> {
        let ids: Vec<i64> = operations.iter().map(|o| o.0).collect();
        let now = self.clock.now_micros();
        let mut tx = self.begin().await?;
        // An operation that went and came again has a new number and its old verdict.
        sqlx::query(
            "UPDATE verdicts AS v SET operation = o.operation FROM operations o
             WHERE o.operation IN (SELECT value FROM json_each(?)) AND o.account = v.account AND o.box = v.box
               AND o.id = v.id AND o.kind = v.kind AND o.edit_date = v.edit_date AND o.hash = v.hash
               AND v.operation <> o.operation",
        )
        .bind(json_ids(&ids))
        .execute(&mut *tx)
        .await
        .map_err(map)?;
        let rows = sqlx::query(
            "SELECT o.* FROM operations o WHERE o.account = ? AND o.operation IN (SELECT value FROM json_each(?))
               AND NOT EXISTS (SELECT 1 FROM verdicts v WHERE v.operation = o.operation)",
        )
        .bind(account.0)
        .bind(json_ids(&ids))
        .fetch_all(&mut *tx)
        .await
        .map_err(map)?;
        let mut chats: BTreeMap<i64, Vec<PendingOperation>> = BTreeMap::new();
        for row in &rows {
            chats.entry(get(row, "chat")?).or_default().push(operation(row)?);
        }
        for (chat, mut operations) in chats {
            operations.sort_by_key(|o| (o.at, o.id));
            let window = window(&mut tx, account, chat, &operations, guard).await?;
            let rulings = guard.rule(&window, &operations);
            let mut admitted = Vec::new();
            let mut held: BTreeMap<&'static str, (IncidentKind, Vec<(&PendingOperation, i64)>)> =
                BTreeMap::new();
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
            give(&mut tx, chat, Verdict::Admitted, None, &admitted, now).await?;
            for (kind, held) in held.into_values() {
                let incident = hold(&mut tx, account, chat, kind, &held, now).await?;
                let ids: Vec<i64> = held.iter().map(|(o, _)| o.id.0).collect();
                give(&mut tx, chat, Verdict::Held, Some(incident), &ids, now).await?;
            }
        }
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "SELECT operation, verdict FROM verdicts WHERE operation IN (SELECT value FROM json_each(?))",
        )
        .bind(json_ids(&ids))
        .fetch_all(&mut *tx)
        .await
        .map_err(map)?;
        tx.commit().await.map_err(map)?;
        rows.into_iter()
            .map(|(operation, verdict)| {
                let verdict = Verdict::parse(&verdict).ok_or_else(|| odd("verdicts", "verdict"))?;
                Ok(Decision {
                    operation: OperationId(operation),
                    verdict,
                })
            })
            .collect()
    }

    async fn decide_incident(
        &self,
        incident: IncidentId,
        approve: bool,
        by: &str,
    ) -> Result<Vec<(AccountId, OperationId)>, StoreError> {
        let now = self.clock.now_micros();
        let mut tx = self.begin().await?;
        let open = sqlx::query(
            "UPDATE incidents SET approved = ?, decided_at = ?, decided_by = ? WHERE incident = ? AND approved IS NULL",
        )
        .bind(approve)
        .bind(now)
        .bind(by)
        .bind(incident.0)
        .execute(&mut *tx)
        .await
        .map_err(map)?;
        if open.rows_affected() == 0 {
            return Ok(Vec::new());
        }
        let verdict = if approve {
            Verdict::Admitted
        } else {
            Verdict::Rejected
        };
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "UPDATE verdicts SET verdict = ?, decided_at = ? WHERE incident = ? AND verdict = 'held'
             RETURNING account, operation",
        )
        .bind(verdict.as_str())
        .bind(now)
        .bind(incident.0)
        .fetch_all(&mut *tx)
        .await
        .map_err(map)?;
        tx.commit().await.map_err(map)?;
        Ok(rows
            .into_iter()
            .map(|(a, o)| (AccountId(a), OperationId(o)))
            .collect())
    }

    async fn incidents(&self, filter: &IncidentFilter) -> Result<Vec<Incident>, StoreError> {
        let chats = filter.chats.as_ref().map(|c| json_ids(c.iter().map(|c| &c.0)));
        let rows = sqlx::query(
            "SELECT * FROM incidents WHERE (?1 IS NULL OR account = ?1) AND (NOT ?2 OR approved IS NULL)
               AND (?3 IS NULL OR chat IN (SELECT value FROM json_each(?3))) ORDER BY incident DESC LIMIT 1000",
        )
        .bind(filter.account.map(|a| a.0))
        .bind(filter.open_only)
        .bind(chats)
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
        rows.iter()
            .map(|row| {
                let chat: i64 = get(row, "chat")?;
                Ok(Incident {
                    id: IncidentId(get(row, "incident")?),
                    account: AccountId(get(row, "account")?),
                    chat: (chat != 0).then_some(ChatId(chat)),
                    kind: IncidentKind::parse(get(row, "kind")?).ok_or_else(|| odd("incidents", "kind"))?,
                    opened_at: get(row, "opened_at")?,
                    from_at: get(row, "from_at")?,
                    to_at: get(row, "to_at")?,
                    deletions: get(row, "deletions")?,
                    edits: get(row, "edits")?,
                    approved: get(row, "approved")?,
                    decided_at: get(row, "decided_at")?,
                })
            })
            .collect()
    }

    async fn incident_operations(
        &self,
        incident: IncidentId,
        after: Option<(MessageId, OperationId)>,
        limit: u32,
    ) -> Result<Vec<PendingOperation>, StoreError> {
        let rows = sqlx::query(
            "SELECT o.* FROM verdicts v JOIN operations o ON o.operation = v.operation
             WHERE v.incident = ? AND (v.id, v.operation) > (?, ?) ORDER BY v.id, v.operation LIMIT ?",
        )
        .bind(incident.0)
        .bind(after.map_or(i64::MIN, |a| a.0))
        .bind(after.map_or(i64::MIN, |a| a.1.0))
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
        rows.iter().map(operation).collect()
    }
}
