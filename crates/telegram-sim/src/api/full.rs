//! All about one user, group or channel, and who is in it.

use grammers_tl_types::{Serializable, enums, functions, types};
use model::ChatId;

use super::{Caller, input_channel, input_user};
use crate::error::RpcError;
use crate::world::render::{self, zeroed};
use crate::world::{Channel, World};

fn silence() -> enums::PeerNotifySettings {
    enums::PeerNotifySettings::Settings(zeroed(&[]))
}

fn users_of(world: &World, caller: &Caller, ids: &[i64]) -> Vec<enums::User> {
    ids.iter().map(|id| world.user_tl(caller.account, *id)).collect()
}

pub(super) fn get_full_user(
    world: &mut World,
    caller: &Caller,
    r: &functions::users::GetFullUser,
) -> Result<enums::users::UserFull, RpcError> {
    let id = input_user(world, caller, &r.id)?;
    let settings: enums::PeerSettings = enums::PeerSettings::Settings(zeroed(&[]));
    let mut prefix = vec![0; 16];
    settings.serialize(&mut prefix);
    silence().serialize(&mut prefix);
    let base: types::UserFull = zeroed(&prefix);
    let photo = world
        .photo_of(ChatId(id))
        .map(|p| render::avatar(world, caller.account, p));
    Ok(types::users::UserFull {
        full_user: types::UserFull {
            id,
            about: Some(format!("about {id}")),
            settings,
            profile_photo: photo,
            notify_settings: silence(),
            ..base
        }
        .into(),
        chats: vec![],
        users: users_of(world, caller, &[id]),
    }
    .into())
}

pub(super) fn get_full_chat(
    world: &mut World,
    caller: &Caller,
    r: &functions::messages::GetFullChat,
) -> Result<enums::messages::ChatFull, RpcError> {
    let chat = ChatId::group(r.chat_id);
    let account = world.account(caller.account);
    let known = account.is_some_and(|a| a.dialogs.contains_key(&chat.0));
    let group = world
        .groups
        .get(&r.chat_id)
        .filter(|_| known)
        .ok_or_else(|| RpcError::bad("CHAT_ID_INVALID"))?;
    let participants = if world.can_read(caller.account, chat) {
        let member = |(n, user_id): (usize, &i64)| match n {
            0 => types::ChatParticipantCreator {
                user_id: *user_id,
                rank: None,
            }
            .into(),
            _ => types::ChatParticipant {
                user_id: *user_id,
                inviter_id: group.members[0],
                date: render::LONG_AGO,
                rank: None,
            }
            .into(),
        };
        types::ChatParticipants {
            chat_id: group.id,
            participants: group.members.iter().enumerate().map(member).collect(),
            version: 1,
        }
        .into()
    } else {
        types::ChatParticipantsForbidden {
            chat_id: group.id,
            self_participant: None,
        }
        .into()
    };
    let mut prefix = vec![0; 16];
    enums::ChatParticipants::serialize(&participants, &mut prefix);
    silence().serialize(&mut prefix);
    let base: types::ChatFull = zeroed(&prefix);
    Ok(types::messages::ChatFull {
        full_chat: types::ChatFull {
            id: group.id,
            about: String::new(),
            participants,
            chat_photo: group.photo.map(|p| render::avatar(world, caller.account, p)),
            notify_settings: silence(),
            ..base
        }
        .into(),
        chats: render::chat(world, caller.account, chat, false)
            .into_iter()
            .collect(),
        users: users_of(world, caller, &group.members),
    }
    .into())
}

fn newest_of_group(world: &World, caller: &Caller, channel: &Channel) -> Option<i32> {
    let group = ChatId::group(channel.migrated_from?);
    world.account(caller.account)?.common.newest(group.0)
}

