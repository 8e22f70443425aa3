//! Where settings come from: flags, the environment, `.env`, files named by `*_FILE`, defaults; in this order.
//!
//! The one place that reads the environment. An empty variable counts as unset, except `CHAT_TYPES`, where empty has a
//! meaning.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command};

use super::args::SECRETS;
use super::dotenv;

const MEANINGFUL_WHEN_EMPTY: [&str; 1] = ["CHAT_TYPES"];
/// Where the archive lies if nobody says so: `make run` names a folder of the clone.
const DEFAULT_BACKUP_PATH: &str = "DEFAULT_BACKUP_PATH";

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Nobody set it.
    Default,
    /// The file `.env` in the working folder.
    DotEnv,
    /// The process's environment.
    Environment,
    /// The file that `<VARIABLE>_FILE` names.
    File(PathBuf),
    /// The command line.
    Flag,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::DotEnv => f.write_str(".env"),
            Self::Environment => f.write_str("environment"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Flag => f.write_str("command line"),
        }
    }
}

/// A setting that cannot be used, told by its variable.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// Wrong value.
    #[error("{variable} ({from}): {reason}{example}")]
    Value {
        /// The variable.
        variable: String,
        /// Where its value came from.
        from: String,
        /// What is wrong.
        reason: String,
        /// ` Example: ...`, or nothing.
        example: String,
    },
    /// `.env` or a secret's file cannot be read.
    #[error("{what} cannot be read: {reason}")]
    Unreadable {
        /// The file, after the variable that names it.
        what: String,
        /// Why, with an example.
        reason: String,
    },
    /// A mistake on the command line, or `--help`.
    #[error(transparent)]
    CommandLine(#[from] clap::Error),
}

/// Variables with their sources.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment(BTreeMap<String, (String, Source)>);

impl Environment {
    /// Reads the process's environment and `dir/.env`; the real environment wins.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub(crate) fn read(dir: &Path) -> Result<Self, SettingsError> {
        let mut all = BTreeMap::new();
        let file = dir.join(".env");
        if file.is_file() {
            let unreadable = |reason: String| SettingsError::Unreadable {
                what: file.display().to_string(),
                reason,
            };
            let text = std::fs::read_to_string(&file).map_err(|e| unreadable(e.to_string()))?;
            let outer = |name: &str| std::env::var(name).ok();
            for (name, value) in dotenv::parse(&text, outer).map_err(|e| unreadable(e.to_string()))? {
                all.insert(name, (value, Source::DotEnv));
            }
        }
        for (name, value) in std::env::vars_os() {
            if let (Ok(name), Ok(value)) = (name.into_string(), value.into_string())
                && (!value.trim().is_empty() || MEANINGFUL_WHEN_EMPTY.contains(&name.as_str()))
            {
                all.insert(name, (value, Source::Environment));
            }
        }
        Self(all).with_default_path().with_files()
    }

    fn with_default_path(mut self) -> Self {
        if self.get("BACKUP_PATH").is_none()
            && let Some((path, _)) = self.get(DEFAULT_BACKUP_PATH).cloned()
        {
            self.0.insert("BACKUP_PATH".to_owned(), (path, Source::Default));
        }
        self
    }

    /// From pairs, for tests.
    #[cfg(test)]
    pub(crate) fn of<const N: usize>(pairs: [(&str, &str); N]) -> Self {
        Self(
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), ((*v).to_owned(), Source::Environment)))
                .collect(),
        )
    }

    pub(super) fn with_files(mut self) -> Result<Self, SettingsError> {
        for variable in SECRETS {
            let named = format!("{variable}_FILE");
            let Some((path, _)) = self.0.get(&named).filter(|(p, _)| !p.trim().is_empty()) else {
                continue;
            };
            let path = PathBuf::from(path);
            let text = std::fs::read_to_string(&path).map_err(|e| SettingsError::Unreadable {
                what: format!("{named}: {}", path.display()),
                reason: format!(
                    "{e}.\n  Example: {named}=/run/secrets/{}",
                    variable.to_ascii_lowercase()
                ),
            })?;
            self.0.insert(
                variable.to_owned(),
                (text.trim_end().to_owned(), Source::File(path)),
            );
        }
        Ok(self)
    }

    /// The value of a variable that counts as set.
    pub(crate) fn get(&self, variable: &str) -> Option<&(String, Source)> {
        self.0
            .get(variable)
            .filter(|(value, _)| !value.trim().is_empty() || MEANINGFUL_WHEN_EMPTY.contains(&variable))
    }
}

