//! Files: computed from a seed, drawn when they are asked for, or carried along.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use drawings::{Detail, POSTCARDS, Picture, Subject};
use sha2::{Digest, Sha256};

use super::assets::Asset;

/// A file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSpec {
    /// Telegram's id of it.
    pub id: i64,
    /// Where it lies.
    pub dc: i32,
    /// What is in it.
    pub content: Content,
}

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Bytes without a meaning.
    Noise {
        /// How many.
        size: u64,
        /// What they are computed from.
        seed: u64,
    },
    /// A file of our own.
    Asset(Asset),
    /// The first picture of a film of our own.
    Poster(Asset),
    /// A drawing as JPEG.
    Jpeg(Picture),
    /// A drawing as PNG.
    Png(Picture),
}

const BLOCK: u64 = 8;

fn block(seed: u64, number: u64) -> [u8; 8] {
    // splitmix64: every block is found without those before it.
    let mut z = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)).to_le_bytes()
}

fn noise(size: u64, seed: u64, offset: u64, limit: u64) -> Vec<u8> {
    let end = size.min(offset.saturating_add(limit));
    if offset >= end {
        return Vec::new();
    }
    let first = offset / BLOCK;
    let mut bytes = Vec::with_capacity((end - first * BLOCK + BLOCK) as usize);
    let mut number = first;
    while number * BLOCK < end {
        bytes.extend_from_slice(&block(seed, number));
        number += 1;
    }
    let from = (offset - first * BLOCK) as usize;
    bytes.truncate((end - first * BLOCK) as usize);
    bytes.split_off(from)
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Form {
    Jpeg,
    Png,
    Stripped,
}

type Drawings = HashMap<(Picture, Form), Arc<[u8]>>;

/// Each drawing is a constant that takes some milliseconds, so it is made once. A world has some hundred of them, 40 KB each.
static DRAWN: LazyLock<Mutex<Drawings>> = LazyLock::new(Mutex::default);

fn drawn(picture: Picture, form: Form) -> Arc<[u8]> {
    let known = || DRAWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bytes) = known().get(&(picture, form)) {
        return Arc::clone(bytes);
    }
    // Without the lock: who asks for another one need not wait.
    let bytes: Arc<[u8]> = match form {
        Form::Jpeg => picture.jpeg(),
        Form::Png => picture.png(),
        Form::Stripped => picture.stripped(),
    }
    .into();
    known().insert((picture, form), Arc::clone(&bytes));
    bytes
}

/// The first bits of the id of an avatar that is a drawing; what it shows and whose it is follows.
const DRAWN_AVATAR: i64 = 0x0d4a << 48;

/// The id of an avatar that is a drawing. `owner` makes it another one for each.
pub fn drawn_avatar(subject: Subject, number: u16, owner: i64) -> i64 {
    let subject = POSTCARDS
        .iter()
        .position(|s| *s == subject)
        .unwrap_or(POSTCARDS.len());
    DRAWN_AVATAR | (owner & 0x00ff_ffff) << 24 | (subject as i64) << 16 | i64::from(number)
}

fn avatar_picture(photo: i64) -> Option<Picture> {
    let subject = POSTCARDS.get((photo >> 16 & 0xff) as usize).copied();
    (photo >> 48 == DRAWN_AVATAR >> 48)
        .then(|| Picture::avatar(subject.unwrap_or(Subject::Portrait), photo as u16))
}

/// The blurred preview of an avatar that is a drawing.
pub(crate) fn stripped_avatar(photo: i64) -> Option<Vec<u8>> {
    avatar_picture(photo).map(|picture| drawn(picture, Form::Stripped).to_vec())
}

impl FileSpec {
    /// Bytes without a meaning.
    pub const fn noise(id: i64, dc: i32, size: u64, seed: u64) -> Self {
        let content = Content::Noise { size, seed };
        Self { id, dc, content }
    }

    /// Bytes.
    pub fn size(&self) -> u64 {
        match self.content {
            Content::Noise { size, .. } => size,
            _ => self.whole().len() as u64,
        }
    }

