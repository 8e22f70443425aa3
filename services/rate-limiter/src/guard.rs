//! The mass-operation protection: a pure rule over one chat's window.

use store::{ChatWindow, Guard, PendingOperation, Ruling};

use model::{IncidentKind, OperationKind};

const DAY_MICROS: i64 = 86_400_000_000;

/// `MASS_OPERATION_THRESHOLD` operations per `MASS_OPERATION_WINDOW_SECONDS` and chat; what goes beyond is held.
///
/// - No window of that length ever holds more than `threshold` admitted operations, in whatever order they come: a
///   late operation counts where its own time lies, and a restart admits no second share.
/// - The first operation beyond the threshold blocks the chat for one window from its time. Held operations prolong
///   the block, so that an attack which goes on is one incident and not a fresh share every window.
/// - Deletions without a time of their own (difference, pass, batch sync) beyond the threshold make a `catch_up`
///   incident, which shows the interval they may come from.
/// - Deletions that stay below the threshold but exceed five times the chat's usual day (and 20 thresholds) are a
///   `slow_burn`.
#[derive(Clone, Copy, Debug)]
pub struct SlidingWindow {
    /// Operations admitted per window and chat.
    pub threshold: u32,
    /// Length of the window, microseconds.
    pub window_micros: i64,
}

impl SlidingWindow {
    /// From the settings, in their units.
    pub const fn new(threshold: u32, window_seconds: u32) -> Self {
        Self {
            threshold,
            window_micros: window_seconds as i64 * 1_000_000,
        }
    }

    /// Whether one more admitted operation at `at` keeps every window within the threshold. `admitted` is ascending and
    /// keeps it already.
    fn fits(&self, admitted: &[i64], at: i64) -> bool {
        let threshold = self.threshold as usize;
        let low = admitted.partition_point(|t| *t <= at - self.window_micros);
        let high = admitted.partition_point(|t| *t < at + self.window_micros);
        let mut near = admitted[low..high].to_vec();
        near.insert(near.partition_point(|t| *t <= at), at);
        near.windows(threshold + 1)
            .all(|run| threshold > 0 && run[threshold] - run[0] >= self.window_micros)
    }

    fn slow_burn(&self, window: &ChatWindow, admitted_now: i64, operation: &PendingOperation) -> bool {
        if operation.kind != OperationKind::Delete {
            return false;
        }
        let day = operation.at.div_euclid(DAY_MICROS);
        let (mut today, mut before, mut first) = (0, 0, day);
        for (d, count) in &window.daily {
            if *d == day {
                today += count;
            } else if *d < day {
                before += count;
                first = first.min(*d);
            }
        }
        let usual = before / (day - first).max(1);
        today + admitted_now >= (5 * usual).max(20 * i64::from(self.threshold))
    }
}

impl Guard for SlidingWindow {
    fn window_micros(&self) -> i64 {
        self.window_micros
    }

