//! Logging in to Telegram.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a log-in stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum TelegramState {
    /// No process owns this account now: start the archive.
    NotRunning,
    /// Somebody is logged in.
    LoggedIn {
        /// The Telegram user.
        user: i64,
    },
    /// Nobody is.
    LoggedOut {
        /// Why, if it was otherwise before (revoked, logged out).
        reason: String,
    },
    /// A code was sent: ask for it.
    CodeSent {
        /// `app`, `sms`, `call`, ...
        by: String,
        /// Digits, if told.
        length: Option<u32>,
    },
    /// Ask for the two-factor password.
    PasswordNeeded {
        /// The user's own hint.
        hint: Option<String>,
    },
    /// Show `url` as a QR code and ask again before it expires.
    Qr {
        /// `tg://login?token=...`
        url: String,
        /// Unix seconds.
        expires: i64,
    },
    /// Not done: ask again, or tell the person.
    Refused {
        /// Which way.
        refusal: TelegramRefusal,
        /// Unix seconds, of `wait`.
        until: Option<i64>,
        /// In words.
        message: String,
    },
}

/// Why a step was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TelegramRefusal {
    /// Ask for the code again.
    WrongCode,
    /// Send a new code.
    CodeExpired,
    /// Ask for the password again.
    WrongPassword,
    /// Ask for the number again.
    WrongPhone,
    /// The API id or hash in the settings is wrong.
    WrongApiCredentials,
    /// Too many attempts: wait.
    Wait,
    /// The archive's account belongs to another Telegram user.
    OtherUser,
    /// Anything else.
    Other,
}

/// A phone number.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Phone {
    /// International form.
    pub phone: String,
}

/// A code.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SignInCode {
    /// As it was sent.
    pub code: String,
}

/// A two-factor password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Password {
    /// As typed.
    pub password: String,
}
