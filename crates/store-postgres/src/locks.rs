//! What transactions of several processes must not do at once, as advisory locks that end with the transaction.
//!
//! A row that does not exist yet cannot be locked, so messages are locked by their number: a transaction shares the box
//! and has the blocks of ids it touches for itself, or has the whole box if it touches many blocks. Locks of one call
//! are taken in the order of their keys. Order over a transaction: messages, or windows, or passes; then coverage; then
//! rows, in key order within each table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Message ids that share a lock: 2^9.
const BLOCK_BITS: u32 = 9;
/// Above so many blocks the box is locked: the server's table of locks is bounded.
const BLOCKS: usize = 16;

/// What a lock is about.
#[derive(Clone, Copy)]
pub(crate) enum Of {
    /// (account, box).
    Box = 1,
    /// (account, box, block of ids).
    Block = 2,
    /// (account, chat, pass): its covered ranges.
    Coverage = 3,
    /// (account, chat): the guard's window.
    Window = 4,
    /// (account, chat): numbering of passes.
    Passes = 5,
    /// The search index.
    Index = 6,
    /// (account): the budget of calls.
    Shares = 7,
}

/// A set of locks.
#[derive(Default)]
pub(crate) struct Locks(BTreeMap<i64, bool>);

impl Locks {
    pub(crate) fn none() -> Self {
        Self::default()
    }

    pub(crate) fn one(of: Of, parts: &[i64]) -> Self {
        let mut locks = Self::none();
        locks.add(of, parts);
        locks
    }

    /// Alone.
    pub(crate) fn add(&mut self, of: Of, parts: &[i64]) {
        self.0.insert(key(of, parts), true);
    }

    /// These messages, keyed by (account, box, id).
    pub(crate) fn messages(keys: impl IntoIterator<Item = (i64, i64, i64)>) -> Self {
        let mut boxes: BTreeMap<(i64, i64), BTreeSet<i64>> = BTreeMap::new();
        for (account, box_id, id) in keys {
            boxes
                .entry((account, box_id))
                .or_default()
                .insert(id >> BLOCK_BITS);
        }
        let mut locks = Self::none();
        for ((account, box_id), blocks) in boxes {
            let whole = blocks.len() > BLOCKS;
            locks.0.insert(key(Of::Box, &[account, box_id]), whole);
            if !whole {
                for block in blocks {
                    locks.add(Of::Block, &[account, box_id, block]);
                }
            }
        }
        locks
    }

    /// The statement that takes them, in the order of their keys; `None`: nothing to take.
    pub(crate) fn sql(&self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let mut sql = String::from("SELECT ");
        for (n, (key, alone)) in self.0.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            let shared = if *alone { "" } else { "_shared" };
            let _ = write!(sql, "{comma}pg_advisory_xact_lock{shared}({key})");
        }
        Some(sql)
    }
}

/// A number for it: FNV-1a, finished by a mix so that neighbours lie apart.
fn key(of: Of, parts: &[i64]) -> i64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in std::iter::once(of as i64)
        .chain(parts.iter().copied())
        .flat_map(i64::to_le_bytes)
    {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_blocks_share_the_box_and_many_take_it() {
        let few = Locks::messages((1..=100).map(|id| (1, 0, id)));
        assert_eq!(few.0.len(), 2);
        assert_eq!(few.0.get(&key(Of::Box, &[1, 0])), Some(&false));
        let many = Locks::messages((1..=20_000).map(|id| (1, 0, id)));
        assert_eq!(
            many.0.into_iter().collect::<Vec<_>>(),
            [(key(Of::Box, &[1, 0]), true)]
        );
    }
}
