//! Logs carry no content (law 11), at the finest level there is.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use model::{ChatId, TestClock};
use telegram_sim::faults::{Action, Rule};
use telegram_sim::scenario::{ACCOUNT, Builder, CODE, PASSWORD, PHONE};
use telegram_sim::world::{Draft, Edit};
use telegram_sim::{Sim, SimConfig, snapshot};
use tests::bed::eventually;
use tests::installation::{Installation, Mode, terminate};

use crate::demo::archive;
use crate::states::says;

const LONG: Duration = Duration::from_mins(2);
const PERSON: ChatId = ChatId(2001);
const CHANNEL: ChatId = ChatId::channel(4001);
/// Titles and names that stand for nothing else.
const NAMES: [&str; 4] = ["Xylophonia", "Quixotry", "Zymurgy", "New title"];

async fn count(installation: &Installation, sql: &'static str) -> i64 {
    let pool = installation.pool().await.unwrap();
    let count = sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap_or(-1);
    pool.close().await;
    count
}

/// Everything that a person said, or is called, and every secret.
fn content(sim: &Sim) -> BTreeSet<String> {
    let truth = snapshot::take(&sim.world(), ACCOUNT);
    let versions = truth.messages.iter().flat_map(|m| &m.versions);
    let texts = versions
        .flat_map(|v| v.text.lines())
        .map(|line| line.chars().take(30).collect());
    let long = |text: &String| text.chars().count() >= 12;
    let mut content: BTreeSet<String> = texts.filter(long).collect();
    assert!(content.len() > 100, "{} texts", content.len());
    content.extend(NAMES.map(str::to_owned));
    content.extend([PHONE, CODE, PASSWORD, "report.pdf", "15551234", "example.org/a"].map(str::to_owned));
    content.extend(["0123456789abcdef0123456789abcdef", "said aloud"].map(str::to_owned));
    content
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_says_what_people_say() {
    // What asks for a state does so in plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut world = Builder::new(51);
    world
        .password(PASSWORD)
        .private(PERSON.0, NAMES[0], 40)
        .group(301, NAMES[1], 4, 30)
        .channel(4001, NAMES[2], true, 60)
        .every_kind(PERSON)
        .every_kind(CHANNEL)
        .avatars(PERSON.0, 2);
    let sim = Sim::start(SimConfig::new(world.build(), Arc::new(TestClock::default())))
        .await
        .unwrap();
    let installation = Installation::new(&archive(), Mode::Node, &sim, "LOG_LEVEL=DEBUG\nDB_ECHO=true")
        .await
        .unwrap();
    let printed = installation.log_in().await.unwrap();
    // On the way everything goes wrong that is told in a log.
    for (n, action) in [Action::Garble(60), Action::CloseAfter, Action::FloodWait(1)]
        .into_iter()
        .enumerate()
    {
        let after = 2 * n as u64;
        sim.faults().add(Rule {
            after,
            ..Rule::once("messages.getHistory", action.clone())
        });
        sim.faults().add(Rule {
            after,
            ..Rule::once("upload.getFile", action)
        });
    }
    let mut running = installation.start("run").unwrap();
    says(&installation, "run", 200, "\"ready\":true").await;
    let done = "SELECT count(*) FROM runs WHERE finished_at IS NOT NULL";
    eventually("the first run ends", LONG, || async {
        count(&installation, done).await > 0
    })
    .await;
    for chat in [PERSON, CHANNEL] {
        let mut world = sim.world();
        let id = world.post(ACCOUNT, chat, &Draft::text("said aloud")).unwrap();
        let text = Some("said aloud in other words".to_owned());
        world.edit(
            ACCOUNT,
            chat,
            id,
            &Edit {
                text,
                ..Edit::default()
            },
        );
        let gone = world.newest(ACCOUNT, chat, 30);
        world.delete(ACCOUNT, chat, &gone[1..]);
    }
    sim.drop_connections(None);
    let held = "SELECT count(*) FROM incidents";
    eventually("the attack is held", LONG, || async {
        count(&installation, held).await > 0
    })
    .await;
    for asked in [
        &["status"][..],
        &["list-chats"],
        &["incidents", "list"],
        &["backup"],
        &["export", "-o", "all.json"],
    ] {
        let answer = installation.ask(asked).await.unwrap();
        let log = String::from_utf8_lossy(&answer.stderr).into_owned();
        let file = installation.folder.path().join(format!("{}.log", asked[0]));
        std::fs::write(file, log).unwrap();
    }
    terminate("run", &mut running).await.unwrap();

    let mut logs = vec![("auth".to_owned(), printed)];
    for entry in std::fs::read_dir(installation.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "log") {
            logs.push((
                path.display().to_string(),
                std::fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    let of_the_run = logs.iter().find(|(name, _)| name.ends_with("/run.log")).unwrap();
    assert!(
        of_the_run.1.matches(" DEBUG ").count() > 5,
        "the finest level: {}",
        of_the_run.1
    );
    for (name, log) in &logs {
        for said in content(&sim) {
            let told = log.lines().find(|line| tells(line, &said));
            assert!(told.is_none(), "{name} tells {said:?}: {told:?}");
        }
    }
}

/// A number that is a piece of another one, such as of how long something took, is not that number.
fn tells(line: &str, said: &str) -> bool {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let is_code = said.chars().all(|c| c.is_ascii_digit());
    line.match_indices(said).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + said.len()..].chars().next();
        !is_code || ![before, after].into_iter().flatten().any(is_number)
    })
}

#[test]
fn a_code_is_told_only_as_a_whole_number() {
    assert!(tells("code=24680 entered", "24680"));
    assert!(tells("24680", "24680"));
    assert!(tells("xhellox", "hello"));
    assert!(!tells("elapsed_secs=0.002246807", "24680"));
    assert!(!tells("elapsed=2.24680ms", "24680"));
}
