//! The budget of Telegram calls, divided among the processes of an account.
//!
//! Each process asks every few seconds and says what it wants; the answer is its rate until it is told otherwise. It gets
//! more only after another one has been told that it has less, so that the rates in force never add up to more than the
//! budget. They stand in the database, by authorization: a process that finds no rate-limiter goes on with its last one,
//! and one that starts meanwhile with that of its authorization.

use bytes::Bytes;
use model::{AccountId, CallClass, Purpose};
use serde::{Deserialize, Serialize};
use store::{Authorization, Division, Holder, Wanted};
use wire::RpcFailure;

use crate::Deps;

/// The verb of [`ShareRequest`].
pub const VERB_SHARE: &str = "share";

/// This part of a class is divided evenly, so that nobody who holds a share is ever without: it may have to live on it
/// while no rate-limiter runs.
const EVEN: f64 = 0.05;

/// Calls per second of an account; 0 = no limit of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CallRates {
    /// Dialogs, peers, lookups.
    pub metadata: f64,
    /// Pages of history.
    pub history: f64,
    /// Parts of files.
    pub files: f64,
}

impl CallRates {
    /// Of a class; `None`: no limit.
    pub fn of(&self, class: CallClass) -> Option<f64> {
        let rate = match class {
            CallClass::Updates => 0.0,
            CallClass::Metadata => self.metadata,
            CallClass::History => self.history,
            CallClass::Files => self.files,
        };
        (rate > 0.0 && rate.is_finite()).then_some(rate)
    }
}

/// What the holder of an authorization wants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShareRequest {
    /// The authorization's role.
    pub role: String,
    /// Of its lease.
    pub epoch: u32,
    /// Calls per second of each class, by [`Purpose::ORDER`].
    pub wanted: Vec<(CallClass, Wanted)>,
}

/// What it gets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShareGranted {
    /// Calls per second of each class; `None`: no limit.
    pub rates: Vec<(CallClass, Option<f64>)>,
}

impl Division for CallRates {
    fn rate(&self, class: CallClass, holders: &[Holder], asker: usize) -> f64 {
        let total = self.of(class).unwrap_or_default();
        let others = holders.iter().enumerate().filter(|(n, _)| *n != asker);
        let left = total - others.map(|(_, holder)| holder.rate).sum::<f64>();
        aims(total, holders)[asker].min(left).max(0.0)
    }
}

/// What each should have in the end: an even part, then what is wanted, purpose by purpose, then the rest evenly.
fn aims(total: f64, holders: &[Holder]) -> Vec<f64> {
    let count = holders.len() as f64;
    let mut aims = vec![total * EVEN / count; holders.len()];
    let mut left = total * (1.0 - EVEN);
    for purpose in 0..Purpose::ORDER.len() {
        let wanted: Vec<f64> = holders.iter().map(|h| h.wanted[purpose].max(0.0)).collect();
        let mut order: Vec<usize> = (0..holders.len()).collect();
        order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
        // Who wants little gets it all; the others share what is left evenly.
        for (n, holder) in order.into_iter().enumerate() {
            let part = wanted[holder].min(left / (holders.len() - n) as f64);
            aims[holder] += part;
            left -= part;
        }
    }
    for aim in &mut aims {
        *aim += left / count;
    }
    aims
}

