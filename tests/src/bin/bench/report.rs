//! Lines of what is and what is wanted.

use std::collections::BTreeMap;

/// Which way a figure is good.
#[derive(Clone, Copy)]
pub(crate) enum Want {
    AtLeast(f64),
    AtMost(f64),
    /// It is only told.
    Nothing,
}

struct Line {
    what: String,
    value: f64,
    unit: &'static str,
    want: Want,
}

/// What was measured.
#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
    limits: BTreeMap<&'static str, f64>,
}

impl Report {
    /// Adds a line, and shows it at once.
    pub(crate) fn add(&mut self, what: impl Into<String>, value: f64, unit: &'static str, want: Want) {
        let line = Line {
            what: what.into(),
            value,
            unit,
            want,
        };
        line.print();
        self.lines.push(line);
    }

    /// Notes what the machine can do at most.
    pub(crate) fn limit(&mut self, name: &'static str, value: f64) {
        self.limits.insert(name, value);
    }

    /// 25,000 messages per second, or half of the slower limit where that is less and was measured.
    pub(crate) fn history_wanted(&self) -> Want {
        let slower = self.limits.values().copied().fold(f64::INFINITY, f64::min);
        Want::AtLeast((slower / 2.0).min(25_000.0))
    }

    /// Everything once more, in one place.
    pub(crate) fn print(&self) {
        println!("\nwhat is, and what is wanted:");
        for line in &self.lines {
            line.print();
        }
    }
}

impl Line {
    fn print(&self) {
        let (wanted, verdict) = match self.want {
            Want::AtLeast(w) => (format!(">= {}", number(w)), verdict(self.value >= w)),
            Want::AtMost(w) => (format!("<= {}", number(w)), verdict(self.value <= w)),
            Want::Nothing => (String::new(), ""),
        };
        println!(
            "  {:<58} {:>9} {:<26} {wanted:>10} {verdict}",
            self.what,
            number(self.value),
            self.unit
        );
    }
}

const fn verdict(good: bool) -> &'static str {
    if good { "yes" } else { "NO" }
}

fn number(value: f64) -> String {
    match value {
        v if v >= 1000.0 => {
            let whole = format!("{v:.0}");
            let mut text = String::new();
            for (n, digit) in whole.chars().enumerate() {
                if n > 0 && (whole.len() - n) % 3 == 0 {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.3}"),
    }
}
