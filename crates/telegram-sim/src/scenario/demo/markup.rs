//! Formatting as it is written in the stories, as Telegram's entities with offsets in UTF-16.

use grammers_tl_types::enums::MessageEntity;
use grammers_tl_types::types;

/// A text with its entities.
#[derive(Debug, Default)]
pub(super) struct Marked {
    pub(super) text: String,
    pub(super) entities: Vec<MessageEntity>,
    units: i32,
}

/// Marks that come in pairs, with what is between them formatted again.
const PAIRS: [&str; 5] = ["**", "__", "++", "~~", "||"];

/// The first of our custom emoji; no client can show them, all show the emoji they stand for.
const CUSTOM_EMOJI: i64 = 5_368_324_170_671_202_000;

/// Reads a text. `user` finds the id of somebody of the cast.
pub(super) fn marked(text: &str, user: &dyn Fn(&str) -> Option<i64>) -> Marked {
    let mut marked = Marked::default();
    let mut lines = text.split('\n').peekable();
    while let Some(line) = lines.next() {
        if let Some(first) = line.strip_prefix("```") {
            let language = first.to_owned();
            let mut code = Vec::new();
            for line in lines.by_ref() {
                let end = line.strip_suffix("```");
                code.push(end.unwrap_or(line));
                if end.is_some() {
                    break;
                }
            }
            let code = code.join("\n");
            marked.span(
                |m| m.plain(&code),
                |offset, length| {
                    types::MessageEntityPre {
                        offset,
                        length,
                        language,
                    }
                    .into()
                },
            );
        } else if let Some(first) = line.strip_prefix('>') {
            let collapsed = first.starts_with('!');
            let bare = |line: &str| line.trim_start_matches(['>', '!']).trim_start().to_owned();
            let mut quoted = vec![bare(line)];
            while let Some(line) = lines.next_if(|l| l.starts_with('>')) {
                quoted.push(bare(line));
            }
            marked.span(
                |m| m.read(&quoted.join("\n"), user),
                |offset, length| {
                    types::MessageEntityBlockquote {
                        collapsed,
                        offset,
                        length,
                    }
                    .into()
                },
            );
        } else {
            marked.read(line, user);
        }
        if lines.peek().is_some() {
            marked.plain("\n");
        }
    }
    marked
}

impl Marked {
    fn plain(&mut self, text: &str) {
        self.text.push_str(text);
        self.units += text.encode_utf16().count() as i32;
    }

    fn span(&mut self, inner: impl FnOnce(&mut Self), entity: impl FnOnce(i32, i32) -> MessageEntity) {
        let (offset, place) = (self.units, self.entities.len());
        inner(self);
        if self.units > offset {
            self.entities.insert(place, entity(offset, self.units - offset));
        }
    }

    fn read(&mut self, mut rest: &str, user: &dyn Fn(&str) -> Option<i64>) {
        let mut begins = true;
        while let Some(next) = rest.chars().next() {
            let used = self
                .pair(rest, user)
                .or_else(|| self.code(rest))
                .or_else(|| self.link(rest, user))
                .or_else(|| self.custom(rest))
                .or_else(|| begins.then(|| self.word(rest)).flatten());
            let used = used.unwrap_or_else(|| {
                self.plain(&rest[..next.len_utf8()]);
                next.len_utf8()
            });
            begins = !next.is_alphanumeric();
            rest = &rest[used..];
        }
    }

    fn pair(&mut self, rest: &str, user: &dyn Fn(&str) -> Option<i64>) -> Option<usize> {
        let mark = PAIRS.iter().find(|m| rest.starts_with(**m))?;
        let end = rest[2..].find(mark).filter(|end| *end > 0)?;
        self.span(
            |m| m.read(&rest[2..2 + end], user),
            |offset, length| match *mark {
                "**" => types::MessageEntityBold { offset, length }.into(),
                "__" => types::MessageEntityItalic { offset, length }.into(),
                "++" => types::MessageEntityUnderline { offset, length }.into(),
                "~~" => types::MessageEntityStrike { offset, length }.into(),
                _ => types::MessageEntitySpoiler { offset, length }.into(),
            },
        );
        Some(end + 4)
    }

    fn code(&mut self, rest: &str) -> Option<usize> {
        let inner = rest.strip_prefix('`')?;
        let end = inner.find('`').filter(|end| *end > 0)?;
        self.span(
            |m| m.plain(&inner[..end]),
            |offset, length| types::MessageEntityCode { offset, length }.into(),
        );
        Some(end + 2)
    }

    /// `[label](url)`; `tg://user?id=NAME` mentions somebody of the cast.
    fn link(&mut self, rest: &str, user: &dyn Fn(&str) -> Option<i64>) -> Option<usize> {
        let (label, tail) = rest.strip_prefix('[')?.split_once("](")?;
        let (url, _) = tail.split_once(')').filter(|_| !label.contains('\n'))?;
        let mentioned = url.strip_prefix("tg://user?id=").and_then(user);
        self.span(
            |m| m.plain(label),
            |offset, length| match mentioned {
                Some(user_id) => types::MessageEntityMentionName {
                    offset,
                    length,
                    user_id,
                }
                .into(),
                None => types::MessageEntityTextUrl {
                    offset,
                    length,
                    url: url.to_owned(),
                }
                .into(),
            },
        );
        Some(label.len() + url.len() + 4)
    }

