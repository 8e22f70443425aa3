//! Laws of passes, runs and issuing.

use std::time::Duration;

use bytes::Bytes;
use model::{BatchNumber, Capture, CaptureBatch, CapturedChat, ChatKind, IdRange, Lane, PassKind};

use super::Fixture;
use super::builders::{ACCOUNT, CHANNEL, PRIVATE, batch, deletion, page, seen, text};
use crate::{ApplyOptions, Issue, RunOutcome};

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
    assert_eq!(
        store.finished_run(ACCOUNT).await.expect("asked"),
        None,
        "it goes on"
    );
    store.finish_run(run, &outcome).await.expect("finished");
    store.start_run(ACCOUNT, "schedule").await.expect("started");
    assert_eq!(store.finished_run(ACCOUNT).await.expect("asked"), Some(run));
    assert_eq!(
        store.runs(ACCOUNT, 5).await.expect("runs")[1].outcome,
        Some(outcome)
    );
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

/// Receipts.
pub async fn receipts_stay_until_their_batches_are_settled(fixture: &impl Fixture) {
    let store = fixture.store();
    let numbered = |epoch, n| CaptureBatch {
        number: BatchNumber { epoch, n },
        ..batch(PRIVATE, Vec::new())
    };
    let batches = [
        numbered(1, 7),
        numbered(1, 8),
        numbered(2, 1),
        numbered(2, 2),
        numbered(2, 3),
    ];
    store
        .apply(&batches, ApplyOptions::default())
        .await
        .expect("applied");
    let gone = async |epoch| {
        let gone = store.unapplied(ACCOUNT, epoch, &[1, 2, 3, 7, 8]).await;
        gone.expect("asked")
    };
    assert_eq!(
        store.prune_receipts(10).await.expect("pruned"),
        0,
        "nothing is settled"
    );
    for (epoch, through) in [(2, 2), (2, 1), (1, 8)] {
        let settled = store.settle_batches(ACCOUNT, epoch, through).await;
        settled.expect("settled");
    }
    assert_eq!(store.prune_receipts(3).await.expect("pruned"), 3);
    assert_eq!(store.prune_receipts(3).await.expect("pruned"), 1);
    assert_eq!(store.prune_receipts(3).await.expect("pruned"), 0);
    assert_eq!(gone(1).await, [1, 2, 3, 7, 8]);
    assert_eq!(gone(2).await, [1, 2, 7, 8], "the third is not settled");
}

/// A change of a chat concerns no message; what history tells of chats is no change.
pub async fn the_outbox_tells_of_a_chat_without_messages(fixture: &impl Fixture) {
    let store = fixture.store();
    let renamed = Capture::Chat(Box::new(CapturedChat {
        seen: seen(1),
        id: CHANNEL,
        kind: ChatKind::Channel,
        min: false,
        title: "renamed".to_owned(),
        username: None,
        participants_count: None,
        inaccessible: false,
        migrated_to: None,
        migrated_from: None,
        photo: None,
        raw: Bytes::from_static(b"chat"),
        layer: 230,
    }));
    let mut listed = batch(PRIVATE, vec![renamed.clone()]);
    listed.lane = Lane::History;
    let quiet = store
        .apply(&[listed], ApplyOptions::default())
        .await
        .expect("applied");
    assert!(!quiet.outbox);
    let live = batch(PRIVATE, vec![renamed]);
    let told = store
        .apply(&[live], ApplyOptions::default())
        .await
        .expect("applied");
    assert!(told.outbox);
    let rows = store.outbox(10).await.expect("outbox");
    let rows: Vec<_> = rows
        .iter()
        .map(|r| (r.chat, r.kind.as_str(), r.ids.len()))
        .collect();
    assert_eq!(rows, [(Some(CHANNEL), "chat", 0)]);
}
