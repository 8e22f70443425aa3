//! Messages, their reactions and what they answer.

use std::sync::LazyLock;

use grammers_tl_types::{Serializable, enums, types};
use model::ChatId;

use super::media::media;
use super::{peer, zeroed};
use crate::world::World;
use crate::world::post::{Forward, Post};

/// A message with nothing in it.
static EMPTY: LazyLock<types::Message> = LazyLock::new(|| {
    let mut prefix = vec![0; 12];
    peer(1).serialize(&mut prefix);
    zeroed(&prefix)
});

fn reaction(name: &str) -> enums::Reaction {
    if name == "paid" {
        return enums::Reaction::Paid;
    }
    match name.strip_prefix("custom_").and_then(|id| id.parse().ok()) {
        Some(document_id) => types::ReactionCustomEmoji { document_id }.into(),
        None => types::ReactionEmoji {
            emoticon: name.to_owned(),
        }
        .into(),
    }
}

/// Who reacted how: as many of the counted ones as are known by name. Nobody is named in a broadcast channel.
pub fn reactions_of(world: &World, viewer: i64, post: &Post) -> Vec<enums::MessagePeerReaction> {
    let people = world.people_of(viewer, post.chat);
    let mut next = people.iter().copied().cycle().take(people.len());
    let mut all = Vec::new();
    for (name, count) in &post.reactions {
        for user in next.by_ref().take(*count as usize) {
            let one = types::MessagePeerReaction {
                big: false,
                unread: false,
                my: user == viewer,
                peer_id: peer(user),
                date: post.date + 1,
                reaction: reaction(name),
            };
            all.push(one.into());
        }
    }
    all
}

pub(super) fn reactions(world: &World, viewer: i64, post: &Post) -> Option<enums::MessageReactions> {
    if post.reactions.is_empty() {
        return None;
    }
    let mut recent = reactions_of(world, viewer, post);
    let own: Vec<_> = recent
        .iter()
        .map(|enums::MessagePeerReaction::Reaction(one)| one)
        .filter(|one| one.my)
        .map(|one| one.reaction.clone())
        .collect();
    let results = post.reactions.iter().map(|(name, count)| {
        let reaction = reaction(name);
        types::ReactionCount {
            chosen_order: own.iter().position(|o| *o == reaction).map(|place| place as i32),
            reaction,
            count: *count,
        }
        .into()
    });
    let results = results.collect();
    recent.truncate(3);
    Some(
        types::MessageReactions {
            min: false,
            can_see_list: !recent.is_empty(),
            reactions_as_tags: false,
            results,
            recent_reactions: (!recent.is_empty()).then_some(recent),
            top_reactors: None,
        }
        .into(),
    )
}

/// What is said of a message whose reactions were all taken back.
pub(super) fn no_reactions() -> enums::MessageReactions {
    types::MessageReactions {
        min: false,
        can_see_list: false,
        reactions_as_tags: false,
        results: vec![],
        recent_reactions: None,
        top_reactors: None,
    }
    .into()
}

pub(super) fn reply(post: &Post) -> Option<enums::MessageReplyHeader> {
    let to = post.reply_to.or(post.topic)?;
    let base: types::MessageReplyHeader = zeroed(&[]);
    Some(
        types::MessageReplyHeader {
            forum_topic: post.topic.is_some(),
            quote: post.quote.is_some(),
            reply_to_msg_id: Some(to),
            reply_to_peer_id: post.reply_chat.map(peer),
            reply_to_top_id: post.topic.filter(|t| *t != to),
            quote_text: post.quote.clone(),
            quote_offset: post.quote.is_some().then_some(0),
            ..base
        }
        .into(),
    )
}

pub(super) fn forward(post: &Post) -> Option<enums::MessageFwdHeader> {
    let Forward {
        author,
        name,
        date,
        channel_post,
        post_author,
    } = post.forward.clone()?;
    let base: types::MessageFwdHeader = zeroed(&[]);
    Some(
        types::MessageFwdHeader {
            from_id: author.map(peer),
            from_name: name,
            date,
            channel_post,
            post_author,
            ..base
        }
        .into(),
    )
}

fn replies(world: &World, post: &Post) -> Option<enums::MessageReplies> {
    // Comments under a post stand in another chat; the simulator has none and names the channel itself.
    let comments_in = ChatId(post.chat)
        .channel_id()
        .filter(|_| world.is_broadcast(post.chat));
    post.replies.map(|replies| {
        types::MessageReplies {
            comments: comments_in.is_some(),
            replies,
            replies_pts: replies,
            recent_repliers: None,
            channel_id: comments_in,
            max_id: None,
            read_max_id: None,
        }
        .into()
    })
}

fn service(post: &Post, out: bool, action: &enums::MessageAction) -> enums::Message {
    types::MessageService {
        out,
        mentioned: false,
        media_unread: false,
        reactions_are_possible: false,
        silent: post.silent,
        post: post.chat < 0 && post.from.is_none(),
        legacy: false,
        id: post.id,
        from_id: sender(post),
        peer_id: peer(post.chat),
        saved_peer_id: None,
        reply_to: reply(post),
        date: post.date,
        action: action.clone(),
        reactions: None,
        ttl_period: post.ttl_period,
    }
    .into()
}

/// The other side of a private chat is not named again as the sender.
fn sender(post: &Post) -> Option<enums::Peer> {
    post.from.filter(|f| post.chat < 0 || *f != post.chat).map(peer)
}

/// A message as `viewer` sees it.
pub fn message(world: &World, viewer: i64, post: &Post) -> enums::Message {
    let out = post.from == Some(viewer);
    if let Some(action) = &post.action {
        return service(post, out, action);
    }
    types::Message {
        out,
        silent: post.silent,
        post: post.chat < 0 && post.from.is_none(),
        edit_hide: post.edit_hide,
        pinned: post.pinned,
        noforwards: post.noforwards,
        id: post.id,
        from_id: sender(post),
        peer_id: peer(post.chat),
        saved_peer_id: (post.chat == viewer).then(|| peer(viewer)),
        fwd_from: forward(post),
        via_bot_id: post.via_bot,
        reply_to: reply(post),
        date: post.date,
        message: post.text.clone(),
        media: post.media.as_ref().map(|m| media(world, viewer, m)),
        entities: (!post.entities.is_empty()).then(|| post.entities.clone()),
        views: post.views.map(|(v, _)| v),
        forwards: post.views.map(|(_, f)| f),
        replies: replies(world, post),
        edit_date: post.edit_date,
        post_author: post.post_author.clone(),
        grouped_id: post.grouped_id,
        reactions: reactions(world, viewer, post),
        ttl_period: post.ttl_period,
        ..EMPTY.clone()
    }
    .into()
}

#[cfg(test)]
mod tests {
    use grammers_tl_types::{Deserializable, Serializable, enums};

    use super::message;
    use crate::scenario;

    #[test]
    fn every_kind_of_message_reads_back_as_it_was_written() {
        let world = scenario::small(1);
        let account = world.account(scenario::ACCOUNT).unwrap();
        let mut seen = 0;
        for chat in account.dialogs.keys() {
            let messages = world
                .message_box(scenario::ACCOUNT, model::ChatId(*chat))
                .unwrap();
            for id in messages.newer(*chat, 1) {
                let post = messages.get(id).unwrap();
                let written = message(&world, scenario::ACCOUNT, &post);
                let read = enums::Message::from_bytes(&written.to_bytes());
                assert_eq!(read.ok(), Some(written), "{:?} {:?}", post.media, post.action);
                seen += 1;
            }
        }
        assert!(seen > 300);
    }
}
