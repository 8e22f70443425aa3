//! Laws of applying captures.

use std::sync::Arc;

use bytes::Bytes;
use model::{
    BoxId, Capture, CaptureBatch, Covered, DeletionMode, DeletionSource, Deletions, IdRange, Lane, PassId,
    RangeSet,
};

use super::builders::{ACCOUNT, CHANNEL, COMMON, PRIVATE, batch, deletion, message, page, seen, text, user};
use super::guard::AdmitAll;
use super::{Fixture, field};
use crate::{ApplyOptions, Store};

/// Applies batches, decides every operation with a guard that admits, applies the verdicts.
pub async fn apply_and_admit(store: &Arc<dyn Store>, batches: &[CaptureBatch], options: ApplyOptions) {
    let applied = store.apply(batches, options).await.expect("applied");
    let ids: Vec<_> = applied.operations.iter().map(|(_, o)| *o).collect();
    store.decide(ACCOUNT, &ids, &AdmitAll).await.expect("decided");
    store
        .apply_verdicts(ACCOUNT, &ids, options)
        .await
        .expect("verdicts applied");
}

/// Laws 2 and 3.
pub async fn rows_ranges_and_receipts_commit_together(fixture: &impl Fixture) {
    let store = fixture.store();
    let pass = store.open_pass(
        ACCOUNT,
        CHANNEL,
        model::PassKind::Initial,
        IdRange {
            after: 0,
            through: 300,
        },
        seen(1),
    );
    let pass = pass.await.expect("opened").id;
    let pages: Vec<_> = [(200, 300), (0, 100), (100, 150)]
        .map(|(a, b)| page(CHANNEL, pass, IdRange { after: a, through: b }, 5))
        .into();
    let numbers: Vec<_> = pages.iter().map(|p| p.number.n).collect();
    assert_eq!(
        store.unapplied(ACCOUNT, 1, &numbers).await.expect("asked").len(),
        3
    );
    let applied = store
        .apply(&pages, ApplyOptions::default())
        .await
        .expect("applied");
    assert_eq!((applied.new_messages, applied.receipts.len()), (250, 3));
    assert!(
        store
            .unapplied(ACCOUNT, 1, &numbers)
            .await
            .expect("asked")
            .is_empty()
    );
    let covered = &store.passes(ACCOUNT, CHANNEL).await.expect("passes")[0].covered;
    let expected: RangeSet = [
        IdRange {
            after: 0,
            through: 150,
        },
        IdRange {
            after: 200,
            through: 300,
        },
    ]
    .into_iter()
    .collect();
    assert_eq!(covered, &expected);
    // A call that fails leaves nothing: the second batch cannot be stored.
    let mut poison = message(CHANNEL, 160, 6, 0, "x");
    poison.raw = Bytes::from(vec![0; 1]);
    let good = CaptureBatch {
        covered: Some(Covered {
            chat: CHANNEL,
            pass: PassId(1),
            range: IdRange {
                after: 150,
                through: 160,
            },
        }),
        lane: Lane::History,
        ..batch(CHANNEL, vec![Capture::Message(Box::new(poison))])
    };
    store
        .apply(&[good], ApplyOptions::default())
        .await
        .expect("applied");
    let covered = &store.passes(ACCOUNT, CHANNEL).await.expect("passes")[0].covered;
    assert!(covered.covers(IdRange {
        after: 0,
        through: 160
    }));
}

/// Law 1.
pub async fn a_batch_applied_twice_changes_nothing(fixture: &impl Fixture) {
    let store = fixture.store();
    let batches = [
        batch(
            PRIVATE,
            vec![
                text(PRIVATE, 1, 1, 0, "one"),
                text(PRIVATE, 1, 2, 50, "two"),
                user(5, 1, false, "u"),
            ],
        ),
        batch(PRIVATE, vec![deletion(None, vec![1, 9], 3, 3_000_000)]),
    ];
    store
        .apply(&batches, ApplyOptions::default())
        .await
        .expect("applied");
    let before = fixture.dump().await;
    let again = store
        .apply(&batches, ApplyOptions::default())
        .await
        .expect("applied");
    assert_eq!(
        (again.new_messages, again.operations.len(), again.receipts.len()),
        (0, 0, 2)
    );
    // The same captures under other numbers: a redelivery whose receipt was lost.
    let renumbered: Vec<_> = batches
        .iter()
        .map(|b| batch(PRIVATE, b.captures.clone()))
        .collect();
    let again = store
        .apply(&renumbered, ApplyOptions::default())
        .await
        .expect("applied");
    assert_eq!((again.new_messages, again.operations.len()), (0, 0));
    assert_eq!(fixture.dump().await, before);
}

