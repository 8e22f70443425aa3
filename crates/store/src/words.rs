//! Texts as words are looked for in them, and the hits in them: lower case, Latin and Greek letters without accents.

use unicode_normalization::UnicodeNormalization as _;

/// Characters of a text that are looked at.
const TEXT_CHARS: usize = 100_000;
/// Characters of a snippet before its first hit; behind it there are twice as many.
const AROUND: usize = 60;

/// One character, folded; accents of other scripts stay.
fn fold(c: char) -> char {
    let lower = c.to_lowercase().next().unwrap_or(c);
    match std::iter::once(lower).nfd().next() {
        Some(base) if latin_or_greek(base) => base,
        _ => lower,
    }
}

const fn latin_or_greek(c: char) -> bool {
    (c as u32) < 0x0400
}

const fn accent(c: char) -> bool {
    matches!(c as u32, 0x0300..=0x036f)
}

/// The folded characters of a text, each with the place of its own; accents of Latin and Greek letters have none.
fn places(text: &str) -> impl Iterator<Item = (char, usize)> + '_ {
    let mut after_latin = false;
    text.chars()
        .take(TEXT_CHARS)
        .enumerate()
        .filter_map(move |(n, c)| {
            if accent(c) && after_latin {
                return None;
            }
            let c = fold(c);
            after_latin = latin_or_greek(c);
            Some((c, n))
        })
}

/// A text as words are looked for in it; and what is typed, alike.
pub fn folded(text: &str) -> String {
    places(text).map(|(c, _)| c).nfc().collect()
}

/// Some text around the first hit, every hit between U+E000 and U+E001. Terms may be written in any way.
pub fn snippet(text: &str, terms: &[&str]) -> String {
    let (looked_at, from): (Vec<char>, Vec<usize>) = places(text).unzip();
    let text: Vec<char> = text.chars().collect();
    let place = |n: usize| from.get(n).copied().unwrap_or(text.len());
    let mut marks: Vec<(usize, usize)> = Vec::new();
    for term in terms {
        let term: Vec<char> = places(term).map(|(c, _)| c).collect();
        if term.is_empty() {
            continue;
        }
        let found = looked_at
            .windows(term.len())
            .enumerate()
            .filter(|(_, w)| *w == &term[..]);
        marks.extend(found.map(|(at, _)| (place(at), place(at + term.len()))));
    }
    marks.sort_unstable();
    let first = marks.first().map_or(0, |m| m.0);
    let start = first.saturating_sub(AROUND);
    let end = (first + 2 * AROUND).min(text.len());
    let mut out = String::new();
    let mut at = start;
    for (from, to) in marks {
        if from < at || to > end {
            continue;
        }
        out.extend(&text[at..from]);
        out.push('\u{E000}');
        out.extend(&text[from..to]);
        out.push('\u{E001}');
        at = to;
    }
    out.extend(&text[at..end]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_terms_are_folded_alike() {
        assert_eq!(folded("Wörld ΆΒΓ ЙОД がいい"), "world αβγ йод がいい");
        // The same letters, composed and taken apart.
        assert_eq!(folded("wo\u{308}rld и\u{306}од"), folded("wörld йод"));
    }

    #[test]
    fn hits_are_marked_however_they_are_written() {
        let marked = |text: &str, terms: &[&str]| {
            snippet(text, terms)
                .replace('\u{E000}', "[")
                .replace('\u{E001}', "]")
        };
        assert_eq!(marked("El Árbol cae", &["arbol"]), "El [Árbol] cae");
        assert_eq!(marked("El arbol cae", &["ÁRBOL", "e"]), "[E]l [arbol] ca[e]");
        assert_eq!(marked("un a\u{301}rbol", &["arbol"]), "un [a\u{301}rbol]");
        assert_eq!(marked("nothing", &["arbol"]), "nothing");
        let long = format!("{}árbol{}", "x".repeat(100), "y".repeat(200));
        let shown = marked(&long, &["arbol"]);
        assert!(
            shown.contains("[árbol]") && shown.chars().count() == 182,
            "{shown}"
        );
    }
}
