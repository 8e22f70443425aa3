//! Flood waits, by class of calls: one class waits, the others go on.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::{CallClass, Clock, FloodWait};

/// Until when each class must be silent, in microseconds of the injected clock.
#[derive(Debug, Default)]
pub(crate) struct Gate(Mutex<HashMap<CallClass, Closed>>);

#[derive(Clone, Copy, Debug)]
struct Closed {
    ends_at: i64,
    /// Others can read it in the database.
    saved: bool,
}

impl Gate {
    /// Telegram told us; `true` if that is longer than what was known.
    pub(crate) fn told(&self, wait: FloodWait) -> bool {
        self.close(wait, false)
    }

    /// Read in the database; `true` if that is longer than what was known.
    pub(crate) fn heard(&self, wait: FloodWait) -> bool {
        self.close(wait, true)
    }

    fn close(&self, wait: FloodWait, saved: bool) -> bool {
        let ends_at = wait.ends_at;
        let mut gates = self.gates();
        let longer = gates.get(&wait.class).is_none_or(|known| known.ends_at < ends_at);
        if longer {
            gates.insert(wait.class, Closed { ends_at, saved });
        }
        longer
    }

    /// What nobody else knows yet.
    pub(crate) fn unsaved(&self) -> Vec<FloodWait> {
        let gates = self.gates();
        let unsaved = gates.iter().filter(|(_, closed)| !closed.saved);
        unsaved
            .map(|(class, closed)| FloodWait {
                class: *class,
                ends_at: closed.ends_at,
            })
            .collect()
    }

    /// Others can read it now.
    pub(crate) fn saved(&self, wait: FloodWait) {
        if let Some(closed) = self.gates().get_mut(&wait.class) {
            closed.saved |= closed.ends_at <= wait.ends_at;
        }
    }

    /// Until when the class is closed, if it is.
    pub(crate) fn closed_until(&self, class: CallClass, clock: &dyn Clock) -> Option<i64> {
        let mut gates = self.gates();
        let until = gates.get(&class)?.ends_at;
        if until > clock.now_micros() {
            return Some(until);
        }
        gates.remove(&class);
        None
    }

    fn gates(&self) -> MutexGuard<'_, HashMap<CallClass, Closed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::TestClock;

    use super::*;

    #[test]
    fn a_class_opens_at_its_time_and_the_others_never_closed() {
        let (gate, clock) = (Gate::default(), TestClock::default());
        let ends_at = clock.now_micros() + 5_000_000;
        let class = CallClass::History;
        let (long, short) = (
            FloodWait { class, ends_at },
            FloodWait {
                class,
                ends_at: ends_at - 3_000_000,
            },
        );
        assert!(gate.told(short) && gate.told(long));
        assert!(!gate.told(short) && !gate.heard(long), "that is known");
        assert_eq!(gate.closed_until(class, &clock), Some(ends_at));
        assert_eq!(gate.closed_until(CallClass::Files, &clock), None);
        gate.saved(short);
        assert_eq!(gate.unsaved(), [long], "the longer one is still to be written");
        gate.saved(long);
        assert_eq!(gate.unsaved(), []);
        clock.advance(Duration::from_secs(6));
        assert_eq!(gate.closed_until(class, &clock), None);
    }
}
