//! What every handler works with.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, MutexGuard, PoisonError};

use bus::Bus;
use jiff::tz::TimeZone;
use model::{AccountId, ChatId, Clock, MessageId};
use store::Account;
use tokio::sync::{Mutex, Semaphore};

use crate::access::{Gate, Scope};
use crate::api::search;
use crate::auth::limits::Limits;
use crate::auth::password;
use crate::auth::sessions::Sessions;
use crate::config::{Config, Deps, ViewerStore};
use crate::dto::status::Statistics;
use crate::events::Hub;
use crate::files::Files;
use crate::problem::Problem;

/// Numbers, by account and what may be seen.
pub(crate) type Counted = HashMap<(AccountId, Option<Vec<ChatId>>), (i64, Arc<Statistics>)>;

/// How many messages chats have, and until when that holds, unix microseconds.
type Sizes = HashMap<(AccountId, ChatId), (i64, i64)>;
/// Above so many those are forgotten that hold no more.
const SIZES: usize = 1000;
/// A number holds so many times as long as counting took.
pub(crate) const HOLD_TIMES: i64 = 500;

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
    /// Searches that are answered now: of the readers of the database the pages of chats keep some.
    pub(crate) searches: Semaphore,
    pub(crate) hub: Arc<Hub>,
    known_accounts: std::sync::Mutex<BTreeSet<AccountId>>,
    /// Until when numbers hold, unix microseconds.
    pub(crate) counted: Mutex<Counted>,
    sizes: std::sync::Mutex<Sizes>,
}

impl App {
    /// `sessions`: where the database takes none.
    pub(crate) fn new(deps: &Deps, config: Config, hub: Arc<Hub>, sessions: Option<Sessions>) -> Self {
        Self {
            store: Arc::clone(&deps.store),
            bus: Arc::clone(&deps.bus),
            files: Arc::clone(&deps.files),
            clock: Arc::clone(&deps.clock),
            gate: Gate::new(
                Arc::clone(&deps.store),
                Arc::clone(&deps.clock),
                &config,
                sessions,
            ),
            limits: Limits::new(),
            turns: Semaphore::new(password::AT_ONCE),
            searches: Semaphore::new(search::AT_ONCE),
            hub,
            known_accounts: std::sync::Mutex::default(),
            counted: Mutex::default(),
            sizes: std::sync::Mutex::default(),
            config,
        }
    }

    /// An account that is archived here, as it stands now.
    pub(crate) async fn account(&self, id: i64) -> Result<Account, Problem> {
        let accounts = self.store.accounts().await?;
        self.accounts().extend(accounts.iter().map(|a| a.id));
        accounts
            .into_iter()
            .find(|a| a.id.0 == id)
            .ok_or_else(Problem::not_found)
    }

    /// The time zone of this name; the viewer's, if none is named.
    pub(crate) fn zone(&self, name: Option<&str>) -> Result<TimeZone, Problem> {
        name.map_or_else(
            || Ok(self.config.time_zone.clone()),
            |name| TimeZone::get(name).map_err(|_| Problem::bad("zone: the name of one, like Europe/Madrid")),
        )
    }

    fn accounts(&self) -> MutexGuard<'_, BTreeSet<AccountId>> {
        self.known_accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, only its id: accounts are never removed.
    pub(crate) async fn account_id(&self, id: i64) -> Result<AccountId, Problem> {
        let known = self.accounts().contains(&AccountId(id));
        if known {
            return Ok(AccountId(id));
        }
        Ok(self.account(id).await?.id)
    }

    /// How many messages a chat has. Counting them takes the longer the more they are, and whoever follows a chat asks
    /// with each change: a number holds in proportion.
    pub(crate) async fn size(&self, account: AccountId, chat: ChatId) -> Result<i64, Problem> {
        let began = self.clock.now_micros();
        let kept = self.sizes().get(&(account, chat)).copied();
        if let Some((_, size)) = kept.filter(|(until, _)| *until > began) {
            return Ok(size);
        }
        let (size, _) = self.store.counts(account, chat, MessageId::MAX).await?;
        let now = self.clock.now_micros();
        let mut sizes = self.sizes();
        if sizes.len() >= SIZES {
            sizes.retain(|_, (until, _)| *until > now);
        }
        sizes.insert((account, chat), (now + (now - began) * HOLD_TIMES, size));
        Ok(size)
    }

    fn sizes(&self) -> MutexGuard<'_, Sizes> {
        self.sizes.lock().unwrap_or_else(PoisonError::into_inner)
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