/// Tombstones are final and need no chat.
pub async fn a_deletion_meets_its_message_whenever_it_arrives(fixture: &impl Fixture) {
    let store = fixture.store();
    let options = ApplyOptions::default();
    apply_and_admit(
        &store,
        &[batch(PRIVATE, vec![deletion(None, vec![4], 1, 1_000_000)])],
        options,
    )
    .await;
    apply_and_admit(
        &store,
        &[batch(PRIVATE, vec![text(PRIVATE, 4, 2, 0, "late")])],
        options,
    )
    .await;
    let row = store
        .message(ACCOUNT, COMMON, 4)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(
        (row.deleted_at, row.content.text.as_str()),
        (Some(1_000_000), "late")
    );
    apply_and_admit(
        &store,
        &[batch(PRIVATE, vec![text(PRIVATE, 4, 3, 60, "later")])],
        options,
    )
    .await;
    let row = store
        .message(ACCOUNT, COMMON, 4)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(row.deleted_at, Some(1_000_000));
}

/// Laws 4 and 6.
pub async fn without_a_verdict_nothing_changes_and_with_one_it_does_once(fixture: &impl Fixture) {
    let store = fixture.store();
    let options = ApplyOptions::default();
    store
        .apply(&[batch(PRIVATE, vec![text(PRIVATE, 7, 1, 0, "first")])], options)
        .await
        .expect("applied");
    let edits = batch(
        PRIVATE,
        vec![
            text(PRIVATE, 7, 2, 30, "second"),
            deletion(None, vec![7], 3, 9_000_000),
        ],
    );
    let applied = store.apply(&[edits], options).await.expect("applied");
    assert_eq!(applied.operations.len(), 2);
    let row = store
        .message(ACCOUNT, COMMON, 7)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(
        (row.content.text.as_str(), row.deleted_at, row.versions),
        ("first", None, 2)
    );
    let ids: Vec<_> = applied.operations.iter().map(|(_, o)| *o).collect();
    let nothing = store
        .apply_verdicts(ACCOUNT, &ids, options)
        .await
        .expect("applied");
    assert_eq!(nothing.admitted, 0, "no verdict, no change");
    store.decide(ACCOUNT, &ids, &AdmitAll).await.expect("decided");
    assert_eq!(
        store
            .apply_verdicts(ACCOUNT, &ids, options)
            .await
            .expect("applied")
            .admitted,
        2
    );
    assert_eq!(
        store
            .apply_verdicts(ACCOUNT, &ids, options)
            .await
            .expect("applied")
            .admitted,
        0
    );
    let row = store
        .message(ACCOUNT, COMMON, 7)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(
        (row.content.text.as_str(), row.deleted_at),
        ("second", Some(9_000_000))
    );
    let versions = store.versions(ACCOUNT, COMMON, 7).await.expect("read");
    let told: Vec<_> = versions
        .iter()
        .map(|v| (v.content.text.as_str(), v.current, v.state.as_deref()))
        .collect();
    assert_eq!(told, [("first", false, None), ("second", true, Some("admitted"))]);
}

/// Law 5.
pub async fn a_hard_deletion_takes_the_content_and_it_does_not_come_back(fixture: &impl Fixture) {
    let store = fixture.store();
    let hard = ApplyOptions {
        deletion_mode: DeletionMode::Hard,
    };
    let first = [batch(
        PRIVATE,
        vec![
            text(PRIVATE, 3, 1, 0, "secret words"),
            text(PRIVATE, 3, 2, 40, "secret edit"),
        ],
    )];
    apply_and_admit(&store, &first, hard).await;
    store.index_search(100).await.expect("indexed");
    apply_and_admit(
        &store,
        &[batch(PRIVATE, vec![deletion(None, vec![3], 5, 5_000_000)])],
        hard,
    )
    .await;
    apply_and_admit(
        &store,
        &[batch(PRIVATE, vec![text(PRIVATE, 3, 6, 70, "secret again")])],
        hard,
    )
    .await;
    store.index_search(100).await.expect("indexed");
    let row = store
        .message(ACCOUNT, COMMON, 3)
        .await
        .expect("read")
        .expect("the tombstone's message");
    assert_eq!(
        (row.content.text.as_str(), row.deleted_at, row.versions),
        ("", Some(5_000_000), 1)
    );
    let rest: Vec<_> = fixture
        .dump()
        .await
        .into_iter()
        .filter(|r| r.contains("secret"))
        .collect();
    assert!(rest.is_empty(), "{rest:#?}");
    let query = crate::SearchQuery::words(ACCOUNT, "secret");
    assert!(store.search(&query).await.expect("searched").hits.is_empty());
}

