//! From a captured message to a browser's push service: the viewer, the writer and the notifiers, in both modes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use assembly::{
    BusSettings, Common, KeySource, Node, NodeSettings, NotifierSettings, StoreSettings, ViewerSettings,
    open_bus, open_store,
};
use blobs::DiskBlobs;
use bus::Bus;
use model::{
    AccountId, BatchNumber, Capture, CaptureBatch, CapturedMessage, ChatId, Clock, Content, Counters, Lane,
    MessageHead, MessageKind, Origin, Seen, SystemClock,
};
use reqwest::{Client, StatusCode};
use secrecy::SecretString;
use serde_json::json;
use testkit::{Nats, Postgres, eventually};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wire::Subject;

const CHAT: ChatId = ChatId::channel(11);
/// Of a browser that nobody can decrypt for: the curve's base point.
const P256DH: &str =
    "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU";

/// Counts pushes; what they say is read in the notifier's own tests.
async fn push_service() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/push", listener.local_addr().unwrap());
    let pushes = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&pushes);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut held = Vec::new();
            // One push per connection: this one is closed behind its answer.
            while stream.read_buf(&mut held).await.unwrap_or(0) > 0 {
                let text = String::from_utf8_lossy(&held).to_ascii_lowercase();
                let Some((head, _)) = text.split_once("\r\n\r\n") else {
                    continue;
                };
                assert!(
                    head.contains("authorization: vapid t=") && head.contains("aes128gcm"),
                    "{head}"
                );
                counted.fetch_add(1, Ordering::SeqCst);
                let answer = b"HTTP/1.1 201 Created\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
                let _ = stream.write_all(answer).await;
                break;
            }
        }
    });
    (endpoint, pushes)
}

fn posted(id: i64) -> CaptureBatch {
    let content = Content {
        text: format!("words {id}"),
        ..Content::default()
    };
    let message = CapturedMessage {
        seen: Seen {
            epoch: 1,
            counter: id as u64,
        },
        origin: Origin::Live,
        id,
        kind: MessageKind::Text,
        head: MessageHead {
            chat: Some(CHAT),
            date: SystemClock.now_unix(),
            ..MessageHead::default()
        },
        edit_date: 0,
        edit_hide: false,
        hash: content.hash(),
        content,
        counters: Counters::default(),
        reactions: None,
        pinned: false,
        raw: bytes(id),
        layer: 230,
    };
    CaptureBatch {
        account: AccountId(1),
        box_id: CHAT.box_id(),
        number: BatchNumber {
            epoch: 1,
            n: id as u64,
        },
        lane: Lane::Live,
        captures: vec![Capture::Message(Box::new(message))],
        covered: None,
    }
}

fn bytes(id: i64) -> bytes::Bytes {
    format!("raw {id}").into()
}

async fn post(bus: &dyn Bus, id: i64) {
    let batch = posted(id);
    let subject = Subject::Live(batch.account, batch.box_id);
    bus.publish(&subject, wire::encode_batch(&batch)).await.unwrap();
}

/// Settings of all that this needs.
fn settings(folder: &std::path::Path) -> (NodeSettings, NodeSettings, NodeSettings) {
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
        push: viewer::PushMode::Full,
        anonymous: false,
        is_telegram: false,
        read_only: false,
    };
    let viewer = ViewerSettings {
        config,
        blobs: Arc::new(DiskBlobs::new(folder.join("media"), true)),
    };
    let notifier = NotifierSettings {
        config: notifier::Config {
            full: true,
            keys: None,
            contact: "mailto:keeper@archive.example".to_owned(),
            display_chats: Vec::new(),
            private_endpoints: true,
        },
        key: Some(KeySource::Secret(SecretString::from("11".repeat(32)))),
    };
    let none = NodeSettings::default;
    (
        NodeSettings {
            writer: Some(writer::Config::default()),
            ..none()
        },
        NodeSettings {
            viewer: Some(viewer),
            ..none()
        },
        NodeSettings {
            notifier: Some(notifier),
            ..none()
        },
    )
}

