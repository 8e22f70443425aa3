//! A downloader's own authorization: in a cluster each has one, so that no two processes use one auth key (law 8).

use std::sync::Arc;
use std::time::Duration;

use model::{AccountId, Clock};
use store::{Accounts, Authorization, Lease, Leases, keep_lease};
use telegram::{ConnectionState, Opened, Stamps, Telegram, TelegramError, TelegramFactory, flood_wait};
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// What an owner asks of a database.
pub trait OwnerStore: Accounts + Leases {}

impl<T: Accounts + Leases + ?Sized> OwnerStore for T {}

/// For so many of the clock's intervals (5 s) a place where nobody is logged in is left alone.
const AGAIN: u32 = 10;

/// The authorization of downloader number `n`, from 1.
pub fn authorization(account: AccountId, n: u32) -> Authorization {
    Authorization {
        account,
        role: format!("downloader-{n}"),
    }
}

/// Settings.
#[derive(Clone, Debug)]
pub struct OwnerConfig {
    /// Whose files.
    pub account: AccountId,
    /// Random per process.
    pub owner: String,
    /// Which one to use, from 1; 0: any that is free.
    pub number: u32,
    /// Authorizations that were made at log-in.
    pub downloaders: u32,
    /// How long a lease lasts without renewal.
    pub lease_ttl: Duration,
}

/// What it works with.
#[derive(Clone)]
pub struct OwnerDeps {
    /// Leases.
    pub store: Arc<dyn OwnerStore>,
    /// Opens clients.
    pub telegram: Arc<dyn TelegramFactory>,
    /// Decides leases.
    pub clock: Arc<dyn Clock>,
    /// The client, while there is one.
    pub client: watch::Sender<Option<Arc<dyn Telegram>>>,
    /// How it is doing, for a person.
    pub status: watch::Sender<String>,
}

/// Runs until `shutdown`: takes the first authorization that is free and logged in, and keeps its client.
pub async fn run(deps: OwnerDeps, config: OwnerConfig, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        let numbers = match config.number {
            0 => 1..=config.downloaders.max(1),
            n => n..=n,
        };
        for n in numbers {
            let authorization = authorization(config.account, n);
            match deps
                .store
                .acquire_lease(&authorization, &config.owner, config.lease_ttl)
                .await
            {
                Ok(Some(lease)) => own(&deps, &config, lease, &shutdown).await,
                Ok(None) => say(
                    &deps,
                    "every downloader's authorization is in use by another process",
                ),
                Err(error) => say(&deps, &error.to_string()),
            }
            if shutdown.is_cancelled() {
                return;
            }
        }
        tokio::select! {
            () = sleep(deps.clock.poll_interval() * AGAIN) => {}
            () = shutdown.cancelled() => {}
        }
    }
}

fn say(deps: &OwnerDeps, state: &str) {
    let changed = deps.status.send_if_modified(|s| {
        let new = s != state;
        state.clone_into(s);
        new
    });
    if changed {
        tracing::info!("the downloader's connection: {state}");
    }
}

async fn own(deps: &OwnerDeps, config: &OwnerConfig, lease: Lease, shutdown: &CancellationToken) {
    let stamps = Arc::new(Stamps::new(lease.epoch));
    match deps.telegram.open(lease.clone(), stamps).await {
        Ok(Opened { telegram, .. }) => {
            tokio::select! {
                why = keep_lease(&*deps.store, &*deps.clock, &lease, config.lease_ttl) => say(deps, why),
                why = serve(deps, &telegram) => say(deps, &why),
                () = shutdown.cancelled() => {}
            }
            deps.client.send_replace(None);
            telegram.disconnect().await;
        }
        Err(reason) => say(deps, &reason),
    }
    if let Err(error) = deps.store.release_lease(&lease).await {
        tracing::debug!("the lease ends by itself: {error}");
    }
}

/// Hands the client out while somebody is logged in; answers why not any more.
async fn serve(deps: &OwnerDeps, telegram: &Arc<dyn Telegram>) -> String {
    if let Err(error) = telegram.me().await {
        return match error {
            TelegramError::LoginRequired(reason) => {
                format!("login required: {reason}; run `telegram-archive auth`")
            }
            other => other.to_string(),
        };
    }
    say(deps, "ready");
    deps.client.send_replace(Some(Arc::clone(telegram)));
    let mut state = telegram.state();
    loop {
        match &*state.borrow_and_update() {
            ConnectionState::LoginRequired { reason } => {
                return format!("login required: {reason}; run `telegram-archive auth`");
            }
            ConnectionState::FloodWait { class, until } => {
                say(deps, &format!("flood wait: {}", flood_wait(*class, *until)));
            }
            ConnectionState::Connecting { reason: Some(reason) } => {
                say(deps, &format!("connecting: {reason}"));
            }
            // Nothing is connected before the first file.
            ConnectionState::Connecting { reason: None } | ConnectionState::Ready => say(deps, "ready"),
        }
        if state.changed().await.is_err() {
            return "closed".to_owned();
        }
    }
}
