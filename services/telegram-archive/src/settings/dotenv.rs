//! The format of `.env`, as python-dotenv and compose read it.
//!
//! An unquoted value runs to ` #` or the end of the line. In single quotes everything is itself but `\\` and `\'`; in
//! double quotes `\n`, `\r`, `\t`, `\\`, `\"` and `\$` are escapes; quoted values may have several lines. Outside of
//! single quotes `${NAME}` and `${NAME:-default}` are replaced; a bare `$` is itself.

/// A line that cannot be read. Values are not repeated: they may be secrets.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}{reason}.\n  Example: {example}", .variable.as_ref().map(|v| format!("{v}: ")).unwrap_or_default())]
pub(super) struct Unreadable {
    /// From 1.
    line: usize,
    variable: Option<String>,
    reason: String,
    example: String,
}

/// All variables in their order. `outer` tells the environment's variables, which win in `${NAME}` too.
pub(super) fn parse(
    text: &str,
    outer: impl Fn(&str) -> Option<String>,
) -> Result<Vec<(String, String)>, Unreadable> {
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .replace("\r\n", "\n");
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let line = text[..text.len() - rest.len()].matches('\n').count() + 1;
        let (this, following) = rest.split_once('\n').unwrap_or((rest, ""));
        if matches!(this.trim_start().chars().next(), None | Some('#')) {
            rest = following;
            continue;
        }
        let (name, value) = name(this).map_err(|(variable, reason)| Unreadable {
            line,
            example: format!("{}=value", variable.as_deref().unwrap_or("NAME")),
            variable,
            reason: reason.to_owned(),
        })?;
        let known = |wanted: &str| {
            let earlier = || {
                pairs
                    .iter()
                    .rev()
                    .find(|(n, _)| n == wanted)
                    .map(|(_, v)| v.clone())
            };
            outer(wanted).or_else(earlier)
        };
        // The value may go on after the line.
        let from = &rest[this.len() - value.len()..];
        let (value, after) = match value.chars().next() {
            Some(quote @ ('\'' | '"')) => quoted(&from[1..], quote, &known).map_err(|reason| Unreadable {
                line,
                variable: Some(name.to_owned()),
                reason: reason.to_owned(),
                example: if quote == '"' {
                    format!("{name}='it is \"quoted\"'")
                } else {
                    format!("{name}=\"it's quoted\"")
                },
            })?,
            _ => (replaced(uncommented(value), &known), following),
        };
        pairs.push((name.to_owned(), value));
        rest = after;
    }
    Ok(pairs)
}

/// The name, and what stands after `=`.
fn name(line: &str) -> Result<(&str, &str), (Option<String>, &'static str)> {
    let line = line.trim_start();
    let line = match line.strip_prefix("export") {
        Some(after) if after.starts_with([' ', '\t']) => after.trim_start(),
        _ => line,
    };
    let end = line
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.' && c != '-')
        .unwrap_or(line.len());
    let (name, after) = line.split_at(end);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return Err((None, "it does not begin with the name of a variable"));
    }
    match after.trim_start().strip_prefix('=') {
        // What is blank stays: a `#` after it begins a comment.
        Some(value) if value.trim_start().starts_with('#') => Ok((name, value)),
        Some(value) => Ok((name, value.trim_start())),
        None => Err((Some(name.to_owned()), "the name is not followed by `=`")),
    }
}

fn uncommented(value: &str) -> &str {
    let comment = value
        .match_indices('#')
        .find(|(at, _)| value[..*at].ends_with([' ', '\t']));
    comment.map_or(value, |(at, _)| &value[..at]).trim()
}

/// A value from behind its first quote, and what follows its line.
fn quoted<'a>(
    text: &'a str,
    quote: char,
    known: &impl Fn(&str) -> Option<String>,
) -> Result<(String, &'a str), &'static str> {
    let mut value = String::new();
    // What is to be replaced is gathered apart from what is escaped.
    let mut plain = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            let (behind, following) = text[at + 1..].split_once('\n').unwrap_or((&text[at + 1..], ""));
            if !matches!(behind.trim_start().chars().next(), None | Some('#')) {
                return Err("something follows the quote that ends its value");
            }
            flush(&mut value, &mut plain, quote, known);
            return Ok((value, following));
        }
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match (chars.next().map(|(_, c)| c), quote) {
            (Some(c @ ('\\' | '\'')), '\'') | (Some(c @ ('\\' | '"' | '$')), '"') => {
                flush(&mut value, &mut plain, quote, known);
                value.push(c);
            }
            (Some('n'), '"') => plain.push('\n'),
            (Some('r'), '"') => plain.push('\r'),
            (Some('t'), '"') => plain.push('\t'),
            (other, _) => {
                plain.push('\\');
                plain.extend(other);
            }
        }
    }
    Err("the quote that begins its value has no end")
}

