//! Browsers that are told of new messages.

use async_trait::async_trait;
use model::{AccountId, ChatId, MessageId};

use crate::StoreError;

/// A chat of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChatKey {
    /// Whose archive.
    pub account: AccountId,
    /// Which chat.
    pub chat: ChatId,
}

/// A browser that asks to be told. No `Debug`: whoever has the endpoint and the keys can write to the browser.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSubscription {
    /// Where the browser's push service takes messages for it; one subscription each.
    pub endpoint: String,
    /// The browser's public key, base64url.
    pub p256dh: String,
    /// The browser's secret, base64url.
    pub auth: String,
    /// The hash of the token of the session in which it was made.
    pub session: [u8; 32],
    /// The user of that session.
    pub user: String,
    /// Only these chats.
    pub chats: Option<Vec<ChatKey>>,
}

/// A subscription that is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct PushSubscription {
    /// Its number.
    pub id: i64,
    /// Unix microseconds.
    pub created_at: i64,
    /// What was asked for.
    pub of: NewSubscription,
}

/// What a subscription is told: of this message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PushKey {
    /// Which subscription.
    pub subscription: i64,
    /// Whose archive.
    pub account: AccountId,
    /// In which chat.
    pub chat: ChatId,
    /// Which message.
    pub message: MessageId,
}

/// Something to tell, claimed for a while.
#[derive(Clone, PartialEq, Eq)]
pub struct Push {
    /// Who is told what.
    pub key: PushKey,
    /// Attempts before this one.
    pub attempts: u32,
    /// Its subscription.
    pub subscription: PushSubscription,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// Told, or not to be told.
    Done,
    /// To be tried again at this time, unix microseconds; `attempt`: this one counts.
    Later {
        /// When.
        at: i64,
        /// The push service was asked.
        attempt: bool,
    },
}

/// The notifier's port.
///
/// Laws: (1) an endpoint has one subscription, the last that was asked for; (2) a subscription is told of a message once,
/// however often it is planned; (3) of a chat only the newest message waits; (4) what is claimed is nobody else's until
/// its time is over, and then somebody's again unless it is done; (5) with a subscription goes what it was to be told.
#[async_trait]
pub trait Pushes: Send + Sync {
    /// Adds a subscription, or makes that of the same endpoint this one. `None`: the user has `most` others already.
    async fn save_subscription(
        &self,
        subscription: &NewSubscription,
        most: u32,
    ) -> Result<Option<PushSubscription>, StoreError>;

    /// All of them, oldest first.
    async fn subscriptions(&self) -> Result<Vec<PushSubscription>, StoreError>;

    /// Removes one. `false`: there is none.
    async fn remove_subscription(&self, id: i64) -> Result<bool, StoreError>;

    /// The chats that a user muted.
    async fn mutes(&self, user: &str) -> Result<Vec<ChatKey>, StoreError>;

    /// Mutes a chat for a user, or not any more.
    async fn set_mute(&self, user: &str, chat: ChatKey, muted: bool) -> Result<(), StoreError>;

    /// These subscriptions are to be told of this message; older ones of the chat that still wait are not told any more.
    /// Answers how many are new.
    async fn plan_pushes(
        &self,
        subscriptions: &[i64],
        chat: ChatKey,
        message: MessageId,
    ) -> Result<u64, StoreError>;

    /// What is due, oldest first, for `lease` microseconds.
    async fn claim_pushes(&self, limit: u32, lease: i64) -> Result<Vec<Push>, StoreError>;

    /// Notes what became of it.
    async fn settle_push(&self, key: &PushKey, outcome: PushOutcome) -> Result<(), StoreError>;

    /// Forgets what was planned before, unix microseconds.
    async fn forget_pushes(&self, before: i64) -> Result<(), StoreError>;
}
