//! Lines of what is and what is wanted.

use std::collections::BTreeMap;

/// Which way a figure is good.
#[derive(Clone, Copy)]
pub enum Want {
    /// Not less.
    AtLeast(f64),
    /// Not more.
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
pub struct Report {
    lines: Vec<Line>,
    limits: BTreeMap<&'static str, f64>,
}

impl Report {
    /// Adds a line, and shows it at once.
    pub fn add(&mut self, what: impl Into<String>, value: f64, unit: &'static str, want: Want) {
        self.note(what, value, unit, want);
        if let Some(line) = self.lines.last() {
            line.print();
        }
    }

    /// Adds a line that was shown otherwise.
    pub fn note(&mut self, what: impl Into<String>, value: f64, unit: &'static str, want: Want) {
        self.lines.push(Line {
            what: what.into(),
            value,
            unit,
            want,
        });
    }

    /// Notes what the machine can do at most.
    pub fn limit(&mut self, name: &'static str, value: f64) {
        self.limits.insert(name, value);
    }

    /// 25,000 messages per second, or half of the slower limit where that is less and was measured.
    pub fn history_wanted(&self) -> Want {
        let slower = self.limits.values().copied().fold(f64::INFINITY, f64::min);
        Want::AtLeast((slower / 2.0).min(25_000.0))
    }

    /// Everything once more, in one place.
    pub fn print(&self) {
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
            "  {:<66} {:>9} {:<26} {wanted:>10} {verdict}",
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

/// Seconds as minutes.
pub fn minutes(seconds: i64) -> String {
    format!("{}:{:02} min", seconds / 60, seconds % 60)
}

/// The middle one.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
