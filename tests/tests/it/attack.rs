//! Bursts of deletions over the whole of a cluster: guards that are killed, guards side by side, decisions, rescans.

use std::time::Duration;

use model::{ChatId, PassKind};
use store::IncidentFilter;
use telegram_sim::faults::{Action, Rule};
use telegram_sim::scenario::{ACCOUNT, Builder, PASSWORD};
use telegram_sim::snapshot::{self, Snapshot};
use tests::bed::{Bed, eventually};
use tests::installation::Mode;
use tests::settle::{Past, request, settle};

use crate::bad_days::{follows, holds};
use crate::capture::LONG;

const SUPERGROUP: ChatId = ChatId::channel(4001);
const ALICE: ChatId = ChatId(2001);
/// Milliseconds for which a page is on its way: time enough to hear of deletions.
const LATE: u64 = 12_000;
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

/// In the common box a deletion names no chat; here it is told while the page with its message is on the way.
async fn a_deletion_comes_before_its_message(mode: Mode, seed: u64) {
    let mut world = Builder::new(seed);
    world.password(PASSWORD).private(ALICE.0, "Alice", 60);
    let mut bed = Bed::with(world.build(), mode).await.unwrap();
    bed.log_in().await.unwrap();
    bed.sim
        .faults()
        .add(Rule::every("messages.getHistory", 1, Action::Delay(LATE)));
    let running = bed.all().await.unwrap();
    eventually("a page is on its way", LONG, || async {
        bed.sim.counters().calls.contains_key("messages.getHistory")
    })
    .await;
    let ids = bed.sim.world().newest(ACCOUNT, ALICE, 3);
    assert_eq!(bed.sim.world().delete(ACCOUNT, ALICE, &ids), 3);
    eventually("the deletions are admitted", LONG, || async {
        count(&bed, "SELECT count(*) FROM tombstones").await == 3
    })
    .await;
    assert_eq!(
        count(&bed, "SELECT count(*) FROM messages").await,
        0,
        "of no message"
    );
    let of_nobody = "SELECT count(*) FROM operations WHERE kind = 'delete' AND chat = 0";
    assert_eq!(count(&bed, of_nobody).await, 3, "and in no chat");
    bed.sim.faults().clear();

    // The page was made before: its messages come, deleted.
    let mut truth = snapshot::take(&bed.sim.world(), ACCOUNT);
    truth.messages.retain(|m| m.deleted_at.is_some());
    assert_eq!(truth.messages.len(), 3);
    let mut past = Past::default();
    past.witnessed.told(&Snapshot::default(), &truth);
    settle(&mut bed, &running, &past).await.unwrap();
    assert_eq!(
        count(&bed, of_nobody).await,
        0,
        "the operations know their chat now"
    );
    for process in running {
        process.stop(Duration::from_secs(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_comes_before_its_message_waits_for_it() {
    a_deletion_comes_before_its_message(Mode::Node, 22).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_cluster_a_deletion_that_comes_before_its_message_waits_for_it() {
    a_deletion_comes_before_its_message(Mode::Cluster, 23).await;
}
