//! A value that the greatest (stamp, value) wins.

use serde::Serialize;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register<T> {
    /// `Seen::to_i64` of the winner; `i64::MIN`: never set.
    pub seen: i64,
    /// What it says.
    pub value: T,
}

impl<T: Default> Default for Register<T> {
    fn default() -> Self {
        Self {
            seen: i64::MIN,
            value: T::default(),
        }
    }
}

impl<T: Serialize + Clone> Register<T> {
    /// Takes another observation in; answers whether it won.
    pub fn merge(&mut self, seen: i64, value: &T) -> bool {
        let wins = seen > self.seen || (seen == self.seen && text(value) > text(&self.value));
        if wins {
            self.seen = seen;
            self.value = value.clone();
        }
        wins
    }

    /// Whether it was ever set.
    pub const fn is_set(&self) -> bool {
        self.seen != i64::MIN
    }
}

fn text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
