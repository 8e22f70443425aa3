//! Texts in several scripts, by number, plain and formatted.

use grammers_tl_types::enums::MessageEntity;
use grammers_tl_types::types;

const WORDS: [&[&str]; 6] = [
    &[
        "river", "lantern", "quiet", "window", "morning", "paper", "garden", "signal", "bridge", "copper",
        "winter", "sparrow",
    ],
    &[
        "река",
        "фонарь",
        "тихо",
        "окно",
        "утро",
        "бумага",
        "сад",
        "сигнал",
        "мост",
        "зима",
    ],
    &[
        "río", "farol", "ventana", "mañana", "papel", "jardín", "puente", "invierno", "canción",
    ],
    &[
        "نهر",
        "فانوس",
        "نافذة",
        "صباح",
        "ورق",
        "حديقة",
        "جسر",
        "شتاء",
        "שלום",
    ],
    &["河流", "灯笼", "安静", "窗户", "早晨", "花园", "桥", "冬天"],
    &[
        "🌊",
        "🏮",
        "river 🌉",
        "👩‍👩‍👧",
        "ok 👍🏽",
        "🇪🇸",
        "e\u{301}",
        "\u{200f}rtl\u{200e}",
    ],
];

/// Telegram's limit of a message's text, in UTF-16 units.
const LONGEST: usize = 4096;

/// splitmix64.
pub(crate) fn mix(seed: u64, n: u64) -> u64 {
    let mut z = seed
        .wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn script(seed: u64, n: u64) -> &'static [&'static str] {
    WORDS[(mix(seed, n ^ 0xabcd) % WORDS.len() as u64) as usize]
}

fn word(seed: u64, n: u64, w: u64) -> &'static str {
    let script = script(seed, n);
    script[(mix(seed, n.wrapping_mul(64).wrapping_add(w)) % script.len() as u64) as usize]
}

/// A text of at most about `words` words.
pub(super) fn text(seed: u64, n: u64, words: u64) -> String {
    let count = 1 + mix(seed, n ^ 0x1234) % words.max(1);
    let mut text = format!("{n}:");
    for w in 0..count {
        text.push(' ');
        text.push_str(word(seed, n, w));
    }
    text
}

/// A text as long as Telegram lets it be.
pub(super) fn longest(seed: u64, n: u64) -> String {
    let mut text = format!("{n}:");
    let mut units = text.encode_utf16().count();
    for w in 0.. {
        let next = word(seed, n, w);
        let more = next.encode_utf16().count() + 1;
        if units + more > LONGEST {
            break;
        }
        text.push(' ');
        text.push_str(next);
        units += more;
    }
    text.extend(std::iter::repeat_n('.', LONGEST - units));
    text
}

/// A text with formatting, offsets in UTF-16.
#[derive(Default)]
pub(super) struct Styled {
    pub(super) text: String,
    pub(super) entities: Vec<MessageEntity>,
    units: i32,
}

impl Styled {
    fn plain(&mut self, text: &str) -> (i32, i32) {
        let offset = self.units;
        let length = text.encode_utf16().count() as i32;
        self.text.push_str(text);
        self.units += length;
        (offset, length)
    }

    fn span(&mut self, text: &str, make: impl FnOnce(i32, i32) -> MessageEntity) {
        let (offset, length) = self.plain(text);
        self.entities.push(make(offset, length));
        self.plain(" ");
    }
}

/// How many kinds of formatting [`styled`] knows.
pub(super) const STYLES: u64 = 22;

/// A text with one formatted part, of the kind `style` modulo [`STYLES`].
pub(super) fn styled(seed: u64, n: u64, words: u64, style: u64) -> Styled {
    let mut styled = Styled::default();
    styled.plain(&text(seed, n, words));
    styled.plain(" ");
    add(&mut styled, word(seed, n, 99), style);
    styled.plain(word(seed, n, 100));
    styled
}

