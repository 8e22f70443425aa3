//! The budget of Telegram calls of one client: so many per second and class, slowly by default.
//!
//! A process of the archive has a share of the account's budget, which the rate-limiter grants ([`share`]); a command that
//! logs in has the settings' rates, and makes a handful of calls.

mod lane;
mod share;

use async_trait::async_trait;
use lane::Lane;
use model::CallClass;
use rate_limiter::CallRates;
use store::Wanted;
use telegram::{CallBudget, Purpose};

pub(crate) use share::shared;

/// See the module.
#[derive(Debug)]
pub struct RateBudget {
    metadata: Lane,
    history: Lane,
    files: Lane,
}

impl RateBudget {
    /// All that the settings say.
    pub fn new(rates: CallRates) -> Self {
        Self::with(|class| rates.of(class).unwrap_or(f64::INFINITY))
    }

    fn with(rate: impl Fn(CallClass) -> f64) -> Self {
        Self {
            metadata: Lane::new(rate(CallClass::Metadata)),
            history: Lane::new(rate(CallClass::History)),
            files: Lane::new(rate(CallClass::Files)),
        }
    }

    const fn lane(&self, class: CallClass) -> Option<&Lane> {
        match class {
            CallClass::Updates => None,
            CallClass::Metadata => Some(&self.metadata),
            CallClass::History => Some(&self.history),
            CallClass::Files => Some(&self.files),
        }
    }

    /// Sets what was granted.
    fn grant(&self, rates: &[(CallClass, Option<f64>)]) {
        for (class, rate) in rates {
            if let Some(lane) = self.lane(*class) {
                lane.set(rate.unwrap_or(f64::INFINITY));
            }
        }
    }

    /// What is wanted of each class that has a limit.
    fn wanted(&self) -> Vec<(CallClass, Wanted)> {
        let lanes = CallClass::BUDGETED
            .into_iter()
            .filter_map(|c| Some((c, self.lane(c)?)));
        lanes.map(|(class, lane)| (class, lane.wanted())).collect()
    }

    /// Whether calls of some class must wait for a first share.
    fn is_without(&self) -> bool {
        CallClass::BUDGETED
            .into_iter()
            .filter_map(|class| self.lane(class))
            .any(|lane| lane.rate() <= 0.0)
    }
}

#[async_trait]
impl CallBudget for RateBudget {
    async fn acquire(&self, class: CallClass, purpose: Purpose) {
        if let Some(lane) = self.lane(class) {
            lane.acquire(purpose).await;
        }
    }
}
