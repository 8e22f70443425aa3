//! Which settings are the seed's: they keep their names, defaults and meaning. Each of ours has its reason here.

/// Those that the seed's README does not name, and why there is one.
///
/// To add a setting: declare it in [`super::args`], give its reason here, run `make docs`.
const OURS: [(&str, &str); 29] = [
    (
        "SESSION_DIR",
        "The Python program reads it, though its README does not name it",
    ),
    (
        "SESSION_ENCRYPTION_KEY",
        "The session is a key to the account and is never stored in the clear; replicas need the same one",
    ),
    (
        "TELEGRAM_DC_ADDRESS",
        "The unchanged program is tried against Telegram's test servers and the simulator",
    ),
    ("TELEGRAM_DC_ID", "Belongs to TELEGRAM_DC_ADDRESS"),
    (
        "TELEGRAM_DC_RSA_KEY_FILE",
        "Belongs to TELEGRAM_DC_ADDRESS: no server is trusted without its key",
    ),
    (
        "TELEGRAM_PROXY",
        "Where Telegram is blocked, it is reached through a proxy",
    ),
    (
        "TELEGRAM_HISTORY_CALLS_PER_SECOND",
        "Reading slowly by default spares the account flood waits; who is in a hurry may ask for more",
    ),
    (
        "TELEGRAM_METADATA_CALLS_PER_SECOND",
        "As TELEGRAM_HISTORY_CALLS_PER_SECOND, for another kind of call that Telegram counts apart",
    ),
    (
        "TELEGRAM_FILE_CALLS_PER_SECOND",
        "As TELEGRAM_HISTORY_CALLS_PER_SECOND, for another kind of call that Telegram counts apart",
    ),
    (
        "DELETION_MODE",
        "The Python program destroys what is deleted on Telegram; that is a choice here, and not the default",
    ),
    (
        "INCLUDE_CHAT_IDS",
        "The Python program reads it, though its README does not name it",
    ),
    (
        "EXCLUDE_CHAT_IDS",
        "The Python program reads it, though its README does not name it",
    ),
    (
        "BLOBS_URL",
        "Replicas on several machines share their files, and large archives lie in a bucket",
    ),
    ("AWS_ACCESS_KEY_ID", "Belongs to BLOBS_URL"),
    ("AWS_SECRET_ACCESS_KEY", "Belongs to BLOBS_URL"),
    (
        "MASS_OPERATION_BUFFER_DELAY",
        "The Python program reads it, though its README does not name it",
    ),
    (
        "DB_ECHO",
        "The Python program reads it, though its README does not name it",
    ),
    (
        "ALLOW_ANONYMOUS_VIEWER",
        "The Python program's viewer is open where no password is set; here that must be asked for",
    ),
    (
        "VIEWER_ADDRESS",
        "One program holds the viewer too, and it is not open to the network unless somebody says so",
    ),
    (
        "VIEWER_TRUSTED_PROXIES",
        "Who only knows the proxy's address cannot tell one visitor from another, and counts all their attempts as one's",
    ),
    (
        "ENABLE_NOTIFICATIONS",
        "The Python program reads it, though its README does not name it",
    ),
    (
        "PUSH_ALLOW_PRIVATE_ENDPOINTS",
        "Pushes are tried without the internet; elsewhere an endpoint in the own network is an attack",
    ),
    ("LOG_FORMAT", "Collectors of logs read JSON"),
    (
        "ADMIN_ADDRESS",
        "Orchestrators ask whether a process lives and is ready, apart from the page",
    ),
    ("NATS_URL", "The services of a cluster talk through NATS"),
    ("NATS_CREDENTIALS_FILE", "Belongs to NATS_URL"),
    (
        "NATS_REPLICAS",
        "Belongs to NATS_URL: how many of its servers may be lost",
    ),
    (
        "DOWNLOADERS",
        "Several downloaders are several authorizations, which are made at log-in",
    ),
    (
        "DOWNLOADER_NUMBER",
        "Belongs to DOWNLOADERS: a replica of a StatefulSet keeps its authorization",
    ),
];

