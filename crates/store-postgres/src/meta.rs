//! Small facts.

use async_trait::async_trait;
use store::{Meta, StoreError};

use crate::PostgresStore;

#[async_trait]
impl Meta for PostgresStore {
    async fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let row: Option<(String,)> = sqlx::query_as("SELECT value FROM meta WHERE key = $1")
                .bind(key)
                .fetch_optional(&mut *session)
                .await?;
            session.release();
            Ok(row.map(|(value,)| value))
        })
        .await
    }

    async fn set_meta(&self, key: &str, value: Option<&str>) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            let query = match value {
                Some(value) => sqlx::query(
                    "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                )
                .bind(key)
                .bind(value),
                None => sqlx::query("DELETE FROM meta WHERE key = $1").bind(key),
            };
            query.execute(&mut *session).await?;
            session.release();
            Ok(())
        })
        .await
    }

    async fn ensure_meta(&self, key: &str, value: &str) -> Result<String, StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            let (kept,): (String,) = sqlx::query_as(
                "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = meta.value
                 RETURNING value",
            )
            .bind(key)
            .bind(value)
            .fetch_one(&mut *session)
            .await?;
            session.release();
            Ok(kept)
        })
        .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            sqlx::query("SELECT 1 FROM meta LIMIT 1")
                .fetch_optional(&mut *session)
                .await?;
            session.release();
            Ok(())
        })
        .await
    }
}
