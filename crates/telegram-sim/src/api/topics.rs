//! The topics of forums.

use grammers_tl_types::{enums, functions, types};
use model::ChatId;

use super::{Caller, chat_of};
use crate::error::RpcError;
use crate::world::render::{self, zeroed};
use crate::world::{Channel, World};

fn forum<'w>(world: &'w World, caller: &Caller, peer: &enums::InputPeer) -> Result<&'w Channel, RpcError> {
    let chat = chat_of(world, caller, peer)?;
    let channel = chat.channel_id().and_then(|id| world.channels.get(&id));
    channel
        .filter(|c| c.forum)
        .ok_or_else(|| RpcError::bad("CHANNEL_FORUM_MISSING"))
}

fn topic(caller: &Caller, forum: &Channel, id: i32, title: &str) -> enums::ForumTopic {
    let first = forum.messages.get(id);
    let top = forum.topic_top(id).unwrap_or(id);
    let creator = first.as_ref().and_then(|p| p.from).unwrap_or(caller.account);
    types::ForumTopic {
        my: creator == caller.account,
        closed: false,
        pinned: false,
        short: false,
        hidden: false,
        title_missing: false,
        id,
        date: first.map_or(render::LONG_AGO, |p| p.date),
        peer: render::peer(ChatId::channel(forum.id).0),
        title: title.to_owned(),
        icon_color: 0x006F_B9F0,
        icon_emoji_id: None,
        top_message: top,
        read_inbox_max_id: top,
        read_outbox_max_id: top,
        unread_count: 0,
        unread_mentions_count: 0,
        unread_reactions_count: 0,
        unread_poll_votes_count: 0,
        from_id: render::peer(creator),
        notify_settings: enums::PeerNotifySettings::Settings(zeroed(&[])),
        draft: None,
    }
    .into()
}

fn answer(
    world: &World,
    caller: &Caller,
    forum: &Channel,
    topics: Vec<enums::ForumTopic>,
) -> enums::messages::ForumTopics {
    let tops: Vec<_> = topics
        .iter()
        .filter_map(|t| match t {
            enums::ForumTopic::Topic(t) => forum.messages.get(t.top_message),
            enums::ForumTopic::Deleted(_) => None,
        })
        .collect();
    let posts: Vec<_> = tops.iter().map(AsRef::as_ref).collect();
    let (users, chats) = render::peers(world, caller.account, &posts, &[ChatId::channel(forum.id)], false);
    types::messages::ForumTopics {
        order_by_create_date: true,
        count: forum.topics.len() as i32,
        topics,
        messages: posts
            .iter()
            .map(|p| render::message(world, caller.account, p))
            .collect(),
        chats,
        users,
        pts: forum.messages.pts,
    }
    .into()
}

pub(super) fn get_forum_topics(
    world: &mut World,
    caller: &Caller,
    r: &functions::messages::GetForumTopics,
) -> Result<enums::messages::ForumTopics, RpcError> {
    let forum = forum(world, caller, &r.peer)?;
    let below = if r.offset_topic == 0 {
        i32::MAX
    } else {
        r.offset_topic
    };
    let asked = |title: &str| {
        r.q.as_ref()
            .is_none_or(|q| title.to_lowercase().contains(&q.to_lowercase()))
    };
    let mut topics: Vec<_> = forum
        .topics
        .iter()
        .filter(|(id, title)| *id < below && asked(title))
        .collect();
    topics.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    topics.truncate(r.limit.clamp(1, 100) as usize);
    let topics = topics
        .into_iter()
        .map(|(id, title)| topic(caller, forum, *id, title))
        .collect();
    Ok(answer(world, caller, forum, topics))
}

pub(super) fn get_forum_topics_by_id(
    world: &mut World,
    caller: &Caller,
    r: &functions::messages::GetForumTopicsById,
) -> Result<enums::messages::ForumTopics, RpcError> {
    let forum = forum(world, caller, &r.peer)?;
    let named = |id: &i32| match forum.topics.iter().find(|(known, _)| known == id) {
        Some((id, title)) => topic(caller, forum, *id, title),
        None => types::ForumTopicDeleted { id: *id }.into(),
    };
    let topics = r.topics.iter().map(named).collect();
    Ok(answer(world, caller, forum, topics))
}
