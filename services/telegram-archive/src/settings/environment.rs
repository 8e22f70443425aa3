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

const MEANINGFUL_WHEN_EMPTY: [&str; 1] = ["CHAT_TYPES"];

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
        /// The file, and who names it.
        what: String,
        /// Why.
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
            let unreadable = |e: dotenvy::Error| SettingsError::Unreadable {
                what: file.display().to_string(),
                reason: match e {
                    dotenvy::Error::LineParse(..) => "a line is not of the form NAME=value".to_owned(),
                    e => e.to_string(),
                },
            };
            for pair in dotenvy::from_path_iter(&file).map_err(unreadable)? {
                let (name, value) = pair.map_err(unreadable)?;
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
        Self(all).with_files()
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

    fn with_files(mut self) -> Result<Self, SettingsError> {
        for variable in SECRETS {
            let named = format!("{variable}_FILE");
            let Some((path, _)) = self.0.get(&named).filter(|(p, _)| !p.trim().is_empty()) else {
                continue;
            };
            let path = PathBuf::from(path);
            let text = std::fs::read_to_string(&path).map_err(|e| SettingsError::Unreadable {
                what: format!("{} (named by {named})", path.display()),
                reason: e.to_string(),
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
    let helps: BTreeMap<String, String> = command
        .get_arguments()
        .filter_map(|arg| Some((arg.get_long()?.to_owned(), arg.get_help()?.to_string())))
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
        told_by_variable(&error, &settings, &helps, &source).unwrap_or(SettingsError::CommandLine(error))
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

fn told_by_variable(
    error: &clap::Error,
    settings: &[(String, String, String)],
    helps: &BTreeMap<String, String>,
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
    let reason = std::error::Error::source(error)
        .map_or_else(|| "not a value it can have".to_owned(), ToString::to_string);
    let help = helps.get(long).map_or("", String::as_str);
    let example = help
        .split_once("Example: ")
        .map_or(String::new(), |(_, e)| format!("\n  Example: {variable}={e}"));
    Some(SettingsError::Value {
        variable: variable.clone(),
        from: source(variable, long).to_string(),
        reason: format!("{value}{reason}"),
        example,
    })
}
