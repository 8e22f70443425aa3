//! Telegram's methods over the world, typed by their return values.
#![expect(clippy::unnecessary_wraps, reason = "every method answers alike")]

mod dialogs;
mod full;
mod history;
mod people;
mod photos;
mod reactions;
mod search;
mod topics;
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
    let invalid = || RpcError::bad("PEER_ID_INVALID");
    match input {
        enums::InputPeer::PeerSelf => Ok(ChatId(caller.account)),
        enums::InputPeer::User(u) => {
            let known = u.user_id == caller.account
                || (world.users.contains_key(&u.user_id)
                    && world.access_hash(caller.account, u.user_id) == u.access_hash);
            known.then_some(ChatId(u.user_id)).ok_or_else(invalid)
        }
        // What a basic group said to the account is in the account's own box, even when it was removed from it.
        enums::InputPeer::Chat(c) => {
            let chat = ChatId::group(c.chat_id);
            let account = world.account(caller.account);
            let known = account.is_some_and(|a| a.dialogs.contains_key(&chat.0));
            known.then_some(chat).ok_or_else(invalid)
        }
        enums::InputPeer::Channel(c) => channel_of(world, caller, c.channel_id, c.access_hash),
        enums::InputPeer::UserFromMessage(m) => {
            let user = ChatId(m.user_id);
            named_in(world, caller, &m.peer, m.msg_id, user)?;
            Ok(user)
        }
        enums::InputPeer::ChannelFromMessage(m) => {
            let chat = ChatId::channel(m.channel_id);
            named_in(world, caller, &m.peer, m.msg_id, chat)?;
            readable(world, caller, chat)
        }
        enums::InputPeer::Empty => Err(invalid()),
    }
}

/// A peer known only from a message must be named by that message (core.telegram.org/api/min).
fn named_in(
    world: &World,
    caller: &Caller,
    peer: &enums::InputPeer,
    id: i32,
    who: ChatId,
) -> Result<(), RpcError> {
    let chat = chat_of(world, caller, peer)?;
    let messages = world.message_box(caller.account, chat);
    let message = messages.and_then(|m| m.get(id)).filter(|p| p.chat == chat.0);
    let message = message.ok_or_else(|| RpcError::bad("MSG_ID_INVALID"))?;
    let author = message.forward.as_ref().and_then(|f| f.author);
    let named = [message.from, message.via_bot, author].contains(&Some(who.0));
    named
        .then_some(())
        .ok_or_else(|| RpcError::bad("PEER_ID_INVALID"))
}

fn channel_of(world: &World, caller: &Caller, id: i64, hash: i64) -> Result<ChatId, RpcError> {
    let chat = ChatId::channel(id);
    if !world.channels.contains_key(&id) || world.access_hash(caller.account, chat.0) != hash {
        return Err(RpcError::bad("CHANNEL_INVALID"));
    }
    readable(world, caller, chat)
}

/// A channel the account is in, or a public one that it was not removed from.
fn readable(world: &World, caller: &Caller, chat: ChatId) -> Result<ChatId, RpcError> {
    let dialog = world.account(caller.account).and_then(|a| a.dialogs.get(&chat.0));
    let channel = chat.channel_id().and_then(|id| world.channels.get(&id));
    let public = || channel.is_some_and(|c| c.username.is_some());
    let open = dialog.map_or_else(public, |d| !d.lost);
    open.then_some(chat)
        .ok_or_else(|| RpcError::bad("CHANNEL_PRIVATE"))
}

fn input_channel(world: &World, caller: &Caller, input: &enums::InputChannel) -> Result<ChatId, RpcError> {
    match input {
        enums::InputChannel::Channel(c) => channel_of(world, caller, c.channel_id, c.access_hash),
        enums::InputChannel::FromMessage(m) => {
            let chat = ChatId::channel(m.channel_id);
            named_in(world, caller, &m.peer, m.msg_id, chat)?;
            readable(world, caller, chat)
        }
        enums::InputChannel::Empty => Err(RpcError::bad("CHANNEL_INVALID")),
    }
}

/// A user, if the access hash is the caller's own.
fn input_user(world: &World, caller: &Caller, input: &enums::InputUser) -> Result<i64, RpcError> {
    let invalid = || RpcError::bad("USER_ID_INVALID");
    match input {
        enums::InputUser::UserSelf => Ok(caller.account),
        enums::InputUser::User(u) if u.user_id == caller.account => Ok(u.user_id),
        enums::InputUser::User(u) => {
            let known = world.users.contains_key(&u.user_id)
                && world.access_hash(caller.account, u.user_id) == u.access_hash;
            known.then_some(u.user_id).ok_or_else(invalid)
        }
        enums::InputUser::FromMessage(m) => {
            named_in(world, caller, &m.peer, m.msg_id, ChatId(m.user_id)).map_err(|_| invalid())?;
            Ok(m.user_id)
        }
        enums::InputUser::Empty => Err(invalid()),
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
        functions::messages::GetForumTopics => topics::get_forum_topics;
        functions::messages::GetForumTopicsById => topics::get_forum_topics_by_id;
        functions::messages::GetHistory => history::get_history;
        functions::messages::GetMessages => history::get_messages;
        functions::channels::GetMessages => history::get_channel_messages;
        functions::messages::Search => search::search;
        functions::messages::GetMessagesReactions => reactions::get_messages_reactions;
        functions::messages::GetMessageReactionsList => reactions::get_message_reactions_list;
        functions::messages::ReadHistory => people::read_history;
        functions::channels::ReadHistory => people::read_channel_history;
        functions::users::GetUsers => people::get_users;
        functions::contacts::GetContacts => people::get_contacts;
        functions::contacts::ResolveUsername => people::resolve_username;
        functions::channels::GetChannels => people::get_channels;
        functions::messages::GetChats => people::get_chats;
        functions::users::GetFullUser => full::get_full_user;
        functions::messages::GetFullChat => full::get_full_chat;
        functions::channels::GetFullChannel => full::get_full_channel;
        functions::channels::GetParticipants => full::get_participants;
        functions::photos::GetUserPhotos => photos::get_user_photos;
        functions::updates::GetState => updates::get_state;
        functions::updates::GetDifference => updates::get_difference;
        functions::updates::GetChannelDifference => updates::get_channel_difference;
        functions::upload::GetFile => upload::get_file;
    }
}

#[cfg(test)]
mod tests;
