//! Laws of applying captures.

use std::sync::Arc;

use bytes::Bytes;
use model::{
    BoxId, Capture, CaptureBatch, CapturedMessage, Counters, Covered, DeletionMode, DeletionSource,
    Deletions, IdRange, Lane, PassId, RangeSet, Reaction, Reactions,
};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::Fixture;
use super::builders::{ACCOUNT, CHANNEL, COMMON, PRIVATE, batch, deletion, message, page, seen, text, user};
use super::guard::AdmitAll;
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

fn random_capture(rng: &mut StdRng, stamp: u64) -> (bool, Capture) {
    let channel = rng.random_bool(0.4);
    let chat = if channel { CHANNEL } else { PRIVATE };
    let id = rng.random_range(1..7);
    let capture = match rng.random_range(0..10) {
        0..=4 => {
            let edited = [0, 0, 10, 20][rng.random_range(0..4)];
            let mut m: CapturedMessage =
                message(chat, id, stamp, edited, ["a", "b", "c"][rng.random_range(0..3)]);
            m.counters.views = rng.random_bool(0.5).then(|| rng.random_range(0..9));
            m.pinned = rng.random_bool(0.2);
            Capture::Message(Box::new(m))
        }
        5 => deletion(
            channel.then_some(chat),
            vec![id, id + 1],
            stamp,
            stamp as i64 * 1_000_000,
        ),
        6 => Capture::Reactions {
            seen: seen(stamp),
            id,
            reactions: Reactions {
                counts: vec![Reaction {
                    reaction: "+".into(),
                    count: rng.random_range(1..9),
                    chosen: false,
                }],
                recent: vec![],
            },
        },
        7 => Capture::Counters {
            seen: seen(stamp),
            id,
            counters: Counters {
                forwards: Some(rng.random_range(0..9)),
                ..Counters::default()
            },
        },
        8 => Capture::Pinned {
            seen: seen(stamp),
            ids: vec![id],
            pinned: rng.random_bool(0.5),
        },
        _ => user(
            rng.random_range(1..4),
            stamp,
            rng.random_bool(0.5),
            ["x", "y"][rng.random_range(0..2)],
        ),
    };
    (channel, capture)
}

/// Law 1, without and with verdicts in between.
pub async fn any_order_and_repetition_of_captures_gives_the_same_rows(fixture: &impl Fixture) {
    let store = fixture.store();
    for seed in 0..12 {
        let mut rng = StdRng::seed_from_u64(seed);
        // Every round uses ids of its own account, so that one store serves all.
        let captures: Vec<_> = (1..=rng.random_range(2..14))
            .map(|stamp| random_capture(&mut rng, stamp))
            .collect();
        let mut dumps = Vec::new();
        for round in 0..3_i64 {
            let account = model::AccountId(100 + i64::from(seed as u32) * 10 + round);
            let mut order: Vec<_> = captures.clone();
            if round > 0 {
                order.extend(captures.choose_multiple_(&mut rng));
                order.shuffle(&mut rng);
            }
            let mut rest = &order[..];
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rng.random_range(1..=rest.len()));
                rest = later;
                let batches: Vec<_> = now
                    .iter()
                    .map(|(channel, capture)| CaptureBatch {
                        account,
                        ..batch(if *channel { CHANNEL } else { PRIVATE }, vec![capture.clone()])
                    })
                    .collect();
                store
                    .apply(&batches, ApplyOptions::default())
                    .await
                    .expect("applied");
            }
            let own: Vec<_> = fixture
                .dump()
                .await
                .into_iter()
                .filter(|row| row.contains(&format!("account={account} ")))
                .map(|row| row.replace(&format!("account={account} "), ""))
                .collect();
            assert!(!own.is_empty(), "seed {seed} left no rows");
            dumps.push(own);
        }
        for dump in &dumps[1..] {
            let missing: Vec<_> = dumps[0].iter().filter(|r| !dump.contains(r)).collect();
            let extra: Vec<_> = dump.iter().filter(|r| !dumps[0].contains(r)).collect();
            assert!(
                missing.is_empty() && extra.is_empty(),
                "seed {seed}\nmissing {missing:#?}\nextra {extra:#?}"
            );
        }
    }
}

trait ChooseMultiple<T> {
    fn choose_multiple_(&self, rng: &mut StdRng) -> Vec<T>;
}

impl<T: Clone> ChooseMultiple<T> for Vec<T> {
    fn choose_multiple_(&self, rng: &mut StdRng) -> Vec<T> {
        self.iter().filter(|_| rng.random_bool(0.4)).cloned().collect()
    }
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
    let query = crate::SearchQuery {
        account: ACCOUNT,
        text: "secret".into(),
        filters: crate::Filters::default(),
        chats: None,
        before: None,
        limit: 10,
    };
    assert!(store.search(&query).await.expect("searched").is_empty());
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
