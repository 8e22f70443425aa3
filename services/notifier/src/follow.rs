//! From changes to rows of what is to be told.

use std::time::Duration;

use bus::{BusError, Change, TailFrom};
use model::{AccountId, ChatId, Lane, MessageId};
use store::{ChatKey, ChatQuery, Direction, MessageQuery, MessageRow, StoreError};
use wire::Subject;

use crate::Notifier;
use crate::compose::worth_telling;
use crate::deliver::OLDEST;

/// Before the bus or the database is asked again that did not answer.
pub(crate) const AGAIN: Duration = Duration::from_secs(1);
/// How often the place is kept. What is followed twice after a crash is not told twice.
const KEEP: Duration = Duration::from_secs(5);
/// Where changes are followed from: `incarnation.sequence.at`.
const META: &str = "notifier_place";
/// Messages of a chat among which the newest is looked for that is worth telling.
const NEWEST: u32 = 20;
/// Clocks of two machines, and the time between a message and its change, microseconds.
const SLACK: i64 = 60_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    incarnation: u64,
    sequence: u64,
    /// Unix microseconds.
    at: i64,
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        Some(Self {
            incarnation: parts.next()?.parse().ok()?,
            sequence: parts.next()?.parse().ok()?,
            at: parts.next()?.parse().ok()?,
        })
    }
}

/// Why changes are not followed now.
#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Follows until the shutdown, if anything is pushed.
pub(crate) async fn run(notifier: &Notifier) {
    if notifier.pusher.is_none() {
        return;
    }
    loop {
        let Err(stop) = follow(notifier).await else { return };
        tracing::warn!("changes are not followed now: {stop}");
        let state = &notifier.deps.state;
        state.send_modify(|s| s.problem = Some(stop.to_string()));
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            () = notifier.shutdown.cancelled() => return,
        }
    }
}

/// From the place that is kept; `Ok`: the shutdown.
async fn follow(notifier: &Notifier) -> Result<(), Stop> {
    let kept = notifier.store().meta(META).await?;
    let mut kept = kept.as_deref().and_then(Place::parse);
    let (mut tail, from) = match kept {
        None => (notifier.deps.bus.tail(TailFrom::New).await?, None),
        Some(place) => {
            let after = TailFrom::After {
                incarnation: place.incarnation,
                sequence: place.sequence,
            };
            match notifier.deps.bus.tail(after).await {
                Ok(tail) => (tail, None),
                // First the new ones, so that nothing falls between them and what is found in the database.
                Err(BusError::Gone) => (notifier.deps.bus.tail(TailFrom::New).await?, Some(place.at)),
                Err(error) => return Err(error.into()),
            }
        }
    };
    if let Some(at) = from {
        catch_up(notifier, at).await?;
    }
    if from.is_some() || kept.is_none() {
        // Of no incarnation: what comes until the first change is kept is found in the database.
        kept = Some(keep(notifier, 0, 0).await?);
    }
    notifier.deps.state.send_modify(|s| {
        s.ready = true;
        s.problem = None;
    });
    let mut last = kept.map(|p| (p.incarnation, p.sequence));
    let mut saved = last;
    let mut tick = tokio::time::interval(KEEP);
    let ended = loop {
        tokio::select! {
            () = notifier.shutdown.cancelled() => break Ok(()),
            change = tail.next() => match change {
                Ok(change) => {
                    if let Err(error) = changed(notifier, &change).await {
                        if error.is_transient() {
                            break Err(error.into());
                        }
                        tracing::warn!("nobody is told of a change: {error}");
                    }
                    last = Some((change.incarnation, change.sequence));
                }
                // Asked for from the place that is kept: then it is known whether something is lost.
                Err(error) => break Err(error.into()),
            },
            _ = tick.tick(), if last != saved => {
                if let Some((incarnation, sequence)) = last {
                    keep(notifier, incarnation, sequence).await?;
                    saved = last;
                }
            }
        }
    };
    if let Some((incarnation, sequence)) = last.filter(|_| last != saved) {
        keep(notifier, incarnation, sequence).await?;
    }
    ended
}

async fn keep(notifier: &Notifier, incarnation: u64, sequence: u64) -> Result<Place, StoreError> {
    let at = notifier.now();
    let text = format!("{incarnation}.{sequence}.{at}");
    notifier.store().set_meta(META, Some(&text)).await?;
    Ok(Place {
        incarnation,
        sequence,
        at,
    })
}

