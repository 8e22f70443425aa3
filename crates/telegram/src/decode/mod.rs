//! From TL to the model. Nothing here asks Telegram anything; whatever cannot be read stays in the raw bytes.

mod chat;
mod dialog;
mod entities;
mod file;
#[cfg(test)]
mod mangled;
mod media;
mod message;
mod poll;
mod raw;
mod reactions;
mod records;
mod reply;
mod service;
#[cfg(test)]
mod tests;
mod user;
mod webpage;

use grammers_tl_types as tl;
use model::{Capture, ChatId, Seen};

pub(crate) use chat::chat;
pub(crate) use dialog::dialog;
pub(crate) use message::{message, message_chat, message_id};
pub(crate) use raw::{constructor_of, raw};
pub(crate) use reactions::reactions;
pub(crate) use records::{contact, folder, topic};
pub(crate) use user::user;

/// What decoding needs to know besides the object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    /// The stamp of the capture.
    pub(crate) seen: Seen,
    /// Who is logged in: the sender of own messages in private chats.
    pub(crate) me: Option<i64>,
}

/// A peer as marked id.
pub(crate) const fn peer(peer: &tl::enums::Peer) -> ChatId {
    match peer {
        tl::enums::Peer::User(p) => ChatId::user(p.user_id),
        tl::enums::Peer::Chat(p) => ChatId::group(p.chat_id),
        tl::enums::Peer::Channel(p) => ChatId::channel(p.channel_id),
    }
}

/// The users and chats of an answer as captures.
pub(crate) fn peers(users: &[tl::enums::User], chats: &[tl::enums::Chat], context: Context) -> Vec<Capture> {
    let users = users
        .iter()
        .filter_map(|u| user(u, context.seen))
        .map(|u| Capture::User(Box::new(u)));
    let chats = chats
        .iter()
        .filter_map(|c| chat(c, context.seen))
        .map(|c| Capture::Chat(Box::new(c)));
    users.chain(chats).collect()
}
