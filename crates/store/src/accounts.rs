//! Accounts, and who owns them now.

use std::time::Duration;

use async_trait::async_trait;
use model::AccountId;

use crate::StoreError;

/// An archived account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Leads every key.
    pub id: AccountId,
    /// `SESSION_NAME`.
    pub session_name: String,
    /// The Telegram user, once logged in. An archive account never changes its user.
    pub user_id: Option<i64>,
}

/// The accounts of this archive.
///
/// Laws: (1) [`Accounts::ensure_account`] of the same name gives the same id, also when two call at once;
/// (2) a user id, once set, is never replaced by another.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// The account of this session name, made if there is none.
    async fn ensure_account(&self, session_name: &str) -> Result<Account, StoreError>;

    /// Notes who logged in. `false`: the account belongs to another user, nothing was changed.
    async fn set_account_user(&self, account: AccountId, user_id: i64) -> Result<bool, StoreError>;

    /// All accounts, by id.
    async fn accounts(&self) -> Result<Vec<Account>, StoreError>;
}

/// One Telegram authorization of an account: each has its own auth keys and its own lease.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Authorization {
    /// Whose.
    pub account: AccountId,
    /// `fetcher`, or `downloader-1`, `downloader-2`, ... in a cluster.
    pub role: String,
}

/// A lease that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// On what.
    pub authorization: Authorization,
    /// By whom: random per process.
    pub owner: String,
    /// Raised by each takeover.
    pub epoch: u32,
    /// Unix microseconds.
    pub expires_at: i64,
}

/// Leases on authorizations (law 8), in the database in both modes.
///
/// Laws: (1) at most one owner holds an unexpired lease; (2) each acquisition by another owner raises the epoch, also
/// after a release; (3) renewing or releasing with an epoch that is over changes nothing and says
/// [`StoreError::Fenced`]. Time is the injected clock of the store.
#[async_trait]
pub trait Leases: Send + Sync {
    /// Takes the lease if it is free, expired, or already this owner's. `None`: held by another.
    async fn acquire_lease(
        &self,
        authorization: &Authorization,
        owner: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>, StoreError>;

    /// Prolongs it.
    async fn renew_lease(&self, lease: &Lease, ttl: Duration) -> Result<Lease, StoreError>;

    /// Gives it up, at once free for others.
    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError>;

    /// Who holds what, for status.
    async fn leases(&self) -> Result<Vec<Lease>, StoreError>;
}
