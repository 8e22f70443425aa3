//! What a message answers, where it came from, and its topic.

use grammers_tl_types::enums;
use model::{Forward, MessageId, Reply};

use super::peer;

/// The answered message and the forum topic. In a topic every message names the topic's first message as answered; that
/// alone is no answer.
pub(super) fn reply(header: Option<&enums::MessageReplyHeader>) -> (Option<Reply>, Option<MessageId>) {
    let Some(header) = header else { return (None, None) };
    let header = match header {
        enums::MessageReplyHeader::Header(h) => h,
        enums::MessageReplyHeader::MessageReplyStoryHeader(s) => {
            let reply = Reply {
                chat: Some(peer(&s.peer)),
                ..Reply::default()
            };
            return (Some(reply), None);
        }
    };
    let answered = header.reply_to_msg_id.map(MessageId::from);
    let top = header.reply_to_top_id.map(MessageId::from);
    let topic = if header.forum_topic {
        top.or(answered)
    } else {
        None
    };
    if header.forum_topic && top.is_none() && header.quote_text.is_none() && header.reply_to_peer_id.is_none()
    {
        return (None, topic);
    }
    let reply = Reply {
        message_id: answered,
        chat: header.reply_to_peer_id.as_ref().map(peer),
        top_id: top,
        quote: header.quote_text.clone(),
    };
    (Some(reply), topic)
}

pub(super) fn forward(header: &enums::MessageFwdHeader) -> Forward {
    let enums::MessageFwdHeader::Header(header) = header;
    Forward {
        from: header.from_id.as_ref().map(peer),
        from_name: header.from_name.clone(),
        date: i64::from(header.date),
        channel_post: header.channel_post.map(MessageId::from),
        post_author: header.post_author.clone(),
    }
}
