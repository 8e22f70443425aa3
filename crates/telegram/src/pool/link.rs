//! The connection to one data centre: a supervised sender pool of its own.
//!
//! grammers' pool awaits its connects inline, so that one data centre that accepts and never answers would block all of
//! them, and a panic in one connection ends them all. A pool per data centre keeps both in their place.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use grammers_mtsender::{
    ConnectionParams, InvocationError, NoRetries, RpcError, SenderPool, SenderPoolHandle,
};
use grammers_session::updates::UpdatesLike;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::hub::Hub;
use super::retry::{Verdict, judge_exchange, judge_store};
use crate::client::{Device, Timeouts};
use crate::keys;
use crate::session::StoredSession;

/// Updates that may wait; grammers drops what does not fit.
const UPDATES_CAPACITY: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");

/// What a link needs to open a connection.
pub(super) struct LinkParts {
    pub(super) session: Arc<StoredSession>,
    pub(super) api_id: i32,
    pub(super) device: Device,
    pub(super) timeouts: Timeouts,
    pub(super) hub: Arc<Hub>,
}

/// One data centre.
pub(super) struct Link {
    dc: i32,
    parts: Arc<LinkParts>,
    open: Mutex<Option<Open>>,
    /// The last connection did not answer: perhaps because of our clock.
    silent: AtomicBool,
}

struct Open {
    generation: u64,
    handle: SenderPoolHandle,
    runner: JoinHandle<()>,
    given_up: bool,
}

/// A use of the open connection; names it when it must be rebuilt.
pub(super) struct Use {
    pub(super) generation: u64,
    handle: SenderPoolHandle,
}

impl Link {
    pub(super) fn new(dc: i32, parts: Arc<LinkParts>) -> Self {
        Self {
            dc,
            parts,
            open: Mutex::new(None),
            silent: AtomicBool::new(false),
        }
    }

    /// The open connection; opens one, with a key of its own first, if there is none or its runner has ended.
    pub(super) async fn get(&self) -> Result<Use, Verdict> {
        let mut open = self.open.lock().await;
        let generation = match &*open {
            Some(now) if !now.given_up && !now.runner.is_finished() => return Ok(now.lend()),
            Some(ended) => ended.generation + 1,
            None => 1,
        };
        self.check_clock().await?;
        self.ensure_key(false).await?;
        let opened = self.open(generation);
        let lent = opened.lend();
        *open = Some(opened);
        Ok(lent)
    }

    /// Closes a connection that does not answer; the next call opens another. Does nothing if that has happened.
    pub(super) async fn rebuild(&self, generation: u64) {
        let mut open = self.open.lock().await;
        if let Some(now) = &mut *open
            && now.generation == generation
        {
            // Kept, because the number must grow.
            now.given_up = true;
            now.runner.abort();
            self.silent.store(true, Ordering::SeqCst);
        }
    }

    /// After a silence: a connection with a clock that is refused would only be silent again.
    async fn check_clock(&self) -> Result<(), Verdict> {
        let Some(dc) = self
            .parts
            .session
            .dc(self.dc)
            .filter(|_| self.silent.load(Ordering::SeqCst))
        else {
            return Ok(());
        };
        let device = &self.parts.device;
        // Through a proxy only grammers can go.
        if device.proxy_url.is_none() {
            let address = keys::address(&dc, device.use_ipv6);
            let ahead = keys::refused_ahead(address, self.parts.timeouts.exchange).await;
            if let Some(seconds) = ahead {
                return Err(Verdict::Transient(format!(
                    "the clock of this machine is {seconds} s ahead of Telegram's, which therefore takes no message; set it right"
                )));
            }
        }
        self.silent.store(false, Ordering::SeqCst);
        Ok(())
    }

    /// Gives up the key of this data centre and agrees on another. The old one is kept by the store.
    pub(super) async fn renew_key(&self, generation: u64) -> Result<(), Verdict> {
        self.rebuild(generation).await;
        let _open = self.open.lock().await;
        tracing::warn!(
            dc = self.dc,
            "the data centre does not know our key; agreeing on a new one"
        );
        self.ensure_key(true).await
    }

