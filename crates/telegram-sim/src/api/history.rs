//! Messages: pages of history, and by id.

use grammers_tl_types::{enums, functions, types};
use model::ChatId;

use super::{Caller, chat_of, input_channel};
use crate::error::RpcError;
use crate::world::render;
use crate::world::{MessageBox, Post, World};

pub(super) fn messages_of(
    world: &World,
    caller: &Caller,
    chat: ChatId,
    posts: &[Post],
    total: usize,
) -> enums::messages::Messages {
    let refs: Vec<&Post> = posts.iter().collect();
    let (users, chats) = render::peers(world, caller.account, &refs, &[chat], false);
    let messages = posts
        .iter()
        .map(|p| render::message(world, caller.account, p))
        .collect();
    let count = total as i32;
    match chat.channel_id().and_then(|id| world.channels.get(&id)) {
        Some(channel) => types::messages::ChannelMessages {
            inexact: false,
            pts: channel.messages.pts,
            count,
            offset_id_offset: None,
            messages,
            topics: vec![],
            chats,
            users,
        }
        .into(),
        None if posts.len() >= total => types::messages::Messages {
            messages,
            topics: vec![],
            chats,
            users,
        }
        .into(),
        None => types::messages::MessagesSlice {
            inexact: false,
            count,
            next_rate: None,
            offset_id_offset: None,
            search_flood: None,
            messages,
            topics: vec![],
            chats,
            users,
        }
        .into(),
    }
}

/// Ids of a page, newest first. The page begins `add_offset` messages after the first one older than the offset; a
/// negative one reaches into what is newer, and what is missing there is filled with older ones.
fn page(messages: &MessageBox, chat: i64, r: &functions::messages::GetHistory) -> Vec<i32> {
    let limit = r.limit.clamp(1, 100) as usize;
    let below = if r.offset_id > 0 {
        r.offset_id
    } else if r.offset_date > 0 {
        messages.not_before(chat, r.offset_date)
    } else {
        i32::MAX
    };
    let ids: Vec<i32> = if r.add_offset >= 0 {
        messages
            .older(chat, below)
            .skip(r.add_offset as usize)
            .take(limit)
            .collect()
    } else {
        let reach = r.add_offset.unsigned_abs() as usize;
        let mut newer: Vec<i32> = messages.newer(chat, below).take(reach).collect();
        newer.reverse();
        newer.truncate(limit);
        let rest = limit - newer.len();
        newer.extend(messages.older(chat, below).take(rest));
        newer
    };
    ids.into_iter()
        .filter(|id| (r.max_id == 0 || *id < r.max_id) && (r.min_id == 0 || *id > r.min_id))
        .collect()
}

pub(super) fn get_history(
    world: &mut World,
    caller: &Caller,
    r: &functions::messages::GetHistory,
) -> Result<enums::messages::Messages, RpcError> {
    let chat = chat_of(world, caller, &r.peer)?;
    let Some(messages) = world.message_box(caller.account, chat) else {
        return Err(RpcError::bad("PEER_ID_INVALID"));
    };
    let posts: Vec<Post> = page(messages, chat.0, r)
        .into_iter()
        .filter_map(|id| messages.get(id))
        .map(std::borrow::Cow::into_owned)
        .collect();
    let total = messages.count(chat.0);
    Ok(messages_of(world, caller, chat, &posts, total))
}

fn ids(input: &[enums::InputMessage]) -> Result<Vec<i32>, RpcError> {
    if input.len() > 100 {
        return Err(RpcError::bad("MSG_IDS_TOO_MANY"));
    }
    Ok(input
        .iter()
        .filter_map(|i| {
            if let enums::InputMessage::Id(m) = i {
                Some(m.id)
            } else {
                None
            }
        })
        .collect())
}

