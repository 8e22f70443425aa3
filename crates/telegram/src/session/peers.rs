//! The peers that this authorization knows, with their access hashes.

use std::collections::{HashMap, HashSet};

use grammers_session::types::{ChannelKind, PeerAuth, PeerInfo};
use grammers_tl_types as tl;
use model::ChatId;
use store::SessionPeer;

/// All known peers in memory, and which of them are not in the database yet.
#[derive(Debug, Default)]
pub(super) struct Peers {
    known: HashMap<i64, PeerInfo>,
    dirty: HashSet<i64>,
}

impl Peers {
    /// From rows; a row that cannot be read is seen again sooner or later.
    pub(super) fn load(rows: Vec<SessionPeer>) -> Self {
        let known = rows
            .into_iter()
            .filter_map(|row| Some((row.id, serde_json::from_str(&row.info).ok()?)))
            .collect();
        Self {
            known,
            dirty: HashSet::new(),
        }
    }

    pub(super) fn get(&self, chat: ChatId) -> Option<&PeerInfo> {
        self.known.get(&chat.0)
    }

    /// Adds what is new about a peer; a reduced form never takes away what is known.
    pub(super) fn merge(&mut self, info: PeerInfo) {
        let id = marked_id(&info).0;
        match self.known.get_mut(&id) {
            Some(known) => {
                let before = known.clone();
                known.extend_info(&info);
                if *known == before {
                    return;
                }
            }
            None => {
                self.known.insert(id, info);
            }
        }
        self.dirty.insert(id);
    }

    #[cfg(test)]
    fn dirty_count(&self) -> usize {
        self.dirty.len()
    }

    /// Takes what must be written; [`Peers::put_back`] if that fails.
    pub(super) fn take_dirty(&mut self) -> Vec<SessionPeer> {
        let known = &self.known;
        self.dirty
            .drain()
            .filter_map(|id| Some(row(id, known.get(&id)?)))
            .collect()
    }

    pub(super) fn put_back(&mut self, rows: &[SessionPeer]) {
        self.dirty.extend(rows.iter().map(|r| r.id));
    }
}

fn row(id: i64, info: &PeerInfo) -> SessionPeer {
    let access_hash = match info {
        PeerInfo::Chat { .. } => None,
        PeerInfo::User { auth, .. } | PeerInfo::Channel { auth, .. } => auth.map(PeerAuth::hash),
    };
    // A `PeerInfo` is numbers and flags; it always serialises.
    SessionPeer {
        id,
        access_hash,
        info: serde_json::to_string(info).unwrap_or_default(),
    }
}

pub(super) fn marked_id(info: &PeerInfo) -> ChatId {
    match info {
        PeerInfo::User { id, .. } => ChatId::user(*id),
        PeerInfo::Chat { id } => ChatId::group(*id),
        PeerInfo::Channel { id, .. } => ChatId::channel(*id),
    }
}

/// What a user object tells; a `min` one has no access hash of ours.
pub(super) fn of_user(user: &tl::enums::User) -> Option<PeerInfo> {
    let tl::enums::User::User(user) = user else {
        return None;
    };
    (user.id > 0).then(|| PeerInfo::User {
        id: user.id,
        auth: user.access_hash.filter(|_| !user.min).map(PeerAuth::from_hash),
        bot: (!user.min || user.bot).then_some(user.bot),
        is_self: user.is_self.then_some(true),
    })
}

/// What a chat object tells.
pub(super) fn of_chat(chat: &tl::enums::Chat) -> Option<PeerInfo> {
    use tl::enums::Chat;
    let channel = |id, hash: Option<i64>, kind| PeerInfo::Channel {
        id,
        auth: hash.map(PeerAuth::from_hash),
        kind,
    };
    Some(match chat {
        Chat::Empty(c) => PeerInfo::Chat { id: c.id },
        Chat::Chat(c) => PeerInfo::Chat { id: c.id },
        Chat::Forbidden(c) => PeerInfo::Chat { id: c.id },
        Chat::Channel(c) => channel(
            c.id,
            c.access_hash.filter(|_| !c.min),
            kind(c.broadcast, c.megagroup, c.gigagroup),
        ),
        Chat::ChannelForbidden(c) => {
            channel(c.id, Some(c.access_hash), kind(c.broadcast, c.megagroup, false))
        }
        Chat::Community(_) | Chat::CommunityForbidden(_) => return None,
    })
}

const fn kind(broadcast: bool, megagroup: bool, gigagroup: bool) -> Option<ChannelKind> {
    if broadcast {
        Some(ChannelKind::Broadcast)
    } else if gigagroup {
        Some(ChannelKind::Gigagroup)
    } else if megagroup {
        Some(ChannelKind::Megagroup)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(auth: Option<i64>, is_self: Option<bool>) -> PeerInfo {
        PeerInfo::User {
            id: 5,
            auth: auth.map(PeerAuth::from_hash),
            bot: None,
            is_self,
        }
    }

    #[test]
    fn a_reduced_peer_takes_nothing_away_and_nothing_new_is_not_written() {
        let mut peers = Peers::default();
        peers.merge(user(Some(77), Some(true)));
        let rows = peers.take_dirty();
        assert_eq!((rows.len(), rows[0].id, rows[0].access_hash), (1, 5, Some(77)));
        peers.merge(user(None, None));
        peers.merge(user(Some(77), None));
        assert_eq!(peers.dirty_count(), 0);
        assert_eq!(peers.get(ChatId(5)), Some(&user(Some(77), Some(true))));
        peers.merge(user(Some(78), None));
        assert_eq!(peers.dirty_count(), 1);

        let again = Peers::load(peers.take_dirty());
        assert_eq!(again.get(ChatId(5)), Some(&user(Some(78), Some(true))));
        assert_eq!(again.dirty_count(), 0);
    }

    #[test]
    fn what_could_not_be_written_stays_due() {
        let mut peers = Peers::default();
        peers.merge(PeerInfo::Chat { id: 9 });
        let rows = peers.take_dirty();
        peers.put_back(&rows);
        assert_eq!(peers.take_dirty(), rows);
        assert_eq!(rows[0].id, -9);
    }
}
