//! Who looks, and what the page needs to know before anything else.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A name and its password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Credentials {
    /// The user's name.
    pub name: String,
    /// The password.
    pub password: String,
}

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Everything: log-in to Telegram, incidents, status.
    Admin,
    /// Reads what it may see.
    Reader,
}

/// How notifications work here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PushMode {
    /// None.
    Off,
    /// While the page is open.
    Basic,
    /// Web Push too.
    Full,
}

/// An archived Telegram account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Account {
    /// Leads every path.
    pub id: i64,
    /// Its session's name.
    pub name: String,
    /// Its Telegram user, once logged in: messages of this sender are its own.
    pub user_id: Option<i64>,
}

/// The session of this request.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Session {
    /// The user's name; empty for an anonymous reader.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Nobody logged in: reading is open to all (`ALLOW_ANONYMOUS_VIEWER`).
    pub anonymous: bool,
    /// Unix microseconds at which the session ends; `None`: never, it is nobody's.
    pub expires_at: Option<i64>,
    /// Name of the time zone in which days begin (`VIEWER_TIMEZONE`).
    pub time_zone: String,
    /// Whether statistics are shown (`SHOW_STATS`).
    pub show_stats: bool,
    /// Notifications.
    pub push: PushMode,
    /// The program's version.
    pub version: String,
    /// `false`: `TELEGRAM_DC_ADDRESS` names another server; the page says "not Telegram".
    pub is_telegram: bool,
    /// The archive cannot be written to now: decisions and log-in to Telegram are refused.
    pub read_only: bool,
    /// What is archived here.
    pub accounts: Vec<Account>,
}
