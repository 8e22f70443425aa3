//! Runs, passes and what they cover.

mod letters;

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::{AccountId, ChatId, IdRange, MessageId, PassId, PassKind, RangeSet, RunId, Seen};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use store::{ChatCoverage, DeadLetter, Pass, Passes, Run, RunOutcome, StoreError};

use crate::SqliteStore;
use crate::error::{map, odd};
use crate::rows::{get, json, of_chat};
use crate::whole;

#[derive(Serialize, Deserialize)]
struct OutcomeJson {
    chats: u64,
    messages: u64,
    failures: Vec<(i64, String)>,
    aborted: Option<String>,
}

fn pass(row: &SqliteRow, covered: RangeSet) -> Result<Pass, StoreError> {
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

/// Adds the next pass of a chat.
async fn open(
    connection: &mut SqliteConnection,
    account: AccountId,
    chat: ChatId,
    kind: PassKind,
    range: IdRange,
    began: Seen,
    now: i64,
) -> Result<Pass, StoreError> {
    let row = sqlx::query(
        "INSERT INTO passes (account, chat, pass, kind, after_id, through_id, began, opened_at)
         VALUES (?1, ?2, (SELECT coalesce(max(pass), 0) + 1 FROM passes WHERE account = ?1 AND chat = ?2),
                 ?3, ?4, ?5, ?6, ?7) RETURNING *",
    )
    .bind(account.0)
    .bind(chat.0)
    .bind(kind.as_str())
    .bind(range.after)
    .bind(range.through)
    .bind(began.to_i64())
    .bind(now)
    .fetch_one(connection)
    .await
    .map_err(map)?;
    pass(&row, RangeSet::new())
}

impl SqliteStore {
    /// Passes with coverage, of one chat or of all: ordered by chat and pass.
    async fn all_passes(&self, account: AccountId, chat: Option<ChatId>) -> Result<Vec<Pass>, StoreError> {
        let sql = format!(
            "SELECT *, (SELECT json_group_array(json_array(c.after_id, c.through_id)) FROM coverage c
                WHERE c.account = ?1 AND c.chat = passes.chat AND c.pass = passes.pass) AS covered
             FROM passes WHERE account = ?1 AND {} ORDER BY chat, pass",
            of_chat(chat)
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(account.0)
            .bind(chat.map(|c| c.0))
            .fetch_all(&self.read)
            .await
            .map_err(map)?;
        let covered = |row| {
            let ranges: Vec<(i64, i64)> = whole::parsed(get(row, "covered")?, "coverage")?;
            Ok(ranges
                .into_iter()
                .map(|(after, through)| IdRange { after, through })
                .collect())
        };
        rows.iter().map(|row| pass(row, covered(row)?)).collect()
    }
}

#[async_trait]
impl Passes for SqliteStore {
    async fn open_pass(
        &self,
        account: AccountId,
        chat: ChatId,
        kind: PassKind,
        range: IdRange,
        began: Seen,
    ) -> Result<Pass, StoreError> {
        let mut connection = self.write.acquire().await.map_err(map)?;
        let now = self.clock.now_micros();
        open(&mut connection, account, chat, kind, range, began, now).await
    }

    async fn passes(&self, account: AccountId, chat: ChatId) -> Result<Vec<Pass>, StoreError> {
        self.all_passes(account, Some(chat)).await
    }

    async fn coverage(&self, account: AccountId) -> Result<Vec<ChatCoverage>, StoreError> {
        let mut chats: BTreeMap<ChatId, ChatCoverage> = BTreeMap::new();
        for pass in self.all_passes(account, None).await? {
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
        for chat in chats.values_mut() {
            let (stored, unverified): (i64, i64) = sqlx::query_as(
                "SELECT (SELECT count(*) FROM messages WHERE account = ?1 AND chat = ?2),
                        (SELECT count(*) FROM messages WHERE account = ?1 AND chat = ?2 AND id > ?3)",
            )
            .bind(account.0)
            .bind(chat.chat.0)
            .bind(chat.known_through)
            .fetch_one(&self.read)
            .await
            .map_err(map)?;
            (chat.stored, chat.unverified) = (stored as u64, unverified as u64);
        }
        Ok(chats.into_values().collect())
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
        let rows: Vec<(i64,)> = sqlx::query_as(
            "SELECT m.id FROM messages m WHERE m.account = ? AND m.chat = ? AND m.id > ? AND m.id <= ? AND m.seen < ?
               AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.account = m.account AND o.box = m.box AND o.id = m.id
                               AND o.kind = 'delete')
             ORDER BY m.id LIMIT ?",
        )
        .bind(account.0)
        .bind(chat.0)
        .bind(range.after.max(after))
        .bind(range.through)
        .bind(since.to_i64())
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    async fn newest_stored(&self, account: AccountId) -> Result<Vec<(ChatId, MessageId)>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "WITH RECURSIVE known(chat) AS (
                SELECT min(chat) FROM messages WHERE account = ?1
                UNION ALL
                SELECT (SELECT min(m.chat) FROM messages m WHERE m.account = ?1 AND m.chat > known.chat)
                FROM known WHERE known.chat IS NOT NULL)
             SELECT chat, (SELECT max(m.id) FROM messages m WHERE m.account = ?1 AND m.chat = known.chat)
             FROM known WHERE chat IS NOT NULL AND chat <> 0",
        )
        .bind(account.0)
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
        Ok(rows.into_iter().map(|(chat, id)| (ChatId(chat), id)).collect())
    }

    async fn completed_since(&self, account: AccountId, since: i64) -> Result<Vec<Pass>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM passes WHERE account = ? AND completed_at >= ? ORDER BY chat, pass")
                .bind(account.0)
                .bind(since)
                .fetch_all(&self.read)
                .await
                .map_err(map)?;
        rows.iter().map(|row| pass(row, RangeSet::new())).collect()
    }

    async fn lost_letters(&self, account: AccountId, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        letters::lost(self, account, limit).await
    }

    async fn follow_letters(
        &self,
        account: AccountId,
        letters: &[i64],
        ranges: &[(ChatId, IdRange)],
        began: Seen,
    ) -> Result<u64, StoreError> {
        letters::follow(self, account, letters, ranges, began).await
    }

    async fn complete_pass(&self, account: AccountId, chat: ChatId, pass: PassId) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE passes SET completed_at = ? WHERE account = ? AND chat = ? AND pass = ? AND completed_at IS NULL",
        )
        .bind(self.clock.now_micros())
        .bind(account.0)
        .bind(chat.0)
        .bind(pass.0)
        .execute(&self.write)
        .await
        .map_err(map)?;
        Ok(())
    }

    async fn settle_batches(&self, account: AccountId, epoch: u32, through: u64) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO settled_batches AS s (account, epoch, n) VALUES (?, ?, ?)
             ON CONFLICT (account) DO UPDATE SET epoch = excluded.epoch, n = excluded.n
             WHERE (excluded.epoch, excluded.n) > (s.epoch, s.n)",
        )
        .bind(account.0)
        .bind(epoch)
        .bind(through as i64)
        .execute(&self.write)
        .await
        .map_err(map)?;
        Ok(())
    }

    async fn start_run(&self, account: AccountId, trigger: &str) -> Result<RunId, StoreError> {
        let (run,): (i64,) =
            sqlx::query_as("INSERT INTO runs (account, trigger, started_at) VALUES (?, ?, ?) RETURNING run")
                .bind(account.0)
                .bind(trigger)
                .bind(self.clock.now_micros())
                .fetch_one(&self.write)
                .await
                .map_err(map)?;
        Ok(RunId(run))
    }

    async fn finish_run(&self, run: RunId, outcome: &RunOutcome) -> Result<(), StoreError> {
        let outcome = OutcomeJson {
            chats: outcome.chats,
            messages: outcome.messages,
            failures: outcome
                .failures
                .iter()
                .map(|(c, reason)| (c.0, reason.clone()))
                .collect(),
            aborted: outcome.aborted.clone(),
        };
        sqlx::query("UPDATE runs SET finished_at = ?, outcome = ? WHERE run = ?")
            .bind(self.clock.now_micros())
            .bind(json(&outcome))
            .bind(run.0)
            .execute(&self.write)
            .await
            .map_err(map)?;
        Ok(())
    }

    async fn runs(&self, account: AccountId, limit: u32) -> Result<Vec<Run>, StoreError> {
        let rows = sqlx::query("SELECT * FROM runs WHERE account = ? ORDER BY run DESC LIMIT ?")
            .bind(account.0)
            .bind(limit)
            .fetch_all(&self.read)
            .await
            .map_err(map)?;
        rows.iter()
            .map(|row| {
                let outcome = get::<Option<&str>>(row, "outcome")?
                    .map(|text| serde_json::from_str::<OutcomeJson>(text).map_err(|_| odd("runs", "outcome")))
                    .transpose()?;
                Ok(Run {
                    id: RunId(get(row, "run")?),
                    account,
                    trigger: get(row, "trigger")?,
                    started_at: get(row, "started_at")?,
                    finished_at: get(row, "finished_at")?,
                    outcome: outcome.map(|o| RunOutcome {
                        chats: o.chats,
                        messages: o.messages,
                        failures: o
                            .failures
                            .into_iter()
                            .map(|(c, reason)| (ChatId(c), reason))
                            .collect(),
                        aborted: o.aborted,
                    }),
                })
            })
            .collect()
    }
}
