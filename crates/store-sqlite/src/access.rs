//! Users of the viewer and their sessions.

use async_trait::async_trait;
use model::ChatId;
use sqlx::sqlite::SqliteRow;
use store::{Access, StoreError, ViewerSession, ViewerUser, Visitors};

use crate::SqliteStore;
use crate::error::{map, odd};
use crate::rows::{get, some_json};

fn user(row: &SqliteRow) -> Result<ViewerUser, StoreError> {
    let chats: Option<String> = get(row, "chats")?;
    Ok(ViewerUser {
        name: get(row, "name")?,
        admin: get(row, "admin")?,
        password_hash: get(row, "password_hash")?,
        chats: chats
            .map(|c| serde_json::from_str::<Vec<ChatId>>(&c).map_err(|_| odd("viewer_users", "chats")))
            .transpose()?,
    })
}

#[async_trait]
impl Visitors for SqliteStore {
    async fn viewer_session(&self, token_hash: &[u8; 32]) -> Result<Option<ViewerSession>, StoreError> {
        let row = sqlx::query(
            "SELECT u.*, s.expires_at FROM viewer_sessions s JOIN viewer_users u ON u.name = s.name
             WHERE s.token_hash = ? AND s.expires_at > ?",
        )
        .bind(&token_hash[..])
        .bind(self.clock.now_micros())
        .fetch_optional(&self.read)
        .await
        .map_err(map)?;
        row.as_ref()
            .map(|row| {
                Ok(ViewerSession {
                    user: user(row)?,
                    expires_at: get(row, "expires_at")?,
                })
            })
            .transpose()
    }
}

#[async_trait]
impl Access for SqliteStore {
    async fn viewer_users(&self) -> Result<Vec<ViewerUser>, StoreError> {
        let rows = sqlx::query("SELECT * FROM viewer_users ORDER BY name")
            .fetch_all(&self.read)
            .await
            .map_err(map)?;
        rows.iter().map(user).collect()
    }

    async fn viewer_user(&self, name: &str) -> Result<Option<ViewerUser>, StoreError> {
        let row = sqlx::query("SELECT * FROM viewer_users WHERE name = ?")
            .bind(name)
            .fetch_optional(&self.read)
            .await
            .map_err(map)?;
        row.as_ref().map(user).transpose()
    }

    async fn save_viewer_user(&self, user: &ViewerUser) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "DELETE FROM viewer_sessions WHERE name = ?1
             AND EXISTS (SELECT 1 FROM viewer_users WHERE name = ?1 AND password_hash <> ?2)",
        )
        .bind(&user.name)
        .bind(&user.password_hash)
        .execute(&mut *tx)
        .await
        .map_err(map)?;
        sqlx::query(
            "INSERT OR REPLACE INTO viewer_users (name, admin, password_hash, chats) VALUES (?, ?, ?, ?)",
        )
        .bind(&user.name)
        .bind(user.admin)
        .bind(&user.password_hash)
        .bind(some_json(user.chats.as_ref()))
        .execute(&mut *tx)
        .await
        .map_err(map)?;
        tx.commit().await.map_err(map)
    }

    async fn remove_viewer_user(&self, name: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM viewer_sessions WHERE name = ?")
            .bind(name)
            .execute(&mut *tx)
            .await
            .map_err(map)?;
        let removed = sqlx::query("DELETE FROM viewer_users WHERE name = ?")
            .bind(name)
            .execute(&mut *tx)
            .await
            .map_err(map)?;
        tx.commit().await.map_err(map)?;
        Ok(removed.rows_affected() == 1)
    }

    async fn open_viewer_session(
        &self,
        token_hash: &[u8; 32],
        user: &str,
        expires_at: i64,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM viewer_sessions WHERE expires_at <= ?")
            .bind(self.clock.now_micros())
            .execute(&mut *tx)
            .await
            .map_err(map)?;
        sqlx::query("INSERT INTO viewer_sessions (token_hash, name, expires_at) VALUES (?, ?, ?)")
            .bind(&token_hash[..])
            .bind(user)
            .bind(expires_at)
            .execute(&mut *tx)
            .await
            .map_err(map)?;
        tx.commit().await.map_err(map)
    }

    async fn end_viewer_session(&self, token_hash: &[u8; 32]) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM viewer_sessions WHERE token_hash = ?")
            .bind(&token_hash[..])
            .execute(&self.write)
            .await
            .map_err(map)?;
        Ok(())
    }
}
