//! The command line as a user has it: logging in, what is refused and why, what a signal leaves behind.

use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use model::TestClock;
use serde_json::Value;
use telegram_sim::scenario::{self, ACCOUNT, CODE, PASSWORD};
use telegram_sim::snapshot;
use telegram_sim::world::{Draft, Edit};
use telegram_sim::{Sim, SimConfig};
use tests::bed::eventually;
use tests::installation::{Installation, Mode};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, Command};

use crate::demo::archive;

const LONG: Duration = Duration::from_mins(1);

async fn sim(seed: u64) -> Sim {
    let clock = Arc::new(TestClock::default());
    Sim::start(SimConfig::new(scenario::small(seed), clock))
        .await
        .unwrap()
}

/// A folder with this `.env`, and nothing that could be spoken to.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(env: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env"), env).unwrap();
        Self(folder)
    }

    async fn ask(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = Command::new(archive())
            .args(arguments)
            .current_dir(self.0.path())
            .env_clear()
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(LONG, output).await.unwrap().unwrap();
        (output.status.code(), told(&output))
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const CREDENTIALS: &str = "TELEGRAM_API_ID=12345\nTELEGRAM_API_HASH=0123456789abcdef0123456789abcdef\n\
    TELEGRAM_PHONE=+1234567890\nBACKUP_PATH=data/backups\nADMIN_ADDRESS=127.0.0.1:0\n";

#[tokio::test]
async fn without_credentials_nothing_begins() {
    let folder = Folder::new("TELEGRAM_API_ID=12345\nBACKUP_PATH=data/backups\n");
    for command in ["run", "backup", "auth"] {
        let (code, told) = folder.ask(&[command]).await;
        assert_eq!(code, Some(1), "{command}: {told}");
        for words in [
            "missing: TELEGRAM_API_HASH, TELEGRAM_PHONE.",
            "https://my.telegram.org/apps",
            "  TELEGRAM_PHONE=+1234567890",
        ] {
            assert!(told.contains(words), "{command}: {told}");
        }
    }
    assert!(!folder.0.path().join("data").exists(), "nothing was made");
}

#[tokio::test]
async fn a_cluster_without_the_sessions_key_is_refused_with_the_way_out() {
    let cluster = format!(
        "{CREDENTIALS}NATS_URL=nats://127.0.0.1:1\nDATABASE_URL=postgresql://nobody:none@127.0.0.1:1/none\n"
    );
    for command in [
        &["service", "fetcher"][..],
        &["service", "media-downloader"],
        &["auth"],
    ] {
        let folder = Folder::new(&cluster);
        let (code, told) = folder.ask(command).await;
        assert_eq!(code, Some(1), "{command:?}: {told}");
        assert!(
            told.contains("SESSION_ENCRYPTION_KEY") && told.contains("openssl rand -base64 32"),
            "{command:?}: {told}"
        );
        assert!(!folder.0.path().join("data/session").exists(), "no key was made");
    }
}

#[tokio::test]
async fn a_malformed_key_fails_at_start() {
    let folder = Folder::new(&format!("{CREDENTIALS}SESSION_ENCRYPTION_KEY=hidden\n"));
    let (code, told) = folder.ask(&["run"]).await;
    assert_eq!(code, Some(2), "{told}");
    assert!(
        told.contains("SESSION_ENCRYPTION_KEY") && !told.contains("hidden"),
        "{told}"
    );

    let folder = Folder::new(CREDENTIALS);
    let session = folder.0.path().join("data/session");
    std::fs::create_dir_all(&session).unwrap();
    std::fs::write(session.join("telegram_backup.key"), "half a ke").unwrap();
    for command in ["run", "backup", "auth", "config"] {
        let (code, told) = folder.ask(&[command]).await;
        assert_eq!(code, Some(1), "{command}: {told}");
        assert!(told.contains("telegram_backup.key"), "{command}: {told}");
    }
}

#[tokio::test]
async fn config_looks_at_what_is_used_later() {
    let other = format!("{CREDENTIALS}TELEGRAM_DC_ADDRESS=127.0.0.1:4430\n");
    let (code, told) = Folder::new(&other).ask(&["config"]).await;
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("TELEGRAM_DC_RSA_KEY_FILE: is needed"), "{told}");
    assert!(told.contains("Example: TELEGRAM_DC_RSA_KEY_FILE="), "{told}");

    let folder = Folder::new(&format!("{other}TELEGRAM_DC_RSA_KEY_FILE=rsa.pem\n"));
    let (code, told) = folder.ask(&["config"]).await;
    assert!(
        code == Some(1) && told.contains("`rsa.pem` cannot be read"),
        "{told}"
    );
    std::fs::write(folder.0.path().join("rsa.pem"), "no key").unwrap();
    let (code, told) = folder.ask(&["config"]).await;
    assert!(
        code == Some(1) && told.contains("`rsa.pem` holds no public RSA key"),
        "{told}"
    );

    let (code, told) = Folder::new(&format!("{CREDENTIALS}SCHEDULE=daily\n"))
        .ask(&["config"])
        .await;
    assert!(
        code == Some(2) && told.contains("SCHEDULE (.env): `daily`"),
        "{told}"
    );
    let (code, told) = Folder::new(CREDENTIALS).ask(&["config"]).await;
    assert_eq!(code, Some(0), "{told}");
}

