//! Walking chats again: after a difference that was too long, a dead letter, or because a person asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use model::{BoxId, ChatId, IdRange, MessageId, PassKind};
use store::StoreError;
use telegram::{TelegramError, TooLong};
use tokio::time::sleep;

use crate::Session;
use crate::plan::Planned;
use crate::runs::{chat, open};
use crate::walk::WalkError;

/// Opens passes over what a too-long difference leaves unknown, as far as anything is stored: before the update state
/// behind it is persisted, so that a crash in between loses nothing. Chats of which nothing is known are walked by the
/// next run anyway.
pub(crate) async fn too_long(session: &Session, what: TooLong) -> Result<(), TelegramError> {
    let account = session.config.account;
    // What was handed over before may be newer than all that is stored.
    if session.outbound.settled().await.is_err() {
        return Err(TelegramError::Closed);
    }
    let chats = match what {
        TooLong::Channel(chat) => [chat].into(),
        TooLong::Common => common_chats(session).await?,
    };
    let mut again = BTreeSet::new();
    if let TooLong::Channel(chat) = what
        && session.wants(chat)
    {
        again.insert((chat, PassKind::TooLong));
    }
    for (chat, range) in known_ranges(session, chats).await? {
        again.insert((chat, PassKind::TooLong));
        let began = session.stamps.next();
        session
            .deps
            .store
            .open_pass(account, chat, PassKind::TooLong, range, began)
            .await?;
    }
    session.rescans().extend(again);
    session.wake.notify_one();
    Ok(())
}

/// All chats of the common box of which something is stored, or was walked.
pub(crate) async fn common_chats(session: &Session) -> Result<BTreeSet<ChatId>, StoreError> {
    let (store, account) = (&session.deps.store, session.config.account);
    let stored = store.newest_stored(account).await?.into_iter().map(|(c, _)| c);
    let walked = store.coverage(account).await?.into_iter().map(|c| c.chat);
    let known = stored.chain(walked);
    Ok(known.filter(|c| c.box_id() == BoxId::Common).collect())
}

/// Of those of these chats that are in the scope, all ids known so far: to the end of every pass, and to the newest message
/// that is stored. A message that only the live lane has seen may be gone as well as any other.
pub(crate) async fn known_ranges(
    session: &Session,
    chats: BTreeSet<ChatId>,
) -> Result<Vec<(ChatId, IdRange)>, StoreError> {
    let (store, account) = (&session.deps.store, session.config.account);
    let newest: BTreeMap<ChatId, MessageId> = store.newest_stored(account).await?.into_iter().collect();
    let mut ranges = Vec::new();
    for chat in chats.into_iter().filter(|c| session.wants(*c)) {
        let passes = store.passes(account, chat).await?;
        let walked = passes.iter().map(|p| p.range.through).max().unwrap_or(0);
        let through = newest.get(&chat).map_or(walked, |id| walked.max(*id));
        ranges.extend(IdRange::new(0, through).map(|range| (chat, range)));
    }
    Ok(ranges)
}

/// Walks what a too-long difference, a dead letter, or a person asked for.
pub(crate) async fn rescan(session: &Arc<Session>) {
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