/// Answers a [`ShareRequest`].
pub(crate) async fn share(
    deps: &Deps,
    rates: &CallRates,
    account: AccountId,
    body: Bytes,
) -> Result<ShareGranted, RpcFailure> {
    let failed = |kind: &str, message: String| RpcFailure {
        kind: kind.to_owned(),
        message,
    };
    let request: ShareRequest =
        wire::decode_rpc_request(body).map_err(|e| failed("refused", e.to_string()))?;
    let (limited, free): (Vec<_>, Vec<_>) = request
        .wanted
        .into_iter()
        .partition(|(class, _)| rates.of(*class).is_some());
    let authorization = Authorization {
        account,
        role: request.role,
    };
    let granted = deps
        .store
        .grant_shares(&authorization, request.epoch, &limited, rates)
        .await
        .map_err(|e| failed("unavailable", e.to_string()))?
        .ok_or_else(|| {
            failed(
                "refused",
                "the authorization is held by another process".to_owned(),
            )
        })?;
    let granted = granted.into_iter().map(|(class, rate)| (class, Some(rate)));
    let free = free.into_iter().map(|(class, _)| (class, None));
    Ok(ShareGranted {
        rates: granted.chain(free).collect(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOTAL: f64 = 20.0;
    const RATES: CallRates = CallRates {
        metadata: 5.0,
        history: 5.0,
        files: TOTAL,
    };

    fn holder(wanted: Wanted, rate: f64) -> Holder {
        Holder {
            role: String::new(),
            wanted,
            rate,
        }
    }

    /// Each asks once.
    fn round(holders: &mut [Holder]) {
        for asker in 0..holders.len() {
            holders[asker].rate = RATES.rate(CallClass::Files, holders, asker);
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Ask(usize, Wanted),
        Come(Wanted),
        Go(usize),
    }

    fn wanted() -> impl Strategy<Value = Wanted> {
        prop::array::uniform3(prop_oneof![Just(0.0), 0.1..50.0, Just(1e6)])
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (0usize..8, wanted()).prop_map(|(n, w)| Step::Ask(n, w)),
            2 => wanted().prop_map(Step::Come),
            1 => (0usize..8).prop_map(Step::Go),
        ]
    }

    proptest! {
        #[test]
        fn rates_in_force_never_exceed_the_budget_and_are_all_of_it_after_two_rounds(
            steps in prop::collection::vec(step(), 1..60),
        ) {
            let mut holders: Vec<Holder> = Vec::new();
            for step in steps {
                match step {
                    Step::Ask(n, wanted) if !holders.is_empty() => {
                        let asker = n % holders.len();
                        holders[asker].wanted = wanted;
                        holders[asker].rate = RATES.rate(CallClass::Files, &holders, asker);
                    }
                    Step::Come(wanted) => {
                        holders.push(holder(wanted, 0.0));
                        let asker = holders.len() - 1;
                        holders[asker].rate = RATES.rate(CallClass::Files, &holders, asker);
                    }
                    Step::Go(n) if !holders.is_empty() => {
                        holders.swap_remove(n % holders.len());
                    }
                    _ => {}
                }
                let sum: f64 = holders.iter().map(|h| h.rate).sum();
                prop_assert!(sum <= TOTAL + 1e-9, "{sum}");
                prop_assert!(holders.iter().all(|h| h.rate >= 0.0));
            }
            if !holders.is_empty() {
                round(&mut holders);
                round(&mut holders);
                let sum: f64 = holders.iter().map(|h| h.rate).sum();
                prop_assert!((sum - TOTAL).abs() < 1e-6, "{sum}");
                let least = TOTAL * EVEN / holders.len() as f64;
                prop_assert!(holders.iter().all(|h| h.rate > least - 1e-9), "nobody is without");
            }
        }
    }

    #[test]
    fn new_goes_before_media_before_backfill_and_equals_share_evenly() {
        let all = 1e6;
        let mut holders = [
            holder([0.0, 0.0, all], 0.0),
            holder([0.0, all, 0.0], 0.0),
            holder([4.0, 0.0, 0.0], 0.0),
            holder([0.0, all, 0.0], 0.0),
        ];
        round(&mut holders);
        round(&mut holders);
        let rates: Vec<f64> = holders
            .iter()
            .map(|h| (h.rate * 1000.0).round() / 1000.0)
            .collect();
        assert_eq!(rates, [0.25, 7.75, 4.25, 7.75]);
    }

    #[test]
    fn one_alone_has_all_of_it() {
        let mut holders = [holder([0.0; 3], 0.0)];
        round(&mut holders);
        assert!((holders[0].rate - TOTAL).abs() < 1e-9);
    }
}
