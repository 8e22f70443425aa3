//! Telegram clients from settings.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use model::Clock;
use secrecy::SecretString;
use store::{Accounts, Lease, Sessions, Store};
use telegram::{
    CallBudget, DcSet, Device, OpenOptions, Opened, SessionKey, Stamps, TelegramClient, TelegramFactory,
    TelegramLogin, Timeouts,
};

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
    /// Calls per second.
    pub budget: Arc<dyn CallBudget>,
    /// Decides flood waits.
    pub clock: Arc<dyn Clock>,
    /// How we present ourselves.
    pub device: Device,
    /// How long to wait.
    pub timeouts: Timeouts,
}

impl TelegramSettings {
    /// A client under a lease; nothing is connected yet.
    pub async fn open(
        &self,
        store: &Arc<dyn Store>,
        lease: Lease,
        stamps: Arc<Stamps>,
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
            budget: Arc::clone(&self.budget),
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
}

#[async_trait]
impl TelegramFactory for Factory {
    async fn open(&self, lease: Lease, stamps: Arc<Stamps>) -> Result<Opened, String> {
        match self.settings.open(&self.store, lease, stamps).await {
            Ok(client) => Ok(Opened {
                login: Arc::new(self.settings.login(&client)),
                telegram: Arc::new(client),
            }),
            Err(error) => Err(format!("{error:#}")),
        }
    }
}
