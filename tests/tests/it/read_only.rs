//! Reading on storage that is mounted read-only, as a viewer's container has it (F109).

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use model::{ChatId, TestClock};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use telegram_sim::scenario::ACCOUNT;
use telegram_sim::world::Draft;
use telegram_sim::{Sim, SimConfig, scenario};
use tests::bed::eventually;
use tests::installation::{Installation, Mode, terminate};
use tokio::process::{Child, Command};

use crate::demo::archive;

const LONG: Duration = Duration::from_mins(1);
/// Mounts the folder over itself without the right to write, in a namespace of its own; that it is so is tried.
const MOUNTED: &str = r#"
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 98
cd "$1" || exit 98
if touch probe 2>/dev/null; then exit 97; fi
exec "$2" service viewer
"#;

/// Whether this machine lets us mount.
async fn may_mount() -> bool {
    let tried = Command::new("unshare")
        .args(["--mount", "mount", "-t", "tmpfs", "none", "/mnt"])
        .output()
        .await;
    tried.is_ok_and(|o| o.status.success())
}

/// The viewer of a read-only folder, and its log, which lies elsewhere.
struct Reading {
    child: Child,
    log: PathBuf,
}

impl Reading {
    fn start(folder: &Path, logs: &Path, name: &str) -> Self {
        let log = logs.join(name);
        let file = std::fs::File::create(&log).unwrap();
        let child = Command::new("unshare")
            .args(["--mount", "sh", "-c", MOUNTED, "sh"])
            .args([folder, &archive()])
            .env_clear()
            .env(
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            )
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { child, log }
    }

    /// Somebody who is logged in.
    async fn browser(&mut self) -> Browser {
        let log = self.log.clone();
        let address = || {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            let (_, after) = log.split_once("the viewer answers at ")?;
            Some(after.split_whitespace().next()?.to_owned())
        };
        eventually("the viewer answers", LONG, || async { address().is_some() }).await;
        let base = format!("{}/api/v1", address().unwrap());
        let client = Client::builder().no_proxy().build().unwrap();
        let credentials = json!({ "name": "reader", "password": "open sesame" });
        let request = client.post(format!("{base}/session")).json(&credentials);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Browser { client, base, cookie }
    }
}

struct Browser {
    client: Client,
    base: String,
    cookie: String,
}

impl Browser {
    async fn get(&self, path: &str) -> reqwest::Response {
        let url = format!("{}{}", self.base, path.strip_prefix("/api/v1").unwrap_or(path));
        let answer = self
            .client
            .get(url)
            .header("cookie", &self.cookie)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer
    }

    async fn json(&self, path: &str) -> Value {
        self.get(path).await.json().await.unwrap()
    }

    /// Reads every chat, one text by search, and every kept file; how many messages and files that were.
    async fn read_all(&self) -> (usize, usize) {
        let session = self.json("/session").await;
        assert_eq!(session["read_only"], true);
        let (mut messages, mut files, mut searched) = (0, 0, false);
        for chat in self.json("/accounts/1/chats").await["chats"].as_array().unwrap() {
            let of = format!("/accounts/1/chats/{}", chat["id"]);
            let window = self.json(&format!("{of}/messages?limit=100")).await;
            for message in window["messages"].as_array().unwrap() {
                messages += 1;
                for media in message["media"].as_array().unwrap() {
                    if media["state"] != "stored" {
                        continue;
                    }
                    let bytes = self
                        .get(media["url"].as_str().unwrap())
                        .await
                        .bytes()
                        .await
                        .unwrap();
                    assert_eq!(json!(bytes.len()), media["size"], "{of}");
                    files += 1;
                }
                let word = message["text"].as_str().unwrap().split_whitespace().next();
                let plain = word.filter(|w| w.len() > 3 && w.chars().all(char::is_alphabetic));
                if let (Some(word), false) = (plain, searched) {
                    let found = self.json(&format!("/accounts/1/search?q={word}")).await;
                    assert!(!found["hits"].as_array().unwrap().is_empty(), "{word}: {found}");
                    searched = true;
                }
            }
        }
        assert!(searched, "a message with a word");
        (messages, files)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_reads_from_storage_that_is_mounted_read_only() {
    if !may_mount().await {
        eprintln!(
            "NOT TESTED: nothing can be mounted here, so reading from read-only storage was not tried (needs root)"
        );
        return;
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = SimConfig::new(scenario::small(41), Arc::new(TestClock::default()));
    let sim = Sim::start(config).await.unwrap();
    let login = "VIEWER_USERNAME=reader\nVIEWER_PASSWORD=open sesame\n";
    let installation = Installation::new(&archive(), Mode::Node, &sim, login)
        .await
        .unwrap();
    installation.log_in().await.unwrap();
    let logs = tempfile::tempdir().unwrap();
    let folder = installation.folder.path();
    assert!(installation.ask(&["backup"]).await.unwrap().status.success());

    // Nothing else runs: the database is one file.
    let mut reading = Reading::start(folder, logs.path(), "alone");
    let (messages, files) = reading.browser().await.read_all().await;
    assert!(messages > 50 && files > 5, "{messages} messages, {files} files");
    terminate("the viewer", &mut reading.child).await.unwrap();

    // Beside the archive, which writes on: what is new is read.
    let mut running = installation.start("run").unwrap();
    let settled = || async {
        let output = installation.ask(&["healthcheck"]).await.unwrap();
        output.status.success()
    };
    eventually("the archive runs", LONG, settled).await;
    let mut reading = Reading::start(folder, logs.path(), "beside");
    let browser = reading.browser().await;
    let found =
        async |word: &str| browser.json(&format!("/accounts/1/search?q={word}")).await["total"].clone();
    assert_eq!(found("unheardof").await, 0);
    let said = Draft::text("something unheardof");
    sim.world().post(ACCOUNT, ChatId(2001), &said).unwrap();
    eventually("what is new is found", LONG, || async {
        found("unheardof").await == 1
    })
    .await;

    // A crash leaves what was not yet moved into the file: it is read all the same, by one who comes then, too.
    running.kill().await.unwrap();
    assert_eq!(found("unheardof").await, 1);
    terminate("the viewer", &mut reading.child).await.unwrap();
    let mut reading = Reading::start(folder, logs.path(), "after a crash");
    let browser = reading.browser().await;
    let after = browser.json("/accounts/1/search?q=unheardof").await;
    assert_eq!(after["total"], 1);
    browser.read_all().await;
    terminate("the viewer", &mut reading.child).await.unwrap();
}
