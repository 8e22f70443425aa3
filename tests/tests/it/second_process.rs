//! While the archive runs, every other command goes to it: a second process connects to nothing (law 8).

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use model::TestClock;
use telegram_sim::scenario::{self, CODE, PASSWORD};
use telegram_sim::{Sim, SimConfig};
use tests::bed::eventually;
use tests::installation::{Installation, Mode, terminate};

use crate::demo::archive;

const LONG: Duration = Duration::from_mins(1);

/// A server that counts who connects, and answers nothing.
fn trap() -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            drop(connection);
        }
    });
    (address, count)
}

async fn state(installation: &Installation) -> String {
    let output = installation.ask(&["status", "--json"]).await.unwrap();
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    status["running"]["state"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_go_to_the_running_archive_and_log_it_in() {
    let clock = Arc::new(TestClock::default());
    let sim = Sim::start(SimConfig::new(scenario::small(4), clock))
        .await
        .unwrap();
    let installation = Installation::new(&archive(), Mode::Node, &sim, "").await.unwrap();
    let mut running = installation.start("run").unwrap();
    eventually("it says that a log-in is required", LONG, || async {
        state(&installation).await == "login required"
    })
    .await;
    let refused = installation.ask(&["healthcheck"]).await.unwrap();
    assert!(!refused.status.success());

    // From here on a second process that connects by itself falls into the trap.
    let (address, connected) = trap();
    let env = installation.folder.path().join(".env");
    let text = std::fs::read_to_string(&env).unwrap();
    let trapped: Vec<String> = text
        .lines()
        .map(|line| match line.strip_prefix("TELEGRAM_DC_ADDRESS=") {
            Some(_) => format!("TELEGRAM_DC_ADDRESS={address}"),
            None => line.to_owned(),
        })
        .collect();
    std::fs::write(&env, trapped.join("\n")).unwrap();

    let printed = installation.log_in().await.unwrap();
    assert!(printed.contains("the archive is running"), "{printed}");
    assert!(
        !printed.contains(CODE) && !printed.contains(PASSWORD),
        "{printed}"
    );
    eventually("it works", LONG, || async {
        state(&installation).await == "ready"
    })
    .await;
    let backup = installation.ask(&["backup"]).await.unwrap();
    assert!(backup.status.success(), "{backup:?}");
    for command in [
        &["status"][..],
        &["stats"],
        &["list-chats"],
        &["coverage"],
        &["incidents", "list"],
        &["dlq", "list"],
        &["dlq", "redrive"],
        &["export", "-o", "export.json"],
        &["config"],
        &["healthcheck"],
        &["auth"],
    ] {
        let output = installation.ask(command).await.unwrap();
        assert!(output.status.success(), "{command:?}: {output:?}");
    }
    for command in ["approve", "reject"] {
        let output = installation.ask(&["incidents", command, "4711"]).await.unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            told.contains("there is no open incident 4711"),
            "{command}: {told}"
        );
    }
    // Another server than Telegram is told, also where the running archive does the work.
    let elsewhere = installation
        .command(&["auth"])
        .env("TELEGRAM_DC_ADDRESS", "203.0.113.7:443")
        .output()
        .await
        .unwrap();
    let told = String::from_utf8_lossy(&elsewhere.stderr);
    assert!(
        !elsewhere.status.success() && told.contains("NOT Telegram"),
        "{told}"
    );
    assert_eq!(connected.load(Ordering::SeqCst), 0, "a second process connected");

    // A second `run` leaves the account to the first.
    let second = installation.ask(&["run"]).await.unwrap();
    let told = String::from_utf8_lossy(&second.stderr);
    assert!(
        !second.status.success() && told.contains("another process"),
        "{told}"
    );
    assert_eq!(connected.load(Ordering::SeqCst), 0, "a second archive connected");
    terminate("run", &mut running).await.unwrap();
}
