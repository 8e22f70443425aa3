//! Walking a pass: pages into coverage, then what was not seen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use model::{Capture, Covered, DeletionSource, Deletions, IdRange, Lane, MessageId, PassKind};
use store::{Pass, StoreError};
use telegram::{HistoryRequest, Purpose, TelegramError};

use crate::Session;
use crate::outbound::Closed;

/// A gap this long is walked in several places at once.
const SPLIT_ABOVE: u64 = 2_000;
/// Ids per deletion capture.
const DELETIONS: u32 = 1_000;

/// Why a walk ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WalkError {
    #[error(transparent)]
    Telegram(#[from] TelegramError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Closed(#[from] Closed),
}

impl WalkError {
    /// Asking again gives the same answer.
    pub(crate) const fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Telegram(
                TelegramError::AccessLost(_) | TelegramError::UnknownPeer | TelegramError::Refused { .. }
            )
        )
    }

    /// The whole run ends, not only this chat's.
    pub(crate) const fn ends_the_run(&self) -> bool {
        matches!(
            self,
            Self::Closed(_)
                | Self::Telegram(
                    TelegramError::Closed | TelegramError::LoginRequired(_) | TelegramError::Store(_)
                )
                | Self::Store(_)
        )
    }
}

/// Tells once per chat how many messages are to be read in it. Ids do not tell: all private chats and groups share one
/// sequence.
pub(crate) struct Count {
    /// Messages that are here and are not read again.
    held: u64,
    told: AtomicBool,
}

impl Count {
    pub(crate) const fn new(held: u64) -> Self {
        Self {
            held,
            told: AtomicBool::new(false),
        }
    }

    /// `total`: how many messages Telegram says the chat has; `None`: nothing had to be asked.
    pub(crate) fn tell(&self, session: &Session, total: Option<u64>) {
        if self.told.swap(true, Ordering::Relaxed) {
            return;
        }
        let left = total.map_or(0, |total| total.saturating_sub(self.held));
        session.deps.status.send_modify(|s| {
            if let Some(run) = &mut s.run {
                run.counted(left);
            }
        });
    }
}

/// Walks what a pass has not covered; when the database says that all is, derives deletions and completes it.
pub(crate) async fn pass(session: &Arc<Session>, pass: &Pass, count: &Count) -> Result<(), WalkError> {
    let gaps: Vec<IdRange> = pass
        .covered
        .gaps_in(pass.range)
        .into_iter()
        .flat_map(|gap| split(gap, session.config.walkers))
        .collect();
    let numbers: Vec<Vec<u64>> = stream::iter(gaps)
        .map(|gap| walk_gap(session, pass, gap, count))
        .buffer_unordered(session.config.walkers.max(1))
        .try_collect()
        .await?;
    let numbers: Vec<u64> = numbers.into_iter().flatten().collect();
    if !numbers.is_empty() {
        session.outbound.applied(&numbers).await?;
    }
    finish(session, pass).await
}

/// Several ranges of about the same length.
fn split(gap: IdRange, parts: usize) -> Vec<IdRange> {
    if gap.len() < SPLIT_ABOVE || parts < 2 {
        return vec![gap];
    }
    let step = (gap.len() as i64 + parts as i64 - 1) / parts as i64;
    (0..parts as i64)
        .filter_map(|n| {
            IdRange::new(
                gap.after + n * step,
                (gap.after + (n + 1) * step).min(gap.through),
            )
        })
        .collect()
}

/// The tail of a known chat and the first page of one that was never read go before old history.
fn purpose(pass: &Pass, after: MessageId) -> Purpose {
    match pass.kind {
        PassKind::Tail => Purpose::New,
        PassKind::Initial if after == pass.range.after => Purpose::New,
        _ => Purpose::Backfill,
    }
}

