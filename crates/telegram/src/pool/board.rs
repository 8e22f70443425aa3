//! How things stand, as one value for those who show it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::port::{CallClass, ConnectionState};

/// Collects what the parts of the adapter know, and publishes the most important of it.
pub(crate) struct Board {
    facts: Mutex<Facts>,
    sender: watch::Sender<ConnectionState>,
}

#[derive(Default)]
struct Facts {
    connected: bool,
    failure: Option<String>,
    login_required: Option<String>,
    floods: BTreeMap<CallClass, i64>,
}

impl Board {
    pub(crate) fn new() -> Self {
        let (sender, _) = watch::channel(ConnectionState::Connecting { reason: None });
        Self {
            facts: Mutex::default(),
            sender,
        }
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<ConnectionState> {
        self.sender.subscribe()
    }

    /// A call was answered.
    pub(crate) fn connected(&self) {
        self.change(|f| (f.connected, f.failure) = (true, None));
    }

    /// A call failed in a way that is tried again.
    pub(crate) fn failing(&self, reason: String) {
        self.change(|f| (f.connected, f.failure) = (false, Some(reason)));
    }

    pub(crate) fn login_required(&self, reason: &str) {
        self.change(|f| f.login_required = Some(reason.to_owned()));
    }

    pub(crate) fn logged_in(&self) {
        self.change(|f| f.login_required = None);
    }

    /// Why nobody is logged in, if so.
    pub(crate) fn why_login(&self) -> Option<String> {
        self.facts().login_required.clone()
    }

    /// Telegram said to wait; unix seconds.
    pub(crate) fn flooded(&self, class: CallClass, until: i64) {
        self.change(|f| {
            f.floods.insert(class, until);
        });
    }

    /// The classes that are shown as waiting.
    pub(crate) fn floods(&self) -> Vec<CallClass> {
        self.facts().floods.keys().copied().collect()
    }

    pub(crate) fn flood_over(&self, class: CallClass) {
        if self.facts().floods.contains_key(&class) {
            self.change(|f| {
                f.floods.remove(&class);
            });
        }
    }

    fn change(&self, change: impl FnOnce(&mut Facts)) {
        let mut facts = self.facts();
        change(&mut facts);
        let state = facts.state();
        // Published under the lock: two changes cannot be seen in the wrong order.
        self.sender.send_if_modified(|now| {
            let changed = *now != state;
            if changed {
                *now = state;
            }
            changed
        });
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Facts {
    fn state(&self) -> ConnectionState {
        if let Some(reason) = &self.login_required {
            let reason = match &self.failure {
                Some(failure) => format!("{reason} ({failure})"),
                None => reason.clone(),
            };
            return ConnectionState::LoginRequired { reason };
        }
        // A wait that was told before this start is shown before anything was called.
        if !self.connected && (self.failure.is_some() || self.floods.is_empty()) {
            return ConnectionState::Connecting {
                reason: self.failure.clone(),
            };
        }
        match self.floods.iter().max_by_key(|(_, until)| **until) {
            Some((class, until)) => ConnectionState::FloodWait {
                class: *class,
                until: *until,
            },
            None => ConnectionState::Ready,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_important_fact_is_shown() {
        let board = Board::new();
        let seen = board.subscribe();
        let (class, until) = (CallClass::Metadata, 70);
        board.flooded(class, until);
        assert_eq!(*seen.borrow(), ConnectionState::FloodWait { class, until });
        board.flood_over(class);
        assert_eq!(*seen.borrow(), ConnectionState::Connecting { reason: None });
        board.connected();
        assert_eq!(*seen.borrow(), ConnectionState::Ready);
        board.flooded(CallClass::History, 50);
        board.flooded(CallClass::Files, 90);
        assert_eq!(
            *seen.borrow(),
            ConnectionState::FloodWait {
                class: CallClass::Files,
                until: 90
            }
        );
        board.flood_over(CallClass::Files);
        assert_eq!(
            *seen.borrow(),
            ConnectionState::FloodWait {
                class: CallClass::History,
                until: 50
            }
        );
        board.failing("no route".to_owned());
        assert_eq!(
            *seen.borrow(),
            ConnectionState::Connecting {
                reason: Some("no route".to_owned())
            }
        );
        board.login_required("revoked");
        assert_eq!(
            *seen.borrow(),
            ConnectionState::LoginRequired {
                reason: "revoked (no route)".to_owned()
            }
        );
        board.connected();
        assert_eq!(
            *seen.borrow(),
            ConnectionState::LoginRequired {
                reason: "revoked".to_owned()
            }
        );
        board.logged_in();
        board.flood_over(CallClass::History);
        assert_eq!(*seen.borrow(), ConnectionState::Ready);
    }
}
