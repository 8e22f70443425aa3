//! Accounts and leases.

use std::fs::OpenOptions;
use std::sync::PoisonError;
use std::time::Duration;

use async_trait::async_trait;
use model::AccountId;
use store::{Account, Accounts, Authorization, Lease, Leases, StoreError};

use crate::SqliteStore;
use crate::error::map;

#[async_trait]
impl Accounts for SqliteStore {
    async fn ensure_account(&self, session_name: &str) -> Result<Account, StoreError> {
        sqlx::query("INSERT INTO accounts (session_name) VALUES (?) ON CONFLICT DO NOTHING")
            .bind(session_name)
            .execute(&self.write)
            .await
            .map_err(map)?;
        let (id, user_id): (i64, Option<i64>) =
            sqlx::query_as("SELECT id, user_id FROM accounts WHERE session_name = ?")
                .bind(session_name)
                .fetch_one(&self.write)
                .await
                .map_err(map)?;
        Ok(Account {
            id: AccountId(id),
            session_name: session_name.to_owned(),
            user_id,
        })
    }

    async fn set_account_user(&self, account: AccountId, user_id: i64) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE accounts SET user_id = ?1 WHERE id = ?2 AND (user_id IS NULL OR user_id = ?1)",
        )
        .bind(user_id)
        .bind(account.0)
        .execute(&self.write)
        .await
        .map_err(map)?;
        Ok(done.rows_affected() == 1)
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows: Vec<(i64, String, Option<i64>)> =
            sqlx::query_as("SELECT id, session_name, user_id FROM accounts ORDER BY id")
                .fetch_all(&self.read)
                .await
                .map_err(map)?;
        Ok(rows
            .into_iter()
            .map(|(id, session_name, user_id)| Account {
                id: AccountId(id),
                session_name,
                user_id,
            })
            .collect())
    }
}

impl SqliteStore {
    /// Takes the file's lock, or finds that this process holds it already.
    fn take_file_lock(&self) -> Result<bool, StoreError> {
        let mut held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_some() {
            return Ok(true);
        }
        let unusable =
            |e: std::io::Error| StoreError::Unavailable(format!("{}: {e}", self.lock_path.display()));
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&self.lock_path)
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {
                *held = Some(file);
                Ok(true)
            }
            Err(std::fs::TryLockError::WouldBlock) => Ok(false),
            Err(std::fs::TryLockError::Error(e)) => Err(unusable(e)),
        }
    }
}

#[async_trait]
impl Leases for SqliteStore {
    /// The owner holds the lock of the file while it lives. So a lease of a process that was killed is free at once: if
    /// the lock can be had, nobody lives who holds a lease of another process.
    async fn acquire_lease(
        &self,
        authorization: &Authorization,
        owner: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>, StoreError> {
        let first = self.lock.lock().unwrap_or_else(PoisonError::into_inner).is_none();
        if !self.take_file_lock()? {
            return Ok(None);
        }
        let now = self.clock.now_micros();
        let expires_at = now + ttl.as_micros() as i64;
        let row: Option<(u32,)> = sqlx::query_as(
            "INSERT INTO leases (account, role, owner, epoch, expires_at) VALUES (?1, ?2, ?3, 1, ?4)
             ON CONFLICT (account, role) DO UPDATE SET
                epoch = CASE WHEN owner = ?3 AND expires_at > ?5 THEN epoch ELSE epoch + 1 END,
                owner = ?3, expires_at = ?4
             WHERE owner = ?3 OR expires_at <= ?5 OR ?6 RETURNING epoch",
        )
        .bind(authorization.account.0)
        .bind(&authorization.role)
        .bind(owner)
        .bind(expires_at)
        .bind(now)
        .bind(first)
        .fetch_optional(&self.write)
        .await
        .map_err(map)?;
        Ok(row.map(|(epoch,)| Lease {
            authorization: authorization.clone(),
            owner: owner.to_owned(),
            epoch,
            expires_at,
        }))
    }

    async fn renew_lease(&self, lease: &Lease, ttl: Duration) -> Result<Lease, StoreError> {
        let now = self.clock.now_micros();
        let expires_at = now + ttl.as_micros() as i64;
        let done = sqlx::query(
            "UPDATE leases SET expires_at = ? WHERE account = ? AND role = ? AND owner = ? AND epoch = ? AND expires_at > ?",
        )
        .bind(expires_at)
        .bind(lease.authorization.account.0)
        .bind(&lease.authorization.role)
        .bind(&lease.owner)
        .bind(lease.epoch)
        .bind(now)
        .execute(&self.write)
        .await
        .map_err(map)?;
        if done.rows_affected() == 0 {
            return Err(StoreError::Fenced {
                expected: lease.epoch,
            });
        }
        Ok(Lease {
            expires_at,
            ..lease.clone()
        })
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        let done = sqlx::query(
            "UPDATE leases SET expires_at = 0 WHERE account = ? AND role = ? AND owner = ? AND epoch = ?",
        )
        .bind(lease.authorization.account.0)
        .bind(&lease.authorization.role)
        .bind(&lease.owner)
        .bind(lease.epoch)
        .execute(&self.write)
        .await
        .map_err(map)?;
        if done.rows_affected() == 0 {
            return Err(StoreError::Fenced {
                expected: lease.epoch,
            });
        }
        let (held,): (i64,) =
            sqlx::query_as("SELECT count(*) FROM leases WHERE owner = ? AND expires_at > ?")
                .bind(&lease.owner)
                .bind(self.clock.now_micros())
                .fetch_one(&self.write)
                .await
                .map_err(map)?;
        if held == 0 {
            *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        Ok(())
    }

    async fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        let rows: Vec<(i64, String, String, u32, i64)> = sqlx::query_as(
            "SELECT account, role, owner, epoch, expires_at FROM leases ORDER BY account, role",
        )
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
        Ok(rows
            .into_iter()
            .map(|(account, role, owner, epoch, expires_at)| Lease {
                authorization: Authorization {
                    account: AccountId(account),
                    role,
                },
                owner,
                epoch,
                expires_at,
            })
            .collect())
    }
}
