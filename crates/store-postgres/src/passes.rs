//! Runs, passes and what they cover.

mod letters;

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::{AccountId, ChatId, IdRange, MessageId, PassId, PassKind, RangeSet, RunId, Seen};
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnection, PgRow};
use store::{ChatCoverage, DeadLetter, Pass, Passes, Run, RunOutcome, StoreError};

use crate::PostgresStore;
use crate::error::{Outcome, odd};
use crate::locks::{Locks, Of};
use crate::rows::{get, json};

#[derive(Serialize, Deserialize)]
struct OutcomeJson {
    chats: u64,
    messages: u64,
    failures: Vec<(i64, String)>,
    aborted: Option<String>,
}

impl From<&RunOutcome> for OutcomeJson {
    fn from(outcome: &RunOutcome) -> Self {
        Self {
            chats: outcome.chats,
            messages: outcome.messages,
            failures: outcome
                .failures
                .iter()
                .map(|(chat, reason)| (chat.0, reason.clone()))
                .collect(),
            aborted: outcome.aborted.clone(),
        }
    }
}

impl From<OutcomeJson> for RunOutcome {
    fn from(outcome: OutcomeJson) -> Self {
        Self {
            chats: outcome.chats,
            messages: outcome.messages,
            failures: outcome
                .failures
                .into_iter()
                .map(|(chat, reason)| (ChatId(chat), reason))
                .collect(),
            aborted: outcome.aborted,
        }
    }
}

fn pass(row: &PgRow, covered: RangeSet) -> Outcome<Pass> {
    Ok(Pass {
        chat: ChatId(get(row, "chat")?),
        id: PassId(get(row, "pass")?),
        kind: PassKind::parse(get(row, "kind")?).ok_or_else(|| odd("passes", "kind"))?,
        range: IdRange {
            after: get(row, "after_id")?,
            through: get(row, "through_id")?,
        },
        began: Seen::from_i64(get(row, "began")?),
        opened_at: get(row, "opened_at")?,
        completed_at: get(row, "completed_at")?,
        covered,
    })
}

fn run(account: AccountId, row: &PgRow) -> Outcome<Run> {
    let outcome = get::<Option<&str>>(row, "outcome")?
        .map(|text| serde_json::from_str::<OutcomeJson>(text).map_err(|_| odd("runs", "outcome")))
        .transpose()?;
    Ok(Run {
        id: RunId(get(row, "run")?),
        account,
        trigger: get(row, "trigger")?,
        started_at: get(row, "started_at")?,
        finished_at: get(row, "finished_at")?,
        outcome: outcome.map(RunOutcome::from),
    })
}

/// Adds the next pass of a chat; its numbering is locked.
async fn open(
    tx: &mut PgConnection,
    account: AccountId,
    chat: ChatId,
    kind: PassKind,
    range: IdRange,
    began: Seen,
    now: i64,
) -> Outcome<Pass> {
    let row = sqlx::query(
        "INSERT INTO passes (account, chat, pass, kind, after_id, through_id, began, opened_at)
         VALUES ($1, $2, (SELECT coalesce(max(pass), 0) + 1 FROM passes WHERE account = $1 AND chat = $2),
                 $3, $4, $5, $6, $7) RETURNING *",
    )
    .bind(account.0)
    .bind(chat.0)
    .bind(kind.as_str())
    .bind(range.after)
    .bind(range.through)
    .bind(began.to_i64())
    .bind(now)
    .fetch_one(tx)
    .await?;
    pass(&row, RangeSet::new())
}

/// Passes with coverage, of one chat or of all: ordered by chat and pass.
async fn all_passes(
    connection: &mut PgConnection,
    account: AccountId,
    chat: Option<ChatId>,
) -> Outcome<Vec<Pass>> {
    let rows = sqlx::query(
        "SELECT *, ARRAY(SELECT c.after_id FROM coverage c
                WHERE c.account = $1 AND c.chat = passes.chat AND c.pass = passes.pass ORDER BY c.after_id) AS covered_after,
            ARRAY(SELECT c.through_id FROM coverage c
                WHERE c.account = $1 AND c.chat = passes.chat AND c.pass = passes.pass ORDER BY c.after_id) AS covered_through
         FROM passes WHERE account = $1 AND ($2::bigint IS NULL OR chat = $2) ORDER BY chat, pass",
    )
    .bind(account.0)
    .bind(chat.map(|c| c.0))
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let after: Vec<i64> = get(row, "covered_after")?;
            let through: Vec<i64> = get(row, "covered_through")?;
            let ranges = after.into_iter().zip(through);
            let covered = ranges.map(|(after, through)| IdRange { after, through });
            pass(row, covered.collect())
        })
        .collect()
}

