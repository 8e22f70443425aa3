use std::collections::BTreeMap;
use std::time::Duration;

use model::ChatId;
use store::{IncidentFilter, MessageQuery};
use telegram_sim::faults::{Action, Rule};
use telegram_sim::scenario::{self, ACCOUNT};
use telegram_sim::snapshot::{self, Snapshot};
use telegram_sim::world::{Draft, Edit};
use tests::bed::{Bed, eventually};
use tests::compare::{Expectations, Witnessed, compare};

pub(crate) const LONG: Duration = Duration::from_mins(1);

pub(crate) async fn first_run(bed: &mut Bed) -> assembly::Node {
    let node = bed.node().await.unwrap();
    let (store, account) = (node.store.clone(), bed.account);
    eventually("the first run ends", LONG, || {
        let store = store.clone();
        async move {
            store
                .runs(account, 1)
                .await
                .unwrap()
                .first()
                .is_some_and(|r| r.finished_at.is_some())
        }
    })
    .await;
    let runs = node.store.runs(account, 1).await.unwrap();
    let outcome = runs[0].outcome.clone().unwrap();
    assert_eq!((outcome.aborted, outcome.failures), (None, vec![]));
    node
}

pub(crate) async fn quiet(bed: &Bed, node: &assembly::Node) {
    let (store, account) = (node.store.clone(), bed.account);
    eventually("every operation has its verdict applied", LONG, || {
        let store = store.clone();
        async move { store.statistics(account).await.unwrap().operations_pending == 0 }
    })
    .await;
}

/// Equal in everything that ever happened, files aside.
pub(crate) async fn assert_equal(bed: &Bed) -> tests::compare::Comparison {
    compared(bed, false).await
}

