//! Bad days on demand: rules that match calls, and faults of updates.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::RpcError;
use crate::scenario::mix;

/// What happens to a call that a rule matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// `FLOOD_WAIT_n`.
    FloodWait(u32),
    /// `FLOOD_PREMIUM_WAIT_n`.
    FloodPremiumWait(u32),
    /// Any error.
    Error {
        /// Its code.
        code: i32,
        /// Its name.
        message: String,
    },
    /// The answer comes so many milliseconds later.
    Delay(u64),
    /// No answer, ever; the call was not executed.
    NoAnswer,
    /// The answer is lost on an open connection; the call was executed.
    LoseAnswer,
    /// The connection closes; the call was not executed.
    CloseBefore,
    /// The connection closes; the call was executed.
    CloseAfter,
    /// The transport error `-404` or `-429`.
    Transport(i32),
    /// `bad_server_salt` with a new salt.
    BadServerSalt,
    /// `bad_msg_notification` 16 or 17: the client's clock is off.
    ClockSkew(i32),
    /// All file references given out before are expired.
    ExpireFileReferences,
    /// The key is not authorized any more: `AUTH_KEY_UNREGISTERED`.
    Unregister,
    /// `SESSION_REVOKED`, for good.
    Revoke,
    /// 406 `AUTH_KEY_DUPLICATED`, for good.
    Duplicate,
    /// A part of a file is cut in half.
    Truncate,
    /// The answer is cut to so many bytes: it cannot be read.
    Garble(usize),
    /// The answer comes under another session's id; the call was not executed. Some clients break over it.
    WrongSession,
}

/// When an action happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Only of this account.
    #[serde(default)]
    pub account: Option<i64>,
    /// Only in this DC.
    #[serde(default)]
    pub dc: Option<i32>,
    /// Only this method, by its TL name: `messages.getHistory`.
    #[serde(default)]
    pub method: Option<String>,
    /// Let so many matching calls through first.
    #[serde(default)]
    pub after: u64,
    /// Then act on every n-th; 0 and 1: on each.
    #[serde(default)]
    pub every: u64,
    /// Of those on so many, from 0 to 1, by chance; `None`: on all. The same calls meet the same chance each time.
    #[serde(default)]
    pub probability: Option<f64>,
    /// Act so often at most; 0: without end.
    #[serde(default)]
    pub times: u64,
    /// What happens.
    pub action: Action,
}

impl Rule {
    /// Acts once, on the next call of a method.
    pub fn once(method: &str, action: Action) -> Self {
        Self {
            account: None,
            dc: None,
            method: Some(method.to_owned()),
            after: 0,
            every: 0,
            probability: None,
            times: 1,
            action,
        }
    }

    /// Acts on a call of a method by chance.
    pub fn by_chance(method: &str, probability: f64, action: Action) -> Self {
        Self {
            probability: Some(probability),
            times: 0,
            ..Self::once(method, action)
        }
    }

    /// Acts on every n-th call of a method.
    pub fn every(method: &str, every: u64, action: Action) -> Self {
        Self {
            every,
            times: 0,
            ..Self::once(method, action)
        }
    }
}

/// What happens to the next pushes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushFault {
    /// They are not sent: a gap.
    Swallow,
    /// They are sent twice.
    Duplicate,
    /// They are held and sent after the one that follows.
    Reorder,
    /// They are held and sent with the one that follows, as one `updatesCombined`.
    Combine,
    /// `updatesTooLong` is sent instead: ask for the difference.
    TooLong,
    /// Messages are told as `updateShortSentMessage`, which does not say what stands in them.
    Untold,
    /// Their constructor is one that no client knows.
    Garble,
}

/// From 0 to 1, for a call of a rule.
fn chance(rule: u64, call: u64) -> f64 {
    // The upper 53 bits are what an `f64` holds.
    (mix(rule, call) >> 11) as f64 / (1_u64 << 53) as f64
}

#[derive(Default)]
struct State {
    rules: Vec<(Rule, u64, u64)>,
    pushes: Vec<(PushFault, u32)>,
    black_holes: HashSet<i32>,
}

/// The faults in force; clones share them.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<State>>);

impl Faults {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a rule.
    pub fn add(&self, rule: Rule) {
        self.state().rules.push((rule, 0, 0));
    }

    /// Removes all rules and faults.
    pub fn clear(&self) {
        *self.state() = State::default();
    }

