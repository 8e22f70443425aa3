//! Keeping a lease while work is done under it.

use std::time::Duration;

use model::Clock;
use model::clock::sleep_until;
use tokio::time::sleep;

use crate::accounts::{Lease, Leases};
use crate::error::StoreError;

const LATE: &str = "the account's lease could not be renewed in time";

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
        let last = lease.expires_at - micros / 4;
        if now >= last {
            return LATE;
        }
        if now >= lease.expires_at - micros * 2 / 3 {
            // A database that does not answer may take longer to say so than the lease lasts.
            let renewed = tokio::select! {
                renewed = leases.renew_lease(&lease, ttl) => renewed,
                () = sleep_until(clock, last, sleep) => return LATE,
            };
            match renewed {
                Ok(renewed) => lease = renewed,
                Err(StoreError::Fenced { .. }) => return "another process took this account over",
                Err(error) => tracing::warn!("the lease is not renewed yet: {error}"),
            }
        }
        sleep(clock.poll_interval()).await;
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use model::{AccountId, TestClock};
    use tokio::sync::Notify;

    use super::*;
    use crate::accounts::Authorization;

    const TTL: Duration = Duration::from_secs(30);

    /// A database that takes every question and answers none.
    #[derive(Default)]
    struct Silent(Notify);

    #[async_trait]
    impl Leases for Silent {
        async fn acquire_lease(
            &self,
            _: &Authorization,
            _: &str,
            _: Duration,
        ) -> Result<Option<Lease>, StoreError> {
            Ok(None)
        }

        async fn renew_lease(&self, _: &Lease, _: Duration) -> Result<Lease, StoreError> {
            self.0.notify_one();
            std::future::pending().await
        }

        async fn release_lease(&self, _: &Lease) -> Result<(), StoreError> {
            Ok(())
        }

        async fn leases(&self) -> Result<Vec<Lease>, StoreError> {
            Ok(Vec::new())
        }
    }

    #[tokio::test]
    async fn a_database_that_is_silent_does_not_keep_a_lease_alive() {
        let (clock, database) = (TestClock::default(), Silent::default());
        let lease = Lease {
            authorization: Authorization {
                account: AccountId(1),
                role: "fetcher".to_owned(),
            },
            owner: "a".to_owned(),
            epoch: 1,
            expires_at: clock.now_micros() + TTL.as_micros() as i64,
        };
        clock.advance(TTL / 2);
        let keeping = keep_lease(&database, &clock, &lease, TTL);
        let later = async {
            database.0.notified().await;
            clock.advance(TTL / 3);
        };
        let (why, ()) = tokio::join!(keeping, later);
        assert_eq!(why, LATE);
        assert!(clock.now_micros() < lease.expires_at, "nobody else may begin yet");
    }
}
