//! Flood waits, by class of calls: one class waits, the others go on.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use model::Clock;

use crate::port::CallClass;

/// Until when each class must be silent, in microseconds of the injected clock.
#[derive(Debug, Default)]
pub(crate) struct Gate(Mutex<HashMap<CallClass, i64>>);

impl Gate {
    /// Closes a class; a shorter wait never shortens a longer one.
    pub(crate) fn close(&self, class: CallClass, until: i64) {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = gates.entry(class).or_insert(until);
        *now = (*now).max(until);
    }

    /// Until when the class is closed, if it is.
    pub(crate) fn closed_until(&self, class: CallClass, clock: &dyn Clock) -> Option<i64> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = *gates.get(&class)?;
        if until > clock.now_micros() {
            return Some(until);
        }
        gates.remove(&class);
        None
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
        let until = clock.now_micros() + 5_000_000;
        gate.close(CallClass::History, until);
        gate.close(CallClass::History, until - 3_000_000);
        assert_eq!(gate.closed_until(CallClass::History, &clock), Some(until));
        assert_eq!(gate.closed_until(CallClass::Files, &clock), None);
        clock.advance(Duration::from_secs(6));
        assert_eq!(gate.closed_until(CallClass::History, &clock), None);
    }
}
