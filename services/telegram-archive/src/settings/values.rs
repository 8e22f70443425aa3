//! How the text of a setting is read; every error says what was wrong and what would be right.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use fetcher::{Schedule, ScheduleError};
use ipnet::IpNet;
use model::ChatId;
use secrecy::{ExposeSecret, SecretString};
use telegram::SessionKey;
use url::Url;

/// Reads `true`, `false` and their usual spellings.
pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err("expected true or false".to_owned()),
    }
}

/// A comma-separated list of marked chat ids; spaces are allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChatIds(pub Vec<ChatId>);

impl FromStr for ChatIds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| {
                part.parse()
                    .map(ChatId)
                    .map_err(|_| format!("`{part}` is no chat id; expected numbers with commas between them"))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl fmt::Display for ChatIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, id) in self.0.iter().enumerate() {
            write!(f, "{}{id}", if n == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

/// Networks and addresses with commas between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Networks(pub Vec<IpNet>);

impl FromStr for Networks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let network = |part: &str| {
            let one = || part.parse::<IpAddr>().map(IpNet::from);
            let wrong = |_| format!("`{part}` is no network; expected some like 10.0.0.0/8 or 192.168.1.2");
            part.parse::<IpNet>().or_else(|_| one()).map_err(wrong)
        };
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(network).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&parts.join(","))
    }
}

/// The types of `CHAT_TYPES`; an empty list means: only what is included by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChatTypes(pub Vec<ChatType>);

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChatType {
    /// Users that are no bots.
    Private,
    /// Basic groups, supergroups and forums.
    Groups,
    /// Broadcast channels.
    Channels,
}

impl FromStr for ChatTypes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| match part.to_ascii_lowercase().as_str() {
                "private" => Ok(ChatType::Private),
                "groups" => Ok(ChatType::Groups),
                "channels" => Ok(ChatType::Channels),
                _ => Err(format!(
                    "`{part}` is no chat type; expected private, groups and channels, as in private,groups"
                )),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// A phone number with its country code.
pub(super) fn phone(text: &str) -> Result<SecretString, String> {
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')'))
        .collect();
    let number = digits.strip_prefix('+').unwrap_or(&digits);
    if number.len() < 5 || !number.chars().all(|c| c.is_ascii_digit()) {
        return Err("expected the number with its country code, as in +1234567890".to_owned());
    }
    Ok(SecretString::from(format!("+{number}")))
}

/// Any secret.
pub(super) fn secret(text: &str) -> Result<SecretString, String> {
    word(text).map(SecretString::from)
}

/// Anything that is not blank.
pub(super) fn word(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(text.to_owned())
}

/// `TELEGRAM_API_HASH`.
pub(super) fn api_hash(text: &str) -> Result<SecretString, String> {
    let text = text.trim();
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err("expected letters and digits, as https://my.telegram.org/apps shows them".to_owned());
    }
    Ok(SecretString::from(text))
}

/// 32 bytes.
pub(super) fn session_key(text: &str) -> Result<SecretString, String> {
    let secret = SecretString::from(text);
    SessionKey::from_secret(&secret).map_err(|e| e.to_string())?;
    Ok(secret)
}

/// A name that files can have.
pub(super) fn file_name(text: &str) -> Result<String, String> {
    let fits = |c: char| c != '/' && !c.is_control();
    if text.trim().is_empty() || text.starts_with('.') || !text.chars().all(fits) {
        return Err("expected a name that files can have, without `/` and without a dot in front".to_owned());
    }
    Ok(text.to_owned())
}

/// A host and its port.
pub(super) fn address(text: &str) -> Result<String, String> {
    let parts = text.trim().rsplit_once(':');
    let parts = parts.filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|p| p > 0));
    match parts {
        Some(_) => Ok(text.trim().to_owned()),
        None => Err("expected a host and its port".to_owned()),
    }
}

/// A host without port.
pub(super) fn host(text: &str) -> Result<String, String> {
    match url::Host::parse(text.trim()) {
        Ok(_) => Ok(text.trim().to_owned()),
        Err(error) => Err(format!("no name or address of a host: {error}")),
    }
}

/// A SOCKS5 proxy. The reason never repeats the URL, which may hold a password.
pub(super) fn proxy(text: &str) -> Result<SecretString, String> {
    let expected = "expected socks5://host:port, with user:password@ before the host if it asks for them";
    let url = Url::parse(text.trim()).map_err(|e| format!("{e}; {expected}"))?;
    if url.scheme() != "socks5" {
        return Err(format!("only SOCKS5 is spoken; {expected}"));
    }
    if url.host_str().is_none_or(str::is_empty) || url.port().is_none() {
        return Err(format!("its host or port is missing; {expected}"));
    }
    Ok(SecretString::from(text.trim()))
}