/// One setting as it is in effect, as text.
#[derive(Clone, Debug)]
pub(crate) struct Effective {
    /// Its variable.
    pub variable: String,
    /// Its value; `None`: not set and without default. Secrets are redacted.
    pub value: Option<String>,
    /// Where it came from.
    pub source: Source,
}

/// Parses the command line with the environment underneath it.
///
/// Answers clap's matches, and every setting as it is in effect.
pub(crate) fn parse(
    command: Command,
    argv: impl IntoIterator<Item = OsString>,
    environment: &Environment,
) -> Result<(ArgMatches, Vec<Effective>), SettingsError> {
    let settings: Vec<(String, String, String)> = command
        .get_arguments()
        .filter_map(|arg| {
            let variable = arg.get_env()?.to_str()?.to_owned();
            Some((variable, arg.get_long()?.to_owned(), arg.get_id().to_string()))
        })
        .collect();
    let examples: BTreeMap<String, String> = command
        .get_arguments()
        .filter_map(|arg| Some((arg.get_long()?.to_owned(), example(arg)?)))
        .collect();
    let mut argv = argv.into_iter();
    let mut line: Vec<OsString> = argv.next().into_iter().collect();
    for (variable, long, _) in &settings {
        if let Some((value, _)) = environment.get(variable) {
            line.push(format!("--{long}={value}").into());
        }
    }
    let injected = line.len();
    line.extend(argv);
    let given: Vec<String> = line[injected..]
        .iter()
        .filter_map(|a| a.to_str().map(str::to_owned))
        .collect();
    let is_flag = |long: &str| {
        given
            .iter()
            .any(|a| a == &format!("--{long}") || a.starts_with(&format!("--{long}=")))
    };
    let source = |variable: &str, long: &str| {
        if is_flag(long) {
            Source::Flag
        } else {
            environment
                .get(variable)
                .map_or(Source::Default, |(_, s)| s.clone())
        }
    };
    let command = command
        .args_override_self(true)
        .mut_args(|arg| arg.env(None::<&str>));
    let matches = command.try_get_matches_from(line).map_err(|error| {
        told_by_variable(&error, &settings, &examples, &source).unwrap_or(SettingsError::CommandLine(error))
    })?;
    let effective = settings
        .iter()
        .map(|(variable, long, id)| Effective {
            variable: variable.clone(),
            value: matches.get_raw(id).and_then(|mut v| v.next_back()).map(|v| {
                if SECRETS.contains(&variable.as_str()) {
                    "(set)".to_owned()
                } else {
                    v.to_string_lossy().into_owned()
                }
            }),
            source: source(variable, long),
        })
        .collect();
    Ok((matches, effective))
}

/// What a setting may be: the example of its help, else its default.
pub(super) fn example(arg: &clap::Arg) -> Option<String> {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    if let Some((_, example)) = help.split_once("Example: ") {
        return Some(example.to_owned());
    }
    let default = arg.get_default_values().first()?.to_str()?;
    (!default.is_empty()).then(|| default.to_owned())
}

