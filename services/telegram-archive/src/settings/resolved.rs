//! What follows from the settings: paths, the database, the scope, whether Telegram's credentials are there.

use std::path::{Path, PathBuf};

use blobs::S3Options;
use secrecy::{ExposeSecret, SecretString};

use super::args::SettingsArgs;
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
    /// A database that is not meant by anything.
    #[error("{variable}: {reason}")]
    Database {
        /// The variable.
        variable: &'static str,
        /// What is wrong, with an example.
        reason: String,
    },
    /// A place for files that is none, or lacks its key.
    #[error("{variable}: {reason}")]
    Blobs {
        /// The variable.
        variable: &'static str,
        /// What is wrong, with an example.
        reason: String,
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

fn database(args: &SettingsArgs) -> Result<Database, Mismatch> {
    let d = &args.database;
    if let Some(url) = &d.database_url {
        return from_url(url);
    }
    match d.db_type.to_ascii_lowercase().as_str() {
        "postgresql" | "postgres" => {
            let Some(password) = d.postgres_password.as_ref() else {
                return Err(Mismatch::Database {
                    variable: "POSTGRES_PASSWORD",
                    reason: "is needed with DB_TYPE=postgresql (or set DATABASE_URL)".to_owned(),
                });
            };
            let mut url = url::Url::parse("postgresql://localhost").map_err(|e| Mismatch::Database {
                variable: "POSTGRES_HOST",
                reason: e.to_string(),
            })?;
            let refused = |variable| {
                move |()| Mismatch::Database {
                    variable,
                    reason: "cannot be part of a URL".to_owned(),
                }
            };
            url.set_host(Some(&d.postgres_host))
                .map_err(|e| Mismatch::Database {
                    variable: "POSTGRES_HOST",
                    reason: e.to_string(),
                })?;
            url.set_port(Some(d.postgres_port))
                .map_err(refused("POSTGRES_PORT"))?;
            url.set_username(&d.postgres_user)
                .map_err(refused("POSTGRES_USER"))?;
            url.set_password(Some(password.expose_secret()))
                .map_err(refused("POSTGRES_PASSWORD"))?;
            url.set_path(&d.postgres_db);
            Ok(Database::Postgres(SecretString::from(String::from(url))))
        }
        "sqlite" => Ok(Database::Sqlite(
            d.database_path
                .clone()
                .or_else(|| d.database_dir.as_ref().map(|dir| dir.join("telegram_backup.db")))
                .or_else(|| d.db_path.clone())
                .unwrap_or_else(|| args.backup.backup_path.join("telegram_backup.db")),
        )),
        other => Err(Mismatch::Database {
            variable: "DB_TYPE",
            reason: format!(
                "`{other}` is no database; expected sqlite or postgresql, as in DB_TYPE=postgresql"
            ),
        }),
    }
}

fn from_url(url: &SecretString) -> Result<Database, Mismatch> {
    let text = url.expose_secret();
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(Mismatch::Database {
            variable: "DATABASE_URL",
            reason:
                "is no URL; expected sqlite:////data/archive.db or postgresql://user:password@host/database"
                    .to_owned(),
        });
    };
    match scheme.split('+').next().unwrap_or(scheme) {
        "sqlite" => {
            let path = rest.strip_prefix('/').unwrap_or(rest);
            if path.is_empty() {
                return Err(Mismatch::Database {
                    variable: "DATABASE_URL",
                    reason:
                        "names no file; four slashes make an absolute path, as in sqlite:////data/archive.db"
                            .to_owned(),
                });
            }
            if Path::new(path).is_relative() && in_container() {
                return Err(Mismatch::Database {
                    variable: "DATABASE_URL",
                    reason: "is a relative path, which is lost with the container; use four slashes: sqlite:////data/archive.db"
                        .to_owned(),
                });
            }
            Ok(Database::Sqlite(PathBuf::from(path)))
        }
        "postgresql" | "postgres" => Ok(Database::Postgres(SecretString::from(format!(
            "postgresql://{rest}"
        )))),
        other => Err(Mismatch::Database {
            variable: "DATABASE_URL",
            reason: format!("`{other}` is no database; expected sqlite:// or postgresql://"),
        }),
    }
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
        let text = settings([("SCHEDULE", "* * *"), ("MASS_OPERATION_WINDOW_SECONDS", "0")]).unwrap_err();
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
