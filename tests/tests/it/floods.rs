//! A flood wait of the production binary: shown, and obeyed by the process that follows one that was killed.

use std::sync::Arc;
use std::time::Duration;

use model::TestClock;
use telegram_sim::faults::{Action, Rule};
use telegram_sim::{Sim, SimConfig, scenario};
use tests::bed::eventually;
use tests::installation::{Installation, Mode, terminate};

use crate::demo::archive;

const LONG: Duration = Duration::from_mins(1);

fn calls(sim: &Sim, method: &str) -> u64 {
    sim.counters().calls.get(method).copied().unwrap_or_default()
}

async fn status(installation: &Installation) -> String {
    let output = installation.ask(&["status"]).await.unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_wait_outlives_a_kill_and_is_shown_before_and_after() {
    let world = scenario::small(1);
    let sim = Sim::start(SimConfig::new(world, Arc::new(TestClock::default())))
        .await
        .unwrap();
    let installation = Installation::new(&archive(), Mode::Node, &sim, "").await.unwrap();
    installation.log_in().await.unwrap();
    sim.faults()
        .add(Rule::once("messages.getHistory", Action::FloodWait(3600)));
    let pool = installation.pool().await.unwrap();
    let mut first = installation.start("run").unwrap();
    eventually("the wait is written down", LONG, || async {
        let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM flood_waits")
            .fetch_one(&pool)
            .await
            .unwrap();
        rows > 0
    })
    .await;
    first.kill().await.unwrap();
    let (dialogs, pages) = (
        calls(&sim, "messages.getDialogs"),
        calls(&sim, "messages.getHistory"),
    );
    let shown = status(&installation).await;
    assert!(shown.contains("not running"), "{shown}");
    assert!(
        shown.contains("no calls for pages of history until 20"),
        "{shown}"
    );

    let mut second = installation.start("run").unwrap();
    eventually("it goes on with what it may do", LONG, || async {
        calls(&sim, "messages.getDialogs") > dialogs
            && status(&installation).await.contains("running, flood wait (")
    })
    .await;
    assert_eq!(calls(&sim, "messages.getHistory"), pages, "asked during the wait");
    terminate("run", &mut second).await.unwrap();
}
