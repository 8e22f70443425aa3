//! Accounts and leases.

use std::time::Duration;

use async_trait::async_trait;
use model::AccountId;
use store::{Account, Accounts, Authorization, Lease, Leases, StoreError};

use crate::PostgresStore;

#[async_trait]
impl Accounts for PostgresStore {
    async fn ensure_account(&self, session_name: &str) -> Result<Account, StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            // What another process inserts at the same time is seen by the second statement.
            sqlx::query(
                "INSERT INTO accounts (session_name) SELECT $1
                 WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE session_name = $1) ON CONFLICT DO NOTHING",
            )
            .bind(session_name)
            .execute(&mut *session)
            .await?;
            let (id, user_id): (i64, Option<i64>) =
                sqlx::query_as("SELECT id, user_id FROM accounts WHERE session_name = $1")
                    .bind(session_name)
                    .fetch_one(&mut *session)
                    .await?;
            session.release();
            Ok(Account {
                id: AccountId(id),
                session_name: session_name.to_owned(),
                user_id,
            })
        })
        .await
    }

    async fn set_account_user(&self, account: AccountId, user_id: i64) -> Result<bool, StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            let done = sqlx::query(
                "UPDATE accounts SET user_id = $1 WHERE id = $2 AND (user_id IS NULL OR user_id = $1)",
            )
            .bind(user_id)
            .bind(account.0)
            .execute(&mut *session)
            .await?;
            session.release();
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows: Vec<(i64, String, Option<i64>)> =
                sqlx::query_as("SELECT id, session_name, user_id FROM accounts ORDER BY id")
                    .fetch_all(&mut *session)
                    .await?;
            session.release();
            let account = |(id, session_name, user_id)| Account {
                id: AccountId(id),
                session_name,
                user_id,
            };
            Ok(rows.into_iter().map(account).collect())
        })
        .await
    }
}

#[async_trait]
impl Leases for PostgresStore {
    async fn acquire_lease(
        &self,
        authorization: &Authorization,
        owner: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>, StoreError> {
        self.run(move || async move {
            let now = self.clock.now_micros();
            let expires_at = now + ttl.as_micros() as i64;
            let mut session = self.writer().await?;
            let row: Option<(i64,)> = sqlx::query_as(
                "INSERT INTO leases AS l (account, role, owner, epoch, expires_at) VALUES ($1, $2, $3, 1, $4)
                 ON CONFLICT (account, role) DO UPDATE SET
                    epoch = CASE WHEN l.owner = $3 AND l.expires_at > $5 THEN l.epoch ELSE l.epoch + 1 END,
                    owner = $3, expires_at = $4
                 WHERE l.owner = $3 OR l.expires_at <= $5 RETURNING epoch",
            )
            .bind(authorization.account.0)
            .bind(&authorization.role)
            .bind(owner)
            .bind(expires_at)
            .bind(now)
            .fetch_optional(&mut *session)
            .await?;
            session.release();
            Ok(row.map(|(epoch,)| Lease {
                authorization: authorization.clone(),
                owner: owner.to_owned(),
                epoch: epoch as u32,
                expires_at,
            }))
        })
        .await
    }

    async fn renew_lease(&self, lease: &Lease, ttl: Duration) -> Result<Lease, StoreError> {
        self.run(move || async move {
            let now = self.clock.now_micros();
            let expires_at = now + ttl.as_micros() as i64;
            let mut session = self.writer().await?;
            let done = sqlx::query(
                "UPDATE leases SET expires_at = $1
                 WHERE account = $2 AND role = $3 AND owner = $4 AND epoch = $5 AND expires_at > $6",
            )
            .bind(expires_at)
            .bind(lease.authorization.account.0)
            .bind(&lease.authorization.role)
            .bind(&lease.owner)
            .bind(i64::from(lease.epoch))
            .bind(now)
            .execute(&mut *session)
            .await?;
            session.release();
            if done.rows_affected() == 0 {
                return Err(fenced(lease).into());
            }
            Ok(Lease {
                expires_at,
                ..lease.clone()
            })
        })
        .await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            let done = sqlx::query(
                "UPDATE leases SET expires_at = 0 WHERE account = $1 AND role = $2 AND owner = $3 AND epoch = $4",
            )
            .bind(lease.authorization.account.0)
            .bind(&lease.authorization.role)
            .bind(&lease.owner)
            .bind(i64::from(lease.epoch))
            .execute(&mut *session)
            .await?;
            session.release();
            if done.rows_affected() == 0 {
                return Err(fenced(lease).into());
            }
            Ok(())
        })
        .await
    }

    async fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows: Vec<(i64, String, String, i64, i64)> = sqlx::query_as(
                "SELECT account, role, owner, epoch, expires_at FROM leases ORDER BY account, role",
            )
            .fetch_all(&mut *session)
            .await?;
            session.release();
            let lease = |(account, role, owner, epoch, expires_at): (_, _, _, i64, _)| Lease {
                authorization: Authorization {
                    account: AccountId(account),
                    role,
                },
                owner,
                epoch: epoch as u32,
                expires_at,
            };
            Ok(rows.into_iter().map(lease).collect())
        })
        .await
    }
}

pub(crate) const fn fenced(lease: &Lease) -> StoreError {
    StoreError::Fenced {
        expected: lease.epoch,
    }
}
