//! Verdicts and incidents.
//!
//! The window of a chat is counted and filled by one transaction at a time: its lock is taken before anything is read.

mod rule;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use model::{
    AccountId, BoxId, ChatId, DeletionSource, IncidentId, IncidentKind, MessageId, OperationId,
    OperationKind, Verdict,
};
use sqlx::postgres::PgRow;
use store::{Decision, Guard, Incident, IncidentFilter, PendingOperation, StoreError, Verdicts};

use crate::PostgresStore;
use crate::error::{Failed, Outcome, odd};
use crate::locks::{Locks, Of};
use crate::rows::get;

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
        for chat in &chats {
            locks.add(Of::Window, &[account.0, *chat]);
        }
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
            rule::rule(&mut tx, account, chat, operations, guard, now).await?;
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
        after: Option<(MessageId, OperationId)>,
        limit: u32,
    ) -> Result<Vec<PendingOperation>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows = sqlx::query(
                "SELECT o.* FROM verdicts v JOIN operations o ON o.operation = v.operation
                 WHERE v.incident = $1 AND (v.id, v.operation) > ($2, $3) ORDER BY v.id, v.operation LIMIT $4",
            )
            .bind(incident.0)
            .bind(after.map_or(i64::MIN, |a| a.0))
            .bind(after.map_or(i64::MIN, |a| a.1.0))
            .bind(i64::from(limit))
            .fetch_all(&mut *session)
            .await?;
            session.release();
            rows.iter().map(operation).collect::<Outcome<_>>()
        })
        .await
    }
}
