//! Several guards at once.

use std::sync::Arc;

use model::{OperationId, Verdict};
use store::conformance::builders::{ACCOUNT, PRIVATE, batch, deletion, text};
use store::conformance::guard::Ten;
use store::{ApplyOptions, IncidentFilter, Store};

use crate::server::Server;

async fn gone(store: &Arc<dyn Store>, count: i64) -> Vec<OperationId> {
    let gone = batch(
        PRIVATE,
        vec![deletion(None, (1..=count).collect(), 2, 10_000_000)],
    );
    let applied = store.apply(&[gone], ApplyOptions::default()).await.unwrap();
    applied.operations.into_iter().map(|(_, o)| o).collect()
}

fn admitted(decisions: &[store::Decision]) -> usize {
    decisions
        .iter()
        .filter(|d| d.verdict == Verdict::Admitted)
        .count()
}

/// Law 2 of verdicts: all guards get all operations, in slices and orders of their own.
#[tokio::test(flavor = "multi_thread")]
async fn guards_at_once_admit_exactly_ten() {
    let server = Server::start().await;
    let stores = server.replicas(4).await;
    let messages = (1..=600).map(|id| text(PRIVATE, id, 1, 0, "m")).collect();
    let messages = batch(PRIVATE, messages);
    stores[0]
        .apply(&[messages], ApplyOptions::default())
        .await
        .unwrap();
    let operations = gone(&stores[0], 600).await;
    let mut guards = tokio::task::JoinSet::new();
    for (n, store) in stores.iter().cloned().enumerate() {
        let mut mine = operations.clone();
        mine.rotate_left(n * 150);
        guards.spawn(async move {
            for slice in mine.chunks(37 + n) {
                store.decide(ACCOUNT, slice, &Ten).await.unwrap();
            }
        });
    }
    while let Some(guard) = guards.join_next().await {
        guard.unwrap();
    }
    let decisions = stores[0].decide(ACCOUNT, &operations, &Ten).await.unwrap();
    assert_eq!((decisions.len(), admitted(&decisions)), (600, 10));
    let incidents = stores[0].incidents(&IncidentFilter::default()).await.unwrap();
    assert_eq!(incidents.iter().map(|i| i.deletions).collect::<Vec<_>>(), [590]);
    // A person's word, given twice at once, counts once.
    let (a, b) = tokio::join!(
        stores[1].decide_incident(incidents[0].id, true, "a"),
        stores[2].decide_incident(incidents[0].id, false, "b")
    );
    let (a, b) = (a.unwrap().len(), b.unwrap().len());
    assert_eq!((a.max(b), a.min(b)), (590, 0));
}

/// Operations whose chat becomes known while they are decided each get one verdict, and no window admits more than its
/// share: ten of the common box, ten of the chat.
#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_becomes_known_meanwhile_gives_no_third_share() {
    let server = Server::start().await;
    let stores = server.replicas(3).await;
    let operations = gone(&stores[0], 400).await;
    let mut guards = tokio::task::JoinSet::new();
    for (n, store) in stores[1..].iter().cloned().enumerate() {
        let mut mine = operations.clone();
        mine.rotate_left(n * 200);
        guards.spawn(async move {
            for slice in mine.chunks(20) {
                store.decide(ACCOUNT, slice, &Ten).await.unwrap();
            }
        });
    }
    for ids in (1..=400_i64).collect::<Vec<_>>().chunks(25) {
        let messages = ids.iter().map(|id| text(PRIVATE, *id, 3, 0, "m")).collect();
        stores[0]
            .apply(&[batch(PRIVATE, messages)], ApplyOptions::default())
            .await
            .unwrap();
    }
    while let Some(guard) = guards.join_next().await {
        guard.unwrap();
    }
    let decisions = stores[0].decide(ACCOUNT, &operations, &Ten).await.unwrap();
    assert_eq!(decisions.len(), 400);
    assert!(admitted(&decisions) >= 10 && admitted(&decisions) <= 20);
}