/// Registers of peers.
pub async fn a_reduced_user_never_overwrites_a_full_one(fixture: &impl Fixture) {
    let store = fixture.store();
    for capture in [
        user(8, 1, true, "min"),
        user(8, 2, false, "full"),
        user(8, 3, true, "min again"),
        user(8, 1, false, "old"),
    ] {
        store
            .apply(&[batch(PRIVATE, vec![capture])], ApplyOptions::default())
            .await
            .expect("applied");
    }
    let names = store
        .peer_names(ACCOUNT, &[model::ChatId(8)])
        .await
        .expect("read");
    assert_eq!(names[0].1.as_deref(), Some("full"));
}

/// `LISTEN_DELETIONS=false`.
pub async fn an_observed_deletion_changes_nothing(fixture: &impl Fixture) {
    let store = fixture.store();
    let observed = Capture::Deletions(Deletions {
        seen: seen(2),
        ids: vec![5],
        chat: None,
        source: DeletionSource::Live,
        observed_at: 7,
        since: None,
        observe_only: true,
    });
    let batches = [batch(PRIVATE, vec![text(PRIVATE, 5, 1, 0, "stays"), observed])];
    let applied = store
        .apply(&batches, ApplyOptions::default())
        .await
        .expect("applied");
    assert!(applied.operations.is_empty());
    assert!(
        fixture
            .dump()
            .await
            .iter()
            .any(|r| r.starts_with("deletions_observed "))
    );
    let row = store
        .message(ACCOUNT, BoxId::Common, 5)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(row.deleted_at, None);
}

/// A message that comes after its observed deletion tells where that was.
pub async fn an_observed_deletion_learns_its_chat(fixture: &impl Fixture) {
    let store = fixture.store();
    let observed = |id: i64, chat| {
        let Capture::Deletions(d) = deletion(chat, vec![id], 1, 1_000_000) else {
            unreachable!("a deletion")
        };
        Capture::Deletions(Deletions {
            observe_only: true,
            ..d
        })
    };
    let chat_of = async |id: i64| {
        let rows = fixture.dump().await;
        let row = rows
            .iter()
            .find(|r| r.starts_with("deletions_observed ") && field(r, "id") == id.to_string());
        field(row.expect("observed"), "chat").to_owned()
    };
    let apply = async |capture| {
        let batch = batch(PRIVATE, vec![capture]);
        store
            .apply(&[batch], ApplyOptions::default())
            .await
            .expect("applied");
    };
    apply(observed(1, None)).await;
    assert_eq!(chat_of(1).await, "0");
    apply(text(PRIVATE, 1, 2, 0, "late")).await;
    assert_eq!(chat_of(1).await, PRIVATE.to_string());
    apply(observed(2, None)).await;
    apply(observed(2, Some(PRIVATE))).await;
    assert_eq!(chat_of(2).await, PRIVATE.to_string(), "told the second time");
}

/// Law 1: the stamp of an edit is the greatest of its version.
pub async fn an_edit_seen_again_has_its_greatest_stamp(fixture: &impl Fixture) {
    let store = fixture.store();
    for stamp in [1, 4, 9, 6] {
        let edited = if stamp == 1 { 0 } else { 30 };
        let words = if stamp == 1 { "first" } else { "second" };
        store
            .apply(
                &[batch(PRIVATE, vec![text(PRIVATE, 1, stamp, edited, words)])],
                ApplyOptions::default(),
            )
            .await
            .expect("applied");
    }
    let rows = fixture.dump().await;
    let edits: Vec<_> = rows
        .iter()
        .filter(|r| r.starts_with("operations "))
        .map(|r| field(r, "seen").to_owned())
        .collect();
    assert_eq!(edits, [seen(9).to_i64().to_string()]);
}

