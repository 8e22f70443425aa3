//! Telegram clients from settings.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use bus::Bus;
use model::Clock;
use rate_limiter::CallRates;
use secrecy::SecretString;
use store::{Accounts, Lease, Sessions, Store};
use telegram::{
    CallBudget, DcSet, Device, OpenOptions, Opened, SessionKey, Stamps, TelegramClient, TelegramFactory,
    TelegramLogin, Timeouts,
};

use crate::budget::{self, RateBudget};

/// Where the key that seals sessions comes from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// `SESSION_ENCRYPTION_KEY`.
    Secret(SecretString),
    /// A file, generated on the first start of a single node.
    File(PathBuf),
}

impl KeySource {
    pub(crate) fn read(&self) -> anyhow::Result<SessionKey> {
        match self {
            Self::Secret(secret) => SessionKey::from_secret(secret).context("SESSION_ENCRYPTION_KEY"),
            Self::File(path) => {
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder)
                        .with_context(|| format!("the folder {}", folder.display()))?;
                }
                SessionKey::load_or_generate(path).context("the session's key file")
            }
        }
    }
}

/// What all clients of this process share.
#[derive(Clone)]
pub struct TelegramSettings {
    /// `TELEGRAM_API_ID`.
    pub api_id: i32,
    /// `TELEGRAM_API_HASH`.
    pub api_hash: SecretString,
    /// Telegram, or something else.
    pub dc_set: DcSet,
    /// Seals auth keys.
    pub key: KeySource,
    /// Calls per second of the account.
    pub rates: CallRates,
    /// Decides flood waits.
    pub clock: Arc<dyn Clock>,
    /// How we present ourselves.
    pub device: Device,
    /// How long to wait.
    pub timeouts: Timeouts,
}

impl TelegramSettings {
    /// A client under a lease, for a handful of calls; nothing is connected yet.
    pub async fn open(
        &self,
        store: &Arc<dyn Store>,
        lease: Lease,
        stamps: Arc<Stamps>,
    ) -> anyhow::Result<TelegramClient> {
        let budget = Arc::new(RateBudget::new(self.rates));
        self.open_with(store, lease, stamps, budget).await
    }

    async fn open_with(
        &self,
        store: &Arc<dyn Store>,
        lease: Lease,
        stamps: Arc<Stamps>,
        budget: Arc<dyn CallBudget>,
    ) -> anyhow::Result<TelegramClient> {
        let options = OpenOptions {
            lease,
            sessions: Arc::clone(store) as Arc<dyn Sessions>,
            accounts: Arc::clone(store) as Arc<dyn Accounts>,
            session_key: self.key.read()?,
            api_id: self.api_id,
            api_hash: self.api_hash.clone(),
            dc_set: self.dc_set.clone(),
            clock: Arc::clone(&self.clock),
            budget,
            stamps,
            device: self.device.clone(),
            timeouts: self.timeouts,
        };
        Ok(TelegramClient::open(options).await?)
    }

    /// A log-in on a client.
    pub fn login(&self, client: &TelegramClient) -> TelegramLogin {
        TelegramLogin::new(client)
    }
}

/// Opens clients for those who hold a lease.
pub(crate) struct Factory {
    pub(crate) settings: TelegramSettings,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) bus: Arc<dyn Bus>,
}

impl Factory {
    async fn client(&self, lease: Lease, stamps: Arc<Stamps>) -> anyhow::Result<TelegramClient> {
        let budget = budget::shared(self.settings.rates, &*self.store, &self.bus, &lease).await?;
        self.settings.open_with(&self.store, lease, stamps, budget).await
    }
}

#[async_trait]
impl TelegramFactory for Factory {
    async fn open(&self, lease: Lease, stamps: Arc<Stamps>) -> Result<Opened, String> {
        match self.client(lease, stamps).await {
            Ok(client) => Ok(Opened {
                login: Arc::new(self.settings.login(&client)),
                telegram: Arc::new(client),
            }),
            Err(error) => Err(format!("{error:#}")),
        }
    }
}
