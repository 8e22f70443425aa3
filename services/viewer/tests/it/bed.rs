//! An archive, a viewer over it, and who asks.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bus::{MemoryBus, MemoryLimits};
use bytes::Bytes;
use jiff::tz::TimeZone;
use model::{
    AccountId, Attachment, Capture, CaptureBatch, CapturedChat, CapturedMessage, CapturedRecord, ChatId,
    ChatKind, FileKind, FileLocation, FileRef, MediaOutcome, MessageKind, RecordKind, StoredFile, TestClock,
};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::conformance::apply::apply_and_admit;
use store::conformance::builders::{batch, message, seen, user};
use store::{Accounts as _, ApplyOptions, Issue, Store, ViewerUser};
use store_sqlite::{SqliteOptions, SqliteStore};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use viewer::auth::password;
use viewer::{Config, Deps, Files, PushMode, ViewerError, ViewerState, ViewerStore};

pub(crate) const ADMIN: &str = "admin";
pub(crate) const PASSWORD: &str = "open sesame";
/// A supergroup that everybody of these tests may see.
pub(crate) const OPEN: ChatId = ChatId::channel(11);
/// Another.
pub(crate) const HIDDEN: ChatId = ChatId::channel(22);
/// Somebody to talk with.
pub(crate) const ANN: ChatId = ChatId(700);

/// Files in memory.
#[derive(Default)]
pub(crate) struct Kept(Mutex<HashMap<[u8; 32], Bytes>>);

#[async_trait]
impl Files for Kept {
    async fn read(&self, sha256: &[u8; 32], range: Range<u64>) -> Result<Option<Bytes>, String> {
        let kept = self.0.lock().unwrap();
        let part = |bytes: &Bytes| bytes.slice(range.start as usize..(range.end as usize).min(bytes.len()));
        Ok(kept.get(sha256).map(part))
    }
}

pub(crate) struct Bed {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) bus: MemoryBus,
    pub(crate) clock: TestClock,
    pub(crate) files: Arc<Kept>,
    pub(crate) address: std::net::SocketAddr,
    pub(crate) account: AccountId,
    pub(crate) folder: tempfile::TempDir,
    shutdown: CancellationToken,
    running: JoinHandle<Result<(), ViewerError>>,
}

/// The archive of a test, before its viewer.
pub(crate) struct Archive {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) clock: TestClock,
    pub(crate) store: Arc<SqliteStore>,
}

impl Archive {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::default();
        let file = folder.path().join("archive.db");
        let options = SqliteOptions::default();
        let store = SqliteStore::open(&file, Arc::new(clock.clone()), options)
            .await
            .unwrap();
        store.ensure_account("telegram_backup").await.unwrap();
        let store = Arc::new(store);
        Self { folder, clock, store }
    }
}

pub(crate) fn config(folder: &std::path::Path) -> Config {
    Config {
        address: "127.0.0.1:0".parse().unwrap(),
        username: Some(ADMIN.to_owned()),
        password: Some(SecretString::from(PASSWORD)),
        password_file: folder.join("session/viewer-password"),
        trusted_proxies: Vec::new(),
        session_days: 30,
        display_chats: Vec::new(),
        time_zone: TimeZone::get("Europe/Madrid").unwrap(),
        show_stats: true,
        stats_hour: 3,
        push: PushMode::Basic,
        anonymous: false,
        is_telegram: true,
        read_only: false,
    }
}

