//! Logs on stderr: no content, ever; ids only at debug level.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::Directive;

/// The seed's words for levels; an unknown one means INFO.
fn level(word: &str) -> &'static str {
    match word.to_ascii_uppercase().as_str() {
        "DEBUG" => "debug",
        "WARNING" | "WARN" => "warn",
        "ERROR" => "error",
        _ => "info",
    }
}

/// Libraries whose finer levels would show content, or nothing of use.
const CAPPED: [&str; 11] = [
    "grammers_session=warn",
    "grammers_mtsender=warn",
    "grammers_mtproto=warn",
    "sqlx=warn",
    "actix_server=warn",
    "h2=warn",
    "hyper=warn",
    "hyper_util=warn",
    "reqwest=warn",
    "rustls=warn",
    "web_push=warn",
];

/// `statements`: of the database too, as they are prepared; their values are apart from them and never shown.
fn filter(level_word: &str, statements: bool) -> EnvFilter {
    let more = statements.then_some("sqlx::query=debug");
    CAPPED
        .into_iter()
        .chain(more)
        .filter_map(|d| d.parse::<Directive>().ok())
        .fold(EnvFilter::new(level(level_word)), EnvFilter::add_directive)
}

/// Starts logging for the process; `statements`: `DB_ECHO`. A second call changes nothing.
pub fn start(level_word: &str, json: bool, statements: bool) {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(level_word, statements))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // Logging is started already where this fails: in tests.
    let _ = if json {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_the_documented_words() {
        let levels = ["debug", "INFO", "WARNING", "Warn", "ERROR", "loud"].map(level);
        assert_eq!(levels, ["debug", "info", "warn", "warn", "error", "info"]);
        assert!(CAPPED.iter().all(|d| d.parse::<Directive>().is_ok()));
    }
    /// What of these lines is shown.
    fn shown(level_word: &str, statements: bool) -> Vec<&'static str> {
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter(level_word, statements))
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            [
                ("own", tracing::enabled!(target: "writer", tracing::Level::INFO)),
                (
                    "statement",
                    tracing::enabled!(target: "sqlx::query", tracing::Level::DEBUG),
                ),
                (
                    "row",
                    tracing::enabled!(target: "sqlx::query", tracing::Level::TRACE),
                ),
                (
                    "driver",
                    tracing::enabled!(target: "sqlx::pool", tracing::Level::DEBUG),
                ),
            ]
            .into_iter()
            .filter_map(|(name, shown)| shown.then_some(name))
            .collect()
        })
    }

    #[test]
    fn statements_are_shown_if_asked_for_whatever_the_level() {
        assert_eq!(shown("INFO", false), ["own"]);
        assert_eq!(shown("DEBUG", false), ["own"]);
        assert_eq!(shown("INFO", true), ["own", "statement"]);
        assert_eq!(shown("ERROR", true), ["statement"]);
    }
}
