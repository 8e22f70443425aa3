//! Time as an argument.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Tells the time. Services, stores and the simulated Telegram take one, so that a test drives all of them.
///
/// Schedules, windows, leases and flood ends are *decided* by this clock. Waiting is done by polling it, at most
/// [`Clock::poll_interval`] apart, so that an advanced clock is noticed.
pub trait Clock: Send + Sync + std::fmt::Debug + 'static {
    /// Microseconds since 1970-01-01 UTC.
    fn now_micros(&self) -> i64;

    /// Whole seconds since 1970-01-01 UTC.
    fn now_unix(&self) -> i64 {
        self.now_micros().div_euclid(1_000_000)
    }

    /// How long a waiter may sleep before it looks again.
    fn poll_interval(&self) -> Duration {
        Duration::from_millis(500)
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the machine's clock is read"
    )]
    fn now_micros(&self) -> i64 {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |d| d.as_micros() as i64)
    }
}

/// The machine's clock plus an offset that a test advances; clones share the offset.
#[derive(Clone, Debug, Default)]
pub struct TestClock {
    offset_micros: Arc<AtomicI64>,
}

impl TestClock {
    /// Moves time forward.
    pub fn advance(&self, by: Duration) {
        self.offset_micros
            .fetch_add(by.as_micros() as i64, Ordering::SeqCst);
    }

    /// How far this clock is ahead of the machine's.
    pub fn offset(&self) -> Duration {
        Duration::from_micros(self.offset_micros.load(Ordering::SeqCst).max(0) as u64)
    }
}

impl Clock for TestClock {
    fn now_micros(&self) -> i64 {
        SystemClock.now_micros() + self.offset_micros.load(Ordering::SeqCst)
    }

    fn poll_interval(&self) -> Duration {
        Duration::from_millis(20)
    }
}

/// Sleeps until `clock` says `until_micros`, looking again every [`Clock::poll_interval`]. The caller gives the
/// sleep of its runtime, so that this crate needs none.
pub async fn sleep_until<F, S>(clock: &dyn Clock, until_micros: i64, sleep: S)
where
    S: Fn(Duration) -> F,
    F: Future<Output = ()>,
{
    loop {
        let left = until_micros - clock.now_micros();
        if left <= 0 {
            return;
        }
        sleep(Duration::from_micros(left as u64).min(clock.poll_interval())).await;
    }
}
