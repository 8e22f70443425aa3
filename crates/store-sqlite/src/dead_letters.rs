//! Dead letters.

use async_trait::async_trait;
use bytes::Bytes;
use model::AccountId;
use store::{DeadLetter, DeadLetters, NewDeadLetter, StoreError};

use crate::SqliteStore;
use crate::error::map;
use crate::rows::get;

#[async_trait]
impl DeadLetters for SqliteStore {
    async fn store_dead_letter(&self, letter: &NewDeadLetter) -> Result<i64, StoreError> {
        let mut tx = self.begin().await?;
        let known: Option<(i64,)> = sqlx::query_as(
            "SELECT id FROM dead_letters WHERE subject = ? AND body = ? AND redriven_at IS NULL",
        )
        .bind(&letter.subject)
        .bind(letter.body.to_vec())
        .fetch_optional(&mut *tx)
        .await
        .map_err(map)?;
        if let Some((id,)) = known {
            return Ok(id);
        }
        let (id,): (i64,) = sqlx::query_as(
            "INSERT INTO dead_letters (account, subject, body, reason, attempts, stored_at) VALUES (?, ?, ?, ?, ?, ?)
             RETURNING id",
        )
        .bind(letter.account.map(|a| a.0))
        .bind(&letter.subject)
        .bind(letter.body.to_vec())
        .bind(&letter.reason)
        .bind(letter.attempts)
        .bind(self.clock.now_micros())
        .fetch_one(&mut *tx)
        .await
        .map_err(map)?;
        tx.commit().await.map_err(map)?;
        Ok(id)
    }

    async fn dead_letters(&self, include_redriven: bool, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM dead_letters WHERE redriven_at IS NULL OR ? ORDER BY id DESC LIMIT ?")
                .bind(include_redriven)
                .bind(limit)
                .fetch_all(&self.read)
                .await
                .map_err(map)?;
        rows.iter()
            .map(|row| {
                Ok(DeadLetter {
                    id: get(row, "id")?,
                    letter: NewDeadLetter {
                        account: get::<Option<i64>>(row, "account")?.map(AccountId),
                        subject: get(row, "subject")?,
                        body: Bytes::from(get::<Vec<u8>>(row, "body")?),
                        reason: get(row, "reason")?,
                        attempts: get(row, "attempts")?,
                    },
                    stored_at: get(row, "stored_at")?,
                    redriven_at: get(row, "redriven_at")?,
                })
            })
            .collect()
    }

    async fn mark_redriven(&self, id: i64) -> Result<bool, StoreError> {
        let done =
            sqlx::query("UPDATE dead_letters SET redriven_at = ? WHERE id = ? AND redriven_at IS NULL")
                .bind(self.clock.now_micros())
                .bind(id)
                .execute(&self.write)
                .await
                .map_err(map)?;
        Ok(done.rows_affected() == 1)
    }
}
