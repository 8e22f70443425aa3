//! Runs: the list of dialogs, the scope, and every chat walked to its newest message.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt as _, stream};
use model::{ChatId, IdRange, PassKind};
use store::{ChatCoverage, Pass, RunOutcome};
use tokio::time::sleep;

use crate::again::rescan;
use crate::plan::{Planned, dialogs, named, records, stored, topics};
use crate::walk::{self, Count, WalkError};
use crate::{RunProgress, Session, avatars, live};

/// A live message from before a pass that a killed process left on the bus comes late: passes completed so shortly before
/// the last run, or since, are looked at once more (microseconds).
const LATE: i64 = 600_000_000;

/// A run that ended early is begun again after so many seconds, twice as many each time, up to the second.
const AGAIN: (i64, i64) = (30, 900);

/// Runs when it is due, asked for, or when a difference was too long.
pub(crate) async fn schedule(session: &Arc<Session>) {
    let now = || session.deps.clock.now_unix();
    let mut wait = AGAIN.0;
    let mut again = None;
    if session.config.run_at_start {
        let early = once(session, "start").await.aborted.is_some();
        again = early.then(|| now() + wait);
    }
    loop {
        let scheduled = session.config.schedule.as_ref().and_then(|s| s.next_after(now()));
        let next = scheduled.into_iter().chain(again).min();
        session.deps.status.send_modify(|s| s.next_run = next);
        let due = async {
            loop {
                if next.is_some_and(|at| now() >= at) {
                    return;
                }
                sleep(session.deps.clock.poll_interval()).await;
            }
        };
        tokio::select! {
            () = due => {
                let trigger = if next == again { "again" } else { "schedule" };
                let early = once(session, trigger).await.aborted.is_some();
                wait = if early { (wait * 2).min(AGAIN.1) } else { AGAIN.0 };
                again = early.then(|| now() + wait);
            }
            () = session.wake.notified() => rescan(session).await,
            () = session.closed.cancelled() => return,
        }
    }
}

/// One run; a failed one is noted and logged, never thrown.
pub(crate) async fn once(session: &Arc<Session>, trigger: &str) -> RunOutcome {
    let _single = session.running.lock().await;
    let started_at = session.deps.clock.now_unix();
    session.deps.status.send_modify(|s| {
        s.run = Some(RunProgress {
            started_at,
            ..RunProgress::default()
        });
    });
    let id = session
        .deps
        .store
        .start_run(session.config.account, trigger)
        .await;
    let mut outcome = RunOutcome {
        chats: 0,
        messages: 0,
        failures: Vec::new(),
        aborted: None,
    };
    if let Err(error) = everything(session, &mut outcome).await {
        outcome.aborted = Some(error.to_string());
    }
    let progress = session.deps.status.borrow().run.clone().unwrap_or_default();
    outcome.messages = progress.messages;
    let seconds = session.deps.clock.now_unix() - started_at;
    match &outcome.aborted {
        None => tracing::info!(
            chats = outcome.chats,
            messages = outcome.messages,
            failed = outcome.failures.len(),
            seconds,
            "run finished"
        ),
        Some(reason) => tracing::warn!(messages = outcome.messages, seconds, "run ended early: {reason}"),
    }
    match id {
        Ok(id) => {
            if let Err(error) = session.deps.store.finish_run(id, &outcome).await {
                tracing::warn!("the run's end was not noted: {error}");
            }
        }
        Err(error) => tracing::warn!("the run's start was not noted: {error}"),
    }
    session.deps.status.send_modify(|s| s.run = None);
    outcome
}

