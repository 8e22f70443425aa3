//! Settings: every variable once (`args`), where values come from (`environment`), and what follows from them
//! (`resolved`).

pub(crate) mod args;
mod bucket;
mod dotenv;
pub(crate) mod environment;
pub(crate) mod origin;
pub(crate) mod resolved;
pub(crate) mod values;

pub(crate) use args::SettingsArgs;
pub(crate) use environment::{Effective, Environment, SettingsError};
pub(crate) use resolved::Settings;