/// Law 1: a version that arrives between two others may turn an edit into none.
pub async fn a_pending_edit_that_is_none_any_more_goes(fixture: &impl Fixture) {
    let store = fixture.store();
    let edits = async || -> Vec<String> {
        let rows = fixture.dump().await;
        let edits = rows.iter().filter(|r| r.starts_with("operations "));
        edits.map(|r| field(r, "edit_date").to_owned()).collect()
    };
    for (stamp, edited, words, left) in [
        (1, 0, "first", ""),
        (3, 20, "second", "20"),
        (2, 10, "second", "10"),
    ] {
        store
            .apply(
                &[batch(PRIVATE, vec![text(PRIVATE, 1, stamp, edited, words)])],
                ApplyOptions::default(),
            )
            .await
            .expect("applied");
        assert_eq!(edits().await.join(" "), left);
    }
}

/// Law 1: an earlier observation of a deletion counts even after its verdict.
pub async fn a_tombstone_tells_the_earliest_time(fixture: &impl Fixture) {
    let store = fixture.store();
    let options = ApplyOptions::default();
    let late = deletion(None, vec![1], 8, 8_000_000);
    apply_and_admit(
        &store,
        &[batch(PRIVATE, vec![text(PRIVATE, 1, 1, 0, "gone"), late])],
        options,
    )
    .await;
    for (stamp, at) in [(5, 5_000_000), (6, 6_000_000)] {
        apply_and_admit(
            &store,
            &[batch(PRIVATE, vec![deletion(None, vec![1], stamp, at)])],
            options,
        )
        .await;
    }
    let row = store.message(ACCOUNT, COMMON, 1).await.expect("read");
    assert_eq!(row.expect("there").deleted_at, Some(5_000_000));
}

/// A deletion in the common box names no chat and may come first. Each step is another process's, as after a crash: what
/// the one before has published is lost with it.
pub async fn a_deletion_without_a_chat_survives_crashes_until_its_message_arrives(fixture: &impl Fixture) {
    let options = ApplyOptions::default();
    let issue = crate::Issue {
        limit: 10,
        reissue_after: 60,
    };
    let gone = || batch(PRIVATE, vec![deletion(None, vec![4], 5, 5_000_000)]);
    let first = fixture.store();
    let applied = first.apply(&[gone()], options).await.expect("applied");
    assert_eq!(applied.operations.len(), 1);
    assert_eq!(first.issue_operations(issue).await.expect("issued").len(), 1);
    // The writer crashed before the guard heard of it, and Telegram tells again.
    let second = fixture.reopened().await;
    second.release_issued().await.expect("released");
    second.apply(&[gone()], options).await.expect("applied");
    let ids: Vec<_> = second
        .issue_operations(issue)
        .await
        .expect("issued")
        .into_iter()
        .map(|(_, o)| o)
        .collect();
    assert_eq!(
        ids,
        [applied.operations[0].1],
        "one operation, still without a verdict"
    );
    second.decide(ACCOUNT, &ids, &AdmitAll).await.expect("decided");
    // The guard crashed before its word arrived.
    let third = fixture.reopened().await;
    let unapplied = third.unapplied_verdicts(10).await.expect("asked");
    assert_eq!(unapplied, applied.operations);
    third
        .apply_verdicts(ACCOUNT, &ids, options)
        .await
        .expect("verdicts applied");
    let late = batch(PRIVATE, vec![text(PRIVATE, 4, 2, 0, "late")]);
    let fourth = fixture.reopened().await;
    let arrived = fourth.apply(&[late], options).await.expect("applied");
    assert_eq!((arrived.new_messages, arrived.operations.len()), (1, 0));
    let row = fourth.message(ACCOUNT, COMMON, 4).await.expect("read");
    assert_eq!(row.expect("there").deleted_at, Some(5_000_000));
    let rows = fixture.dump().await;
    let operation = rows.iter().find(|r| r.starts_with("operations "));
    assert_eq!(field(operation.expect("there"), "chat"), PRIVATE.to_string());
}