pub(super) fn get_full_channel(
    world: &mut World,
    caller: &Caller,
    r: &functions::channels::GetFullChannel,
) -> Result<enums::messages::ChatFull, RpcError> {
    let chat = input_channel(world, caller, &r.channel)?;
    let channel = chat.channel_id().and_then(|id| world.channels.get(&id));
    let channel = channel.ok_or_else(|| RpcError::bad("CHANNEL_INVALID"))?;
    let photo = channel.photo.map_or_else(
        || types::PhotoEmpty { id: 0 }.into(),
        |p| render::avatar(world, caller.account, p),
    );
    let top = channel.messages.newest(chat.0).unwrap_or(0);
    // flags, flags2, id, about, three numbers; then photo, settings, no bots.
    let mut prefix = vec![0; 4 + 4 + 8 + 4 + 12];
    enums::Photo::serialize(&photo, &mut prefix);
    silence().serialize(&mut prefix);
    Vec::<enums::BotInfo>::new().serialize(&mut prefix);
    let base: types::ChannelFull = zeroed(&prefix);
    let pinned = channel.messages.older(chat.0, i32::MAX).take(1000);
    let pinned = pinned
        .filter_map(|id| channel.messages.get(id))
        .find(|p| p.pinned)
        .map(|p| p.id);
    let full = types::ChannelFull {
        can_view_participants: channel.megagroup,
        id: channel.id,
        about: String::new(),
        participants_count: Some(channel.members.len() as i32),
        read_inbox_max_id: top,
        read_outbox_max_id: top,
        chat_photo: photo,
        migrated_from_chat_id: channel.migrated_from,
        migrated_from_max_id: channel
            .migrated_from
            .map(|_| newest_of_group(world, caller, channel).unwrap_or(0)),
        pinned_msg_id: pinned,
        pts: channel.messages.pts,
        ..base
    };
    let mut chats: Vec<_> = render::chat(world, caller.account, chat, false)
        .into_iter()
        .collect();
    let former = channel.migrated_from.map(ChatId::group);
    chats.extend(former.and_then(|g| render::chat(world, caller.account, g, false)));
    Ok(types::messages::ChatFull {
        full_chat: full.into(),
        chats,
        users: vec![],
    }
    .into())
}

pub(super) fn get_participants(
    world: &mut World,
    caller: &Caller,
    r: &functions::channels::GetParticipants,
) -> Result<enums::channels::ChannelParticipants, RpcError> {
    let chat = input_channel(world, caller, &r.channel)?;
    let channel = chat.channel_id().and_then(|id| world.channels.get(&id));
    let channel = channel.ok_or_else(|| RpcError::bad("CHANNEL_INVALID"))?;
    if !channel.megagroup {
        return Err(RpcError::bad("CHAT_ADMIN_REQUIRED"));
    }
    let is_bot = |id: &i64| world.users.get(id).is_some_and(|u| u.bot);
    let all: Vec<i64> = match &r.filter {
        enums::ChannelParticipantsFilter::ChannelParticipantsAdmins => {
            channel.members.iter().take(1).copied().collect()
        }
        enums::ChannelParticipantsFilter::ChannelParticipantsBots => {
            channel.members.iter().copied().filter(is_bot).collect()
        }
        enums::ChannelParticipantsFilter::ChannelParticipantsSearch(s) => {
            let named = |id: &i64| world.users.get(id).is_some_and(|u| u.first_name.contains(&s.q));
            channel.members.iter().copied().filter(named).collect()
        }
        _ => channel.members.clone(),
    };
    let page: Vec<i64> = all
        .iter()
        .copied()
        .skip(r.offset.max(0) as usize)
        .take(r.limit.clamp(0, 200) as usize)
        .collect();
    let participants = page.iter().map(|user_id| {
        types::ChannelParticipant {
            user_id: *user_id,
            date: render::LONG_AGO,
            subscription_until_date: None,
            rank: None,
        }
        .into()
    });
    Ok(types::channels::ChannelParticipants {
        count: all.len() as i32,
        participants: participants.collect(),
        chats: render::chat(world, caller.account, chat, false)
            .into_iter()
            .collect(),
        users: users_of(world, caller, &page),
    }
    .into())
}
