//! Several writers at work on the same messages.

use std::sync::Arc;

use model::{
    AccountId, Attachment, Capture, CaptureBatch, Counters, DeletionMode, FileLocation, FileRef, IdRange,
    Lane, PassId, PassKind, Reaction, Reactions,
};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use store::conformance::builders::{
    ACCOUNT, CHANNEL, PRIVATE, batch, deletion, message, page, seen, text, user,
};
use store::conformance::guard::AdmitAll;
use store::{ApplyOptions, Issue, SearchQuery, Store};

use crate::server::{Server, dump_of};

const OPTIONS: ApplyOptions = ApplyOptions {
    deletion_mode: DeletionMode::Soft,
};

fn capture(rng: &mut StdRng, stamp: u64) -> CaptureBatch {
    let chat = if rng.random_bool(0.4) { CHANNEL } else { PRIVATE };
    let id = rng.random_range(1..6);
    let capture = match rng.random_range(0..11) {
        0..=4 => {
            let edited = [0, 0, 10, 20][rng.random_range(0..4)];
            let words = ["a", "b", "c"][rng.random_range(0..3)];
            let mut m = message(chat, id, stamp, edited, words);
            m.counters.views = rng.random_bool(0.5).then(|| rng.random_range(0..9));
            m.pinned = rng.random_bool(0.2);
            if rng.random_bool(0.3) {
                m.content.attachment = Some(Attachment::File(Box::new(FileRef {
                    location: FileLocation {
                        file_id: id,
                        file_reference: vec![stamp as u8],
                        ..FileLocation::default()
                    },
                    ..FileRef::default()
                })));
                m.hash = m.content.hash();
            }
            Capture::Message(Box::new(m))
        }
        5 | 6 => deletion(
            (chat == CHANNEL).then_some(chat),
            vec![id, id + 1],
            stamp,
            stamp as i64 * 1_000_000,
        ),
        7 => Capture::Reactions {
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
        8 => Capture::Counters {
            seen: seen(stamp),
            id,
            counters: Counters {
                forwards: Some(rng.random_range(0..9)),
                ..Counters::default()
            },
        },
        9 => Capture::Pinned {
            seen: seen(stamp),
            ids: vec![id, 5 - id],
            pinned: rng.random_bool(0.5),
        },
        _ => user(rng.random_range(1..4), stamp, rng.random_bool(0.5), "x"),
    };
    CaptureBatch {
        lane: if rng.random_bool(0.5) {
            Lane::Live
        } else {
            Lane::History
        },
        ..batch(chat, vec![capture])
    }
}

fn of_account(account: i64, batches: &[CaptureBatch]) -> Vec<CaptureBatch> {
    let renumbered = |b: &CaptureBatch| CaptureBatch {
        account: AccountId(account),
        number: batch(PRIVATE, vec![]).number,
        ..b.clone()
    };
    batches.iter().map(renumbered).collect()
}

/// Law 1 of the writer, with writers side by side: each applies all captures in an order of its own.
#[tokio::test(flavor = "multi_thread")]
async fn writers_at_once_leave_the_rows_of_one_writer() {
    let server = Server::start().await;
    let stores = server.replicas(4).await;
    for seed in 0..16_u64 {
        let mut rng = StdRng::seed_from_u64(seed);
        let captures: Vec<_> = (1..=40).map(|stamp| capture(&mut rng, stamp)).collect();
        let (alone, together) = (1000 + 2 * seed as i64, 1001 + 2 * seed as i64);
        stores[0]
            .apply(&of_account(alone, &captures), OPTIONS)
            .await
            .unwrap();
        let mut writers = tokio::task::JoinSet::new();
        for store in &stores {
            let store = Arc::clone(store);
            let mut order = of_account(together, &captures);
            order.shuffle(&mut rng);
            let size = rng.random_range(1..12);
            writers.spawn(async move {
                for batches in order.chunks(size) {
                    store.apply(batches, OPTIONS).await.unwrap();
                }
            });
        }
        while let Some(written) = writers.join_next().await {
            written.unwrap();
        }
        let (expected, rows) = (
            dump_of(&server.url, alone).await,
            dump_of(&server.url, together).await,
        );
        assert!(!expected.is_empty());
        let missing: Vec<_> = expected.iter().filter(|r| !rows.contains(r)).collect();
        let extra: Vec<_> = rows.iter().filter(|r| !expected.contains(r)).collect();
        assert!(
            missing.is_empty() && extra.is_empty(),
            "seed {seed}\nmissing {missing:#?}\nextra {extra:#?}"
        );
    }
}

/// Each operation is told to the guard by one writer, the one that made it.
#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_new_to_one_writer_only() {
    let server = Server::start().await;
    let stores = server.replicas(4).await;
    let gone: Vec<i64> = (1..=2_000).collect();
    let batches: Vec<_> = stores
        .iter()
        .map(|_| batch(PRIVATE, vec![deletion(None, gone.clone(), 3, 1)]))
        .collect();
    let applied = stores.iter().zip(&batches).map(|(store, b)| {
        let (store, b) = (Arc::clone(store), b.clone());
        tokio::spawn(async move { store.apply(&[b], OPTIONS).await.unwrap().operations })
    });
    let mut told = Vec::new();
    for writer in applied.collect::<Vec<_>>() {
        told.extend(writer.await.unwrap());
    }
    told.sort_unstable();
    told.dedup();
    assert_eq!(told.len(), 2_000);
    // Issued at once, none goes out twice.
    let issue = Issue {
        limit: 1_500,
        reissue_after: 60,
    };
    let (a, b) = tokio::join!(
        stores[0].issue_operations(issue),
        stores[1].issue_operations(issue)
    );
    let mut issued = [a.unwrap(), b.unwrap()].concat();
    let rest = stores[2].issue_operations(issue).await.unwrap();
    issued.extend(rest);
    issued.sort_unstable();
    assert_eq!(issued, told);
}

