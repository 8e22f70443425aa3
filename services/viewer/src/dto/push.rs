//! Browsers that are told of new messages.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a browser subscribes with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PushKey {
    /// `applicationServerKey`: an uncompressed point in base64url.
    pub key: String,
}

/// A chat of an account.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PushChat {
    /// Whose archive.
    pub account: i64,
    /// Marked id.
    pub chat: i64,
}

/// The keys of a browser's `PushSubscription`.
#[derive(Deserialize, ToSchema)]
pub(crate) struct BrowserKeys {
    /// Its public key, base64url.
    pub p256dh: String,
    /// Its secret, base64url.
    pub auth: String,
}

/// A browser's `PushSubscription`, as its `toJSON` gives it, and what it wants to know.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewPushSubscription {
    /// Where its push service takes messages: https, on the public internet.
    pub endpoint: String,
    /// To encrypt for it.
    pub keys: BrowserKeys,
    /// Only these chats, at most 100; without: all.
    pub chats: Option<Vec<PushChat>>,
}

/// A subscription of the user.
#[derive(Serialize, ToSchema)]
pub(crate) struct PushSubscription {
    /// Its number.
    pub id: i64,
    /// As the browser gave it.
    pub endpoint: String,
    /// Only these chats; null: all.
    pub chats: Option<Vec<PushChat>>,
    /// When it was made.
    pub created_at: i64,
}

/// The user's subscriptions.
#[derive(Serialize, ToSchema)]
pub(crate) struct PushSubscriptions {
    /// Oldest first.
    pub subscriptions: Vec<PushSubscription>,
}

/// The chats that the user muted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PushMutes {
    /// In order.
    pub chats: Vec<PushChat>,
}
