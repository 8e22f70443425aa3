//! Authorization keys: which DC, whose account, what log-in is under way.

use std::collections::{HashMap, HashSet};

use crate::crypto::srp::Challenge;
use crate::crypto::{AuthKey, key_id, random, read_i64};

/// What is known of a key.
pub(crate) struct KeyState {
    pub(crate) key: AuthKey,
    pub(crate) dc: i32,
    /// The account it is authorized for.
    pub(crate) account: Option<i64>,
    /// A code was accepted, the password is still to come.
    pub(crate) password_pending: Option<i64>,
    /// The code hash that was handed out, with the account's id.
    pub(crate) code: Option<(String, i64)>,
    /// Why it is good for nothing any more: `AUTH_KEY_DUPLICATED`, `SESSION_REVOKED`, ...
    pub(crate) dead: Option<(i32, &'static str)>,
    pub(crate) salt: i64,
    /// Names the device that uses it now.
    pub(crate) device: String,
    /// Connections that are open: (connection, its session, its device).
    pub(crate) connections: Vec<(u64, i64, String)>,
}

/// All keys and what hangs on them.
#[derive(Default)]
pub(crate) struct Keys {
    by_id: HashMap<i64, KeyState>,
    /// One-time challenges by srp id.
    pub(crate) challenges: HashMap<i64, Challenge>,
    /// Exported authorizations: (account, bytes).
    pub(crate) exported: HashSet<(i64, Vec<u8>)>,
    /// QR tokens: token -> (key that asked, accepted by).
    pub(crate) tokens: HashMap<Vec<u8>, (i64, Option<i64>)>,
}

impl Keys {
    pub(crate) fn add(&mut self, key: AuthKey, dc: i32) -> i64 {
        let id = key_id(&key);
        let salt = read_i64(&random::<8>()) | 1;
        self.by_id.insert(
            id,
            KeyState {
                key,
                dc,
                account: None,
                password_pending: None,
                code: None,
                dead: None,
                salt,
                device: String::new(),
                connections: Vec::new(),
            },
        );
        id
    }

    pub(crate) fn get(&self, id: i64) -> Option<&KeyState> {
        self.by_id.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: i64) -> Option<&mut KeyState> {
        self.by_id.get_mut(&id)
    }

    pub(crate) fn remove(&mut self, id: i64) {
        self.by_id.remove(&id);
    }

    /// Keys authorized for an account.
    pub(crate) fn of_account(&mut self, account: i64) -> impl Iterator<Item = (&i64, &mut KeyState)> {
        self.by_id
            .iter_mut()
            .filter(move |(_, k)| k.account == Some(account))
    }

    /// All keys.
    pub(crate) fn all(&mut self) -> impl Iterator<Item = (&i64, &mut KeyState)> {
        self.by_id.iter_mut()
    }
}