/// A text with every kind of formatting.
pub(super) fn every_style(seed: u64, n: u64) -> Styled {
    let mut styled = Styled::default();
    styled.plain(&text(seed, n, 3));
    styled.plain("\n");
    for style in 0..STYLES {
        add(&mut styled, word(seed, n, style), style);
    }
    styled
}

fn add(to: &mut Styled, word: &str, style: u64) {
    macro_rules! kind {
        ($kind:ident) => {
            |offset, length| types::$kind { offset, length }.into()
        };
    }
    match style % STYLES {
        0 => to.span(word, kind!(MessageEntityBold)),
        1 => to.span(word, kind!(MessageEntityItalic)),
        2 => to.span(word, kind!(MessageEntityUnderline)),
        3 => to.span(word, kind!(MessageEntityStrike)),
        4 => to.span(word, kind!(MessageEntitySpoiler)),
        5 => to.span("let x = 1;", kind!(MessageEntityCode)),
        6 => to.span("@user2001", kind!(MessageEntityMention)),
        7 => to.span("#lantern", kind!(MessageEntityHashtag)),
        8 => to.span("$USD", kind!(MessageEntityCashtag)),
        9 => to.span("/start", kind!(MessageEntityBotCommand)),
        10 => to.span("https://example.org/?q=a&b=\"c\"", kind!(MessageEntityUrl)),
        11 => to.span("ada@example.org", kind!(MessageEntityEmail)),
        12 => to.span("+15550001234", kind!(MessageEntityPhone)),
        13 => to.span("4242424242424242", kind!(MessageEntityBankCard)),
        14 => to.span("fn main() {\n}", |offset, length| {
            let language = "rust".to_owned();
            types::MessageEntityPre {
                offset,
                length,
                language,
            }
            .into()
        }),
        15 => to.span(word, |offset, length| {
            let url = "https://example.org/<b>".to_owned();
            types::MessageEntityTextUrl { offset, length, url }.into()
        }),
        16 => to.span(word, |offset, length| {
            types::MessageEntityMentionName {
                offset,
                length,
                user_id: 2001,
            }
            .into()
        }),
        17 => to.span("\u{1f600}", |offset, length| {
            types::MessageEntityCustomEmoji {
                offset,
                length,
                document_id: 5_368_324_170_671_202_286,
            }
            .into()
        }),
        18 | 19 => to.span(word, |offset, length| {
            types::MessageEntityBlockquote {
                collapsed: style % STYLES == 19,
                offset,
                length,
            }
            .into()
        }),
        // Two on one span, then one inside another.
        20 => {
            let (offset, length) = to.plain(word);
            to.entities
                .push(types::MessageEntityBold { offset, length }.into());
            to.entities
                .push(types::MessageEntityItalic { offset, length }.into());
            to.plain(" ");
        }
        _ => {
            let (offset, first) = to.plain(word);
            let (inner, second) = to.plain("\u{1f1ea}\u{1f1f8}<&>");
            let length = first + second;
            to.entities
                .push(types::MessageEntitySpoiler { offset, length }.into());
            let nested = types::MessageEntityUnderline {
                offset: inner,
                length: second,
            };
            to.entities.push(nested.into());
            to.plain(" ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_lies_inside_its_text_and_on_whole_characters() {
        for n in 0..500 {
            let styled = if n % 10 == 0 {
                every_style(3, n)
            } else {
                styled(3, n, 20, n)
            };
            let units: Vec<u16> = styled.text.encode_utf16().collect();
            assert!(!styled.entities.is_empty());
            for e in &styled.entities {
                let (from, to) = (e.offset() as usize, (e.offset() + e.length()) as usize);
                assert!(
                    from < to && String::from_utf16(&units[from..to]).is_ok(),
                    "{e:?} in {:?}",
                    styled.text
                );
            }
        }
    }

    #[test]
    fn the_longest_text_is_as_long_as_telegram_allows() {
        for n in 0..20 {
            assert_eq!(longest(1, n).encode_utf16().count(), LONGEST);
        }
    }
}
