//! Peers as Telegram wants them named: with the access hash that this account was given.

use grammers_session::types::{PeerAuth, PeerInfo};
use grammers_tl_types::{enums, types};
use model::ChatId;

use crate::client::Inner;
use crate::port::TelegramError;

impl Inner {
    /// A chat as argument of a call.
    pub(crate) fn input_peer(&self, chat: ChatId) -> Result<enums::InputPeer, TelegramError> {
        if let Some(chat_id) = chat.group_id() {
            return Ok(types::InputPeerChat { chat_id }.into());
        }
        if chat.user_id().is_some() && chat.user_id() == self.session.user_id() {
            return Ok(enums::InputPeer::PeerSelf);
        }
        let access_hash = self.access_hash(chat)?;
        Ok(match (chat.user_id(), chat.channel_id()) {
            (Some(user_id), _) => types::InputPeerUser { user_id, access_hash }.into(),
            (_, Some(channel_id)) => types::InputPeerChannel {
                channel_id,
                access_hash,
            }
            .into(),
            _ => return Err(TelegramError::UnknownPeer),
        })
    }

    /// A user as argument of a call.
    pub(crate) fn input_user(&self, user_id: i64) -> Result<enums::InputUser, TelegramError> {
        if Some(user_id) == self.session.user_id() {
            return Ok(enums::InputUser::UserSelf);
        }
        let access_hash = self.access_hash(ChatId::user(user_id))?;
        Ok(types::InputUser { user_id, access_hash }.into())
    }

    /// A channel as argument of a call.
    pub(crate) fn input_channel(&self, channel_id: i64) -> Result<enums::InputChannel, TelegramError> {
        let access_hash = self.access_hash(ChatId::channel(channel_id))?;
        Ok(types::InputChannel {
            channel_id,
            access_hash,
        }
        .into())
    }

    fn access_hash(&self, chat: ChatId) -> Result<i64, TelegramError> {
        match self.session.peer(chat) {
            Some(PeerInfo::User { auth, .. } | PeerInfo::Channel { auth, .. }) => {
                auth.map(PeerAuth::hash).ok_or(TelegramError::UnknownPeer)
            }
            _ => Err(TelegramError::UnknownPeer),
        }
    }
}
