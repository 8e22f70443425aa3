//! Calls of one class: so many per second, the more urgent ones first, equals in the order in which they came.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::Purpose;
use store::Wanted;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

/// As good as "as many as you give", in a form that JSON has.
const PLENTY: f64 = 1e6;
/// What was called is wanted again, and a little more.
const MORE: f64 = 1.2;

/// See the module.
#[derive(Debug)]
pub(super) struct Lane {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    /// Calls per second; infinite: no limit, 0: none may be made yet.
    rate: f64,
    /// Calls that may be made at once.
    calls: f64,
    filled: Instant,
    waiting: BTreeSet<(Purpose, u64)>,
    next: u64,
    /// Calls made since `counted`, by purpose.
    made: [u32; 3],
    counted: Instant,
}

/// What a waiter does now.
enum Turn {
    Go,
    In(Duration),
    /// When something changes.
    Later,
}

/// A burst of two seconds' worth, so that a short run of calls is not stretched.
fn burst(rate: f64) -> f64 {
    (rate * 2.0).ceil().max(1.0)
}

impl State {
    fn fill(&mut self, now: Instant) {
        let more = (now - self.filled).as_secs_f64() * self.rate;
        self.calls = (self.calls + more).min(burst(self.rate));
        self.filled = now;
    }

    fn turn(&mut self, place: (Purpose, u64), now: Instant) -> Turn {
        if self.rate.is_finite() {
            if self.waiting.first() != Some(&place) || self.rate <= 0.0 {
                return Turn::Later;
            }
            self.fill(now);
            if self.calls < 1.0 {
                let pause = (1.0 - self.calls) / self.rate;
                // A wait beyond all bounds is looked at again in between.
                return Turn::In(Duration::from_secs_f64(pause.clamp(0.001, 60.0)));
            }
            self.calls -= 1.0;
        }
        self.made[place.0 as usize] += 1;
        Turn::Go
    }
}

/// A place in the queue, given up when dropped.
struct Place<'a> {
    lane: &'a Lane,
    key: (Purpose, u64),
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.lane.state().waiting.remove(&self.key);
        self.lane.changed.notify_waiters();
    }
}

impl Lane {
    /// `rate` calls per second; infinite: no limit, 0: none before [`Lane::set`].
    pub(super) fn new(rate: f64) -> Self {
        let now = Instant::now();
        Self {
            state: Mutex::new(State {
                rate,
                calls: burst(rate),
                filled: now,
                waiting: BTreeSet::new(),
                next: 0,
                made: [0; 3],
                counted: now,
            }),
            changed: Notify::new(),
        }
    }

    /// Returns when one call may be made.
    pub(super) async fn acquire(&self, purpose: Purpose) {
        let place = self.place(purpose);
        loop {
            let changed = self.changed.notified();
            let turn = self.state().turn(place.key, Instant::now());
            match turn {
                Turn::Go => return,
                Turn::In(pause) => tokio::select! {
                    () = changed => {}
                    () = sleep(pause) => {}
                },
                Turn::Later => changed.await,
            }
        }
    }

    fn place(&self, purpose: Purpose) -> Place<'_> {
        let mut state = self.state();
        let key = (purpose, state.next);
        state.next += 1;
        state.waiting.insert(key);
        Place { lane: self, key }
    }

    /// Another rate from now on.
    pub(super) fn set(&self, rate: f64) {
        let mut state = self.state();
        if state.rate.to_bits() == rate.to_bits() {
            return;
        }
        if state.rate.is_finite() {
            state.fill(Instant::now());
        }
        state.rate = rate;
        state.calls = state.calls.min(burst(rate));
        drop(state);
        self.changed.notify_waiters();
    }

    /// Calls per second that may be made now.
    pub(super) fn rate(&self) -> f64 {
        self.state().rate
    }

    /// Calls per second that were made since this was asked last, and all there are where calls wait.
    pub(super) fn wanted(&self) -> Wanted {
        let mut state = self.state();
        let now = Instant::now();
        let seconds = (now - state.counted).as_secs_f64().max(0.1);
        state.counted = now;
        let made = std::mem::take(&mut state.made);
        Purpose::ORDER.map(|purpose| {
            if state.waiting.iter().any(|(of, _)| *of == purpose) {
                PLENTY
            } else {
                f64::from(made[purpose as usize]) / seconds * MORE
            }
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// Waits for a call and notes that it was made.
    fn call(
        lane: &Arc<Lane>,
        purpose: Purpose,
        made: &Arc<Mutex<Vec<Purpose>>>,
    ) -> tokio::task::JoinHandle<()> {
        let (lane, made) = (Arc::clone(lane), Arc::clone(made));
        tokio::spawn(async move {
            lane.acquire(purpose).await;
            made.lock().unwrap_or_else(PoisonError::into_inner).push(purpose);
        })
    }

    #[tokio::test(start_paused = true)]
    async fn calls_have_their_rate_after_a_burst_of_two_seconds() {
        let lane = Lane::new(5.0);
        let begin = Instant::now();
        for _ in 0..30 {
            lane.acquire(Purpose::New).await;
        }
        let took = begin.elapsed().as_secs_f64();
        assert!(
            (3.9..4.1).contains(&took),
            "ten at once, twenty at five a second: {took}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_more_urgent_go_first_and_one_that_is_dropped_holds_up_nobody() {
        let lane = Arc::new(Lane::new(0.0));
        let made = Arc::default();
        let gone = call(&lane, Purpose::New, &made);
        let mut calls = Vec::new();
        for purpose in [Purpose::Backfill, Purpose::Media, Purpose::Backfill, Purpose::New] {
            calls.push(call(&lane, purpose, &made));
        }
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert!(calls.iter().all(|c| !c.is_finished()), "there is no share yet");
        gone.abort();
        lane.set(0.5);
        for call in calls {
            call.await.expect("made");
        }
        let made = made.lock().unwrap_or_else(PoisonError::into_inner);
        let order = [Purpose::New, Purpose::Media, Purpose::Backfill, Purpose::Backfill];
        assert_eq!(made[..], order);
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_is_wanted_without_end_and_what_was_made_as_it_was() {
        let lane = Lane::new(2.0);
        tokio::time::sleep(Duration::from_secs(1)).await;
        lane.wanted();
        for _ in 0..4 {
            lane.acquire(Purpose::Media).await;
        }
        let waits = lane.acquire(Purpose::Backfill);
        tokio::pin!(waits);
        assert!(futures::poll!(&mut waits).is_pending());
        tokio::time::sleep(Duration::from_millis(400)).await;
        let [new, media, backfill] = lane.wanted();
        assert!(new.to_bits() == 0 && backfill >= PLENTY, "{new} {backfill}");
        assert!((11.0..13.0).contains(&media), "four in 0.4 s: {media}");
    }
}
