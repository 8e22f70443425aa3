//! A node against the simulator, in one process.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use assembly::{
    CallRates, Common, KeySource, MediaSettings, Node, NodeSettings, RateBudget, StoreSettings, Stores,
    TelegramSettings, open_store,
};
use blobs::DiskBlobs;
use fetcher::{ChatFilter, ChatType, Listener};
use model::{AccountId, TestClock};
use rate_limiter::SlidingWindow;
use secrecy::SecretString;
use store::Authorization;
use telegram::{CustomDc, DcSet, Device, Login as _, RsaKey, SignedIn, Stamps, Telegram as _, Timeouts};
use telegram_sim::scenario::{ACCOUNT, CODE, PASSWORD, PHONE};
use telegram_sim::{Sim, SimConfig, World};

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
    stores: Option<Stores>,
}

impl Bed {
    /// Starts the simulator and opens an empty archive.
    pub async fn new(world: World) -> anyhow::Result<Self> {
        // RUST_LOG shows what happens; a second test in the process finds it set up already.
        let _ = tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .with_test_writer()
            .try_init();
        let clock = TestClock::default();
        let sim = Sim::start(SimConfig::new(world, Arc::new(clock.clone()))).await?;
        let folder = tempfile::tempdir()?;
        let mut bed = Self {
            sim,
            clock,
            folder,
            account: AccountId(0),
            stores: None,
        };
        let stores = bed.stores().await?;
        bed.account = stores.all.ensure_account("telegram_backup").await?.id;
        Ok(bed)
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("telegram_backup.db")
    }

    /// Plain SQL on it.
    pub async fn pool(&self) -> anyhow::Result<sqlx::AnyPool> {
        crate::installation::pool(&format!("sqlite://{}", self.database().display())).await
    }

    /// The store, opened once.
    pub async fn stores(&mut self) -> anyhow::Result<Stores> {
        if let Some(stores) = &self.stores {
            return Ok(stores.clone());
        }
        let settings = StoreSettings::Sqlite {
            path: self.database(),
            timeout: Duration::from_secs(30),
            echo: false,
        };
        let stores = open_store(&settings, Arc::new(self.clock.clone())).await?;
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
            budget: Arc::new(RateBudget::new(CallRates::default())),
            clock: Arc::new(self.clock.clone()),
            device: Device::default(),
            timeouts: Timeouts::default(),
        })
    }

    /// Logs in as a person would: code, then password.
    pub async fn log_in(&mut self) -> anyhow::Result<()> {
        let stores = self.stores().await?;
        let authorization = Authorization {
            account: self.account,
            role: "fetcher".to_owned(),
        };
        let lease = stores
            .all
            .acquire_lease(&authorization, "log-in", Duration::from_mins(1))
            .await?;
        let lease = lease.context("the lease is held")?;
        let settings = self.telegram()?;
        let client = settings
            .open(&stores.all, lease.clone(), Arc::new(Stamps::new(lease.epoch)))
            .await?;
        let login = settings.login(&client);
        login.request_code(&SecretString::from(PHONE)).await?;
        let signed = match login.sign_in(&SecretString::from(CODE)).await? {
            SignedIn::PasswordNeeded { .. } => login.check_password(&SecretString::from(PASSWORD)).await?,
            done @ SignedIn::Done(_) => done,
        };
        if signed != SignedIn::Done(ACCOUNT) {
            bail!("somebody else is logged in");
        }
        client.disconnect().await;
        stores.all.release_lease(&lease).await?;
        Ok(())
    }

    /// Starts a node with the defaults of a listener that is on.
    pub async fn node(&mut self) -> anyhow::Result<Node> {
        let stores = self.stores().await?;
        let config = fetcher::Config {
            account: self.account,
            owner: format!("node-{}", rand::random::<u64>()),
            lease_ttl: Duration::from_secs(30),
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
        };
        let settings = NodeSettings {
            fetcher: Some((config, self.telegram()?)),
            writer: Some(writer::Config {
                reconcile_every: Duration::from_millis(200),
                ..writer::Config::default()
            }),
            window: Some(SlidingWindow::new(10, 30)),
            media: Some(MediaSettings {
                config: media_downloader::Config {
                    download: true,
                    max_bytes: None,
                    parallel: 4,
                },
                blobs: DiskBlobs::new(self.folder.path().join("media"), true),
                own: None,
            }),
        };
        let common = Common::single_node(stores, Arc::new(self.clock.clone()));
        Ok(Node::start(&common, settings))
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
