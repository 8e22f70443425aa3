//! Laws of verdicts.

use model::{IncidentKind, OperationId, Verdict};

use super::Fixture;
use super::builders::{ACCOUNT, CHANNEL, COMMON, PRIVATE, batch, deletion, text};
use crate::{ApplyOptions, ChatWindow, Guard, IncidentFilter, PendingOperation, Ruling};

/// Lets everything through.
pub struct AdmitAll;

impl Guard for AdmitAll {
    fn window_micros(&self) -> i64 {
        1
    }

    fn rule(&self, _: &ChatWindow, operations: &[PendingOperation]) -> Vec<Ruling> {
        vec![Ruling::Admit; operations.len()]
    }
}

/// Ten per thirty seconds, counted from the window alone.
pub struct Ten;

impl Guard for Ten {
    fn window_micros(&self) -> i64 {
        30_000_000
    }

    fn rule(&self, window: &ChatWindow, operations: &[PendingOperation]) -> Vec<Ruling> {
        let room = 10_usize.saturating_sub(window.admitted.len());
        let hold = Ruling::Hold {
            kind: IncidentKind::Burst,
            blocked_until: 40_000_000,
        };
        (0..operations.len())
            .map(|n| if n < room { Ruling::Admit } else { hold.clone() })
            .collect()
    }
}

async fn burst(fixture: &impl Fixture, count: i64) -> Vec<OperationId> {
    let store = fixture.store();
    let messages = (1..=count).map(|id| text(PRIVATE, id, 1, 0, "m")).collect();
    store
        .apply(&[batch(PRIVATE, messages)], ApplyOptions::default())
        .await
        .expect("applied");
    let gone = batch(
        PRIVATE,
        vec![deletion(None, (1..=count).collect(), 2, 10_000_000)],
    );
    let applied = store
        .apply(&[gone], ApplyOptions::default())
        .await
        .expect("applied");
    applied.operations.into_iter().map(|(_, o)| o).collect()
}

async fn deleted(fixture: &impl Fixture) -> i64 {
    fixture
        .store()
        .statistics(ACCOUNT)
        .await
        .expect("statistics")
        .deleted
}

/// Laws 1 to 3: in slices, as after a guard that was killed in the middle.
pub async fn of_ten_thousand_deletions_exactly_ten_are_applied(fixture: &impl Fixture) {
    let store = fixture.store();
    let operations = burst(fixture, 10_000).await;
    assert_eq!(operations.len(), 10_000);
    for slice in operations.chunks(3_333) {
        store.decide(ACCOUNT, slice, &Ten).await.expect("decided");
    }
    // Seen again: the same verdicts.
    let decisions = store.decide(ACCOUNT, &operations, &Ten).await.expect("decided");
    assert_eq!(
        decisions
            .iter()
            .filter(|d| d.verdict == Verdict::Admitted)
            .count(),
        10
    );
    let applied = store
        .apply_verdicts(ACCOUNT, &operations, ApplyOptions::default())
        .await
        .expect("applied");
    assert_eq!((applied.admitted, applied.held), (10, 9_990));
    assert_eq!(deleted(fixture).await, 10);
    let incidents = store
        .incidents(&IncidentFilter::default())
        .await
        .expect("incidents");
    assert_eq!(incidents.len(), 1);
    assert_eq!(
        (incidents[0].deletions, incidents[0].chat),
        (9_990, Some(PRIVATE))
    );
}

/// Law 2.
pub async fn two_guards_admit_one_share(fixture: &impl Fixture) {
    let store = fixture.store();
    let operations = burst(fixture, 200).await;
    let (left, right) = operations.split_at(100);
    let (a, b) = tokio::join!(
        store.decide(ACCOUNT, left, &Ten),
        store.decide(ACCOUNT, right, &Ten)
    );
    let all: Vec<_> = a
        .expect("decided")
        .into_iter()
        .chain(b.expect("decided"))
        .collect();
    assert_eq!(all.iter().filter(|d| d.verdict == Verdict::Admitted).count(), 10);
    assert_eq!(
        store
            .incidents(&IncidentFilter::default())
            .await
            .expect("incidents")
            .len(),
        1
    );
}

/// Law 5.
pub async fn a_rejected_operation_stays_rejected(fixture: &impl Fixture) {
    let store = fixture.store();
    let operations = burst(fixture, 30).await;
    store.decide(ACCOUNT, &operations, &Ten).await.expect("decided");
    let incident = store
        .incidents(&IncidentFilter::default())
        .await
        .expect("incidents")[0]
        .id;
    let turned = store
        .decide_incident(incident, false, "test")
        .await
        .expect("decided");
    assert_eq!(turned.len(), 20);
    store
        .apply_verdicts(ACCOUNT, &operations, ApplyOptions::default())
        .await
        .expect("applied");
    // Telegram tells again.
    let again = batch(PRIVATE, vec![deletion(None, (1..=30).collect(), 90, 99_000_000)]);
    let applied = store
        .apply(&[again], ApplyOptions::default())
        .await
        .expect("applied");
    assert!(applied.operations.is_empty(), "a known operation is none");
    store
        .decide(ACCOUNT, &operations, &AdmitAll)
        .await
        .expect("decided");
    store
        .apply_verdicts(ACCOUNT, &operations, ApplyOptions::default())
        .await
        .expect("applied");
    assert_eq!(deleted(fixture).await, 10);
}

