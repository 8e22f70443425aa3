//! Users, groups and channels, whole or `min`.

use std::collections::BTreeSet;

use grammers_tl_types::{Serializable, enums, types};
use model::ChatId;

use super::{LONG_AGO, peer, zeroed};
use crate::world::World;
use crate::world::files::stripped_avatar;
use crate::world::post::Post;

/// A user as `viewer` sees it. `min`: reduced, with a hash that is good for the avatar and nothing else
/// (core.telegram.org/api/min).
pub fn user(world: &World, viewer: i64, id: i64, min: bool) -> enums::User {
    let Some(info) = world.users.get(&id) else {
        return types::UserEmpty { id }.into();
    };
    let own = viewer == id;
    let contact = world.account(viewer).is_some_and(|a| a.contacts.contains(&id));
    let photo = info.photo.map(|photo_id| {
        types::UserProfilePhoto {
            has_video: false,
            personal: false,
            photo_id,
            stripped_thumb: stripped_avatar(photo_id),
            dc_id: 4,
        }
        .into()
    });
    let phone = || {
        world
            .account(id)
            .map_or_else(|| format!("1{id}"), |a| a.phone.clone())
    };
    let base: types::User = zeroed(&[]);
    types::User {
        is_self: own,
        id,
        min,
        apply_min_photo: min,
        bot: info.bot,
        bot_info_version: info.bot.then_some(1),
        deleted: info.deleted,
        contact,
        mutual_contact: contact,
        access_hash: Some(if min {
            world.min_access_hash(viewer, id)
        } else {
            world.access_hash(viewer, id)
        }),
        first_name: (!info.deleted).then(|| info.first_name.clone()),
        last_name: (!info.last_name.is_empty()).then(|| info.last_name.clone()),
        username: info.username.clone(),
        phone: (!min && (own || contact)).then(phone),
        photo,
        ..base
    }
    .into()
}

fn chat_photo(photo: Option<i64>) -> enums::ChatPhoto {
    photo.map_or(enums::ChatPhoto::Empty, |photo_id| {
        types::ChatPhoto {
            has_video: false,
            photo_id,
            stripped_thumb: stripped_avatar(photo_id),
            dc_id: 4,
        }
        .into()
    })
}

/// A group or channel as `viewer` sees it.
pub fn chat(world: &World, viewer: i64, chat: ChatId, min: bool) -> Option<enums::Chat> {
    let lost = world
        .account(viewer)
        .and_then(|a| a.dialogs.get(&chat.0))
        .is_some_and(|d| d.lost);
    match chat.group_id() {
        Some(id) => group(world, viewer, id, lost),
        None => channel(world, viewer, chat, min, lost),
    }
}

fn group(world: &World, viewer: i64, id: i64, lost: bool) -> Option<enums::Chat> {
    let group = world.groups.get(&id)?;
    if lost {
        let title = group.title.clone();
        return Some(types::ChatForbidden { id, title }.into());
    }
    let mut prefix = vec![0; 16];
    enums::ChatPhoto::Empty.serialize(&mut prefix);
    let base: types::Chat = zeroed(&prefix);
    let migrated_to = group.migrated_to.map(|channel_id| {
        types::InputChannel {
            channel_id,
            access_hash: world.access_hash(viewer, ChatId::channel(channel_id).0),
        }
        .into()
    });
    Some(
        types::Chat {
            id,
            title: group.title.clone(),
            photo: chat_photo(group.photo),
            participants_count: group.members.len() as i32,
            date: LONG_AGO,
            version: 1,
            deactivated: group.migrated_to.is_some(),
            migrated_to,
            ..base
        }
        .into(),
    )
}

