//! The budget of Telegram calls of one process: so many per second and class, slowly by default.

use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use telegram::{CallBudget, CallClass};

/// Calls per second; 0 = no limit of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CallRates {
    /// Dialogs, peers, lookups.
    pub metadata: f64,
    /// Pages of history.
    pub history: f64,
    /// Parts of files.
    pub files: f64,
}

/// See [`CallRates`].
#[derive(Debug)]
pub struct RateBudget {
    metadata: Option<DefaultDirectRateLimiter>,
    history: Option<DefaultDirectRateLimiter>,
    files: Option<DefaultDirectRateLimiter>,
}

fn limiter(rate: f64) -> Option<DefaultDirectRateLimiter> {
    if rate <= 0.0 || !rate.is_finite() {
        return None;
    }
    // A burst of two seconds' worth, so that a short run of calls is not stretched.
    let burst = NonZeroU32::new((rate * 2.0).ceil() as u32).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(Duration::from_secs_f64(1.0 / rate))?.allow_burst(burst);
    Some(RateLimiter::direct(quota))
}

impl RateBudget {
    /// From the settings.
    pub fn new(rates: CallRates) -> Self {
        Self {
            metadata: limiter(rates.metadata),
            history: limiter(rates.history),
            files: limiter(rates.files),
        }
    }
}

#[async_trait]
impl CallBudget for RateBudget {
    async fn acquire(&self, class: CallClass) {
        let limiter = match class {
            CallClass::Updates => &None,
            CallClass::Metadata => &self.metadata,
            CallClass::History => &self.history,
            CallClass::Files => &self.files,
        };
        if let Some(limiter) = limiter {
            limiter.until_ready().await;
        }
    }

    async fn flooded(&self, class: CallClass, wait: Duration) {
        // The client waits by itself; one process has nobody else to tell.
        tracing::info!(class = ?class, seconds = wait.as_secs(), "Telegram asks to wait");
    }
}
