//! The archive against the simulator inside one test process, in both modes: each process of the archive is a runtime of
//! its own, which can be crashed.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use assembly::{
    BlobSettings, BusSettings, CallRates, Common, KeySource, MediaSettings, Node, NodeSettings,
    StoreSettings, Stores, TelegramSettings, open_blobs, open_bus, open_store,
};
use blobs::DiskBlobs;
use bus::{MemoryBus, MemoryLimits};
use fetcher::{ChatFilter, ChatType, Listener};
use media_downloader::Verify;
use media_downloader::owner::OwnerConfig;
use model::{AccountId, TestClock};
use rate_limiter::SlidingWindow;
use secrecy::SecretString;
use store::Authorization;
use telegram::{
    CustomDc, DcSet, Device, Login as _, QrLogin, RsaKey, SignedIn, Stamps, Telegram as _, Timeouts,
};
use telegram_sim::scenario::{ACCOUNT, CODE, PASSWORD, PHONE};
use telegram_sim::{Sim, SimConfig, World};
use testkit::{Nats, Postgres, TestDatabase};

use crate::installation::Mode;

/// How long a lease lasts; a crashed owner's is waited for by advancing the clock.
pub const LEASE: Duration = Duration::from_secs(30);

/// What a crashed process had pulled comes again after so long.
const ACK_WAIT: Duration = Duration::from_secs(3);

/// A simulator, a database, and whatever runs over them.
pub struct Bed {
    /// The simulated Telegram.
    pub sim: Sim,
    /// Drives both.
    pub clock: TestClock,
    /// Where the archive lies.
    pub folder: tempfile::TempDir,
    /// The archive's account.
    pub account: AccountId,
    /// Only in a cluster.
    pub servers: Option<Servers>,
    /// Of a single node's bus.
    pub limits: MemoryLimits,
    /// `VERIFY_MEDIA`, for what is started next.
    pub verify_media: bool,
    /// `AVATAR_REFRESH_HOURS`, for what is started next.
    pub avatar_refresh: Option<Duration>,
    /// How long Telegram may take to answer a call, for what is started next.
    pub patience: Duration,
    /// `BLOBS_URL`, for what is started next; `None`: the folder.
    pub blobs: Option<BlobSettings>,
    /// Any other setting, for what is started next.
    pub adjust: fn(&mut NodeSettings),
    stores: Option<Stores>,
}

/// Servers of a cluster.
pub struct Servers {
    /// The broker.
    pub nats: Nats,
    /// The database server; shared with other tests.
    pub postgres: Postgres,
    /// This test's database.
    pub database: TestDatabase,
}

impl Servers {
    async fn over(postgres: Postgres) -> anyhow::Result<Self> {
        Ok(Self {
            nats: Nats::start().await?,
            database: postgres.database().await?,
            postgres,
        })
    }
}

/// The processes of a mode.
pub const fn processes(mode: Mode) -> &'static [&'static str] {
    match mode {
        Mode::Node => &["node"],
        Mode::Cluster => &["writer", "rate-limiter", "fetcher", "media-downloader"],
    }
}

impl Bed {
    /// Starts the simulator and opens an empty archive of a single node.
    pub async fn new(world: World) -> anyhow::Result<Self> {
        Self::with(world, Mode::Node).await
    }

    /// Starts the simulator, the servers of the mode, and opens an empty archive.
    pub async fn with(world: World, mode: Mode) -> anyhow::Result<Self> {
        let clock = TestClock::default();
        let sim = Sim::start(SimConfig::new(world, Arc::new(clock.clone()))).await?;
        let servers = match mode {
            Mode::Node => None,
            Mode::Cluster => Some(Servers::over(Postgres::start().await?).await?),
        };
        Self::over(sim, clock, servers).await
    }

    /// A cluster with a PostgreSQL of its own, which may be stopped and started again.
    pub async fn with_own_postgres(world: World) -> anyhow::Result<Self> {
        let clock = TestClock::default();
        let sim = Sim::start(SimConfig::new(world, Arc::new(clock.clone()))).await?;
        let servers = Servers::over(Postgres::start_own().await?).await?;
        Self::over(sim, clock, Some(servers)).await
    }

    async fn over(sim: Sim, clock: TestClock, servers: Option<Servers>) -> anyhow::Result<Self> {
        // RUST_LOG shows what happens; a second test in the process finds it set up already.
        let _ = tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .with_test_writer()
            .try_init();
        let mut bed = Self {
            sim,
            clock,
            folder: tempfile::tempdir()?,
            account: AccountId(0),
            servers,
            limits: MemoryLimits::default(),
            verify_media: false,
            avatar_refresh: None,
            patience: Timeouts::default().call,
            blobs: None,
            adjust: |_| {},
            stores: None,
        };
        let stores = bed.stores().await?;
        bed.account = stores.all.ensure_account("telegram_backup").await?.id;
        Ok(bed)
    }

