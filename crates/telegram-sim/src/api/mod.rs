//! Telegram's methods over the world, typed by their return values.

mod dialogs;
mod history;
mod people;
mod updates;
mod upload;

use grammers_tl_types::{Identifiable, enums, functions};
use model::ChatId;

use crate::auth::{arguments, result};
use crate::error::RpcError;
use crate::world::World;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// User id of the account.
    pub account: i64,
    /// The data centre asked.
    pub dc: i32,
    /// TL layer, 0 if not told.
    pub layer: i32,
}

/// A chat, if the access hash is the caller's own and the chat can be read.
fn chat_of(world: &World, caller: &Caller, input: &enums::InputPeer) -> Result<ChatId, RpcError> {
    let (chat, hash) = match input {
        enums::InputPeer::PeerSelf => return Ok(ChatId(caller.account)),
        enums::InputPeer::User(u) if u.user_id == caller.account => return Ok(ChatId(caller.account)),
        enums::InputPeer::User(u) => (ChatId(u.user_id), u.access_hash),
        enums::InputPeer::Chat(c) => {
            let chat = ChatId::group(c.chat_id);
            return if world.can_read(caller.account, chat) {
                Ok(chat)
            } else {
                Err(RpcError::bad("PEER_ID_INVALID"))
            };
        }
        enums::InputPeer::Channel(c) => return channel_of(world, caller, c.channel_id, c.access_hash),
        _ => return Err(RpcError::bad("PEER_ID_INVALID")),
    };
    if !world.users.contains_key(&chat.0) || world.access_hash(caller.account, chat.0) != hash {
        return Err(RpcError::bad("PEER_ID_INVALID"));
    }
    Ok(chat)
}

fn channel_of(world: &World, caller: &Caller, id: i64, hash: i64) -> Result<ChatId, RpcError> {
    let chat = ChatId::channel(id);
    if !world.channels.contains_key(&id) || world.access_hash(caller.account, chat.0) != hash {
        return Err(RpcError::bad("CHANNEL_INVALID"));
    }
    if !world.can_read(caller.account, chat) {
        return Err(RpcError::bad("CHANNEL_PRIVATE"));
    }
    Ok(chat)
}

fn input_channel(world: &World, caller: &Caller, input: &enums::InputChannel) -> Result<ChatId, RpcError> {
    match input {
        enums::InputChannel::Channel(c) => channel_of(world, caller, c.channel_id, c.access_hash),
        _ => Err(RpcError::bad("CHANNEL_INVALID")),
    }
}

/// Answers one method.
pub fn call(world: &mut World, caller: &Caller, method: u32, body: &[u8]) -> Result<Vec<u8>, RpcError> {
    macro_rules! methods {
        ($($request:ty => $answer:path;)*) => {
            match method {
                $(<$request>::CONSTRUCTOR_ID => {
                    let request = arguments::<$request>(body)?;
                    let value = $answer(world, caller, &request)?;
                    result(&request, &value)
                })*
                _ => Err(RpcError::not_implemented()),
            }
        };
    }
    methods! {
        functions::messages::GetDialogs => dialogs::get_dialogs;
        functions::messages::GetPeerDialogs => dialogs::get_peer_dialogs;
        functions::messages::GetPinnedDialogs => dialogs::get_pinned_dialogs;
        functions::messages::GetDialogFilters => dialogs::get_dialog_filters;
        functions::messages::GetForumTopics => dialogs::get_forum_topics;
        functions::messages::GetHistory => history::get_history;
        functions::messages::GetMessages => history::get_messages;
        functions::channels::GetMessages => history::get_channel_messages;
        functions::messages::GetMessagesReactions => history::get_messages_reactions;
        functions::users::GetUsers => people::get_users;
        functions::contacts::GetContacts => people::get_contacts;
        functions::contacts::ResolveUsername => people::resolve_username;
        functions::channels::GetChannels => people::get_channels;
        functions::messages::GetChats => people::get_chats;
        functions::updates::GetState => updates::get_state;
        functions::updates::GetDifference => updates::get_difference;
        functions::updates::GetChannelDifference => updates::get_channel_difference;
        functions::upload::GetFile => upload::get_file;
    }
}
