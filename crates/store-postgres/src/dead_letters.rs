//! Dead letters.

use async_trait::async_trait;
use bytes::Bytes;
use model::AccountId;
use sqlx::postgres::{PgConnection, PgRow};
use store::{DeadLetter, DeadLetters, NewDeadLetter, StoreError};

use crate::PostgresStore;
use crate::error::Outcome;
use crate::rows::get;

/// Stores a letter in a transaction of the caller's; one that is stored already, and not redriven, is it.
pub(crate) async fn keep(connection: &mut PgConnection, letter: &NewDeadLetter, now: i64) -> Outcome<i64> {
    // The update changes nothing; it makes the known row answer.
    let (id,): (i64,) = sqlx::query_as(
        "INSERT INTO dead_letters AS d (account, subject, body, reason, attempts, stored_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (subject, sha256(body)) WHERE redriven_at IS NULL DO UPDATE SET subject = d.subject
         RETURNING id",
    )
    .bind(letter.account.map(|a| a.0))
    .bind(&letter.subject)
    .bind(&letter.body[..])
    .bind(&letter.reason)
    .bind(i64::from(letter.attempts))
    .bind(now)
    .fetch_one(connection)
    .await?;
    Ok(id)
}

/// A row of `dead_letters`.
pub(crate) fn letter(row: &PgRow) -> Outcome<DeadLetter> {
    Ok(DeadLetter {
        id: get(row, "id")?,
        letter: NewDeadLetter {
            account: get::<Option<i64>>(row, "account")?.map(AccountId),
            subject: get(row, "subject")?,
            body: Bytes::from(get::<Vec<u8>>(row, "body")?),
            reason: get(row, "reason")?,
            attempts: get::<i64>(row, "attempts")? as u32,
        },
        stored_at: get(row, "stored_at")?,
        redriven_at: get(row, "redriven_at")?,
    })
}

#[async_trait]
impl DeadLetters for PostgresStore {
    async fn store_dead_letter(&self, letter: &NewDeadLetter) -> Result<i64, StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            let id = keep(&mut session, letter, self.clock.now_micros()).await?;
            session.release();
            Ok(id)
        })
        .await
    }

    async fn dead_letters(&self, include_redriven: bool, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows = sqlx::query(
                "SELECT * FROM dead_letters WHERE redriven_at IS NULL OR $1 ORDER BY id DESC LIMIT $2",
            )
            .bind(include_redriven)
            .bind(i64::from(limit))
            .fetch_all(&mut *session)
            .await?;
            session.release();
            rows.iter().map(letter).collect()
        })
        .await
    }

    async fn mark_redriven(&self, id: i64) -> Result<bool, StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            let done =
                sqlx::query("UPDATE dead_letters SET redriven_at = $1 WHERE id = $2 AND redriven_at IS NULL")
                    .bind(self.clock.now_micros())
                    .bind(id)
                    .execute(&mut *session)
                    .await?;
            session.release();
            Ok(done.rows_affected() == 1)
        })
        .await
    }
}
