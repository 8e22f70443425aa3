//! Rules over changes to Web Push (RFC 8030, 8291, 8292).
//!
//! A new message of the live lane becomes a row per subscription that wants it ([`follow`]), and each row is told once,
//! by whichever replica claims it ([`deliver`]). Nothing but ids stands in those rows: what is told is read, and the right
//! to it asked of the [`gate`], at the moment of delivery. A row that is done stays for two days, so that the same message
//! is not told again when changes are followed anew. Where that goes on stands in the database; what the bus has
//! forgotten is found there too.

mod compose;
mod deliver;
pub mod endpoint;
mod follow;
mod push;
mod requests;
mod vapid;

use std::sync::Arc;

use bus::Bus;
use gate::{Gate, GateStore};
use model::{ChatId, Clock};
use store::{ArchiveReader, Meta, Pushes, StoreError};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use push::Pusher;
pub use requests::SERVICE;
pub use vapid::{KeyError, Seal, VapidKeys};

/// What the notifier asks of a database.
pub trait NotifierStore: GateStore + ArchiveReader + Pushes + Meta {}

impl<T: GateStore + ArchiveReader + Pushes + Meta + ?Sized> NotifierStore for T {}

/// Settings.
#[derive(Clone)]
pub struct Config {
    /// `PUSH_NOTIFICATIONS=full`; else nothing is pushed.
    pub full: bool,
    /// `VAPID_PRIVATE_KEY` and `VAPID_PUBLIC_KEY`; `None`: those of the database.
    pub keys: Option<VapidKeys>,
    /// `VAPID_CONTACT`: `mailto:` or `https:`.
    pub contact: String,
    /// `DISPLAY_CHAT_IDS`; empty: all.
    pub display_chats: Vec<ChatId>,
    /// `PUSH_ALLOW_PRIVATE_ENDPOINTS`: for tests.
    pub private_endpoints: bool,
}

/// How the notifier is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotifierState {
    /// Changes are followed, or need not be.
    pub ready: bool,
    /// What stops it, if something does.
    pub problem: Option<String>,
}

/// What the notifier works with.
#[derive(Clone)]
pub struct Deps {
    /// Changes, and requests of the viewer.
    pub bus: Arc<dyn Bus>,
    /// The archive, and the subscriptions.
    pub store: Arc<dyn NotifierStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Seals the private key.
    pub seal: Arc<dyn Seal>,
    /// How it is doing.
    pub state: watch::Sender<NotifierState>,
}

/// Why the notifier does not run.
#[derive(Debug, thiserror::Error)]
pub enum NotifierError {
    /// No client can be made.
    #[error("HTTP is not possible here: {0}")]
    Http(#[from] reqwest::Error),
}

/// What its parts share.
struct Notifier {
    deps: Deps,
    config: Config,
    gate: Gate,
    /// `None`: nothing is pushed here.
    pusher: Option<Pusher>,
    /// There is something to tell.
    wake: Notify,
    shutdown: CancellationToken,
}

/// Runs until `shutdown`.
pub async fn run(deps: Deps, config: Config, shutdown: CancellationToken) -> Result<(), NotifierError> {
    let pusher = match keys(&deps, &config, &shutdown).await {
        Some(keys) => Some(Pusher::new(keys, &config)?),
        None => None,
    };
    let store = Arc::clone(&deps.store) as Arc<dyn GateStore>;
    let display = config.display_chats.clone();
    let notifier = Notifier {
        // Whoever reads without a name has no session that could end, and so no subscription.
        gate: Gate::new(store, Arc::clone(&deps.clock), display, false),
        deps,
        config,
        pusher,
        wake: Notify::new(),
        shutdown,
    };
    tokio::join!(
        requests::serve(&notifier),
        follow::run(&notifier),
        deliver::run(&notifier)
    );
    Ok(())
}

/// The keys to sign with, as soon as there is a database; `None`: nothing is to be pushed, or cannot be.
async fn keys(deps: &Deps, config: &Config, shutdown: &CancellationToken) -> Option<VapidKeys> {
    if !config.full {
        deps.state.send_modify(|s| s.ready = true);
        return None;
    }
    if let Some(keys) = &config.keys {
        return Some(keys.clone());
    }
    loop {
        let error = match VapidKeys::kept(&*deps.store, &*deps.seal).await {
            Ok(keys) => return Some(keys),
            Err(error) => error,
        };
        tracing::warn!("nothing is pushed: {error}");
        deps.state.send_modify(|s| s.problem = Some(error.to_string()));
        if !matches!(&error, KeyError::Store(e) if e.is_transient()) {
            // Capturing must not end because of that: the rest of the process goes on, and readiness tells.
            return None;
        }
        tokio::select! {
            () = tokio::time::sleep(follow::AGAIN) => {}
            () = shutdown.cancelled() => return None,
        }
    }
}

impl Notifier {
    fn now(&self) -> i64 {
        self.deps.clock.now_micros()
    }

    fn store(&self) -> &dyn NotifierStore {
        &*self.deps.store
    }

    /// Removes a subscription for which there is no reason any more.
    async fn forget(&self, id: i64, why: &str) -> Result<(), StoreError> {
        self.store().remove_subscription(id).await?;
        tracing::debug!(subscription = id, "a subscription ends: {why}");
        Ok(())
    }
}
