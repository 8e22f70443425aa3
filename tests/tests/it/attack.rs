//! Bursts of deletions over the whole of a cluster: guards that are killed, guards side by side, decisions, rescans.

use std::time::Duration;

use model::{
    BatchNumber, BoxId, Capture, CaptureBatch, ChatId, DeletionSource, Deletions, Lane, PassKind, Seen,
};
use store::IncidentFilter;
use store::conformance::builders;
use telegram_sim::scenario::{self, ACCOUNT, Builder, PASSWORD};
use tests::bed::{Bed, eventually};
use tests::installation::Mode;
use tests::settle::request;
use wire::Subject;

use crate::bad_days::{follows, holds};
use crate::capture::LONG;

const SUPERGROUP: ChatId = ChatId::channel(4001);
const ATTACK: i64 = 10_000;
const ADMITTED: i64 = 10;

/// Rows of a count.
async fn count(bed: &Bed, sql: &'static str) -> i64 {
    let pool = bed.pool().await.unwrap();
    let (n,): (i64,) = sqlx::query_as(sql).fetch_one(&pool).await.unwrap();
    n
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_thousand_deletions_ten_are_applied_whatever_happens_to_the_guards() {
    let mut world = Builder::new(21);
    world
        .password(PASSWORD)
        .channel(4001, "Supergroup", true, ATTACK as i32 + 50);
    let mut bed = Bed::with(world.build(), Mode::Cluster).await.unwrap();
    bed.log_in().await.unwrap();
    let mut running = bed.all().await.unwrap();
    running.push(bed.process("rate-limiter").await.unwrap());
    follows(&mut bed, &running).await;
    let store = bed.stores().await.unwrap().all;
    let before = store.statistics(bed.account).await.unwrap();
    let victims: Vec<i32> = (1..=ATTACK as i32).collect();
    assert_eq!(
        bed.sim.world().delete(ACCOUNT, SUPERGROUP, &victims),
        ATTACK as usize
    );
    holds(&mut bed, "some are judged", |s| s.operations_held > 500).await;
    let guard = running.iter().position(|p| p.name == "rate-limiter").unwrap();
    running.remove(guard).crash();
    holds(&mut bed, "all are judged", |s| {
        s.operations_held == before.operations_held + ATTACK - ADMITTED && s.operations_pending == 0
    })
    .await;
    let held = store.statistics(bed.account).await.unwrap();
    assert_eq!(held.deleted, before.deleted + ADMITTED);
    let open = IncidentFilter {
        open_only: true,
        ..IncidentFilter::default()
    };
    let incidents = store.incidents(&open).await.unwrap();
    let [incident] = &incidents[..] else {
        panic!("one incident: {incidents:?}")
    };
    assert_eq!(
        (incident.chat, incident.deletions),
        (Some(SUPERGROUP), ATTACK - ADMITTED)
    );

    // Read again, nothing is found that is not held already.
    let operations = count(&bed, "SELECT count(*) FROM operations").await;
    request(
        &bed,
        &running,
        fetcher::VERB_RESCAN,
        &serde_json::json!(SUPERGROUP.0),
    )
    .await;
    let account = bed.account;
    eventually("the rescan ends", LONG, || {
        let store = store.clone();
        async move {
            let passes = store.passes(account, SUPERGROUP).await.unwrap();
            passes
                .iter()
                .any(|p| p.kind == PassKind::Rescan && p.completed_at.is_some())
        }
    })
    .await;
    assert_eq!(store.statistics(account).await.unwrap().deleted, held.deleted);
    assert_eq!(count(&bed, "SELECT count(*) FROM operations").await, operations);
    assert_eq!(
        store.incidents(&open).await.unwrap()[0].deletions,
        incident.deletions
    );

    let turned = store.decide_incident(incident.id, true, "test").await.unwrap();
    assert_eq!(turned.len() as i64, ATTACK - ADMITTED);
    assert!(
        store
            .decide_incident(incident.id, true, "test")
            .await
            .unwrap()
            .is_empty(),
        "decided once"
    );
    holds(&mut bed, "the approval is applied", |s| {
        s.deleted == before.deleted + ATTACK && s.operations_held == before.operations_held
    })
    .await;
    assert_eq!(
        count(&bed, "SELECT count(*) FROM tombstones WHERE box = 4001").await,
        ATTACK
    );
}

/// In the common box a deletion names no chat; here it comes before the message is known at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_comes_before_its_message_waits_for_it() {
    const LATER: i64 = 1_000_000;
    let mut bed = Bed::new(scenario::small(22)).await.unwrap();
    bed.log_in().await.unwrap();
    let running = bed.all().await.unwrap();
    follows(&mut bed, &running).await;
    let (bus, account) = (running[0].node().bus.clone(), bed.account);
    let store = bed.stores().await.unwrap().all;
    let before = store.statistics(account).await.unwrap();
    let batch = |captures| CaptureBatch {
        account,
        box_id: BoxId::Common,
        number: BatchNumber { epoch: 0, n: 0 },
        lane: Lane::Live,
        captures,
        covered: None,
    };
    let live = Subject::Live(account, BoxId::Common);
    let deletion = Capture::Deletions(Deletions {
        seen: Seen { epoch: 9, counter: 2 },
        ids: vec![LATER],
        chat: None,
        source: DeletionSource::Live,
        observed_at: 1,
        since: None,
        observe_only: false,
    });
    bus.publish(&live, wire::encode_batch(&batch(vec![deletion])))
        .await
        .unwrap();
    eventually("the deletion is admitted", LONG, || async {
        count(
            &bed,
            "SELECT count(*) FROM tombstones WHERE box = 0 AND id = 1000000",
        )
        .await
            == 1
    })
    .await;
    let message = builders::text(ChatId(2001), LATER, 1, 0, "late");
    bus.publish(&live, wire::encode_batch(&batch(vec![message])))
        .await
        .unwrap();
    holds(&mut bed, "the message is stored", |s| {
        s.messages == before.messages + 1
    })
    .await;
    let row = store
        .message(account, BoxId::Common, LATER)
        .await
        .unwrap()
        .unwrap();
    assert!(row.deleted_at.is_some() && row.head.chat == Some(ChatId(2001)) && row.content.text == "late");
    holds(&mut bed, "nothing is left undone", |s| s.operations_pending == 0).await;
    let told = count(
        &bed,
        "SELECT count(*) FROM operations WHERE box = 0 AND id = 1000000 AND chat = 2001",
    )
    .await;
    assert_eq!(told, 1, "the operation knows its chat now");
    for process in running {
        process.stop(Duration::from_secs(10)).await;
    }
}
