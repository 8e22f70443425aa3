//! Words of texts and of what is typed, both folded ([`store::words`]).
//!
//! Texts are split here and not by PostgreSQL's parser, so that both stores find the same: a word is a run of letters and
//! digits, nothing is an address or a number with a sign, and nothing typed is syntax.

use std::fmt::Write as _;

/// Longer words are cut, here and in what is typed (a lexeme is bounded).
const WORD_CHARS: usize = 128;
/// PostgreSQL's greatest position in a text.
const LAST_POSITION: usize = 16_383;

/// The words of a folded text.
pub(crate) fn words(folded: &str) -> impl Iterator<Item = String> + '_ {
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(|w| w.chars().take(WORD_CHARS).collect())
}

/// The words of a folded text with their places, and the names of where it stands, as a `tsvector`.
pub(crate) fn vector(folded: &str, scopes: &[String]) -> String {
    let mut out = String::new();
    for (n, word) in words(folded).enumerate() {
        let place = (n + 1).min(LAST_POSITION);
        let _ = write!(out, "'{word}':{place} ");
    }
    for scope in scopes {
        let _ = write!(out, "'{scope}' ");
    }
    out
}

/// What is typed as a `tsquery`: every term must occur, its last word as a beginning; a term of several words is a
/// phrase. `None`: no word in it.
pub(crate) fn query(terms: &[String]) -> Option<String> {
    let terms: Vec<String> = terms
        .iter()
        .filter_map(|term| {
            let words: Vec<String> = words(term).map(|w| format!("'{w}'")).collect();
            (!words.is_empty()).then(|| format!("({}:*)", words.join(" <-> ")))
        })
        .collect();
    (!terms.is_empty()).then(|| terms.join(" & "))
}

/// A term as a pattern of `LIKE`.
pub(crate) fn pattern(term: &str) -> String {
    let mut out = String::from("%");
    for c in term.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('%');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_and_digits() {
        assert_eq!(
            words("a-b 12.5 \u{1F600}x").collect::<Vec<_>>(),
            ["a", "b", "12", "5", "x"]
        );
    }

    #[test]
    fn nothing_typed_is_syntax() {
        let terms: Vec<String> = ["it's", "a&b|c", ":*", "hello"].map(str::to_owned).into();
        assert_eq!(
            query(&terms).as_deref(),
            Some("('it' <-> 's':*) & ('a' <-> 'b' <-> 'c':*) & ('hello':*)")
        );
        assert_eq!(query(&["-".to_owned()]), None);
        assert_eq!(pattern("50%_\\"), "%50\\%\\_\\\\%");
    }
}
