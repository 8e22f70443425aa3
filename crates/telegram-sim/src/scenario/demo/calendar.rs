//! When people write: in bursts, by day, more of them lately.

use super::{mix, unit};

const DAY: i32 = 86_400;
/// How far back the world goes, days.
const DAYS: f64 = 730.0;
/// Hours at which bursts begin, as often as they stand here; UTC.
const HOURS: [i32; 20] = [
    6, 6, 7, 7, 8, 9, 10, 11, 11, 12, 13, 15, 16, 17, 17, 18, 18, 19, 20, 21,
];

/// The dates of messages: `scenes` says how many each burst has. Ascending, the last one before `now`, unix seconds.
pub(super) fn dates(seed: u64, scenes: &[usize], now: i32) -> Vec<i32> {
    let midnight = now - now.rem_euclid(DAY);
    let mut begins: Vec<i32> = (0..scenes.len() as u64)
        .map(|n| {
            // Denser towards the end.
            let back = DAYS * unit(seed, n * 4).powf(1.7);
            let hour = HOURS[(mix(seed, n * 4 + 1) % HOURS.len() as u64) as usize];
            let minute = (mix(seed, n * 4 + 2) % 3600) as i32;
            midnight - back as i32 * DAY + hour * 3600 + minute
        })
        .map(|begin| if begin > now - 3600 { begin - DAY } else { begin })
        .collect();
    begins.sort_unstable();
    let (mut dates, mut last, mut n) = (Vec::new(), 0, 0);
    for (begin, count) in begins.into_iter().zip(scenes) {
        last = begin.max(last + 60);
        for _ in 0..*count {
            dates.push(last);
            // Most answer at once, some take their time.
            let slow = if mix(seed, n ^ 0xa11).is_multiple_of(9) {
                900
            } else {
                90
            };
            last += 4 + (mix(seed, n ^ 0xb0b) % slow) as i32;
            n += 1;
        }
    }
    let mut latest = now - 30;
    for date in dates.iter_mut().rev() {
        *date = (*date).min(latest);
        latest = *date - 1;
    }
    dates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_ascend_over_two_years_up_to_now_and_people_sleep() {
        let now = 1_750_000_000;
        let scenes = vec![5; 4000];
        let dates = dates(3, &scenes, now);
        assert_eq!(dates.len(), 20_000);
        assert!(dates.is_sorted_by(|a, b| a < b));
        assert!(dates[0] < now - 700 * DAY && dates[19_999] > now - 3 * DAY && dates[19_999] < now);
        let night = dates.iter().filter(|d| (1..5).contains(&(**d % DAY / 3600)));
        assert!(night.count() < 400, "somebody writes at night, most do not");
    }
}
