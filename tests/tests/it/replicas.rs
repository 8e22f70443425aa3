//! Two viewers over one broker and one database: whichever a browser comes to, it is told the same.

use std::sync::Arc;
use std::time::Duration;

use assembly::{
    BusSettings, Common, Node, NodeSettings, StoreSettings, ViewerSettings, open_bus, open_store,
};
use blobs::DiskBlobs;
use bus::Bus;
use model::{AccountId, ChatId, Clock, Lane, SystemClock};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use testkit::{Nats, Postgres, TestDatabase};
use wire::{Changed, Subject};

const CHAT: ChatId = ChatId::channel(11);
const LONG: Duration = Duration::from_mins(1);

struct Cluster {
    viewers: Vec<Node>,
    nats: Nats,
    database: TestDatabase,
    _postgres: Postgres,
    folder: tempfile::TempDir,
}

impl Cluster {
    async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let (postgres, nats) = tokio::join!(Postgres::start(), Nats::start());
        let (postgres, nats) = (postgres.unwrap(), nats.unwrap());
        let database = postgres.database().await.unwrap();
        let mut cluster = Self {
            viewers: Vec::new(),
            nats,
            database,
            _postgres: postgres,
            folder,
        };
        cluster.add_viewer().await;
        cluster.add_viewer().await;
        cluster
    }

    async fn add_viewer(&mut self) {
        let store = StoreSettings::Postgres {
            url: SecretString::from(self.database.url.clone()),
            timeout: Duration::from_secs(30),
            echo: false,
        };
        let broker = BusSettings {
            url: SecretString::from(self.nats.url()),
            credentials_file: None,
            replicas: 1,
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let stores = open_store(&store, Arc::clone(&clock)).await.unwrap();
        stores.all.ensure_account("telegram_backup").await.unwrap();
        let common = Common {
            bus: open_bus(&broker).await.unwrap(),
            stores,
            clock,
        };
        let settings = NodeSettings {
            viewer: Some(viewer(self.folder.path())),
            ..NodeSettings::default()
        };
        self.viewers.push(Node::start(&common, settings));
    }

    /// The base of a viewer's API.
    async fn base(&self, viewer: usize) -> String {
        let mut state = self.viewers[viewer].state.viewer.clone();
        let started = state.wait_for(|v| v.address.is_some()).await.unwrap();
        format!("http://{}/api/v1", started.address.unwrap())
    }

    fn bus(&self) -> &dyn Bus {
        &*self.viewers[0].bus
    }

    /// What the writer says of new messages.
    async fn tell(&self, ids: impl IntoIterator<Item = i64>) {
        for id in ids {
            let changed = Changed {
                seq: id,
                chat: Some(CHAT),
                lane: Lane::Live,
                kind: "new".to_owned(),
                ids: vec![id],
                is_range: false,
            };
            let subject = Subject::Changed(AccountId(1));
            self.bus()
                .publish(&subject, wire::encode_changed(&changed))
                .await
                .unwrap();
        }
    }

    async fn stop(self) {
        for viewer in self.viewers {
            viewer.stop(Duration::from_secs(20)).await;
        }
    }
}

fn viewer(folder: &std::path::Path) -> ViewerSettings {
    let config = viewer::Config {
        address: "127.0.0.1:0".parse().unwrap(),
        username: Some("admin".to_owned()),
        password: Some(SecretString::from("open sesame")),
        password_file: folder.join("viewer-password"),
        trusted_proxies: Vec::new(),
        session_days: 30,
        display_chats: Vec::new(),
        time_zone: jiff::tz::TimeZone::UTC,
        show_stats: true,
        stats_hour: 3,
        push: viewer::PushMode::Basic,
        anonymous: false,
        is_telegram: false,
        read_only: false,
    };
    ViewerSettings {
        config,
        blobs: Arc::new(DiskBlobs::new(folder.join("media"), true)),
    }
}

/// Somebody with a session, which every viewer knows.
#[derive(Clone)]
struct Browser {
    client: Client,
    cookie: String,
}

