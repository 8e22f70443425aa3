//! Names and pictures beside messages.

use std::collections::{BTreeSet, HashMap};

use model::{AccountId, ChatId};
use store::{PeerRow, StoreError};

use crate::access::Scope;
use crate::config::ViewerStore;
use crate::dto::chat::Peer;

/// One of the seven colours of names: by the bare id, as Telegram chooses it.
pub(crate) fn colour(id: ChatId) -> u8 {
    let bare = id.channel_id().or_else(|| id.group_id()).unwrap_or(id.0);
    bare.rem_euclid(7) as u8
}

/// Those that a page names.
pub(crate) struct Peers<'a> {
    account: AccountId,
    scope: &'a Scope,
    rows: HashMap<ChatId, PeerRow>,
    /// Wrote in a chat that may be seen, so that their pictures may be, too.
    writers: BTreeSet<ChatId>,
}

impl<'a> Peers<'a> {
    /// Looks all of them up at once. `writers` are those whose messages are shown.
    pub(crate) async fn load(
        store: &dyn ViewerStore,
        account: AccountId,
        scope: &'a Scope,
        ids: BTreeSet<ChatId>,
        writers: BTreeSet<ChatId>,
    ) -> Result<Self, StoreError> {
        let ids: Vec<ChatId> = ids.into_iter().collect();
        let rows = if ids.is_empty() {
            Vec::new()
        } else {
            store.peers(account, &ids).await?
        };
        Ok(Self {
            account,
            scope,
            rows: rows.into_iter().map(|r| (r.id, r)).collect(),
            writers,
        })
    }

    /// Whether a chat may be told of at all; people may.
    pub(crate) fn tells(&self, id: ChatId) -> bool {
        id.0 > 0 || self.scope.sees(id)
    }

    /// One of them.
    pub(crate) fn peer(&self, id: ChatId) -> Peer {
        let shown = self.scope.sees(id) || self.writers.contains(&id);
        // People are named wherever they are met; a group or channel that may not be seen is not.
        let row = self.rows.get(&id).filter(|_| shown || id.0 > 0);
        let avatar = row.is_some_and(|r| r.avatar) && shown;
        Peer {
            id: id.0,
            name: row.and_then(|r| r.name.clone()),
            username: row.and_then(|r| r.username.clone()),
            colour: colour(id),
            avatar: avatar.then(|| avatar_url(self.account, id)),
        }
    }
}

/// Where a picture is.
pub(crate) fn avatar_url(account: AccountId, peer: ChatId) -> String {
    format!("/api/v1/accounts/{account}/peers/{peer}/avatar")
}
