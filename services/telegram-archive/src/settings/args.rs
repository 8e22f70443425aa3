//! Every setting, once: its variable, default and meaning. The README's table and `.env.example` are generated from
//! here. The help text's first sentence is the table's; an example follows "Example:".

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use fetcher::Schedule;
use secrecy::SecretString;

use super::values::{self, ChatIds, ChatTypes, DatabaseKind, LogFormat, Networks};

/// Variables that may hold a secret: never printed, and readable from the file that `<VARIABLE>_FILE` names.
pub(crate) const SECRETS: [&str; 12] = [
    "TELEGRAM_API_HASH",
    "TELEGRAM_PHONE",
    "SESSION_ENCRYPTION_KEY",
    "DATABASE_URL",
    "POSTGRES_PASSWORD",
    "VIEWER_PASSWORD",
    "VAPID_PRIVATE_KEY",
    "NATS_URL",
    "BLOBS_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "TELEGRAM_PROXY",
];

/// Telegram's credentials and connection.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Telegram")]
pub(crate) struct TelegramArgs {
    /// API ID from https://my.telegram.org/apps. Example: 1234567
    #[arg(long, env = "TELEGRAM_API_ID", hide_short_help = true, value_parser = clap::value_parser!(i32).range(1..))]
    pub telegram_api_id: Option<i32>,
    /// API hash from https://my.telegram.org/apps. Example: 0123456789abcdef0123456789abcdef
    #[arg(long, env = "TELEGRAM_API_HASH", hide_short_help = true, value_parser = values::api_hash)]
    pub telegram_api_hash: Option<SecretString>,
    /// Phone number with country code. Example: +1234567890
    #[arg(long, env = "TELEGRAM_PHONE", hide_short_help = true, value_parser = values::phone)]
    pub telegram_phone: Option<SecretString>,
    /// Name of the account's session in the archive.
    #[arg(long, env = "SESSION_NAME", hide_short_help = true, default_value = "telegram_backup", value_parser = values::file_name)]
    pub session_name: String,
    /// Folder of the generated key, the lock file and the control socket; by default `session` beside BACKUP_PATH.
    /// Example: /data/session
    #[arg(long, env = "SESSION_DIR", hide_short_help = true)]
    pub session_dir: Option<PathBuf>,
    /// 32 bytes in base64 or hex that encrypt the Telegram session at rest; a single node generates a key file by
    /// itself, a cluster needs it. Example: what `openssl rand -base64 32` prints
    #[arg(long, env = "SESSION_ENCRYPTION_KEY", hide_short_help = true, value_parser = values::session_key)]
    pub session_encryption_key: Option<SecretString>,
    /// Address of another MTProto server than Telegram's production one: Telegram's test servers or a simulator.
    /// Example: 127.0.0.1:4430
    #[arg(long, env = "TELEGRAM_DC_ADDRESS", hide_short_help = true, value_parser = values::address)]
    pub telegram_dc_address: Option<String>,
    /// Data centre id of TELEGRAM_DC_ADDRESS.
    #[arg(long, env = "TELEGRAM_DC_ID", hide_short_help = true, default_value_t = 2, value_parser = clap::value_parser!(i32).range(1..=1000))]
    pub telegram_dc_id: i32,
    /// PEM file with the public RSA key of TELEGRAM_DC_ADDRESS (PKCS#1 or SPKI). Example: /data/rsa.pem
    #[arg(long, env = "TELEGRAM_DC_RSA_KEY_FILE", hide_short_help = true)]
    pub telegram_dc_rsa_key_file: Option<PathBuf>,
    /// SOCKS5 proxy for Telegram. Example: socks5://user:password@127.0.0.1:1080
    #[arg(long, env = "TELEGRAM_PROXY", hide_short_help = true, value_parser = values::proxy)]
    pub telegram_proxy: Option<SecretString>,
    /// Calls per second for pages of history; 0 = as fast as Telegram lets us.
    #[arg(long, env = "TELEGRAM_HISTORY_CALLS_PER_SECOND", hide_short_help = true, default_value_t = 5.0, value_parser = values::not_negative)]
    pub telegram_history_calls_per_second: f64,
    /// Calls per second for dialogs, peers and lookups; 0 = no limit of ours.
    #[arg(long, env = "TELEGRAM_METADATA_CALLS_PER_SECOND", hide_short_help = true, default_value_t = 5.0, value_parser = values::not_negative)]
    pub telegram_metadata_calls_per_second: f64,
    /// Parts of files (512 KiB each) per second; 0 = no limit of ours.
    #[arg(long, env = "TELEGRAM_FILE_CALLS_PER_SECOND", hide_short_help = true, default_value_t = 20.0, value_parser = values::not_negative)]
    pub telegram_file_calls_per_second: f64,
}

