//! One message of a private chat or basic group stands in the box of each account concerned, under another id in each.

use std::collections::HashMap;

/// Where a message stands: (account, id in its common box).
pub(super) type Place = (i64, i32);

/// Which messages of different boxes are the same one.
#[derive(Debug, Default)]
pub(super) struct Copies {
    number: HashMap<Place, usize>,
    places: Vec<Vec<Place>>,
}

impl Copies {
    /// These are one message.
    pub(super) fn join(&mut self, places: Vec<Place>) {
        if places.len() < 2 {
            return;
        }
        let number = self.places.len();
        self.number.extend(places.iter().map(|p| (*p, number)));
        self.places.push(places);
    }

    /// All places of a message, its own included.
    pub(super) fn of(&self, place: Place) -> Vec<Place> {
        self.number
            .get(&place)
            .and_then(|n| self.places.get(*n))
            .cloned()
            .unwrap_or_else(|| vec![place])
    }

    /// Its id in the box of another account.
    pub(super) fn as_seen_by(&self, place: Place, account: i64) -> Option<i32> {
        self.of(place)
            .into_iter()
            .find(|(a, _)| *a == account)
            .map(|(_, id)| id)
    }
}
