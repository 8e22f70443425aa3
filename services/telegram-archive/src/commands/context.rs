//! What commands share: the store, the account, Telegram, the control socket.

use std::net::ToSocketAddrs as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use assembly::{
    CallRates, KeySource, NodeSettings, RateBudget, StoreSettings, Stores, TelegramSettings, control,
    open_store,
};
use blobs::DiskBlobs;
use fetcher::{ChatFilter, ChatType, Listener, Schedule};
use model::{AccountId, Clock, SystemClock};
use rate_limiter::SlidingWindow;
use store::Account;
use telegram::{CustomDc, DcSet, Device, RsaKey, Timeouts};

use crate::settings::Settings;
use crate::settings::resolved::Database;
use crate::settings::values::{ChatIds, ChatType as SettingsType};

/// An opened archive.
pub(super) struct Archive {
    pub(super) stores: Stores,
    pub(super) account: Account,
    pub(super) clock: Arc<dyn Clock>,
}

/// Opens the database; migrates it.
pub(super) async fn archive(settings: &Settings) -> anyhow::Result<Archive> {
    let d = &settings.args.database;
    let (timeout, echo) = (d.database_timeout, d.db_echo);
    let database = match &settings.database {
        Database::Sqlite(path) => StoreSettings::Sqlite {
            path: path.clone(),
            timeout,
            echo,
        },
        Database::Postgres(url) => StoreSettings::Postgres {
            url: url.clone(),
            timeout,
            echo,
        },
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let stores = open_store(&database, Arc::clone(&clock)).await?;
    let account = stores
        .all
        .ensure_account(&settings.args.telegram.session_name)
        .await?;
    Ok(Archive {
        stores,
        account,
        clock,
    })
}

/// The socket on which a running node answers.
pub(super) fn socket(settings: &Settings) -> PathBuf {
    settings
        .session_dir
        .join(format!("{}.sock", settings.args.telegram.session_name))
}

/// Asks the running node; `None`: none runs.
pub(super) async fn ask<T: serde::de::DeserializeOwned>(
    settings: &Settings,
    service: &str,
    verb: &str,
    body: &serde_json::Value,
) -> anyhow::Result<Option<T>> {
    let answer = control::request(&socket(settings), service, verb, body).await?;
    answer
        .map(|value| serde_json::from_value(value).context("the running process is of another version"))
        .transpose()
}

/// Telegram's production servers, or those of `TELEGRAM_DC_ADDRESS`.
fn dc_set(settings: &Settings) -> anyhow::Result<DcSet> {
    let t = &settings.args.telegram;
    let Some(address) = &t.telegram_dc_address else {
        return Ok(DcSet::Production);
    };
    let Some(file) = &t.telegram_dc_rsa_key_file else {
        bail!(
            "TELEGRAM_DC_RSA_KEY_FILE: is needed with TELEGRAM_DC_ADDRESS: a PEM file with that server's public RSA key"
        );
    };
    let pem = std::fs::read_to_string(file)
        .with_context(|| format!("TELEGRAM_DC_RSA_KEY_FILE: {} cannot be read", file.display()))?;
    let address = address
        .to_socket_addrs()
        .ok()
        .and_then(|mut all| all.next())
        .with_context(|| {
            format!(
                "TELEGRAM_DC_ADDRESS: `{address}` is no address. Example: TELEGRAM_DC_ADDRESS=127.0.0.1:4430"
            )
        })?;
    let rsa_key = RsaKey::from_pem(&pem)
        .context("TELEGRAM_DC_RSA_KEY_FILE: not a public RSA key in PEM (PKCS#1 or SPKI)")?;
    Ok(DcSet::Custom(CustomDc {
        address,
        dc_id: t.telegram_dc_id,
        rsa_key,
    }))
}

/// How Telegram is reached; needs the credentials (F1).
pub(super) fn telegram(settings: &Settings, clock: Arc<dyn Clock>) -> anyhow::Result<TelegramSettings> {
    use secrecy::ExposeSecret as _;
    let credentials = settings.credentials()?;
    let t = &settings.args.telegram;
    let key = match &t.session_encryption_key {
        Some(secret) => KeySource::Secret(secret.clone()),
        None => KeySource::File(settings.session_dir.join(format!("{}.key", t.session_name))),
    };
    let rates = CallRates {
        metadata: t.telegram_metadata_calls_per_second,
        history: t.telegram_history_calls_per_second,
        files: t.telegram_file_calls_per_second,
    };
    let proxy_url = t.telegram_proxy.as_ref().map(|p| p.expose_secret().to_owned());
    Ok(TelegramSettings {
        api_id: credentials.api_id,
        api_hash: credentials.api_hash,
        dc_set: dc_set(settings)?,
        key,
        budget: Arc::new(RateBudget::new(rates)),
        clock,
        device: Device {
            proxy_url,
            ..Device::default()
        },
        timeouts: Timeouts::default(),
    })
}

/// The chat filter (F31-F38).
pub(super) fn filter(settings: &Settings) -> ChatFilter {
    let c = &settings.args.chats;
    let set = |ids: &ChatIds| ids.0.iter().copied().collect();
    let first = |ids: &ChatIds, older: &ChatIds| if ids.0.is_empty() { set(older) } else { set(ids) };
    let types = c.chat_types.0.iter().map(|t| match t {
        SettingsType::Private => ChatType::Private,
        SettingsType::Groups => ChatType::Groups,
        SettingsType::Channels => ChatType::Channels,
    });
    ChatFilter {
        types: types.collect(),
        include: first(&c.global_include_chat_ids, &c.include_chat_ids),
        exclude: first(&c.global_exclude_chat_ids, &c.exclude_chat_ids),
        include_of: [
            (ChatType::Private, set(&c.private_include_chat_ids)),
            (ChatType::Groups, set(&c.groups_include_chat_ids)),
            (ChatType::Channels, set(&c.channels_include_chat_ids)),
        ]
        .into(),
        exclude_of: [
            (ChatType::Private, set(&c.private_exclude_chat_ids)),
            (ChatType::Groups, set(&c.groups_exclude_chat_ids)),
            (ChatType::Channels, set(&c.channels_exclude_chat_ids)),
        ]
        .into(),
    }
}

/// Settings of a single node's services.
pub(super) fn node(
    settings: &Settings,
    account: AccountId,
    telegram: Option<TelegramSettings>,
    schedule: Option<Schedule>,
) -> NodeSettings {
    let a = &settings.args;
    if a.backup.batch_size > 100 {
        tracing::warn!("BATCH_SIZE: Telegram's pages have 100 messages at most; 100 is used");
    }
    let l = &a.listener;
    let config = fetcher::Config {
        account,
        owner: format!("{:016x}", rand::random::<u64>()),
        lease_ttl: Duration::from_secs(30),
        filter: filter(settings),
        priority: a.backup.priority_chat_ids.0.clone(),
        page: a.backup.batch_size.min(100),
        walkers: 4,
        listener: Listener {
            enabled: l.enable_listener,
            edits: l.listen_edits,
            deletions: l.listen_deletions,
            new_messages: l.listen_new_messages,
            chat_actions: l.listen_chat_actions,
        },
        schedule,
        run_at_start: true,
        batch_sync: a.backup.sync_deletions_edits,
    };
    NodeSettings {
        fetcher: telegram.map(|t| (config, t)),
        writer: writer::Config {
            deletion_mode: a.backup.deletion_mode,
            live_media: l.listen_new_messages_media,
            download_media: a.media.download_media,
            max_media_bytes: settings.max_media_bytes(),
            ..writer::Config::default()
        },
        window: SlidingWindow::new(
            a.guard.mass_operation_threshold,
            a.guard.mass_operation_window_seconds,
        ),
        media: media_downloader::Config {
            download: a.media.download_media,
            max_bytes: settings.max_media_bytes(),
            parallel: 4,
        },
        blobs: DiskBlobs::new(a.backup.backup_path.join("media"), a.media.deduplicate_media),
        account,
    }
}