fn told_by_variable(
    error: &clap::Error,
    settings: &[(String, String, String)],
    examples: &BTreeMap<String, String>,
    source: &dyn Fn(&str, &str) -> Source,
) -> Option<SettingsError> {
    if !matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue) {
        return None;
    }
    let ContextValue::String(arg) = error.get(ContextKind::InvalidArg)? else {
        return None;
    };
    let long = arg.trim_start_matches("--").split([' ', '=']).next()?;
    let (variable, long, _) = settings.iter().find(|(_, l, _)| l == long)?;
    let value = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(v)) if !SECRETS.contains(&variable.as_str()) => format!("`{v}`: "),
        _ => String::new(),
    };
    let reason = match std::error::Error::source(error)
        .map(ToString::to_string)
        .as_deref()
    {
        None => "it is empty".to_owned(),
        // The standard library's words tell a programmer what happened.
        Some("invalid digit found in string") => "expected a whole number".to_owned(),
        Some(reason) => reason.to_owned(),
    };
    let example = examples.get(long).map_or(String::new(), |example| {
        format!(".\n  Example: {variable}={example}")
    });
    Some(SettingsError::Value {
        variable: variable.clone(),
        from: source(variable, long).to_string(),
        reason: format!("{value}{reason}"),
        example,
    })
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, FromArgMatches as _};

    use super::*;
    use crate::cli::Cli;
    use crate::settings::Settings;

    /// As read from a file `.env` with this text.
    fn read(text: &str) -> Result<(Settings, Vec<Effective>), String> {
        let folder =
            std::env::temp_dir().join(format!("telegram-archive-env-{:016x}", rand::random::<u64>()));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(".env"), text).unwrap();
        let environment = Environment::read(&folder);
        std::fs::remove_dir_all(&folder).unwrap();
        let argv = ["telegram-archive", "config"].map(OsString::from);
        let parsed = environment.and_then(|e| parse(Cli::command(), argv, &e));
        let (matches, effective) = parsed.map_err(|e| e.to_string())?;
        let cli = Cli::from_arg_matches(&matches).map_err(|e| e.to_string())?;
        let settings = Settings::resolve(cli.settings).map_err(|e| e.to_string())?;
        Ok((settings, effective))
    }

    #[test]
    fn every_line_of_the_example_can_be_uncommented() {
        let example = include_str!("../../../../.env.example");
        let is_setting = |line: &str| {
            let name = line.split_once('=').map_or("", |(name, _)| name);
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        };
        let lines: Vec<&str> = example
            .lines()
            .map(|line| line.strip_prefix("# ").unwrap_or(line))
            .filter(|line| is_setting(line))
            .collect();
        assert!(lines.len() > 70, "{lines:?}");
        let (_, effective) = read(&lines.join("\n")).unwrap();
        for line in lines {
            let (name, value) = line.split_once('=').unwrap();
            let setting = effective.iter().find(|e| e.variable == name).unwrap();
            assert_eq!(setting.value.as_deref().unwrap_or(""), value, "{name}");
            if !value.is_empty() {
                assert_eq!(setting.source, Source::DotEnv, "{name}");
            }
        }
    }

    /// As its README shows them, with its comments.
    const SEED: &str = "\
TELEGRAM_API_ID=12345678          # Your API ID
TELEGRAM_API_HASH=abcdef123456    # Your API Hash  
TELEGRAM_PHONE=+1234567890        # Your phone (with country code)
CHAT_TYPES=                           # Empty = no types by default
GLOBAL_INCLUDE_CHAT_IDS=-1001234567   # Only backup this specific chat
ENABLE_LISTENER=true      # Enable real-time listener
LISTEN_DELETIONS=false  # Deletions never affect your backup
MASS_OPERATION_THRESHOLD=10       # Max ops before rate limiting (default: 10)
SCHEDULE=0 */6 * * *
PRIORITY_CHAT_IDS=1, -1002
VIEWER_PASSWORD=pa$word
";

    #[test]
    fn the_env_of_the_seed_works_unchanged() {
        use secrecy::ExposeSecret as _;
        let (settings, _) = read(SEED).unwrap();
        let credentials = settings.credentials().unwrap();
        assert_eq!(credentials.api_id, 12_345_678);
        assert_eq!(credentials.api_hash.expose_secret(), "abcdef123456");
        assert_eq!(credentials.phone.expose_secret(), "+1234567890");
        let a = &settings.args;
        assert!(a.chats.chat_types.0.is_empty());
        assert_eq!(a.chats.global_include_chat_ids.to_string(), "-1001234567");
        assert!(a.listener.enable_listener && !a.listener.listen_deletions);
        assert_eq!(a.guard.mass_operation_threshold, 10);
        assert_eq!(a.backup.priority_chat_ids.to_string(), "1,-1002");
        assert_eq!(
            a.viewer.viewer_password.as_ref().unwrap().expose_secret(),
            "pa$word"
        );
    }

    #[test]
    fn another_default_of_the_backup_path_overrides_nothing() {
        let path = |text: &str| {
            let (settings, effective) = read(text).unwrap();
            let from = effective
                .into_iter()
                .find(|e| e.variable == "BACKUP_PATH")
                .unwrap();
            (
                settings.args.backup.backup_path.display().to_string(),
                from.source,
            )
        };
        let other = "DEFAULT_BACKUP_PATH=./data/backups";
        assert_eq!(path(other), ("./data/backups".to_owned(), Source::Default));
        let both = format!("{other}\nBACKUP_PATH=/mine");
        assert_eq!(path(&both), ("/mine".to_owned(), Source::DotEnv));
    }

    #[test]
    fn a_line_that_cannot_be_read_is_told_with_its_file() {
        let told = read("A=1\nVIEWER_PASSWORD='hidden\n").unwrap_err();
        for words in [".env", "line 2: VIEWER_PASSWORD: ", "Example: VIEWER_PASSWORD="] {
            assert!(told.contains(words), "{told}");
        }
        assert!(!told.contains("hidden"), "{told}");
    }
}