/// Why a setting exists that is not the seed's; `None`: it is the seed's.
pub(crate) fn reason(variable: &str) -> Option<&'static str> {
    OURS.iter()
        .find(|(ours, _)| *ours == variable)
        .map(|(_, reason)| *reason)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    /// The seed's settings, as its README has them; `-`: none.
    const SEEDS: [(&str, &str); 55] = [
        ("TELEGRAM_API_ID", "-"),
        ("TELEGRAM_API_HASH", "-"),
        ("TELEGRAM_PHONE", "-"),
        ("SCHEDULE", "0 */6 * * *"),
        ("BACKUP_PATH", "/data/backups"),
        ("DATABASE_DIR", "-"),
        ("DOWNLOAD_MEDIA", "true"),
        ("MAX_MEDIA_SIZE_MB", "100"),
        ("CHAT_TYPES", "private,groups,channels"),
        ("LOG_LEVEL", "INFO"),
        ("BATCH_SIZE", "100"),
        ("DATABASE_TIMEOUT", "60.0"),
        ("SESSION_NAME", "telegram_backup"),
        ("AVATAR_REFRESH_HOURS", "24"),
        ("VIEWER_USERNAME", "-"),
        ("VIEWER_PASSWORD", "-"),
        ("AUTH_SESSION_DAYS", "30"),
        ("DISPLAY_CHAT_IDS", "-"),
        ("VIEWER_TIMEZONE", "Europe/Madrid"),
        ("SHOW_STATS", "true"),
        ("ENABLE_LISTENER", "false"),
        ("LISTEN_EDITS", "true"),
        ("LISTEN_DELETIONS", "true"),
        ("LISTEN_NEW_MESSAGES", "true"),
        ("LISTEN_NEW_MESSAGES_MEDIA", "false"),
        ("LISTEN_CHAT_ACTIONS", "true"),
        ("LISTEN_ALBUMS", "true"),
        ("PRIORITY_CHAT_IDS", "-"),
        ("MASS_OPERATION_THRESHOLD", "10"),
        ("MASS_OPERATION_WINDOW_SECONDS", "30"),
        ("PUSH_NOTIFICATIONS", "basic"),
        ("VAPID_PRIVATE_KEY", "-"),
        ("VAPID_PUBLIC_KEY", "-"),
        ("VAPID_CONTACT", "mailto:admin@example.com"),
        ("DEDUPLICATE_MEDIA", "true"),
        ("SYNC_DELETIONS_EDITS", "false"),
        ("VERIFY_MEDIA", "false"),
        ("STATS_CALCULATION_HOUR", "3"),
        ("GLOBAL_INCLUDE_CHAT_IDS", "-"),
        ("GLOBAL_EXCLUDE_CHAT_IDS", "-"),
        ("PRIVATE_INCLUDE_CHAT_IDS", "-"),
        ("PRIVATE_EXCLUDE_CHAT_IDS", "-"),
        ("GROUPS_INCLUDE_CHAT_IDS", "-"),
        ("GROUPS_EXCLUDE_CHAT_IDS", "-"),
        ("CHANNELS_INCLUDE_CHAT_IDS", "-"),
        ("CHANNELS_EXCLUDE_CHAT_IDS", "-"),
        ("DATABASE_URL", "-"),
        ("DATABASE_PATH", "-"),
        ("DB_PATH", "-"),
        ("DB_TYPE", "sqlite"),
        ("POSTGRES_HOST", "localhost"),
        ("POSTGRES_PORT", "5432"),
        ("POSTGRES_USER", "telegram"),
        ("POSTGRES_PASSWORD", "-"),
        ("POSTGRES_DB", "telegram_backup"),
    ];

    #[test]
    fn every_setting_is_the_seeds_or_has_its_reason() {
        let command = Cli::command();
        let mut known = Vec::new();
        let mut seeds = Vec::new();
        for arg in command.get_arguments() {
            let Some(variable) = arg.get_env().and_then(std::ffi::OsStr::to_str) else {
                continue;
            };
            known.push(variable);
            if reason(variable).is_none() {
                let values = arg.get_default_values().iter().map(|v| v.to_string_lossy());
                let default = values.collect::<Vec<_>>().join(" ");
                let default = if default.is_empty() {
                    "-".to_owned()
                } else {
                    default
                };
                seeds.push((variable.to_owned(), default));
            }
        }
        let mut expected = SEEDS.map(|(name, default)| (name.to_owned(), default.to_owned()));
        expected.sort();
        seeds.sort();
        assert_eq!(seeds, expected);
        for (ours, reason) in OURS {
            assert!(known.contains(&ours), "{ours} is no setting");
            assert!(reason.len() > 15, "{ours}");
        }
        assert_eq!(known.len(), SEEDS.len() + OURS.len(), "each once");
    }
}
