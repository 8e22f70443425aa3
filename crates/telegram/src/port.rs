//! What the services ask of Telegram.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use model::{
    BoxId, Capture, CapturedDialog, CapturedMessage, ChatId, ChatKind, FileLocation, FileRef, MediaOwner,
    MessageId, Seen,
};
pub use model::{CallClass, Purpose};
use secrecy::SecretString;
use store::Lease;
use tokio::sync::watch;

/// Hands out the stamps of one owner epoch, ascending.
#[derive(Debug)]
pub struct Stamps {
    epoch: u32,
    counter: AtomicU64,
}

impl Stamps {
    /// Starts an epoch.
    pub const fn new(epoch: u32) -> Self {
        Self {
            epoch,
            counter: AtomicU64::new(0),
        }
    }

    /// The next stamp.
    pub fn next(&self) -> Seen {
        self.reserve(1)
    }

    /// The first of `count` stamps that belong together: one for each thing that one answer will tell.
    pub fn reserve(&self, count: u64) -> Seen {
        Seen {
            epoch: self.epoch,
            counter: self.counter.fetch_add(count, Ordering::SeqCst) + 1,
        }
    }
}

/// How things stand with Telegram; shown to the user, never a failure by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Not connected yet, or trying again; with the reason of the last failure.
    Connecting {
        /// One line for a person.
        reason: Option<String>,
    },
    /// Connected and authorized.
    Ready,
    /// Telegram told a class of calls to wait. Others go on.
    FloodWait {
        /// Which calls.
        class: CallClass,
        /// Unix seconds.
        until: i64,
    },
    /// Nobody is logged in: run `telegram-archive auth`.
    LoginRequired {
        /// Revoked, key unknown, duplicated, ...
        reason: String,
    },
}

/// One line for a person; `until` in unix seconds.
pub fn flood_wait(class: CallClass, until: i64) -> String {
    let until = jiff::Timestamp::from_second(until).map_or_else(|_| until.to_string(), |t| t.to_string());
    format!("Telegram wants no calls for {} until {until}", class.words())
}

/// Where calls ask for their share. The default is "go on".
#[async_trait]
pub trait CallBudget: Send + Sync {
    /// Returns when one call of the class may be made.
    async fn acquire(&self, class: CallClass, purpose: Purpose);
}

/// What can go wrong, by what the caller does about it. Network failures, timeouts, 5xx and flood waits do not appear:
/// the adapter waits and goes on, and shows them as [`ConnectionState`].
#[derive(Debug, thiserror::Error)]
pub enum TelegramError {
    /// Log in again.
    #[error("not logged in to Telegram: {0}")]
    LoginRequired(String),
    /// The account cannot read this chat (private, kicked, left, unknown).
    #[error("the chat cannot be read: {0}")]
    AccessLost(String),
    /// No access hash is known for this peer.
    #[error("the peer is not known to this account yet")]
    UnknownPeer,
    /// The file reference is old: refresh and go on at the same offset.
    #[error("the file reference has expired")]
    FileReferenceExpired,
    /// Telegram does not have this file.
    #[error("Telegram does not have the file: {0}")]
    FileUnavailable(String),
    /// A long flood wait on files: come back then (unix seconds).
    #[error("Telegram asks to wait until {0}")]
    NotBefore(i64),
    /// Shutting down.
    #[error("the connection is being closed")]
    Closed,
    /// Telegram refused the request for good.
    #[error("Telegram refused {method}: {name}")]
    Refused {
        /// TL name.
        method: String,
        /// Telegram's error name.
        name: String,
    },
    /// The session could not be read or written.
    #[error(transparent)]
    Store(#[from] store::StoreError),
}

/// A page of dialogs of one folder.
#[derive(Clone, Debug)]
pub struct DialogPage {
    /// The dialogs.
    pub dialogs: Vec<DialogSeen>,
    /// Users and chats of the page.
    pub peers: Vec<Capture>,
    /// Continue here; `None`: the end.
    pub next: Option<FolderList>,
}

/// Where in a folder's list of dialogs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderList {
    /// 0 main, 1 archived.
    pub folder_id: i32,
    /// Date, id and peer of the last dialog of the page before.
    pub after: Option<(i64, MessageId, ChatId)>,
}

/// A dialog and what the fetcher needs of it.
#[derive(Clone, Debug)]
pub struct DialogSeen {
    /// As captured.
    pub dialog: CapturedDialog,
    /// Unix seconds of its newest message.
    pub last_activity: i64,
    /// `Dialog.pts` of a channel.
    pub pts: Option<i32>,
}

