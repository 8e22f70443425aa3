//! Verdicts and incidents.
//!
//! The window of a chat is counted and filled by one transaction at a time: its lock is taken before anything is read.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use model::{
    AccountId, BoxId, ChatId, DeletionSource, IncidentId, IncidentKind, OperationId, OperationKind, Verdict,
};
use sqlx::postgres::{PgConnection, PgRow};
use store::{
    ChatWindow, Decision, Guard, Incident, IncidentFilter, OpenIncident, PendingOperation, Ruling,
    StoreError, Verdicts,
};

use crate::PostgresStore;
use crate::error::{Failed, Outcome, odd};
use crate::locks::{Locks, Of};
use crate::rows::get;

const DAY: i64 = 86_400_000_000;

fn operation(row: &PgRow) -> Outcome<PendingOperation> {
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

fn incident(row: &PgRow) -> Outcome<Incident> {
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
}

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

/// The open incident of a kind in a chat, widened by what is held into it now; made if there is none.
async fn hold(
    tx: &mut PgConnection,
    account: AccountId,
    chat: i64,
    kind: IncidentKind,
    held: &[(&PendingOperation, i64)],
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
async fn rule(
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
    let mut held: BTreeMap<&'static str, (IncidentKind, Vec<(&PendingOperation, i64)>)> = BTreeMap::new();
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

impl PostgresStore {
    async fn decide_once(
        &self,
        account: AccountId,
        ids: &[i64],
        guard: &dyn Guard,
    ) -> Outcome<Vec<Decision>> {
        let mut tx = self.writer().await?;
        let chats: Vec<(i64,)> =
            sqlx::query_as("SELECT DISTINCT chat FROM operations WHERE account = $1 AND operation = ANY($2)")
                .bind(account.0)
                .bind(ids)
                .fetch_all(&mut *tx)
                .await?;
        let chats: BTreeSet<i64> = chats.into_iter().map(|(chat,)| chat).collect();
        let mut locks = Locks::none();
        chats.iter().for_each(|c| locks.add(Of::Window, &[account.0, *c]));
        tx.begin(&locks).await?;
        // An operation that went and came again has a new number and its old verdict.
        sqlx::query(
            "UPDATE verdicts AS v SET operation = o.operation FROM operations o
             WHERE o.operation = ANY($1) AND o.account = v.account AND o.box = v.box
               AND o.id = v.id AND o.kind = v.kind AND o.edit_date = v.edit_date AND o.hash = v.hash
               AND v.operation <> o.operation",
        )
        .bind(ids)
        .execute(&mut *tx)
        .await?;
        let rows = sqlx::query(
            "SELECT o.* FROM operations o WHERE o.account = $1 AND o.operation = ANY($2)
               AND NOT EXISTS (SELECT 1 FROM verdicts v WHERE v.operation = o.operation)",
        )
        .bind(account.0)
        .bind(ids)
        .fetch_all(&mut *tx)
        .await?;
        let mut by_chat: BTreeMap<i64, Vec<PendingOperation>> = BTreeMap::new();
        for row in &rows {
            by_chat
                .entry(get(row, "chat")?)
                .or_default()
                .push(operation(row)?);
        }
        if by_chat.keys().any(|chat| !chats.contains(chat)) {
            return Err(Failed::Again(
                "an operation learned its chat meanwhile".to_owned(),
            ));
        }
        let now = self.clock.now_micros();
        for (chat, operations) in by_chat {
            rule(&mut tx, account, chat, operations, guard, now).await?;
        }
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "SELECT operation, verdict FROM verdicts WHERE operation = ANY($1) ORDER BY operation",
        )
        .bind(ids)
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
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

    async fn decide_incident_once(
        &self,
        incident: IncidentId,
        approve: bool,
        by: &str,
    ) -> Outcome<Vec<(AccountId, OperationId)>> {
        let now = self.clock.now_micros();
        let mut tx = self.writer().await?;
        let place: Option<(i64, i64)> =
            sqlx::query_as("SELECT account, chat FROM incidents WHERE incident = $1 AND approved IS NULL")
                .bind(incident.0)
                .fetch_optional(&mut *tx)
                .await?;
        let Some((account, chat)) = place else {
            tx.release();
            return Ok(Vec::new());
        };
        tx.begin(&Locks::one(Of::Window, &[account, chat])).await?;
        let open = sqlx::query(
            "UPDATE incidents SET approved = $1, decided_at = $2, decided_by = $3 WHERE incident = $4 AND approved IS NULL",
        )
        .bind(approve)
        .bind(now)
        .bind(by)
        .bind(incident.0)
        .execute(&mut *tx)
        .await?;
        let verdict = if approve {
            Verdict::Admitted
        } else {
            Verdict::Rejected
        };
        let rows: Vec<(i64, i64)> = if open.rows_affected() == 0 {
            Vec::new()
        } else {
            sqlx::query_as(
                "UPDATE verdicts SET verdict = $1, decided_at = $2 WHERE incident = $3 AND verdict = 'held'
                 RETURNING account, operation",
            )
            .bind(verdict.as_str())
            .bind(now)
            .bind(incident.0)
            .fetch_all(&mut *tx)
            .await?
        };
        tx.commit().await?;
        Ok(rows
            .into_iter()
            .map(|(a, o)| (AccountId(a), OperationId(o)))
            .collect())
    }
}

#[async_trait]
impl Verdicts for PostgresStore {
    async fn decide(
        &self,
        account: AccountId,
        operations: &[OperationId],
        guard: &dyn Guard,
    ) -> Result<Vec<Decision>, StoreError> {
        let ids: Vec<i64> = operations.iter().map(|o| o.0).collect();
        self.run(|| self.decide_once(account, &ids, guard)).await
    }

    async fn decide_incident(
        &self,
        incident: IncidentId,
        approve: bool,
        by: &str,
    ) -> Result<Vec<(AccountId, OperationId)>, StoreError> {
        self.run(|| self.decide_incident_once(incident, approve, by))
            .await
    }

    async fn incidents(&self, filter: &IncidentFilter) -> Result<Vec<Incident>, StoreError> {
        self.run(move || async move {
            let chats: Option<Vec<i64>> = filter.chats.as_ref().map(|c| c.iter().map(|c| c.0).collect());
            let mut session = self.reader().await?;
            let rows = sqlx::query(
                "SELECT * FROM incidents WHERE ($1::bigint IS NULL OR account = $1) AND (NOT $2 OR approved IS NULL)
                   AND ($3::bigint[] IS NULL OR chat = ANY($3)) ORDER BY incident DESC LIMIT 1000",
            )
            .bind(filter.account.map(|a| a.0))
            .bind(filter.open_only)
            .bind(chats)
            .fetch_all(&mut *session)
            .await?;
            session.release();
            rows.iter().map(incident).collect::<Outcome<_>>()
        })
        .await
    }

    async fn incident_operations(
        &self,
        incident: IncidentId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<PendingOperation>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows = sqlx::query(
                "SELECT o.* FROM verdicts v JOIN operations o ON o.operation = v.operation
                 WHERE v.incident = $1 AND v.id > $2 ORDER BY v.id LIMIT $3",
            )
            .bind(incident.0)
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(&mut *session)
            .await?;
            session.release();
            rows.iter().map(operation).collect::<Outcome<_>>()
        })
        .await
    }
}