    /// The next `count` pushes are swallowed, duplicated or reordered.
    pub fn pushes(&self, fault: PushFault, count: u32) {
        self.state().pushes.push((fault, count));
    }

    /// A data centre accepts connections and never answers, or answers again.
    pub fn black_hole(&self, dc: i32, on: bool) {
        let mut state = self.state();
        if on {
            state.black_holes.insert(dc);
        } else {
            state.black_holes.remove(&dc);
        }
    }

    pub(crate) fn is_black_hole(&self, dc: i32) -> bool {
        self.state().black_holes.contains(&dc)
    }

    /// The action for a call, if a rule says so; counts it.
    pub(crate) fn on_call(&self, account: Option<i64>, dc: i32, method: &str) -> Option<Action> {
        let mut state = self.state();
        for (place, (rule, seen, acted)) in state.rules.iter_mut().enumerate() {
            let matches = rule.account.is_none_or(|a| Some(a) == account)
                && rule.dc.is_none_or(|d| d == dc)
                && rule.method.as_deref().is_none_or(|m| m == method);
            if !matches || (rule.times > 0 && *acted >= rule.times) {
                continue;
            }
            *seen += 1;
            let due = *seen > rule.after && (*seen - rule.after).is_multiple_of(rule.every.max(1));
            if due && rule.probability.is_none_or(|p| chance(place as u64, *seen) < p) {
                *acted += 1;
                return Some(rule.action.clone());
            }
        }
        None
    }

    pub(crate) fn on_push(&self) -> Option<PushFault> {
        let mut state = self.state();
        let first = state.pushes.first_mut()?;
        first.1 = first.1.saturating_sub(1);
        let fault = first.0;
        if first.1 == 0 {
            state.pushes.remove(0);
        }
        Some(fault)
    }
}

impl Action {
    /// The error it answers with, if it is one.
    pub(crate) fn error(&self) -> Option<RpcError> {
        match self {
            Self::FloodWait(n) => Some(RpcError::new(420, format!("FLOOD_WAIT_{n}"))),
            Self::FloodPremiumWait(n) => Some(RpcError::new(420, format!("FLOOD_PREMIUM_WAIT_{n}"))),
            Self::Error { code, message } => Some(RpcError::new(*code, message.clone())),
            Self::Unregister => Some(RpcError::new(401, "AUTH_KEY_UNREGISTERED")),
            Self::Revoke => Some(RpcError::new(401, "SESSION_REVOKED")),
            Self::Duplicate => Some(RpcError::new(406, "AUTH_KEY_DUPLICATED")),
            _ => None,
        }
    }

    pub(crate) fn delay(&self) -> Option<Duration> {
        match self {
            Self::Delay(ms) => Some(Duration::from_millis(*ms)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METHOD: &str = "messages.getHistory";

    fn acted(faults: &Faults, calls: u64) -> Vec<bool> {
        (0..calls)
            .map(|_| faults.on_call(None, 2, METHOD).is_some())
            .collect()
    }

    #[test]
    fn a_rule_acts_by_chance_and_the_same_way_each_time() {
        let day = |probability| {
            let faults = Faults::default();
            faults.add(Rule::by_chance(METHOD, probability, Action::NoAnswer));
            acted(&faults, 1000)
        };
        let count = |acted: Vec<bool>| acted.into_iter().filter(|a| *a).count();
        assert_eq!(day(0.3), day(0.3));
        assert!((250..350).contains(&count(day(0.3))), "{}", count(day(0.3)));
        assert_eq!((count(day(0.0)), count(day(1.0))), (0, 1000));
    }

    #[test]
    fn two_rules_have_chances_of_their_own_and_others_stay_exact() {
        let faults = Faults::default();
        faults.add(Rule {
            after: 2,
            every: 3,
            times: 2,
            ..Rule::by_chance(METHOD, 1.0, Action::NoAnswer)
        });
        let expected = [
            false, false, false, false, true, false, false, true, false, false, false,
        ];
        assert_eq!(acted(&faults, 11), expected);
        let faults = Faults::default();
        for action in [Action::NoAnswer, Action::CloseBefore] {
            faults.add(Rule::by_chance(METHOD, 0.5, action));
        }
        let told: Vec<Option<Action>> = (0..100).map(|_| faults.on_call(None, 2, METHOD)).collect();
        assert!(told.contains(&None), "not all calls meet one of two");
        assert!(
            told.contains(&Some(Action::CloseBefore)),
            "what one leaves, the other may take"
        );
    }
}