#[tokio::test]
async fn what_only_reads_makes_no_archive() {
    let folder = Folder::new(CREDENTIALS);
    for command in [
        &["status"][..],
        &["stats"],
        &["list-chats"],
        &["coverage"],
        &["export", "-o", "out.json"],
        &["incidents", "list"],
        &["dlq", "list"],
    ] {
        let (code, told) = folder.ask(command).await;
        assert_eq!(code, Some(1), "{command:?}: {told}");
        assert!(told.contains("there is no archive yet"), "{command:?}: {told}");
    }
    assert!(!folder.0.path().join("data").exists(), "something was made");
}

/// `auth`, talked to.
struct Auth {
    child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Auth {
    fn start(installation: &Installation, arguments: &[&str]) -> Self {
        let mut child = installation
            .command(&[&["auth"], arguments].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, input, lines }
    }

    async fn says(&mut self, words: &str) -> String {
        let mut all = String::new();
        let found = async {
            loop {
                let line = self.lines.next_line().await.unwrap();
                let line = line.unwrap_or_else(|| panic!("it ended without `{words}`: {all}"));
                if line.contains(words) {
                    return line;
                }
                all.push_str(&line);
                all.push('\n');
            }
        };
        tokio::time::timeout(LONG, found)
            .await
            .unwrap_or_else(|_| panic!("no `{words}` in time"))
    }

    async fn types(&mut self, text: &str) {
        self.input
            .write_all(format!("{text}\n").as_bytes())
            .await
            .unwrap();
    }

    async fn ends(mut self) -> Option<i32> {
        drop(self.input);
        let ended = tokio::time::timeout(LONG, self.child.wait()).await;
        ended.unwrap().unwrap().code()
    }

    async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args([name, &id]).status().await.unwrap();
        assert!(sent.success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_has_expired_is_sent_anew() {
    let sim = sim(41).await;
    let installation = Installation::new(&archive(), Mode::Node, &sim, "").await.unwrap();
    let mut auth = Auth::start(&installation, &[]);
    auth.says("Telegram sent a code").await;
    sim.world().accounts.get_mut(&ACCOUNT).unwrap().code_expired = true;
    auth.types(CODE).await;
    auth.says("a new one is on its way").await;
    auth.says("Telegram sent a code").await;
    sim.world().accounts.get_mut(&ACCOUNT).unwrap().code_expired = false;
    auth.types(CODE).await;
    auth.says("Two-factor password").await;
    auth.types(PASSWORD).await;
    assert_eq!(auth.ends().await, Some(0));
    assert_eq!(sim.authorizations().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanned_code_logs_in() {
    let sim = sim(42).await;
    let installation = Installation::new(&archive(), Mode::Node, &sim, "").await.unwrap();
    let mut auth = Auth::start(&installation, &["--qr"]);
    auth.says("Scan it with Telegram").await;
    assert_eq!(sim.scan_login_tokens(ACCOUNT), 1);
    auth.says("Two-factor password").await;
    auth.types("not it").await;
    auth.says("try again").await;
    auth.types(PASSWORD).await;
    assert_eq!(auth.ends().await, Some(0));
    let backup = installation.ask(&["backup"]).await.unwrap();
    assert!(backup.status.success(), "{}", told(&backup));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_keeps_the_account_while_somebody_types_and_frees_it_when_it_is_ended() {
    let sim = sim(43).await;
    let installation = Installation::new(&archive(), Mode::Node, &sim, "").await.unwrap();
    let pool = async || tests::installation::pool(&installation.database()).await.unwrap();
    for signal in ["-TERM", "-INT"] {
        let mut auth = Auth::start(&installation, &[]);
        auth.says("Telegram sent a code").await;
        let expires = async || -> i64 {
            sqlx::query_scalar("SELECT expires_at FROM leases WHERE role = 'fetcher'")
                .fetch_one(&pool().await)
                .await
                .unwrap()
        };
        if signal == "-TERM" {
            let first = expires().await;
            eventually("the lease is renewed", LONG, || async { expires().await > first }).await;
            let backup = installation.ask(&["backup"]).await.unwrap();
            let told = told(&backup);
            assert_eq!(backup.status.code(), Some(1), "{told}");
            assert!(told.contains("another process owns this account"), "{told}");
        }
        auth.signal(signal).await;
        auth.says("stopped before it was done").await;
        assert_eq!(auth.ends().await, Some(1));
    }
    // At once: nothing waits for a lease to end.
    installation.log_in().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_without_log_in_says_so() {
    let sim = sim(44).await;
    let installation = Installation::new(&archive(), Mode::Node, &sim, "").await.unwrap();
    let session = installation.folder.path().join("data/session");
    std::fs::create_dir_all(&session).unwrap();
    std::fs::write(session.join("telegram_backup.session"), "SQLite format 3").unwrap();
    let backup = installation.ask(&["backup"]).await.unwrap();
    assert_eq!(backup.status.code(), Some(1), "{}", told(&backup));
    assert!(
        told(&backup).contains("telegram-archive auth"),
        "{}",
        told(&backup)
    );

    let printed = installation.log_in().await.unwrap();
    assert!(
        printed.contains("telegram_backup.session is a session of Telethon"),
        "{printed}"
    );
    let left = std::fs::read_to_string(session.join("telegram_backup.session")).unwrap();
    assert_eq!(left, "SQLite format 3");
    let backup = installation.ask(&["backup"]).await.unwrap();
    assert!(backup.status.success(), "{}", told(&backup));
    // A quick one ends before it has counted.
    assert!(
        told(&backup).contains("reading the list of chats") || told(&backup).contains("chats, "),
        "a line of progress: {}",
        told(&backup)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_told_to_end_does_so_in_order() {
    let sim = sim(45).await;
    let installation = Installation::new(&archive(), Mode::Node, &sim, "").await.unwrap();
    installation.log_in().await.unwrap();
    sim.faults().add(telegram_sim::faults::Rule::every(
        "messages.getHistory",
        1,
        telegram_sim::faults::Action::Delay(2_000),
    ));
    let child = installation
        .command(&["backup"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    eventually("it reads", LONG, async || {
        sim.counters().calls.contains_key("messages.getHistory")
    })
    .await;
    let id = child.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .await
            .unwrap()
            .success()
    );
    let output = tokio::time::timeout(LONG, child.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", told(&output));
    assert!(
        told(&output).contains("goes on where this one ended"),
        "{}",
        told(&output)
    );
    sim.faults().clear();
    let backup = installation.ask(&["backup"]).await.unwrap();
    assert!(backup.status.success(), "{}", told(&backup));
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one archive is asked in many ways")]
async fn an_export_has_all_that_is_archived_and_nothing_outside_of_its_days() {
    let sim = sim(46).await;
    let installation = Installation::new(&archive(), Mode::Node, &sim, "DB_ECHO=true\nVIEWER_TIMEZONE=UTC")
        .await
        .unwrap();
    installation.log_in().await.unwrap();
    let backup = installation.ask(&["backup"]).await.unwrap();
    assert!(backup.status.success(), "{}", told(&backup));
    let alice = model::ChatId(2001);
    let edited = {
        let mut world = sim.world();
        let id = world
            .post(ACCOUNT, alice, &Draft::text("words as they were"))
            .unwrap();
        drop(world);
        id
    };
    assert!(installation.ask(&["backup"]).await.unwrap().status.success());
    sim.world().edit(
        ACCOUNT,
        alice,
        edited,
        &Edit {
            text: Some("words as they are".into()),
            ..Edit::default()
        },
    );
    let echoed = installation.ask(&["backup"]).await.unwrap();
    assert!(echoed.status.success(), "{}", told(&echoed));
    assert!(told(&echoed).contains("sqlx::query"), "statements are shown");
    assert!(
        !told(&echoed).contains("words as they"),
        "without what stands in them"
    );

    let export = async |arguments: &[&str]| -> Value {
        let arguments = [&["export", "-o", "out/archive.json"], arguments].concat();
        let output = installation.ask(&arguments).await.unwrap();
        assert!(output.status.success(), "{}", told(&output));
        let text = std::fs::read(installation.folder.path().join("out/archive.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    let all = export(&[]).await;
    let truth = snapshot::take(&sim.world(), ACCOUNT);
    assert_eq!(all["statistics"]["messages"], truth.messages.len());
    assert!(
        all["export_date"].as_str().unwrap().ends_with('Z'),
        "{}",
        all["export_date"]
    );
    let chats = all["chats"].as_array().unwrap();
    assert_eq!(all["statistics"]["chats"], chats.len());
    let messages = |chat: i64| -> &Vec<Value> {
        let chat = chats.iter().find(|c| c["chat"]["id"] == chat).unwrap();
        chat["messages"].as_array().unwrap()
    };
    let message = messages(2001).iter().find(|m| m["id"] == edited).unwrap();
    assert_eq!(message["text"], "words as they are");
    let versions = message["versions"].as_array().unwrap();
    let texts: Vec<&str> = versions.iter().map(|v| v["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["words as they were", "words as they are"]);
    assert!(
        versions
            .iter()
            .all(|v| v["kind"] == "text" && v["entities"].is_array()),
        "{versions:?}"
    );
    let group = messages(-301);
    assert!(
        group
            .iter()
            .any(|m| m["sender_name"].as_str().is_some_and(|n| !n.is_empty())),
        "{group:?}"
    );

    // The day of one message: other chats stay outside, and so does every other day.
    let date = message["date"].as_i64().unwrap();
    let day = jiff::Timestamp::from_second(date)
        .unwrap()
        .strftime("%Y-%m-%d")
        .to_string();
    let one = export(&["-s", &day, "-e", &day]).await;
    let first = date.div_euclid(86_400) * 86_400;
    let mut count = 0;
    for chat in one["chats"].as_array().unwrap() {
        let messages = chat["messages"].as_array().unwrap();
        assert!(!messages.is_empty(), "{} has no messages", chat["chat"]);
        for message in messages {
            assert!((first..first + 86_400).contains(&message["date"].as_i64().unwrap()));
            count += 1;
        }
    }
    let on_that_day = |c: &Value| {
        let dates = c["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["date"].as_i64().unwrap());
        dates.filter(|d| (first..first + 86_400).contains(d)).count()
    };
    assert_eq!(count, chats.iter().map(on_that_day).sum::<usize>());
    assert_eq!(one["statistics"]["messages"], count);
    assert_eq!(
        export(&["-s", "1999-01-01", "-e", "1999-01-02"]).await["chats"],
        serde_json::json!([])
    );
}