fn channel(world: &World, viewer: i64, chat: ChatId, min: bool, lost: bool) -> Option<enums::Chat> {
    let id = chat.channel_id()?;
    let channel = world.channels.get(&id)?;
    let access_hash = world.access_hash(viewer, chat.0);
    if lost {
        return Some(
            types::ChannelForbidden {
                broadcast: !channel.megagroup,
                megagroup: channel.megagroup,
                monoforum: false,
                id,
                access_hash,
                title: channel.title.clone(),
                until_date: None,
            }
            .into(),
        );
    }
    let mut prefix = vec![0; 20];
    enums::ChatPhoto::Empty.serialize(&mut prefix);
    let base: types::Channel = zeroed(&prefix);
    Some(
        types::Channel {
            id,
            min,
            left: !world.can_read(viewer, chat),
            broadcast: !channel.megagroup,
            megagroup: channel.megagroup,
            forum: channel.forum,
            access_hash: Some(if min {
                world.min_access_hash(viewer, chat.0)
            } else {
                access_hash
            }),
            title: channel.title.clone(),
            username: channel.username.clone(),
            photo: chat_photo(channel.photo),
            date: LONG_AGO,
            participants_count: (!min).then_some(channel.members.len() as i32),
            ..base
        }
        .into(),
    )
}

/// How `viewer` names a chat in a request.
pub fn input_peer(world: &World, viewer: i64, chat: ChatId) -> enums::InputPeer {
    if chat.0 == viewer {
        return enums::InputPeer::PeerSelf;
    }
    let access_hash = world.access_hash(viewer, chat.0);
    match peer(chat.0) {
        enums::Peer::User(p) => types::InputPeerUser {
            user_id: p.user_id,
            access_hash,
        }
        .into(),
        enums::Peer::Chat(p) => types::InputPeerChat { chat_id: p.chat_id }.into(),
        enums::Peer::Channel(p) => types::InputPeerChannel {
            channel_id: p.channel_id,
            access_hash,
        }
        .into(),
    }
}

/// Users that a service message names.
fn named(action: &enums::MessageAction) -> Vec<i64> {
    match action {
        enums::MessageAction::ChatAddUser(a) => a.users.clone(),
        enums::MessageAction::ChatCreate(a) => a.users.clone(),
        enums::MessageAction::ChatDeleteUser(a) => vec![a.user_id],
        enums::MessageAction::ChatJoinedByLink(a) => vec![a.inviter_id],
        enums::MessageAction::ChatMigrateTo(a) => vec![ChatId::channel(a.channel_id).0],
        enums::MessageAction::ChannelMigrateFrom(a) => vec![ChatId::group(a.chat_id).0],
        _ => vec![],
    }
}

/// Users and chats that messages refer to. Strangers are `min`: always in pushes (`min`), and in pages those who are
/// only quoted, forwarded or have left.
pub fn peers(
    world: &World,
    viewer: i64,
    posts: &[&Post],
    chats: &[ChatId],
    min: bool,
) -> (Vec<enums::User>, Vec<enums::Chat>) {
    let mut all: BTreeSet<i64> = chats.iter().map(|c| c.0).collect();
    for post in posts {
        let author = post.forward.as_ref().and_then(|f| f.author);
        all.extend(
            [Some(post.chat), post.from, post.via_bot, author, post.reply_chat]
                .into_iter()
                .flatten(),
        );
        all.extend(post.action.iter().flat_map(named));
    }
    let stranger = |id: i64| {
        let near = world
            .account(viewer)
            .is_some_and(|a| a.dialogs.contains_key(&id) || a.user_id == id || a.contacts.contains(&id));
        let shared = || {
            posts
                .iter()
                .map(|p| ChatId(p.chat))
                .chain(chats.iter().copied())
                .any(|c| world.is_member(c, id))
        };
        !near && (min || !shared())
    };
    let (groups, users): (Vec<i64>, Vec<i64>) = all.into_iter().partition(|id| *id < 0);
    (
        users
            .into_iter()
            .map(|id| user(world, viewer, id, stranger(id)))
            .collect(),
        groups
            .into_iter()
            .rev()
            .filter_map(|id| chat(world, viewer, ChatId(id), stranger(id)))
            .collect(),
    )
}
