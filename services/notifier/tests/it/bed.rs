//! An archive, notifiers over it, and a push service.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bus::{Bus as _, MemoryBus, MemoryLimits};
use bytes::Bytes;
use model::{
    AccountId, Capture, CapturedChat, CapturedMessage, ChatId, ChatKind, Clock as _, FileKind, FileLocation,
    Lane, MediaOutcome, StoredFile, TestClock,
};
use notifier::{Config, Deps, NotifierError, NotifierState, Seal};
use store::conformance::builders::{ACCOUNT, batch, message, seen, user};
use store::{Access as _, Accounts as _, ApplyOptions, ArchiveWriter as _, Issue, ViewerUser};
use store_sqlite::{SqliteOptions, SqliteStore};
use testkit::eventually;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use wire::{Changed, PushAnswer, PushChat, PushRequest, Subject, VERB_PUSH, encode_changed};

use crate::push_service::PushService;

pub(crate) const CONTACT: &str = "mailto:keeper@archive.example";
/// A supergroup.
pub(crate) const OPEN: ChatId = ChatId::channel(11);
/// Another.
pub(crate) const HIDDEN: ChatId = ChatId::channel(22);

/// The hash of the token of a user's session.
pub(crate) fn session(user: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[..user.len()].copy_from_slice(user.as_bytes());
    hash
}

pub(crate) fn of(chat: ChatId) -> PushChat {
    PushChat {
        account: ACCOUNT,
        chat,
    }
}

/// Turns every bit: enough to see that something was sealed.
pub(crate) struct Turned(pub(crate) u8);

impl Seal for Turned {
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, String> {
        let turned = plain.iter().map(|b| b ^ self.0);
        Ok(std::iter::once(self.0).chain(turned).collect())
    }

    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, String> {
        match sealed.split_first() {
            Some((key, rest)) if *key == self.0 => Ok(rest.iter().map(|b| b ^ key).collect()),
            _ => Err("another key".to_owned()),
        }
    }
}

pub(crate) struct Bed {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) bus: MemoryBus,
    pub(crate) clock: TestClock,
    pub(crate) service: PushService,
    _folder: tempfile::TempDir,
    seq: AtomicI64,
}

pub(crate) struct Running {
    pub(crate) state: watch::Receiver<NotifierState>,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), NotifierError>>,
}

impl Running {
    /// Ends it; what was under way is done.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap().expect("it ends when asked");
    }
}

