//! Dead letters.

use async_trait::async_trait;
use bytes::Bytes;
use model::AccountId;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use store::{DeadLetter, DeadLetters, NewDeadLetter, StoreError};

use crate::SqliteStore;
use crate::error::map;
use crate::rows::get;

/// Stores a letter in a transaction of the caller's; one that is stored already, and not redriven, is it.
pub(crate) async fn keep(
    tx: &mut SqliteConnection,
    letter: &NewDeadLetter,
    now: i64,
) -> Result<i64, StoreError> {
    let known: Option<(i64,)> =
        sqlx::query_as("SELECT id FROM dead_letters WHERE subject = ? AND body = ? AND redriven_at IS NULL")
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
    .bind(now)
    .fetch_one(tx)
    .await
    .map_err(map)?;
    Ok(id)
}

/// A row of `dead_letters`.
pub(crate) fn letter(row: &SqliteRow) -> Result<DeadLetter, StoreError> {
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
}

#[async_trait]
impl DeadLetters for SqliteStore {
    async fn store_dead_letter(&self, letter: &NewDeadLetter) -> Result<i64, StoreError> {
        let mut tx = self.begin().await?;
        let id = keep(&mut tx, letter, self.clock.now_micros()).await?;
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
        rows.iter().map(letter).collect()
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
