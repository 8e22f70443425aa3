//! State and differences, as hard as Telegram's: what was deleted is absent, of an edited message only the newest text
//! is told, edits and deletions come before the new messages, and too much is too long.

use grammers_tl_types::{enums, functions, types};
use model::ChatId;

use super::{Caller, input_channel};
use crate::error::RpcError;
use crate::world::render;
use crate::world::{Event, EventKind, MessageBox, Post, World};

/// `updates.state` of the caller's common box.
pub(super) fn state(world: &World, caller: &Caller) -> enums::updates::State {
    let pts = world.account(caller.account).map_or(1, |a| a.common.pts);
    types::updates::State {
        pts,
        qts: world.qts(caller.account),
        date: world.now(),
        seq: world.seq(caller.account),
        unread_count: 0,
    }
    .into()
}

pub(super) fn get_state(
    world: &mut World,
    caller: &Caller,
    _: &functions::updates::GetState,
) -> Result<enums::updates::State, RpcError> {
    Ok(state(world, caller))
}

struct Told {
    new: Vec<enums::Message>,
    other: Vec<enums::Update>,
    users: Vec<enums::User>,
    chats: Vec<enums::Chat>,
}

fn tell(world: &World, caller: &Caller, messages: &MessageBox, events: &[Event]) -> Told {
    let (mut new, mut other, mut posts) = (Vec::new(), Vec::new(), Vec::<Post>::new());
    for event in events {
        match &event.kind {
            EventKind::New(id) => {
                if let Some(post) = messages.get(*id) {
                    new.push(render::message(world, caller.account, &post));
                    posts.push(post.into_owned());
                }
            }
            EventKind::Edit(id) => {
                // The newest text is told once.
                let later = events.iter().any(|e| e.pts > event.pts && e.kind == event.kind);
                if !later && let Some(update) = render::update(world, caller.account, event) {
                    other.push(update);
                    posts.extend(messages.get(*id).map(std::borrow::Cow::into_owned));
                }
            }
            _ => other.extend(render::update(world, caller.account, event)),
        }
    }
    let refs: Vec<&Post> = posts.iter().collect();
    let (users, chats) = render::peers(world, caller.account, &refs, &[], false);
    Told {
        new,
        other,
        users,
        chats,
    }
}

fn check_pts(theirs: i32, ours: i32) -> Result<(), RpcError> {
    match theirs {
        0 => Err(RpcError::bad("PERSISTENT_TIMESTAMP_EMPTY")),
        pts if pts < 0 || pts > ours => Err(RpcError::bad("PERSISTENT_TIMESTAMP_INVALID")),
        _ => Ok(()),
    }
}

pub(super) fn get_difference(
    world: &mut World,
    caller: &Caller,
    r: &functions::updates::GetDifference,
) -> Result<enums::updates::Difference, RpcError> {
    let Some(account) = world.account(caller.account) else {
        return Err(RpcError::new(401, "AUTH_KEY_UNREGISTERED"));
    };
    if r.date <= 0 {
        return Err(RpcError::bad("DATE_EMPTY"));
    }
    check_pts(r.pts, account.common.pts)?;
    let (now, seq) = (world.now(), world.seq(caller.account));
    let pending = account.common.since(r.pts);
    let too_long = pending
        .as_ref()
        .is_none_or(|p| p.len() > world.limits.common_too_long);
    let (Some(pending), false) = (pending, too_long) else {
        return Ok(types::updates::DifferenceTooLong {
            pts: account.common.pts,
        }
        .into());
    };
    let slice: Vec<Event> = pending
        .iter()
        .take(world.limits.slice)
        .map(|e| (*e).clone())
        .collect();
    let last = slice.last().map(|e| e.pts);
    let mut told = tell(world, caller, &account.common, &slice);
    let more = pending.len() > slice.len();
    if !more {
        // Channels that changed while the client was away are only named.
        for (id, channel) in &world.channels {
            let changed = channel.messages.events.back().is_some_and(|e| e.date >= r.date);
            if changed && world.can_read(caller.account, ChatId::channel(*id)) {
                told.other.push(
                    types::UpdateChannelTooLong {
                        channel_id: *id,
                        pts: Some(channel.messages.pts),
                    }
                    .into(),
                );
                told.chats
                    .extend(render::chat(world, caller.account, ChatId::channel(*id), false));
            }
        }
    }
    let Told {
        new,
        other,
        users,
        chats,
    } = told;
    if new.is_empty() && other.is_empty() && !more && last.is_none_or(|p| p == r.pts) {
        return Ok(types::updates::DifferenceEmpty { date: now, seq }.into());
    }
    let at = types::updates::State {
        pts: last.unwrap_or(account.common.pts),
        qts: world.qts(caller.account),
        date: now,
        seq,
        unread_count: 0,
    };
    Ok(if more {
        types::updates::DifferenceSlice {
            new_messages: new,
            new_encrypted_messages: vec![],
            other_updates: other,
            chats,
            users,
            intermediate_state: at.into(),
        }
        .into()
    } else {
        types::updates::Difference {
            new_messages: new,
            new_encrypted_messages: vec![],
            other_updates: other,
            chats,
            users,
            state: at.into(),
        }
        .into()
    })
}