async fn changed(notifier: &Notifier, change: &Change) -> Result<(), StoreError> {
    let Ok(Subject::Changed(account)) = change.subject.parse() else {
        return Ok(());
    };
    let Ok(changed) = wire::decode_changed(change.body.clone()) else {
        return Ok(());
    };
    let (Some(chat), Lane::Live, "new") = (changed.chat, changed.lane, changed.kind.as_str()) else {
        return Ok(());
    };
    let key = ChatKey { account, chat };
    let Some(subscriptions) = wanted(notifier, key, i64::MAX).await? else {
        return Ok(());
    };
    let rows = match (changed.is_range, &changed.ids[..]) {
        (_, []) => return Ok(()),
        (true, [.., last]) => newest(notifier, key, Some(last + 1)).await?,
        (false, ids) => {
            let keys: Vec<_> = ids.iter().map(|id| (chat.box_id(), *id)).collect();
            notifier.store().messages_by_key(account, &keys).await?
        }
    };
    plan(notifier, key, rows, subscriptions, 0).await
}

/// What the bus has forgotten, or was never told: chats whose newest messages are younger than what was followed.
async fn catch_up(notifier: &Notifier, at: i64) -> Result<(), StoreError> {
    let since = (at - SLACK).max(notifier.now() - OLDEST) / 1_000_000;
    for account in notifier.store().accounts().await? {
        for chat in active(notifier, account.id, since).await? {
            let key = ChatKey {
                account: account.id,
                chat,
            };
            // Who subscribed later is not told of what was before.
            let Some(subscriptions) = wanted(notifier, key, notifier.now()).await? else {
                continue;
            };
            let rows = newest(notifier, key, None).await?;
            plan(notifier, key, rows, subscriptions, since).await?;
        }
    }
    Ok(())
}

/// Chats with a message since then, unix seconds.
async fn active(notifier: &Notifier, account: AccountId, since: i64) -> Result<Vec<ChatId>, StoreError> {
    let mut query = ChatQuery {
        account,
        only: None,
        text: None,
        archived: None,
        after: None,
        limit: 200,
    };
    let mut active = Vec::new();
    loop {
        let page = notifier.store().chat_page(&query).await?.chats;
        let young = page.iter().filter(|c| c.place().date >= since);
        active.extend(young.map(|c| c.chat.chat));
        // Pinned ones come first, whatever their date.
        query.after = page.last().map(store::ChatRow::place);
        if query.after.is_none_or(|p| !p.pinned && p.date < since) || page.len() < query.limit as usize {
            return Ok(active);
        }
    }
}

/// Subscriptions that want to be told of a chat, with the times (unix seconds) they were made at; `None`: none.
async fn wanted(
    notifier: &Notifier,
    chat: ChatKey,
    made_before: i64,
) -> Result<Option<Vec<(i64, i64)>>, StoreError> {
    let all = notifier.store().subscriptions().await?;
    let wants = |s: &&store::PushSubscription| {
        s.created_at <= made_before && s.of.chats.as_ref().is_none_or(|chats| chats.contains(&chat))
    };
    let found: Vec<_> = all
        .iter()
        .filter(wants)
        .map(|s| (s.id, s.created_at / 1_000_000))
        .collect();
    Ok((!found.is_empty()).then_some(found))
}

async fn newest(
    notifier: &Notifier,
    chat: ChatKey,
    below: Option<MessageId>,
) -> Result<Vec<MessageRow>, StoreError> {
    let query = MessageQuery {
        account: chat.account,
        chat: chat.chat,
        cursor: below,
        topic: None,
        direction: Direction::Older,
        limit: NEWEST,
        since: None,
        until: None,
    };
    Ok(notifier.store().messages(&query).await?.messages)
}

/// Of messages that came together the newest is told: it takes the place of the others in any case.
async fn plan(
    notifier: &Notifier,
    chat: ChatKey,
    rows: Vec<MessageRow>,
    subscriptions: Vec<(i64, i64)>,
    since: i64,
) -> Result<(), StoreError> {
    let newest = rows
        .iter()
        .filter(|r| r.head.chat == Some(chat.chat) && r.head.date >= since && worth_telling(r))
        .max_by_key(|r| r.id);
    let Some(newest) = newest else { return Ok(()) };
    let ids: Vec<i64> = subscriptions
        .iter()
        .filter(|(_, made)| since == 0 || newest.head.date >= *made)
        .map(|(id, _)| *id)
        .collect();
    if !ids.is_empty() && notifier.store().plan_pushes(&ids, chat, newest.id).await? > 0 {
        notifier.wake.notify_one();
    }
    Ok(())
}
