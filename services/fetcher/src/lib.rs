//! Captures an account: history of all chats into coverage, live updates, schedule, chat filter.
//!
//! [`run`] holds the account's lease and, while it does, one Telegram client ([`owner`]). Everything captured goes out
//! through [`outbound`] in numbered batches; progress is nothing but coverage in the database ([`run`](mod@runs)).

mod again;
mod avatars;
pub mod filter;
mod letters;
mod live;
mod login;
mod outbound;
pub mod owner;
mod plan;
mod requests;
pub mod runs;
pub mod schedule;
mod settle;
pub mod status;
mod walk;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use model::{AccountId, ChatId, Clock, PassKind};
use store::{Accounts, ArchiveReader, DeadLetters, Leases, Meta, Passes, Receipts};
use telegram::{Login, Stamps, Telegram, TelegramFactory};
use tokio::sync::watch;

pub use filter::{ChatFilter, ChatType, Rule};
pub use owner::run;
pub use requests::{RunNow, SERVICE, VERB_RESCAN, VERB_RUN_NOW, VERB_STATUS};
pub use schedule::{Schedule, ScheduleError};
pub use status::{FetcherStatus, RunProgress};

/// What the fetcher asks of a database.
pub trait FetcherStore: Accounts + Leases + Passes + Receipts + DeadLetters + ArchiveReader + Meta {}

impl<T> FetcherStore for T where
    T: Accounts + Leases + Passes + Receipts + DeadLetters + ArchiveReader + Meta + ?Sized
{
}

/// The listener's switches.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are the seed's switches")]
pub struct Listener {
    /// `ENABLE_LISTENER`.
    pub enabled: bool,
    /// `LISTEN_EDITS`.
    pub edits: bool,
    /// `LISTEN_DELETIONS`; off: deletions are only observed.
    pub deletions: bool,
    /// `LISTEN_NEW_MESSAGES`.
    pub new_messages: bool,
    /// `LISTEN_CHAT_ACTIONS`.
    pub chat_actions: bool,
}

/// Settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// The account.
    pub account: AccountId,
    /// Random per process.
    pub owner: String,
    /// How long a lease lasts without renewal.
    pub lease_ttl: Duration,
    /// Which chats.
    pub filter: ChatFilter,
    /// These first.
    pub priority: Vec<ChatId>,
    /// Messages per page, 1 to 100.
    pub page: u32,
    /// Requests for pages in flight.
    pub walkers: usize,
    /// See [`Listener`].
    pub listener: Listener,
    /// When runs are due; `None`: only by request.
    pub schedule: Option<Schedule>,
    /// Run once as soon as it is connected.
    pub run_at_start: bool,
    /// `SYNC_DELETIONS_EDITS`.
    pub batch_sync: bool,
    /// `AVATAR_REFRESH_HOURS`; `None`: never again.
    pub avatar_refresh: Option<Duration>,
}

/// What the fetcher works with.
#[derive(Clone)]
pub struct Deps {
    /// Where captures go.
    pub bus: Arc<dyn Bus>,
    /// Progress.
    pub store: Arc<dyn FetcherStore>,
    /// Opens clients.
    pub telegram: Arc<dyn TelegramFactory>,
    /// Decides schedules and leases.
    pub clock: Arc<dyn Clock>,
    /// How it is doing.
    pub status: watch::Sender<FetcherStatus>,
    /// The client while there is one: on a single node others share it.
    pub client: watch::Sender<Option<Arc<dyn Telegram>>>,
}

/// What the parts of one ownership share.
pub(crate) struct Session {
    pub(crate) deps: Deps,
    pub(crate) config: Config,
    pub(crate) telegram: Arc<dyn Telegram>,
    pub(crate) login: Arc<dyn Login>,
    /// Wakes the work that waits for a log-in.
    pub(crate) logged_in: tokio::sync::Notify,
    pub(crate) stamps: Arc<Stamps>,
    pub(crate) outbound: outbound::Outbound,
    /// Chats as far as known: kind, and the other half of a migrated pair.
    pub(crate) chats: std::sync::Mutex<std::collections::BTreeMap<ChatId, KnownChat>>,
    /// Chats to be walked again, and why; the runner takes them.
    pub(crate) rescans: std::sync::Mutex<BTreeSet<(ChatId, PassKind)>>,
    /// Wakes the runner.
    pub(crate) wake: tokio::sync::Notify,
    /// Runs asked for by hand: one that goes on, and one that follows.
    pub(crate) by_hand: Arc<tokio::sync::Semaphore>,
    /// Requests for pages in flight, whatever is walked.
    pub(crate) pages: tokio::sync::Semaphore,
    /// One run at a time.
    pub(crate) running: tokio::sync::Mutex<()>,
    pub(crate) closed: tokio_util::sync::CancellationToken,
}

/// See [`Session::chats`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownChat {
    pub(crate) kind: model::ChatKind,
    pub(crate) linked: Option<ChatId>,
}

impl Session {
    pub(crate) fn chats(&self) -> std::sync::MutexGuard<'_, std::collections::BTreeMap<ChatId, KnownChat>> {
        self.chats
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn rescans(&self) -> std::sync::MutexGuard<'_, BTreeSet<(ChatId, PassKind)>> {
        self.rescans
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Knows the chats that are archived already: a live deletion names none, and the filter goes by their kind.
    pub(crate) async fn recall(&self) -> Result<(), store::StoreError> {
        let archived = self.deps.store.chats(self.config.account, None).await?;
        let mut chats = self.chats();
        for chat in archived {
            if let Some(kind) = chat.kind {
                chats.entry(chat.chat).or_insert(KnownChat { kind, linked: None });
            }
        }
        Ok(())
    }

    /// Notes what captures say about chats.
    pub(crate) fn learn(&self, captures: &[model::Capture]) {
        let mut chats = self.chats();
        for capture in captures {
            match capture {
                model::Capture::User(u) => {
                    let kind = if u.bot {
                        model::ChatKind::Bot
                    } else {
                        model::ChatKind::Private
                    };
                    chats
                        .entry(ChatId(u.id))
                        .or_insert(KnownChat { kind, linked: None });
                }
                model::Capture::Chat(c) => {
                    let linked = c.migrated_to.or(c.migrated_from);
                    chats.insert(c.id, KnownChat { kind: c.kind, linked });
                    if let Some(other) = linked {
                        let kind = if c.migrated_to.is_some() {
                            model::ChatKind::Supergroup
                        } else {
                            model::ChatKind::Group
                        };
                        chats
                            .entry(other)
                            .or_insert(KnownChat { kind, linked: None })
                            .linked = Some(c.id);
                    }
                }
                model::Capture::Dialog(d) => {
                    let linked = chats.get(&d.chat).and_then(|c| c.linked);
                    chats.insert(d.chat, KnownChat { kind: d.kind, linked });
                }
                _ => {}
            }
        }
    }

    /// Whether a chat is in the scope.
    pub(crate) fn wants(&self, chat: ChatId) -> bool {
        let known = self.chats().get(&chat).copied();
        let guess = match (chat.user_id(), chat.group_id()) {
            (Some(_), _) => model::ChatKind::Private,
            (_, Some(_)) => model::ChatKind::Group,
            _ => model::ChatKind::Supergroup,
        };
        let known = known.unwrap_or(KnownChat {
            kind: guess,
            linked: None,
        });
        self.config.filter.rule(chat, known.kind, known.linked).captures()
    }
}