impl Bed {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::over(Archive::new().await, change).await
    }

    pub(crate) async fn over(archive: Archive, change: impl FnOnce(&mut Config)) -> Self {
        let Archive { folder, clock, store } = archive;
        Self::start(Arc::clone(&store) as Arc<dyn Store>, store, folder, clock, change).await
    }

    pub(crate) async fn start(
        store: Arc<dyn Store>,
        shown: Arc<dyn ViewerStore>,
        folder: tempfile::TempDir,
        clock: TestClock,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let bus = MemoryBus::new(MemoryLimits::default());
        let files = Arc::new(Kept::default());
        let mut config = config(folder.path());
        change(&mut config);
        let (state, mut started) = watch::channel(ViewerState::default());
        let deps = Deps {
            store: shown,
            bus: Arc::new(bus.clone()),
            files: Arc::clone(&files) as Arc<dyn Files>,
            clock: Arc::new(clock.clone()),
            state,
        };
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(viewer::run(deps, config, shutdown.clone()));
        let address = started
            .wait_for(|s| s.address.is_some())
            .await
            .expect("the viewer starts")
            .address
            .unwrap();
        Self {
            store,
            bus,
            clock,
            files,
            address,
            account: AccountId(1),
            folder,
            shutdown,
            running,
        }
    }

    /// Ends it in good order.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap().expect("it ends when asked");
    }

    pub(crate) async fn apply(&self, batches: &[CaptureBatch]) {
        apply_and_admit(&self.store, batches, ApplyOptions::default()).await;
    }

    pub(crate) async fn put(&self, chat: ChatId, captures: Vec<Capture>) {
        self.apply(&[batch(chat, captures)]).await;
    }

    /// Two supergroups and somebody, named.
    pub(crate) async fn people(&self) {
        for (chat, title) in [(OPEN, "Open group"), (HIDDEN, "Hidden group")] {
            self.put(
                chat,
                vec![
                    group(chat, title),
                    user(5, 1, false, "Bob"),
                    user(ANN.0, 1, false, "Ann"),
                ],
            )
            .await;
        }
    }

    /// A file of a message that is held.
    pub(crate) async fn hold(&self, bytes: &[u8]) {
        let issue = Issue {
            limit: 10,
            reissue_after: 60,
        };
        let due = self.store.issue_media(issue, true).await.unwrap();
        let sha256: [u8; 32] = Sha256::digest(bytes).into();
        self.files
            .0
            .lock()
            .unwrap()
            .insert(sha256, Bytes::copy_from_slice(bytes));
        let stored = StoredFile {
            sha256,
            size: bytes.len() as i64,
            path: None,
        };
        let outcomes: Vec<_> = due
            .iter()
            .map(|d| (d.id, MediaOutcome::Stored(stored.clone())))
            .collect();
        assert!(!outcomes.is_empty(), "something was wanted");
        self.store.apply_media(self.account, &outcomes).await.unwrap();
    }

    pub(crate) async fn add_user(&self, name: &str, chats: Option<Vec<ChatId>>) {
        let user = ViewerUser {
            name: name.to_owned(),
            admin: false,
            password_hash: password::hash(PASSWORD).unwrap(),
            chats,
        };
        self.store.save_viewer_user(&user).await.unwrap();
    }

    pub(crate) fn nobody(&self) -> Browser {
        Browser {
            client: Client::builder().no_proxy().build().unwrap(),
            base: format!("http://{}", self.address),
            cookie: None,
        }
    }

    pub(crate) async fn browser(&self, name: &str) -> Browser {
        let mut browser = self.nobody();
        let answer = browser.log_in(name, PASSWORD).await;
        assert_eq!(answer.status(), 200, "{name} logs in");
        let cookie = answer.headers().get("set-cookie").unwrap().to_str().unwrap();
        browser.cookie = Some(cookie.split(';').next().unwrap().to_owned());
        browser
    }

    pub(crate) async fn admin(&self) -> Browser {
        self.browser(ADMIN).await
    }
}

/// Who asks.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) client: Client,
    pub(crate) base: String,
    pub(crate) cookie: Option<String>,
}

impl Browser {
    pub(crate) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let path = if path.starts_with("/api") {
            path.to_owned()
        } else {
            format!("/api/v1{path}")
        };
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path).send().await.unwrap()
    }

    /// Must be there.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let answer = self.ask(Method::POST, path).json(&body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    pub(crate) async fn log_in(&self, name: &str, password: &str) -> Response {
        self.ask(Method::POST, "/session")
            .json(&json!({ "name": name, "password": password }))
            .send()
            .await
            .unwrap()
    }
}

pub(crate) fn group(id: ChatId, title: &str) -> Capture {
    Capture::Chat(Box::new(CapturedChat {
        seen: seen(1),
        id,
        kind: ChatKind::Supergroup,
        min: false,
        title: title.to_owned(),
        username: None,
        participants_count: Some(3),
        inaccessible: false,
        migrated_to: None,
        migrated_from: None,
        photo: None,
        raw: Bytes::from_static(b"chat"),
        layer: 230,
    }))
}

pub(crate) fn sent(chat: ChatId, id: i64, words: &str, change: impl FnOnce(&mut CapturedMessage)) -> Capture {
    let mut message = message(chat, id, 1, 0, words);
    change(&mut message);
    message.hash = message.content.hash();
    Capture::Message(Box::new(message))
}

/// A message with a file.
pub(crate) fn with_file(chat: ChatId, id: i64, mime: &str, name: Option<&str>) -> Capture {
    sent(chat, id, "look", |m| {
        m.kind = MessageKind::Document;
        m.content.attachment = Some(Attachment::File(Box::new(FileRef {
            location: FileLocation {
                kind: FileKind::Document,
                file_id: id * 1000 + chat.0.rem_euclid(1000),
                ..FileLocation::default()
            },
            mime_type: mime.to_owned(),
            file_name: name.map(str::to_owned),
            ..FileRef::default()
        })));
    })
}

pub(crate) fn ids(messages: &Value) -> Vec<i64> {
    messages
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["id"].as_i64().unwrap())
        .collect()
}

/// Something beside messages: a folder, a topic.
pub(crate) fn record(kind: RecordKind, key: &str, data: Value) -> Capture {
    Capture::Record(Box::new(CapturedRecord {
        seen: seen(1),
        kind,
        key: key.to_owned(),
        data,
        raw: Bytes::from_static(b"record"),
        layer: 230,
    }))
}
