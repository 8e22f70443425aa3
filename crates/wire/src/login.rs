//! Logging in by request: the owner of an account's authorization does it, the command line and the page ask.
//!
//! Codes and passwords travel here: the control socket is the owner's alone (0600), a NATS that others reach needs TLS
//! and credentials. The types have no `Debug`.

use serde::{Deserialize, Serialize};

/// The verb; the service is `fetcher`.
pub const VERB_LOGIN: &str = "login";

/// What to do next.
#[derive(Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum LoginStep {
    /// Who is logged in?
    State,
    /// Send a code to this number.
    RequestCode {
        /// International form.
        phone: String,
    },
    /// Sign in with the code.
    SignIn {
        /// As it was sent.
        code: String,
    },
    /// The two-factor password.
    CheckPassword {
        /// As the person typed it.
        password: String,
    },
    /// Show or renew the QR code, or tell that it was accepted.
    Qr,
    /// Accept the QR token of another authorization of the same account.
    AcceptToken {
        /// `tg://login?token=...`
        url: String,
    },
    /// Log out and forget the session.
    LogOut,
}

/// What came of it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum LoginAnswer {
    /// Somebody is logged in.
    LoggedIn {
        /// The Telegram user.
        user: i64,
    },
    /// Nobody is.
    LoggedOut {
        /// Why, if it was otherwise before.
        reason: String,
    },
    /// Ask for the code.
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
    /// Show this as a QR code.
    Show {
        /// `tg://login?token=...`
        url: String,
        /// Unix seconds.
        expires: i64,
    },
    /// The token was accepted.
    Accepted,
    /// Not done: ask again, or tell the person.
    Refused {
        /// Which way.
        refusal: LoginRefusal,
        /// In words.
        message: String,
    },
}

/// Why a step was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginRefusal {
    /// Ask for the code again.
    WrongCode,
    /// Send a new code.
    CodeExpired,
    /// Ask for the password again.
    WrongPassword,
    /// Ask for the number again.
    WrongPhone,
    /// The API id or hash is wrong.
    WrongApiCredentials,
    /// Too many attempts.
    Wait {
        /// Unix seconds.
        until: i64,
    },
    /// The archive's account belongs to another Telegram user.
    OtherUser,
    /// Anything else.
    Other,
}