async fn compared(bed: &Bed, media: bool) -> tests::compare::Comparison {
    let truth = snapshot::take(&bed.sim.world(), ACCOUNT);
    let mut witnessed = Witnessed::default();
    witnessed.told(&Snapshot::default(), &truth);
    let result = compare(
        &mut bed.pool().await.unwrap().acquire().await.unwrap(),
        &bed.folder.path().join("media"),
        &truth,
        &Expectations { media, witnessed },
    )
    .await
    .unwrap();
    assert!(
        result.differences.is_empty(),
        "{} differences: {:#?}",
        result.differences.len(),
        &result.differences[..result.differences.len().min(10)]
    );
    result
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_message_is_archived() {
    let mut bed = Bed::new(scenario::small(1)).await.unwrap();
    bed.log_in().await.unwrap();
    let node = first_run(&mut bed).await;
    let (store, account) = (node.store.clone(), bed.account);
    eventually("every file is here", LONG, || {
        let store = store.clone();
        async move { store.statistics(account).await.unwrap().media_wanted == 0 }
    })
    .await;
    let result = compared(&bed, true).await;
    assert!(result.media > 30, "{result:?}");
    assert!(result.messages > 280, "{result:?}");
    assert_eq!(bed.sim.counters().unknown, BTreeMap::default());
    node.stop(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_expected_end_of_a_run_goes_by_messages_and_not_by_ids() {
    let mut bed = Bed::new(scenario::small(6)).await.unwrap();
    bed.log_in().await.unwrap();
    // Slow enough to be watched.
    bed.sim
        .faults()
        .add(Rule::every("messages.getHistory", 1, Action::Delay(100)));
    let node = bed.node().await.unwrap();
    let mut status = node.state.fetcher.clone();
    let mut expected = None;
    let watched = tokio::time::timeout(LONG, async {
        loop {
            status.changed().await.unwrap();
            let run = status.borrow_and_update().run.clone();
            match run {
                Some(run) if run.chats_total > 0 && run.chats_counted == run.chats_total => {
                    expected = Some(run.messages_expected);
                }
                None if expected.is_some() => break,
                _ => {}
            }
        }
    });
    watched.await.unwrap();
    let run = node.store.finished_run(bed.account).await.unwrap();
    let runs = node.store.runs(bed.account, 10).await.unwrap();
    let outcome = runs
        .into_iter()
        .find(|r| Some(r.id) == run)
        .unwrap()
        .outcome
        .unwrap();
    assert!(outcome.messages > 200, "{outcome:?}");
    assert_eq!(expected, Some(outcome.messages));
    node.stop(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_live_is_captured() {
    let mut bed = Bed::new(scenario::small(2)).await.unwrap();
    bed.log_in().await.unwrap();
    let node = first_run(&mut bed).await;
    let status = node.state.fetcher.clone();
    eventually("the listener follows", LONG, || {
        let live = status.borrow().live;
        async move { live }
    })
    .await;
    let (alice, news, group) = (ChatId(2001), ChatId::channel(4001), ChatId::group(301));
    {
        let mut world = bed.sim.world();
        for chat in [alice, news, group] {
            let id = world.post(ACCOUNT, chat, &Draft::text("live message")).unwrap();
            world.edit(
                ACCOUNT,
                chat,
                id,
                &Edit {
                    text: Some("edited live".into()),
                    ..Edit::default()
                },
            );
            let gone = world.post(ACCOUNT, chat, &Draft::text("soon gone")).unwrap();
            world.delete(ACCOUNT, chat, &[gone]);
            world.react(ACCOUNT, chat, id, vec![("\u{2764}".into(), 3)]);
            world.pin(ACCOUNT, chat, id, true);
        }
        world.delete(ACCOUNT, news, &[3, 4]);
    }
    let (store, account) = (node.store.clone(), bed.account);
    eventually("the last changes arrive", LONG, || {
        let store = store.clone();
        async move {
            let query = MessageQuery {
                account,
                chat: group,
                cursor: None,
                topic: None,
                direction: store::Direction::Older,
                limit: 2,
                since: None,
                until: None,
            };
            let page = store.messages(&query).await.unwrap();
            let stats = store.statistics(account).await.unwrap();
            page.messages
                .iter()
                .any(|m| m.pinned && m.content.text == "edited live")
                && stats.deleted == 5
        }
    })
    .await;
    quiet(&bed, &node).await;
    assert_equal(&bed).await;
    node.stop(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attack_is_held_and_a_restart_admits_no_second_share() {
    let mut bed = Bed::new(scenario::check(3, 2000)).await.unwrap();
    bed.log_in().await.unwrap();
    let node = first_run(&mut bed).await;
    let chat = ChatId::channel(4001);
    let victims: Vec<i32> = (1..=100).collect();
    bed.sim.world().delete(ACCOUNT, chat, &victims[..60]);
    let (store, account) = (node.store.clone(), bed.account);
    let held = |expected: i64| {
        let store = store.clone();
        async move { store.statistics(account).await.unwrap().operations_held == expected }
    };
    eventually("the burst is held", LONG, || held(50)).await;
    node.stop(Duration::from_secs(10)).await;
    bed.sim.world().delete(ACCOUNT, chat, &victims[60..]);
    let node = bed.node().await.unwrap();
    eventually("the rest is held too", LONG, || held(90)).await;
    let incidents = store
        .incidents(&IncidentFilter {
            open_only: true,
            ..IncidentFilter::default()
        })
        .await
        .unwrap();
    let deletions: i64 = incidents.iter().map(|i| i.deletions).sum();
    assert_eq!(deletions, 90);
    assert_equal(&bed).await;
    for incident in incidents {
        store.decide_incident(incident.id, true, "test").await.unwrap();
    }
    eventually("the approval is applied", LONG, || held(0)).await;
    assert_eq!(store.statistics(account).await.unwrap().deleted, 100);
    node.stop(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_go_that_nobody_asks_for_any_more() {
    let mut bed = Bed::new(scenario::small(5)).await.unwrap();
    bed.log_in().await.unwrap();
    for epoch in 1..=2 {
        let node = first_run(&mut bed).await;
        let pool = bed.pool().await.unwrap();
        bed.sim
            .world()
            .post(ACCOUNT, ChatId(2001), &Draft::text(format!("of start {epoch}")));
        eventually(
            "batches were applied, and their receipts are gone",
            LONG,
            || async {
                let number = async |sql: &'static str| -> i64 {
                    sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap()
                };
                number("SELECT coalesce(max(n), 0) FROM settled_batches").await > 0
                    && number("SELECT count(*) FROM batches").await == 0
            },
        )
        .await;
        node.stop(Duration::from_secs(10)).await;
    }
}
