//! One authorization's connection, put together.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use async_trait::async_trait;
use model::{Capture, ChatId, Clock, FileRef, MediaOwner, MessageId};
use secrecy::SecretString;
use store::{Accounts, Lease, Sessions, StoreError};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::decode::Context;
use crate::files::Migrations;
use crate::keys::DcSet;
use crate::pool::{Hub, Pool, PoolParts};
use crate::port::{
    CallBudget, Chunk, ConnectionState, DialogPage, DownloadRequest, FolderList, HistoryPage, HistoryRequest,
    LookedUp, ResolvedChat, Stamps, Telegram, TelegramError, UpdateState, Updates,
};
use crate::session::{OpenError, SessionKey, StoredSession};
use crate::updates::{ChannelNotes, Follower};

/// How often new peers are written, and flood waits read that other processes of the account were told.
const FLUSH_EVERY: Duration = Duration::from_secs(2);

/// How we present ourselves to Telegram, and how we reach it.
#[derive(Clone, Debug)]
pub struct Device {
    /// Shown under Settings > Devices.
    pub device_model: String,
    /// Shown there too.
    pub system_version: String,
    /// Shown there too.
    pub app_version: String,
    /// ISO 639-1.
    pub lang_code: String,
    /// `socks5://[user:password@]host:port`
    pub proxy_url: Option<String>,
    /// Dial IPv6 addresses.
    pub use_ipv6: bool,
}

impl Default for Device {
    fn default() -> Self {
        Self {
            device_model: "Telegram Archive".to_owned(),
            system_version: std::env::consts::OS.to_owned(),
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            lang_code: "en".to_owned(),
            proxy_url: None,
            use_ipv6: false,
        }
    }
}

/// How long to wait for an answer. grammers waits for ever.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// A call, with its connect.
    pub call: Duration,
    /// A part of a file.
    pub file: Duration,
    /// A key exchange.
    pub exchange: Duration,
    /// The longest pause between two tries.
    pub longest_pause: Duration,
    /// After this long without updates the connection is tried with a ping.
    pub idle_probe: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(30),
            file: Duration::from_mins(2),
            exchange: Duration::from_secs(30),
            longest_pause: Duration::from_secs(30),
            idle_probe: Duration::from_mins(1),
        }
    }
}

/// What a client needs.
pub struct OpenOptions {
    /// Ours; the caller renews it, and disconnects before it ends.
    pub lease: Lease,
    /// Session rows.
    pub sessions: Arc<dyn Sessions>,
    /// Guards that an account never changes its user.
    pub accounts: Arc<dyn Accounts>,
    /// Seals auth keys.
    pub session_key: SessionKey,
    /// From <https://my.telegram.org/apps>.
    pub api_id: i32,
    /// From the same place.
    pub api_hash: SecretString,
    /// Telegram, or something else.
    pub dc_set: DcSet,
    /// Decides flood waits and stamps arrivals.
    pub clock: Arc<dyn Clock>,
    /// Asked before every call but those of the update loop.
    pub budget: Arc<dyn CallBudget>,
    /// Of the lease's epoch.
    pub stamps: Arc<Stamps>,
    /// How we present ourselves.
    pub device: Device,
    /// How long to wait.
    pub timeouts: Timeouts,
}

/// What the parts of the adapter share.
pub(crate) struct Inner {
    pub(crate) session: Arc<StoredSession>,
    pub(crate) pool: Pool,
    pub(crate) hub: Arc<Hub>,
    pub(crate) accounts: Arc<dyn Accounts>,
    pub(crate) stamps: Arc<Stamps>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) timeouts: Timeouts,
    pub(crate) api_id: i32,
    pub(crate) api_hash: SecretString,
    pub(crate) notes: Mutex<ChannelNotes>,
    pub(crate) noted: Notify,
    pub(crate) migrations: Migrations,
}

impl Inner {
    /// A stamp for a request that is about to be sent, and what decoding its answer needs.
    pub(crate) fn context(&self) -> Context {
        Context {
            seen: self.stamps.next(),
            me: self.session.user_id(),
        }
    }

    /// Writes new peers before a page is handed on that mentions them: one that is archived is not asked for again, and
    /// their hashes would be lost with this process. Waits for a database that is away, until the connection is closed.
    pub(crate) async fn keep_peers(&self) -> Result<(), TelegramError> {
        let mut waits = false;
        loop {
            let Err(error) = self.session.flush_peers().await else {
                return Ok(());
            };
            self.stop_if_fenced(&error);
            if !error.is_transient() {
                return Err(error.into());
            }
            if !waits {
                tracing::warn!(%error, "a page waits until its peers are written");
                waits = true;
            }
            tokio::select! {
                () = self.pool.closed().cancelled() => return Err(TelegramError::Closed),
                () = tokio::time::sleep(FLUSH_EVERY) => {}
            }
        }
    }

    /// Writes new peers, if there are any.
    pub(crate) async fn flush_peers(&self) {
        if let Err(e) = self.session.flush_peers().await {
            self.stop_if_fenced(&e);
            tracing::warn!(error = %e, "peers could not be written; they are kept and tried again");
        }
    }

    /// Stops for good if the lease is not ours any more.
    pub(crate) fn stop_if_fenced(&self, error: &StoreError) {
        if matches!(error, StoreError::Fenced { .. }) {
            self.pool.closed().cancel();
        }
    }
}

/// Telegram through grammers; cheap to clone. Nothing is connected before the first call.
#[derive(Clone)]
pub struct TelegramClient(pub(crate) Arc<Inner>);

