//! A share of the account's budget: asked for every few seconds, and kept while nobody answers.

use std::sync::{Arc, Weak};
use std::time::Duration;

use bus::{Bus, BusError};
use model::CallClass;
use rate_limiter::CallRates;
use rate_limiter::shares::{ShareGranted, ShareRequest, VERB_SHARE};
use store::{Lease, Store, StoreError};
use tokio::time::{Instant, sleep};
use wire::Subject;

use super::RateBudget;

/// How often a share is asked for.
const EVERY: Duration = Duration::from_secs(2);
/// How often while there is none, or while calls wait for the first.
const SOON: Duration = Duration::from_millis(250);
/// Longest wait for an answer.
const ANSWER: Duration = Duration::from_secs(2);
/// How often a person is told that there is no share.
const TELL: Duration = Duration::from_mins(1);

/// The budget of the client of this lease: at first the authorization's last share. Asks until it is dropped.
pub(crate) async fn shared(
    rates: CallRates,
    store: &dyn Store,
    bus: &Arc<dyn Bus>,
    lease: &Lease,
) -> Result<Arc<RateBudget>, StoreError> {
    if CallClass::BUDGETED
        .into_iter()
        .all(|class| rates.of(class).is_none())
    {
        return Ok(Arc::new(RateBudget::new(rates)));
    }
    let role = &lease.authorization.role;
    let shares = store.shares(lease.authorization.account).await?;
    let last = |class| {
        let mut own = shares.iter().filter(|(of, h)| *of == class && h.role == *role);
        own.next().map_or(0.0, |(_, holder)| holder.rate)
    };
    let budget = Arc::new(RateBudget::with(|class| match rates.of(class) {
        Some(_) => last(class),
        None => f64::INFINITY,
    }));
    tokio::spawn(keep_asking(
        Arc::downgrade(&budget),
        rates,
        Arc::clone(bus),
        lease.clone(),
    ));
    Ok(budget)
}

async fn keep_asking(budget: Weak<RateBudget>, rates: CallRates, bus: Arc<dyn Bus>, lease: Lease) {
    let mut told = Instant::now();
    while let Some(budget) = budget.upgrade() {
        match ask(&budget, rates, &*bus, &lease).await {
            Ok(Ok(granted)) => budget.grant(&granted.rates),
            Ok(Err(refused)) => tracing::debug!("no new share of the budget of calls: {refused}"),
            Err(error) => tracing::debug!("the last share of the budget of calls is kept: {error}"),
        }
        let without = budget.is_without();
        drop(budget);
        if without && told.elapsed() >= TELL {
            told = Instant::now();
            tracing::warn!(
                "calls to Telegram wait for a first share of the budget: does the rate-limiter run?"
            );
        }
        sleep(if without { SOON } else { EVERY }).await;
    }
}

async fn ask(
    budget: &RateBudget,
    rates: CallRates,
    bus: &dyn Bus,
    lease: &Lease,
) -> Result<Result<ShareGranted, wire::RpcFailure>, BusError> {
    let subject = Subject::Rpc {
        service: rate_limiter::SERVICE.to_owned(),
        verb: VERB_SHARE.to_owned(),
        account: lease.authorization.account,
    };
    let mut wanted = budget.wanted();
    wanted.retain(|(class, _)| rates.of(*class).is_some());
    let request = ShareRequest {
        role: lease.authorization.role.clone(),
        epoch: lease.epoch,
        wanted,
    };
    let body = wire::encode_rpc_request(&request);
    let answer = bus.request(&subject, body, ANSWER).await?;
    wire::decode_rpc_response(answer).map_err(|e| BusError::Unavailable(e.to_string()))
}

#[cfg(test)]
mod tests {
    use bus::{ConsumerState, MemoryBus, MemoryLimits};
    use model::TestClock;
    use rate_limiter::SlidingWindow;
    use store::{Accounts as _, Authorization, Leases as _};
    use store_sqlite::{SqliteOptions, SqliteStore};
    use tokio::sync::watch;
    use tokio::task::JoinHandle;
    use tokio_util::sync::CancellationToken;

    use super::*;

    const RATES: CallRates = CallRates {
        metadata: 5.0,
        history: 0.0,
        files: 20.0,
    };

    struct Bed {
        bus: Arc<dyn Bus>,
        store: Arc<SqliteStore>,
        _folder: tempfile::TempDir,
    }

    impl Bed {
        async fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("a.db");
            let clock = Arc::new(TestClock::default());
            let store = SqliteStore::open(&path, clock, SqliteOptions::default()).await;
            Self {
                bus: Arc::new(MemoryBus::new(MemoryLimits::default())),
                store: Arc::new(store.expect("opened")),
                _folder: folder,
            }
        }

        async fn lease(&self, role: &str) -> Lease {
            let account = self.store.ensure_account("archive").await.expect("an account").id;
            let role = role.to_owned();
            let authorization = Authorization { account, role };
            let ttl = Duration::from_mins(1);
            let lease = self.store.acquire_lease(&authorization, "test", ttl).await;
            lease.expect("asked").expect("free")
        }

        async fn budget(&self, role: &str) -> Arc<RateBudget> {
            let lease = self.lease(role).await;
            let budget = shared(RATES, &*self.store, &self.bus, &lease).await;
            budget.expect("the last shares")
        }

        fn rate_limiter(&self) -> (JoinHandle<()>, CancellationToken) {
            let deps = rate_limiter::Deps {
                bus: Arc::clone(&self.bus),
                store: Arc::clone(&self.store) as Arc<dyn rate_limiter::GuardStore>,
                state: watch::Sender::new(ConsumerState::default()),
            };
            let config = rate_limiter::Config {
                window: SlidingWindow::new(10, 30),
                rates: RATES,
                ack_wait: Duration::from_secs(3),
            };
            let ending = CancellationToken::new();
            let token = ending.clone();
            let running = tokio::spawn(async move {
                rate_limiter::run(deps, config, token).await.expect("it runs");
            });
            (running, ending)
        }
    }

    async fn until(what: &str, mut condition: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !condition() {
            assert!(Instant::now() < deadline, "not in time: {what}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn two_share_one_budget_and_keep_their_shares_without_a_rate_limiter() {
        let bed = Bed::new().await;
        let first = bed.budget("downloader-1").await;
        let waiting = {
            let first = Arc::clone(&first);
            tokio::spawn(async move {
                use telegram::CallBudget as _;
                first.acquire(CallClass::History, telegram::Purpose::New).await;
                first.acquire(CallClass::Files, telegram::Purpose::Media).await;
            })
        };
        assert!(first.history.rate().is_infinite(), "no limit is asked for");
        assert!(close(first.files.rate(), 0.0), "nobody granted anything yet");
        let (running, ending) = bed.rate_limiter();
        waiting.await.expect("a call with the first share");
        until("all of it, alone", || close(first.files.rate(), RATES.files)).await;
        let second = bed.budget("downloader-2").await;
        until("half of it each", || {
            let sum = first.files.rate() + second.files.rate();
            assert!(sum <= RATES.files + 1e-6, "{sum}");
            close(second.files.rate(), RATES.files / 2.0)
        })
        .await;
        ending.cancel();
        running.await.expect("ended");
        drop(second);
        let second = bed.budget("downloader-2").await;
        assert!(
            close(second.files.rate(), RATES.files / 2.0),
            "the last share at once"
        );
        let body = ask(&second, RATES, &*bed.bus, &bed.lease("downloader-2").await).await;
        assert!(body.is_err(), "nobody answers");
        assert!(close(first.files.rate(), RATES.files / 2.0) && close(first.metadata.rate(), 2.5));
    }
}