/// When and how a backup runs.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Backup")]
pub(crate) struct BackupArgs {
    /// Cron schedule with five fields, in the local time zone (TZ); weekdays as in standard cron: 0 or 7 is Sunday.
    /// Example: 0 */6 * * *
    #[arg(long, env = "SCHEDULE", hide_short_help = true, default_value = "0 */6 * * *", value_parser = values::schedule)]
    pub schedule: Schedule,
    /// Folder of the archive: database and media.
    #[arg(
        long,
        env = "BACKUP_PATH",
        hide_short_help = true,
        default_value = "/data/backups"
    )]
    pub backup_path: PathBuf,
    /// Messages per page and batch, 1 to 100; larger means 100.
    #[arg(long, env = "BATCH_SIZE", hide_short_help = true, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub batch_size: u32,
    /// Check every stored message for edits and deletions on each run (expensive; what it finds goes through the mass
    /// operation protection).
    #[arg(long, env = "SYNC_DELETIONS_EDITS", hide_short_help = true, default_value = "false", value_parser = values::boolean, action = clap::ArgAction::Set)]
    pub sync_deletions_edits: bool,
    /// What admitted deletions do: soft keeps the message, marked; hard removes its content.
    #[arg(long, env = "DELETION_MODE", hide_short_help = true, default_value = "soft", value_parser = values::deletion_mode)]
    pub deletion_mode: model::DeletionMode,
    /// These chats first, in every operation. Example: 123456789,-1001234567890
    #[arg(
        long,
        env = "PRIORITY_CHAT_IDS",
        hide_short_help = true,
        default_value = "",
        hide_default_value = true
    )]
    pub priority_chat_ids: ChatIds,
}

/// Which chats.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Chats")]
pub(crate) struct ChatArgs {
    /// Types to back up; set but empty: only chats that are included by id.
    #[arg(
        long,
        env = "CHAT_TYPES",
        hide_short_help = true,
        default_value = "private,groups,channels"
    )]
    pub chat_types: ChatTypes,
    /// Back up these chats, whatever their type; added to CHAT_TYPES. Example: 123456789,-1001234567890
    #[arg(
        long,
        env = "GLOBAL_INCLUDE_CHAT_IDS",
        hide_short_help = true,
        default_value = "",
        hide_default_value = true
    )]
    pub global_include_chat_ids: ChatIds,
    /// Never back up these chats; wins over everything. What is archived of them stays. Example:
    /// 123456789,-1001234567890
    #[arg(
        long,
        env = "GLOBAL_EXCLUDE_CHAT_IDS",
        hide_short_help = true,
        default_value = "",
        hide_default_value = true
    )]
    pub global_exclude_chat_ids: ChatIds,
    /// Back up these private chats. Example: 123456789
    #[arg(
        long,
        env = "PRIVATE_INCLUDE_CHAT_IDS",
        hide_short_help = true,
        default_value = "",
        hide_default_value = true
    )]
    pub private_include_chat_ids: ChatIds,
    /// Skip these private chats. Example: 123456789
    #[arg(
        long,
        env = "PRIVATE_EXCLUDE_CHAT_IDS",
        hide_short_help = true,
        default_value = "",
        hide_default_value = true
    )]
    pub private_exclude_chat_ids: ChatIds,
    /// Back up these groups. Example: -123456789,-1001234567890
    #[arg(
        long,
        env = "GROUPS_INCLUDE_CHAT_IDS",
        hide_short_help = true,
        default_value = "",
        hide_default_value = true
    )]
    pub groups_include_chat_ids: ChatIds,
    /// Skip these groups. Example: -123456789,-1001234567890
    #[arg(
        long,
        env = "GROUPS_EXCLUDE_CHAT_IDS",
        hide_short_help = true,
        default_value = "",
        hide_default_value = true
    )]
    pub groups_exclude_chat_ids: ChatIds,
    /// Back up these channels. Example: -1001234567890
    #[arg(
        long,
        env = "CHANNELS_INCLUDE_CHAT_IDS",
        hide_short_help = true,
        default_value = "",
        hide_default_value = true
    )]
    pub channels_include_chat_ids: ChatIds,
    /// Skip these channels. Example: -1001234567890
    #[arg(
        long,
        env = "CHANNELS_EXCLUDE_CHAT_IDS",
        hide_short_help = true,
        default_value = "",
        hide_default_value = true
    )]
    pub channels_exclude_chat_ids: ChatIds,
    /// Older name of GLOBAL_INCLUDE_CHAT_IDS, used where that is not set. Example: 123456789,-1001234567890
    #[arg(
        long,
        env = "INCLUDE_CHAT_IDS",
        hide_short_help = true,
        default_value = "",
        hide_default_value = true
    )]
    pub include_chat_ids: ChatIds,
    /// Older name of GLOBAL_EXCLUDE_CHAT_IDS, used where that is not set. Example: 123456789,-1001234567890
    #[arg(
        long,
        env = "EXCLUDE_CHAT_IDS",
        hide_short_help = true,
        default_value = "",
        hide_default_value = true
    )]
    pub exclude_chat_ids: ChatIds,
}

