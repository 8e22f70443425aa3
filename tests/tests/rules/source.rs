//! Rust source in two parts: code without comments and strings, and the strings.

/// A file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its code; a string stands there as `""`, a comment as a blank.
    pub(crate) code: String,
    /// The contents of its strings, as written.
    pub(crate) strings: Vec<String>,
}

impl Source {
    pub(crate) fn new(text: &str) -> Self {
        let mut source = Self {
            code: String::new(),
            strings: Vec::new(),
        };
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let taken = if rest.starts_with("//") {
                source.code.push(' ');
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                source.code.push(' ');
                block_comment(rest)
            } else if let Some(hashes) = raw_string(rest).filter(|_| !source.in_word()) {
                let close = format!("\"{}", "#".repeat(hashes));
                let open = rest.find('"').expect("an opening quote") + 1;
                let end = rest[open..].find(&close).map_or(rest.len(), |at| open + at);
                source.string(&rest[open..end]);
                (end + close.len()).min(rest.len())
            } else if c == '"' {
                let end = closing_quote(rest);
                source.string(&rest[1..end]);
                (end + 1).min(rest.len())
            } else if c == '\'' {
                character(rest)
            } else {
                source.code.push(c);
                c.len_utf8()
            };
            rest = &rest[taken..];
        }
        source
    }

    /// The identifiers of the code.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.code
            .split(|c: char| !is_word(c))
            .filter(|word| !word.is_empty())
    }

    fn string(&mut self, content: &str) {
        self.code.push_str("\"\"");
        self.strings.push(content.to_owned());
    }

    fn in_word(&self) -> bool {
        self.code.ends_with(is_word)
    }
}

/// A character of an identifier.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The number of `#` of a raw string that begins here.
fn raw_string(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    rest[hashes..].starts_with('"').then_some(hashes)
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn closing_quote(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at,
            _ => {}
        }
    }
    text.len()
}

/// The length of a character literal, or 1 for the tick of a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => text[3..].find('\'').map_or(text.len(), |at| at + 4),
        Some(_) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

#[test]
fn code_strings_and_comments_are_told_apart() {
    let text = concat!(
        "/// std::env::var\n",
        "fn f<'a>(c: &'a str) -> char { /* \"no\" /* nested */ */ let q = '\"'; let n = '\\'';\n",
        "  call(\"one \\\" // two\", r#\"three \"quoted\"\"#, b\"four\", br\"five\") } // \"six\"\n",
        "let after = 'x';",
    );
    let source = Source::new(text);
    assert_eq!(
        source.strings,
        ["one \\\" // two", "three \"quoted\"", "four", "five"]
    );
    assert!(source.code.contains("let after"));
    assert!(!source.code.contains("nested"));
    assert!(!source.words().any(|word| word == "env"));
    assert!(source.words().any(|word| word == "call"));
}