pub(super) fn get_channel_difference(
    world: &mut World,
    caller: &Caller,
    r: &functions::updates::GetChannelDifference,
) -> Result<enums::updates::ChannelDifference, RpcError> {
    let chat = input_channel(world, caller, &r.channel)?;
    let channel = chat.channel_id().and_then(|id| world.channels.get(&id));
    let channel = channel.ok_or_else(|| RpcError::bad("CHANNEL_INVALID"))?;
    let messages = &channel.messages;
    check_pts(r.pts, messages.pts)?;
    let pending = messages.since(r.pts);
    let too_long = pending
        .as_ref()
        .is_none_or(|p| p.len() > world.limits.channel_too_long);
    let (Some(pending), false) = (pending, too_long) else {
        return Ok(too_long_answer(world, caller, chat, messages));
    };
    if pending.is_empty() {
        return Ok(types::updates::ChannelDifferenceEmpty {
            r#final: true,
            pts: messages.pts,
            timeout: Some(30),
        }
        .into());
    }
    let limit = r.limit.clamp(1, 100) as usize;
    let slice: Vec<Event> = pending.iter().take(limit).map(|e| (*e).clone()).collect();
    let Told {
        new,
        other,
        users,
        chats,
    } = tell(world, caller, messages, &slice);
    Ok(types::updates::ChannelDifference {
        r#final: pending.len() <= slice.len(),
        pts: slice.last().map_or(messages.pts, |e| e.pts),
        timeout: Some(30),
        new_messages: new,
        other_updates: other,
        chats,
        users,
    }
    .into())
}

fn too_long_answer(
    world: &World,
    caller: &Caller,
    chat: ChatId,
    messages: &MessageBox,
) -> enums::updates::ChannelDifference {
    let newest: Vec<Post> = messages
        .older(chat.0, i32::MAX)
        .take(10)
        .filter_map(|id| messages.get(id))
        .map(std::borrow::Cow::into_owned)
        .collect();
    let refs: Vec<&Post> = newest.iter().collect();
    let (users, chats) = render::peers(world, caller.account, &refs, &[chat], false);
    let top = newest.first().map_or(0, |p| p.id);
    types::updates::ChannelDifferenceTooLong {
        r#final: true,
        timeout: Some(30),
        dialog: types::Dialog {
            pinned: false,
            unread_mark: false,
            view_forum_as_messages: false,
            peer: render::peer(chat.0),
            top_message: top,
            read_inbox_max_id: top,
            read_outbox_max_id: top,
            unread_count: 0,
            unread_mentions_count: 0,
            unread_reactions_count: 0,
            unread_poll_votes_count: 0,
            notify_settings: enums::PeerNotifySettings::Settings(render::zeroed(&[])),
            pts: Some(messages.pts),
            draft: None,
            folder_id: None,
            ttl_period: None,
        }
        .into(),
        messages: newest
            .iter()
            .map(|p| render::message(world, caller.account, p))
            .collect(),
        chats,
        users,
    }
    .into()
}
