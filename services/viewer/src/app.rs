//! What every handler works with.

use std::collections::HashMap;
use std::sync::Arc;

use bus::Bus;
use model::{AccountId, ChatId, Clock};
use store::Account;
use tokio::sync::{Mutex, Semaphore};

use crate::access::{Gate, Scope};
use crate::auth::cookie::Signer;
use crate::auth::limits::Limits;
use crate::auth::password;
use crate::config::{Config, Deps, ViewerStore};
use crate::dto::status::Statistics;
use crate::events::Hub;
use crate::files::Files;
use crate::problem::Problem;

/// Numbers, by account and what may be seen.
pub(crate) type Counted = HashMap<(AccountId, Option<Vec<ChatId>>), (i64, Arc<Statistics>)>;

/// What every handler works with.
pub(crate) struct App {
    pub(crate) store: Arc<dyn ViewerStore>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) config: Config,
    pub(crate) gate: Gate,
    pub(crate) limits: Limits,
    /// Passwords that are checked now.
    pub(crate) turns: Semaphore,
    pub(crate) hub: Arc<Hub>,
    /// Until when numbers hold, unix microseconds.
    pub(crate) counted: Mutex<Counted>,
    /// Name and hash, where users cannot be written.
    pub(crate) admin: Option<(String, String)>,
}

impl App {
    pub(crate) fn new(
        deps: &Deps,
        config: Config,
        hub: Arc<Hub>,
        signer: Option<Signer>,
        admin: Option<(String, String)>,
    ) -> Self {
        Self {
            store: Arc::clone(&deps.store),
            bus: Arc::clone(&deps.bus),
            files: Arc::clone(&deps.files),
            clock: Arc::clone(&deps.clock),
            gate: Gate::new(Arc::clone(&deps.store), Arc::clone(&deps.clock), &config, signer),
            limits: Limits::new(),
            turns: Semaphore::new(password::AT_ONCE),
            hub,
            counted: Mutex::default(),
            admin,
            config,
        }
    }

    /// An account that is archived here.
    pub(crate) async fn account(&self, id: i64) -> Result<Account, Problem> {
        let accounts = self.store.accounts().await?;
        accounts
            .into_iter()
            .find(|a| a.id.0 == id)
            .ok_or_else(Problem::not_found)
    }

    /// Whether a chat is known that may be seen.
    pub(crate) async fn known(&self, account: AccountId, chat: ChatId) -> Result<(), Problem> {
        let scope = Scope::Only(Arc::new([chat].into()));
        let found = self.chat_rows(account, &scope, None).await?;
        if found.chats.is_empty() {
            return Err(Problem::not_found());
        }
        Ok(())
    }

    /// All chats that may be seen, in the order of lists.
    pub(crate) async fn chat_rows(
        &self,
        account: AccountId,
        scope: &Scope,
        text: Option<String>,
    ) -> Result<store::ChatRows, Problem> {
        let query = store::ChatQuery {
            account,
            only: scope.only(),
            text,
            archived: None,
            after: None,
            limit: u32::MAX,
        };
        Ok(self.store.chat_page(&query).await?)
    }
}
