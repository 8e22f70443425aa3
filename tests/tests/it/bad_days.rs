//! Something that everybody needs is away for long, forgets, or is full: in the end the archive equals the world.

use std::time::Duration;

use anyhow::Context as _;
use model::ChatId;
use store::Statistics;
use telegram_sim::scenario::{self, ACCOUNT};
use telegram_sim::snapshot;
use telegram_sim::world::{DocumentKind, Draft, Edit, Media};
use tests::bed::{Bed, LEASE, Process, eventually};
use tests::installation::Mode;
use tests::settle::{Past, at_rest, settle};

use crate::capture::LONG;

const ALICE: ChatId = ChatId(2001);
const GROUP: ChatId = ChatId::group(301);
const NEWS: ChatId = ChatId::channel(4001);
const CHATS: [ChatId; 3] = [ALICE, GROUP, NEWS];
/// Longer than any delay with which anybody tries again: a message on the bus ([`bus::RunOptions::max_backoff`], 30 s), a
/// connection to the database (30 s), a batch without a receipt (a minute), a lease.
const OUTAGE: Duration = Duration::from_secs(65);

/// Waits until what is held says so.
pub(crate) async fn holds(bed: &mut Bed, what: &str, says: impl Fn(&Statistics) -> bool) {
    let (store, account) = (bed.stores().await.unwrap().all, bed.account);
    eventually(what, LONG, || {
        let store = store.clone();
        let says = &says;
        async move { store.statistics(account).await.is_ok_and(|s| says(&s)) }
    })
    .await;
}

/// Waits until the history is here and live messages come.
pub(crate) async fn follows(bed: &mut Bed, running: &[Process]) {
    let (store, account) = (bed.stores().await.unwrap().all, bed.account);
    eventually("the first run ends", LONG, || {
        let store = store.clone();
        async move {
            let runs = store.runs(account, 1).await.unwrap_or_default();
            runs.first().is_some_and(|r| r.finished_at.is_some())
        }
    })
    .await;
    let owner = running.iter().find(|p| matches!(p.name, "node" | "fetcher"));
    let status = owner.unwrap().node().state.fetcher.clone();
    eventually("the listener follows", LONG, || {
        let live = status.borrow().live;
        async move { live }
    })
    .await;
}

