//! Events as updates.

use grammers_tl_types::{enums, types};
use model::ChatId;

use super::message::{message, no_reactions, reactions, reply};
use super::{peer, peers};
use crate::world::World;
use crate::world::boxes::{Event, EventKind};
use crate::world::post::Post;

/// The update of an event as `viewer` gets it; `None`: its message is gone meanwhile.
pub fn update(world: &World, viewer: i64, event: &Event) -> Option<enums::Update> {
    let chat = ChatId(event.chat);
    let messages = world.message_box(viewer, chat)?;
    let (pts, pts_count) = (event.pts, event.pts_count);
    let channel = chat.channel_id();
    let shown = |id: i32| messages.get(id).map(|p| message(world, viewer, &p));
    Some(match (&event.kind, channel) {
        (EventKind::New(id), None) => types::UpdateNewMessage {
            message: shown(*id)?,
            pts,
            pts_count,
        }
        .into(),
        (EventKind::New(id), Some(_)) => types::UpdateNewChannelMessage {
            message: shown(*id)?,
            pts,
            pts_count,
        }
        .into(),
        (EventKind::Edit(id), None) => types::UpdateEditMessage {
            message: shown(*id)?,
            pts,
            pts_count,
        }
        .into(),
        (EventKind::Edit(id), Some(_)) => types::UpdateEditChannelMessage {
            message: shown(*id)?,
            pts,
            pts_count,
        }
        .into(),
        (EventKind::Delete(ids), None) => types::UpdateDeleteMessages {
            messages: ids.clone(),
            pts,
            pts_count,
        }
        .into(),
        (EventKind::Delete(ids), Some(channel_id)) => types::UpdateDeleteChannelMessages {
            channel_id,
            messages: ids.clone(),
            pts,
            pts_count,
        }
        .into(),
        (EventKind::Pin(ids, pinned), None) => types::UpdatePinnedMessages {
            pinned: *pinned,
            peer: peer(event.chat),
            messages: ids.clone(),
            pts,
            pts_count,
        }
        .into(),
        (EventKind::Pin(ids, pinned), Some(channel_id)) => types::UpdatePinnedChannelMessages {
            pinned: *pinned,
            channel_id,
            messages: ids.clone(),
            pts,
            pts_count,
        }
        .into(),
        (EventKind::React(id), _) => {
            let post = messages.get(*id)?;
            types::UpdateMessageReactions {
                peer: peer(event.chat),
                msg_id: *id,
                top_msg_id: None,
                saved_peer_id: None,
                reactions: reactions(world, viewer, &post).unwrap_or_else(no_reactions),
            }
            .into()
        }
    })
}

/// What is pushed of an event. Plain texts come in the short forms now and then, as from Telegram, and what names
/// nobody comes without a container.
pub fn push(world: &World, viewer: i64, event: &Event) -> Option<enums::Updates> {
    let chat = ChatId(event.chat);
    let messages = world.message_box(viewer, chat)?;
    let post = match &event.kind {
        EventKind::New(id) | EventKind::Edit(id) | EventKind::React(id) => messages.get(*id),
        _ => None,
    };
    if matches!(event.kind, EventKind::New(_))
        && let Some(short) = post.as_ref().and_then(|post| short(world, viewer, event, post))
    {
        return Some(short);
    }
    if let (EventKind::Delete(_), None) = (&event.kind, chat.channel_id()) {
        let update = update(world, viewer, event)?;
        let date = event.date;
        return Some(types::UpdateShort { update, date }.into());
    }
    let posts: Vec<&Post> = post.iter().map(AsRef::as_ref).collect();
    let (users, chats) = peers(world, viewer, &posts, &[chat], true);
    let update = update(world, viewer, event)?;
    Some(
        types::Updates {
            updates: vec![update],
            users,
            chats,
            date: event.date,
            seq: 0,
        }
        .into(),
    )
}

/// The short form of a plain text in a private chat or basic group: it names nobody, so both must be known.
fn short(world: &World, viewer: i64, event: &Event, post: &Post) -> Option<enums::Updates> {
    let Event { pts, pts_count, .. } = *event;
    let chat = ChatId(post.chat);
    let is_plain = post.media.is_none()
        && post.action.is_none()
        && post.forward.is_none()
        && post.grouped_id.is_none()
        && !post.noforwards;
    let known = |id: i64| {
        world
            .account(viewer)
            .is_some_and(|a| a.dialogs.contains_key(&id) || id == viewer)
    };
    if post.id % 3 != 0 || !is_plain || post.chat == viewer || !known(post.chat) {
        return None;
    }
    let entities = (!post.entities.is_empty()).then(|| post.entities.clone());
    if let Some(user_id) = chat.user_id() {
        let update = types::UpdateShortMessage {
            out: post.from == Some(viewer),
            mentioned: false,
            media_unread: false,
            silent: post.silent,
            id: post.id,
            user_id,
            message: post.text.clone(),
            pts,
            pts_count,
            date: post.date,
            fwd_from: None,
            via_bot_id: post.via_bot,
            reply_to: reply(post),
            entities,
            ttl_period: post.ttl_period,
        };
        return Some(update.into());
    }
    let from_id = post.from.filter(|from| known(*from))?;
    let update = types::UpdateShortChatMessage {
        out: from_id == viewer,
        mentioned: false,
        media_unread: false,
        silent: post.silent,
        id: post.id,
        from_id,
        chat_id: chat.group_id()?,
        message: post.text.clone(),
        pts,
        pts_count,
        date: post.date,
        fwd_from: None,
        via_bot_id: post.via_bot,
        reply_to: reply(post),
        entities,
        ttl_period: post.ttl_period,
    };
    Some(update.into())
}