impl Bed {
    pub(crate) async fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::default();
        let file = folder.path().join("archive.db");
        let store = SqliteStore::open(&file, Arc::new(clock.clone()), SqliteOptions::default())
            .await
            .unwrap();
        store.ensure_account("telegram_backup").await.unwrap();
        let bed = Self {
            store: Arc::new(store),
            bus: MemoryBus::new(MemoryLimits::default()),
            service: PushService::start(clock.clone()).await,
            clock,
            _folder: folder,
            seq: AtomicI64::default(),
        };
        for (chat, title) in [(OPEN, "Open group"), (HIDDEN, "Hidden group")] {
            bed.put(chat, vec![group(chat, title), user(5, 1, false, "Bob")])
                .await;
        }
        bed
    }

    pub(crate) fn config() -> Config {
        Config {
            full: true,
            keys: None,
            contact: CONTACT.to_owned(),
            display_chats: Vec::new(),
            private_endpoints: true,
        }
    }

    pub(crate) async fn run(&self) -> Running {
        self.with(Self::config(), Turned(0x5a)).await
    }

    /// A notifier that follows.
    pub(crate) async fn with(&self, config: Config, seal: Turned) -> Running {
        let (state, mut told) = watch::channel(NotifierState::default());
        let deps = Deps {
            bus: Arc::new(self.bus.clone()),
            store: Arc::clone(&self.store) as Arc<_>,
            clock: Arc::new(self.clock.clone()),
            seal: Arc::new(seal),
            state,
        };
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(notifier::run(deps, config, shutdown.clone()));
        told.wait_for(|s| s.ready || s.problem.is_some())
            .await
            .expect("it starts");
        Running {
            state: told,
            shutdown,
            task,
        }
    }

    pub(crate) async fn ask(&self, request: &PushRequest) -> PushAnswer {
        let subject = Subject::Rpc {
            service: notifier::SERVICE.to_owned(),
            verb: VERB_PUSH.to_owned(),
            account: AccountId(0),
        };
        let body = wire::encode_rpc_request(request);
        let answer = eventually("the notifier answers", async || {
            let asked = self.bus.request(&subject, body.clone(), Duration::from_secs(20));
            asked.await.ok()
        })
        .await
        .unwrap();
        wire::decode_rpc_response(answer).unwrap().unwrap()
    }

    pub(crate) async fn key(&self) -> String {
        match self.ask(&PushRequest::Key).await {
            PushAnswer::Key { key } => key,
            _ => panic!("there is a key"),
        }
    }

    pub(crate) async fn subscribe(&self, request: &PushRequest) -> i64 {
        match self.ask(request).await {
            PushAnswer::Subscribed { subscription } => subscription.id,
            PushAnswer::Refused { message } => panic!("{message}"),
            _ => panic!("it is another answer"),
        }
    }

    /// A user with an open session.
    pub(crate) async fn user(&self, name: &str, chats: Option<Vec<ChatId>>) {
        let user = ViewerUser {
            name: name.to_owned(),
            admin: false,
            password_hash: "hash".to_owned(),
            chats,
        };
        self.store.save_viewer_user(&user).await.unwrap();
        let month = self.clock.now_micros() + 30 * 86_400 * 1_000_000;
        self.store
            .open_viewer_session(&session(name), name, month)
            .await
            .unwrap();
    }

    pub(crate) async fn put(&self, chat: ChatId, captures: Vec<Capture>) {
        let options = ApplyOptions::default();
        self.store.apply(&[batch(chat, captures)], options).await.unwrap();
    }

    /// A message that stands in the archive, and that nobody was told of.
    pub(crate) async fn store(
        &self,
        chat: ChatId,
        id: i64,
        words: &str,
        change: impl FnOnce(&mut CapturedMessage),
    ) {
        let mut message = message(chat, id, 1, 0, words);
        message.head.date = self.clock.now_unix();
        change(&mut message);
        message.hash = message.content.hash();
        self.put(chat, vec![Capture::Message(Box::new(message))]).await;
    }

    /// A chat's avatar, held.
    pub(crate) async fn picture(&self, chat: ChatId) {
        let Capture::Chat(mut with) = group(chat, "Open group") else {
            panic!("a chat");
        };
        with.seen = seen(2);
        with.photo = Some(FileLocation {
            kind: FileKind::PeerPhoto,
            file_id: 9,
            ..FileLocation::default()
        });
        self.put(chat, vec![Capture::Chat(with)]).await;
        let issue = Issue {
            limit: 10,
            reissue_after: 60,
        };
        let due = self.store.issue_media(issue, true).await.unwrap();
        let stored = StoredFile {
            sha256: [9; 32],
            size: 9,
            path: None,
        };
        let outcomes: Vec<_> = due
            .iter()
            .map(|d| (d.id, MediaOutcome::Stored(stored.clone())))
            .collect();
        assert!(!outcomes.is_empty(), "a picture was wanted");
        self.store.apply_media(ACCOUNT, &outcomes).await.unwrap();
    }

    /// What the writer says.
    pub(crate) async fn publish(&self, chat: ChatId, lane: Lane, kind: &str, ids: &[i64]) {
        let changed = Changed {
            seq: self.seq.fetch_add(1, Ordering::Relaxed),
            chat: Some(chat),
            lane,
            kind: kind.to_owned(),
            ids: ids.to_vec(),
            is_range: false,
        };
        self.bus
            .publish(&Subject::Changed(ACCOUNT), encode_changed(&changed))
            .await
            .unwrap();
    }

    /// A new message of the live lane.
    pub(crate) async fn post(&self, chat: ChatId, id: i64, words: &str) {
        self.store(chat, id, words, |_| {}).await;
        self.publish(chat, Lane::Live, "new", &[id]).await;
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
