//! Laws of passes, runs, dead letters and issuing.

use std::time::Duration;

use bytes::Bytes;
use model::{IdRange, Lane, PassKind};

use super::Fixture;
use super::builders::{ACCOUNT, CHANNEL, PRIVATE, batch, deletion, page, seen, text};
use crate::{ApplyOptions, Issue, NewDeadLetter, RunOutcome};

/// Passes.
pub async fn passes_cover_and_tell_what_was_not_seen(fixture: &impl Fixture) {
    let store = fixture.store();
    let whole = IdRange {
        after: 0,
        through: 20,
    };
    let first = store
        .open_pass(ACCOUNT, CHANNEL, PassKind::Initial, whole, seen(1))
        .await
        .expect("opened");
    store
        .apply(&[page(CHANNEL, first.id, whole, 2)], ApplyOptions::default())
        .await
        .expect("applied");
    store
        .complete_pass(ACCOUNT, CHANNEL, first.id)
        .await
        .expect("completed");
    let second = store
        .open_pass(ACCOUNT, CHANNEL, PassKind::Rescan, whole, seen(10))
        .await
        .expect("opened");
    assert_eq!((first.id.0, second.id.0), (1, 2));
    store
        .apply(
            &[page(
                CHANNEL,
                second.id,
                IdRange {
                    after: 0,
                    through: 15,
                },
                11,
            )],
            ApplyOptions::default(),
        )
        .await
        .expect("applied");
    store
        .apply(
            &[batch(CHANNEL, vec![text(CHANNEL, 25, 12, 0, "live")])],
            ApplyOptions::default(),
        )
        .await
        .expect("applied");
    let coverage = &store.coverage(ACCOUNT).await.expect("coverage")[0];
    assert_eq!(
        (
            coverage.known_through,
            coverage.open.len(),
            coverage.unverified,
            coverage.stored
        ),
        (20, 1, 1, 21)
    );
    assert!(coverage.verified_at.is_some() && coverage.covered.covers(whole));
    assert_eq!(
        coverage.open[0].covered.gaps_in(whole),
        [IdRange {
            after: 15,
            through: 20
        }]
    );
    let unseen = store
        .unseen_since(ACCOUNT, CHANNEL, whole, second.began, 0, 3)
        .await
        .expect("unseen");
    assert_eq!(unseen, [16, 17, 18]);
    let gone = batch(CHANNEL, vec![deletion(Some(CHANNEL), unseen, 13, 1)]);
    store
        .apply(&[gone], ApplyOptions::default())
        .await
        .expect("applied");
    assert_eq!(
        store
            .unseen_since(ACCOUNT, CHANNEL, whole, second.began, 0, 10)
            .await
            .expect("unseen"),
        [19, 20]
    );
    assert_eq!(
        store.newest_stored(ACCOUNT).await.expect("newest"),
        [(CHANNEL, 25)],
        "live ones and deleted ones count"
    );
    let completed = store.completed_since(ACCOUNT, 0).await.expect("completed");
    assert_eq!(completed.iter().map(|p| p.id).collect::<Vec<_>>(), [first.id]);
    let later = completed[0].completed_at.expect("completed") + 1;
    assert!(
        store
            .completed_since(ACCOUNT, later)
            .await
            .expect("completed")
            .is_empty()
    );
}

/// Runs.
pub async fn runs_are_noted(fixture: &impl Fixture) {
    let store = fixture.store();
    let run = store.start_run(ACCOUNT, "hand").await.expect("started");
    let outcome = RunOutcome {
        chats: 1,
        messages: 20,
        failures: vec![(CHANNEL, "why".into())],
        aborted: None,
    };
    store.finish_run(run, &outcome).await.expect("finished");
    assert_eq!(
        store.runs(ACCOUNT, 5).await.expect("runs")[0].outcome,
        Some(outcome)
    );
}

/// Dead letters.
pub async fn dead_letters_stay_until_redriven(fixture: &impl Fixture) {
    let store = fixture.store();
    let letter = NewDeadLetter {
        account: Some(ACCOUNT),
        subject: "tg.live.1.common".into(),
        body: Bytes::from_static(b"body"),
        reason: "why".into(),
        attempts: 3,
    };
    let id = store.store_dead_letter(&letter).await.expect("stored");
    assert_eq!(
        store.store_dead_letter(&letter).await.expect("stored"),
        id,
        "the same letter is one"
    );
    assert_eq!(
        store.dead_letters(false, 10).await.expect("listed")[0].letter,
        letter
    );
    assert!(store.mark_redriven(id).await.expect("marked"));
    assert!(!store.mark_redriven(id).await.expect("asked"));
    assert!(store.dead_letters(false, 10).await.expect("listed").is_empty());
    assert_eq!(store.dead_letters(true, 10).await.expect("listed").len(), 1);
}

/// Law 7 of the writer.
pub async fn issued_operations_come_again(fixture: &impl Fixture) {
    let store = fixture.store();
    store
        .apply(
            &[batch(PRIVATE, vec![deletion(None, vec![1, 2], 1, 1)])],
            ApplyOptions::default(),
        )
        .await
        .expect("applied");
    let issue = Issue {
        limit: 10,
        reissue_after: 60,
    };
    assert_eq!(store.issue_operations(issue).await.expect("issued").len(), 2);
    assert!(store.issue_operations(issue).await.expect("issued").is_empty());
    fixture.clock().advance(Duration::from_secs(61));
    assert_eq!(store.issue_operations(issue).await.expect("issued").len(), 2);
}

/// Outbox.
pub async fn the_outbox_tells_each_change_until_published(fixture: &impl Fixture) {
    let store = fixture.store();
    let pass = store
        .open_pass(
            ACCOUNT,
            CHANNEL,
            PassKind::Initial,
            IdRange {
                after: 0,
                through: 60,
            },
            seen(1),
        )
        .await
        .expect("opened");
    let history = page(
        CHANNEL,
        pass.id,
        IdRange {
            after: 0,
            through: 60,
        },
        2,
    );
    store
        .apply(&[history], ApplyOptions::default())
        .await
        .expect("applied");
    store
        .apply(
            &[batch(PRIVATE, vec![text(PRIVATE, 1, 3, 0, "hi")])],
            ApplyOptions::default(),
        )
        .await
        .expect("applied");
    let rows = store.outbox(10).await.expect("outbox");
    let told: Vec<_> = rows
        .iter()
        .map(|r| (r.chat, r.lane, r.kind.as_str(), r.ids.clone(), r.is_range))
        .collect();
    assert_eq!(
        told,
        [
            (Some(CHANNEL), Lane::History, "new", vec![1, 60], true),
            (Some(PRIVATE), Lane::Live, "new", vec![1], false)
        ]
    );
    store.outbox_published(&[rows[0].seq]).await.expect("published");
    assert_eq!(store.outbox(10).await.expect("outbox"), rows[1..]);
}
