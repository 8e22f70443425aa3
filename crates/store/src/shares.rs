//! Shares of the budget of Telegram calls: the rate-limiter's port.

use async_trait::async_trait;
use model::{AccountId, CallClass};

use crate::StoreError;
use crate::accounts::Authorization;

/// Calls per second that are wanted, by [`Purpose::ORDER`](model::Purpose::ORDER).
pub type Wanted = [f64; 3];

/// An authorization that is in use, and its part of one class.
#[derive(Clone, Debug, PartialEq)]
pub struct Holder {
    /// The authorization's role.
    pub role: String,
    /// What it said last.
    pub wanted: Wanted,
    /// Calls per second that it may make until it is told otherwise.
    pub rate: f64,
}

/// Divides a class; pure. The store calls it inside its transaction, under the account's lock.
pub trait Division: Send + Sync {
    /// The rate of `holders[asker]` from now on, at least 0; the others keep theirs until they ask.
    fn rate(&self, class: CallClass, holders: &[Holder], asker: usize) -> f64;
}

/// Shares are kept by authorization, not by process: whoever takes over an authorization takes over its share, also while
/// no rate-limiter runs. A share is in force exactly as long as its authorization is held by a lease.
///
/// Laws: (1) shares of an account are granted one transaction at a time, whatever the number of rate-limiters; (2) only
/// the holder of the lease is granted one; (3) the share of an authorization whose lease has ended is given to others, and
/// not found any more.
#[async_trait]
pub trait Shares: Send + Sync {
    /// Grants the shares of one authorization, for each class that it wants something of; committed when this returns.
    /// `None`: its lease is not held, or in another epoch.
    async fn grant_shares(
        &self,
        authorization: &Authorization,
        epoch: u32,
        wanted: &[(CallClass, Wanted)],
        division: &dyn Division,
    ) -> Result<Option<Vec<(CallClass, f64)>>, StoreError>;

    /// What was granted last to those who hold an authorization of the account.
    async fn shares(&self, account: AccountId) -> Result<Vec<(CallClass, Holder)>, StoreError>;
}

/// For stores: the holder's new row of a class, and whether it stands already as it is (an idle archive writes nothing).
pub fn granted(
    class: CallClass,
    held: &[(CallClass, Holder)],
    role: &str,
    wanted: Wanted,
    division: &dyn Division,
) -> (Holder, bool) {
    let mut holders: Vec<Holder> = held
        .iter()
        .filter(|(of, _)| *of == class)
        .map(|(_, holder)| holder.clone())
        .collect();
    let asker = holders.iter().position(|h| h.role == role).unwrap_or_else(|| {
        holders.push(Holder {
            role: role.to_owned(),
            wanted: [0.0; 3],
            rate: 0.0,
        });
        holders.len() - 1
    });
    let before = std::mem::replace(&mut holders[asker].wanted, wanted);
    let rate = division.rate(class, &holders, asker);
    let bits = |wanted: Wanted, rate: f64| (wanted.map(f64::to_bits), rate.to_bits());
    let known = bits(before, holders[asker].rate) == bits(wanted, rate) && rate > 0.0;
    holders[asker].rate = rate;
    (holders.swap_remove(asker), known)
}
