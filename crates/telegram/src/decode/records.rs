//! Topics, dialog filters and contacts.

use grammers_tl_types::{self as tl, enums};
use model::{CapturedRecord, ChatId, RecordKind, Seen};
use serde_json::json;

use super::poll::text;
use super::{peer, raw};

/// A topic of a forum; `None` for one that was deleted.
pub(crate) fn topic(chat: ChatId, object: &enums::ForumTopic, seen: Seen) -> Option<CapturedRecord> {
    let enums::ForumTopic::Topic(t) = object else {
        return None;
    };
    Some(CapturedRecord {
        seen,
        kind: RecordKind::Topic,
        key: format!("{chat}/{}", t.id),
        data: json!({
            "title": t.title,
            "date": t.date,
            "icon_color": t.icon_color,
            "icon_emoji_id": t.icon_emoji_id,
            "closed": t.closed,
            "pinned": t.pinned,
            "hidden": t.hidden,
            "created_by": peer(&t.from_id),
            "top_message": t.top_message,
        }),
        raw: raw(object),
        layer: tl::LAYER,
    })
}

/// A dialog filter; `None` for "all chats".
pub(crate) fn folder(object: &enums::DialogFilter, seen: Seen, me: Option<i64>) -> Option<CapturedRecord> {
    let ids = |peers: &[enums::InputPeer]| -> Vec<ChatId> {
        peers.iter().filter_map(|p| input_peer(p, me)).collect()
    };
    let (id, data) = match object {
        enums::DialogFilter::Default => return None,
        enums::DialogFilter::Filter(f) => (
            f.id,
            json!({
                "title": text(&f.title),
                "emoticon": f.emoticon,
                "pinned": ids(&f.pinned_peers),
                "include": ids(&f.include_peers),
                "exclude": ids(&f.exclude_peers),
                "contacts": f.contacts,
                "non_contacts": f.non_contacts,
                "groups": f.groups,
                "broadcasts": f.broadcasts,
                "bots": f.bots,
                "exclude_muted": f.exclude_muted,
                "exclude_read": f.exclude_read,
                "exclude_archived": f.exclude_archived,
            }),
        ),
        enums::DialogFilter::Chatlist(f) => (
            f.id,
            json!({
                "title": text(&f.title),
                "emoticon": f.emoticon,
                "pinned": ids(&f.pinned_peers),
                "include": ids(&f.include_peers),
            }),
        ),
    };
    Some(CapturedRecord {
        seen,
        kind: RecordKind::Folder,
        key: id.to_string(),
        data,
        raw: raw(object),
        layer: tl::LAYER,
    })
}

fn input_peer(peer: &enums::InputPeer, me: Option<i64>) -> Option<ChatId> {
    use enums::InputPeer as P;
    match peer {
        P::User(p) => Some(ChatId::user(p.user_id)),
        P::Chat(p) => Some(ChatId::group(p.chat_id)),
        P::Channel(p) => Some(ChatId::channel(p.channel_id)),
        P::PeerSelf => me.map(ChatId::user),
        P::UserFromMessage(p) => Some(ChatId::user(p.user_id)),
        P::ChannelFromMessage(p) => Some(ChatId::channel(p.channel_id)),
        P::Empty => None,
    }
}

/// A contact.
pub(crate) fn contact(object: &enums::Contact, seen: Seen) -> CapturedRecord {
    let enums::Contact::Contact(c) = object;
    CapturedRecord {
        seen,
        kind: RecordKind::Contact,
        key: c.user_id.to_string(),
        data: json!({ "mutual": c.mutual }),
        raw: raw(object),
        layer: tl::LAYER,
    }
}
