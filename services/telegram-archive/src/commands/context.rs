//! What commands share: the store, the account, Telegram, the control socket.

use std::net::ToSocketAddrs as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use assembly::{
    BlobSettings, BusSettings, CallRates, KeySource, MediaSettings, NodeSettings, NotifierSettings,
    StoreSettings, Stores, TelegramSettings, ViewerSettings, control, open_blobs, open_bus, open_store,
    open_store_read_only,
};
use blobs::Blobs;
use bus::{Bus, BusError};
use fetcher::{ChatFilter, ChatType, Listener, Schedule};
use media_downloader::Verify;
use model::{AccountId, Clock, SystemClock};
use notifier::VapidKeys;
use rate_limiter::SlidingWindow;
use store::{Account, StoreError};
use telegram::{CustomDc, DcSet, Device, RsaKey, SessionKey, Timeouts};
use viewer::PushMode;
use wire::Subject;

use crate::settings::Settings;
use crate::settings::resolved::{Database, Mismatch};
use crate::settings::values::{ChatIds, ChatType as SettingsType};

/// An opened archive.
pub(super) struct Archive {
    pub(super) stores: Stores,
    pub(super) account: Account,
    pub(super) clock: Arc<dyn Clock>,
}

/// The database that the settings name.
fn database(settings: &Settings) -> StoreSettings {
    let d = &settings.args.database;
    let (timeout, echo) = (d.database_timeout, d.db_echo);
    match &settings.database {
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
    }
}

/// Opens the database for reading only.
pub(super) async fn read_only(settings: &Settings) -> anyhow::Result<(Stores, Arc<dyn Clock>)> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let stores = open_store_read_only(&database(settings), Arc::clone(&clock)).await?;
    Ok((stores, clock))
}

/// Opens the database; migrates it.
pub(super) async fn archive(settings: &Settings) -> anyhow::Result<Archive> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let stores = open_store(&database(settings), Arc::clone(&clock)).await?;
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

/// Opens an archive that is there, for reading only: nothing is made, nothing is migrated beside a process that runs.
pub(super) async fn reading(settings: &Settings) -> anyhow::Result<Archive> {
    known(settings).await?.with_context(|| {
        format!(
            "nothing is archived of `{}` (SESSION_NAME) yet; `telegram-archive auth` begins it",
            settings.args.telegram.session_name
        )
    })
}

/// `None`: the archive is there, the account is not in it.
async fn known(settings: &Settings) -> anyhow::Result<Option<Archive>> {
    if let Database::Sqlite(path) = &settings.database
        && !path.exists()
    {
        bail!(
            "there is no archive yet: {} does not exist; `telegram-archive auth` and `run` make it (`config` tells \
             which settings it is named by)",
            path.display()
        );
    }
    let (stores, clock) = read_only(settings).await?;
    let name = &settings.args.telegram.session_name;
    let account = stores
        .all
        .accounts()
        .await?
        .into_iter()
        .find(|a| a.session_name == *name);
    Ok(account.map(|account| Archive {
        stores,
        account,
        clock,
    }))
}

/// The socket on which a running node answers.
pub(super) fn socket(settings: &Settings) -> PathBuf {
    settings
        .session_dir
        .join(format!("{}.sock", settings.args.telegram.session_name))
}

/// How long an answer is waited for.
const ANSWER: Duration = Duration::from_secs(30);

/// How to ask whoever serves this account.
pub(super) enum Way {
    /// The node of this machine.
    Socket(PathBuf),
    /// The cluster.
    Bus(Arc<dyn Bus>, AccountId),
}

/// The socket of this machine's node if one answers there, else the cluster of `NATS_URL`. `None`: neither.
pub(super) async fn way(settings: &Settings) -> anyhow::Result<Option<Way>> {
    let socket = socket(settings);
    if control::answers(&socket).await {
        return Ok(Some(Way::Socket(socket)));
    }
    let Some(bus) = bus(settings).await? else {
        return Ok(None);
    };
    // Whoever serves an account has made it.
    let archive = match known(settings).await {
        Err(error) if matches!(error.downcast_ref(), Some(StoreError::NotReady(_))) => None,
        known => known?,
    };
    Ok(archive.map(|archive| Way::Bus(bus, archive.account.id)))
}

