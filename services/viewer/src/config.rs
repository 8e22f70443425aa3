//! What the viewer is told and what it works with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use bus::Bus;
use gate::GateStore;
use ipnet::IpNet;
use jiff::tz::TimeZone;
use model::{ChatId, Clock};
use secrecy::SecretString;
use store::{Access, ArchiveReader, Meta, Reports, Search};
use tokio::sync::watch;

pub use crate::dto::session::PushMode;
use crate::files::Files;

/// What the viewer asks of a database.
pub trait ViewerStore: GateStore + ArchiveReader + Search + Reports + Access + Meta {}

impl<T: GateStore + ArchiveReader + Search + Reports + Access + Meta + ?Sized> ViewerStore for T {}

/// Settings.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are the seed's switches")]
pub struct Config {
    /// `VIEWER_ADDRESS`; port 0: any free one.
    pub address: SocketAddr,
    /// `VIEWER_USERNAME`.
    pub username: Option<String>,
    /// `VIEWER_PASSWORD`.
    pub password: Option<SecretString>,
    /// Where a password made by chance is kept, if none is set.
    pub password_file: PathBuf,
    /// `VIEWER_TRUSTED_PROXIES`: whose `X-Forwarded-For` says who asks.
    pub trusted_proxies: Vec<IpNet>,
    /// `AUTH_SESSION_DAYS`.
    pub session_days: u32,
    /// `DISPLAY_CHAT_IDS`; empty: all.
    pub display_chats: Vec<ChatId>,
    /// `VIEWER_TIMEZONE`.
    pub time_zone: TimeZone,
    /// `SHOW_STATS`.
    pub show_stats: bool,
    /// `STATS_CALCULATION_HOUR`: at this hour of the time zone numbers are counted anew in any case.
    pub stats_hour: i8,
    /// `PUSH_NOTIFICATIONS`.
    pub push: PushMode,
    /// `ALLOW_ANONYMOUS_VIEWER`.
    pub anonymous: bool,
    /// `TELEGRAM_DC_ADDRESS` does not name another server.
    pub is_telegram: bool,
    /// The database is opened for reading only: sessions are kept in memory, nothing is decided here.
    pub read_only: bool,
}

/// How the viewer is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ViewerState {
    /// Where it answers, once it does.
    pub address: Option<SocketAddr>,
    /// What stops it from following changes, if something does.
    pub problem: Option<String>,
}

/// What the viewer works with.
#[derive(Clone)]
pub struct Deps {
    /// What it reads, and its users.
    pub store: Arc<dyn ViewerStore>,
    /// Changes, and requests to other services.
    pub bus: Arc<dyn Bus>,
    /// Files.
    pub files: Arc<dyn Files>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How it is doing.
    pub state: watch::Sender<ViewerState>,
}
