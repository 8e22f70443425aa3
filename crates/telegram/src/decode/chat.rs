//! Groups, supergroups and channels.

use grammers_tl_types::{self as tl, enums, types};
use model::{CapturedChat, ChatId, ChatKind, FileLocation, Seen};

use super::raw;
use super::user::{active_username, avatar, reduced};

/// A chat as captured; `None` for what is no chat with messages.
pub(crate) fn chat(object: &enums::Chat, seen: Seen) -> Option<CapturedChat> {
    use enums::Chat as C;
    let bare = |id, kind| CapturedChat {
        seen,
        id,
        kind,
        min: false,
        title: String::new(),
        username: None,
        participants_count: None,
        inaccessible: false,
        migrated_to: None,
        migrated_from: None,
        photo: None,
        raw: raw(object),
        layer: tl::LAYER,
    };
    Some(match object {
        C::Chat(c) => group(c, bare(ChatId::group(c.id), ChatKind::Group)),
        C::Forbidden(c) => CapturedChat {
            title: c.title.clone(),
            inaccessible: true,
            ..bare(ChatId::group(c.id), ChatKind::Group)
        },
        C::Channel(c) => channel(c, bare(ChatId::channel(c.id), channel_kind(c.broadcast, c.forum))),
        C::ChannelForbidden(c) => CapturedChat {
            title: c.title.clone(),
            inaccessible: true,
            ..bare(ChatId::channel(c.id), channel_kind(c.broadcast, false))
        },
        C::Empty(_) | C::Community(_) | C::CommunityForbidden(_) => return None,
    })
}

fn group(c: &types::Chat, bare: CapturedChat) -> CapturedChat {
    CapturedChat {
        title: c.title.clone(),
        participants_count: Some(i64::from(c.participants_count)),
        // A group that became a supergroup can still be read.
        inaccessible: c.left && c.migrated_to.is_none(),
        migrated_to: match &c.migrated_to {
            Some(enums::InputChannel::Channel(to)) => Some(ChatId::channel(to.channel_id)),
            _ => None,
        },
        photo: photo(&c.photo, 0),
        ..bare
    }
}

fn channel(c: &types::Channel, bare: CapturedChat) -> CapturedChat {
    CapturedChat {
        min: c.min,
        title: c.title.clone(),
        username: c
            .username
            .clone()
            .or_else(|| active_username(c.usernames.as_deref())),
        participants_count: c.participants_count.map(i64::from),
        // One that was left can be read if it is public.
        inaccessible: c.left && c.username.is_none() && c.usernames.is_none(),
        photo: photo(&c.photo, reduced(c.min, c.access_hash)),
        ..bare
    }
}

const fn channel_kind(broadcast: bool, forum: bool) -> ChatKind {
    if broadcast {
        ChatKind::Channel
    } else if forum {
        ChatKind::Forum
    } else {
        ChatKind::Supergroup
    }
}

fn photo(photo: &enums::ChatPhoto, access_hash: i64) -> Option<FileLocation> {
    match photo {
        enums::ChatPhoto::Photo(p) => Some(avatar(p.photo_id, p.dc_id, access_hash)),
        enums::ChatPhoto::Empty => None,
    }
}
