//! The Telegram session on our store: a memory cache, written through, fenced by the lease.

mod for_pool;
mod peers;
mod seal;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::{SocketAddrV4, SocketAddrV6};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use grammers_session::types::{DcOption, PeerInfo};
use grammers_tl_types as tl;
use model::{ChatId, FloodWait};
use store::{Lease, SessionDc, SessionRow, SessionState, Sessions, StoreError};

use crate::keys::DcSet;
pub(crate) use for_pool::{PoolSessionError, from_grammers, to_grammers};
use peers::{Peers, of_chat, of_user};
use seal::KeyPlace;
pub(crate) use seal::base64;
pub use seal::{NotOpened, SessionKey, SessionKeyError};

/// How many peers are written at once.
const PEERS_PER_WRITE: usize = 2_000;

/// Why a stored session cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It was made with another set of data centres; nothing was changed.
    #[error(
        "the stored Telegram session belongs to other data centres (key {stored:016x}, configured {configured:016x}); use another SESSION_NAME for these"
    )]
    OtherDataCentres {
        /// Fingerprint in the row.
        stored: i64,
        /// Fingerprint configured.
        configured: i64,
    },
    /// Its keys were sealed under another secret; nothing was changed.
    #[error(
        "the stored Telegram session was sealed with another session key; give the key it was made with, or remove the session"
    )]
    OtherSessionKey(#[from] NotOpened),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One authorization's session.
pub(crate) struct StoredSession {
    store: Arc<dyn Sessions>,
    lease: Lease,
    key: SessionKey,
    set: DcSet,
    memory: Mutex<Memory>,
    /// Rows are written one after the other, so that an older value never overtakes a newer one.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Memory {
    home_dc: i32,
    user_id: Option<i64>,
    /// Whether the session's row exists.
    saved: bool,
    dcs: BTreeMap<i32, DcOption>,
    /// The keys of `dcs` as they are stored.
    sealed: BTreeMap<i32, Vec<u8>>,
    state: Option<SessionState>,
    peers: Peers,
}

impl StoredSession {
    /// Reads the session, or begins a new one in memory: nothing is written before there is a key to keep.
    pub(crate) async fn load(
        store: Arc<dyn Sessions>,
        lease: Lease,
        key: SessionKey,
        set: DcSet,
    ) -> Result<Self, OpenError> {
        let memory = match store.load_session(&lease.authorization).await? {
            Some(row) => {
                let mut memory = read_row(row, &lease, &key, &set)?;
                memory.peers = Peers::load(store.session_peers(&lease.authorization).await?);
                memory
            }
            None => fresh(&set),
        };
        Ok(Self {
            store,
            lease,
            key,
            set,
            memory: Mutex::new(memory),
            writing: tokio::sync::Mutex::new(()),
        })
    }

    pub(crate) const fn lease(&self) -> &Lease {
        &self.lease
    }

    pub(crate) const fn dc_set(&self) -> &DcSet {
        &self.set
    }

    pub(crate) fn home_dc(&self) -> i32 {
        self.memory().home_dc
    }

    pub(crate) fn user_id(&self) -> Option<i64> {
        self.memory().user_id
    }

    pub(crate) fn dc(&self, id: i32) -> Option<DcOption> {
        self.memory().dcs.get(&id).cloned()
    }

    pub(crate) fn peer(&self, chat: ChatId) -> Option<PeerInfo> {
        self.memory().peers.get(chat).cloned()
    }

    pub(crate) fn state(&self) -> Option<SessionState> {
        self.memory().state.clone()
    }

    /// Moves home to another DC (PHONE_MIGRATE and the like).
    pub(crate) async fn save_home(&self, dc: i32) -> Result<(), StoreError> {
        let user_id = self.user_id();
        self.save_head(dc, user_id).await
    }

    /// Notes who is logged in.
    pub(crate) async fn save_user(&self, user_id: i64) -> Result<(), StoreError> {
        let home = self.home_dc();
        self.save_head(home, Some(user_id)).await
    }

    async fn save_head(&self, home_dc: i32, user_id: Option<i64>) -> Result<(), StoreError> {
        let _writing = self.writing.lock().await;
        {
            let memory = self.memory();
            if memory.saved && memory.home_dc == home_dc && memory.user_id == user_id {
                return Ok(());
            }
        }
        self.store
            .save_session(&self.lease, home_dc, self.set.fingerprint(), user_id)
            .await?;
        let mut memory = self.memory();
        (memory.home_dc, memory.user_id, memory.saved) = (home_dc, user_id, true);
        Ok(())
    }

    /// Writes a DC's address and key, unless nothing is new. A key that is replaced is kept aside by the store.
    pub(crate) async fn save_dc(&self, dc: &DcOption) -> Result<(), StoreError> {
        if self.dc(dc.id).as_ref() == Some(dc) && (dc.auth_key.is_none() || self.memory().saved) {
            return Ok(());
        }
        if dc.auth_key.is_none() && !self.memory().saved {
            // Addresses alone are not worth a session.
            self.memory().dcs.insert(dc.id, dc.clone());
            return Ok(());
        }
        let (home, user) = (self.home_dc(), self.user_id());
        self.save_head(home, user).await?;
        let _writing = self.writing.lock().await;
        let row = self.sealed(dc)?;
        self.store.save_session_dc(&self.lease, &row).await?;
        let mut memory = self.memory();
        memory.dcs.insert(dc.id, dc.clone());
        memory.sealed.extend(row.sealed_key.map(|key| (dc.id, key)));
        Ok(())
    }

    /// The row of a DC. A key that is stored already keeps its sealed form, so that the store sees no other key.
    fn sealed(&self, dc: &DcOption) -> Result<SessionDc, StoreError> {
        let kept = {
            let memory = self.memory();
            let same = memory
                .dcs
                .get(&dc.id)
                .is_some_and(|known| known.auth_key == dc.auth_key);
            memory.sealed.get(&dc.id).filter(|_| same).cloned()
        };
        let sealed_key = match (&dc.auth_key, kept) {
            (None, _) => None,
            (Some(_), Some(kept)) => Some(kept),
            (Some(key), None) => Some(
                self.key
                    .seal(&self.place(dc.id), key)
                    .map_err(|e| StoreError::Unavailable(e.to_string()))?,
            ),
        };
        Ok(SessionDc {
            dc: dc.id,
            ipv4: dc.ipv4.to_string(),
            ipv6: dc.ipv6.to_string(),
            sealed_key,
        })
    }

    fn place(&self, dc: i32) -> KeyPlace<'_> {
        KeyPlace {
            authorization: &self.lease.authorization,
            dc,
            fingerprint: self.set.fingerprint(),
        }
    }

    /// Notes that Telegram told us to be silent.
    pub(crate) async fn save_flood_wait(&self, wait: FloodWait) -> Result<(), StoreError> {
        self.store.save_flood_wait(&self.lease, wait).await
    }

    /// Until when the account must be silent, whichever of its authorizations was told.
    pub(crate) async fn flood_waits(&self) -> Result<Vec<FloodWait>, StoreError> {
        self.store.flood_waits(self.lease.authorization.account).await
    }

    /// Remembers the peers of an answer. They reach the database with the next flush.
    pub(crate) fn remember(&self, users: &[tl::enums::User], chats: &[tl::enums::Chat]) {
        let mut memory = self.memory();
        for info in users
            .iter()
            .filter_map(of_user)
            .chain(chats.iter().filter_map(of_chat))
        {
            memory.peers.merge(info);
        }
    }

    pub(crate) fn remember_peer(&self, info: PeerInfo) {
        self.memory().peers.merge(info);
    }

    /// Looks up a peer of which nothing is known here among the account's other authorizations: access hashes are the
    /// account's (core.telegram.org/api/peers), so a downloader may use those that the fetcher learnt.
    pub(crate) async fn learn(&self, chat: ChatId) -> Result<(), StoreError> {
        let known = match self.peer(chat) {
            Some(PeerInfo::User { auth, .. } | PeerInfo::Channel { auth, .. }) => auth.is_some(),
            Some(PeerInfo::Chat { .. }) => true,
            None => chat.group_id().is_some(),
        };
        if known {
            return Ok(());
        }
        let account = self.lease.authorization.account;
        if let Some(row) = self.store.account_peer(account, chat.0).await?
            && let Ok(info) = serde_json::from_str(&row.info)
        {
            self.remember_peer(info);
        }
        Ok(())
    }

    /// Writes the peers that are new.
    pub(crate) async fn flush_peers(&self) -> Result<(), StoreError> {
        let _writing = self.writing.lock().await;
        let rows = {
            let mut memory = self.memory();
            if !memory.saved {
                return Ok(());
            }
            memory.peers.take_dirty()
        };
        for rows in rows.chunks(PEERS_PER_WRITE) {
            if let Err(e) = self.store.save_session_peers(&self.lease, rows).await {
                self.memory().peers.put_back(rows);
                return Err(e);
            }
        }
        Ok(())
    }

    /// Persists an update state, peers first: what lies behind the state cannot be learnt from updates again.
    pub(crate) async fn save_state(&self, state: &SessionState) -> Result<(), StoreError> {
        self.flush_peers().await?;
        let _writing = self.writing.lock().await;
        let known = self.state();
        let mut channels: BTreeMap<i64, i32> = known
            .as_ref()
            .map(|k| k.channels.iter().copied().collect())
            .unwrap_or_default();
        let changed = SessionState {
            channels: state
                .channels
                .iter()
                .filter(|(id, pts)| channels.get(id) != Some(pts))
                .copied()
                .collect(),
            ..*state
        };
        if known
            .as_ref()
            .is_some_and(|k| changed.channels.is_empty() && same_common(k, state))
        {
            return Ok(());
        }
        self.store.save_session_state(&self.lease, &changed, &[]).await?;
        channels.extend(changed.channels);
        self.memory().state = Some(SessionState {
            channels: channels.into_iter().collect(),
            ..*state
        });
        Ok(())
    }

    /// Notes the pts of a channel that has none. `Some`: it has one, which stays.
    pub(crate) async fn note_channel(&self, id: i64, pts: i32) -> Result<Option<i32>, StoreError> {
        let Some(mut state) = self.state() else {
            return Ok(None);
        };
        if let Some(known) = channel_pts(&state, id) {
            return Ok(Some(known));
        }
        state.channels = vec![(id, pts)];
        self.save_state(&state).await?;
        Ok(None)
    }

    /// Logged out: removes everything but what the data centres are.
    pub(crate) async fn forget(&self) -> Result<(), StoreError> {
        let _writing = self.writing.lock().await;
        self.store.remove_session(&self.lease).await?;
        *self.memory() = fresh(&self.set);
        Ok(())
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pts of a channel in a state.
pub(crate) fn channel_pts(state: &SessionState, id: i64) -> Option<i32> {
    state
        .channels
        .iter()
        .find(|(known, _)| *known == id)
        .map(|(_, pts)| *pts)
}

const fn same_common(a: &SessionState, b: &SessionState) -> bool {
    a.pts == b.pts && a.qts == b.qts && a.date == b.date && a.seq == b.seq
}

fn fresh(set: &DcSet) -> Memory {
    Memory {
        home_dc: set.first_dc(),
        dcs: set.known_dcs().into_iter().map(|dc| (dc.id, dc)).collect(),
        ..Memory::default()
    }
}

fn read_row(row: SessionRow, lease: &Lease, key: &SessionKey, set: &DcSet) -> Result<Memory, OpenError> {
    let (stored, configured) = (row.dc_fingerprint, set.fingerprint());
    if stored != configured {
        return Err(OpenError::OtherDataCentres { stored, configured });
    }
    let mut memory = fresh(set);
    for dc in row.dcs {
        let place = KeyPlace {
            authorization: &lease.authorization,
            dc: dc.dc,
            fingerprint: configured,
        };
        let auth_key = dc
            .sealed_key
            .map(|sealed| key.open(&place, &sealed))
            .transpose()?;
        let unreadable = |_| StoreError::Unexpected(format!("the address of DC {} cannot be read", dc.dc));
        let mut option = DcOption {
            id: dc.dc,
            ipv4: dc.ipv4.parse::<SocketAddrV4>().map_err(unreadable)?,
            ipv6: dc.ipv6.parse::<SocketAddrV6>().map_err(unreadable)?,
            auth_key,
        };
        // The configured address of a custom DC wins over one that was announced in an earlier life of it.
        if let (DcSet::Custom(custom), Some(known)) = (set, memory.dcs.get(&dc.dc))
            && custom.dc_id == dc.dc
        {
            (option.ipv4, option.ipv6) = (known.ipv4, known.ipv6);
        }
        memory.dcs.insert(dc.dc, option);
    }
    (memory.home_dc, memory.user_id, memory.saved) = (row.home_dc, row.user_id, true);
    memory.state = row.state;
    Ok(memory)
}
