//! What a notification says (F101).

use std::collections::HashMap;

use model::{ChatId, MessageKind};
use serde::Serialize;
use store::{MessageRow, PeerRow};

/// Characters of a message that are told.
const TEXT: usize = 100;
/// Characters of a title or name: an encrypted push has four kilobytes.
const NAME: usize = 80;

/// What the page's service worker gets, as JSON; `tests/golden/push.json` is one, and the page's tests are told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Notification {
    /// The chat's title.
    pub title: String,
    /// `sender: text`.
    pub body: String,
    /// The chat's picture on the page's own origin, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// Replaces an older one of the chat.
    pub tag: String,
    /// Where a click leads, on the page's own origin.
    pub url: String,
    /// Its sender asked for no sound.
    pub silent: bool,
}

/// Whether somebody is told of this message: not of what the account itself sent, of what is gone, and of joins and pins.
pub(crate) fn worth_telling(row: &MessageRow) -> bool {
    !row.head.flags.out && row.deleted_at.is_none() && row.kind != MessageKind::Service
}

/// The notification of a message of this chat. `peers`: the chat and the sender, those that are known.
pub(crate) fn notification(row: &MessageRow, chat: ChatId, peers: &HashMap<ChatId, PeerRow>) -> Notification {
    let name = |id: ChatId| {
        let known = peers.get(&id)?.name.as_deref()?;
        Some(cut(known, NAME)).filter(|n| !n.is_empty())
    };
    let sender = row.head.sender.and_then(name);
    let text = cut(&row.content.text, TEXT);
    let said = if text.is_empty() {
        match row.kind {
            MessageKind::Text | MessageKind::Unknown => "[Media]".to_owned(),
            kind => format!("[Media] {}", kind.as_str().replace('_', " ")),
        }
    } else {
        text
    };
    Notification {
        title: name(chat).unwrap_or_else(|| "Telegram Archive".to_owned()),
        body: match sender {
            Some(sender) => format!("{sender}: {said}"),
            None => said,
        },
        icon: peers
            .get(&chat)
            .filter(|p| p.avatar)
            .map(|_| format!("/api/v1/accounts/{}/peers/{chat}/avatar", row.account)),
        tag: format!("chat-{chat}"),
        url: format!("/c/{}/{chat}/{}", row.account, row.id),
        silent: row.head.flags.silent,
    }
}

/// One line of plain text: no characters that turn the reading direction around or end a line, at most so many others.
fn cut(text: &str, most: usize) -> String {
    let turns =
        |c: &char| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut line = String::new();
    let mut length = 0;
    // Bounded: a text may have a megabyte, and be all spaces.
    for c in text.chars().filter(turns).take(most * 40) {
        let c = if c.is_whitespace() || c.is_control() {
            ' '
        } else {
            c
        };
        if c == ' ' && (line.is_empty() || line.ends_with(' ')) {
            continue;
        }
        if length == most {
            // Nothing of a joined character without its end.
            line.truncate(line.trim_end_matches(['\u{200d}', ' ']).len());
            line.push('…');
            return line;
        }
        line.push(c);
        length += 1;
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_characters_and_is_one_line() {
        assert_eq!(cut("short", 100), "short");
        assert_eq!(cut(&"ж".repeat(100), 100), "ж".repeat(100));
        assert_eq!(cut(&"ж".repeat(101), 100), format!("{}…", "ж".repeat(100)));
        assert_eq!(cut(" a\n\n b\t\u{0}c \n", 100), "a b c");
        assert_eq!(cut("Bank\u{202e}knaB\u{2066}!", 100), "BankknaB!");
        assert_eq!(cut("👩\u{200d}👩", 2), "👩…");
        assert_eq!(cut(&" ".repeat(1 << 20), 100), "");
    }
}
