//! Deletions that Telegram does not tell: they are found by reading.

use std::time::Duration;

use model::{BatchNumber, CaptureBatch, ChatId, Lane, PassKind, Seen};
use store::conformance::builders;
use telegram_sim::scenario::{self, ACCOUNT};
use telegram_sim::snapshot;
use telegram_sim::world::{Draft, Edit};
use tests::bed::{Bed, eventually};

use crate::capture::{LONG, first_run, quiet};

const ALICE: ChatId = ChatId(2001);
const GROUP: ChatId = ChatId::group(301);
const NEWS: ChatId = ChatId::channel(4001);

async fn deleted(node: &assembly::Node, bed: &Bed, expected: i64) {
    let (store, account) = (node.store.clone(), bed.account);
    eventually("what is gone is found", LONG, || {
        let store = store.clone();
        async move { store.statistics(account).await.unwrap().deleted == expected }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_messages_may_go_in_a_difference_that_is_too_long() {
    let mut bed = Bed::new(scenario::small(4)).await.unwrap();
    bed.log_in().await.unwrap();
    let node = first_run(&mut bed).await;
    let truth = snapshot::take(&bed.sim.world(), ACCOUNT);
    let status = node.state.fetcher.clone();
    eventually("the listener follows", LONG, || {
        let live = status.borrow().live;
        async move { live }
    })
    .await;
    let posted: Vec<(ChatId, i32)> = {
        let mut world = bed.sim.world();
        [ALICE, NEWS]
            .into_iter()
            .flat_map(|chat| [chat; 3])
            .map(|chat| {
                (
                    chat,
                    world.post(ACCOUNT, chat, &Draft::text("soon gone")).unwrap(),
                )
            })
            .collect()
    };
    let (store, account) = (node.store.clone(), bed.account);
    let known = i64::try_from(truth.messages.len() + posted.len()).unwrap();
    eventually("what was said live is stored", LONG, || {
        let store = store.clone();
        async move { store.statistics(account).await.unwrap().messages >= known }
    })
    .await;
    quiet(&bed, &node).await;
    let before = store.statistics(account).await.unwrap().deleted;
    node.stop(Duration::from_secs(10)).await;
    {
        let mut world = bed.sim.world();
        (world.limits.common_too_long, world.limits.channel_too_long) = (5, 5);
        for (chat, id) in &posted {
            world.delete(ACCOUNT, *chat, &[*id]);
        }
        for n in 0..10 {
            world.post(ACCOUNT, GROUP, &Draft::text(format!("unheard {n}")));
            let text = Some(format!("unheard {n}"));
            let edit = Edit {
                text,
                ..Edit::default()
            };
            world.edit(ACCOUNT, NEWS, 3, &edit);
        }
    }
    let node = bed.node().await.unwrap();
    deleted(&node, &bed, before + 6).await;
    quiet(&bed, &node).await;
    let passes = node.store.passes(account, ALICE).await.unwrap();
    assert!(
        passes.iter().any(|p| p.kind == PassKind::TooLong),
        "the difference was too long: {passes:?}"
    );
    node.stop(Duration::from_secs(10)).await;
}

/// A killed process may leave a live message on the bus that is committed after a pass has found it gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_comes_late_is_found_gone_by_the_next_run() {
    let mut bed = Bed::new(scenario::small(5)).await.unwrap();
    // Before the log-in: no difference tells of it.
    let gone = bed.sim.world().newest(ACCOUNT, ALICE, 2)[1];
    bed.sim.world().delete(ACCOUNT, ALICE, &[gone]);
    bed.log_in().await.unwrap();
    let node = first_run(&mut bed).await;
    let before = node.store.statistics(bed.account).await.unwrap().deleted;
    let late = CaptureBatch {
        account: bed.account,
        box_id: ALICE.box_id(),
        number: BatchNumber { epoch: 0, n: 0 },
        lane: Lane::Live,
        captures: vec![builders::text(ALICE, i64::from(gone), 1, 0, "late")],
        covered: None,
    };
    let pass = &node.store.passes(bed.account, ALICE).await.unwrap()[0];
    assert!(pass.began > Seen { epoch: 1, counter: 1 } && pass.completed_at.is_some());
    let stores = bed.stores().await.unwrap();
    stores
        .writer
        .apply(&[late], store::ApplyOptions::default())
        .await
        .unwrap();
    node.stop(Duration::from_secs(10)).await;
    let node = bed.node().await.unwrap();
    deleted(&node, &bed, before + 1).await;
    quiet(&bed, &node).await;
    node.stop(Duration::from_secs(10)).await;
}
