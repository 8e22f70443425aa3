//! Live updates: what happens is captured as it happens, and the update state is persisted only behind what is committed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use model::{BoxId, Capture, ChatId, Lane, MessageKind};
use telegram::{TelegramError, UpdateBatch, UpdateState, Updates};
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use crate::outbound::Closed;
use crate::{Session, runs};

/// A difference that has nothing more to say for so long is drained.
const QUIET: Duration = Duration::from_secs(3);

/// Why a batch was not taken in.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error(transparent)]
    Closed(#[from] Closed),
    #[error(transparent)]
    Failed(#[from] TelegramError),
}

/// Why following ended.
enum End {
    Quiet,
    Closed,
}

/// Follows until the connection is closed; restarts from the persisted state after an error.
pub(crate) async fn follow(session: &Arc<Session>) {
    while !session.closed.is_cancelled() {
        session.deps.status.send_modify(|s| s.live = true);
        let ended = stream(session, None).await;
        session.deps.status.send_modify(|s| s.live = false);
        match ended {
            Ok(_) | Err(TelegramError::Closed | TelegramError::LoginRequired(_)) => return,
            Err(error) => {
                tracing::warn!("the listener starts again in a moment: {error}");
                sleep(Duration::from_secs(2)).await;
            }
        }
    }
}

/// Without a listener: takes in the differences since the last run, until they are quiet.
pub(crate) async fn catch_up(session: &Arc<Session>) -> Result<(), TelegramError> {
    stream(session, Some(QUIET)).await.map(|_| ())
}

async fn stream(session: &Arc<Session>, quiet: Option<Duration>) -> Result<End, TelegramError> {
    let mut updates = session.telegram.updates().await?;
    let states: Mutex<BTreeMap<u64, UpdateState>> = Mutex::default();
    tokio::select! {
        ended = receive(session, &mut *updates, &states, quiet) => {
            let ended = ended?;
            if session.outbound.applied(&[]).await.is_ok() {
                persist_settled(session, &states).await?;
            }
            Ok(ended)
        }
        failed = persist(session, &states) => Err(failed),
    }
}

async fn receive(
    session: &Arc<Session>,
    updates: &mut dyn Updates,
    states: &Mutex<BTreeMap<u64, UpdateState>>,
    quiet: Option<Duration>,
) -> Result<End, TelegramError> {
    loop {
        let next = match quiet {
            None => updates.next().await?,
            Some(quiet) => match timeout(quiet, updates.next()).await {
                Ok(next) => next?,
                Err(_) => return Ok(End::Quiet),
            },
        };
        match batch(session, next, states).await {
            Ok(()) => {}
            Err(Ended::Closed(Closed)) => return Ok(End::Closed),
            Err(Ended::Failed(error)) => return Err(error),
        }
    }
}

async fn batch(
    session: &Arc<Session>,
    batch: UpdateBatch,
    states: &Mutex<BTreeMap<u64, UpdateState>>,
) -> Result<(), Ended> {
    for (_, captures) in &batch.parts {
        session.learn(captures);
    }
    for (box_id, captures) in batch.parts {
        let captures = captures
            .into_iter()
            .filter_map(|c| wanted(session, box_id, c))
            .collect();
        session.outbound.send(Lane::Live, box_id, captures, None).await?;
    }
    for what in batch.too_long {
        runs::too_long(session, what).await?;
    }
    states
        .lock()
        .await
        .insert(session.outbound.last_number().await, batch.state);
    Ok(())
}

/// What the filter and the switches let through.
fn wanted(session: &Session, box_id: BoxId, capture: Capture) -> Option<Capture> {
    let listener = &session.config.listener;
    let in_scope = |chat: Option<ChatId>| chat.is_none_or(|c| session.wants(c));
    let box_in_scope = match box_id {
        BoxId::Common => true,
        BoxId::Channel(id) => session.wants(ChatId::channel(id)),
    };
    match capture {
        Capture::Message(m) => {
            let kept = in_scope(m.head.chat)
                && (listener.edits || m.edit_date == 0)
                && (listener.new_messages || m.edit_date != 0)
                && (listener.chat_actions || m.kind != MessageKind::Service);
            kept.then_some(Capture::Message(m))
        }
        Capture::Deletions(mut d) => {
            d.observe_only |= !listener.deletions;
            (box_in_scope && in_scope(d.chat)).then_some(Capture::Deletions(d))
        }
        other @ (Capture::Reactions { .. } | Capture::Counters { .. } | Capture::Pinned { .. }) => {
            box_in_scope.then_some(other)
        }
        other => Some(other),
    }
}

/// Persists states behind what is committed; returns only with an error.
async fn persist(session: &Session, states: &Mutex<BTreeMap<u64, UpdateState>>) -> TelegramError {
    loop {
        tokio::select! {
            () = session.outbound.changed() => {}
            () = sleep(Duration::from_millis(500)) => {}
            () = session.closed.cancelled() => return TelegramError::Closed,
        }
        if let Err(error) = persist_settled(session, states).await {
            match &error {
                TelegramError::Store(e) if e.is_transient() => tracing::warn!("the update state waits: {e}"),
                _ => return error,
            }
        }
        // A burst of receipts is one write.
        sleep(Duration::from_millis(50)).await;
    }
}

async fn persist_settled(
    session: &Session,
    states: &Mutex<BTreeMap<u64, UpdateState>>,
) -> Result<(), TelegramError> {
    let settled = session.outbound.settled_through().await;
    let newest = {
        let states = states.lock().await;
        states.range(..=settled).next_back().map(|(n, s)| (*n, s.clone()))
    };
    let Some((number, state)) = newest else {
        return Ok(());
    };
    session.telegram.persist_state(&state).await?;
    let mut states = states.lock().await;
    *states = states.split_off(&(number + 1));
    Ok(())
}
