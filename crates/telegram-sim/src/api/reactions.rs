//! Who reacted how.

use grammers_tl_types::{enums, functions, types};

use super::{Caller, chat_of};
use crate::error::RpcError;
use crate::world::render;
use crate::world::{Event, EventKind, World};

pub(super) fn get_messages_reactions(
    world: &mut World,
    caller: &Caller,
    r: &functions::messages::GetMessagesReactions,
) -> Result<enums::Updates, RpcError> {
    let chat = chat_of(world, caller, &r.peer)?;
    let date = world.now();
    let updates =
        r.id.iter()
            .filter_map(|id| {
                let event = Event {
                    pts: 0,
                    pts_count: 0,
                    date,
                    chat: chat.0,
                    kind: EventKind::React(*id),
                };
                render::update(world, caller.account, &event)
            })
            .collect();
    let (users, chats) = render::peers(world, caller.account, &[], &[chat], false);
    Ok(types::Updates {
        updates,
        users,
        chats,
        date,
        seq: 0,
    }
    .into())
}

/// Reactors of one message, page by page; the offset is a number as text.
pub(super) fn get_message_reactions_list(
    world: &mut World,
    caller: &Caller,
    r: &functions::messages::GetMessageReactionsList,
) -> Result<enums::messages::MessageReactionsList, RpcError> {
    let chat = chat_of(world, caller, &r.peer)?;
    let messages = world.message_box(caller.account, chat);
    let post = messages.and_then(|m| m.get(r.id)).filter(|p| p.chat == chat.0);
    let post = post.ok_or_else(|| RpcError::bad("MSG_ID_INVALID"))?;
    if world.is_broadcast(chat.0) {
        return Err(RpcError::new(403, "BROADCAST_FORBIDDEN"));
    }
    let mut all = render::reactions_of(world, caller.account, &post);
    if let Some(wanted) = &r.reaction {
        all.retain(|enums::MessagePeerReaction::Reaction(one)| one.reaction == *wanted);
    }
    let count = all.len();
    let from: usize = match &r.offset {
        None => 0,
        Some(offset) if offset.is_empty() => 0,
        Some(offset) => offset.parse().map_err(|_| RpcError::bad("OFFSET_INVALID"))?,
    };
    let limit = r.limit.clamp(1, 100) as usize;
    let reactions: Vec<_> = all.into_iter().skip(from).take(limit).collect();
    let users = reactions
        .iter()
        .filter_map(|enums::MessagePeerReaction::Reaction(one)| match &one.peer_id {
            enums::Peer::User(user) => Some(render::user(world, caller.account, user.user_id, false)),
            _ => None,
        });
    Ok(types::messages::MessageReactionsList {
        count: count as i32,
        users: users.collect(),
        chats: vec![],
        next_offset: (from + reactions.len() < count).then(|| (from + reactions.len()).to_string()),
        reactions,
    }
    .into())
}