/// Law 3: pages of one pass, from all writers in any order.
#[tokio::test(flavor = "multi_thread")]
async fn pages_of_one_pass_by_many_writers_cover_one_range() {
    let server = Server::start().await;
    let stores = server.replicas(4).await;
    let whole = IdRange {
        after: 0,
        through: 1_200,
    };
    let pass = stores[0]
        .open_pass(ACCOUNT, CHANNEL, PassKind::Initial, whole, seen(1))
        .await
        .unwrap();
    let mut pages: Vec<_> = (0..60)
        .map(|n| {
            let range = IdRange {
                after: n * 20,
                through: (n + 1) * 20,
            };
            page(CHANNEL, pass.id, range, 2 + n as u64)
        })
        .collect();
    pages.shuffle(&mut StdRng::seed_from_u64(7));
    let mut writers = tokio::task::JoinSet::new();
    for (n, share) in pages.chunks(15).enumerate() {
        let (store, share) = (Arc::clone(&stores[n]), share.to_vec());
        writers.spawn(async move {
            for page in share {
                store.apply(&[page], OPTIONS).await.unwrap();
            }
        });
    }
    while let Some(written) = writers.join_next().await {
        written.unwrap();
    }
    let covered = &stores[0].passes(ACCOUNT, CHANNEL).await.unwrap()[0].covered;
    assert_eq!(covered.ranges(), [whole]);
    assert_eq!(stores[0].coverage(ACCOUNT).await.unwrap()[0].stored, 1_200);
    let opened = (0..10).map(|n| {
        let store = Arc::clone(&stores[n % 4]);
        tokio::spawn(async move {
            let pass = store
                .open_pass(ACCOUNT, CHANNEL, PassKind::Rescan, whole, seen(9))
                .await;
            pass.unwrap().id
        })
    });
    let mut numbers = Vec::new();
    for pass in opened.collect::<Vec<_>>() {
        numbers.push(pass.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (2..=11).map(PassId).collect::<Vec<_>>());
}

async fn find(store: &Arc<dyn Store>, words: &str) -> usize {
    let query = SearchQuery {
        limit: 1_000,
        ..SearchQuery::words(ACCOUNT, words)
    };
    store.search(&query).await.unwrap().hits.len()
}

/// Content that is deleted hard while it is written and indexed by others is nowhere at the end.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_purged_while_it_is_indexed_does_not_stay_in_the_index() {
    let server = Server::start().await;
    let stores = server.replicas(3).await;
    let hard = ApplyOptions {
        deletion_mode: DeletionMode::Hard,
    };
    for round in 0..6_i64 {
        let ids: Vec<i64> = (round * 100 + 1..=round * 100 + 100).collect();
        let write = async {
            for (n, ids) in ids.chunks(10).enumerate() {
                let captures = ids
                    .iter()
                    .map(|id| text(PRIVATE, *id, 1 + n as u64, 0, "secret kept"));
                let batch = batch(PRIVATE, captures.collect());
                stores[0].apply(&[batch], hard).await.unwrap();
            }
        };
        let delete = async {
            let (gone, _) = ids.split_at(50);
            for (n, ids) in gone.chunks(10).enumerate() {
                let gone = batch(PRIVATE, vec![deletion(None, ids.to_vec(), 50 + n as u64, 1)]);
                let applied = stores[1].apply(&[gone], hard).await.unwrap();
                let ids: Vec<_> = applied.operations.iter().map(|(_, o)| *o).collect();
                stores[1].decide(ACCOUNT, &ids, &AdmitAll).await.unwrap();
                stores[1].apply_verdicts(ACCOUNT, &ids, hard).await.unwrap();
            }
        };
        let index = async {
            for n in 0..12 {
                stores[1 + n % 2].index_search(30).await.unwrap();
            }
        };
        tokio::join!(write, delete, index);
    }
    while stores[0].index_search(1_000).await.unwrap().behind > 0 {}
    assert_eq!(find(&stores[0], "secret").await, 300);
    let kept = dump_of(&server.url, ACCOUNT.0).await;
    assert_eq!(kept.iter().filter(|row| row.contains("secret")).count(), 300);
}

/// What is typed is taken as it stands: accents and case do not count, nothing is a pattern.
#[tokio::test(flavor = "multi_thread")]
async fn words_are_found_without_accents_and_signs_as_they_are() {
    let server = Server::start().await;
    let stores = server.replicas(1).await;
    let texts = [
        "Ein schöner Übergang",
        "Привет, Йод и ёлка",
        "100% sure_thing \\ end",
        "100 sure thing",
        "mail to some.one@example.org now",
    ];
    let captures = (1_i64..).zip(texts).map(|(id, t)| text(PRIVATE, id, 1, 0, t));
    stores[0]
        .apply(&[batch(PRIVATE, captures.collect())], OPTIONS)
        .await
        .unwrap();
    stores[0].index_search(100).await.unwrap();
    for (words, expected) in [
        ("schoner ubergang", 1),
        ("SCHÖNER", 1),
        ("bergan", 1),
        ("привет йод", 1),
        ("елка", 0),
        ("100% sure", 2),
        ("sure_thing", 2),
        ("%%%", 0),
        ("re_t", 1),
        ("_____", 0),
        ("example.org", 1),
        ("one@example", 1),
        ("example some.one", 1),
        ("one some", 1),
        ("some:* | 'x", 0),
    ] {
        assert_eq!(find(&stores[0], words).await, expected, "{words}");
    }
}