/// A browser subscribes over the API, and its push service hears of each message once, while it is logged in.
async fn story(node: &Node, bus: &dyn Bus) {
    let viewer = node.state.viewer.clone();
    let address = viewer
        .clone()
        .wait_for(|v| v.address.is_some())
        .await
        .unwrap()
        .address
        .unwrap();
    let base = format!("http://{address}/api/v1");
    let client = Client::builder().no_proxy().build().unwrap();
    let credentials = json!({ "name": "admin", "password": "open sesame" });
    let answer = client
        .post(format!("{base}/session"))
        .json(&credentials)
        .send()
        .await
        .unwrap();
    let cookie = answer.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let (endpoint, pushes) = push_service().await;
    let subscription =
        json!({ "endpoint": endpoint, "keys": { "p256dh": P256DH, "auth": "BTBZMqHH6r4Tts7J_aSIgg" } });
    eventually("the notifier takes it", async || {
        let request = client
            .post(format!("{base}/push/subscriptions"))
            .header("cookie", &cookie);
        let answer = request.json(&subscription).send().await.unwrap();
        (answer.status() == StatusCode::OK).then_some(())
    })
    .await
    .unwrap();
    let until = async |count: usize| {
        eventually(&format!("{count} pushes"), async || {
            (pushes.load(Ordering::SeqCst) >= count).then_some(())
        })
        .await
        .unwrap();
    };
    for id in 1..=3 {
        post(bus, id).await;
        until(id as usize).await;
    }
    let request = client.delete(format!("{base}/session")).header("cookie", &cookie);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    post(bus, 4).await;
    eventually("the subscription is gone", async || {
        node.store.subscriptions().await.unwrap().is_empty().then_some(())
    })
    .await
    .unwrap();
    assert_eq!(pushes.load(Ordering::SeqCst), 3);
}

fn prepare() -> (tempfile::TempDir, Arc<dyn Clock>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    (tempfile::tempdir().unwrap(), Arc::new(SystemClock))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_told_by_a_single_node() {
    let (folder, clock) = prepare();
    let store = StoreSettings::Sqlite {
        path: folder.path().join("archive.db"),
        timeout: Duration::from_secs(30),
        echo: false,
    };
    let stores = open_store(&store, Arc::clone(&clock)).await.unwrap();
    stores.all.ensure_account("telegram_backup").await.unwrap();
    let common = Common::single_node(stores, clock);
    let (writer, viewer, notifier) = settings(folder.path());
    let all = NodeSettings {
        viewer: viewer.viewer,
        notifier: notifier.notifier,
        ..writer
    };
    let node = Node::start(&common, all);
    story(&node, &*common.bus).await;
    node.stop(Duration::from_secs(20)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_told_once_by_a_cluster_with_two_notifiers() {
    let (folder, clock) = prepare();
    let (postgres, nats) = tokio::join!(Postgres::start(), Nats::start());
    let (postgres, nats) = (postgres.unwrap(), nats.unwrap());
    let database = postgres.database().await.unwrap();
    let store = StoreSettings::Postgres {
        url: SecretString::from(database.url.clone()),
        timeout: Duration::from_secs(30),
        echo: false,
    };
    let broker = BusSettings {
        url: SecretString::from(nats.url()),
        credentials_file: None,
        replicas: 1,
    };
    let (writer, viewer, notifier) = settings(folder.path());
    let mut nodes = Vec::new();
    for settings in [viewer, writer, notifier.clone(), notifier] {
        let stores = open_store(&store, Arc::clone(&clock)).await.unwrap();
        stores.all.ensure_account("telegram_backup").await.unwrap();
        let common = Common {
            bus: open_bus(&broker).await.unwrap(),
            stores,
            clock: Arc::clone(&clock),
        };
        nodes.push(Node::start(&common, settings));
    }
    story(&nodes[0], &*nodes[0].bus).await;
    for node in nodes {
        node.stop(Duration::from_secs(20)).await;
    }
}