fn by_ids(
    world: &World,
    caller: &Caller,
    messages: &MessageBox,
    ids: &[i32],
    wanted: impl Fn(&Post) -> bool,
) -> (Vec<enums::Message>, Vec<enums::User>, Vec<enums::Chat>) {
    let found: Vec<Option<Post>> = ids
        .iter()
        .map(|id| {
            messages
                .get(*id)
                .map(std::borrow::Cow::into_owned)
                .filter(|p| wanted(p))
        })
        .collect();
    let refs: Vec<&Post> = found.iter().flatten().collect();
    let (users, chats) = render::peers(world, caller.account, &refs, &[], false);
    let messages = found
        .iter()
        .zip(ids)
        .map(|(post, id)| match post {
            Some(post) => render::message(world, caller.account, post),
            None => types::MessageEmpty {
                id: *id,
                peer_id: None,
            }
            .into(),
        })
        .collect();
    (messages, users, chats)
}

pub(super) fn get_messages(
    world: &mut World,
    caller: &Caller,
    r: &functions::messages::GetMessages,
) -> Result<enums::messages::Messages, RpcError> {
    let ids = ids(&r.id)?;
    let Some(account) = world.account(caller.account) else {
        return Err(RpcError::bad("USER_ID_INVALID"));
    };
    let readable = |p: &Post| !account.dialogs.get(&p.chat).is_some_and(|d| d.lost);
    let (messages, users, chats) = by_ids(world, caller, &account.common, &ids, readable);
    Ok(types::messages::Messages {
        messages,
        topics: vec![],
        chats,
        users,
    }
    .into())
}

pub(super) fn get_channel_messages(
    world: &mut World,
    caller: &Caller,
    r: &functions::channels::GetMessages,
) -> Result<enums::messages::Messages, RpcError> {
    let chat = input_channel(world, caller, &r.channel)?;
    let ids = ids(&r.id)?;
    let channel = chat.channel_id().and_then(|id| world.channels.get(&id));
    let channel = channel.ok_or_else(|| RpcError::bad("CHANNEL_INVALID"))?;
    let (messages, users, chats) = by_ids(world, caller, &channel.messages, &ids, |_| true);
    Ok(types::messages::ChannelMessages {
        inexact: false,
        pts: channel.messages.pts,
        count: ids.len() as i32,
        offset_id_offset: None,
        messages,
        topics: vec![],
        chats,
        users,
    }
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(offset_id: i32, add_offset: i32, limit: i32) -> functions::messages::GetHistory {
        functions::messages::GetHistory {
            peer: enums::InputPeer::PeerSelf,
            offset_id,
            offset_date: 0,
            add_offset,
            limit,
            max_id: 0,
            min_id: 0,
            hash: 0,
        }
    }

    #[test]
    fn pages_begin_where_telegram_begins_them() {
        let mut messages = MessageBox::default();
        for id in (2..=20).step_by(2) {
            messages.put(Post::new(id, 7, 1000 + id, Some(7), "x"));
            messages.put(Post::new(id + 1, 8, 1000 + id, Some(8), "other chat"));
        }
        let ids = |r| page(&messages, 7, &r);
        assert_eq!(ids(request(0, 0, 3)), [20, 18, 16]);
        assert_eq!(ids(request(10, 0, 2)), [8, 6]);
        assert_eq!(ids(request(10, 1, 2)), [6, 4]);
        assert_eq!(ids(request(10, -2, 2)), [12, 10]);
        assert_eq!(ids(request(10, -2, 4)), [12, 10, 8, 6]);
        assert_eq!(ids(request(1, -3, 3)), [6, 4, 2]);
        assert_eq!(
            ids(request(21, -5, 3)),
            [20, 18, 16],
            "nothing newer: filled with older ones"
        );
        let mut by_date = request(0, 0, 2);
        by_date.offset_date = 1010;
        assert_eq!(ids(by_date), [8, 6]);
        let mut bounded = request(0, 0, 100);
        (bounded.min_id, bounded.max_id) = (6, 12);
        assert_eq!(ids(bounded), [10, 8]);
    }
}
