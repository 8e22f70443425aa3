//! Bad days are states that a user can read, and that heal by themselves.

use std::sync::Arc;
use std::time::Duration;

use model::TestClock;
use telegram_sim::faults::{Action, Rule};
use telegram_sim::scenario;
use telegram_sim::{Sim, SimConfig};
use tests::bed::eventually;
use tests::installation::{Installation, Mode, terminate};

use crate::demo::archive;

const LONG: Duration = Duration::from_mins(1);

async fn sim(seed: u64) -> Sim {
    // What asks for a state does so in plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let clock = Arc::new(TestClock::default());
    Sim::start(SimConfig::new(scenario::small(seed), clock))
        .await
        .unwrap()
}

/// The answer of `/readyz`, whose address the process has logged: the status code and the body.
pub(crate) async fn readyz(installation: &Installation, process: &str) -> (u16, String) {
    let log = installation.folder.path().join(format!("{process}.log"));
    let log = std::fs::read_to_string(log).unwrap_or_default();
    let url = log
        .rsplit_once("/readyz")
        .and_then(|(before, _)| before.rsplit_once("http://"))
        .map(|(_, address)| format!("http://{address}/readyz"));
    let Some(url) = url else {
        return (0, String::new());
    };
    match reqwest::get(url).await {
        Ok(answer) => (answer.status().as_u16(), answer.text().await.unwrap_or_default()),
        Err(_) => (0, String::new()),
    }
}

pub(crate) async fn says(installation: &Installation, process: &str, code: u16, words: &str) {
    let what = format!("{process} answers {code} and says `{words}`");
    eventually(&what, LONG, || async {
        let (told, body) = readyz(installation, process).await;
        told == code && body.contains(words)
    })
    .await;
}

pub(crate) async fn status(installation: &Installation) -> String {
    let output = installation.ask(&["status"]).await.unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_waits_for_its_servers_and_says_so() {
    let sim = sim(31).await;
    let mut installation = Installation::new(&archive(), Mode::Cluster, &sim, "")
        .await
        .unwrap();
    let servers = installation.servers.as_mut().unwrap();
    servers.nats.stop().await.unwrap();
    servers.postgres.stop().await.unwrap();
    let mut writer = installation.start("writer").unwrap();
    says(
        &installation,
        "writer",
        503,
        "\"name\":\"message broker\",\"ok\":false",
    )
    .await;
    installation
        .servers
        .as_mut()
        .unwrap()
        .nats
        .start_again()
        .await
        .unwrap();
    says(&installation, "writer", 503, "\"name\":\"database\",\"ok\":false").await;
    installation
        .servers
        .as_mut()
        .unwrap()
        .postgres
        .start_again()
        .await
        .unwrap();
    says(&installation, "writer", 200, "working").await;

    let printed = status(&installation).await;
    assert!(
        printed.contains("writer            working")
            && printed.contains("rate-limiter      does not answer"),
        "{printed}"
    );
    installation
        .servers
        .as_mut()
        .unwrap()
        .postgres
        .stop()
        .await
        .unwrap();
    says(&installation, "writer", 503, "\"name\":\"database\",\"ok\":false").await;
    installation.servers.as_mut().unwrap().nats.kill().await.unwrap();
    says(
        &installation,
        "writer",
        503,
        "\"name\":\"message broker\",\"ok\":false",
    )
    .await;
    let servers = installation.servers.as_mut().unwrap();
    servers.postgres.start_again().await.unwrap();
    servers.nats.start_again().await.unwrap();
    says(&installation, "writer", 200, "working").await;
    terminate("writer", &mut writer).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_session_is_told_and_logged_in_again() {
    let sim = sim(32).await;
    let installation = Installation::new(&archive(), Mode::Node, &sim, "").await.unwrap();
    installation.log_in().await.unwrap();
    let mut running = installation.start("run").unwrap();
    says(&installation, "run", 200, "\"detail\":\"ready\"").await;
    sim.faults()
        .add(Rule::once("messages.getDialogs", Action::Revoke));
    let _ = installation.ask(&["backup"]).await.unwrap();
    says(&installation, "run", 503, "telegram-archive auth").await;
    let printed = status(&installation).await;
    for service in assembly::Service::ALL {
        let line = printed
            .lines()
            .find(|l| l.trim_start().starts_with(service.name()));
        let line = line.unwrap_or_else(|| panic!("{} is not listed: {printed}", service.name()));
        assert!(!line.contains("does not answer"), "{line}");
    }
    assert!(
        printed.contains("answers at http://127.0.0.1:"),
        "the viewer: {printed}"
    );
    assert!(
        printed.contains("login required") && printed.contains("ended from another device"),
        "{printed}"
    );
    assert!(!installation.ask(&["healthcheck"]).await.unwrap().status.success());
    installation.log_in().await.unwrap();
    says(&installation, "run", 200, "\"detail\":\"ready\"").await;
    assert!(installation.ask(&["backup"]).await.unwrap().status.success());
    terminate("run", &mut running).await.unwrap();
}
