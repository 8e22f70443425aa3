//! Settings: every variable once (`args`), where values come from (`environment`), and what follows from them
//! (`resolved`).

pub mod args;
pub mod environment;
pub mod resolved;
pub mod values;

pub use args::SettingsArgs;
pub use environment::{Effective, Environment, SettingsError, Source};
pub use resolved::Settings;
