//! The running simulator: listeners, connections, pushes.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::Clock;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::crypto::rsa::ServerKey;
use crate::crypto::srp::Verifier;
use crate::faults::Faults;
use crate::floods::Floods;
use crate::keys::Keys;
use crate::mtproto::{self, Outgoing};
use crate::pushes;
use crate::world::{Push, SharedWorld, World};

/// How to start.
pub struct SimConfig {
    /// What it serves.
    pub world: World,
    /// Data centres and their ports; 0 = any free one.
    pub dcs: Vec<(i32, u16)>,
    /// A private RSA key in PEM; `None`: the simulator's own.
    pub rsa_key: Option<String>,
    /// The world's time.
    pub clock: Arc<dyn Clock>,
}

impl SimConfig {
    /// A world on DCs 2 and 4, on free ports.
    pub fn new(world: World, clock: Arc<dyn Clock>) -> Self {
        Self {
            world,
            dcs: vec![(2, 0), (4, 0)],
            rsa_key: None,
            clock,
        }
    }
}

/// What was called.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Counters {
    /// Calls per method.
    pub calls: BTreeMap<String, u64>,
    /// Calls of methods the simulator does not have.
    pub unknown: BTreeMap<String, u64>,
    /// Calls made before a flood wait had ended.
    pub flood_violations: u64,
    /// Flood waits answered.
    pub flood_waits: u64,
    /// Connections accepted.
    pub connections: u64,
    /// Pushes that somebody got, by the form they had: `updateShortMessage`.
    pub pushes: BTreeMap<String, u64>,
}

struct Open {
    sender: mpsc::Sender<Outgoing>,
    dc: i32,
    key: i64,
    wants_updates: bool,
}

/// What all connections share.
pub(crate) struct Shared {
    world: SharedWorld,
    keys: Mutex<Keys>,
    connections: Mutex<HashMap<u64, Open>>,
    counters: Mutex<Counters>,
    verifiers: Mutex<HashMap<i64, (String, Verifier)>>,
    addresses: Mutex<Vec<(i32, SocketAddr)>>,
    next_connection: AtomicU64,
    /// Whether anybody listens.
    there: watch::Sender<bool>,
    pub(crate) server_key: ServerKey,
    pub(crate) faults: Faults,
    pub(crate) floods: Floods,
    pub(crate) clock: Arc<dyn Clock>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    pub(crate) fn keys(&self) -> MutexGuard<'_, Keys> {
        lock(&self.keys)
    }

    pub(crate) fn addresses(&self) -> Vec<(i32, SocketAddr)> {
        lock(&self.addresses).clone()
    }

    pub(crate) fn count(&self, method: &str) {
        let mut counters = lock(&self.counters);
        match counters.calls.get_mut(method) {
            Some(n) => *n += 1,
            None => _ = counters.calls.insert(method.to_owned(), 1),
        }
    }

    pub(crate) fn count_unknown(&self, method: &str) {
        *lock(&self.counters).unknown.entry(method.to_owned()).or_default() += 1;
    }

    /// The verifier of an account's password, made once per password.
    pub(crate) fn verifier(&self, account: i64) -> Option<Verifier> {
        let password = self.world().account(account)?.password.clone()?;
        let mut verifiers = lock(&self.verifiers);
        let known = verifiers.get(&account).filter(|(p, _)| *p == password);
        if let Some((_, verifier)) = known {
            return Some(verifier.clone());
        }
        let verifier = Verifier::new(&password);
        verifiers.insert(account, (password, verifier.clone()));
        Some(verifier)
    }

    pub(crate) fn bind(&self, connection: u64, key: i64) {
        if let Some(open) = lock(&self.connections).get_mut(&connection) {
            open.key = key;
        }
    }

    pub(crate) fn wants_updates(&self, connection: u64) {
        if let Some(open) = lock(&self.connections).get_mut(&connection) {
            open.wants_updates = true;
        }
    }

    pub(crate) fn send(&self, connection: u64, message: Outgoing) {
        if let Some(open) = lock(&self.connections).get(&connection) {
            // A client that does not read loses pushes, as with Telegram: a gap tells it.
            let _ = open.sender.try_send(message);
        }
    }

    /// Pushes to the account's connections in its home data centre; counts the form if somebody gets it.
    pub(crate) fn push(&self, push: &Push) {
        let mut heard = false;
        let home = self.world().account(push.account).map(|a| a.home_dc);
        let connections = lock(&self.connections);
        let keys = self.keys();
        for open in connections.values() {
            let authorized = keys
                .get(open.key)
                .is_some_and(|k| k.account == Some(push.account) && k.dead.is_none());
            if open.wants_updates && authorized && Some(open.dc) == home {
                let sent = open.sender.try_send(Outgoing::Push(Arc::clone(&push.body)));
                heard |= sent.is_ok();
            }
        }
        if heard {
            let form = pushes::form(&push.body).to_owned();
            *lock(&self.counters).pushes.entry(form).or_default() += 1;
        }
    }
}