impl Browser {
    async fn log_in(base: &str) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        let credentials = json!({ "name": "admin", "password": "open sesame" });
        let request = client.post(format!("{base}/session")).json(&credentials);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { client, cookie }
    }

    fn ask(&self, method: Method, url: String) -> RequestBuilder {
        self.client.request(method, url).header("cookie", &self.cookie)
    }

    async fn follow(&self, base: &str, last: Option<&str>) -> Events {
        let mut request = self.ask(Method::GET, format!("{base}/events"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let mut events = Events {
            answer,
            text: String::new(),
        };
        events.until("event: ready").await;
        events
    }
}

/// A stream, and what came so far.
struct Events {
    answer: Response,
    text: String,
}

impl Events {
    /// Whether there is more.
    async fn read(&mut self) -> bool {
        match self.answer.chunk().await {
            Ok(Some(chunk)) => {
                self.text.push_str(std::str::from_utf8(&chunk).unwrap());
                true
            }
            Ok(None) | Err(_) => false,
        }
    }

    async fn until(&mut self, words: &str) {
        let read = async {
            while !self.text.contains(words) {
                assert!(self.read().await, "it ended before {words}: {}", self.text);
            }
        };
        tokio::time::timeout(LONG, read).await.expect(words);
    }

    async fn until_told(&mut self, id: i64) {
        let read = async {
            while self.told().last().is_none_or(|(_, told)| *told != id) {
                assert!(self.read().await, "it ended before {id}: {}", self.text);
            }
        };
        tokio::time::timeout(LONG, read)
            .await
            .expect("it is told in time");
    }

    async fn until_the_end(mut self) {
        let read = async { while self.read().await {} };
        tokio::time::timeout(LONG, read).await.expect("it ends");
    }

    /// Messages that were told, with the places of their events.
    fn told(&self) -> Vec<(String, i64)> {
        let event = |text: &str| {
            let place = text.lines().find_map(|l| l.strip_prefix("id: "))?.to_owned();
            let data = text.lines().find_map(|l| l.strip_prefix("data: "))?;
            let data: Value = serde_json::from_str(data).unwrap();
            Some((place, data["ids"][0].as_i64()?))
        };
        // Only events that are whole.
        let whole = self.text.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
        whole.split("\n\n").filter_map(event).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_tell_the_same_with_the_same_places() {
    let cluster = Cluster::start().await;
    let bases = [cluster.base(0).await, cluster.base(1).await];
    let browser = Browser::log_in(&bases[0]).await;
    let mut followed = Vec::new();
    for base in &bases {
        followed.push(browser.follow(base, None).await);
    }
    cluster.tell(1..=5).await;
    for events in &mut followed {
        events.until_told(5).await;
    }
    let told = followed[0].told();
    assert_eq!(told, followed[1].told());
    assert_eq!(
        told.iter().map(|(_, id)| *id).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );

    // A browser that was with one comes back to the other, whatever of it that one still holds.
    let last = told[1].0.clone();
    drop(followed);
    cluster.tell(6..=9).await;
    let mut back = browser.follow(&bases[1], Some(&last)).await;
    back.until_told(9).await;
    cluster.tell(10..=11).await;
    back.until_told(11).await;
    let ids: Vec<_> = back.told().iter().map(|(_, id)| *id).collect();
    assert_eq!(ids, [3, 4, 5, 6, 7, 8, 9, 10, 11], "{}", back.text);
    assert!(!back.text.contains("event: reload"));
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_just_started_replays_from_the_broker() {
    let mut cluster = Cluster::start().await;
    let base = cluster.base(0).await;
    let browser = Browser::log_in(&base).await;
    let mut events = browser.follow(&base, None).await;
    cluster.tell(1..=3).await;
    events.until_told(3).await;
    let first = events.told()[0].0.clone();
    drop(events);
    cluster.tell(4..=40).await;
    // It holds nothing of what was told: the broker does.
    let other = cluster.base(1).await;
    cluster.viewers.remove(0).stop(Duration::from_secs(20)).await;
    cluster.add_viewer().await;
    let third = cluster.base(1).await;
    for base in [other, third] {
        let mut back = browser.follow(&base, Some(&first)).await;
        back.until_told(40).await;
        let ids: Vec<_> = back.told().iter().map(|(_, id)| *id).collect();
        assert_eq!(ids, (2..=40).collect::<Vec<_>>());
    }
    // The broker lost its data: nobody can say what was missed.
    cluster.nats.stop().await.unwrap();
    std::fs::remove_dir_all(cluster.nats.data_dir()).unwrap();
    cluster.nats.start_again().await.unwrap();
    let base = cluster.base(1).await;
    let mut back = browser.follow(&base, Some(&first)).await;
    back.until("event: reload").await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_at_one_ends_its_streams_at_the_other() {
    let cluster = Cluster::start().await;
    let bases = [cluster.base(0).await, cluster.base(1).await];
    let (browser, stays) = (Browser::log_in(&bases[0]).await, Browser::log_in(&bases[0]).await);
    let events = browser.follow(&bases[1], None).await;
    let mut going_on = stays.follow(&bases[1], None).await;
    let out = browser.ask(Method::DELETE, format!("{}/session", bases[0]));
    assert_eq!(out.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    events.until_the_end().await;
    let refused = browser
        .ask(Method::GET, format!("{}/events", bases[1]))
        .send()
        .await;
    assert_eq!(refused.unwrap().status(), StatusCode::UNAUTHORIZED);
    cluster.tell([1]).await;
    going_on.until_told(1).await;
    cluster.stop().await;
}