fn by_chat(passes: Vec<Pass>) -> BTreeMap<ChatId, ChatCoverage> {
    let mut chats: BTreeMap<ChatId, ChatCoverage> = BTreeMap::new();
    for pass in passes {
        let chat = chats.entry(pass.chat).or_insert_with(|| ChatCoverage {
            chat: pass.chat,
            covered: RangeSet::new(),
            known_through: 0,
            open: Vec::new(),
            verified_at: None,
            unverified: 0,
            stored: 0,
        });
        pass.covered.ranges().iter().for_each(|r| chat.covered.insert(*r));
        chat.known_through = chat.known_through.max(pass.range.through);
        chat.verified_at = chat.verified_at.max(pass.completed_at);
        if pass.completed_at.is_none() {
            chat.open.push(pass);
        }
    }
    chats
}

#[async_trait]
impl Passes for PostgresStore {
    async fn open_pass(
        &self,
        account: AccountId,
        chat: ChatId,
        kind: PassKind,
        range: IdRange,
        began: Seen,
    ) -> Result<Pass, StoreError> {
        self.run(move || async move {
            let numbering = Locks::one(Of::Passes, &[account.0, chat.0]);
            let mut tx = self.begin(&numbering).await?;
            let now = self.clock.now_micros();
            let pass = open(&mut tx, account, chat, kind, range, began, now).await?;
            tx.commit().await?;
            Ok(pass)
        })
        .await
    }