/// Which page of history: ids above `after`, ascending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryRequest {
    /// Which chat.
    pub chat: ChatId,
    /// Exclusive lower bound.
    pub after: MessageId,
    /// 1 to 100.
    pub limit: u32,
    /// Whether it is new or old history.
    pub purpose: Purpose,
}

/// A page.
#[derive(Clone, Debug)]
pub struct HistoryPage {
    /// The stamp taken when the request was sent.
    pub seen: Seen,
    /// Ascending ids, all above `after`. `messageEmpty` is not a message.
    pub messages: Vec<CapturedMessage>,
    /// Users and chats of the page.
    pub peers: Vec<Capture>,
    /// Telegram's count of the chat's messages, for progress.
    pub total: Option<u64>,
}

/// What a lookup by id answered.
#[derive(Clone, Debug)]
pub struct LookedUp {
    /// The id asked for.
    pub id: MessageId,
    /// `None`: Telegram does not have it.
    pub message: Option<CapturedMessage>,
}

/// A chat that was asked for by id (F36).
#[derive(Clone, Debug)]
pub struct ResolvedChat {
    /// Marked id.
    pub chat: ChatId,
    /// What it is.
    pub kind: ChatKind,
    /// Newest message, 0 if none.
    pub top_message: MessageId,
    /// pts of a channel.
    pub pts: Option<i32>,
    /// User or chat as captured.
    pub peers: Vec<Capture>,
}

/// The update state as a snapshot; opaque to the services, persisted with [`Telegram::persist_state`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateState(pub store::SessionState);

/// Telegram cannot tell what happened in between: a new pass is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLong {
    /// All private chats and basic groups.
    Common,
    /// One channel.
    Channel(ChatId),
}

/// What came at once.
#[derive(Clone, Debug)]
pub struct UpdateBatch {
    /// Captures by box; users and chats ride in the first part.
    pub parts: Vec<(BoxId, Vec<Capture>)>,
    /// The state after this batch; persist once it and all before are applied.
    pub state: UpdateState,
    /// Boxes whose difference was too long.
    pub too_long: Vec<TooLong>,
    /// Unix microseconds when it arrived.
    pub received_at: i64,
}

/// The updates of one connection, from the persisted state on.
#[async_trait]
pub trait Updates: Send {
    /// The next batch. Recovers from gaps and reconnects by itself. [`TelegramError::LoginRequired`] and
    /// [`TelegramError::Closed`] end it.
    async fn next(&mut self) -> Result<UpdateBatch, TelegramError>;
}

/// Bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadRequest {
    /// What.
    pub location: FileLocation,
    /// Needed for an avatar.
    pub peer: Option<ChatId>,
    /// A multiple of the chunk size.
    pub offset: u64,
    /// Bytes of the whole file, if Telegram told: a part that comes cut is noticed by it.
    pub size: Option<u64>,
}

/// One part; shorter than [`Chunk::SIZE`]: the last. Never a part that was cut on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes at the offset asked for.
    pub bytes: Bytes,
}

impl Chunk {
    /// Bytes per request, 512 KiB.
    pub const SIZE: u64 = 512 * 1024;
}

/// One authorization's connection to Telegram; cheap to share.
///
/// Every method ends: by its answer, an error of [`TelegramError`], or when the connection is closed. Transient
/// failures and short flood waits are waited out inside.
#[async_trait]
pub trait Telegram: Send + Sync {
    /// How things stand; changes are seen by the receiver.
    fn state(&self) -> watch::Receiver<ConnectionState>;

    /// Who is logged in (user id); [`TelegramError::LoginRequired`] if nobody.
    async fn me(&self) -> Result<i64, TelegramError>;

    /// A page of dialogs. Their pts never overwrites a known channel's.
    async fn dialogs(&self, at: &FolderList) -> Result<DialogPage, TelegramError>;

    /// A page of history.
    async fn history(&self, request: &HistoryRequest) -> Result<HistoryPage, TelegramError>;

    /// The newest message id of a chat now, 0 if none.
    async fn newest_id(&self, chat: ChatId) -> Result<MessageId, TelegramError>;

    /// Messages by id, at most 100; the answers in the order asked.
    async fn messages_by_id(&self, chat: ChatId, ids: &[MessageId]) -> Result<Vec<LookedUp>, TelegramError>;

    /// A chat by id, from the peers this account knows. `None`: it cannot be resolved.
    async fn resolve(&self, chat: ChatId) -> Result<Option<ResolvedChat>, TelegramError>;

    /// Users, groups and channels as they are now, at most a hundred; those that Telegram does not show (any more), or that
    /// this account cannot ask for, are left out.
    async fn peers(&self, peers: &[ChatId]) -> Result<Vec<Capture>, TelegramError>;

