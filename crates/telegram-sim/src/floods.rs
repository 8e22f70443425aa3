//! Flood limits that must be obeyed: who calls again before the wait has ended waits longer, and it is counted. What was
//! on its way when the wait was told is no disobedience: it is answered with what is left of the wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::error::RpcError;

/// So many calls of a method per window and account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloodLimit {
    /// TL name: `messages.getHistory`.
    pub method: String,
    /// Calls per window.
    pub calls: u32,
    /// Seconds.
    pub window: i64,
    /// The wait that is answered, seconds.
    pub wait: i64,
}

#[derive(Default)]
struct Meter {
    window_start: i64,
    calls: u32,
    blocked_until: i64,
}

#[derive(Default)]
struct State {
    limits: Vec<FloodLimit>,
    meters: HashMap<(i64, String), Meter>,
    violations: u64,
    waits: u64,
}

/// The limits in force; clones share them.
#[derive(Clone, Default)]
pub struct Floods(Arc<Mutex<State>>);

impl Floods {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a limit.
    pub fn limit(&self, limit: FloodLimit) {
        self.state().limits.push(limit);
    }

    /// Calls made before a wait had ended.
    pub fn violations(&self) -> u64 {
        self.state().violations
    }

    /// Waits answered.
    pub fn waits(&self) -> u64 {
        self.state().waits
    }

    /// Lets a call through or answers the wait; `now` in unix seconds of the world. `under_way`: who calls may have sent it
    /// before it heard of the wait.
    pub(crate) fn check(
        &self,
        account: i64,
        method: &str,
        now: i64,
        under_way: bool,
    ) -> Result<(), RpcError> {
        let mut state = self.state();
        let Some(limit) = state.limits.iter().find(|l| l.method == method).cloned() else {
            return Ok(());
        };
        let meter = state.meters.entry((account, method.to_owned())).or_default();
        let mut violated = false;
        if now < meter.blocked_until {
            violated = !under_way;
            if violated {
                meter.blocked_until += limit.wait;
            }
        } else {
            if now - meter.window_start >= limit.window {
                meter.window_start = now;
                meter.calls = 0;
            }
            meter.calls += 1;
            if meter.calls <= limit.calls {
                return Ok(());
            }
            meter.calls = 0;
            meter.window_start = now + limit.wait;
            meter.blocked_until = now + limit.wait;
        }
        let wait = meter.blocked_until - now;
        state.violations += u64::from(violated);
        state.waits += 1;
        Err(RpcError::new(420, format!("FLOOD_WAIT_{wait}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_must_be_obeyed() {
        let floods = Floods::default();
        floods.limit(FloodLimit {
            method: "m".into(),
            calls: 2,
            window: 10,
            wait: 5,
        });
        let call = |account, now| floods.check(account, "m", now, false);
        assert!(call(1, 100).is_ok() && call(1, 100).is_ok());
        assert_eq!(call(1, 101).unwrap_err().message, "FLOOD_WAIT_5");
        let under_way = floods.check(1, "m", 102, true);
        assert_eq!(under_way.unwrap_err().message, "FLOOD_WAIT_4");
        assert_eq!(floods.violations(), 0);
        assert_eq!(call(1, 103).unwrap_err().message, "FLOOD_WAIT_8");
        assert_eq!(floods.violations(), 1);
        assert!(call(1, 111).is_ok());
        assert!(call(2, 101).is_ok(), "another account");
    }
}