    async fn passes(&self, account: AccountId, chat: ChatId) -> Result<Vec<Pass>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let passes = all_passes(&mut session, account, Some(chat)).await?;
            session.release();
            Ok(passes)
        })
        .await
    }

    async fn coverage(&self, account: AccountId) -> Result<Vec<ChatCoverage>, StoreError> {
        self.run(move || async move {
            let mut tx = self.snapshot().await?;
            let mut chats = by_chat(all_passes(&mut tx, account, None).await?);
            let ids: Vec<i64> = chats.keys().map(|c| c.0).collect();
            let through: Vec<i64> = chats.values().map(|c| c.known_through).collect();
            let counts: Vec<(i64, i64, i64)> = sqlx::query_as(
                "SELECT c.chat, n.stored, n.unverified FROM unnest($2::bigint[], $3::bigint[]) AS c(chat, through)
                 CROSS JOIN LATERAL (SELECT count(*) AS stored, count(*) FILTER (WHERE m.id > c.through) AS unverified
                    FROM messages m WHERE m.account = $1 AND m.chat = c.chat) n",
            )
            .bind(account.0)
            .bind(ids)
            .bind(through)
            .fetch_all(&mut *tx)
            .await?;
            tx.commit().await?;
            for (chat, stored, unverified) in counts {
                if let Some(coverage) = chats.get_mut(&ChatId(chat)) {
                    (coverage.stored, coverage.unverified) = (stored as u64, unverified as u64);
                }
            }
            Ok(chats.into_values().collect())
        })
        .await
    }

    async fn unseen_since(
        &self,
        account: AccountId,
        chat: ChatId,
        range: IdRange,
        since: Seen,
        after: MessageId,
        limit: u32,
    ) -> Result<Vec<MessageId>, StoreError> {
        // OFFSET 0 keeps it a lookup per message: as a join, before the first ANALYZE, it is every deletion per message.
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows: Vec<(i64,)> = sqlx::query_as(
                "SELECT m.id FROM messages m
                 WHERE m.account = $1 AND m.chat = $2 AND m.id > $3 AND m.id <= $4 AND m.seen < $5
                   AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.account = m.account AND o.box = m.box AND o.id = m.id
                                   AND o.kind = 'delete' OFFSET 0)
                 ORDER BY m.id LIMIT $6",
            )
            .bind(account.0)
            .bind(chat.0)
            .bind(range.after.max(after))
            .bind(range.through)
            .bind(since.to_i64())
            .bind(i64::from(limit))
            .fetch_all(&mut *session)
            .await?;
            session.release();
            Ok(rows.into_iter().map(|(id,)| id).collect())
        })
        .await
    }

    async fn newest_stored(&self, account: AccountId) -> Result<Vec<(ChatId, MessageId)>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows: Vec<(i64, i64)> = sqlx::query_as(
                "WITH RECURSIVE known(chat) AS (
                    SELECT min(chat) FROM messages WHERE account = $1
                    UNION ALL
                    SELECT (SELECT min(m.chat) FROM messages m WHERE m.account = $1 AND m.chat > known.chat)
                    FROM known WHERE known.chat IS NOT NULL)
                 SELECT chat, (SELECT max(m.id) FROM messages m WHERE m.account = $1 AND m.chat = known.chat)
                 FROM known WHERE chat IS NOT NULL AND chat <> 0",
            )
            .bind(account.0)
            .fetch_all(&mut *session)
            .await?;
            session.release();
            Ok(rows.into_iter().map(|(chat, id)| (ChatId(chat), id)).collect())
        })
        .await
    }

    async fn completed_since(&self, account: AccountId, since: i64) -> Result<Vec<Pass>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows = sqlx::query(
                "SELECT * FROM passes WHERE account = $1 AND completed_at >= $2 ORDER BY chat, pass",
            )
            .bind(account.0)
            .bind(since)
            .fetch_all(&mut *session)
            .await?;
            session.release();
            rows.iter().map(|row| pass(row, RangeSet::new())).collect()
        })
        .await
    }

    async fn lost_letters(&self, account: AccountId, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        self.run(|| letters::lost(self, account, limit)).await
    }

    async fn follow_letters(
        &self,
        account: AccountId,
        letters: &[i64],
        ranges: &[(ChatId, IdRange)],
        began: Seen,
    ) -> Result<u64, StoreError> {
        self.run(|| letters::follow(self, account, letters, ranges, began))
            .await
    }

    async fn complete_pass(&self, account: AccountId, chat: ChatId, pass: PassId) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            sqlx::query(
                "UPDATE passes SET completed_at = $1
                 WHERE account = $2 AND chat = $3 AND pass = $4 AND completed_at IS NULL",
            )
            .bind(self.clock.now_micros())
            .bind(account.0)
            .bind(chat.0)
            .bind(pass.0)
            .execute(&mut *session)
            .await?;
            session.release();
            Ok(())
        })
        .await
    }

    async fn settle_batches(&self, account: AccountId, epoch: u32, through: u64) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            sqlx::query(
                "INSERT INTO settled_batches AS s (account, epoch, n) VALUES ($1, $2, $3)
                 ON CONFLICT (account) DO UPDATE SET epoch = excluded.epoch, n = excluded.n
                 WHERE (excluded.epoch, excluded.n) > (s.epoch, s.n)",
            )
            .bind(account.0)
            .bind(i64::from(epoch))
            .bind(through as i64)
            .execute(&mut *session)
            .await?;
            session.release();
            Ok(())
        })
        .await
    }

    async fn start_run(&self, account: AccountId, trigger: &str) -> Result<RunId, StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            let (run,): (i64,) = sqlx::query_as(
                "INSERT INTO runs (account, trigger, started_at) VALUES ($1, $2, $3) RETURNING run",
            )
            .bind(account.0)
            .bind(trigger)
            .bind(self.clock.now_micros())
            .fetch_one(&mut *session)
            .await?;
            session.release();
            Ok(RunId(run))
        })
        .await
    }

    async fn finish_run(&self, run: RunId, outcome: &RunOutcome) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            sqlx::query("UPDATE runs SET finished_at = $1, outcome = $2 WHERE run = $3")
                .bind(self.clock.now_micros())
                .bind(json(&OutcomeJson::from(outcome)))
                .bind(run.0)
                .execute(&mut *session)
                .await?;
            session.release();
            Ok(())
        })
        .await
    }

    async fn runs(&self, account: AccountId, limit: u32) -> Result<Vec<Run>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows = sqlx::query("SELECT * FROM runs WHERE account = $1 ORDER BY run DESC LIMIT $2")
                .bind(account.0)
                .bind(i64::from(limit))
                .fetch_all(&mut *session)
                .await?;
            session.release();
            rows.iter().map(|row| run(account, row)).collect::<Outcome<_>>()
        })
        .await
    }
}