async fn everything(session: &Arc<Session>, outcome: &mut RunOutcome) -> Result<(), WalkError> {
    if !session.config.listener.enabled {
        live::catch_up(session).await?;
    }
    let mut planned = dialogs(session).await?;
    records(session).await?;
    named(session, &mut planned).await?;
    let account = session.config.account;
    let coverage: BTreeMap<ChatId, ChatCoverage> = session
        .deps
        .store
        .coverage(account)
        .await?
        .into_iter()
        .map(|c| (c.chat, c))
        .collect();
    stored(session, &mut planned, &coverage).await?;
    late(session).await?;
    let mut chats: Vec<Planned> = planned.into_values().filter(|p| session.wants(p.chat)).collect();
    let priority = |chat: ChatId| session.config.priority.contains(&chat);
    chats.sort_by_key(|p| (!priority(p.chat), std::cmp::Reverse(p.last_activity)));
    topics(session, &chats).await?;
    if session.config.batch_sync {
        tracing::warn!(
            "SYNC_DELETIONS_EDITS: every stored message of {} chats is checked again; this is slow, and what is gone goes \
             through the mass operation protection",
            chats.len()
        );
    }
    session.deps.status.send_modify(|s| {
        if let Some(run) = &mut s.run {
            run.chats_total = chats.len() as u64;
        }
    });
    let walkers = session.config.walkers.max(1);
    let mut walks = stream::iter(chats)
        .map(|p| {
            let known = coverage.get(&p.chat);
            async move { (p, chat(session, p, known).await) }
        })
        .buffer_unordered(walkers);
    while let Some((planned, result)) = walks.next().await {
        let result = match result {
            // Left, or closed to us: its end stays "not verified".
            Err(error) if !planned.listed && error.is_final() => {
                tracing::debug!("a chat that Telegram does not list is out of reach: {error}");
                Ok(())
            }
            other => other,
        };
        session.deps.status.send_modify(|s| {
            if let Some(run) = &mut s.run {
                run.chats_done += 1;
                run.failed += u64::from(result.is_err());
            }
        });
        match result {
            Ok(()) => outcome.chats += 1,
            Err(error) if error.ends_the_run() => return Err(error),
            Err(error) => {
                tracing::warn!("a chat could not be walked, the run goes on: {error}");
                outcome.failures.push((planned.chat, error.to_string()));
            }
        }
    }
    avatars::refresh(session).await
}

/// Looks once more at passes that were completed lately.
async fn late(session: &Session) -> Result<(), WalkError> {
    let (store, account) = (&session.deps.store, session.config.account);
    let last = store
        .runs(account, 10)
        .await?
        .into_iter()
        .find(|r| r.finished_at.is_some());
    let since = last.map_or(0, |r| r.started_at.saturating_sub(LATE));
    for pass in store.completed_since(account, since).await? {
        walk::derive_deletions(session, &pass).await?;
    }
    Ok(())
}

/// Walks what is open, then what is new.
pub(crate) async fn chat(
    session: &Arc<Session>,
    planned: Planned,
    known: Option<&ChatCoverage>,
) -> Result<(), WalkError> {
    let Planned { chat, top, pts, .. } = planned;
    if let Some(pts) = pts {
        session.telegram.channel_pts(chat, pts).await?;
    }
    let mut passes: Vec<Pass> = known.map(|k| k.open.clone()).unwrap_or_default();
    let through = known.map_or(0, |k| k.known_through);
    if let Some(range) = IdRange::new(through, top) {
        let kind = if known.is_none() {
            PassKind::Initial
        } else {
            PassKind::Tail
        };
        passes.push(open(session, chat, kind, range).await?);
    }
    if session.config.batch_sync
        && let Some(range) = IdRange::new(0, through)
    {
        passes.push(open(session, chat, PassKind::BatchSync, range).await?);
    }
    // A batch sync reads all of them again.
    let held = match known {
        Some(known) if !passes.iter().any(|p| p.kind == PassKind::BatchSync) => known.stored,
        _ => 0,
    };
    let count = Count::new(held);
    for pass in &passes {
        walk::pass(session, pass, &count).await?;
    }
    count.tell(session, None);
    Ok(())
}

pub(crate) async fn open(
    session: &Arc<Session>,
    chat: ChatId,
    kind: PassKind,
    range: IdRange,
) -> Result<Pass, WalkError> {
    let began = session.stamps.next();
    Ok(session
        .deps
        .store
        .open_pass(session.config.account, chat, kind, range, began)
        .await?)
}
