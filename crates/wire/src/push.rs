//! Browsers that are to be told: the notifier keeps them, the viewer asks.
//!
//! Who may ask for what is the viewer's to know; what is pushed is authorized again when it is delivered. The types have
//! no `Debug`: whoever has an endpoint and its keys can write to the browser.

use model::{AccountId, ChatId};
use serde::{Deserialize, Serialize};

/// The verb; the service is `notifier`. Requests are of no account, which is written as 0.
pub const VERB_PUSH: &str = "push";

/// A chat of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushChat {
    /// Whose archive.
    pub account: AccountId,
    /// Which chat.
    pub chat: ChatId,
}

/// What is asked.
#[derive(Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum PushRequest {
    /// With which key are browsers to subscribe?
    Key,
    /// Tell this browser.
    Subscribe {
        /// The user.
        user: String,
        /// The hash of the token of its session.
        session: [u8; 32],
        /// Where its push service takes messages.
        endpoint: String,
        /// The browser's public key, base64url.
        p256dh: String,
        /// The browser's secret, base64url.
        auth: String,
        /// Only of these chats.
        chats: Option<Vec<PushChat>>,
    },
    /// What are this user's subscriptions?
    List {
        /// The user.
        user: String,
    },
    /// Do not tell this browser any more.
    Unsubscribe {
        /// The user, whose it must be.
        user: String,
        /// The subscription.
        id: i64,
    },
    /// Which chats did this user mute?
    Mutes {
        /// The user.
        user: String,
    },
    /// Mute a chat, or not any more.
    Mute {
        /// The user.
        user: String,
        /// The chat.
        chat: PushChat,
        /// Or not.
        muted: bool,
    },
}

/// A subscription, as its user sees it.
#[derive(Serialize, Deserialize)]
pub struct PushSubscriptionRow {
    /// Its number.
    pub id: i64,
    /// Where its push service takes messages.
    pub endpoint: String,
    /// Only these chats.
    pub chats: Option<Vec<PushChat>>,
    /// Unix microseconds.
    pub created_at: i64,
}

/// The answer.
#[derive(Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum PushAnswer {
    /// The archive's public key, an uncompressed point in base64url.
    Key {
        /// For `applicationServerKey`.
        key: String,
    },
    /// The browser is told from now on.
    Subscribed {
        /// Its subscription.
        subscription: PushSubscriptionRow,
    },
    /// The user's subscriptions.
    Subscriptions {
        /// Oldest first.
        subscriptions: Vec<PushSubscriptionRow>,
    },
    /// The user's muted chats.
    Mutes {
        /// In order.
        chats: Vec<PushChat>,
    },
    /// So it is.
    Done,
    /// There is no such subscription of this user.
    NotFound,
    /// It cannot be done as it was asked.
    Refused {
        /// Why, and the way out.
        message: String,
    },
}
