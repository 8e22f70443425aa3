//! Telegram in our own words, and the adapter that speaks to it through grammers.
//!
//! [`port`] is what the services know: pages, updates and files as captures of `model`. No type of grammers leaves this
//! crate. The adapter owns one authorization: its session on our store, its key exchange, its supervised connection
//! pool, its update loop, and every retry and flood wait.

pub mod port;

pub use port::{
    CallBudget, CallClass, Chunk, CodeDelivery, ConnectionState, DialogPage, DialogSeen, DownloadRequest,
    FolderList, HistoryPage, HistoryRequest, Login, LoginError, LookedUp, QrLogin, ResolvedChat, SignedIn, Stamps,
    Telegram, TelegramError, TooLong, UpdateBatch, UpdateState, Updates,
};
