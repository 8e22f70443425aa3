//! The world in Telegram's own types, as one account sees it.

mod files;
mod media;
mod message;
mod peers;
mod updates;

use grammers_tl_types::{Deserializable, enums, types};
use model::ChatId;

pub use files::avatar;
pub use message::{message, reactions_of};
pub use peers::{chat, input_peer, peers, user};
pub use updates::{push, update};

/// When chats and photos were made, unless something else tells.
pub const LONG_AGO: i32 = 1_500_000_000;

/// A value from a prefix of bytes and zeros: numbers 0, texts empty, options none.
pub fn zeroed<T: Deserializable>(prefix: &[u8]) -> T {
    let mut bytes = prefix.to_vec();
    bytes.resize(prefix.len() + 1024, 0);
    match T::from_bytes(&bytes) {
        Ok(value) => value,
        Err(e) => unreachable!("zeros read as any type whose required parts are given: {e}"),
    }
}

/// A marked id as a peer.
pub fn peer(marked: i64) -> enums::Peer {
    let chat = ChatId(marked);
    match (chat.channel_id(), chat.group_id()) {
        (Some(channel_id), _) => types::PeerChannel { channel_id }.into(),
        (None, Some(chat_id)) => types::PeerChat { chat_id }.into(),
        (None, None) => types::PeerUser { user_id: marked }.into(),
    }
}

/// Text without formatting.
pub fn plain(text: &str) -> enums::TextWithEntities {
    types::TextWithEntities {
        text: text.to_owned(),
        entities: vec![],
    }
    .into()
}