/// Servers of NATS, with commas between them. The reason never repeats a URL, which may hold a password.
pub(super) fn nats(text: &str) -> Result<SecretString, String> {
    let expected = "expected nats://host:port or tls://host:port, several with commas between them";
    for server in text.split(',').map(str::trim) {
        let url = if server.contains("://") {
            Url::parse(server)
        } else {
            Url::parse(&format!("nats://{server}"))
        };
        let url = url.map_err(|e| format!("{e}; {expected}"))?;
        if !matches!(url.scheme(), "nats" | "tls" | "ws" | "wss") {
            return Err(format!("`{}` is no server of NATS; {expected}", url.scheme()));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(format!("a host is missing; {expected}"));
        }
    }
    Ok(SecretString::from(text.trim()))
}

/// Copies of a stream.
pub(super) fn replicas(text: &str) -> Result<usize, String> {
    let number = text.trim().parse().ok().filter(|n| (1..=5).contains(n));
    number.ok_or_else(|| "expected 1 to 5, and as many servers of NATS".to_owned())
}

/// A number, whole or not, that is not negative.
pub(super) fn not_negative(text: &str) -> Result<f64, String> {
    let number = text.trim().parse().ok();
    number
        .filter(|n: &f64| n.is_finite() && *n >= 0.0)
        .ok_or_else(|| "expected a number, zero or above".to_owned())
}

/// When a backup runs.
pub(super) fn schedule(text: &str) -> Result<Schedule, String> {
    text.parse().map_err(|e: ScheduleError| e.to_string())
}

/// Whom push services may write to (RFC 8292).
pub(super) fn contact(text: &str) -> Result<String, String> {
    let text = text.trim();
    let rest = text
        .strip_prefix("mailto:")
        .or_else(|| text.strip_prefix("https://"));
    match rest {
        Some(rest) if !rest.is_empty() => Ok(text.to_owned()),
        _ => Err("expected an address with mailto: or https:// before it".to_owned()),
    }
}

/// `DB_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DatabaseKind {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// Reads `DB_TYPE`.
pub(super) fn database_kind(text: &str) -> Result<DatabaseKind, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "sqlite" => Ok(DatabaseKind::Sqlite),
        "postgresql" | "postgres" => Ok(DatabaseKind::Postgres),
        _ => Err("expected sqlite or postgresql".to_owned()),
    }
}

/// How lines of the log look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For collectors.
    Json,
}

/// Reads `LOG_FORMAT`.
pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("expected text or json".to_owned()),
    }
}

/// Whether a secret that was given is empty.
pub(crate) fn is_empty(secret: &SecretString) -> bool {
    secret.expose_secret().is_empty()
}

/// What admitted deletions do.
pub(super) fn deletion_mode(text: &str) -> Result<model::DeletionMode, String> {
    match text {
        "soft" => Ok(model::DeletionMode::Soft),
        "hard" => Ok(model::DeletionMode::Hard),
        _ => Err("expected soft (deleted messages stay, marked) or hard (their content goes)".to_owned()),
    }
}

/// A number of seconds, whole or not, above zero.
pub(super) fn seconds(text: &str) -> Result<std::time::Duration, String> {
    text.trim()
        .parse::<f64>()
        .ok()
        .filter(|s| *s > 0.0 && *s < 1e9)
        .map(std::time::Duration::from_secs_f64)
        .ok_or_else(|| "expected seconds above zero, as in 60.0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_ids_may_have_spaces_and_name_what_is_wrong() {
        assert_eq!(
            "1, -100200 ,".parse::<ChatIds>().unwrap().0,
            [ChatId(1), ChatId(-100_200)]
        );
        assert!("1,@name".parse::<ChatIds>().unwrap_err().contains("`@name`"));
    }

    #[test]
    fn chat_types_are_read_in_any_case_and_may_be_none() {
        assert_eq!(
            "Private, CHANNELS".parse::<ChatTypes>().unwrap().0,
            [ChatType::Private, ChatType::Channels]
        );
        assert!("".parse::<ChatTypes>().unwrap().0.is_empty());
        assert!("bots".parse::<ChatTypes>().unwrap_err().contains("`bots`"));
    }

    #[test]
    fn a_phone_number_needs_digits() {
        assert_eq!(phone("+1 (234) 567-890").unwrap().expose_secret(), "+1234567890");
        assert!(phone("me").is_err());
    }
}
