//! What follows from the settings: paths, the database, the scope, whether Telegram's credentials are there.

use std::path::{Path, PathBuf};

use blobs::S3Options;
use notifier::{KeyError, VapidKeys};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::args::SettingsArgs;
use super::values::DatabaseKind;
use super::{bucket, values};

/// The database that was meant (F72, F73).
#[derive(Clone, Debug)]
pub(crate) enum Database {
    /// A file.
    Sqlite(PathBuf),
    /// A URL, with its password.
    Postgres(SecretString),
}

/// Telegram's credentials, all three (F1).
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    /// `TELEGRAM_API_ID`.
    pub api_id: i32,
    /// `TELEGRAM_API_HASH`.
    pub api_hash: SecretString,
    /// `TELEGRAM_PHONE`.
    pub phone: SecretString,
}

/// The settings, and what follows from them.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// As parsed.
    pub args: SettingsArgs,
    /// Where the session's key, lock and socket lie.
    pub session_dir: PathBuf,
    /// The database.
    pub database: Database,
    /// Where files are kept; `None`: on disk.
    pub bucket: Option<S3Options>,
}

/// What is told where credentials are missing; `tools/credentials` tells the same before a long build.
const CREDENTIALS: &str = include_str!("credentials.txt");

/// Settings that do not fit together.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// F1.
    #[error("{}", CREDENTIALS.trim_end().replace("{missing}", .0))]
    Credentials(String),
    /// A value that is none, or that needs another beside it.
    #[error("{variable}: {reason}.\n  Example: {variable}={example}")]
    Value {
        /// The variable.
        variable: &'static str,
        /// What is wrong.
        reason: String,
        /// A value that would be right.
        example: &'static str,
    },
}

impl Settings {
    /// Draws the conclusions.
    pub(crate) fn resolve(args: SettingsArgs) -> Result<Self, Mismatch> {
        let session_dir = args.telegram.session_dir.clone().unwrap_or_else(|| {
            args.backup
                .backup_path
                .parent()
                .filter(|p| !p.as_os_str().is_empty())
                .unwrap_or(Path::new("."))
                .join("session")
        });
        let database = database(&args)?;
        let bucket = bucket::bucket(&args.media)?;
        downloaders(&args)?;
        push_keys(&args)?;
        Ok(Self {
            args,
            session_dir,
            database,
            bucket,
        })
    }

    /// Telegram's credentials, or which are missing.
    pub(crate) fn credentials(&self) -> Result<Credentials, Mismatch> {
        let t = &self.args.telegram;
        let hash = t.telegram_api_hash.clone().filter(|s| !values::is_empty(s));
        let missing: Vec<_> = [
            (t.telegram_api_id.is_none(), "TELEGRAM_API_ID"),
            (hash.is_none(), "TELEGRAM_API_HASH"),
            (t.telegram_phone.is_none(), "TELEGRAM_PHONE"),
        ]
        .into_iter()
        .filter_map(|(missing, name)| missing.then_some(name))
        .collect();
        match (t.telegram_api_id, hash, t.telegram_phone.clone()) {
            (Some(api_id), Some(api_hash), Some(phone)) => Ok(Credentials {
                api_id,
                api_hash,
                phone,
            }),
            _ => Err(Mismatch::Credentials(missing.join(", "))),
        }
    }

    /// `MAX_MEDIA_SIZE_MB` in bytes; `None`: no limit.
    pub(crate) const fn max_media_bytes(&self) -> Option<i64> {
        match self.args.media.max_media_size_mb {
            0 => None,
            mib => Some(mib as i64 * 1024 * 1024),
        }
    }
}

/// Where several variables mean a database together.
const DATABASE_URL: &str = "postgresql://telegram:secret@db/telegram_backup";

