//! Reactions and counters.

use grammers_tl_types::enums;
use model::{Counters, Reaction, Reactions};

use super::peer;

/// All reactions of a message. A `min` form does not tell which are ours.
pub(crate) fn reactions(reactions: &enums::MessageReactions) -> Reactions {
    let enums::MessageReactions::Reactions(all) = reactions;
    let counts = all.results.iter().filter_map(|r| {
        let enums::ReactionCount::Count(r) = r;
        let count = i64::from(r.count);
        Some(Reaction {
            reaction: name(&r.reaction)?,
            count,
            chosen: r.chosen_order.is_some(),
        })
    });
    let recent = all.recent_reactions.iter().flatten().filter_map(|r| {
        let enums::MessagePeerReaction::Reaction(r) = r;
        Some((peer(&r.peer_id), name(&r.reaction)?, i64::from(r.date)))
    });
    Reactions {
        counts: counts.collect(),
        recent: recent.collect(),
    }
}

fn name(reaction: &enums::Reaction) -> Option<String> {
    match reaction {
        enums::Reaction::Emoji(r) => Some(r.emoticon.clone()),
        enums::Reaction::CustomEmoji(r) => Some(format!("custom_{}", r.document_id)),
        enums::Reaction::Paid => Some("paid".to_owned()),
        enums::Reaction::Empty => None,
    }
}

pub(super) fn counters(
    views: Option<i32>,
    forwards: Option<i32>,
    replies: Option<&enums::MessageReplies>,
) -> Counters {
    Counters {
        views: views.map(i64::from),
        forwards: forwards.map(i64::from),
        replies: replies.map(|enums::MessageReplies::Replies(r)| i64::from(r.replies)),
    }
}