/// Law 4.
pub async fn an_approval_applies_what_is_held_exactly_once(fixture: &impl Fixture) {
    let store = fixture.store();
    let operations = burst(fixture, 30).await;
    store.decide(ACCOUNT, &operations, &Ten).await.expect("decided");
    store
        .apply_verdicts(ACCOUNT, &operations, ApplyOptions::default())
        .await
        .expect("applied");
    let incident = store
        .incidents(&IncidentFilter {
            open_only: true,
            ..IncidentFilter::default()
        })
        .await
        .expect("incidents")[0]
        .id;
    let all = store
        .incident_operations(incident, None, 100)
        .await
        .expect("operations");
    assert_eq!(all.len(), 20);
    let last = |page: &[PendingOperation]| page.last().map(|o| (o.message, o.id));
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = store
            .incident_operations(incident, after, 7)
            .await
            .expect("a page");
        if page.is_empty() {
            break;
        }
        after = last(&page);
        paged.extend(page);
    }
    assert_eq!(paged, all, "pages lose nothing");
    let backlog = store.backlog(ACCOUNT, None).await.expect("counted");
    assert_eq!((backlog.operations_held, backlog.operations_pending), (20, 0));
    let of = async |chat| {
        store
            .backlog(ACCOUNT, Some(&[chat]))
            .await
            .expect("counted")
            .operations_held
    };
    assert_eq!((of(PRIVATE).await, of(CHANNEL).await), (20, 0));
    let turned = store
        .decide_incident(incident, true, "test")
        .await
        .expect("decided");
    assert_eq!(turned.len(), 20);
    assert!(
        store
            .decide_incident(incident, false, "test")
            .await
            .expect("decided")
            .is_empty(),
        "decided is decided"
    );
    let ids: Vec<_> = turned.iter().map(|(_, o)| *o).collect();
    assert_eq!(
        store
            .apply_verdicts(ACCOUNT, &ids, ApplyOptions::default())
            .await
            .expect("applied")
            .admitted,
        20
    );
    assert_eq!(
        store
            .apply_verdicts(ACCOUNT, &ids, ApplyOptions::default())
            .await
            .expect("applied")
            .admitted,
        0
    );
    assert_eq!(deleted(fixture).await, 30);
    assert!(
        store
            .message(ACCOUNT, COMMON, 30)
            .await
            .expect("read")
            .expect("there")
            .deleted_at
            .is_some()
    );
}

/// Who looks at incidents hears of what is held, and of what becomes of it.
pub async fn the_outbox_tells_of_an_incident_and_of_its_decision(fixture: &impl Fixture) {
    let store = fixture.store();
    let operations = burst(fixture, 12).await;
    let told = async || {
        let rows = store.outbox(100).await.expect("outbox");
        let published: Vec<i64> = rows.iter().map(|r| r.seq).collect();
        store.outbox_published(&published).await.expect("published");
        let of_incidents = rows.into_iter().filter(|r| r.kind == "incident");
        of_incidents.map(|r| (r.chat, r.ids)).collect::<Vec<_>>()
    };
    let apply = async || {
        let applied = store
            .apply_verdicts(ACCOUNT, &operations, ApplyOptions::default())
            .await;
        applied.expect("applied");
    };
    store.decide(ACCOUNT, &operations, &Ten).await.expect("decided");
    assert_eq!(told().await, [], "nothing is held yet");
    apply().await;
    let held = told().await;
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].0, held[0].1.len()), (Some(PRIVATE), 2));
    apply().await;
    assert_eq!(told().await, [], "nothing changed");
    let incident = store
        .incidents(&IncidentFilter::default())
        .await
        .expect("incidents")[0]
        .id;
    let decided = store.decide_incident(incident, true, "test").await;
    assert_eq!(decided.expect("decided").len(), 2);
    apply().await;
    assert_eq!(told().await, held);
}

/// A lost `ops.decided`.
pub async fn what_was_decided_but_not_applied_is_found(fixture: &impl Fixture) {
    let store = fixture.store();
    let operations = burst(fixture, 15).await;
    store.decide(ACCOUNT, &operations, &Ten).await.expect("decided");
    let mut found: Vec<_> = store
        .unapplied_verdicts(100)
        .await
        .expect("found")
        .into_iter()
        .map(|(_, o)| o)
        .collect();
    found.sort_unstable();
    assert_eq!(found, operations);
    store
        .apply_verdicts(ACCOUNT, &found, ApplyOptions::default())
        .await
        .expect("applied");
    assert!(store.unapplied_verdicts(100).await.expect("found").is_empty());
    let incident = store
        .incidents(&IncidentFilter::default())
        .await
        .expect("incidents")[0]
        .id;
    store
        .decide_incident(incident, true, "test")
        .await
        .expect("decided");
    assert_eq!(store.unapplied_verdicts(100).await.expect("found").len(), 5);
}
