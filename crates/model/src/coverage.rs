//! Covered ranges of message ids: the only cursor there is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::MessageId;

/// Ids above `after` up to and including `through`: `(after, through]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IdRange {
    /// Exclusive lower bound.
    pub after: MessageId,
    /// Inclusive upper bound.
    pub through: MessageId,
}

impl IdRange {
    /// `(after, through]`; `None` if that holds no id.
    pub const fn new(after: MessageId, through: MessageId) -> Option<Self> {
        if through > after {
            Some(Self { after, through })
        } else {
            None
        }
    }

    /// How many ids it spans.
    pub const fn len(&self) -> u64 {
        (self.through - self.after) as u64
    }

    /// Never, by construction; here because `len` is.
    pub const fn is_empty(&self) -> bool {
        self.through <= self.after
    }

    /// Whether `id` lies in it.
    pub const fn contains(&self, id: MessageId) -> bool {
        id > self.after && id <= self.through
    }
}

impl fmt::Display for IdRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.after + 1, self.through)
    }
}

/// A set of ids as disjoint, non-adjacent, ascending ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeSet(Vec<IdRange>);

impl RangeSet {
    /// The empty set.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a range, joining what it touches.
    pub fn insert(&mut self, range: IdRange) {
        if range.is_empty() {
            return;
        }
        let first = self.0.partition_point(|r| r.through < range.after);
        let last = self.0.partition_point(|r| r.after <= range.through);
        let joined = self.0[first..last].iter().fold(range, |j, r| IdRange {
            after: j.after.min(r.after),
            through: j.through.max(r.through),
        });
        self.0.splice(first..last, [joined]);
    }

    /// What of `whole` is not in the set, ascending.
    pub fn gaps_in(&self, whole: IdRange) -> Vec<IdRange> {
        let mut gaps = Vec::new();
        let mut at = whole.after;
        for r in &self.0 {
            if r.through <= at {
                continue;
            }
            if r.after >= whole.through {
                break;
            }
            gaps.extend(IdRange::new(at, r.after.min(whole.through)));
            at = at.max(r.through);
        }
        gaps.extend(IdRange::new(at, whole.through));
        gaps
    }

    /// Whether every id of `range` is in the set.
    pub fn covers(&self, range: IdRange) -> bool {
        self.gaps_in(range).is_empty()
    }

    /// The ranges, ascending.
    pub fn ranges(&self) -> &[IdRange] {
        &self.0
    }

    /// How many ids the set spans.
    pub fn len(&self) -> u64 {
        self.0.iter().map(IdRange::len).sum()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<IdRange> for RangeSet {
    fn from_iter<T: IntoIterator<Item = IdRange>>(iter: T) -> Self {
        let mut set = Self::new();
        for r in iter {
            set.insert(r);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn ids(set: &RangeSet) -> BTreeSet<i64> {
        set.ranges()
            .iter()
            .flat_map(|r| r.after + 1..=r.through)
            .collect()
    }

    proptest! {
        #[test]
        fn a_range_set_is_the_set_of_its_ids(ranges in prop::collection::vec((0i64..60, 0i64..20), 0..20)) {
            let ranges: Vec<_> = ranges.into_iter().filter_map(|(a, n)| IdRange::new(a, a + n)).collect();
            let set: RangeSet = ranges.iter().copied().collect();
            let expected: BTreeSet<i64> = ranges.iter().flat_map(|r| r.after + 1..=r.through).collect();
            prop_assert_eq!(ids(&set), expected.clone());
            prop_assert!(set.ranges().windows(2).all(|w| w[0].through < w[1].after));
            let whole = IdRange { after: 5, through: 50 };
            let gaps: BTreeSet<i64> = set.gaps_in(whole).iter().flat_map(|r| r.after + 1..=r.through).collect();
            let missing: BTreeSet<i64> = (6..=50).filter(|i| !expected.contains(i)).collect();
            prop_assert_eq!(gaps, missing);
        }

        #[test]
        fn the_order_of_insertion_does_not_matter(mut ranges in prop::collection::vec((0i64..60, 1i64..20), 0..20)) {
            let build = |r: &[(i64, i64)]| r.iter().filter_map(|(a, n)| IdRange::new(*a, a + n)).collect::<RangeSet>();
            let forward = build(&ranges);
            ranges.reverse();
            prop_assert_eq!(forward, build(&ranges));
        }
    }
}
