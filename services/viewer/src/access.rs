//! Who may see what: the one place that decides it (law 12). Deny by default.
//!
//! A request is let in by [`Gate::access`] alone; its [`Scope`] goes with every question to the store. An event asks
//! again when it is delivered.

use std::collections::BTreeSet;
use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use model::{AccountId, ChatId};
use store::{ChatQuery, StoreError, ViewerUser};
use tokio::sync::RwLock;

use crate::auth::cookie::Signer;
use crate::auth::token_hash;
use crate::config::{Config, ViewerStore};
use crate::problem::{Problem, ProblemCode};

/// The chats that exist for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All.
    All,
    /// These.
    Only(Arc<BTreeSet<ChatId>>),
}

impl Scope {
    fn of(chats: Option<&BTreeSet<ChatId>>) -> Self {
        chats.map_or(Self::All, |chats| Self::Only(Arc::new(chats.clone())))
    }

    /// Whether a chat exists.
    pub(crate) fn sees(&self, chat: ChatId) -> bool {
        // Messages whose chat is not known yet belong to no chat that anybody was given.
        chat.0 != 0
            && match self {
                Self::All => true,
                Self::Only(chats) => chats.contains(&chat),
            }
    }

    /// For questions to the store; `None`: all.
    pub(crate) fn only(&self) -> Option<Vec<ChatId>> {
        match self {
            Self::All => None,
            Self::Only(chats) => Some(chats.iter().copied().collect()),
        }
    }

    /// A chat that was asked for.
    pub(crate) fn chat(&self, id: i64) -> Result<ChatId, Problem> {
        let chat = ChatId(id);
        self.sees(chat).then_some(chat).ok_or_else(Problem::not_found)
    }
}

/// Somebody who may read.
#[derive(Clone, Debug)]
pub(crate) struct Access {
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

/// Somebody who may do everything.
#[derive(Clone, Debug)]
pub(crate) struct Admin(pub(crate) Access);

/// Lets in.
pub(crate) struct Gate {
    store: Arc<dyn ViewerStore>,
    clock: Arc<dyn model::Clock>,
    display: Vec<ChatId>,
    /// `display`, corrected (F83).
    corrected: RwLock<Option<(i64, Option<BTreeSet<ChatId>>)>>,
    anonymous: bool,
    /// On a database that cannot be written to.
    pub(crate) signer: Option<Signer>,
}

/// How long corrected ids hold while some are not found yet, microseconds.
const CORRECT_AGAIN: i64 = 30_000_000;

impl Gate {
    pub(crate) fn new(
        store: Arc<dyn ViewerStore>,
        clock: Arc<dyn model::Clock>,
        config: &Config,
        signer: Option<Signer>,
    ) -> Self {
        Self {
            store,
            clock,
            display: config.display_chats.clone(),
            corrected: RwLock::default(),
            anonymous: config.anonymous,
            signer,
        }
    }

    /// Who comes with this token, and what exists for them. **The** authorization function.
    pub(crate) async fn access(&self, token: Option<&str>) -> Result<Access, Problem> {
        let display = self.display().await?;
        if let Some((user, expires_at)) = self.user(token).await? {
            return Ok(Access {
                scope: Scope::of(both(display.as_ref(), user.chats.as_deref()).as_ref()),
                name: user.name,
                admin: user.admin,
                anonymous: false,
                expires_at: Some(expires_at),
            });
        }
        if self.anonymous {
            return Ok(Access {
                scope: Scope::of(display.as_ref()),
                name: String::new(),
                admin: false,
                anonymous: true,
                expires_at: None,
            });
        }
        Err(Problem::new(
            ProblemCode::LoginRequired,
            "log in with your name and password",
        ))
    }

    async fn user(&self, token: Option<&str>) -> Result<Option<(ViewerUser, i64)>, Problem> {
        let Some(token) = token else { return Ok(None) };
        if let Some(signer) = &self.signer {
            return Ok(signer.open(token, self.clock.now_micros()));
        }
        let session = self.store.viewer_session(&token_hash(token)).await?;
        Ok(session.map(|s| (s.user, s.expires_at)))
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
            return Ok(chats.clone());
        }
        let (chats, whole) = corrected(&*self.store, &self.display).await?;
        let until = if whole { i64::MAX } else { now + CORRECT_AGAIN };
        let mut kept = self.corrected.write().await;
        if kept
            .as_ref()
            .is_none_or(|(_, before)| before.as_ref() != Some(&chats))
        {
            let put_right = self.display.iter().filter(|c| !chats.contains(c)).count();
            if put_right > 0 {
                tracing::warn!(
                    "DISPLAY_CHAT_IDS: {put_right} ids are not those of chats but with `-100` before them; these are shown"
                );
            }
        }
        *kept = Some((until, Some(chats.clone())));
        Ok(Some(chats))
    }
}

/// Those that both allow.
fn both(display: Option<&BTreeSet<ChatId>>, user: Option<&[ChatId]>) -> Option<BTreeSet<ChatId>> {
    match (display, user) {
        (None, None) => None,
        (Some(display), None) => Some(display.clone()),
        (None, Some(user)) => Some(user.iter().copied().collect()),
        (Some(display), Some(user)) => Some(user.iter().copied().filter(|c| display.contains(c)).collect()),
    }
}

/// Positive ids that are no chat's, but with their mark are: corrected. Also whether all positive ones were found.
pub(crate) async fn corrected(
    store: &dyn ViewerStore,
    ids: &[ChatId],
) -> Result<(BTreeSet<ChatId>, bool), StoreError> {
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
    store: &dyn ViewerStore,
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

impl FromRequest for Access {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<Self>().cloned();
        ready(
            found.ok_or_else(|| {
                Problem::new(ProblemCode::LoginRequired, "log in with your name and password")
            }),
        )
    }
}

impl FromRequest for Admin {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(
            Access::from_request(request, payload)
                .into_inner()
                .and_then(|access| {
                    if access.admin {
                        Ok(Self(access))
                    } else if access.anonymous {
                        Err(Problem::new(
                            ProblemCode::LoginRequired,
                            "log in as an administrator",
                        ))
                    } else {
                        Err(Problem::new(
                            ProblemCode::Forbidden,
                            "ask an administrator of this archive",
                        ))
                    }
                }),
        )
    }
}
