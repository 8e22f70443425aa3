//! The stamp that orders captures of one account.

use serde::{Deserialize, Serialize};

const COUNTER_BITS: u32 = 40;

/// (owner epoch, counter): taken when an update arrives and, for a page, when its request is *sent*.
///
/// Orders captures of one account across restarts and takeovers: each takeover raises the epoch. As a column it is
/// one integer, `epoch * 2^40 + counter`, which keeps the order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// The epoch of the lease under which the capture was made.
    pub epoch: u32,
    /// Counts captures within the epoch, from 1.
    pub counter: u64,
}

impl Seen {
    /// As a column.
    pub const fn to_i64(self) -> i64 {
        ((self.epoch as i64) << COUNTER_BITS) | (self.counter as i64 & ((1 << COUNTER_BITS) - 1))
    }

    /// From a column; the inverse of [`Seen::to_i64`].
    pub const fn from_i64(value: i64) -> Self {
        Self {
            epoch: (value >> COUNTER_BITS) as u32,
            counter: (value & ((1 << COUNTER_BITS) - 1)) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_keeps_the_order() {
        let stamps = [
            Seen { epoch: 1, counter: 1 },
            Seen {
                epoch: 1,
                counter: 900_000_000_000,
            },
            Seen { epoch: 2, counter: 1 },
            Seen {
                epoch: 700_000,
                counter: 3,
            },
        ];
        assert!(
            stamps
                .windows(2)
                .all(|w| w[0] < w[1] && w[0].to_i64() < w[1].to_i64())
        );
        assert!(stamps.iter().all(|s| Seen::from_i64(s.to_i64()) == *s));
    }
}
