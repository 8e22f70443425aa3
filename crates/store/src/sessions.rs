//! Telegram sessions: what grammers must remember, fenced by the lease's epoch.

use async_trait::async_trait;
use model::{AccountId, FloodWait};

use crate::StoreError;
use crate::accounts::{Authorization, Lease};

/// A session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionRow {
    /// The home data centre.
    pub home_dc: i32,
    /// The RSA fingerprint of the DC set it belongs to; rows are never used with another.
    pub dc_fingerprint: i64,
    /// The Telegram user it is logged in as.
    pub user_id: Option<i64>,
    /// Data centres.
    pub dcs: Vec<SessionDc>,
    /// The update state, if it was ever stored.
    pub state: Option<SessionState>,
}

/// A data centre's address and auth key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionDc {
    /// Its id.
    pub dc: i32,
    /// `ip:port` for IPv4.
    pub ipv4: String,
    /// `[ip]:port` for IPv6.
    pub ipv6: String,
    /// XChaCha20-Poly1305 of the auth key: nonce and ciphertext.
    pub sealed_key: Option<Vec<u8>>,
}

/// A peer's access hash, bound to the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPeer {
    /// Marked id.
    pub id: i64,
    /// `None`: only a `min` form was seen.
    pub access_hash: Option<i64>,
    /// Kind and flags as grammers' `PeerInfo` needs them, JSON.
    pub info: String,
}

/// Telegram's update state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionState {
    /// Of the common box.
    pub pts: i32,
    /// Secret chats' counter.
    pub qts: i32,
    /// Unix seconds.
    pub date: i32,
    /// Sequence of containers.
    pub seq: i32,
    /// (bare channel id, pts).
    pub channels: Vec<(i64, i32)>,
}

/// Laws: (1) every write is conditional on the lease's epoch, else [`StoreError::Fenced`] and nothing changed; (2) an old
/// auth key that is replaced is kept aside, never erased; (3) a flood wait is the account's, whichever authorization was
/// told: it outlives its session, and one that ends sooner never shortens it.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The session, without peers.
    async fn load_session(&self, authorization: &Authorization) -> Result<Option<SessionRow>, StoreError>;

    /// Creates or updates home DC, fingerprint and user.
    async fn save_session(
        &self,
        lease: &Lease,
        home_dc: i32,
        dc_fingerprint: i64,
        user_id: Option<i64>,
    ) -> Result<(), StoreError>;

    /// Creates or updates one DC.
    async fn save_session_dc(&self, lease: &Lease, dc: &SessionDc) -> Result<(), StoreError>;

    /// All peers.
    async fn session_peers(&self, authorization: &Authorization) -> Result<Vec<SessionPeer>, StoreError>;

    /// What any authorization of the account knows of a peer: an access hash is the account's, not the session's. Only one
    /// with a hash.
    async fn account_peer(&self, account: AccountId, id: i64) -> Result<Option<SessionPeer>, StoreError>;

    /// Upserts peers; the caller has merged them.
    async fn save_session_peers(&self, lease: &Lease, peers: &[SessionPeer]) -> Result<(), StoreError>;

    /// Replaces the common state and upserts the channels given; channels in `forget` are removed.
    async fn save_session_state(
        &self,
        lease: &Lease,
        state: &SessionState,
        forget: &[i64],
    ) -> Result<(), StoreError>;

    /// Notes that this authorization was told to wait.
    async fn save_flood_wait(&self, lease: &Lease, wait: FloodWait) -> Result<(), StoreError>;

    /// The waits of an account that have not ended: the latest end of each class.
    async fn flood_waits(&self, account: AccountId) -> Result<Vec<FloodWait>, StoreError>;

    /// Logs out: removes the session with its keys, peers and state.
    async fn remove_session(&self, lease: &Lease) -> Result<(), StoreError>;
}