    /// Topics of a forum, dialog filters, contacts: registers, as captures.
    async fn topics(&self, chat: ChatId) -> Result<Vec<Capture>, TelegramError>;
    /// See [`Telegram::topics`].
    async fn folders_and_contacts(&self) -> Result<Vec<Capture>, TelegramError>;

    /// Starts the updates from the persisted state; a second call ends the first stream. If no state was ever stored,
    /// stores `updates.getState` first.
    async fn updates(&self) -> Result<Box<dyn Updates>, TelegramError>;

    /// Notes `Dialog.pts` of a channel that has none (before its first page); asks for a difference of one whose pts is
    /// behind.
    async fn channel_pts(&self, chat: ChatId, pts: i32) -> Result<(), TelegramError>;

    /// Persists a state, if the lease is still ours.
    async fn persist_state(&self, state: &UpdateState) -> Result<(), TelegramError>;

    /// A part of a file.
    async fn download(&self, request: &DownloadRequest) -> Result<Chunk, TelegramError>;

    /// Reads the owner of a file again and answers its file with a fresh reference; `None`: the owner or the file is gone.
    async fn refresh_file(
        &self,
        owner: MediaOwner,
        chat: Option<ChatId>,
        file: &FileRef,
    ) -> Result<Option<FileRef>, TelegramError>;

    /// Ends all connections; returns when they are closed.
    async fn disconnect(&self);
}

/// How the code was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeDelivery {
    /// `app`, `sms`, `call`, ...
    pub by: String,
    /// Digits, if told.
    pub length: Option<u32>,
}

/// Who logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedIn {
    /// Done; the user id.
    Done(i64),
    /// The account has two-factor authentication.
    PasswordNeeded {
        /// The user's own hint.
        hint: Option<String>,
    },
}

/// What to ask again, and why.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Ask for the code again.
    #[error("that code is wrong")]
    WrongCode,
    /// Send a new code.
    #[error("the code has expired")]
    CodeExpired,
    /// Ask for the password again.
    #[error("that password is wrong")]
    WrongPassword,
    /// Ask for the number again.
    #[error("Telegram does not know this phone number")]
    WrongPhone,
    /// `TELEGRAM_API_ID` or `TELEGRAM_API_HASH` is wrong.
    #[error("Telegram refuses TELEGRAM_API_ID or TELEGRAM_API_HASH; see https://my.telegram.org/apps")]
    WrongApiCredentials,
    /// Too many attempts; unix seconds.
    #[error("Telegram asks to wait before another try")]
    Wait(i64),
    /// This archive's account belongs to another Telegram user.
    #[error("this archive belongs to another Telegram user; use another SESSION_NAME")]
    OtherUser,
    /// Anything else.
    #[error(transparent)]
    Telegram(#[from] TelegramError),
}

/// A log-in by QR code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QrLogin {
    /// Show this; it expires at the unix second.
    Show {
        /// `tg://login?token=...`
        url: String,
        /// Unix seconds.
        expires: i64,
    },
    /// Somebody scanned and accepted it.
    Accepted(SignedIn),
}

/// Logging one authorization in. Keeps what it needs between steps; the auth key is persisted before a code is asked
/// for.
#[async_trait]
pub trait Login: Send + Sync {
    /// Sends a code.
    async fn request_code(&self, phone: &SecretString) -> Result<CodeDelivery, LoginError>;
    /// Signs in with it.
    async fn sign_in(&self, code: &SecretString) -> Result<SignedIn, LoginError>;
    /// The password, if needed.
    async fn check_password(&self, password: &SecretString) -> Result<SignedIn, LoginError>;
    /// Shows or renews the QR code, or tells that it was accepted; waits at most `wait` for the latter.
    async fn qr(&self, wait: Duration) -> Result<QrLogin, LoginError>;
    /// Accepts another authorization's QR token with this logged-in one (a device of its own in Telegram).
    async fn accept_token(&self, url: &str) -> Result<(), LoginError>;
    /// Logs out and forgets the session.
    async fn log_out(&self) -> Result<(), LoginError>;
}

/// A client that was opened, and the way to log it in.
#[derive(Clone)]
pub struct Opened {
    /// The client; nothing is connected before its first call.
    pub telegram: Arc<dyn Telegram>,
    /// Logs its authorization in.
    pub login: Arc<dyn Login>,
}

/// Opens a client for a lease; the assembly knows how.
#[async_trait]
pub trait TelegramFactory: Send + Sync {
    /// One client; the error is for a person.
    async fn open(&self, lease: Lease, stamps: Arc<Stamps>) -> Result<Opened, String>;
}

/// A budget without limits: goes on at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlimited;

#[async_trait]
impl CallBudget for Unlimited {
    async fn acquire(&self, _class: CallClass, _purpose: Purpose) {}
}