impl Way {
    /// Asks; `None`: nobody answers.
    pub(super) async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        service: &str,
        verb: &str,
        body: &serde_json::Value,
    ) -> anyhow::Result<Option<T>> {
        let other_version = "the running process is of another version";
        match self {
            Self::Socket(path) => control::request(path, service, verb, body)
                .await?
                .map(|value| serde_json::from_value(value).context(other_version))
                .transpose(),
            Self::Bus(bus, account) => {
                let subject = Subject::Rpc {
                    service: service.to_owned(),
                    verb: verb.to_owned(),
                    account: *account,
                };
                match bus
                    .request(&subject, wire::encode_rpc_request(body), ANSWER)
                    .await
                {
                    Ok(answer) => Ok(Some(
                        wire::decode_rpc_response::<T>(answer).context(other_version)??,
                    )),
                    Err(BusError::NoAnswer(_)) => Ok(None),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }
}

/// Asks once; `None`: nobody runs.
pub(super) async fn ask<T: serde::de::DeserializeOwned>(
    settings: &Settings,
    service: &str,
    verb: &str,
    body: &serde_json::Value,
) -> anyhow::Result<Option<T>> {
    match way(settings).await? {
        Some(way) => way.ask(service, verb, body).await,
        None => Ok(None),
    }
}

/// The cluster's bus; `None` without `NATS_URL`.
pub(super) async fn bus(settings: &Settings) -> anyhow::Result<Option<Arc<dyn Bus>>> {
    let o = &settings.args.operation;
    let Some(url) = &o.nats_url else {
        return Ok(None);
    };
    let nats = BusSettings {
        url: url.clone(),
        credentials_file: o.nats_credentials_file.clone(),
        replicas: o.nats_replicas,
    };
    open_bus(&nats).await.map(Some)
}

/// Telegram's production servers, or those of `TELEGRAM_DC_ADDRESS`.
pub(super) fn dc_set(settings: &Settings) -> anyhow::Result<DcSet> {
    let t = &settings.args.telegram;
    let Some(address) = &t.telegram_dc_address else {
        return Ok(DcSet::Production);
    };
    let wrong = |variable: &str, reason: String, example: &str| {
        anyhow!("{variable}: {reason}.\n  Example: {variable}={example}")
    };
    let of_file = |reason| wrong("TELEGRAM_DC_RSA_KEY_FILE", reason, "/data/rsa.pem");
    let Some(file) = &t.telegram_dc_rsa_key_file else {
        return Err(of_file(
            "is needed with TELEGRAM_DC_ADDRESS: a PEM file with that server's public RSA key".to_owned(),
        ));
    };
    let shown = file.display();
    let pem = std::fs::read_to_string(file).map_err(|e| of_file(format!("`{shown}` cannot be read: {e}")))?;
    let rsa_key = RsaKey::from_pem(&pem).map_err(|_| {
        of_file(format!(
            "`{shown}` holds no public RSA key in PEM (PKCS#1 or SPKI)"
        ))
    })?;
    let address = address
        .to_socket_addrs()
        .map_err(|e| e.to_string())
        .and_then(|mut all| all.next().ok_or_else(|| "the name has no address".to_owned()))
        .map_err(|e| {
            let reason = format!("`{address}` is no address: {e}");
            wrong("TELEGRAM_DC_ADDRESS", reason, "127.0.0.1:4430")
        })?;
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
    let proxy_url = t.telegram_proxy.as_ref().map(|p| p.expose_secret().to_owned());
    Ok(TelegramSettings {
        api_id: credentials.api_id,
        api_hash: credentials.api_hash,
        dc_set: dc_set(settings)?,
        key: key(settings)?,
        rates: rates(settings),
        clock,
        device: Device {
            proxy_url,
            ..Device::default()
        },
        timeouts: Timeouts::default(),
    })
}

/// The budget of an account's calls.
fn rates(settings: &Settings) -> CallRates {
    let t = &settings.args.telegram;
    CallRates {
        metadata: t.telegram_metadata_calls_per_second,
        history: t.telegram_history_calls_per_second,
        files: t.telegram_file_calls_per_second,
    }
}

/// What seals the archive's secrets: `SESSION_ENCRYPTION_KEY`, or on a single node a file that is made when it is needed.
///
/// A cluster is refused without the variable: each of its processes would make a key of its own, which opens nothing of the
/// others, and a new pod would forget it.
pub(super) fn key(settings: &Settings) -> anyhow::Result<KeySource> {
    let t = &settings.args.telegram;
    if let Some(secret) = &t.session_encryption_key {
        return Ok(KeySource::Secret(secret.clone()));
    }
    if settings.args.operation.nats_url.is_some() {
        return Err(Mismatch::Value {
            variable: "SESSION_ENCRYPTION_KEY",
            reason: "is needed in a cluster (NATS_URL is set), the same in all its processes; make one with \
                     `openssl rand -base64 32`, and keep it: without it the log-in is lost"
                .to_owned(),
            example: "what `openssl rand -base64 32` prints",
        }
        .into());
    }
    let file = format!("{}.key", t.session_name);
    Ok(KeySource::File(settings.session_dir.join(file)))
}

/// The session's key can be used if there is one; none is made.
pub(super) fn known_key(settings: &Settings) -> anyhow::Result<()> {
    if let KeySource::File(path) = key(settings)?
        && path.exists()
    {
        SessionKey::load_or_generate(&path).with_context(|| {
            format!(
                "{}: bring back the file as it was, or remove it and log in again",
                path.display()
            )
        })?;
    }
    Ok(())
}

/// What is told of a session that the Python program left in `SESSION_DIR` (F2): it stays as it is.
pub(super) fn telethon_session(settings: &Settings) -> Option<String> {
    let file = format!("{}.session", settings.args.telegram.session_name);
    let path = settings.session_dir.join(file);
    path.is_file().then(|| {
        format!(
            "{} is a session of Telethon: it is left untouched and not used; this archive has a session of its own \
             (telegram-archive auth)",
            path.display()
        )
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

/// A name for this process as the holder of leases: all of its services use the same.
pub(super) fn owner() -> String {
    format!("{:016x}", rand::random::<u64>())
}

/// How long a lease lasts without renewal.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// Settings of a single node's services.
pub(super) fn node(
    settings: &Settings,
    account: AccountId,
    telegram: Option<TelegramSettings>,
    schedule: Option<Schedule>,
) -> anyhow::Result<NodeSettings> {
    let owner = owner();
    Ok(NodeSettings {
        fetcher: telegram.map(|t| (fetcher(settings, account, &owner, schedule), t)),
        writer: Some(writer(settings)),
        guard: Some(guard(settings)),
        media: Some(MediaSettings {
            config: media(settings, account, &owner),
            blobs: blobs(settings)?,
            own: None,
        }),
        viewer: None,
        notifier: None,
    })
}

/// `PUSH_NOTIFICATIONS`, and the older `ENABLE_NOTIFICATIONS` (F97, F98).
fn push_mode(settings: &Settings) -> PushMode {
    let n = &settings.args.notifications;
    mode_of(&n.push_notifications, n.enable_notifications)
}

/// `PUSH_NOTIFICATIONS`, and the older switch that means at least `basic`; what is not known is `basic`.
fn mode_of(name: &str, older: bool) -> PushMode {
    match name.trim().to_ascii_lowercase().as_str() {
        "off" if !older => PushMode::Off,
        "full" => PushMode::Full,
        _ => PushMode::Basic,
    }
}

/// The notifier's settings; `single`: no other process needs its key.
pub(super) fn notifier(settings: &Settings, single: bool) -> anyhow::Result<NotifierSettings> {
    let n = &settings.args.notifications;
    let full = push_mode(settings) == PushMode::Full;
    let keys = if full {
        VapidKeys::of_settings(n.vapid_private_key.as_ref(), n.vapid_public_key.as_deref())?
    } else {
        None
    };
    let everywhere = single || settings.args.telegram.session_encryption_key.is_some();
    Ok(NotifierSettings {
        config: notifier::Config {
            full,
            keys,
            contact: n.vapid_contact.clone(),
            display_chats: settings.args.viewer.display_chat_ids.0.clone(),
            private_endpoints: n.push_allow_private_endpoints,
        },
        key: if everywhere { Some(key(settings)?) } else { None },
    })
}

/// The viewer's settings; `read_only`: its database is.
pub(super) fn viewer(settings: &Settings, read_only: bool) -> anyhow::Result<ViewerSettings> {
    let v = &settings.args.viewer;
    let time_zone = jiff::tz::TimeZone::get(&v.viewer_timezone).unwrap_or_else(|_| {
        tracing::warn!(
            "VIEWER_TIMEZONE: `{}` is no time zone; UTC is used",
            v.viewer_timezone
        );
        jiff::tz::TimeZone::UTC
    });
    let dc = settings.args.telegram.telegram_dc_address.as_deref();
    let config = viewer::Config {
        address: v.viewer_address,
        username: v.viewer_username.clone(),
        password: v
            .viewer_password
            .clone()
            .filter(|p| !crate::settings::values::is_empty(p)),
        password_file: settings.session_dir.join("viewer-password"),
        session_days: v.auth_session_days,
        display_chats: v.display_chat_ids.0.clone(),
        time_zone,
        show_stats: v.show_stats,
        stats_hour: v.stats_calculation_hour as i8,
        push: push_mode(settings),
        anonymous: v.allow_anonymous_viewer,
        trusted_proxies: v.viewer_trusted_proxies.0.clone(),
        is_telegram: dc.unwrap_or_default().is_empty(),
        read_only,
    };
    Ok(ViewerSettings {
        config,
        blobs: blobs(settings)?,
    })
}

/// The fetcher's settings.
pub(super) fn fetcher(
    settings: &Settings,
    account: AccountId,
    owner: &str,
    schedule: Option<Schedule>,
) -> fetcher::Config {
    let a = &settings.args;
    if a.backup.batch_size > 100 {
        tracing::warn!("BATCH_SIZE: Telegram's pages have 100 messages at most; 100 is used");
    }
    let l = &a.listener;
    fetcher::Config {
        account,
        owner: owner.to_owned(),
        lease_ttl: LEASE,
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
        avatar_refresh: match a.media.avatar_refresh_hours {
            0 => None,
            hours => Some(Duration::from_secs(u64::from(hours) * 3600)),
        },
    }
}

/// The writer's settings.
pub(super) fn writer(settings: &Settings) -> writer::Config {
    let a = &settings.args;
    writer::Config {
        deletion_mode: a.backup.deletion_mode,
        live_media: a.listener.listen_new_messages_media,
        download_media: a.media.download_media,
        max_media_bytes: settings.max_media_bytes(),
        ..writer::Config::default()
    }
}

/// What was pulled from the bus and is not done after so long comes again.
const ACK_WAIT: Duration = Duration::from_secs(30);

/// The guard's settings.
pub(super) fn guard(settings: &Settings) -> rate_limiter::Config {
    let g = &settings.args.guard;
    rate_limiter::Config {
        window: SlidingWindow::new(g.mass_operation_threshold, g.mass_operation_window_seconds),
        rates: rates(settings),
        ack_wait: ACK_WAIT,
    }
}

/// The media-downloader's settings.
pub(super) fn media(settings: &Settings, account: AccountId, owner: &str) -> media_downloader::Config {
    media_downloader::Config {
        download: settings.args.media.download_media,
        max_bytes: settings.max_media_bytes(),
        parallel: 4,
        ack_wait: ACK_WAIT,
        verify: settings.args.media.verify_media.then(|| Verify {
            account,
            owner: owner.to_owned(),
        }),
    }
}

/// Where files are kept.
pub(super) fn blobs(settings: &Settings) -> anyhow::Result<Arc<dyn Blobs>> {
    let a = &settings.args;
    let root = a.backup.backup_path.join("media");
    let place = match &settings.bucket {
        Some(options) => BlobSettings::S3 {
            options: options.clone(),
            scratch: root.join("_partial"),
        },
        None => BlobSettings::Disk {
            root,
            links: a.media.deduplicate_media,
        },
    };
    open_blobs(&place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_switches_of_notifications_hold() {
        assert_eq!(mode_of("off", false), PushMode::Off);
        assert_eq!(mode_of("off", true), PushMode::Basic);
        assert_eq!(mode_of(" Full ", false), PushMode::Full);
        for (name, older) in [("basic", false), ("basic", true), ("loud", false)] {
            assert_eq!(mode_of(name, older), PushMode::Basic, "{name}");
        }
    }
}