/// Files.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Media")]
pub(crate) struct MediaArgs {
    /// Download the files of messages.
    #[arg(long, env = "DOWNLOAD_MEDIA", hide_short_help = true, default_value = "true", value_parser = values::boolean, action = clap::ArgAction::Set)]
    pub download_media: bool,
    /// Skip larger files (MiB); 0 = no limit. The message is kept.
    #[arg(long, env = "MAX_MEDIA_SIZE_MB", hide_short_help = true, default_value_t = 100, value_parser = clap::value_parser!(u64).range(..=1 << 40))]
    pub max_media_size_mb: u64,
    /// Keep identical files once, with relative links from the chats' folders.
    #[arg(long, env = "DEDUPLICATE_MEDIA", hide_short_help = true, default_value = "true", value_parser = values::boolean, action = clap::ArgAction::Set)]
    pub deduplicate_media: bool,
    /// After each run read all stored files (a bucket's are downloaded), fetch missing or damaged ones again and repair
    /// links. What cannot be had again keeps its place, with the reason: `telegram-archive stats`.
    #[arg(long, env = "VERIFY_MEDIA", hide_short_help = true, default_value = "false", value_parser = values::boolean, action = clap::ArgAction::Set)]
    pub verify_media: bool,
    /// Ask again for the users and chats of whom no page or update told for so many hours: a new avatar is a new file, all
    /// older ones stay. It is done at the end of a run, and those who write or are in the list of chats show theirs
    /// anyway. 0 = never again.
    #[arg(
        long,
        env = "AVATAR_REFRESH_HOURS",
        hide_short_help = true,
        default_value_t = 24
    )]
    pub avatar_refresh_hours: u32,
    /// Where files are kept instead of BACKUP_PATH/media: an S3 bucket, by their SHA-256, without links; what is being
    /// fetched lies in BACKUP_PATH/media/_partial. Example: s3://bucket/prefix?endpoint=https://s3.example.org&region=eu-1
    #[arg(long, env = "BLOBS_URL", hide_short_help = true, value_parser = values::secret)]
    pub blobs_url: Option<SecretString>,
    /// Key for the bucket of BLOBS_URL. Example: AKIAIOSFODNN7EXAMPLE
    #[arg(long, env = "AWS_ACCESS_KEY_ID", hide_short_help = true, value_parser = values::secret)]
    pub aws_access_key_id: Option<SecretString>,
    /// The secret of AWS_ACCESS_KEY_ID. Example: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
    #[arg(long, env = "AWS_SECRET_ACCESS_KEY", hide_short_help = true, value_parser = values::secret)]
    pub aws_secret_access_key: Option<SecretString>,
}

