//! Keeping a lease while work is done under it.

use std::time::Duration;

use model::Clock;
use tokio::time::sleep;

use crate::accounts::{Lease, Leases};
use crate::error::StoreError;

/// Renews a lease until it is lost, or would end before it could be renewed; answers why, for a person. Whoever works
/// under it stops then, a quarter of `ttl` before another may begin (law 8).
pub async fn keep_lease(
    leases: &dyn Leases,
    clock: &dyn Clock,
    lease: &Lease,
    ttl: Duration,
) -> &'static str {
    let mut lease = lease.clone();
    let micros = ttl.as_micros() as i64;
    loop {
        let now = clock.now_micros();
        if now >= lease.expires_at - micros / 4 {
            return "the account's lease could not be renewed in time";
        }
        if now >= lease.expires_at - micros * 2 / 3 {
            match leases.renew_lease(&lease, ttl).await {
                Ok(renewed) => lease = renewed,
                Err(StoreError::Fenced { .. }) => return "another process took this account over",
                Err(error) => tracing::warn!("the lease is not renewed yet: {error}"),
            }
        }
        sleep(clock.poll_interval()).await;
    }
}