    /// `<emoji>`.
    fn custom(&mut self, rest: &str) -> Option<usize> {
        let (emoji, _) = rest.strip_prefix('<')?.split_once('>')?;
        let code = emoji.chars().next().filter(|c| u32::from(*c) > 0x2000)?;
        self.span(
            |m| m.plain(emoji),
            |offset, length| {
                types::MessageEntityCustomEmoji {
                    offset,
                    length,
                    document_id: CUSTOM_EMOJI + i64::from(u32::from(code)),
                }
                .into()
            },
        );
        Some(emoji.len() + 2)
    }

    /// What Telegram finds by itself: links, mentions, hashtags, ...
    fn word(&mut self, rest: &str) -> Option<usize> {
        let end = rest.find(|c: char| c.is_whitespace()).unwrap_or(rest.len());
        let word = rest[..end].trim_end_matches(['.', ',', ':', '?', '!', ')', '*', '_', '|', '»', '。']);
        let tail = |prefix: char| word.strip_prefix(prefix).filter(|t| !t.is_empty());
        let all = |text: &str, good: fn(char) -> bool| text.chars().all(good);
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let make: fn(i32, i32) -> MessageEntity =
            if word.starts_with("https://") || word.starts_with("http://") {
                |offset, length| types::MessageEntityUrl { offset, length }.into()
            } else if tail('#').is_some_and(|t| all(t, char::is_alphanumeric)) {
                |offset, length| types::MessageEntityHashtag { offset, length }.into()
            } else if tail('@').is_some_and(|t| t.len() > 3 && all(t, name)) {
                |offset, length| types::MessageEntityMention { offset, length }.into()
            } else if tail('/').is_some_and(|t| all(t, |c| c.is_ascii_lowercase())) {
                |offset, length| types::MessageEntityBotCommand { offset, length }.into()
            } else if tail('$').is_some_and(|t| t.len() == 3 && all(t, |c| c.is_ascii_uppercase())) {
                |offset, length| types::MessageEntityCashtag { offset, length }.into()
            } else if tail('+').is_some_and(|t| t.len() > 8 && all(t, |c| c.is_ascii_digit())) {
                |offset, length| types::MessageEntityPhone { offset, length }.into()
            } else if word.len() == 16 && all(word, |c| c.is_ascii_digit()) {
                |offset, length| types::MessageEntityBankCard { offset, length }.into()
            } else if word.split_once('@').is_some_and(|(who, host)| {
                !who.is_empty() && who.is_ascii() && host.contains('.') && host.is_ascii()
            }) {
                |offset, length| types::MessageEntityEmail { offset, length }.into()
            } else {
                return None;
            };
        self.span(|m| m.plain(word), make);
        Some(word.len())
    }
}

#[cfg(test)]
mod tests {
    use grammers_tl_types::Serializable;

    use super::*;

    /// The constructor and the text of each entity.
    fn read(text: &str) -> (String, Vec<(String, String)>) {
        let marked = marked(text, &|name| (name == "Ada").then_some(7));
        let units: Vec<u16> = marked.text.encode_utf16().collect();
        let spans = marked.entities.iter().map(|e| {
            let (from, to) = (e.offset() as usize, (e.offset() + e.length()) as usize);
            let id = u32::from_le_bytes(*e.to_bytes().first_chunk().unwrap());
            let name = grammers_tl_types::name_for_id(id).trim_start_matches("messageEntity");
            (name.to_owned(), String::from_utf16(&units[from..to]).unwrap())
        });
        let spans = spans.collect();
        (marked.text, spans)
    }

    #[test]
    fn marks_become_entities_and_leave_the_text() {
        for (text, plain, spans) in [
            ("a **b** c", "a b c", vec![("Bold", "b")]),
            (
                "\u{1f3ee} **x ~~y~~**",
                "\u{1f3ee} x y",
                vec![("Bold", "x y"), ("Strike", "y")],
            ),
            ("`c` ||d||", "c d", vec![("Code", "c"), ("Spoiler", "d")]),
            (
                "[l](https://e.org) [m](tg://user?id=Ada)",
                "l m",
                vec![("TextUrl", "l"), ("MentionName", "m")],
            ),
            (
                "see https://e.org/a?b, ok",
                "see https://e.org/a?b, ok",
                vec![("Url", "https://e.org/a?b")],
            ),
            (
                "#tag a@b.org",
                "#tag a@b.org",
                vec![("Hashtag", "#tag"), ("Email", "a@b.org")],
            ),
            ("> q\n> r\nafter", "q\nr\nafter", vec![("Blockquote", "q\nr")]),
            ("```rust\nx\n  y```\nz", "x\n  y\nz", vec![("Pre", "x\n  y")]),
            (
                "<\u{1f431}> <b>",
                "\u{1f431} <b>",
                vec![("CustomEmoji", "\u{1f431}")],
            ),
            ("2 * 3 ** 4, a_b", "2 * 3 ** 4, a_b", vec![]),
        ] {
            let spans: Vec<(String, String)> = spans
                .into_iter()
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
                .collect();
            assert_eq!(read(text), (plain.to_owned(), spans), "{text}");
        }
    }
}