    /// Says goodbye and waits a moment for it to be heard.
    pub(super) async fn close(&self) {
        let Some(open) = self.open.lock().await.take() else {
            return;
        };
        open.handle.quit();
        let abort = open.runner.abort_handle();
        if tokio::time::timeout(Duration::from_secs(2), open.runner)
            .await
            .is_err()
        {
            abort.abort();
        }
    }

    async fn ensure_key(&self, replace: bool) -> Result<(), Verdict> {
        let session = &self.parts.session;
        let unknown = || Verdict::Refused(unknown_dc());
        let mut dc = session.dc(self.dc).ok_or_else(unknown)?;
        if dc.auth_key.is_some() && !replace {
            return Ok(());
        }
        let device = &self.parts.device;
        let server = keys::server(keys::address(&dc, device.use_ipv6), device.proxy_url.as_deref());
        let set = session.dc_set().clone();
        // In a task of its own: a panic in the protocol code is a failed exchange, not ours.
        let exchange = tokio::spawn(async move { keys::exchange(&set, server).await });
        let abort = exchange.abort_handle();
        let key = match tokio::time::timeout(self.parts.timeouts.exchange, exchange).await {
            Ok(Ok(Ok(key))) => key,
            Ok(Ok(Err(e))) => return Err(judge_exchange(&e)),
            Ok(Err(_)) => return Err(Verdict::Transient("the key exchange broke off".to_owned())),
            Err(_) => {
                abort.abort();
                return Err(Verdict::Transient(format!(
                    "DC {} does not answer the key exchange",
                    self.dc
                )));
            }
        };
        dc.auth_key = Some(key);
        session.save_dc(&dc).await.map_err(|e| judge_store(&e))?;
        Ok(())
    }

    fn open(&self, generation: u64) -> Open {
        let parts = &self.parts;
        let params = ConnectionParams {
            device_model: parts.device.device_model.clone(),
            system_version: parts.device.system_version.clone(),
            app_version: parts.device.app_version.clone(),
            system_lang_code: parts.device.lang_code.clone(),
            lang_code: parts.device.lang_code.clone(),
            proxy_url: parts.device.proxy_url.clone(),
            use_ipv6: parts.device.use_ipv6,
            retry_policy: Box::new(NoRetries),
            updates_channel_capacity: UPDATES_CAPACITY,
            ..ConnectionParams::default()
        };
        let pool = SenderPool::with_configuration(Arc::clone(&parts.session), parts.api_id, params);
        let runner = tokio::spawn(pool.runner.run());
        let (hub, session, dc) = (Arc::clone(&parts.hub), Arc::clone(&parts.session), self.dc);
        let mut received = pool.updates;
        // Ends with the runner, which holds the other end.
        tokio::spawn(async move {
            while let Some(update) = received.recv().await {
                if session.home_dc() == dc {
                    hub.forward(update);
                }
            }
            // The runner has ended; what came in between is found by a difference.
            if session.home_dc() == dc {
                hub.forward(UpdatesLike::ConnectionClosed);
            }
        });
        Open {
            generation,
            handle: pool.handle.thin,
            runner,
            given_up: false,
        }
    }
}

impl Open {
    fn lend(&self) -> Use {
        Use {
            generation: self.generation,
            handle: self.handle.clone(),
        }
    }
}

impl Use {
    /// One attempt. A runner that has ended or panicked gives `Dropped`.
    pub(super) async fn invoke(&self, dc: i32, body: Vec<u8>) -> Result<Vec<u8>, InvocationError> {
        self.handle.raw_invoke_in_dc(dc, body).await
    }
}

fn unknown_dc() -> RpcError {
    RpcError {
        code: 0,
        name: "DC_ADDRESS_UNKNOWN".to_owned(),
        value: None,
        caused_by: None,
    }
}

