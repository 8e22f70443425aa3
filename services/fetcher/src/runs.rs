//! Runs: the list of dialogs, the scope, and every chat walked to its newest message.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use model::{BoxId, Capture, ChatId, ChatKind, IdRange, Lane, MessageId, PassKind};
use store::{ChatCoverage, Pass, RunOutcome};
use telegram::{FolderList, TelegramError, TooLong};
use tokio::time::sleep;

use crate::walk::{self, WalkError};
use crate::{RunProgress, Session, live};

/// A chat to be walked.
#[derive(Clone, Copy, Debug)]
struct Planned {
    chat: ChatId,
    top: MessageId,
    last_activity: i64,
    pts: Option<i32>,
    /// Telegram lists it; else only the archive knows it, and it may be out of reach.
    listed: bool,
}

/// A live message from before a pass that a killed process left on the bus comes late: passes completed so shortly before
/// the last run, or since, are looked at once more (microseconds).
const LATE: i64 = 600_000_000;

/// Runs when it is due, asked for, or when a difference was too long.
pub(crate) async fn schedule(session: &Arc<Session>) {
    if session.config.run_at_start {
        once(session, "start").await;
    }
    loop {
        let now = session.deps.clock.now_unix();
        let next = session.config.schedule.as_ref().and_then(|s| s.next_after(now));
        session.deps.status.send_modify(|s| s.next_run = next);
        let due = async {
            loop {
                if next.is_some_and(|at| session.deps.clock.now_unix() >= at) {
                    return;
                }
                sleep(session.deps.clock.poll_interval()).await;
            }
        };
        tokio::select! {
            () = due => {
                once(session, "schedule").await;
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
    let expected: u64 = chats
        .iter()
        .map(|p| {
            IdRange::new(0, p.top).map_or(0, |r| {
                coverage
                    .get(&p.chat)
                    .map_or(r.len(), |c| c.covered.gaps_in(r).iter().map(IdRange::len).sum())
            })
        })
        .sum();
    session.deps.status.send_modify(|s| {
        if let Some(run) = &mut s.run {
            run.chats_total = chats.len() as u64;
            run.messages_expected = expected;
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
    Ok(())
}

/// Reads both folders; every dialog and peer is captured, whatever the filter says of its messages.
async fn dialogs(session: &Arc<Session>) -> Result<BTreeMap<ChatId, Planned>, WalkError> {
    let mut planned = BTreeMap::new();
    for folder_id in [0, 1] {
        let mut at = Some(FolderList {
            folder_id,
            after: None,
        });
        while let Some(list) = at {
            let page = session.telegram.dialogs(&list).await?;
            let mut captures = page.peers;
            for seen in page.dialogs {
                let chat = seen.dialog.chat;
                planned.insert(
                    chat,
                    Planned {
                        chat,
                        top: seen.dialog.top_message,
                        last_activity: seen.last_activity,
                        pts: seen.pts,
                        listed: true,
                    },
                );
                captures.push(Capture::Dialog(Box::new(seen.dialog)));
            }
            session.learn(&captures);
            session
                .outbound
                .send(Lane::History, BoxId::Common, captures, None)
                .await?;
            at = page.next;
        }
    }
    Ok(planned)
}

async fn records(session: &Arc<Session>) -> Result<(), WalkError> {
    let captures = optional(session.telegram.folders_and_contacts().await)?;
    session
        .outbound
        .send(Lane::History, BoxId::Common, captures, None)
        .await?;
    Ok(())
}

async fn topics(session: &Arc<Session>, chats: &[Planned]) -> Result<(), WalkError> {
    for planned in chats {
        let forum = session
            .chats()
            .get(&planned.chat)
            .is_some_and(|c| c.kind == ChatKind::Forum);
        if forum {
            let captures = optional(session.telegram.topics(planned.chat).await)?;
            session
                .outbound
                .send(Lane::History, planned.chat.box_id(), captures, None)
                .await?;
        }
    }
    Ok(())
}

/// What does not come is missed, not fatal; a lost log-in is.
fn optional(result: Result<Vec<Capture>, TelegramError>) -> Result<Vec<Capture>, TelegramError> {
    match result {
        Err(error @ (TelegramError::Closed | TelegramError::LoginRequired(_))) => Err(error),
        Err(error) => {
            tracing::warn!("not read this time: {error}");
            Ok(Vec::new())
        }
        ok => ok,
    }
}

/// Chats that are named but in no list, and the other halves of migrated pairs.
async fn named(session: &Arc<Session>, planned: &mut BTreeMap<ChatId, Planned>) -> Result<(), WalkError> {
    let mut wanted = session.config.filter.named();
    wanted.extend(
        session
            .chats()
            .iter()
            .filter(|(id, c)| c.linked.is_some() && id.group_id().is_some())
            .map(|(id, _)| *id),
    );
    for chat in wanted {
        if planned.contains_key(&chat) {
            continue;
        }
        match session.telegram.resolve(chat).await {
            Ok(Some(resolved)) => {
                session.learn(&resolved.peers);
                session
                    .outbound
                    .send(Lane::History, BoxId::Common, resolved.peers, None)
                    .await?;
                session.chats().entry(chat).or_insert(crate::KnownChat {
                    kind: resolved.kind,
                    linked: None,
                });
                planned.insert(
                    chat,
                    Planned {
                        chat,
                        top: resolved.top_message,
                        last_activity: 0,
                        pts: resolved.pts,
                        listed: true,
                    },
                );
            }
            Ok(None) => tracing::warn!(
                "a chat of an include list cannot be found; is the id in its marked form (-100...)?"
            ),
            Err(error @ (TelegramError::Closed | TelegramError::LoginRequired(_))) => {
                return Err(error.into());
            }
            Err(error) => tracing::warn!("a chat of an include list cannot be read: {error}"),
        }
    }
    Ok(())
}

/// A chat reaches as far as its newest stored message, whatever Telegram says: what was captured live and is gone is
/// found by a page that does not have it. Chats of which something is open are walked though Telegram lists them no more.
async fn stored(
    session: &Session,
    planned: &mut BTreeMap<ChatId, Planned>,
    coverage: &BTreeMap<ChatId, ChatCoverage>,
) -> Result<(), WalkError> {
    for (chat, newest) in session.deps.store.newest_stored(session.config.account).await? {
        let open = coverage
            .get(&chat)
            .is_none_or(|c| !c.open.is_empty() || c.known_through < newest);
        match planned.get_mut(&chat) {
            Some(known) => known.top = known.top.max(newest),
            None if open => {
                let unlisted = Planned {
                    chat,
                    top: newest,
                    last_activity: 0,
                    pts: None,
                    listed: false,
                };
                planned.insert(chat, unlisted);
            }
            None => {}
        }
    }
    Ok(())
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
async fn chat(
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
    for pass in &passes {
        walk::pass(session, pass).await?;
    }
    Ok(())
}

async fn open(
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

/// Opens passes over what a too-long difference leaves unknown, as far as anything is stored: before the update state
/// behind it is persisted, so that a crash in between loses nothing. Chats of which nothing is known are walked by the
/// next run anyway.
pub(crate) async fn too_long(session: &Session, what: TooLong) -> Result<(), TelegramError> {
    let account = session.config.account;
    // What was handed over before may be newer than all that is stored.
    if session.outbound.settled().await.is_err() {
        return Err(TelegramError::Closed);
    }
    let newest: BTreeMap<ChatId, MessageId> = session
        .deps
        .store
        .newest_stored(account)
        .await?
        .into_iter()
        .collect();
    let chats: BTreeSet<ChatId> = match what {
        TooLong::Channel(chat) => BTreeSet::from([chat]),
        TooLong::Common => session
            .deps
            .store
            .coverage(account)
            .await?
            .into_iter()
            .map(|c| c.chat)
            .chain(newest.keys().copied())
            .filter(|c| c.box_id() == BoxId::Common)
            .collect(),
    };
    for chat in chats.into_iter().filter(|c| session.wants(*c)) {
        let known = session.deps.store.passes(account, chat).await?;
        let through = known.iter().map(|p| p.range.through).max().unwrap_or(0);
        let through = through.max(newest.get(&chat).copied().unwrap_or(0));
        if let Some(range) = IdRange::new(0, through) {
            let began = session.stamps.next();
            session
                .deps
                .store
                .open_pass(account, chat, PassKind::TooLong, range, began)
                .await?;
        }
        session.rescans().insert((chat, PassKind::TooLong));
    }
    session.wake.notify_one();
    Ok(())
}

/// Walks what a too-long difference, or a person, asked for.
async fn rescan(session: &Arc<Session>) {
    let _single = session.running.lock().await;
    let asked = std::mem::take(&mut *session.rescans());
    for (chat, kind) in asked {
        if !session.wants(chat) {
            continue;
        }
        if let Err(error) = again(session, chat, kind).await {
            if error.is_final() {
                tracing::warn!("a chat cannot be walked again: {error}");
                continue;
            }
            tracing::warn!("a chat is walked again later: {error}");
            session.rescans().insert((chat, kind));
            if error.ends_the_run() {
                break;
            }
        }
    }
    if !session.rescans().is_empty() {
        sleep(Duration::from_secs(2)).await;
        session.wake.notify_one();
    }
}

/// What is open of a chat, and its tail; a rescan opens a pass over all of it first.
async fn again(session: &Arc<Session>, chat_id: ChatId, kind: PassKind) -> Result<(), WalkError> {
    let account = session.config.account;
    let top = session.telegram.newest_id(chat_id).await?;
    if kind == PassKind::Rescan {
        let known = session.deps.store.passes(account, chat_id).await?;
        let through = known.iter().map(|p| p.range.through).max().unwrap_or(0).max(top);
        if let Some(range) = IdRange::new(0, through) {
            open(session, chat_id, kind, range).await?;
        }
    }
    let coverage = session.deps.store.coverage(account).await?;
    let known = coverage.iter().find(|c| c.chat == chat_id);
    let planned = Planned {
        chat: chat_id,
        top,
        last_activity: 0,
        pts: None,
        listed: true,
    };
    chat(session, planned, known).await
}
