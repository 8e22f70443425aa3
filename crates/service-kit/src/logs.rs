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

/// Starts logging for the process. A second call changes nothing.
pub fn start(level_word: &str, json: bool) {
    let capped = CAPPED.iter().filter_map(|d| d.parse::<Directive>().ok());
    let filter = capped.fold(EnvFilter::new(level(level_word)), EnvFilter::add_directive);
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
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
}
