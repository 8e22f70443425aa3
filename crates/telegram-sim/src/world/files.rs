//! Files whose bytes are computed and not stored.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSpec {
    /// Telegram's id of it.
    pub id: i64,
    /// Where it lies.
    pub dc: i32,
    /// Bytes.
    pub size: u64,
    /// What its bytes are computed from.
    pub seed: u64,
}

const BLOCK: u64 = 8;

fn block(seed: u64, number: u64) -> [u8; 8] {
    // splitmix64: every block is found without those before it.
    let mut z = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)).to_le_bytes()
}

impl FileSpec {
    /// At most `limit` bytes from `offset`.
    pub fn bytes(&self, offset: u64, limit: u64) -> Vec<u8> {
        let end = self.size.min(offset.saturating_add(limit));
        if offset >= end {
            return Vec::new();
        }
        let first = offset / BLOCK;
        let mut bytes = Vec::with_capacity((end - first * BLOCK + BLOCK) as usize);
        let mut number = first;
        while number * BLOCK < end {
            bytes.extend_from_slice(&block(self.seed, number));
            number += 1;
        }
        let from = (offset - first * BLOCK) as usize;
        bytes.truncate((end - first * BLOCK) as usize);
        bytes.split_off(from)
    }

    /// SHA-256 of all its bytes.
    pub fn sha256(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut at = 0;
        while at < self.size {
            let part = self.bytes(at, 1 << 20);
            at += part.len() as u64;
            hash.update(&part);
        }
        hash.finalize().into()
    }

    /// A smaller picture of it.
    #[must_use]
    pub fn thumbnail(&self) -> Self {
        Self {
            size: (self.size / 8).max(200),
            seed: self.seed ^ 0xff,
            ..*self
        }
    }

    /// An avatar.
    pub const fn avatar(photo: i64, big: bool) -> Self {
        Self {
            id: photo,
            dc: 4,
            size: if big { 20_000 } else { 3_000 },
            seed: photo as u64 ^ (big as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_the_whole() {
        let file = FileSpec {
            id: 1,
            dc: 2,
            size: 1001,
            seed: 42,
        };
        let whole = file.bytes(0, u64::MAX);
        assert_eq!(whole.len(), 1001);
        let parts: Vec<u8> = (0..11).flat_map(|n| file.bytes(n * 97, 97)).collect();
        assert_eq!(parts, whole);
        assert!(file.bytes(1001, 10).is_empty());
    }
}