/// A little of everything, in every chat: a message, an edit of it, and the deletion of the one before.
fn talk(bed: &Bed, n: usize) {
    let mut world = bed.sim.world();
    for chat in CHATS {
        let id = world
            .post(ACCOUNT, chat, &Draft::text(format!("said {n}")))
            .unwrap();
        let edit = Edit {
            text: Some(format!("meant {n}")),
            ..Edit::default()
        };
        world.edit(ACCOUNT, chat, id, &edit);
        let before = world.newest(ACCOUNT, chat, 2)[1];
        world.delete(ACCOUNT, chat, &[before]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_a_guard_holds_nothing_up_and_nothing_back() {
    let mut bed = Bed::with(scenario::small(11), Mode::Cluster).await.unwrap();
    bed.log_in().await.unwrap();
    let mut running = bed.all().await.unwrap();
    follows(&mut bed, &running).await;
    let mut past = at_rest(&mut bed, &running).await.unwrap();
    let morning = snapshot::take(&bed.sim.world(), ACCOUNT);
    let guard = running.iter().position(|p| p.name == "rate-limiter").unwrap();
    running.remove(guard).crash();
    let store = bed.stores().await.unwrap().all;
    let before = store.statistics(bed.account).await.unwrap();
    for n in 0..12 {
        talk(&bed, n);
        let said = before.messages + 3 * (n as i64 + 1);
        holds(&mut bed, "new messages come in without a guard", |s| {
            s.messages >= said
        })
        .await;
        if n == 0 {
            // Nobody was away but the guard: everything was told. Leaps of the clock may cost a connection.
            let evening = snapshot::take(&bed.sim.world(), ACCOUNT);
            past.witnessed.told(&morning, &evening);
        }
        // Minutes pass in steps that leases survive.
        for _ in 0..15 {
            bed.clock.advance(Duration::from_secs(20));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    let waiting = store.statistics(bed.account).await.unwrap();
    assert_eq!(waiting.deleted, before.deleted, "no verdict, no change");
    assert!(waiting.operations_pending >= 36, "{waiting:?}");
    running.push(bed.process("rate-limiter").await.unwrap());
    holds(&mut bed, "every operation has its verdict", |s| {
        s.operations_pending == 0
    })
    .await;
    let judged = store.statistics(bed.account).await.unwrap();
    assert_eq!(
        judged.operations_held, 0,
        "three operations in five minutes are no attack, whenever they are judged"
    );
    settle(&mut bed, &running, &past).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_for_longer_than_every_delay_costs_nothing() {
    let mut bed = Bed::with_own_postgres(scenario::small(12)).await.unwrap();
    bed.log_in().await.unwrap();
    let running = bed.all().await.unwrap();
    follows(&mut bed, &running).await;
    let past = at_rest(&mut bed, &running).await.unwrap();
    bed.servers.as_mut().unwrap().postgres.stop().await.unwrap();
    let owner = running.iter().find(|p| p.name == "fetcher").unwrap();
    let state = owner.node().state.fetcher.clone();
    let gone = std::time::Instant::now();
    let mut n = 0;
    while gone.elapsed() < OUTAGE {
        talk(&bed, n);
        n += 1;
        tokio::time::sleep(OUTAGE / 10).await;
        bed.clock.advance(LEASE / 2);
    }
    let shown = state.borrow().clone();
    assert!(
        shown.state == "waiting" && shown.reason.is_some(),
        "a state that a person can read: {shown:?}"
    );
    bed.servers
        .as_mut()
        .unwrap()
        .postgres
        .start_again()
        .await
        .unwrap();
    settle(&mut bed, &running, &past).await.unwrap();
    assert_eq!(state.borrow().state, "ready");
}

/// What the broker acknowledged since its copy was made is forgotten, and what was done comes again.
#[tokio::test(flavor = "multi_thread")]
async fn a_broker_put_back_to_an_older_state_under_load_costs_nothing() {
    let mut bed = Bed::with(scenario::small(13), Mode::Cluster).await.unwrap();
    bed.log_in().await.unwrap();
    let running = bed.all().await.unwrap();
    follows(&mut bed, &running).await;
    let past = at_rest(&mut bed, &running).await.unwrap();
    talk(&bed, 0);
    let copy = tempfile::tempdir().unwrap();
    let copy = copy.path().join("data");
    let servers = bed.servers.as_mut().unwrap();
    let data = servers.nats.data_dir();
    servers.nats.stop().await.unwrap();
    copied(&data, &copy).unwrap();
    servers.nats.start_again().await.unwrap();
    for n in 1..6 {
        talk(&bed, n);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let servers = bed.servers.as_mut().unwrap();
    servers.nats.kill().await.unwrap();
    for n in 6..9 {
        talk(&bed, n);
    }
    std::fs::remove_dir_all(&data).unwrap();
    copied(&copy, &data).unwrap();
    bed.servers.as_mut().unwrap().nats.start_again().await.unwrap();
    for n in 9..12 {
        talk(&bed, n);
    }
    settle(&mut bed, &running, &past).await.unwrap();
}

fn copied(from: &std::path::Path, to: &std::path::Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copied(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target).context("a file of the broker's")?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn more_files_than_the_queue_holds_are_all_fetched() {
    let mut world = scenario::small(14);
    for n in 0..60 {
        let file = world.another_file(2_000 + n);
        let media = Media::Document {
            file,
            mime: "application/octet-stream".to_owned(),
            name: Some(format!("file {n}.bin")),
            kind: DocumentKind::Plain,
        };
        let draft = Draft {
            media: Some(media),
            ..Draft::text("a file")
        };
        world.post(ACCOUNT, ALICE, &draft);
    }
    let mut bed = Bed::new(world).await.unwrap();
    bed.limits.messages = 2;
    bed.limits.publish_wait = Duration::from_millis(50);
    bed.log_in().await.unwrap();
    let running = bed.all().await.unwrap();
    let compared = settle(&mut bed, &running, &Past::default()).await.unwrap();
    assert!(compared.media > 60, "{compared:?}");
}
