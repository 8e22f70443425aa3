//! Small facts.

use async_trait::async_trait;
use store::{Meta, StoreError};

use crate::SqliteStore;
use crate::error::map;

#[async_trait]
impl Meta for SqliteStore {
    async fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> = sqlx::query_as("SELECT value FROM meta WHERE key = ?")
            .bind(key)
            .fetch_optional(&self.read)
            .await
            .map_err(map)?;
        Ok(row.map(|(value,)| value))
    }

    async fn set_meta(&self, key: &str, value: Option<&str>) -> Result<(), StoreError> {
        let query = match value {
            Some(value) => sqlx::query("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)")
                .bind(key)
                .bind(value),
            None => sqlx::query("DELETE FROM meta WHERE key = ?").bind(key),
        };
        query.execute(&self.write).await.map_err(map)?;
        Ok(())
    }

    async fn ensure_meta(&self, key: &str, value: &str) -> Result<String, StoreError> {
        let (kept,): (String,) = sqlx::query_as(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = meta.value
             RETURNING value",
        )
        .bind(key)
        .bind(value)
        .fetch_one(&self.write)
        .await
        .map_err(map)?;
        Ok(kept)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1 FROM meta LIMIT 1")
            .fetch_optional(&self.read)
            .await
            .map_err(map)?;
        Ok(())
    }
}
