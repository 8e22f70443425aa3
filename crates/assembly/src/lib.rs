//! From configuration to adapters: the only crate that knows them all.
//!
//! [`connect`] opens what the settings name, [`node`] runs the services of a single node over it, [`control`] lets other
//! processes of the same machine ask the running one.

mod budget;
pub mod connect;
pub mod control;
mod files;
mod health;
pub mod node;
mod seal;
mod service;
pub mod telegram_client;

pub use budget::RateBudget;
pub use connect::{
    BlobSettings, BusSettings, StoreSettings, Stores, open_blobs, open_bus, open_store, open_store_read_only,
};
pub use health::Health;
pub use node::{Common, MediaSettings, Node, NodeSettings, NodeState, NotifierSettings, ViewerSettings};
pub use rate_limiter::CallRates;
pub use service::Service;
pub use telegram_client::{KeySource, TelegramSettings};
