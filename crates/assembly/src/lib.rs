//! From configuration to adapters: the only crate that knows them all.
//!
//! [`connect`] opens what the settings name, [`node`] runs the services of a single node over it, [`control`] lets other
//! processes of the same machine ask the running one.

mod budget;
pub mod connect;
pub mod control;
mod files;
pub mod node;
mod seal;
pub mod telegram_client;

pub use budget::{CallRates, RateBudget};
pub use connect::{BusSettings, StoreSettings, Stores, open_bus, open_store, open_store_read_only};
pub use node::{Common, MediaSettings, Node, NodeSettings, NodeState, NotifierSettings, ViewerSettings};
pub use telegram_client::{KeySource, TelegramSettings};
