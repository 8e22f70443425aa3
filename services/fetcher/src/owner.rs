//! The owner of an account: holds its lease, and while it does, its Telegram client.

use std::sync::Arc;
use std::time::Duration;

use store::{Authorization, Lease, keep_lease};
use telegram::{ConnectionState, Opened, Stamps, TelegramError};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::outbound::Outbound;
use crate::{Config, Deps, Session, letters, live, requests, runs, settle};

/// How often a log-in is looked for that nobody told of.
const LOGIN_POLL: Duration = Duration::from_secs(30);

/// Runs until `shutdown`: takes the lease, works, and takes it again when it was lost.
pub async fn run(deps: Deps, config: Config, shutdown: CancellationToken) {
    let authorization = Authorization {
        account: config.account,
        role: "fetcher".to_owned(),
    };
    while !shutdown.is_cancelled() {
        match deps
            .store
            .acquire_lease(&authorization, &config.owner, config.lease_ttl)
            .await
        {
            Ok(Some(lease)) => own(&deps, &config, lease, &shutdown).await,
            Ok(None) => say(
                &deps,
                "waiting",
                Some("another process owns this account".to_owned()),
            ),
            Err(error) => say(&deps, "waiting", Some(error.to_string())),
        }
        tokio::select! {
            () = sleep(deps.clock.poll_interval()) => {}
            () = shutdown.cancelled() => {}
        }
    }
}

fn say(deps: &Deps, state: &str, reason: Option<String>) {
    say_until(deps, state, reason, None);
}

/// Tells how things stand; `until`: unix seconds at which that ends by itself.
fn say_until(deps: &Deps, state: &str, reason: Option<String>, until: Option<i64>) {
    deps.status.send_if_modified(|s| {
        let new = s.state != state || s.reason != reason || s.until != until;
        if new {
            if let Some(reason) = &reason {
                tracing::info!("{state}: {reason}");
            } else {
                tracing::info!("{state}");
            }
            state.clone_into(&mut s.state);
            s.reason = reason;
            s.until = until;
        }
        new
    });
}

/// Works under a lease until it ends.
async fn own(deps: &Deps, config: &Config, lease: Lease, shutdown: &CancellationToken) {
    let closed = shutdown.child_token();
    let stamps = Arc::new(Stamps::new(lease.epoch));
    let Opened { telegram, login } = match deps.telegram.open(lease.clone(), Arc::clone(&stamps)).await {
        Ok(opened) => opened,
        Err(reason) => {
            say(deps, "connecting", Some(reason));
            release(deps, &lease).await;
            sleep(Duration::from_secs(1)).await;
            return;
        }
    };
    deps.client.send_replace(Some(Arc::clone(&telegram)));
    let outbound = Outbound::new(
        Arc::clone(&deps.bus),
        Arc::clone(&deps.store) as Arc<dyn store::Receipts>,
        Arc::clone(&deps.store) as Arc<dyn store::DeadLetters>,
        config.account,
        lease.epoch,
        closed.clone(),
    );
    let session = Arc::new(Session {
        deps: deps.clone(),
        config: config.clone(),
        telegram: Arc::clone(&telegram),
        login,
        logged_in: tokio::sync::Notify::new(),
        stamps,
        outbound,
        chats: std::sync::Mutex::default(),
        rescans: std::sync::Mutex::default(),
        wake: tokio::sync::Notify::new(),
        by_hand: Arc::new(tokio::sync::Semaphore::new(2)),
        pages: tokio::sync::Semaphore::new(config.walkers.max(1)),
        running: tokio::sync::Mutex::new(()),
        closed: closed.clone(),
    });
    tokio::select! {
        why = keep_lease(&*deps.store, &*deps.clock, &lease, config.lease_ttl) => {
            say(deps, "waiting", Some(why.to_owned()));
        }
        () = session.outbound.run() => {}
        () = watch(&session) => {}
        () = work(&session) => {}
        () = requests::serve(&session) => {}
        () = settle::tell(&session) => {}
        () = shutdown.cancelled() => {}
    }
    closed.cancel();
    deps.client.send_replace(None);
    deps.status.send_modify(|s| {
        s.live = false;
        s.run = None;
    });
    telegram.disconnect().await;
    release(deps, &lease).await;
}

async fn release(deps: &Deps, lease: &Lease) {
    if let Err(error) = deps.store.release_lease(lease).await {
        tracing::debug!("the lease ends by itself: {error}");
    }
}

/// Shows the connection's state.
async fn watch(session: &Session) {
    let mut state = session.telegram.state();
    loop {
        let now = state.borrow_and_update().clone();
        match now {
            ConnectionState::Connecting { reason } => say(&session.deps, "connecting", reason),
            ConnectionState::Ready => say(&session.deps, "ready", None),
            ConnectionState::FloodWait { class, until } => say_until(
                &session.deps,
                "flood wait",
                Some(telegram::flood_wait(class, until)),
                Some(until),
            ),
            ConnectionState::LoginRequired { reason } => {
                login_required(session, &reason);
            }
        }
        if state.changed().await.is_err() {
            return;
        }
    }
}

/// Follows and runs while somebody is logged in, and waits for it while nobody is.
async fn work(session: &Arc<Session>) {
    while !session.closed.is_cancelled() {
        match session.telegram.me().await {
            Ok(_) => {
                if let Err(error) = session.recall().await {
                    say(&session.deps, "waiting", Some(error.to_string()));
                    sleep(Duration::from_secs(1)).await;
                    continue;
                }
                // Before anything was called nothing but a flood wait of before is known.
                if !matches!(
                    *session.telegram.state().borrow(),
                    ConnectionState::FloodWait { .. }
                ) {
                    say(&session.deps, "ready", None);
                }
                tokio::select! {
                    () = capture(session) => {}
                    () = logged_out(session) => sleep(session.deps.clock.poll_interval()).await,
                }
            }
            Err(TelegramError::Closed) => return,
            Err(TelegramError::LoginRequired(reason)) => {
                login_required(session, &reason);
                tokio::select! {
                    () = session.logged_in.notified() => {}
                    () = sleep(LOGIN_POLL) => {}
                }
            }
            Err(error) => {
                say(&session.deps, "connecting", Some(error.to_string()));
                sleep(Duration::from_secs(2)).await;
            }
        }
    }
}

async fn capture(session: &Arc<Session>) {
    if session.config.listener.enabled {
        tokio::join!(
            live::follow(session),
            letters::follow(session),
            runs::schedule(session)
        );
    } else {
        tokio::join!(letters::follow(session), runs::schedule(session));
    }
}

/// Returns when Telegram has ended the session.
async fn logged_out(session: &Session) {
    let mut state = session.telegram.state();
    loop {
        if matches!(*state.borrow_and_update(), ConnectionState::LoginRequired { .. }) {
            return;
        }
        if state.changed().await.is_err() {
            return;
        }
    }
}

fn login_required(session: &Session, reason: &str) {
    say(
        &session.deps,
        "login required",
        Some(format!("{reason}; run `telegram-archive auth`")),
    );
}
