//! Live captures that the database refuses: dead letters, and the passes that find again what they told.

use std::time::Duration;

use model::{BoxId, ChatId, PassKind};
use store::NewDeadLetter;
use telegram_sim::scenario::{self, ACCOUNT};
use telegram_sim::world::Draft;
use tests::bed::{Bed, eventually};
use wire::Subject;

use crate::capture::{assert_equal, first_run, quiet};

const LONG: Duration = Duration::from_mins(1);

/// Makes the database refuse rows.
async fn refuse(pool: &sqlx::AnyPool, table: &str, when: &str) {
    let trigger = format!(
        "CREATE TRIGGER refuse_{table} BEFORE INSERT ON {table} WHEN {when}
         BEGIN SELECT RAISE(ABORT, 'refused by the test'); END"
    );
    sqlx::query(sqlx::AssertSqlSafe(trigger))
        .execute(pool)
        .await
        .unwrap();
}

async fn number(pool: &sqlx::AnyPool, sql: &'static str) -> i64 {
    let (number,): (i64,) = sqlx::query_as(sql).fetch_one(pool).await.unwrap();
    number
}

async fn completed(node: &assembly::Node, bed: &Bed, chat: ChatId, letters: usize) {
    let (store, account) = (node.store.clone(), bed.account);
    eventually("a pass of a dead letter is completed", LONG, || {
        let store = store.clone();
        async move {
            let passes = store.passes(account, chat).await.unwrap();
            let mut own = passes.iter().filter(|p| p.kind == PassKind::DeadLetter);
            own.by_ref().filter(|p| p.completed_at.is_some()).count() == letters
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_refuses_of_live_is_found_by_a_pass() {
    let mut bed = Bed::new(scenario::small(4)).await.unwrap();
    bed.log_in().await.unwrap();
    let node = first_run(&mut bed).await;
    let status = node.state.fetcher.clone();
    eventually("the listener follows", LONG, || {
        let live = status.borrow().live;
        async move { live }
    })
    .await;
    let pool = bed.pool().await.unwrap();
    refuse(&pool, "messages", "NEW.text = 'refused' AND NEW.origin = 'live'").await;
    refuse(&pool, "operations", "NEW.source = 'live'").await;
    let (alice, news) = (ChatId(2001), ChatId::channel(4001));
    let pts = "SELECT cast(pts AS bigint) FROM sessions WHERE role = 'fetcher'";
    let before = number(&pool, pts).await;

    // A message, and one beside it that is good.
    for text in ["refused", "good"] {
        bed.sim.world().post(ACCOUNT, alice, &Draft::text(text)).unwrap();
    }
    completed(&node, &bed, alice, 1).await;
    let by_page = "SELECT count(*) FROM messages WHERE text = 'refused' AND origin = 'page'";
    assert_eq!(number(&pool, by_page).await, 1);
    eventually("the update state goes past the letter", LONG, || {
        let pool = pool.clone();
        async move { number(&pool, pts).await >= before + 2 }
    })
    .await;

    // A deletion without a chat, of the newest message there is: no pass has reached it yet.
    let last = bed
        .sim
        .world()
        .post(ACCOUNT, alice, &Draft::text("soon gone"))
        .unwrap();
    eventually("the last message is stored", LONG, || {
        let pool = pool.clone();
        async move { number(&pool, "SELECT count(*) FROM messages WHERE text = 'soon gone'").await == 1 }
    })
    .await;
    bed.sim.world().delete(ACCOUNT, alice, &[last]);
    completed(&node, &bed, alice, 2).await;
    quiet(&bed, &node).await;
    let statistics = node.store.statistics(bed.account).await.unwrap();
    assert_eq!((statistics.deleted, statistics.dead_letters), (1, 2));
    assert_equal(&bed).await;
    node.stop(Duration::from_secs(10)).await;

    // Crashed between the letter and its pass: the next start finds it. It cannot be read, but its subject can.
    let stores = bed.stores().await.unwrap();
    let letter = NewDeadLetter {
        account: Some(bed.account),
        subject: Subject::Live(bed.account, BoxId::Channel(4001)).to_string(),
        body: vec![0xff].into(),
        reason: "unreadable".to_owned(),
        attempts: 1,
    };
    stores.all.store_dead_letter(&letter).await.unwrap();
    let node = bed.node().await.unwrap();
    completed(&node, &bed, news, 1).await;
    assert!(stores.all.lost_letters(bed.account, 10).await.unwrap().is_empty());
    node.stop(Duration::from_secs(10)).await;
}
