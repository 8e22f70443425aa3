//! Sessions where the database takes none: in the memory of this process, and gone with it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use store::ViewerUser;

/// More than this many at once are nobody's: the one that would end first makes room.
const MOST: usize = 10_000;

/// Open sessions by the hash of their token, and the administrator of the settings, who has no row there.
pub(crate) struct Sessions {
    admin: ViewerUser,
    open: Mutex<HashMap<[u8; 32], Remembered>>,
}

/// Somebody logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remembered {
    pub(crate) name: String,
    /// The session ends when this is the user's no more.
    pub(crate) password_hash: String,
    /// Unix microseconds.
    pub(crate) expires_at: i64,
}

impl Sessions {
    pub(crate) fn new(name: String, password_hash: String) -> Self {
        Self {
            admin: ViewerUser {
                name,
                admin: true,
                password_hash,
                chats: None,
            },
            open: Mutex::default(),
        }
    }

    /// The administrator, if that is the name.
    pub(crate) fn admin(&self, name: &str) -> Option<ViewerUser> {
        (self.admin.name == name).then(|| self.admin.clone())
    }

    fn open(&self) -> MutexGuard<'_, HashMap<[u8; 32], Remembered>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a session.
    pub(crate) fn begin(&self, token_hash: [u8; 32], session: Remembered, now_micros: i64) {
        let mut open = self.open();
        open.retain(|_, s| s.expires_at > now_micros);
        if open.len() >= MOST {
            let first = open.iter().min_by_key(|(_, s)| s.expires_at).map(|(t, _)| *t);
            first.and_then(|t| open.remove(&t));
        }
        open.insert(token_hash, session);
    }

    /// The session of a token, while it lasts.
    pub(crate) fn get(&self, token_hash: &[u8; 32], now_micros: i64) -> Option<Remembered> {
        let session = self.open().get(token_hash).cloned();
        session.filter(|s| s.expires_at > now_micros)
    }

    /// Ends a session.
    pub(crate) fn end(&self, token_hash: &[u8; 32]) {
        self.open().remove(token_hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_end_with_their_time_and_make_room() {
        let sessions = Sessions::new("admin".to_owned(), "hash".to_owned());
        let session = |expires_at| Remembered {
            name: "ann".to_owned(),
            password_hash: String::new(),
            expires_at,
        };
        let token = |n: usize| {
            let mut token = [0; 32];
            token[..8].copy_from_slice(&n.to_le_bytes());
            token
        };
        sessions.begin(token(0), session(100), 0);
        assert_eq!(sessions.get(&token(0), 99), Some(session(100)));
        assert_eq!(sessions.get(&token(0), 100), None);
        for n in 1..=MOST {
            sessions.begin(token(n), session(200), 0);
        }
        assert_eq!(sessions.get(&token(0), 0), None, "it would have ended first");
        assert_eq!(sessions.open().len(), MOST);
        sessions.end(&token(1));
        assert_eq!(sessions.get(&token(1), 0), None);
        sessions.begin(token(0), session(300), 250);
        assert_eq!(sessions.open().len(), 1, "those whose time is over are gone");
    }
}
