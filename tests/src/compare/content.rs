//! What a message says, in Telegram's words and in the archive's.

use telegram_sim::snapshot::{TrueMessage, TrueVersion};

use super::stored::{Stored, StoredVersion};

/// The kind of an entity, and what it carries.
type Style = (String, Option<String>);

/// What differs between a version and its row, if anything does.
pub(super) fn difference(v: &TrueVersion, s: &StoredVersion) -> Option<&'static str> {
    if v.text != s.text {
        return Some("text");
    }
    let styled = |((name, carried), (word, stored)): (&Style, &Style)| {
        bare(name.trim_start_matches("messageEntity")) == bare(word) && carried == stored
    };
    let mut styles = v.styles.iter().zip(&s.styles);
    if v.entities != s.entities || v.styles.len() != s.styles.len() || !styles.all(styled) {
        return Some("entities");
    }
    (v.file != s.file).then_some("file")
}

/// `ChatAddUser` and `chat_add_user` alike.
fn bare(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}

/// The kind of what a message says now, in both words, if they do not mean the same.
pub(super) fn kind<'a>(m: &'a TrueMessage, row: &'a Stored) -> Option<(&'a str, String)> {
    let truth = m.kind.as_deref().unwrap_or_default();
    let kinds: &[&str] = match truth {
        "" | "messageMediaEmpty" | "messageMediaWebPage" => &["text"],
        "messageMediaPhoto" => &["photo"],
        "messageMediaDocument" => &[
            "document",
            "video",
            "round_video",
            "animation",
            "voice",
            "audio",
            "sticker",
        ],
        "messageMediaContact" => &["contact"],
        "messageMediaGeo" => &["geo"],
        "messageMediaGeoLive" => &["live_geo"],
        "messageMediaVenue" => &["venue"],
        "messageMediaDice" => &["dice"],
        "messageMediaPoll" => &["poll"],
        "messageMediaGame" => &["game"],
        "messageMediaInvoice" => &["invoice"],
        _ if m.service => &["service"],
        _ => &["unknown"],
    };
    let named = match (m.service, kinds) {
        (true, _) => {
            let action = truth.trim_start_matches("messageAction");
            row.action.as_deref().map(bare) == Some(bare(action))
        }
        (false, ["unknown"]) => row.constructor.as_deref() == Some(truth),
        _ => true,
    };
    let same = kinds.contains(&row.kind.as_str()) && named;
    (!same).then(|| {
        (
            truth,
            format!("{} {:?} {:?}", row.kind, row.action, row.constructor),
        )
    })
}
