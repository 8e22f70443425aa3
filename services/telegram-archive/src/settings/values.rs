//! How the text of a setting is read; every error says what was wrong and what would be right.

use std::fmt;
use std::str::FromStr;

use model::ChatId;
use secrecy::{ExposeSecret, SecretString};

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
                part.parse().map(ChatId).map_err(|_| {
                    format!("`{part}` is no chat id; expected numbers such as 123456789,-1001234567890")
                })
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
#[expect(clippy::unnecessary_wraps, reason = "the shape of a value parser")]
pub(super) fn secret(text: &str) -> Result<SecretString, String> {
    Ok(SecretString::from(text))
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
