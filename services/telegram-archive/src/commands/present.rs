//! Times, sizes and tables for people.

use comfy_table::{Table, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::MediaState;
use store::MediaCount;

/// Unix microseconds as local date and time of a zone.
pub(super) fn time(micros: i64, zone: &TimeZone) -> String {
    Timestamp::from_microsecond(micros)
        .map(|t| t.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

/// Bytes in a unit that reads well.
pub(super) fn size(bytes: i64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "B" {
                format!("{bytes} B")
            } else {
                format!("{value:.1} {unit}")
            };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

/// Seconds as hours, minutes, seconds.
pub(super) fn duration(seconds: i64) -> String {
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (h, m) {
        (0, 0) => format!("{s} s"),
        (0, _) => format!("{m} min {s} s"),
        _ => format!("{h} h {m} min"),
    }
}

/// A line for each reason why files are not here, or not whole.
pub(super) fn files(counts: &[MediaCount]) -> Vec<String> {
    let line = |c: &MediaCount| {
        let word = match (c.state, &c.reason) {
            (MediaState::Stored, None) => return None,
            (MediaState::Stored, Some(_)) => "damaged",
            (MediaState::Wanted, _) => "wanted",
            (MediaState::Skipped, _) => "skipped",
        };
        let reason = c.reason.as_deref().unwrap_or("not fetched yet").replace('_', " ");
        Some(format!("{word:<11} {} files: {reason}", c.files))
    };
    counts.iter().filter_map(line).collect()
}

/// A table with a header.
pub(super) fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    *table.style_mut() = presets::NOTHING;
    table.set_header(header);
    table
}

/// The zone of `VIEWER_TIMEZONE`; UTC with a warning if there is none of that name.
pub(super) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or_else(|_| {
        tracing::warn!("VIEWER_TIMEZONE: there is no time zone `{name}`; UTC is used");
        TimeZone::UTC
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_for_people() {
        assert_eq!(
            (size(900).as_str(), size(1_572_864).as_str()),
            ("900 B", "1.5 MiB")
        );
        assert_eq!(
            (duration(42).as_str(), duration(3700).as_str()),
            ("42 s", "1 h 1 min")
        );
        assert_eq!(time(0, &TimeZone::UTC), "1970-01-01 00:00:00");
    }

    #[test]
    fn every_missing_file_has_its_reason() {
        let count = |state, reason: Option<&str>, files| MediaCount {
            state,
            reason: reason.map(str::to_owned),
            files,
        };
        let lines = files(&[
            count(MediaState::Stored, None, 900),
            count(MediaState::Skipped, Some("too_large"), 3),
            count(MediaState::Stored, Some("missing: access_lost"), 2),
            count(MediaState::Wanted, None, 1),
        ]);
        let expected = [
            "skipped     3 files: too large",
            "damaged     2 files: missing: access lost",
            "wanted      1 files: not fetched yet",
        ];
        assert_eq!(lines, expected);
    }
}
