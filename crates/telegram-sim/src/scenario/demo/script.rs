//! Reads the stories: dialogues in a small notation of their own.
//!
//! Scenes are separated by empty lines; `# ...` is a comment and `%slot = a | b` gives a word to be filled in as `{slot}`.
//! A scene may begin with `@topic TITLE`, `@once` (before all others, and not again), `@seldom` or `General`. Every other line is `who: text`:
//!
//! - `who` is somebody of the cast, a single letter (anybody, another one for each letter), `me`, `you` or `-` (the channel);
//!   `>` after it answers the line before, `>3` the third one before, `>>` quotes the beginning of what it answers;
//! - the text may begin with something in brackets (see `props`), has the formatting of `markup`, and `\n` for a new line;
//! - after ` ## ` stand reactions (`👍3`), `edited`, `pinned`, `silent`, `closed`, `by=NAME` (a signature) or `fwd=NAME`.

/// A story's scenes.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// What may be filled in, by slot.
    pub(super) slots: Vec<(String, Vec<String>)>,
    /// In no order.
    pub(super) scenes: Vec<Scene>,
}

/// Lines that belong together.
#[derive(Debug, Default)]
pub(super) struct Scene {
    /// The topic of a forum it stands in.
    pub(super) topic: Option<String>,
    /// Not to be played again.
    pub(super) once: bool,
    /// To be left out most of the time.
    pub(super) seldom: bool,
    /// What is said.
    pub(super) lines: Vec<Line>,
}

/// What somebody says.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Who, as written.
    pub(super) who: String,
    /// Answers the line so many before it.
    pub(super) answers: Option<usize>,
    /// With a quotation.
    pub(super) quotes: bool,
    /// With brackets, slots and formatting.
    pub(super) text: String,
    /// (emoji, count).
    pub(super) reactions: Vec<(String, i32)>,
    /// `edited`, `pinned`, ...
    pub(super) words: Vec<String>,
}

impl Line {
    /// Whether it is marked so.
    pub(super) fn is(&self, word: &str) -> bool {
        self.words.iter().any(|w| w == word)
    }

    /// What stands behind `name=`; underscores are spaces.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.words
            .iter()
            .find_map(|w| w.strip_prefix(name)?.strip_prefix('='))
    }
}

impl Script {
    /// From the text of a story.
    pub(super) fn read(text: &str) -> Self {
        let mut script = Self::default();
        let mut scene = Scene::default();
        for line in text.lines().chain([""]) {
            if line.is_empty() {
                if !scene.lines.is_empty() {
                    script.scenes.push(std::mem::take(&mut scene));
                }
            } else if let Some(topic) = line.strip_prefix("@topic ") {
                scene.topic = Some(topic.to_owned());
            } else if line == "@once" {
                scene.once = true;
            } else if line == "@seldom" {
                scene.seldom = true;
            } else if let Some((slot, values)) = line.strip_prefix('%').and_then(|l| l.split_once(" = ")) {
                let values = values.split(" | ").map(str::to_owned).collect();
                script.slots.push((slot.to_owned(), values));
            } else if let Some((who, text)) = line.split_once(": ").filter(|_| !line.starts_with('#')) {
                scene.lines.push(said(who, text));
            }
        }
        script
    }

    /// A text with its slots filled in, the same ones for the same `occasion`.
    pub(super) fn fill(&self, text: &str, occasion: u64) -> String {
        let mut filled = unescaped(text);
        for ((slot, values), n) in self.slots.iter().zip(1..) {
            let name = format!("{{{slot}}}");
            if filled.contains(&name) {
                let value = &values[(super::mix(occasion, n) % values.len() as u64) as usize];
                filled = filled.replace(&name, value);
            }
        }
        // A sentence may begin with a slot.
        let first = filled.chars().next().filter(|_| text.starts_with('{'));
        match first {
            Some(c) => c.to_uppercase().chain(filled.chars().skip(1)).collect(),
            None => filled,
        }
    }
}

fn said(who: &str, text: &str) -> Line {
    let (who, answer) = who.split_once('>').map_or((who, None), |(w, a)| (w, Some(a)));
    let (text, marks) = text.split_once(" ## ").unwrap_or((text, ""));
    let mut line = Line {
        who: who.to_owned(),
        answers: answer.map(|a| a.trim_start_matches('>').parse().unwrap_or(1)),
        quotes: answer.is_some_and(|a| a.starts_with('>')),
        text: text.trim_end().to_owned(),
        ..Line::default()
    };
    // A name may have spaces.
    let named = marks.find("by=").or_else(|| marks.find("fwd="));
    let (marks, name) = marks.split_at(named.unwrap_or(marks.len()));
    line.words.extend((!name.is_empty()).then(|| name.to_owned()));
    for mark in marks.split_whitespace() {
        let emoji = mark.trim_end_matches(|c: char| c.is_ascii_digit());
        match mark[emoji.len()..].parse() {
            Ok(count) => line.reactions.push((emoji.to_owned(), count)),
            Err(_) => line.words.push(mark.to_owned()),
        }
    }
    line
}

/// `\n` and `\u{..}` as what they stand for.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        rest = after;
        let code = after
            .strip_prefix("u{")
            .and_then(|a| a.split_once('}'))
            .and_then(|(hex, tail)| Some((char::from_u32(u32::from_str_radix(hex, 16).ok()?)?, tail)));
        if let Some((c, tail)) = code {
            out.push(c);
            rest = tail;
        } else if let Some(tail) = after.strip_prefix('n') {
            out.push('\n');
            rest = tail;
        } else {
            out.push('\\');
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_is_read() {
        let script = Script::read(
            "# a comment\n%day = one | two\n\nA: On {day}?\\nYes ## \u{1f44d}3 edited by=Clara R.\nB>>: so\n\n@topic T\n@once\nme>2: x\n",
        );
        assert_eq!(script.scenes.len(), 2);
        let first = &script.scenes[0].lines;
        assert_eq!((first[0].who.as_str(), first[0].answers), ("A", None));
        assert_eq!(first[0].reactions, [("\u{1f44d}".to_owned(), 3)]);
        assert!(first[0].is("edited") && first[0].value("by") == Some("Clara R."));
        assert!(first[1].quotes && first[1].answers == Some(1));
        assert_eq!(script.scenes[1].topic.as_deref(), Some("T"));
        assert!(script.scenes[1].once && script.scenes[1].lines[0].answers == Some(2));
        let filled = script.fill(&first[0].text, 7);
        assert!(
            ["On one?\nYes", "On two?\nYes"].contains(&filled.as_str()),
            "{filled}"
        );
    }
}