fn database(args: &SettingsArgs) -> Result<Database, Mismatch> {
    let d = &args.database;
    if let Some(url) = &d.database_url {
        return from_url(url);
    }
    match d.db_type {
        DatabaseKind::Postgres => {
            let Some(password) = d.postgres_password.as_ref() else {
                return Err(Mismatch::Value {
                    variable: "POSTGRES_PASSWORD",
                    reason: "is needed with DB_TYPE=postgresql (or set DATABASE_URL)".to_owned(),
                    example: "a-long-password",
                });
            };
            let refused = |reason: String| Mismatch::Value {
                variable: "POSTGRES_HOST",
                reason,
                example: "localhost",
            };
            let mut url = Url::parse("postgresql://localhost").map_err(|e| refused(e.to_string()))?;
            url.set_host(Some(&d.postgres_host))
                .map_err(|e| refused(format!("`{}`: {e}", d.postgres_host)))?;
            let whole = url.set_port(Some(d.postgres_port)).and_then(|()| {
                url.set_username(&d.postgres_user)?;
                url.set_password(Some(password.expose_secret()))
            });
            whole.map_err(|()| refused(format!("`{}` is no host", d.postgres_host)))?;
            url.set_path(&d.postgres_db);
            Ok(Database::Postgres(SecretString::from(String::from(url))))
        }
        DatabaseKind::Sqlite => Ok(Database::Sqlite(
            d.database_path
                .clone()
                .or_else(|| d.database_dir.as_ref().map(|dir| dir.join("telegram_backup.db")))
                .or_else(|| d.db_path.clone())
                .unwrap_or_else(|| args.backup.backup_path.join("telegram_backup.db")),
        )),
    }
}

fn from_url(url: &SecretString) -> Result<Database, Mismatch> {
    let wrong = |reason: String, example| Mismatch::Value {
        variable: "DATABASE_URL",
        reason,
        example,
    };
    let file = "sqlite:////data/archive.db";
    let text = url.expose_secret();
    let Some((scheme, rest)) = text.split_once("://") else {
        let reason = "is no URL; expected sqlite:// with a path or postgresql:// with a server";
        return Err(wrong(reason.to_owned(), DATABASE_URL));
    };
    match scheme.split('+').next().unwrap_or(scheme) {
        "sqlite" => {
            let path = rest.strip_prefix('/').unwrap_or(rest);
            if path.is_empty() {
                let reason = "names no file; four slashes make an absolute path";
                return Err(wrong(reason.to_owned(), file));
            }
            if Path::new(path).is_relative() && in_container() {
                let reason = "is a relative path, which is lost with the container; use four slashes";
                return Err(wrong(reason.to_owned(), file));
            }
            Ok(Database::Sqlite(PathBuf::from(path)))
        }
        "postgresql" | "postgres" => Ok(Database::Postgres(SecretString::from(format!(
            "postgresql://{rest}"
        )))),
        other => Err(wrong(
            format!("`{other}` is no database; expected sqlite:// or postgresql://"),
            DATABASE_URL,
        )),
    }
}

fn downloaders(args: &SettingsArgs) -> Result<(), Mismatch> {
    let o = &args.operation;
    if o.downloader_number > o.downloaders {
        return Err(Mismatch::Value {
            variable: "DOWNLOADER_NUMBER",
            reason: format!(
                "`{}`: there are {} downloaders (DOWNLOADERS)",
                o.downloader_number, o.downloaders
            ),
            example: "1",
        });
    }
    Ok(())
}

fn push_keys(args: &SettingsArgs) -> Result<(), Mismatch> {
    let n = &args.notifications;
    if !n.push_notifications.trim().eq_ignore_ascii_case("full") {
        return Ok(());
    }
    let keys = VapidKeys::of_settings(n.vapid_private_key.as_ref(), n.vapid_public_key.as_deref());
    let variable = match keys {
        Err(KeyError::Foreign(_)) => "VAPID_PUBLIC_KEY",
        Err(KeyError::OneOnly) if n.vapid_private_key.is_some() => "VAPID_PUBLIC_KEY",
        _ => "VAPID_PRIVATE_KEY",
    };
    let example = match variable {
        "VAPID_PUBLIC_KEY" => "the public key that `npx web-push generate-vapid-keys` prints",
        _ => "the private key that `npx web-push generate-vapid-keys` prints",
    };
    let told = |error: KeyError| Mismatch::Value {
        variable,
        reason: error
            .to_string()
            .trim_start_matches(variable)
            .trim_start_matches(": ")
            .trim()
            .to_owned(),
        example,
    };
    keys.map(|_| ()).map_err(told)
}

