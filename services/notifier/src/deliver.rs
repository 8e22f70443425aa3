//! What is due is told, if its subscription's user may know it at this moment (law 12).

use std::collections::HashMap;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use gate::Claim;
use store::{ChatKey, Push, PushOutcome, StoreError};

use crate::Notifier;
use crate::compose::{Notification, notification, worth_telling};
use crate::push::{Pusher, Sent};

/// Told at once, and claimed together.
const AT_ONCE: u32 = 16;
/// What is claimed and not settled comes to another after so long, microseconds; longer than any push lasts.
const LEASE: i64 = 60_000_000;
/// Messages older than this are no news, microseconds; push services keep ours no longer.
pub(crate) const OLDEST: i64 = 24 * 3600 * 1_000_000;
/// What was told is remembered for so long, microseconds: longer than the bus and [`OLDEST`] can bring it again.
const REMEMBERED: i64 = 2 * OLDEST;
/// A push service that does not take it is asked so often.
const ATTEMPTS: u32 = 8;
/// Before the second attempt; doubles.
const PAUSE: Duration = Duration::from_secs(5);
/// Between attempts at most, whatever the push service asks for.
const LONGEST: Duration = Duration::from_hours(1);
/// How often subscriptions are looked for whose session is over, microseconds.
const SWEEP: i64 = 600 * 1_000_000;
/// After a database that did not answer, microseconds.
const DATABASE: i64 = 5_000_000;

/// What becomes of a push.
enum Fate {
    /// Told, or not to be told.
    Done,
    /// Its subscription ends.
    Over(&'static str),
    /// Again after this.
    Later(Duration),
}

/// Tells until the shutdown, if anything is pushed. A push that is under way is finished.
pub(crate) async fn run(notifier: &Notifier) {
    let Some(pusher) = &notifier.pusher else { return };
    let mut sweep_at = 0;
    while !notifier.shutdown.is_cancelled() {
        match round(notifier, pusher, &mut sweep_at).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::warn!("pushes wait for the database: {error}"),
        }
        tokio::select! {
            () = notifier.wake.notified() => {}
            // Retries of ours, and those of a replica that is gone.
            () = tokio::time::sleep(notifier.deps.clock.poll_interval() * 2) => {}
            () = notifier.shutdown.cancelled() => {}
        }
    }
}

async fn round(notifier: &Notifier, pusher: &Pusher, sweep_at: &mut i64) -> Result<usize, StoreError> {
    if notifier.now() >= *sweep_at {
        sweep(notifier).await?;
        *sweep_at = notifier.now() + SWEEP;
    }
    let due = notifier.store().claim_pushes(AT_ONCE, LEASE).await?;
    let count = due.len();
    stream::iter(due)
        .for_each_concurrent(AT_ONCE as usize, |push| tell(notifier, pusher, push))
        .await;
    Ok(count)
}

/// Ends what has no reason any more, whether there are messages or not.
async fn sweep(notifier: &Notifier) -> Result<(), StoreError> {
    for subscription in notifier.store().subscriptions().await? {
        let claim = Claim::Session(subscription.of.session);
        if notifier.gate.access(claim).await?.is_none() {
            notifier.forget(subscription.id, "its session is over").await?;
        }
    }
    notifier.store().forget_pushes(notifier.now() - REMEMBERED).await
}

async fn tell(notifier: &Notifier, pusher: &Pusher, push: Push) {
    let settled = match attempt(notifier, pusher, &push).await {
        Ok(Fate::Done) => notifier.store().settle_push(&push.key, PushOutcome::Done).await,
        Ok(Fate::Over(why)) => notifier.forget(push.key.subscription, why).await,
        Ok(Fate::Later(after)) => {
            let at = notifier.now() + after.as_micros() as i64;
            let later = PushOutcome::Later { at, attempt: true };
            notifier.store().settle_push(&push.key, later).await
        }
        Err(error) => {
            tracing::warn!("a push waits for the database: {error}");
            let at = notifier.now() + DATABASE;
            let later = PushOutcome::Later { at, attempt: false };
            notifier.store().settle_push(&push.key, later).await
        }
    };
    if let Err(error) = settled {
        // Its claim ends by itself.
        tracing::warn!("what became of a push was not noted: {error}");
    }
}

async fn attempt(notifier: &Notifier, pusher: &Pusher, push: &Push) -> Result<Fate, StoreError> {
    let of = &push.subscription.of;
    let Some(access) = notifier.gate.access(Claim::Session(of.session)).await? else {
        return Ok(Fate::Over("its session is over"));
    };
    let chat = ChatKey {
        account: push.key.account,
        chat: push.key.chat,
    };
    if access.name != of.user {
        return Ok(Fate::Over("its session is another user's"));
    }
    if !access.scope.sees(chat.chat) || notifier.store().mutes(&of.user).await?.contains(&chat) {
        return Ok(Fate::Done);
    }
    let Some((what, age)) = told(notifier, push).await? else {
        return Ok(Fate::Done);
    };
    let left = OLDEST - age;
    if left <= 0 {
        return Ok(Fate::Done);
    }
    let ttl = (left / 1_000_000) as u32;
    let sent = pusher
        .push(of, chat, &what, ttl, notifier.now() / 1_000_000)
        .await;
    Ok(match sent {
        Sent::Accepted => Fate::Done,
        Sent::Gone => Fate::Over("the push service knows it no more"),
        Sent::Later(after) if push.attempts + 1 < ATTEMPTS => Fate::Later(pause(push, after)),
        Sent::Later(_) => {
            tracing::debug!(subscription = push.key.subscription, "a push is given up");
            Fate::Done
        }
        Sent::Refused(why) => {
            tracing::warn!("a push was not taken: {why}");
            Fate::Done
        }
    })
}

/// What it says, and its age in microseconds; `None`: nothing any more.
async fn told(notifier: &Notifier, push: &Push) -> Result<Option<(Notification, i64)>, StoreError> {
    let (account, chat) = (push.key.account, push.key.chat);
    let keys = [(chat.box_id(), push.key.message)];
    let rows = notifier.store().messages_by_key(account, &keys).await?;
    let row = rows
        .into_iter()
        .find(|r| r.head.chat == Some(chat) && worth_telling(r));
    let Some(row) = row else { return Ok(None) };
    let ids: Vec<_> = [Some(chat), row.head.sender].into_iter().flatten().collect();
    let peers = notifier.store().peers(account, &ids).await?;
    let peers: HashMap<_, _> = peers.into_iter().map(|p| (p.id, p)).collect();
    let age = (notifier.now() - row.head.date * 1_000_000).max(0);
    Ok(Some((notification(&row, chat, &peers), age)))
}

/// As long as the push service asks, else doubling; not all at the same moment.
fn pause(push: &Push, asked: Option<Duration>) -> Duration {
    let apart = (push.key.subscription.unsigned_abs() * 7 + u64::from(push.attempts) * 3) % 10;
    let own = PAUSE * 2_u32.pow(push.attempts.min(10));
    let pause = asked.map_or(own + own.mul_f64(apart as f64 / 50.0), |asked| {
        asked.max(Duration::from_secs(1)) + Duration::from_millis(apart * 50)
    });
    pause.min(LONGEST)
}