    /// The mode.
    pub const fn mode(&self) -> Mode {
        match self.servers {
            None => Mode::Node,
            Some(_) => Mode::Cluster,
        }
    }

    fn store_settings(&self) -> StoreSettings {
        let timeout = Duration::from_secs(30);
        let echo = false;
        match &self.servers {
            None => StoreSettings::Sqlite {
                path: self.folder.path().join("telegram_backup.db"),
                timeout,
                echo,
            },
            Some(servers) => StoreSettings::Postgres {
                url: SecretString::from(servers.database.url.clone()),
                timeout,
                echo,
            },
        }
    }

    /// Plain SQL on the database.
    pub async fn pool(&self) -> anyhow::Result<sqlx::AnyPool> {
        let url = match &self.servers {
            None => format!(
                "sqlite://{}",
                self.folder.path().join("telegram_backup.db").display()
            ),
            Some(servers) => servers.database.url.clone(),
        };
        crate::installation::pool(&url).await
    }

    /// The test's own view of the store, opened once.
    pub async fn stores(&mut self) -> anyhow::Result<Stores> {
        if let Some(stores) = &self.stores {
            return Ok(stores.clone());
        }
        let stores = open_store(&self.store_settings(), Arc::new(self.clock.clone())).await?;
        self.stores = Some(stores.clone());
        Ok(stores)
    }

    /// How the archive reaches the simulator.
    pub fn telegram(&self) -> anyhow::Result<TelegramSettings> {
        let dc = CustomDc {
            address: self.sim.address(2).context("DC 2")?,
            dc_id: 2,
            rsa_key: RsaKey::from_pem(self.sim.rsa_public_pem())?,
        };
        Ok(TelegramSettings {
            api_id: 12345,
            api_hash: SecretString::from("0123456789abcdef0123456789abcdef"),
            dc_set: DcSet::Custom(dc),
            key: KeySource::File(self.folder.path().join("session.key")),
            rates: CallRates::default(),
            clock: Arc::new(self.clock.clone()),
            device: Device::default(),
            timeouts: Timeouts {
                call: self.patience,
                ..Timeouts::default()
            },
        })
    }

    /// Logs in as a person would: code, then password; in a cluster the downloader too.
    pub async fn log_in(&mut self) -> anyhow::Result<()> {
        let stores = self.stores().await?;
        let settings = self.telegram()?;
        let fetcher = Authorization {
            account: self.account,
            role: "fetcher".to_owned(),
        };
        let lease = stores
            .all
            .acquire_lease(&fetcher, "log-in", Duration::from_mins(1))
            .await?;
        let lease = lease.context("the lease is held")?;
        let stamps = Arc::new(Stamps::new(lease.epoch));
        let client = settings.open(&stores.all, lease.clone(), stamps).await?;
        let login = settings.login(&client);
        login.request_code(&SecretString::from(PHONE)).await?;
        let signed = match login.sign_in(&SecretString::from(CODE)).await? {
            SignedIn::PasswordNeeded { .. } => login.check_password(&SecretString::from(PASSWORD)).await?,
            done @ SignedIn::Done(_) => done,
        };
        if signed != SignedIn::Done(ACCOUNT) {
            bail!("somebody else is logged in");
        }
        if self.mode() == Mode::Cluster {
            self.log_in_downloader(&stores, &login).await?;
        }
        client.disconnect().await;
        stores.all.release_lease(&lease).await?;
        Ok(())
    }

    async fn log_in_downloader(&self, stores: &Stores, main: &telegram::TelegramLogin) -> anyhow::Result<()> {
        let authorization = media_downloader::owner::authorization(self.account, 1);
        let lease = stores
            .all
            .acquire_lease(&authorization, "log-in", Duration::from_mins(1))
            .await?;
        let lease = lease.context("the lease is held")?;
        let settings = self.telegram()?;
        let stamps = Arc::new(Stamps::new(lease.epoch));
        let client = settings.open(&stores.all, lease.clone(), stamps).await?;
        let login = settings.login(&client);
        let QrLogin::Show { url, .. } = login.qr(Duration::ZERO).await? else {
            bail!("no token was shown");
        };
        main.accept_token(&url).await?;
        match login.qr(Duration::from_secs(10)).await? {
            QrLogin::Accepted(SignedIn::Done(_)) => {}
            QrLogin::Accepted(SignedIn::PasswordNeeded { .. }) => {
                login.check_password(&SecretString::from(PASSWORD)).await?;
            }
            QrLogin::Show { .. } => bail!("the token was not accepted"),
        }
        client.disconnect().await;
        stores.all.release_lease(&lease).await?;
        Ok(())
    }