/// Ends with [`Verdict::Transient`] when `limit` is over.
pub(super) async fn within<T>(
    limit: Duration,
    closed: &CancellationToken,
    work: impl Future<Output = T>,
) -> Option<Result<T, Elapsed>> {
    tokio::select! {
        () = closed.cancelled() => None,
        result = tokio::time::timeout(limit, work) => Some(result.map_err(|_| Elapsed)),
    }
}

/// The time was over.
pub(super) struct Elapsed;

#[cfg(test)]
mod tests {
    use grammers_tl_types::{Deserializable as _, Serializable as _, enums, functions};
    use model::{AccountId, TestClock};
    use store::{Accounts as _, Authorization, Leases as _};
    use store_sqlite::{SqliteOptions, SqliteStore};
    use telegram_sim::{Sim, SimConfig, World};

    use super::*;
    use crate::{CustomDc, DcSet, RsaKey, SessionKey, Stamps};

    async fn link(sim: &Sim, store: Arc<SqliteStore>, clock: &TestClock) -> (Link, Arc<Hub>) {
        store.ensure_account("a").await.unwrap();
        let authorization = Authorization {
            account: AccountId(1),
            role: "fetcher".to_owned(),
        };
        let lease = store
            .acquire_lease(&authorization, "o", Duration::from_hours(1))
            .await
            .unwrap()
            .unwrap();
        let set = DcSet::Custom(CustomDc {
            address: sim.address(2).unwrap(),
            dc_id: 2,
            rsa_key: RsaKey::from_pem(sim.rsa_public_spki()).unwrap(),
        });
        let session = StoredSession::load(store, lease, SessionKey::from_bytes([1; 32]), set)
            .await
            .unwrap();
        let hub = Arc::new(Hub::new(Arc::new(Stamps::new(1)), Arc::new(clock.clone())));
        let parts = LinkParts {
            session: Arc::new(session),
            api_id: 1,
            device: Device::default(),
            timeouts: Timeouts::default(),
            hub: Arc::clone(&hub),
        };
        (Link::new(2, Arc::new(parts)), hub)
    }

    async fn works(link: &Link) -> u64 {
        let lent = link.get().await.unwrap();
        let answer = lent.invoke(2, functions::help::GetConfig {}.to_bytes()).await;
        assert!(answer.is_ok_and(|a| enums::Config::from_bytes(&a).is_ok()));
        lent.generation
    }

    #[tokio::test]
    async fn a_runner_that_ended_is_replaced_and_the_follower_is_told() {
        let clock = TestClock::default();
        let sim = Sim::start(SimConfig::new(World::new(1), Arc::new(clock.clone())))
            .await
            .unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let store = SqliteStore::open(&path, Arc::new(clock.clone()), SqliteOptions::default())
            .await
            .unwrap();
        let (link, hub) = link(&sim, Arc::new(store), &clock).await;
        let mut arrivals = hub.follow();
        assert_eq!(works(&link).await, 1);
        let runner = link
            .open
            .lock()
            .await
            .as_ref()
            .map(|o| o.runner.abort_handle())
            .unwrap();
        // As after a panic inside: the task is gone.
        runner.abort();
        let told = tokio::time::timeout(Duration::from_secs(20), arrivals.recv())
            .await
            .unwrap()
            .unwrap();
        assert!(matches!(told.updates, UpdatesLike::ConnectionClosed));
        assert_eq!(works(&link).await, 2);
        link.rebuild(1).await;
        assert_eq!(
            works(&link).await,
            2,
            "a call of an older connection does not end a newer one"
        );
        link.rebuild(2).await;
        assert_eq!(works(&link).await, 3);
        let request = functions::Ping { ping_id: 5 }.to_bytes();
        let answer = link.get().await.unwrap().invoke(2, request).await.unwrap();
        let enums::Pong::Pong(pong) = enums::Pong::from_bytes(&answer).unwrap();
        assert_eq!(pong.ping_id, 5, "a ping is answered like a call");
        link.close().await;
    }
}