impl TelegramClient {
    /// Reads the session, and the flood waits that its account was told.
    pub async fn open(options: OpenOptions) -> Result<Self, OpenError> {
        let OpenOptions {
            lease,
            sessions,
            accounts,
            session_key,
            api_id,
            api_hash,
            dc_set,
            clock,
            ..
        } = options;
        let session = Arc::new(StoredSession::load(sessions, lease, session_key, dc_set).await?);
        let hub = Arc::new(Hub::new(Arc::clone(&options.stamps), Arc::clone(&clock)));
        let pool = Pool::new(PoolParts {
            session: Arc::clone(&session),
            api_id,
            device: options.device,
            timeouts: options.timeouts,
            clock: Arc::clone(&clock),
            budget: options.budget,
            hub: Arc::clone(&hub),
        });
        pool.recall_floods().await?;
        if session.user_id().is_none() {
            pool.board().login_required("nobody is logged in yet");
        }
        let inner = Arc::new(Inner {
            session,
            pool,
            hub,
            accounts,
            stamps: options.stamps,
            clock,
            timeouts: options.timeouts,
            api_id,
            api_hash,
            notes: Mutex::default(),
            noted: Notify::new(),
            migrations: Migrations::default(),
        });
        tokio::spawn(keep_house(Arc::downgrade(&inner), inner.pool.closed().clone()));
        Ok(Self(inner))
    }

    /// For measuring: what network, MTProto and TL alone take for the page of a hundred messages above `after`. Answers
    /// how many there are, and the greatest id.
    pub async fn bare_page(
        &self,
        chat: ChatId,
        after: MessageId,
    ) -> Result<(usize, MessageId), TelegramError> {
        self.0.bare_page(chat, after).await
    }
}

/// Writes new peers and reads flood waits now and then, until the connection is closed or nobody uses it any more; a
/// connection that was closed because the lease is lost is hung up here.
async fn keep_house(inner: Weak<Inner>, closed: CancellationToken) {
    let mut ticks = tokio::time::interval(FLUSH_EVERY);
    loop {
        tokio::select! {
            () = closed.cancelled() => {
                if let Some(inner) = inner.upgrade() {
                    inner.pool.close().await;
                }
                return;
            }
            _ = ticks.tick() => {}
        }
        let Some(inner) = inner.upgrade() else { return };
        inner.flush_peers().await;
        if let Err(e) = inner.pool.recall_floods().await {
            tracing::debug!(error = %e, "flood waits of other processes are looked for later");
        }
    }
}

#[async_trait]
impl Telegram for TelegramClient {
    fn state(&self) -> watch::Receiver<ConnectionState> {
        self.0.pool.board().subscribe()
    }

    async fn me(&self) -> Result<i64, TelegramError> {
        if let Some(reason) = self.0.pool.board().why_login() {
            return Err(TelegramError::LoginRequired(reason));
        }
        self.0
            .session
            .user_id()
            .ok_or_else(|| TelegramError::LoginRequired("nobody is logged in yet".to_owned()))
    }

    async fn dialogs(&self, at: &FolderList) -> Result<DialogPage, TelegramError> {
        self.0.dialogs(at).await
    }

    async fn history(&self, request: &HistoryRequest) -> Result<HistoryPage, TelegramError> {
        self.0.history(request).await
    }

    async fn newest_id(&self, chat: ChatId) -> Result<MessageId, TelegramError> {
        self.0.newest_id(chat).await
    }

    async fn messages_by_id(&self, chat: ChatId, ids: &[MessageId]) -> Result<Vec<LookedUp>, TelegramError> {
        self.0.messages_by_id(chat, ids).await
    }

    async fn resolve(&self, chat: ChatId) -> Result<Option<ResolvedChat>, TelegramError> {
        self.0.resolve(chat).await
    }

    async fn peers(&self, peers: &[ChatId]) -> Result<Vec<Capture>, TelegramError> {
        self.0.peers_now(peers).await
    }

    async fn topics(&self, chat: ChatId) -> Result<Vec<Capture>, TelegramError> {
        self.0.topics(chat).await
    }

    async fn folders_and_contacts(&self) -> Result<Vec<Capture>, TelegramError> {
        self.0.folders_and_contacts().await
    }

    async fn updates(&self) -> Result<Box<dyn Updates>, TelegramError> {
        Ok(Box::new(Follower::start(Arc::clone(&self.0)).await?))
    }

    async fn channel_pts(&self, chat: ChatId, pts: i32) -> Result<(), TelegramError> {
        self.0.channel_pts(chat, pts).await
    }

    async fn persist_state(&self, state: &UpdateState) -> Result<(), TelegramError> {
        self.0.session.save_state(&state.0).await.map_err(|e| {
            self.0.stop_if_fenced(&e);
            e.into()
        })
    }

    async fn download(&self, request: &DownloadRequest) -> Result<Chunk, TelegramError> {
        self.0.download(request).await
    }

    async fn refresh_file(
        &self,
        owner: MediaOwner,
        chat: Option<ChatId>,
        file: &FileRef,
    ) -> Result<Option<FileRef>, TelegramError> {
        self.0.refresh_file(owner, chat, file).await
    }

    async fn disconnect(&self) {
        self.0.pool.close().await;
        self.0.pool.note_floods().await;
        if let Err(e) = self.0.session.flush_peers().await {
            tracing::warn!(error = %e, "the last peers could not be written");
        }
    }
}
