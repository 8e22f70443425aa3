//! Messages.

use grammers_tl_types::{self as tl, enums, types};
use model::{
    Attachment, CapturedMessage, ChatId, Content, MessageFlags, MessageHead, MessageId, MessageKind, Origin,
};

use super::entities::entities;
use super::media::media;
use super::reactions::{counters, reactions};
use super::reply::{forward, reply};
use super::service::action;
use super::{Context, peer, raw};

/// The id of any form of a message.
pub(crate) const fn message_id(message: &enums::Message) -> MessageId {
    match message {
        enums::Message::Empty(m) => m.id as MessageId,
        enums::Message::Message(m) => m.id as MessageId,
        enums::Message::Service(m) => m.id as MessageId,
    }
}

/// The chat it stands in; a `messageEmpty` may not tell.
pub(crate) fn message_chat(message: &enums::Message) -> Option<ChatId> {
    match message {
        enums::Message::Empty(m) => m.peer_id.as_ref().map(peer),
        enums::Message::Message(m) => Some(peer(&m.peer_id)),
        enums::Message::Service(m) => Some(peer(&m.peer_id)),
    }
}

/// A message as captured; `None` for `messageEmpty`, which is no message.
pub(crate) fn message(message: &enums::Message, origin: Origin, at: Context) -> Option<CapturedMessage> {
    let mut captured = match message {
        enums::Message::Empty(_) => return None,
        enums::Message::Message(m) => plain(m, at),
        enums::Message::Service(m) => service(m, at),
    };
    captured.origin = origin;
    captured.raw = raw(message);
    Some(captured)
}

fn plain(m: &types::Message, at: Context) -> CapturedMessage {
    let (kind, attachment) = media(m.media.as_ref());
    let (reply, topic_id) = reply(m.reply_to.as_ref());
    let head = MessageHead {
        chat: Some(peer(&m.peer_id)),
        sender: sender(m.from_id.as_ref(), &m.peer_id, m.out, m.post, at),
        date: i64::from(m.date),
        flags: MessageFlags {
            out: m.out,
            post: m.post,
            silent: m.silent,
            noforwards: m.noforwards,
            from_scheduled: m.from_scheduled,
        },
        via_bot: m.via_bot_id,
        post_author: m.post_author.clone(),
        grouped_id: m.grouped_id,
        topic_id,
        reply,
        forward: m.fwd_from.as_ref().map(forward),
        ttl_seconds: m.ttl_period.map(i64::from),
    };
    // A kind without text and media that we know lives in the raw bytes alone.
    let unread = m.rich_message.is_some() && m.message.is_empty() && attachment.is_none();
    let content = Content {
        text: m.message.clone(),
        entities: entities(m.entities.as_ref()),
        attachment: if unread {
            Some(Attachment::Other {
                constructor: "richMessage".to_owned(),
            })
        } else {
            attachment
        },
        service: None,
    };
    let hash = content.hash();
    CapturedMessage {
        seen: at.seen,
        origin: Origin::Page,
        id: MessageId::from(m.id),
        kind: if unread { MessageKind::Unknown } else { kind },
        head,
        edit_date: m.edit_date.map_or(0, i64::from),
        edit_hide: m.edit_hide,
        content,
        hash,
        counters: counters(m.views, m.forwards, m.replies.as_ref()),
        reactions: m.reactions.as_ref().map(reactions),
        pinned: m.pinned,
        raw: bytes::Bytes::new(),
        layer: tl::LAYER,
    }
}

fn service(m: &types::MessageService, at: Context) -> CapturedMessage {
    let (reply, topic_id) = reply(m.reply_to.as_ref());
    let topic_id = match &m.action {
        enums::MessageAction::TopicCreate(_) => Some(MessageId::from(m.id)),
        _ => topic_id,
    };
    let content = Content {
        service: Some(action(&m.action)),
        ..Content::default()
    };
    let hash = content.hash();
    CapturedMessage {
        seen: at.seen,
        origin: Origin::Page,
        id: MessageId::from(m.id),
        kind: MessageKind::Service,
        head: MessageHead {
            chat: Some(peer(&m.peer_id)),
            sender: sender(m.from_id.as_ref(), &m.peer_id, m.out, m.post, at),
            date: i64::from(m.date),
            flags: MessageFlags {
                out: m.out,
                post: m.post,
                silent: m.silent,
                ..MessageFlags::default()
            },
            topic_id,
            reply,
            ttl_seconds: m.ttl_period.map(i64::from),
            ..MessageHead::default()
        },
        edit_date: 0,
        edit_hide: false,
        content,
        hash,
        counters: counters(None, None, None),
        reactions: m.reactions.as_ref().map(reactions),
        pinned: false,
        raw: bytes::Bytes::new(),
        layer: tl::LAYER,
    }
}

/// Telegram leaves the sender out where it follows from the chat.
fn sender(
    from: Option<&enums::Peer>,
    chat: &enums::Peer,
    out: bool,
    post: bool,
    at: Context,
) -> Option<ChatId> {
    match (from, chat) {
        (Some(from), _) => Some(peer(from)),
        (None, enums::Peer::User(_)) if out => at.me.map(ChatId::user),
        (None, enums::Peer::User(user)) if !post => Some(ChatId::user(user.user_id)),
        _ => None,
    }
}
