//! Telegram in our own words, and the adapter that speaks to it through grammers.
//!
//! [`port`] is what the services know: pages, updates and files as captures of `model`. No type of grammers leaves this
//! crate. The adapter owns one authorization: its session on our store, its key exchange, its supervised connection
//! pool, its update loop, and every retry and flood wait.

mod client;
mod decode;
mod dialogs;
mod files;
mod history;
mod keys;
mod login;
mod lookup;
mod peers;
mod people;
mod pool;
pub mod port;
mod refresh;
mod resolve;
mod session;
mod token;
mod updates;

pub use client::{Device, OpenOptions, TelegramClient, Timeouts};
pub use keys::{CustomDc, DcSet, RsaKey, RsaKeyError};
pub use login::TelegramLogin;
pub use session::{NotOpened, OpenError, SessionKey, SessionKeyError};

pub use port::{
    CallBudget, CallClass, Chunk, CodeDelivery, ConnectionState, DialogPage, DialogSeen, DownloadRequest,
    FolderList, HistoryPage, HistoryRequest, Login, LoginError, LookedUp, Opened, Purpose, QrLogin,
    ResolvedChat, SignedIn, Stamps, Telegram, TelegramError, TelegramFactory, TooLong, Unlimited,
    UpdateBatch, UpdateState, Updates, flood_wait,
};