/// Real time.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Real-time listener")]
#[expect(clippy::struct_excessive_bools, reason = "they are the seed's switches")]
pub(crate) struct ListenerArgs {
    /// Stay connected between runs and capture new messages, edits and deletions as they happen.
    #[arg(long, env = "ENABLE_LISTENER", hide_short_help = true, default_value = "false", value_parser = values::boolean, action = clap::ArgAction::Set)]
    pub enable_listener: bool,
    /// Capture edits; all versions are kept.
    #[arg(long, env = "LISTEN_EDITS", hide_short_help = true, default_value = "true", value_parser = values::boolean, action = clap::ArgAction::Set)]
    pub listen_edits: bool,
    /// Mark deleted messages, under the mass operation protection; false: note the observation only.
    #[arg(long, env = "LISTEN_DELETIONS", hide_short_help = true, default_value = "true", value_parser = values::boolean, action = clap::ArgAction::Set)]
    pub listen_deletions: bool,
    /// Store new messages at once.
    #[arg(long, env = "LISTEN_NEW_MESSAGES", hide_short_help = true, default_value = "true", value_parser = values::boolean, action = clap::ArgAction::Set)]
    pub listen_new_messages: bool,
    /// Download their files at once too, instead of on the next run.
    #[arg(long, env = "LISTEN_NEW_MESSAGES_MEDIA", hide_short_help = true, default_value = "false", value_parser = values::boolean, action = clap::ArgAction::Set)]
    pub listen_new_messages_media: bool,
    /// Track titles, photos and members of chats.
    #[arg(long, env = "LISTEN_CHAT_ACTIONS", hide_short_help = true, default_value = "true", value_parser = values::boolean, action = clap::ArgAction::Set)]
    pub listen_chat_actions: bool,
    /// Kept for older configurations; albums are always kept together.
    #[arg(long, env = "LISTEN_ALBUMS", hide_short_help = true, default_value = "true", value_parser = values::boolean, action = clap::ArgAction::Set)]
    pub listen_albums: bool,
}

/// The guard.
#[derive(Args, Clone, Debug)]
#[expect(
    clippy::struct_field_names,
    reason = "clap names the options after the fields"
)]
#[command(next_help_heading = "Mass operation protection")]
pub(crate) struct GuardArgs {
    /// Edits and deletions admitted per chat and window; what goes beyond is held for your decision.
    #[arg(
        long,
        env = "MASS_OPERATION_THRESHOLD",
        hide_short_help = true,
        default_value_t = 10
    )]
    pub mass_operation_threshold: u32,
    /// Length of the window, seconds.
    #[arg(long, env = "MASS_OPERATION_WINDOW_SECONDS", hide_short_help = true, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    pub mass_operation_window_seconds: u32,
    /// Kept for older configurations; it has no effect.
    #[arg(long, env = "MASS_OPERATION_BUFFER_DELAY", hide_short_help = true, default_value_t = 2.0, value_parser = values::not_negative)]
    pub mass_operation_buffer_delay: f64,
}