    fn rule(&self, window: &ChatWindow, operations: &[PendingOperation]) -> Vec<Ruling> {
        let mut admitted = window.admitted.clone();
        let mut admitted_now = 0;
        let mut blocks: Vec<(IncidentKind, i64)> =
            window.open.iter().map(|i| (i.kind, i.blocked_until)).collect();
        operations
            .iter()
            .map(|operation| {
                let at = operation.at;
                let blocked = blocks
                    .iter_mut()
                    .find(|(_, until)| at < *until && at >= *until - self.window_micros);
                if let Some((kind, until)) = blocked {
                    *until = (*until).max(at + self.window_micros);
                    return Ruling::Hold {
                        kind: *kind,
                        blocked_until: *until,
                    };
                }
                let kind = if !self.fits(&admitted, at) {
                    match operation.source {
                        Some(source) if !source.has_own_time() => IncidentKind::CatchUp,
                        _ => IncidentKind::Burst,
                    }
                } else if self.slow_burn(window, admitted_now, operation) {
                    IncidentKind::SlowBurn
                } else {
                    let position = admitted.partition_point(|t| *t <= at);
                    admitted.insert(position, at);
                    admitted_now += 1;
                    return Ruling::Admit;
                };
                let blocked_until = at + self.window_micros;
                blocks.push((kind, blocked_until));
                Ruling::Hold { kind, blocked_until }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use model::{BoxId, DeletionSource, OperationId};
    use proptest::prelude::*;
    use store::OpenIncident;

    use super::*;

    const SECOND: i64 = 1_000_000;
    const GUARD: SlidingWindow = SlidingWindow::new(10, 30);

    fn deletion(n: i64, at: i64) -> PendingOperation {
        PendingOperation {
            id: OperationId(n),
            box_id: BoxId::Common,
            message: n,
            kind: OperationKind::Delete,
            at,
            since: None,
            source: Some(DeletionSource::Live),
        }
    }

    fn admitted(rulings: &[Ruling]) -> usize {
        rulings.iter().filter(|r| **r == Ruling::Admit).count()
    }

    #[test]
    fn of_fifty_deletions_in_ten_seconds_ten_are_admitted_and_forty_held() {
        let operations: Vec<_> = (0..50).map(|n| deletion(n, n * SECOND / 5)).collect();
        let rulings = GUARD.rule(&ChatWindow::default(), &operations);
        assert_eq!(admitted(&rulings), 10);
        assert!(rulings[..10].iter().all(|r| *r == Ruling::Admit));
        assert!(matches!(
            rulings[10],
            Ruling::Hold {
                kind: IncidentKind::Burst,
                ..
            }
        ));
    }

    #[test]
    fn a_second_call_admits_no_second_ten() {
        let window = ChatWindow {
            admitted: vec![SECOND; 10],
            ..ChatWindow::default()
        };
        let operations: Vec<_> = (0..30).map(|n| deletion(n, 2 * SECOND)).collect();
        assert_eq!(admitted(&GUARD.rule(&window, &operations)), 0);
    }

    #[test]
    fn an_attack_that_goes_on_prolongs_its_block() {
        let operations: Vec<_> = (0..600).map(|n| deletion(n, n * SECOND)).collect();
        assert_eq!(admitted(&GUARD.rule(&ChatWindow::default(), &operations)), 10);
    }

    #[test]
    fn a_blocked_chat_is_open_again_after_a_quiet_window() {
        let open = OpenIncident {
            id: model::IncidentId(1),
            kind: IncidentKind::Burst,
            blocked_until: 100 * SECOND,
        };
        let window = ChatWindow {
            open: vec![open],
            ..ChatWindow::default()
        };
        let rulings = GUARD.rule(&window, &[deletion(1, 80 * SECOND), deletion(2, 111 * SECOND)]);
        assert_eq!(
            rulings[0],
            Ruling::Hold {
                kind: IncidentKind::Burst,
                blocked_until: 110 * SECOND
            }
        );
        assert_eq!(rulings[1], Ruling::Admit);
    }

    #[test]
    fn deletions_out_of_a_difference_make_a_catch_up_incident() {
        let mut operations: Vec<_> = (0..12).map(|n| deletion(n, SECOND)).collect();
        for o in &mut operations {
            o.source = Some(DeletionSource::Difference);
        }
        let rulings = GUARD.rule(&ChatWindow::default(), &operations);
        assert!(matches!(
            rulings[11],
            Ruling::Hold {
                kind: IncidentKind::CatchUp,
                ..
            }
        ));
    }

    #[test]
    fn ten_per_window_for_ever_is_a_slow_burn() {
        let operations: Vec<_> = (0..1_000).map(|n| deletion(n, n * 4 * SECOND)).collect();
        let rulings = GUARD.rule(&ChatWindow::default(), &operations);
        let first_held = rulings.iter().position(|r| *r != Ruling::Admit);
        assert_eq!(first_held, Some(200));
        assert!(matches!(
            rulings[200],
            Ruling::Hold {
                kind: IncidentKind::SlowBurn,
                ..
            }
        ));
    }

    proptest! {
        #[test]
        fn no_window_ever_holds_more_than_the_threshold(
            times in prop::collection::vec(0i64..120, 1..120), threshold in 0u32..6, split in 0usize..120,
        ) {
            let guard = SlidingWindow::new(threshold, 20);
            let mut window = ChatWindow::default();
            let operations: Vec<_> = times.iter().enumerate().map(|(n, t)| deletion(n as i64, t * SECOND)).collect();
            for call in [&operations[..split.min(operations.len())], &operations[split.min(operations.len())..]] {
                for (operation, ruling) in call.iter().zip(guard.rule(&window, call)) {
                    if ruling == Ruling::Admit {
                        window.admitted.push(operation.at);
                    }
                }
                window.admitted.sort_unstable();
            }
            let beyond = window.admitted.windows(threshold as usize + 1)
                .any(|run| run[threshold as usize] - run[0] < guard.window_micros);
            prop_assert!(!beyond);
        }
    }
}
