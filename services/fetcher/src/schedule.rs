//! When a run is due.

use std::str::FromStr;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::{Timestamp, tz::TimeZone};

/// A cron schedule of five fields, in the process's own time zone.
#[derive(Clone, Debug)]
pub struct Schedule {
    cron: Cron,
    zone: TimeZone,
}

/// A schedule that cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "no cron schedule: {reason}; five fields are expected: minute hour day month weekday (0 or 7 is Sunday)"
)]
pub struct ScheduleError {
    reason: String,
}

impl Schedule {
    /// Reads `SCHEDULE` for a zone.
    pub fn new(text: &str, zone: TimeZone) -> Result<Self, ScheduleError> {
        let failed = |reason: String| ScheduleError { reason };
        let fields = text.split_whitespace().count();
        if fields != 5 {
            return Err(failed(format!("it has {fields} fields")));
        }
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let cron = parser.parse(text).map_err(|e| failed(e.to_string()))?;
        Ok(Self { cron, zone })
    }

    /// The next time after `unix`, unix seconds; `None`: never again.
    pub fn next_after(&self, unix: i64) -> Option<i64> {
        let after = Timestamp::from_second(unix).ok()?.to_zoned(self.zone.clone());
        self.cron
            .find_next_occurrence(&after, false)
            .ok()
            .map(|z| z.timestamp().as_second())
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text, TimeZone::system())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(text: &str, after: &str) -> String {
        let schedule = Schedule::new(text, TimeZone::UTC).unwrap();
        let after: Timestamp = after.parse().unwrap();
        Timestamp::from_second(schedule.next_after(after.as_second()).unwrap())
            .unwrap()
            .to_string()
    }

    #[test]
    fn runs_are_due_as_cron_says() {
        assert_eq!(
            next("0 */6 * * *", "2026-01-18T05:59:59Z"),
            "2026-01-18T06:00:00Z"
        );
        assert_eq!(
            next("0 */6 * * *", "2026-01-18T06:00:00Z"),
            "2026-01-18T12:00:00Z"
        );
        // 18 January 2026 is a Sunday.
        assert_eq!(next("30 4 * * 0", "2026-01-12T00:00:00Z"), "2026-01-18T04:30:00Z");
        assert_eq!(next("30 4 * * 7", "2026-01-12T00:00:00Z"), "2026-01-18T04:30:00Z");
        assert_eq!(
            next("0 0 * * MON", "2026-01-13T00:00:00Z"),
            "2026-01-19T00:00:00Z"
        );
    }

    #[test]
    fn an_error_says_what_is_wrong_and_what_is_expected() {
        for (text, words) in [
            ("* * *", "it has 3 fields"),
            ("0 0 * * * *", "it has 6 fields"),
            ("61 * * * *", "no cron schedule"),
            ("every day at noon ok", "no cron schedule"),
        ] {
            let error = Schedule::new(text, TimeZone::UTC).unwrap_err().to_string();
            assert!(
                error.contains(words) && error.contains("minute hour day month weekday"),
                "{error}"
            );
        }
    }
}