fn in_container() -> bool {
    Path::new("/.dockerenv").exists() || Path::new("/run/.containerenv").exists()
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches};

    use super::super::environment::{Environment, SettingsError, parse};
    use super::*;
    use crate::cli::Cli;

    fn settings<const N: usize>(pairs: [(&str, &str); N]) -> Result<Settings, String> {
        let argv = ["telegram-archive", "config"].map(std::ffi::OsString::from);
        let (matches, _) =
            parse(Cli::command(), argv, &Environment::of(pairs)).map_err(|e: SettingsError| e.to_string())?;
        let cli = Cli::from_arg_matches(&matches).map_err(|e| e.to_string())?;
        Settings::resolve(cli.settings).map_err(|e| e.to_string())
    }

    fn sqlite<const N: usize>(pairs: [(&str, &str); N]) -> String {
        match settings(pairs).unwrap().database {
            Database::Sqlite(path) => path.display().to_string(),
            Database::Postgres(_) => "postgres".to_owned(),
        }
    }

    #[test]
    fn the_database_is_found_in_the_documented_order() {
        assert_eq!(sqlite([]), "/data/backups/telegram_backup.db");
        assert_eq!(sqlite([("BACKUP_PATH", "/b")]), "/b/telegram_backup.db");
        assert_eq!(sqlite([("BACKUP_PATH", "/b"), ("DB_PATH", "/c.db")]), "/c.db");
        assert_eq!(
            sqlite([("DATABASE_DIR", "/d"), ("DB_PATH", "/c.db")]),
            "/d/telegram_backup.db"
        );
        assert_eq!(
            sqlite([("DATABASE_DIR", "/d"), ("DATABASE_PATH", "/e.db")]),
            "/e.db"
        );
        assert_eq!(
            sqlite([("DATABASE_PATH", "/e.db"), ("DATABASE_URL", "sqlite:////f.db")]),
            "/f.db"
        );
        assert_eq!(sqlite([("DATABASE_PATH", ""), ("DB_PATH", "/c.db")]), "/c.db");
        assert_eq!(
            sqlite([("DATABASE_URL", "postgres+asyncpg://u:p@h/d")]),
            "postgres"
        );
    }

    #[test]
    fn user_and_password_are_percent_encoded() {
        let s = settings([
            ("DB_TYPE", "postgresql"),
            ("POSTGRES_PASSWORD", "p@ss/word"),
            ("POSTGRES_USER", "a b"),
        ]);
        let Database::Postgres(url) = s.unwrap().database else {
            panic!("not PostgreSQL")
        };
        assert_eq!(
            url.expose_secret(),
            "postgresql://a%20b:p%40ss%2Fword@localhost:5432/telegram_backup"
        );
    }

    #[test]
    fn an_error_names_the_variable_what_is_wrong_and_an_example() {
        let text = settings([("MASS_OPERATION_WINDOW_SECONDS", "0")]).unwrap_err();
        assert!(
            text.contains("MASS_OPERATION_WINDOW_SECONDS (environment): `0`"),
            "{text}"
        );
        let text = settings([("GLOBAL_INCLUDE_CHAT_IDS", "1,me")]).unwrap_err();
        assert!(
            text.contains("GLOBAL_INCLUDE_CHAT_IDS") && text.contains("`me`"),
            "{text}"
        );
        let text = settings([("ENABLE_LISTENER", "maybe")]).unwrap_err();
        assert!(
            text.contains("ENABLE_LISTENER") && text.contains("true or false"),
            "{text}"
        );
        let text = settings([("TELEGRAM_PHONE", "nobody")]).unwrap_err();
        assert!(
            text.contains("TELEGRAM_PHONE") && !text.contains("nobody"),
            "{text}"
        );
    }

    /// A value that each setting refuses, and what must be set beside it for that; `""` where all others are good.
    type Refused = (
        &'static str,
        &'static str,
        &'static [(&'static str, &'static str)],
    );
    const REFUSED: [Refused; 84] = [
        ("TELEGRAM_API_ID", "12a", &[]),
        ("TELEGRAM_API_HASH", "hid:den", &[]),
        ("TELEGRAM_PHONE", "hid:den", &[]),
        ("SESSION_NAME", "a/b", &[]),
        ("SESSION_DIR", "", &[]),
        ("SESSION_ENCRYPTION_KEY", "hid:den", &[]),
        ("TELEGRAM_DC_ADDRESS", "localhost", &[]),
        ("TELEGRAM_DC_ID", "0", &[]),
        ("TELEGRAM_DC_RSA_KEY_FILE", "", &[]),
        ("TELEGRAM_PROXY", "http://hid:den@h:1", &[]),
        ("TELEGRAM_HISTORY_CALLS_PER_SECOND", "-1", &[]),
        ("TELEGRAM_METADATA_CALLS_PER_SECOND", "NaN", &[]),
        ("TELEGRAM_FILE_CALLS_PER_SECOND", "inf", &[]),
        ("SCHEDULE", "* * *", &[]),
        ("BACKUP_PATH", "", &[]),
        ("BATCH_SIZE", "0", &[]),
        ("SYNC_DELETIONS_EDITS", "maybe", &[]),
        ("DELETION_MODE", "mild", &[]),
        ("PRIORITY_CHAT_IDS", "me", &[]),
        ("CHAT_TYPES", "bots", &[]),
        ("GLOBAL_INCLUDE_CHAT_IDS", "me", &[]),
        ("GLOBAL_EXCLUDE_CHAT_IDS", "me", &[]),
        ("PRIVATE_INCLUDE_CHAT_IDS", "me", &[]),
        ("PRIVATE_EXCLUDE_CHAT_IDS", "me", &[]),
        ("GROUPS_INCLUDE_CHAT_IDS", "me", &[]),
        ("GROUPS_EXCLUDE_CHAT_IDS", "me", &[]),
        ("CHANNELS_INCLUDE_CHAT_IDS", "me", &[]),
        ("CHANNELS_EXCLUDE_CHAT_IDS", "me", &[]),
        ("INCLUDE_CHAT_IDS", "me", &[]),
        ("EXCLUDE_CHAT_IDS", "me", &[]),
        ("DOWNLOAD_MEDIA", "maybe", &[]),
        ("MAX_MEDIA_SIZE_MB", "-1", &[]),
        ("DEDUPLICATE_MEDIA", "maybe", &[]),
        ("VERIFY_MEDIA", "maybe", &[]),
        ("AVATAR_REFRESH_HOURS", "often", &[]),
        ("BLOBS_URL", "ftp://hid:den@h", &[]),
        ("AWS_ACCESS_KEY_ID", "", &[]),
        ("AWS_SECRET_ACCESS_KEY", "", &[]),
        ("ENABLE_LISTENER", "maybe", &[]),
        ("LISTEN_EDITS", "maybe", &[]),
        ("LISTEN_DELETIONS", "maybe", &[]),
        ("LISTEN_NEW_MESSAGES", "maybe", &[]),
        ("LISTEN_NEW_MESSAGES_MEDIA", "maybe", &[]),
        ("LISTEN_CHAT_ACTIONS", "maybe", &[]),
        ("LISTEN_ALBUMS", "maybe", &[]),
        ("MASS_OPERATION_THRESHOLD", "-1", &[]),
        ("MASS_OPERATION_WINDOW_SECONDS", "0", &[]),
        ("MASS_OPERATION_BUFFER_DELAY", "soon", &[]),
        ("DATABASE_URL", "mysql://hid:den@h/d", &[]),
        ("DB_TYPE", "mysql", &[]),
        ("DATABASE_PATH", "", &[]),
        ("DATABASE_DIR", "", &[]),
        ("DB_PATH", "", &[]),
        ("POSTGRES_HOST", "a b", &[]),
        ("POSTGRES_PORT", "65536", &[]),
        ("POSTGRES_USER", " ", &[]),
        ("POSTGRES_PASSWORD", "", &[]),
        ("POSTGRES_DB", " ", &[]),
        ("DATABASE_TIMEOUT", "0", &[]),
        ("DB_ECHO", "maybe", &[]),
        ("VIEWER_USERNAME", " ", &[]),
        ("VIEWER_PASSWORD", "", &[]),
        ("AUTH_SESSION_DAYS", "0", &[]),
        ("DISPLAY_CHAT_IDS", "me", &[]),
        ("VIEWER_TIMEZONE", " ", &[]),
        ("SHOW_STATS", "maybe", &[]),
        ("STATS_CALCULATION_HOUR", "24", &[]),
        ("ALLOW_ANONYMOUS_VIEWER", "maybe", &[]),
        ("VIEWER_ADDRESS", "8000", &[]),
        ("VIEWER_TRUSTED_PROXIES", "proxy", &[]),
        ("PUSH_NOTIFICATIONS", " ", &[]),
        ("ENABLE_NOTIFICATIONS", "maybe", &[]),
        ("VAPID_PRIVATE_KEY", "hid:den", FULL),
        ("VAPID_PUBLIC_KEY", " ", &[]),
        ("VAPID_CONTACT", "me", &[]),
        ("PUSH_ALLOW_PRIVATE_ENDPOINTS", "maybe", &[]),
        ("LOG_LEVEL", " ", &[]),
        ("LOG_FORMAT", "xml", &[]),
        ("ADMIN_ADDRESS", "9090", &[]),
        ("NATS_URL", "http://hid:den@h", &[]),
        ("NATS_CREDENTIALS_FILE", "", &[]),
        ("NATS_REPLICAS", "0", &[]),
        ("DOWNLOADERS", "many", &[]),
        ("DOWNLOADER_NUMBER", "2", &[]),
    ];
    const FULL: &[(&str, &str)] = &[("PUSH_NOTIFICATIONS", "full"), ("VAPID_PUBLIC_KEY", "other")];

    fn refused(arguments: &[(&str, &str)]) -> String {
        let mut argv: Vec<std::ffi::OsString> = vec!["telegram-archive".into()];
        argv.extend(arguments.iter().map(|(variable, value)| {
            format!("--{}={value}", variable.to_ascii_lowercase().replace('_', "-")).into()
        }));
        argv.push("config".into());
        let parsed = parse(Cli::command(), argv, &Environment::of([]));
        let told = match parsed {
            Err(error) => Err(error.to_string()),
            Ok((matches, _)) => Settings::resolve(Cli::from_arg_matches(&matches).unwrap().settings)
                .map_err(|e| e.to_string()),
        };
        told.expect_err(&format!("{arguments:?} are taken"))
    }

    #[test]
    fn every_error_names_the_variable_what_is_wrong_and_an_example() {
        let command = Cli::command();
        let all: Vec<_> = command
            .get_arguments()
            .filter_map(|a| a.get_env()?.to_str())
            .collect();
        assert_eq!(all.len(), REFUSED.len());
        for variable in all {
            let (_, value, beside) = REFUSED.iter().find(|(v, ..)| *v == variable).unwrap();
            let text = refused(&[*beside, &[(variable, *value)][..]].concat());
            assert!(text.starts_with(variable), "{text}");
            let secret = super::super::args::SECRETS.contains(&variable);
            assert!(secret || text.contains(&format!("`{value}`")), "{text}");
            assert!(!text.contains("hid:den") && !text.contains("den@"), "{text}");
            let (wrong, example) = text
                .split_once(&format!("\n  Example: {variable}="))
                .unwrap_or_else(|| {
                    panic!("no example: {text}");
                });
            assert!(wrong.len() > variable.len() + 20 && !example.is_empty(), "{text}");
        }
    }

    #[test]
    fn the_examples_are_taken() {
        for arg in Cli::command().get_arguments() {
            let Some(variable) = arg.get_env().and_then(std::ffi::OsStr::to_str) else {
                continue;
            };
            let example = super::super::environment::example(arg).unwrap();
            if example.contains(" `") || variable == "BLOBS_URL" {
                continue;
            }
            settings([(variable, &*example)]).unwrap_or_else(|e| panic!("{e}"));
        }
    }

    #[test]
    fn a_secret_whose_file_cannot_be_read_is_told_by_its_variable() {
        for variable in super::super::args::SECRETS {
            let named = format!("{variable}_FILE");
            let told = Environment::of([(&*named, "/no/such/file")])
                .with_files()
                .unwrap_err()
                .to_string();
            assert!(
                told.starts_with(&named) && told.contains("/no/such/file"),
                "{told}"
            );
            assert!(
                told.contains(&format!("\n  Example: {named}=/run/secrets/")),
                "{told}"
            );
        }
    }

    #[test]
    fn empty_is_unset_except_for_chat_types() {
        let s = settings([("BATCH_SIZE", ""), ("CHAT_TYPES", "")]).unwrap();
        assert_eq!(s.args.backup.batch_size, 100);
        assert!(s.args.chats.chat_types.0.is_empty());
    }

    #[test]
    fn missing_credentials_are_all_named() {
        let s = settings([("TELEGRAM_API_ID", "1")]).unwrap();
        let text = s.credentials().unwrap_err().to_string();
        assert!(
            text.contains("missing: TELEGRAM_API_HASH, TELEGRAM_PHONE."),
            "{text}"
        );
    }

    #[test]
    fn the_session_lies_beside_the_backup() {
        assert_eq!(settings([]).unwrap().session_dir, Path::new("/data/session"));
        assert_eq!(
            settings([("BACKUP_PATH", "./data/backups")]).unwrap().session_dir,
            Path::new("./data/session")
        );
        assert_eq!(
            settings([("SESSION_DIR", "/s")]).unwrap().session_dir,
            Path::new("/s")
        );
    }
}