    fn whole(&self) -> Cow<'static, [u8]> {
        match self.content {
            Content::Noise { size, seed } => noise(size, seed, 0, size).into(),
            Content::Asset(asset) => asset.info().bytes.into(),
            Content::Poster(asset) => asset.info().poster.map_or(&[][..], |(jpeg, _)| jpeg).into(),
            Content::Jpeg(picture) => drawn(picture, Form::Jpeg).to_vec().into(),
            Content::Png(picture) => drawn(picture, Form::Png).to_vec().into(),
        }
    }

    /// At most `limit` bytes from `offset`.
    pub fn bytes(&self, offset: u64, limit: u64) -> Vec<u8> {
        if let Content::Noise { size, seed } = self.content {
            return noise(size, seed, offset, limit);
        }
        let whole = self.whole();
        let from = (offset as usize).min(whole.len());
        let to = from.saturating_add(limit as usize).min(whole.len());
        whole[from..to].to_vec()
    }

    /// SHA-256 of all its bytes.
    pub fn sha256(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let (size, mut at) = (self.size(), 0);
        while at < size {
            let part = self.bytes(at, 1 << 20);
            at += part.len() as u64;
            hash.update(&part);
        }
        hash.finalize().into()
    }

    /// A smaller picture of it.
    #[must_use]
    pub fn thumbnail(&self) -> Self {
        let content = match self.content {
            Content::Noise { size, seed } => Content::Noise {
                size: (size / 8).max(200),
                seed: seed ^ 0xff,
            },
            Content::Asset(asset) | Content::Poster(asset) => Content::Poster(asset),
            Content::Jpeg(picture) | Content::Png(picture) => Content::Jpeg(picture.with(Detail::Preview)),
        };
        Self { content, ..*self }
    }

    /// The blurred preview that comes with a message.
    pub fn stripped(&self) -> Option<Vec<u8>> {
        match self.content {
            Content::Noise { .. } => Some(vec![1, 40, 30, 0]),
            Content::Jpeg(picture) | Content::Png(picture) => Some(drawn(picture, Form::Stripped).to_vec()),
            Content::Asset(asset) | Content::Poster(asset) => {
                let info = asset.info();
                let (w, h) = (info.size.0 as u32, info.size.1 as u32);
                info.poster
                    .map(|(_, rgb)| drawings::stripped(w * 40 / w.max(h), h * 40 / w.max(h), rgb))
            }
        }
    }

    /// An avatar.
    pub fn avatar(photo: i64, big: bool) -> Self {
        let content = match avatar_picture(photo) {
            Some(picture) if big => Content::Jpeg(picture),
            Some(picture) => Content::Jpeg(picture.with(Detail::Thumbnail)),
            None => Content::Noise {
                size: if big { 20_000 } else { 3_000 },
                seed: photo as u64 ^ u64::from(big),
            },
        };
        let (id, dc) = (photo, 4);
        Self { id, dc, content }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_the_whole() {
        let contents = [
            FileSpec::noise(1, 2, 1001, 42),
            FileSpec {
                content: Content::Asset(Asset::like("orders", 0).unwrap()),
                ..FileSpec::noise(2, 2, 0, 0)
            },
            FileSpec::avatar(drawn_avatar(Subject::Portrait, 3, 5), false),
        ];
        for file in contents {
            let whole = file.bytes(0, u64::MAX);
            assert_eq!(whole.len() as u64, file.size());
            let parts: Vec<u8> = (0..=file.size() / 97)
                .flat_map(|n| file.bytes(n * 97, 97))
                .collect();
            assert_eq!(parts, whole);
            assert!(file.bytes(file.size(), 10).is_empty());
        }
    }

    #[test]
    fn an_avatar_that_is_a_drawing_is_known_by_its_id() {
        let of = |subject, number, owner| avatar_picture(drawn_avatar(subject, number, owner));
        assert_eq!(
            of(Subject::Portrait, 77, 9),
            Some(Picture::avatar(Subject::Portrait, 77))
        );
        assert_eq!(
            of(Subject::Bread, 1, 0xff_ffff),
            Some(Picture::avatar(Subject::Bread, 1))
        );
        assert_eq!(avatar_picture(2001 * 31), None);
    }
}
