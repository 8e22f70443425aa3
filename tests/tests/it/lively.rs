//! The demo: its world, its life and its attack, in the archive as they are.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use model::{ChatId, Clock as _};
use telegram_sim::lively::remembered;
use telegram_sim::memory::{Memory, Origin};
use telegram_sim::scenario::ACCOUNT;
use telegram_sim::scenario::demo::{ATTACK, Deed, demo, version};
use telegram_sim::snapshot::{self, Snapshot};
use tests::bed::{Bed, eventually};
use tests::compare::{Comparison, Expectations, compare};
use tests::installation::{pool, terminate};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};

use crate::demo::archive;

const LONG: Duration = Duration::from_mins(1);
/// Messages of the largest chat; the others have no more.
const LONGEST: usize = 30;
/// What a bed does not archive.
const BOT: ChatId = ChatId(7_400_000_031);

/// Until the archive equals the truth.
async fn settled(bed: &Bed, media: bool) -> Comparison {
    let begin = std::time::Instant::now();
    loop {
        let found = compared(bed, media).await;
        if found.differences.is_empty() {
            return found;
        }
        assert!(begin.elapsed() < LONG, "{:#?}", found.differences);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn compared(bed: &Bed, media: bool) -> Comparison {
    let mut truth = snapshot::take(&bed.sim.world(), ACCOUNT);
    truth.messages.retain(|m| m.chat != BOT.0);
    let expect = Expectations {
        media,
        ..Expectations::default()
    };
    let mut database = bed.pool().await.unwrap().acquire().await.unwrap();
    compare(&mut database, &bed.folder.path().join("media"), &truth, &expect)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_archived_as_it_is_and_its_attack_is_held() {
    let now = model::SystemClock.now_unix() as i32;
    let (world, mut life) = demo(1, now, LONGEST);
    let mut bed = Bed::new(world).await.unwrap();
    bed.log_in().await.unwrap();
    let node = bed.node().await.unwrap();
    let (store, account, status) = (node.store.clone(), bed.account, node.state.fetcher.clone());
    eventually("the first run ends, and the listener follows", LONG, || {
        let (store, status) = (store.clone(), status.clone());
        async move {
            let runs = store.runs(account, 1).await.unwrap();
            let done = runs.first().is_some_and(|r| r.finished_at.is_some());
            done && status.borrow().live
        }
    })
    .await;
    let nothing_wanted = || {
        let store = store.clone();
        async move { store.statistics(account).await.unwrap().media_wanted == 0 }
    };
    eventually("every file is here", LONG, nothing_wanted).await;
    let built = settled(&bed, true).await;
    assert!(built.messages > 450 && built.media > 80, "{built:?}");
    for deed in std::iter::repeat_n(Deed::Step, 120).chain([Deed::Attack]) {
        let mut world = bed.sim.world();
        let at = world.now();
        life.act(&mut world, deed, at);
    }
    // A bed leaves the files of what is new to its next run.
    let result = settled(&bed, false).await;
    assert!(result.messages > built.messages + 70, "{result:?}");
    // The guard admits ten in a while, of what people do and of the attack.
    assert!((ATTACK - 10..=ATTACK).contains(&result.held), "{result:?}");
    assert!(bed.sim.counters().unknown.is_empty(), "{:?}", bed.sim.counters());
    node.stop(Duration::from_secs(10)).await;
}

/// Messages of the largest chat of a demo that is run as a program.
const LARGEST: usize = 20;

/// `make demo` in a folder of its own.
struct Demo {
    child: tokio::process::Child,
    lines: Lines<BufReader<tokio::process::ChildStdout>>,
}

impl Demo {
    fn start(folder: &Path) -> Self {
        let binaries = archive().parent().unwrap().to_owned();
        let mut child = tokio::process::Command::new(binaries.join("demo"))
            .args(["--messages", &LARGEST.to_string(), "--port", "0"])
            .arg("--binaries")
            .arg(&binaries)
            .arg("--folder")
            .arg(folder)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    async fn says(&mut self, words: &str) {
        let heard = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                if line.contains(words) {
                    return;
                }
            }
            panic!("the demo ended without a word of `{words}`");
        };
        tokio::time::timeout(LONG, heard).await.unwrap();
    }

    async fn stop(mut self) {
        terminate("demo", &mut self.child).await.unwrap();
    }
}

/// The history so far, told by what the simulator remembers, from a copy: it is being written.
fn remembered_now(folder: &Path) -> (Snapshot, usize) {
    let copy = tempfile::tempdir().unwrap();
    for name in ["origin.json", "deeds"] {
        std::fs::copy(folder.join("telegram").join(name), copy.path().join(name)).unwrap();
    }
    // The same version as the program's, else it is refused: `make test` builds it before the tests.
    let origin = Origin {
        seed: 1,
        longest: LARGEST,
        version: version(),
        born: 0,
    };
    let mut memory = Memory::open(copy.path(), origin).unwrap();
    let deeds = memory.deeds().unwrap().len();
    let (world, _) = remembered(&mut memory).unwrap();
    (snapshot::take(&world, ACCOUNT), deeds)
}

/// Waits for so many deeds and a moment in which the archive has them all.
async fn equal_after(folder: &Path, deeds: usize) -> usize {
    let begin = std::time::Instant::now();
    loop {
        let (truth, done) = remembered_now(folder);
        let database = folder.join("backups/telegram_backup.db");
        let pool = pool(&format!("sqlite://{}", database.display())).await.unwrap();
        let expect = Expectations {
            media: true,
            ..Expectations::default()
        };
        let mut database = pool.acquire().await.unwrap();
        let found = compare(&mut database, &folder.join("backups/media"), &truth, &expect)
            .await
            .unwrap();
        drop(database);
        pool.close().await;
        if done >= deeds && found.differences.is_empty() {
            return done;
        }
        assert!(begin.elapsed() < LONG, "{done} deeds, {:#?}", found.differences);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_of_the_demo_goes_on_with_the_same_history() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Demo::start(folder.path());
    demo.says("from now on it follows live").await;
    let before = equal_after(folder.path(), 2).await;
    demo.stop().await;
    let authorized = std::fs::read(folder.path().join("telegram/authorizations.json")).unwrap();
    let mut demo = Demo::start(folder.path());
    demo.says("from now on it follows live").await;
    equal_after(folder.path(), before + 2).await;
    demo.stop().await;
    let again = std::fs::read(folder.path().join("telegram/authorizations.json")).unwrap();
    assert_eq!(again, authorized, "nobody had to log in again");
}