fn flush(value: &mut String, plain: &mut String, quote: char, known: &impl Fn(&str) -> Option<String>) {
    if quote == '"' {
        value.push_str(&replaced(plain, known));
    } else {
        value.push_str(plain);
    }
    plain.clear();
}

/// With the values of `${NAME}` and `${NAME:-default}`; an unknown one without default is empty.
fn replaced(text: &str, known: &impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, opened) = rest.split_at(at);
        out.push_str(before);
        let inside = opened[2..].split_once('}').filter(|(inside, _)| {
            let name = inside.split(":-").next().unwrap_or(inside);
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        });
        let Some((inside, after)) = inside else {
            out.push_str("${");
            rest = &opened[2..];
            continue;
        };
        let (name, default) = inside.split_once(":-").unwrap_or((inside, ""));
        let value = known(name).filter(|v| !v.is_empty());
        out.push_str(value.as_deref().unwrap_or(default));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        parse(text, |name| (name == "HOME").then(|| "/home/me".to_owned())).unwrap()
    }

    fn value(text: &str) -> String {
        let mut pairs = read(text);
        assert_eq!(pairs.len(), 1, "{text}: {pairs:?}");
        pairs.remove(0).1
    }

    #[test]
    fn an_unquoted_value_runs_to_a_comment_or_the_end_of_its_line() {
        for (line, expected) in [
            ("SCHEDULE=0 */6 * * *", "0 */6 * * *"),
            ("SCHEDULE=0 */6 * * *   # every six hours", "0 */6 * * *"),
            ("PRIORITY_CHAT_IDS=1, 2", "1, 2"),
            ("VIEWER_PASSWORD=pa$word", "pa$word"),
            ("VIEWER_PASSWORD=p#a\\n'x\"=y", "p#a\\n'x\"=y"),
            ("VIEWER_PASSWORD=#1", "#1"),
            ("VIEWER_PASSWORD= # none", ""),
            ("CHAT_TYPES=", ""),
            ("  export A = b c ", "b c"),
            ("exported=1", "1"),
        ] {
            assert_eq!(value(line), expected, "{line}");
        }
    }

    #[test]
    fn quotes_keep_what_is_between_them() {
        for (line, expected) in [
            ("A='0 */6 * * *' # cron", "0 */6 * * *"),
            ("A=' ${HOME} #\"\\n\\' '", " ${HOME} #\"\\n' "),
            ("A=\" a # \\\"b\\\" \\\\ \\$ \\x\"", " a # \"b\" \\ $ \\x"),
            ("A=\"one\\ntwo\"", "one\ntwo"),
            ("A=\"one\ntwo\"", "one\ntwo"),
            ("A=''", ""),
        ] {
            assert_eq!(value(line), expected, "{line}");
        }
        assert_eq!(read("A='one\ntwo'\nB=2")[1].1, "2");
    }

    #[test]
    fn only_names_in_braces_are_replaced_and_not_in_single_quotes() {
        for (line, expected) in [
            ("A=${HOME}/x", "/home/me/x"),
            ("A=\"${HOME}/${NONE}\"", "/home/me/"),
            ("A=${NONE:-a b}", "a b"),
            ("A=${HOME:-a b}", "/home/me"),
            ("A='${HOME}'", "${HOME}"),
            ("A=$HOME", "$HOME"),
            ("A=\"\\${HOME}\"", "${HOME}"),
            ("A=${HOME", "${HOME"),
            ("A=${}", "${}"),
        ] {
            assert_eq!(value(line), expected, "{line}");
        }
        let pairs = read("HOME=/other\nA=1\nB=${A}${HOME}");
        assert_eq!(pairs[2].1, "1/home/me");
    }

    #[test]
    fn editors_of_other_systems_may_have_written_it() {
        let pairs = read("\u{feff}A=1\r\n\r\n# a comment\r\nB=\"2\"\r\nC='3\r\n4'\r\n");
        let values: Vec<_> = pairs.iter().map(|(_, v)| v.as_str()).collect();
        assert_eq!(values, ["1", "2", "3\n4"]);
    }

    #[test]
    fn an_error_names_the_line_the_variable_and_an_example_but_no_value() {
        for (text, words) in [
            (
                "A=1\n\nB='hidden",
                "line 3: B: the quote that begins its value has no end",
            ),
            (
                "A='1\n2'\nB=\"hid\" den",
                "line 3: B: something follows the quote",
            ),
            ("A=1\nB hidden", "line 2: B: the name is not followed by `=`"),
            ("=hidden", "line 1: it does not begin with the name"),
        ] {
            let told = parse(text, |_| None).unwrap_err().to_string();
            assert!(told.contains(words), "{text}: {told}");
            assert!(told.contains("Example: ") && !told.contains("hidden"), "{told}");
        }
    }
}