    /// Settings of one of [`processes`], with the defaults of a listener that is on.
    fn settings(&self, process: &str) -> anyhow::Result<NodeSettings> {
        let node = process == "node";
        let owner = format!("{process}-{}", rand::random::<u64>());
        let mut settings = NodeSettings::default();
        if node || process == "fetcher" {
            settings.fetcher = Some((self.fetcher(owner.clone()), self.telegram()?));
        }
        if node || process == "writer" {
            settings.writer = Some(writer::Config {
                ack_wait: ACK_WAIT,
                reconcile_every: Duration::from_millis(200),
                ..writer::Config::default()
            });
        }
        if node || process == "rate-limiter" {
            settings.guard = Some(rate_limiter::Config {
                window: SlidingWindow::new(10, 30),
                rates: CallRates::default(),
                ack_wait: ACK_WAIT,
            });
        }
        if node || process == "media-downloader" {
            let own = OwnerConfig {
                account: self.account,
                owner: owner.clone(),
                number: 0,
                downloaders: 1,
                lease_ttl: LEASE,
            };
            settings.media = Some(MediaSettings {
                config: media_downloader::Config {
                    download: true,
                    max_bytes: None,
                    parallel: 4,
                    ack_wait: ACK_WAIT,
                    verify: self.verify_media.then_some(Verify {
                        account: self.account,
                        owner,
                    }),
                },
                blobs: match &self.blobs {
                    Some(settings) => open_blobs(settings)?,
                    None => Arc::new(DiskBlobs::new(self.media(), true)),
                },
                own: if node { None } else { Some((own, self.telegram()?)) },
            });
        }
        (self.adjust)(&mut settings);
        Ok(settings)
    }

    /// Where files lie, unless [`Bed::blobs`] says otherwise.
    pub fn media(&self) -> std::path::PathBuf {
        self.folder.path().join("media")
    }

    fn fetcher(&self, owner: String) -> fetcher::Config {
        fetcher::Config {
            account: self.account,
            owner,
            lease_ttl: LEASE,
            filter: ChatFilter {
                types: [ChatType::Private, ChatType::Groups, ChatType::Channels].into(),
                ..ChatFilter::default()
            },
            priority: Vec::new(),
            page: 100,
            walkers: 4,
            listener: Listener {
                enabled: true,
                edits: true,
                deletions: true,
                new_messages: true,
                chat_actions: true,
            },
            schedule: None,
            run_at_start: true,
            batch_sync: false,
            avatar_refresh: self.avatar_refresh,
        }
    }

    /// A single node on the test's own runtime.
    pub async fn node(&mut self) -> anyhow::Result<Node> {
        let stores = self.stores().await?;
        let common = Common::single_node(stores, Arc::new(self.clock.clone()));
        Ok(Node::start(&common, self.settings("node")?))
    }

    /// All of [`processes`], each on a runtime of its own.
    pub async fn all(&self) -> anyhow::Result<Vec<Process>> {
        let mut running = Vec::new();
        for name in processes(self.mode()) {
            running.push(self.process(name).await?);
        }
        Ok(running)
    }

    /// One of [`processes`] on a runtime of its own, as far from the others as processes are.
    pub async fn process(&self, name: &'static str) -> anyhow::Result<Process> {
        let settings = self.settings(name)?;
        let store_settings = self.store_settings();
        let bus_settings = self.servers.as_ref().map(|servers| BusSettings {
            url: SecretString::from(servers.nats.url()),
            credentials_file: None,
            replicas: 1,
        });
        let (clock, limits) = (self.clock.clone(), self.limits);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name(name)
            .enable_all()
            .build()?;
        let starting = runtime.spawn(async move {
            let stores = open_store(&store_settings, Arc::new(clock.clone())).await?;
            let common = match bus_settings {
                None => Common {
                    bus: Arc::new(MemoryBus::new(limits)),
                    stores,
                    clock: Arc::new(clock),
                },
                Some(bus) => Common {
                    bus: open_bus(&bus).await?,
                    stores,
                    clock: Arc::new(clock),
                },
            };
            anyhow::Ok(Node::start(&common, settings))
        });
        let node = starting.await??;
        Ok(Process {
            name,
            runtime: Some(runtime),
            node: Some(node),
        })
    }
}

/// A process of the archive.
pub struct Process {
    /// Which.
    pub name: &'static str,
    runtime: Option<tokio::runtime::Runtime>,
    node: Option<Node>,
}

impl Process {
    /// The services that run in it.
    pub fn node(&self) -> &Node {
        self.node.as_ref().expect("a process that was not ended")
    }

    /// Ends it in the middle of whatever it does: nothing is finished, nothing is told.
    pub fn crash(mut self) {
        self.end();
    }

    /// Ends it as SIGTERM does.
    pub async fn stop(mut self, limit: Duration) {
        if let Some(node) = self.node.take() {
            node.stop(limit).await;
        }
        self.end();
    }

    fn end(&mut self) {
        self.node = None;
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Waits for a condition; panics with `what` if it does not come.
pub async fn eventually<F: Future<Output = bool>>(
    what: &str,
    limit: Duration,
    mut condition: impl FnMut() -> F,
) {
    let deadline = tokio::time::Instant::now() + limit;
    while !condition().await {
        assert!(tokio::time::Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
