//! Users, contacts, chats and channels by id.

use grammers_tl_types::{enums, functions, types};
use model::ChatId;

use super::{Caller, chat_of, input_channel, input_user};
use crate::error::RpcError;
use crate::world::World;
use crate::world::render;

pub(super) fn get_users(
    world: &mut World,
    caller: &Caller,
    r: &functions::users::GetUsers,
) -> Result<Vec<enums::User>, RpcError> {
    let known = |input: &enums::InputUser| match input_user(world, caller, input) {
        Ok(id) => world.user_tl(caller.account, id),
        Err(_) => types::UserEmpty {
            id: match input {
                enums::InputUser::User(u) => u.user_id,
                enums::InputUser::FromMessage(m) => m.user_id,
                _ => 0,
            },
        }
        .into(),
    };
    Ok(r.id.iter().map(known).collect())
}

/// Reading is told to nobody here: an archive that marks anything as read is caught by the count of these calls.
pub(super) fn read_history(
    world: &mut World,
    caller: &Caller,
    r: &functions::messages::ReadHistory,
) -> Result<enums::messages::AffectedMessages, RpcError> {
    chat_of(world, caller, &r.peer)?;
    let pts = world.account(caller.account).map_or(0, |a| a.common.pts);
    Ok(types::messages::AffectedMessages { pts, pts_count: 0 }.into())
}

pub(super) fn read_channel_history(
    world: &mut World,
    caller: &Caller,
    r: &functions::channels::ReadHistory,
) -> Result<bool, RpcError> {
    input_channel(world, caller, &r.channel)?;
    Ok(true)
}

pub(super) fn get_contacts(
    world: &mut World,
    caller: &Caller,
    _: &functions::contacts::GetContacts,
) -> Result<enums::contacts::Contacts, RpcError> {
    let contacts = world
        .account(caller.account)
        .map(|a| a.contacts.clone())
        .unwrap_or_default();
    Ok(types::contacts::Contacts {
        contacts: contacts
            .iter()
            .map(|id| {
                types::Contact {
                    user_id: *id,
                    mutual: true,
                }
                .into()
            })
            .collect(),
        saved_count: 0,
        users: contacts
            .iter()
            .map(|id| world.user_tl(caller.account, *id))
            .collect(),
    }
    .into())
}

pub(super) fn resolve_username(
    world: &mut World,
    caller: &Caller,
    r: &functions::contacts::ResolveUsername,
) -> Result<enums::contacts::ResolvedPeer, RpcError> {
    let name = Some(&r.username);
    let user = world
        .users
        .values()
        .find(|u| u.username.as_ref() == name)
        .map(|u| u.id);
    let channel = world
        .channels
        .values()
        .find(|c| c.username.as_ref() == name)
        .map(|c| ChatId::channel(c.id).0);
    let id = user
        .or(channel)
        .ok_or_else(|| RpcError::bad("USERNAME_NOT_OCCUPIED"))?;
    let (users, chats) = render::peers(world, caller.account, &[], &[ChatId(id)], false);
    Ok(types::contacts::ResolvedPeer {
        peer: render::peer(id),
        chats,
        users,
    }
    .into())
}

pub(super) fn get_channels(
    world: &mut World,
    caller: &Caller,
    r: &functions::channels::GetChannels,
) -> Result<enums::messages::Chats, RpcError> {
    let mut chats = Vec::new();
    for input in &r.id {
        let chat = input_channel(world, caller, input)?;
        chats.extend(render::chat(world, caller.account, chat, false));
    }
    Ok(types::messages::Chats { chats }.into())
}

pub(super) fn get_chats(
    world: &mut World,
    caller: &Caller,
    r: &functions::messages::GetChats,
) -> Result<enums::messages::Chats, RpcError> {
    let known = r.id.iter().map(|id| ChatId::group(*id));
    let chats = known
        .filter_map(|chat| render::chat(world, caller.account, chat, false))
        .collect();
    Ok(types::messages::Chats { chats }.into())
}
