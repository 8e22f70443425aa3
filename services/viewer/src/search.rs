//! What is typed into a search: words and operators.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::MessageKind;
use store::Filters;

use crate::dto::search::{Snippet, TextRange};

/// What was typed, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    /// Words.
    pub words: String,
    /// Who sent it, as typed; any of them.
    pub from: Vec<String>,
    /// Where it stands, as typed; any of them.
    pub places: Vec<String>,
    /// What needs no looking up.
    pub filters: Filters,
    /// What was not understood.
    pub unknown: Vec<String>,
}

const OPERATORS: [&str; 6] = ["from", "in", "before", "after", "has", "is"];

/// Reads it; days begin in this zone.
pub(crate) fn read(typed: &str, zone: &TimeZone) -> Typed {
    let mut read = Typed::default();
    let mut words: Vec<String> = Vec::new();
    for part in parts(typed) {
        let operator = part
            .split_once(':')
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .filter(|(name, _)| OPERATORS.contains(&name.as_str()));
        let Some((name, value)) = operator else {
            words.push(part);
            continue;
        };
        if value.is_empty() || read.take(&name, value, zone).is_none() {
            read.unknown.push(part);
        }
    }
    read.words = words.join(" ");
    read
}

impl Typed {
    fn take(&mut self, name: &str, value: &str, zone: &TimeZone) -> Option<()> {
        let lower = value.to_ascii_lowercase();
        match name {
            "from" => self.from.push(value.to_owned()),
            "in" => self.places.push(value.to_owned()),
            "before" => self.filters.until = Some(start_of(value, zone)?),
            "after" => self.filters.since = Some(start_of(value, zone)?),
            "has" => self.has(&lower)?,
            _ => match lower.as_str() {
                "deleted" => self.filters.deleted = true,
                "edited" => self.filters.edited = true,
                "pinned" => self.filters.pinned = true,
                "out" => self.filters.out = true,
                "forwarded" => self.filters.forwarded = true,
                "reply" => self.filters.reply = true,
                _ => return None,
            },
        }
        Some(())
    }

    fn has(&mut self, what: &str) -> Option<()> {
        use MessageKind as K;
        let kinds: &[MessageKind] = match what {
            "photo" => &[K::Photo],
            "video" => &[K::Video, K::RoundVideo],
            "round" => &[K::RoundVideo],
            "gif" => &[K::Animation],
            "voice" => &[K::Voice],
            "audio" | "music" => &[K::Audio],
            "file" | "document" => &[K::Document],
            "sticker" => &[K::Sticker],
            "poll" => &[K::Poll],
            "location" => &[K::Geo, K::LiveGeo, K::Venue],
            "contact" => &[K::Contact],
            "media" => &[
                K::Photo,
                K::Video,
                K::RoundVideo,
                K::Animation,
                K::Voice,
                K::Audio,
                K::Document,
            ],
            "link" => {
                self.filters.links = true;
                return Some(());
            }
            _ => return None,
        };
        self.filters.kinds.extend(kinds);
        Some(())
    }
}

/// Unix seconds at which a day begins.
pub(crate) fn start_of(day: &str, zone: &TimeZone) -> Option<i64> {
    let day: Date = day.parse().ok()?;
    Some(day.to_zoned(zone.clone()).ok()?.timestamp().as_second())
}

/// Parts between spaces; double quotes keep a part together and go.
fn parts(typed: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let (mut part, mut quoted) = (String::new(), false);
    for c in typed.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => parts.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    parts.push(part);
    parts.retain(|p| !p.is_empty());
    parts
}

/// A store's snippet, with its marks as ranges.
pub(crate) fn snippet(marked: &str) -> Snippet {
    let (mut text, mut ranges) = (String::new(), Vec::new());
    let (mut at, mut open) = (0u32, None);
    for c in marked.chars() {
        match c {
            '\u{E000}' => open = Some(at),
            '\u{E001}' => {
                let range = open.take().filter(|offset| *offset < at);
                ranges.extend(range.map(|offset| TextRange {
                    offset,
                    length: at - offset,
                }));
            }
            c => {
                text.push(c);
                at += c.len_utf16() as u32;
            }
        }
    }
    Snippet { text, ranges }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_told_from_words() {
        let zone = TimeZone::get("Europe/Madrid").unwrap();
        let typed = read(
            "tea from:\"Ann Lee\" in:@club BEFORE:2024-06-01 after:2024-01-01 has:photo has:link is:deleted https://x.org 12:30",
            &zone,
        );
        assert_eq!(typed.words, "tea https://x.org 12:30");
        assert_eq!(
            (typed.from, typed.places),
            (vec!["Ann Lee".to_owned()], vec!["@club".to_owned()])
        );
        let filters = Filters {
            // Midnight in Madrid: two hours and one before that of UTC.
            until: Some(1_717_192_800),
            since: Some(1_704_063_600),
            kinds: vec![MessageKind::Photo],
            links: true,
            deleted: true,
            ..Filters::default()
        };
        assert_eq!(typed.filters, filters);
        assert!(typed.unknown.is_empty());
        let odd = read("is:odd has: before:tomorrow x", &zone);
        assert_eq!(
            (odd.unknown, odd.words.as_str()),
            (
                vec!["is:odd".into(), "has:".into(), "before:tomorrow".into()],
                "x"
            )
        );
        assert_eq!(read("  \"two words\"  ", &zone).words, "two words");
    }

    #[test]
    fn marks_are_ranges_of_utf16() {
        let found = snippet("a😀\u{E000}b😀\u{E001} c \u{E000}d\u{E001}");
        assert_eq!(found.text, "a😀b😀 c d");
        let range = |offset, length| TextRange { offset, length };
        assert_eq!(found.ranges, [range(3, 3), range(9, 1)]);
        assert_eq!(snippet("\u{E001}x\u{E000}").ranges, []);
    }
}