/// Asks page by page from the gap's lower end. A page covers up to its greatest id; only an empty one covers the rest.
async fn walk_gap(
    session: &Arc<Session>,
    pass: &Pass,
    gap: IdRange,
    chat: &Count,
) -> Result<Vec<u64>, WalkError> {
    let mut numbers = Vec::new();
    let mut after = gap.after;
    while after < gap.through {
        let request = HistoryRequest {
            chat: pass.chat,
            after,
            limit: session.config.page.clamp(1, 100),
            purpose: purpose(pass, after),
        };
        let page = {
            let _in_flight = session.pages.acquire().await;
            session.telegram.history(&request).await?
        };
        chat.tell(session, page.total);
        session.learn(&page.peers);
        let greatest = page.messages.last().map_or(gap.through, |m| m.id);
        let through = greatest.min(gap.through);
        let covered = IdRange::new(after, through).map(|range| Covered {
            chat: pass.chat,
            pass: pass.id,
            range,
        });
        let count = page.messages.iter().filter(|m| m.id <= gap.through).count() as u64;
        let mut captures = page.peers;
        captures.extend(page.messages.into_iter().map(|m| Capture::Message(Box::new(m))));
        numbers.extend(
            session
                .outbound
                .send(Lane::History, pass.chat.box_id(), captures, covered)
                .await?,
        );
        session.deps.status.send_modify(|s| {
            if let Some(run) = &mut s.run {
                run.messages += count;
            }
        });
        after = greatest.max(after + 1);
    }
    Ok(numbers)
}

async fn finish(session: &Arc<Session>, pass: &Pass) -> Result<(), WalkError> {
    let (store, account) = (&session.deps.store, session.config.account);
    let now = store
        .passes(account, pass.chat)
        .await?
        .into_iter()
        .find(|p| p.id == pass.id);
    if !now.is_some_and(|p| p.covered.covers(p.range)) {
        return Ok(());
    }
    // A live message from before the pass may be on its way still: it would not be found missing.
    session.outbound.settled().await?;
    derive_deletions(session, pass).await?;
    // A receipt may also be that of a dead letter: the next run derives such deletions again.
    if session.config.listener.deletions
        && !store
            .unseen_since(account, pass.chat, pass.range, pass.began, pass.range.after, 1)
            .await?
            .is_empty()
    {
        tracing::warn!("some deletions were given up, their pass stays open");
        return Ok(());
    }
    store.complete_pass(account, pass.chat, pass.id).await?;
    Ok(())
}

/// What is stored in the range of a covered pass and was not seen since it began is gone from Telegram.
pub(crate) async fn derive_deletions(session: &Session, pass: &Pass) -> Result<(), WalkError> {
    let mut after: MessageId = pass.range.after;
    loop {
        let ids = session
            .deps
            .store
            .unseen_since(
                session.config.account,
                pass.chat,
                pass.range,
                pass.began,
                after,
                DELETIONS,
            )
            .await?;
        let Some(last) = ids.last().copied() else { break };
        tracing::info!(count = ids.len(), "messages that Telegram does not have any more");
        let numbers = session
            .outbound
            .send(
                Lane::History,
                pass.chat.box_id(),
                vec![deletion(session, pass, ids)],
                None,
            )
            .await?;
        session.outbound.applied(&numbers).await?;
        after = last;
    }
    Ok(())
}

fn deletion(session: &Session, pass: &Pass, ids: Vec<MessageId>) -> Capture {
    Capture::Deletions(Deletions {
        seen: session.stamps.next(),
        ids,
        chat: Some(pass.chat),
        source: if pass.kind == PassKind::BatchSync {
            DeletionSource::BatchSync
        } else {
            DeletionSource::Pass
        },
        observed_at: session.deps.clock.now_micros(),
        since: Some(pass.opened_at),
        observe_only: !session.config.listener.deletions,
    })
}

#[cfg(test)]
mod tests {
    use model::RangeSet;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_parts_of_a_gap_are_the_gap(after in 0i64..100_000, len in 1i64..1_000_000, parts in 1usize..9) {
            let gap = IdRange { after, through: after + len };
            let parts = split(gap, parts);
            let joined: RangeSet = parts.iter().copied().collect();
            prop_assert_eq!(joined.ranges(), &[gap][..]);
            prop_assert!(parts.windows(2).all(|w| w[0].through == w[1].after));
        }
    }
}
