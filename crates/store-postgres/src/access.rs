//! Users of the viewer and their sessions.

use async_trait::async_trait;
use model::ChatId;
use sqlx::postgres::PgRow;
use store::{Access, StoreError, ViewerSession, ViewerUser, Visitors};

use crate::PostgresStore;
use crate::error::{Outcome, odd};
use crate::locks::Locks;
use crate::rows::{get, some_json};

fn user(row: &PgRow) -> Outcome<ViewerUser> {
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
impl Visitors for PostgresStore {
    async fn viewer_session(&self, token_hash: &[u8; 32]) -> Result<Option<ViewerSession>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let row = sqlx::query(
                "SELECT u.*, s.expires_at FROM viewer_sessions s JOIN viewer_users u ON u.name = s.name
                 WHERE s.token_hash = $1 AND s.expires_at > $2",
            )
            .bind(&token_hash[..])
            .bind(self.clock.now_micros())
            .fetch_optional(&mut *session)
            .await?;
            session.release();
            let open = |row: &PgRow| {
                Ok(ViewerSession {
                    user: user(row)?,
                    expires_at: get(row, "expires_at")?,
                })
            };
            row.as_ref().map(open).transpose()
        })
        .await
    }
}

#[async_trait]
impl Access for PostgresStore {
    async fn viewer_users(&self) -> Result<Vec<ViewerUser>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows = sqlx::query("SELECT * FROM viewer_users ORDER BY name")
                .fetch_all(&mut *session)
                .await?;
            session.release();
            rows.iter().map(user).collect()
        })
        .await
    }

    async fn viewer_user(&self, name: &str) -> Result<Option<ViewerUser>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let row = sqlx::query("SELECT * FROM viewer_users WHERE name = $1")
                .bind(name)
                .fetch_optional(&mut *session)
                .await?;
            session.release();
            row.as_ref().map(user).transpose()
        })
        .await
    }

    async fn save_viewer_user(&self, user: &ViewerUser) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut tx = self.begin(&Locks::none()).await?;
            sqlx::query(
                "DELETE FROM viewer_sessions WHERE name = $1
                 AND EXISTS (SELECT 1 FROM viewer_users WHERE name = $1 AND password_hash <> $2)",
            )
            .bind(&user.name)
            .bind(&user.password_hash)
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "INSERT INTO viewer_users (name, admin, password_hash, chats) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (name) DO UPDATE SET admin = excluded.admin, password_hash = excluded.password_hash,
                    chats = excluded.chats",
            )
            .bind(&user.name)
            .bind(user.admin)
            .bind(&user.password_hash)
            .bind(some_json(user.chats.as_ref()))
            .execute(&mut *tx)
            .await?;
            tx.commit().await
        })
        .await
    }

    async fn remove_viewer_user(&self, name: &str) -> Result<bool, StoreError> {
        self.run(move || async move {
            let mut tx = self.begin(&Locks::none()).await?;
            sqlx::query("DELETE FROM viewer_sessions WHERE name = $1")
                .bind(name)
                .execute(&mut *tx)
                .await?;
            let removed = sqlx::query("DELETE FROM viewer_users WHERE name = $1")
                .bind(name)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(removed.rows_affected() == 1)
        })
        .await
    }

    async fn open_viewer_session(
        &self,
        token_hash: &[u8; 32],
        user: &str,
        expires_at: i64,
    ) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut tx = self.begin(&Locks::none()).await?;
            sqlx::query("DELETE FROM viewer_sessions WHERE expires_at <= $1")
                .bind(self.clock.now_micros())
                .execute(&mut *tx)
                .await?;
            sqlx::query("INSERT INTO viewer_sessions (token_hash, name, expires_at) VALUES ($1, $2, $3)")
                .bind(&token_hash[..])
                .bind(user)
                .bind(expires_at)
                .execute(&mut *tx)
                .await?;
            tx.commit().await
        })
        .await
    }

    async fn end_viewer_session(&self, token_hash: &[u8; 32]) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            sqlx::query("DELETE FROM viewer_sessions WHERE token_hash = $1")
                .bind(&token_hash[..])
                .execute(&mut *session)
                .await?;
            session.release();
            Ok(())
        })
        .await
    }
}