/// The database.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Database")]
pub(crate) struct DatabaseArgs {
    /// Full URL; wins over all others. Example: postgresql://telegram:secret@db/telegram_backup
    #[arg(long, env = "DATABASE_URL", hide_short_help = true, value_parser = values::secret)]
    pub database_url: Option<SecretString>,
    /// sqlite or postgresql.
    #[arg(long, env = "DB_TYPE", hide_short_help = true, default_value = "sqlite", value_parser = values::database_kind)]
    pub db_type: DatabaseKind,
    /// Path of the SQLite file. Example: /data/db/telegram_backup.db
    #[arg(long, env = "DATABASE_PATH", hide_short_help = true)]
    pub database_path: Option<PathBuf>,
    /// Folder of the SQLite file telegram_backup.db; by default BACKUP_PATH. Example: /data/db
    #[arg(long, env = "DATABASE_DIR", hide_short_help = true)]
    pub database_dir: Option<PathBuf>,
    /// Path of the SQLite file, after DATABASE_PATH and DATABASE_DIR. Example: /data/backups/telegram_backup.db
    #[arg(long, env = "DB_PATH", hide_short_help = true)]
    pub db_path: Option<PathBuf>,
    /// PostgreSQL host.
    #[arg(long, env = "POSTGRES_HOST", hide_short_help = true, default_value = "localhost", value_parser = values::host)]
    pub postgres_host: String,
    /// PostgreSQL port.
    #[arg(long, env = "POSTGRES_PORT", hide_short_help = true, default_value_t = 5432, value_parser = clap::value_parser!(u16).range(1..))]
    pub postgres_port: u16,
    /// PostgreSQL user.
    #[arg(long, env = "POSTGRES_USER", hide_short_help = true, default_value = "telegram", value_parser = values::word)]
    pub postgres_user: String,
    /// PostgreSQL password. Example: a-long-password
    #[arg(long, env = "POSTGRES_PASSWORD", hide_short_help = true, value_parser = values::secret)]
    pub postgres_password: Option<SecretString>,
    /// PostgreSQL database.
    #[arg(long, env = "POSTGRES_DB", hide_short_help = true, default_value = "telegram_backup", value_parser = values::word)]
    pub postgres_db: String,
    /// Longest wait for one statement or lock, seconds.
    #[arg(long, env = "DATABASE_TIMEOUT", hide_short_help = true, default_value = "60.0", value_parser = values::seconds)]
    pub database_timeout: Duration,
    /// Log SQL statements, never their values, whatever LOG_LEVEL is.
    #[arg(long, env = "DB_ECHO", hide_short_help = true, default_value = "false", value_parser = values::boolean, action = clap::ArgAction::Set)]
    pub db_echo: bool,
}

/// The page.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Viewer")]
pub(crate) struct ViewerArgs {
    /// Name of the viewer's administrator. Example: admin
    #[arg(long, env = "VIEWER_USERNAME", hide_short_help = true, value_parser = values::word)]
    pub viewer_username: Option<String>,
    /// Password of the viewer's administrator. Example: a-long-password
    #[arg(long, env = "VIEWER_PASSWORD", hide_short_help = true, value_parser = values::secret)]
    pub viewer_password: Option<SecretString>,
    /// Days until a viewer session ends.
    #[arg(long, env = "AUTH_SESSION_DAYS", hide_short_help = true, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    pub auth_session_days: u32,
    /// Show these chats only; all others are as if they did not exist. Example: 123456789,-1001234567890
    #[arg(
        long,
        env = "DISPLAY_CHAT_IDS",
        hide_short_help = true,
        default_value = "",
        hide_default_value = true
    )]
    pub display_chat_ids: ChatIds,
    /// Time zone of displayed times and of exported days.
    #[arg(long, env = "VIEWER_TIMEZONE", hide_short_help = true, default_value = "Europe/Madrid", value_parser = values::word)]
    pub viewer_timezone: String,
    /// Show the statistics of the archive in the page.
    #[arg(long, env = "SHOW_STATS", hide_short_help = true, default_value = "true", value_parser = values::boolean, action = clap::ArgAction::Set)]
    pub show_stats: bool,
    /// Hour (0-23) at which statistics are calculated again.
    #[arg(long, env = "STATS_CALCULATION_HOUR", hide_short_help = true, default_value_t = 3, value_parser = clap::value_parser!(u8).range(0..24))]
    pub stats_calculation_hour: u8,
    /// Let anybody read who reaches the viewer.
    #[arg(long, env = "ALLOW_ANONYMOUS_VIEWER", hide_short_help = true, default_value = "false", value_parser = values::boolean, action = clap::ArgAction::Set)]
    pub allow_anonymous_viewer: bool,
    /// Address of the viewer.
    #[arg(
        long,
        env = "VIEWER_ADDRESS",
        hide_short_help = true,
        default_value = "127.0.0.1:8000"
    )]
    pub viewer_address: SocketAddr,
    /// Proxies before the viewer, whose X-Forwarded-For says who tries to log in. Example: 127.0.0.0/8,172.16.0.0/12
    #[arg(
        long,
        env = "VIEWER_TRUSTED_PROXIES",
        hide_short_help = true,
        default_value = "127.0.0.0/8,::1/128"
    )]
    pub viewer_trusted_proxies: Networks,
}

