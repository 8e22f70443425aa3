//! Users.

use grammers_tl_types::{self as tl, enums};
use model::{CapturedUser, ChatId, FileKind, FileLocation, Seen};

use super::raw;

/// A user as captured; `None` for `userEmpty`.
pub(crate) fn user(object: &enums::User, seen: Seen) -> Option<CapturedUser> {
    let enums::User::User(user) = object else {
        return None;
    };
    let photo = match &user.photo {
        Some(enums::UserProfilePhoto::Photo(p)) => {
            Some(avatar(p.photo_id, p.dc_id, reduced(user.min, user.access_hash)))
        }
        _ => None,
    };
    Some(CapturedUser {
        seen,
        id: user.id,
        min: user.min,
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        username: user
            .username
            .clone()
            .or_else(|| active_username(user.usernames.as_deref())),
        phone: user.phone.clone(),
        is_self: user.is_self,
        bot: user.bot,
        deleted: user.deleted,
        contact: user.contact,
        photo,
        raw: raw(object),
        layer: tl::LAYER,
    })
}

/// The first of several usernames that is in use.
pub(super) fn active_username(names: Option<&[enums::Username]>) -> Option<String> {
    names?
        .iter()
        .find_map(|enums::Username::Username(name)| name.active.then(|| name.username.clone()))
}

/// The hash of a `min` peer, good for its avatar and nothing else (core.telegram.org/api/min); 0: there is none.
pub(super) fn reduced(min: bool, access_hash: Option<i64>) -> i64 {
    access_hash.filter(|_| min).unwrap_or_default()
}

/// An avatar; fetched through its owner, so it needs no reference, and of the owner's hash only a reduced one.
pub(super) fn avatar(photo_id: i64, dc_id: i32, access_hash: i64) -> FileLocation {
    FileLocation {
        kind: FileKind::PeerPhoto,
        file_id: photo_id,
        dc_id,
        access_hash,
        ..FileLocation::default()
    }
}

/// Saved messages are the chat with oneself.
pub(super) fn is_me(chat: ChatId, me: Option<i64>) -> bool {
    chat.user_id().is_some() && chat.user_id() == me
}
