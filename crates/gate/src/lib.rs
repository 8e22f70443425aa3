//! Who may see what: the one place that decides it (law 12). Deny by default.
//!
//! Whatever reaches a person passes [`Gate::access`] at the moment of delivery: a request and an event of the viewer, a
//! push of the notifier. The [`Scope`] it gives goes with every question to the store.

mod scope;

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{AccountId, ChatId, Clock};
use store::{Accounts, Browse, ChatQuery, StoreError, ViewerUser, Visitors};
use tokio::sync::RwLock;

pub use scope::{Hidden, Scope};

/// What the gate asks of a database.
pub trait GateStore: Accounts + Browse + Visitors {}

impl<T: Accounts + Browse + Visitors + ?Sized> GateStore for T {}

/// What somebody comes with.
#[derive(Clone, Debug)]
pub enum Claim {
    /// Nothing.
    Nothing,
    /// The hash of a session's token.
    Session([u8; 32]),
    /// A user whose claim was proved by other means, until then (unix microseconds).
    Proved(ViewerUser, i64),
}

/// Somebody who may read.
#[derive(Clone, Debug)]
pub struct Access {
    /// The user's name; empty for an anonymous reader.
    pub name: String,
    /// Decides, and logs in to Telegram.
    pub admin: bool,
    /// Nobody logged in.
    pub anonymous: bool,
    /// Unix microseconds.
    pub expires_at: Option<i64>,
    /// What exists for them.
    pub scope: Scope,
}

/// Lets in.
pub struct Gate {
    store: Arc<dyn GateStore>,
    clock: Arc<dyn Clock>,
    display: Vec<ChatId>,
    /// `display`, corrected (F83), and until when that holds.
    corrected: RwLock<Option<(i64, BTreeSet<ChatId>)>>,
    anonymous: bool,
}

/// How long corrected ids hold while some are not found yet, microseconds.
const CORRECT_AGAIN: i64 = 30_000_000;

impl Gate {
    /// `display`: `DISPLAY_CHAT_IDS`, empty for all. `anonymous`: who comes with nothing may read.
    pub fn new(
        store: Arc<dyn GateStore>,
        clock: Arc<dyn Clock>,
        display: Vec<ChatId>,
        anonymous: bool,
    ) -> Self {
        Self {
            store,
            clock,
            display,
            corrected: RwLock::default(),
            anonymous,
        }
    }

    /// Who comes with this, and what exists for them now; `None`: nobody. **The** authorization function.
    pub async fn access(&self, claim: Claim) -> Result<Option<Access>, StoreError> {
        let user = match claim {
            Claim::Nothing => None,
            Claim::Session(token_hash) => {
                let session = self.store.viewer_session(&token_hash).await?;
                session.map(|s| (s.user, s.expires_at))
            }
            Claim::Proved(user, expires_at) => Some((user, expires_at)),
        };
        if user.is_none() && !self.anonymous {
            return Ok(None);
        }
        let display = self.display().await?;
        Ok(Some(match user {
            Some((user, expires_at)) => Access {
                scope: Scope::of(both(display, user.chats.as_deref())),
                name: user.name,
                admin: user.admin,
                anonymous: false,
                expires_at: Some(expires_at),
            },
            None => Access {
                scope: Scope::of(display),
                name: String::new(),
                admin: false,
                anonymous: true,
                expires_at: None,
            },
        }))
    }

    /// `DISPLAY_CHAT_IDS`, with ids that were written without their mark put right (F83).
    async fn display(&self) -> Result<Option<BTreeSet<ChatId>>, StoreError> {
        if self.display.is_empty() {
            return Ok(None);
        }
        let now = self.clock.now_micros();
        if let Some((until, chats)) = &*self.corrected.read().await
            && now < *until
        {
            return Ok(Some(chats.clone()));
        }
        let (chats, whole) = corrected(&*self.store, &self.display).await?;
        let until = if whole { i64::MAX } else { now + CORRECT_AGAIN };
        let mut kept = self.corrected.write().await;
        if kept.as_ref().is_none_or(|(_, before)| *before != chats) {
            let put_right = self.display.iter().filter(|c| !chats.contains(c)).count();
            if put_right > 0 {
                tracing::warn!(
                    "DISPLAY_CHAT_IDS: {put_right} ids are not those of chats but with `-100` before them; these are shown"
                );
            }
        }
        *kept = Some((until, chats.clone()));
        Ok(Some(chats))
    }
}

/// Those that both allow.
fn both(display: Option<BTreeSet<ChatId>>, user: Option<&[ChatId]>) -> Option<BTreeSet<ChatId>> {
    match (display, user) {
        (display, None) => display,
        (None, Some(user)) => Some(user.iter().copied().collect()),
        (Some(display), Some(user)) => Some(user.iter().copied().filter(|c| display.contains(c)).collect()),
    }
}

/// Positive ids that are no chat's, but with their mark are: corrected. Also whether all positive ones were found.
async fn corrected(store: &dyn GateStore, ids: &[ChatId]) -> Result<(BTreeSet<ChatId>, bool), StoreError> {
    let positive: Vec<ChatId> = ids.iter().copied().filter(|c| c.0 > 0).collect();
    let mut chats: BTreeSet<ChatId> = ids.iter().copied().collect();
    if positive.is_empty() {
        return Ok((chats, true));
    }
    let mut known = BTreeSet::new();
    for account in store.accounts().await? {
        known.extend(existing(store, account.id, &positive).await?);
    }
    let mut whole = true;
    for chat in positive {
        let marked = ChatId::channel(chat.0);
        if known.contains(&chat) {
        } else if known.contains(&marked) {
            chats.remove(&chat);
            chats.insert(marked);
        } else {
            whole = false;
        }
    }
    Ok((chats, whole))
}

async fn existing(
    store: &dyn GateStore,
    account: AccountId,
    positive: &[ChatId],
) -> Result<Vec<ChatId>, StoreError> {
    let forms = positive.iter().flat_map(|c| [*c, ChatId::channel(c.0)]).collect();
    let query = ChatQuery {
        account,
        only: Some(forms),
        text: None,
        archived: None,
        after: None,
        limit: u32::MAX,
    };
    let page = store.chat_page(&query).await?;
    Ok(page.chats.iter().map(|c| c.chat.chat).collect())
}