/// Notifications.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Notifications")]
pub(crate) struct NotificationArgs {
    /// off, basic (while the page is open) or full (Web Push).
    #[arg(long, env = "PUSH_NOTIFICATIONS", hide_short_help = true, default_value = "basic", value_parser = values::word)]
    pub push_notifications: String,
    /// Older switch: true means at least basic.
    #[arg(long, env = "ENABLE_NOTIFICATIONS", hide_short_help = true, default_value = "false", value_parser = values::boolean, action = clap::ArgAction::Set)]
    pub enable_notifications: bool,
    /// VAPID private key; generated and kept if empty. Example: the private key that `npx web-push generate-vapid-keys`
    /// prints
    #[arg(long, env = "VAPID_PRIVATE_KEY", hide_short_help = true, value_parser = values::secret)]
    pub vapid_private_key: Option<SecretString>,
    /// VAPID public key; generated and kept if empty. Example: the public key that `npx web-push generate-vapid-keys`
    /// prints
    #[arg(long, env = "VAPID_PUBLIC_KEY", hide_short_help = true, value_parser = values::word)]
    pub vapid_public_key: Option<String>,
    /// Contact that push services may write to.
    #[arg(long, env = "VAPID_CONTACT", hide_short_help = true, default_value = "mailto:admin@example.com", value_parser = values::contact)]
    pub vapid_contact: String,
    /// Also push to endpoints without TLS and on private networks; for tests only.
    #[arg(long, env = "PUSH_ALLOW_PRIVATE_ENDPOINTS", hide_short_help = true, default_value = "false", value_parser = values::boolean, action = clap::ArgAction::Set)]
    pub push_allow_private_endpoints: bool,
}

/// Cluster and operation.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Operation")]
pub(crate) struct OperationArgs {
    /// Log level: DEBUG, INFO, WARNING (or WARN), ERROR.
    #[arg(long, env = "LOG_LEVEL", hide_short_help = true, default_value = "INFO", value_parser = values::word)]
    pub log_level: String,
    /// text or json.
    #[arg(long, env = "LOG_FORMAT", hide_short_help = true, default_value = "text", value_parser = values::log_format)]
    pub log_format: LogFormat,
    /// Address of /livez and /readyz.
    #[arg(
        long,
        env = "ADMIN_ADDRESS",
        hide_short_help = true,
        default_value = "127.0.0.1:9090"
    )]
    pub admin_address: SocketAddr,
    /// NATS servers of a cluster; needed by `service`, not by `run`. Example: nats://nats:4222
    #[arg(long, env = "NATS_URL", hide_short_help = true, value_parser = values::nats)]
    pub nats_url: Option<SecretString>,
    /// File with NATS credentials (.creds). Example: /run/secrets/nats.creds
    #[arg(long, env = "NATS_CREDENTIALS_FILE", hide_short_help = true)]
    pub nats_credentials_file: Option<PathBuf>,
    /// Copies that NATS keeps of each stream.
    #[arg(long, env = "NATS_REPLICAS", hide_short_help = true, default_value_t = 1, value_parser = values::replicas)]
    pub nats_replicas: usize,
    /// Downloaders in the cluster: `auth` makes one Telegram authorization for each.
    #[arg(long, env = "DOWNLOADERS", hide_short_help = true, default_value_t = 1)]
    pub downloaders: u32,
    /// Which of them this process is, from 1; 0 = any that is free.
    #[arg(long, env = "DOWNLOADER_NUMBER", hide_short_help = true, default_value_t = 0)]
    pub downloader_number: u32,
}

/// All of them.
#[derive(Args, Clone, Debug)]
pub(crate) struct SettingsArgs {
    #[command(flatten)]
    pub telegram: TelegramArgs,
    #[command(flatten)]
    pub backup: BackupArgs,
    #[command(flatten)]
    pub chats: ChatArgs,
    #[command(flatten)]
    pub media: MediaArgs,
    #[command(flatten)]
    pub listener: ListenerArgs,
    #[command(flatten)]
    pub guard: GuardArgs,
    #[command(flatten)]
    pub database: DatabaseArgs,
    #[command(flatten)]
    pub viewer: ViewerArgs,
    #[command(flatten)]
    pub notifications: NotificationArgs,
    #[command(flatten)]
    pub operation: OperationArgs,
}
