//! What grammers' sender pool reads and writes of the session.
//!
//! The pool calls `set_dc_option` for every DC on every connection, and after -404 (key unknown) with a key that it made
//! up by itself. The first is compared before it is written; the second is refused, because one such answer must not cost
//! the login: [`crate::pool`] decides when a key is given up.

use grammers_session::types::{DcOption, PeerId, PeerInfo, UpdateState, UpdatesState};
use grammers_session::{BoxFuture, Session};
use model::ChatId;
use store::StoreError;

use super::{StoredSession, channel_pts};
use crate::keys::DcSet;

/// What the pool is told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PoolSessionError {
    /// Telegram did not know our key, so the pool made another one.
    #[error("the data centre does not know our auth key")]
    KeyUnknown,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Session for StoredSession {
    type Error = PoolSessionError;

    fn home_dc_id(&self) -> Result<i32, Self::Error> {
        Ok(self.home_dc())
    }

    fn set_home_dc_id(&self, dc_id: i32) -> BoxFuture<'_, Result<(), Self::Error>> {
        Box::pin(async move { Ok(self.save_home(dc_id).await?) })
    }

    fn dc_option(&self, dc_id: i32) -> Result<Option<DcOption>, Self::Error> {
        Ok(self.dc(dc_id))
    }

    fn set_dc_option(&self, dc_option: &DcOption) -> BoxFuture<'_, Result<(), Self::Error>> {
        let mut dc = dc_option.clone();
        Box::pin(async move {
            let ours = self.dc(dc.id).and_then(|known| known.auth_key);
            if dc.auth_key.is_some() && ours.is_some() && dc.auth_key != ours {
                return Err(PoolSessionError::KeyUnknown);
            }
            dc.auth_key = ours.or(dc.auth_key);
            // A custom DC may announce an address that is right for itself only.
            if let (DcSet::Custom(custom), Some(known)) = (self.dc_set(), self.dc(dc.id))
                && custom.dc_id == dc.id
            {
                (dc.ipv4, dc.ipv6) = (known.ipv4, known.ipv6);
            }
            Ok(self.save_dc(&dc).await?)
        })
    }

    fn peer(&self, peer: PeerId) -> BoxFuture<'_, Result<Option<PeerInfo>, Self::Error>> {
        Box::pin(async move {
            let id = match peer.bot_api_dialog_id() {
                Some(id) => Some(id),
                None => self.user_id(),
            };
            Ok(id.and_then(|id| StoredSession::peer(self, ChatId(id))))
        })
    }

    fn cache_peer(&self, peer: PeerInfo) -> BoxFuture<'_, Result<(), Self::Error>> {
        Box::pin(async move {
            self.remember_peer(peer);
            Ok(())
        })
    }

    fn updates_state(&self) -> BoxFuture<'_, Result<UpdatesState, Self::Error>> {
        Box::pin(async move { Ok(self.state().map(|s| to_grammers(&s)).unwrap_or_default()) })
    }

    fn set_update_state(&self, update: UpdateState) -> BoxFuture<'_, Result<(), Self::Error>> {
        Box::pin(async move {
            // grammers writes the newest pts of dialogs and states ahead of what we stored. Only `persist_state` may
            // move a state; a channel that has none may get its first.
            if let UpdateState::Channel { id, pts } = update
                && self.state().is_some_and(|s| channel_pts(&s, id).is_none())
            {
                self.note_channel(id, pts).await?;
            }
            Ok(())
        })
    }
}

/// As grammers' message boxes want it.
pub(crate) fn to_grammers(state: &store::SessionState) -> UpdatesState {
    UpdatesState {
        pts: state.pts,
        qts: state.qts,
        date: state.date,
        seq: state.seq,
        channels: state
            .channels
            .iter()
            .map(|(id, pts)| grammers_session::types::ChannelState { id: *id, pts: *pts })
            .collect(),
    }
}

/// The inverse of [`to_grammers`].
pub(crate) fn from_grammers(state: UpdatesState) -> store::SessionState {
    store::SessionState {
        pts: state.pts,
        qts: state.qts,
        date: state.date,
        seq: state.seq,
        channels: state.channels.into_iter().map(|c| (c.id, c.pts)).collect(),
    }
}
