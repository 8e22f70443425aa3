//! Raw bytes: law 7 keeps everything that Telegram sent.

use std::cell::RefCell;

use bytes::Bytes;
use grammers_tl_types::{Serializable, name_for_id};

/// zstd's level: the best size per time for objects of some hundred bytes.
const LEVEL: i32 = 3;

thread_local! {
    static COMPRESSOR: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
}

/// zstd (level 3, no checksum) of the TL bytes of a boxed object.
pub(crate) fn raw(object: &impl Serializable) -> Bytes {
    let bytes = object.to_bytes();
    COMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = new_compressor();
        }
        // Compressing into memory fails for lack of memory only; uncompressed bytes would be unreadable later.
        slot.as_mut()
            .and_then(|c| c.compress(&bytes).ok())
            .map(Bytes::from)
            .unwrap_or_default()
    })
}

fn new_compressor() -> Option<zstd::bulk::Compressor<'static>> {
    let mut compressor = zstd::bulk::Compressor::new(LEVEL).ok()?;
    compressor.include_checksum(false).ok()?;
    Some(compressor)
}

/// Telegram's name of a boxed object's constructor.
pub(crate) fn constructor_of(object: &impl Serializable) -> String {
    let bytes = object.to_bytes();
    let Some(id) = bytes.first_chunk::<4>().map(|b| u32::from_le_bytes(*b)) else {
        return String::new();
    };
    match name_for_id(id) {
        "(unknown)" => format!("{id:08x}"),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use grammers_tl_types::{Deserializable as _, enums, types};

    use super::*;

    #[test]
    fn raw_bytes_are_the_object_again() {
        for id in [1, 70_000_000_000_i64] {
            let object: enums::Peer = types::PeerUser { user_id: id }.into();
            let packed = raw(&object);
            let bytes = zstd::bulk::decompress(&packed, 1 << 10).unwrap();
            assert_eq!(enums::Peer::from_bytes(&bytes).unwrap(), object);
        }
    }

    #[test]
    fn constructors_have_telegrams_names() {
        assert_eq!(constructor_of(&enums::Update::LoginToken), "updateLoginToken");
    }
}
