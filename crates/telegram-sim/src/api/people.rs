//! Users, contacts, chats and channels by id.

use grammers_tl_types::{enums, functions, types};
use model::ChatId;

use super::{Caller, input_channel};
use crate::error::RpcError;
use crate::world::World;
use crate::world::render;

pub(super) fn get_users(
    world: &mut World,
    caller: &Caller,
    r: &functions::users::GetUsers,
) -> Result<Vec<enums::User>, RpcError> {
    Ok(r.id
        .iter()
        .map(|input| match input {
            enums::InputUser::UserSelf => world.user_tl(caller.account, caller.account),
            enums::InputUser::User(u)
                if u.user_id == caller.account
                    || world.access_hash(caller.account, u.user_id) == u.access_hash =>
            {
                world.user_tl(caller.account, u.user_id)
            }
            enums::InputUser::User(u) => types::UserEmpty { id: u.user_id }.into(),
            _ => types::UserEmpty { id: 0 }.into(),
        })
        .collect())
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