/// A simulated Telegram that is up.
pub struct Sim {
    pub(crate) shared: Arc<Shared>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Sim {
    /// Binds every data centre on 127.0.0.1 and serves.
    pub async fn start(config: SimConfig) -> anyhow::Result<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "Telegram does not wait for whoever is slow to read"
        )]
        let (sink, pushes) = mpsc::unbounded_channel();
        let mut world = config.world;
        world.set_push(sink);
        world.set_clock(Arc::clone(&config.clock));
        let shared = Arc::new(Shared {
            world: Arc::new(Mutex::new(world)),
            keys: Mutex::default(),
            connections: Mutex::default(),
            counters: Mutex::default(),
            verifiers: Mutex::default(),
            addresses: Mutex::default(),
            next_connection: AtomicU64::new(1),
            there: watch::Sender::new(true),
            server_key: ServerKey::read(config.rsa_key.as_deref())?,
            faults: Faults::default(),
            floods: Floods::default(),
            clock: config.clock,
        });
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        for (dc, port) in config.dcs {
            let listener = TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), port)).await?;
            lock(&shared.addresses).push((dc, listener.local_addr()?));
            tasks.spawn(accept(
                Arc::clone(&shared),
                dc,
                listener,
                tasks.clone(),
                stop.clone(),
            ));
        }
        tasks.spawn(pushes::deliver(Arc::clone(&shared), pushes, stop.clone()));
        Ok(Self { shared, stop, tasks })
    }

    /// The address of a data centre.
    pub fn address(&self, dc: i32) -> Option<SocketAddr> {
        self.shared
            .addresses()
            .into_iter()
            .find(|(id, _)| *id == dc)
            .map(|(_, a)| a)
    }

    /// All addresses.
    pub fn addresses(&self) -> Vec<(i32, SocketAddr)> {
        self.shared.addresses()
    }

    /// The public RSA key, PKCS#1.
    pub fn rsa_public_pem(&self) -> &str {
        &self.shared.server_key.public_pkcs1
    }

    /// The public RSA key, SPKI.
    pub fn rsa_public_spki(&self) -> &str {
        &self.shared.server_key.public_spki
    }

    /// The world; do not hold the lock across an await.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world()
    }

    /// The world, shared.
    pub fn shared_world(&self) -> SharedWorld {
        Arc::clone(&self.shared.world)
    }

    /// Rules for bad days.
    pub fn faults(&self) -> Faults {
        self.shared.faults.clone()
    }

    /// Flood limits.
    pub fn floods(&self) -> Floods {
        self.shared.floods.clone()
    }

    /// What was called.
    pub fn counters(&self) -> Counters {
        let mut counters = lock(&self.shared.counters).clone();
        counters.flood_violations = self.shared.floods.violations();
        counters.flood_waits = self.shared.floods.waits();
        counters
    }

    /// Closes all connections of a data centre, or all.
    pub fn drop_connections(&self, dc: Option<i32>) {
        for open in lock(&self.shared.connections).values() {
            if dc.is_none_or(|d| d == open.dc) {
                let _ = open.sender.try_send(Outgoing::Close);
            }
        }
    }

    /// Scans every QR code that is shown, with a phone of this account; answers how many there were.
    pub fn scan_login_tokens(&self, account: i64) -> usize {
        crate::auth::qr::scan(&self.shared, account)
    }

    /// Stops listening and closes all connections: whoever connects is refused. The world goes on.
    pub fn go_away(&self) {
        self.shared.there.send_replace(false);
        self.drop_connections(None);
    }

    /// Listens again, on the same ports.
    pub fn come_back(&self) {
        self.shared.there.send_replace(true);
    }

    /// Ends every authorization of an account.
    pub fn revoke_sessions(&self, account: i64) {
        for (_, key) in self.shared.keys().of_account(account) {
            key.dead = Some((401, "SESSION_REVOKED"));
        }
    }

    /// Forgets every authorization key: clients get -404.
    pub fn forget_keys(&self) {
        let ids: Vec<i64> = self.shared.keys().all().map(|(id, _)| *id).collect();
        for id in ids {
            self.shared.keys().remove(id);
        }
        self.drop_connections(None);
    }

    /// Closes everything.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept(
    shared: Arc<Shared>,
    dc: i32,
    mut listener: TcpListener,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    let mut there = shared.there.subscribe();
    loop {
        let socket = tokio::select! {
            () = until(&mut there, false) => {
                let back = tokio::select! {
                    back = listens_again(listener, &mut there) => back,
                    () = stop.cancelled() => return,
                };
                match back {
                    Ok(back) => listener = back,
                    Err(e) => return tracing::error!("nobody listens any more: {e}"),
                }
                continue;
            }
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => socket,
                Err(e) => {
                    tracing::warn!("a connection was not accepted: {e}");
                    continue;
                }
            },
            () = stop.cancelled() => return,
        };
        // Small packets go out at once; a socket that cannot be told so works all the same.
        let _ = socket.set_nodelay(true);
        let id = shared.next_connection.fetch_add(1, Ordering::SeqCst);
        lock(&shared.counters).connections += 1;
        let (sender, receiver) = mpsc::channel(10_000);
        lock(&shared.connections).insert(
            id,
            Open {
                sender: sender.clone(),
                dc,
                key: 0,
                wants_updates: false,
            },
        );
        if !*there.borrow() {
            shared.send(id, Outgoing::Close);
        }
        let (shared, stop) = (Arc::clone(&shared), stop.clone());
        tasks.spawn(async move {
            let served = tokio::select! {
                served = mtproto::serve(Arc::clone(&shared), id, dc, socket, sender, receiver) => served,
                () = stop.cancelled() => Ok(()),
            };
            if let Err(e) = served {
                tracing::debug!(dc, "a connection ended: {e:#}");
            }
            let key = lock(&shared.connections).remove(&id).map_or(0, |open| open.key);
            if let Some(key) = shared.keys().get_mut(key) {
                key.connections.retain(|(c, _, _)| *c != id);
            }
        });
    }
}

/// Waits until somebody is to listen, or nobody.
async fn until(there: &mut watch::Receiver<bool>, listening: bool) {
    // Who tells it lives as long as the connections do.
    let _ = there.wait_for(|now| *now == listening).await;
}

/// Gives the port up until it is to be listened on again.
async fn listens_again(
    listener: TcpListener,
    there: &mut watch::Receiver<bool>,
) -> std::io::Result<TcpListener> {
    let address = listener.local_addr()?;
    drop(listener);
    until(there, true).await;
    TcpListener::bind(address).await
}
