//! A small world, a store, and clients of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::{BoxId, Capture, CapturedMessage, ChatId, Clock, TestClock};
use secrecy::SecretString;
use store::{Accounts as _, Authorization, Lease, Leases as _, SessionRow, Sessions as _};
use store_sqlite::{SqliteOptions, SqliteStore};
use telegram::{
    ConnectionState, CustomDc, DcSet, Device, FolderList, Login as _, OpenOptions, RsaKey, SessionKey,
    SignedIn, Stamps, Telegram as _, TelegramClient, TelegramLogin, Timeouts, Unlimited, UpdateBatch,
    Updates,
};
use telegram_sim::world::{Account, Channel, DialogState, Draft, Group, MessageBox, UserInfo};
use telegram_sim::{Sim, SimConfig, World};

pub(crate) const ME: i64 = 1001;
pub(crate) const PHONE: &str = "15550001";
pub(crate) const CODE: &str = "12345";
pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const FRIEND: ChatId = ChatId::user(2001);
pub(crate) const GROUP: ChatId = ChatId::group(300);
pub(crate) const CHANNEL: ChatId = ChatId::channel(400);
pub(crate) const SUPERGROUP: ChatId = ChatId::channel(401);

/// A wait that only a failure uses up.
const LONG: Duration = Duration::from_secs(20);

pub(crate) struct Bed {
    pub(crate) sim: Sim,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) clock: TestClock,
    owners: AtomicU64,
    _dir: tempfile::TempDir,
}

fn user(id: i64, name: &str) -> UserInfo {
    UserInfo {
        id,
        first_name: name.to_owned(),
        last_name: String::new(),
        username: None,
        bot: false,
        deleted: false,
        photo: None,
    }
}

fn account(user_id: i64, phone: &str, password: Option<&str>) -> Account {
    Account {
        user_id,
        phone: phone.to_owned(),
        code: CODE.to_owned(),
        code_expired: false,
        password: password.map(str::to_owned),
        home_dc: 2,
        common: MessageBox::default(),
        dialogs: [FRIEND, GROUP, CHANNEL, SUPERGROUP]
            .into_iter()
            .map(|c| (c.0, DialogState::default()))
            .collect(),
        contacts: vec![2001],
    }
}

fn channel(id: i64, megagroup: bool) -> Channel {
    Channel {
        id,
        title: format!("channel {id}"),
        username: None,
        megagroup,
        forum: false,
        topics: Vec::new(),
        members: vec![ME, 2001],
        migrated_from: None,
        photo: None,
        messages: MessageBox::default(),
    }
}

/// Two accounts (the second one for wrong log-ins), a friend, a group, a channel and a supergroup.
pub(crate) fn small_world() -> World {
    let mut world = World::new(7);
    for (id, name) in [(ME, "Me"), (1002, "Other"), (2001, "Friend")] {
        world.users.insert(id, user(id, name));
    }
    world.accounts.insert(ME, account(ME, PHONE, None));
    world.accounts.insert(1002, account(1002, "15550002", None));
    let group = Group {
        id: 300,
        title: "group".into(),
        members: vec![ME, 2001],
        migrated_to: None,
        photo: None,
    };
    world.groups.insert(300, group);
    world.channels.insert(400, channel(400, false));
    world.channels.insert(401, channel(401, true));
    for chat in [FRIEND, GROUP, CHANNEL, SUPERGROUP] {
        world.post(ME, chat, &Draft::text(format!("first of {chat}")));
    }
    world
}

impl Bed {
    pub(crate) async fn new() -> Self {
        Self::with(small_world()).await
    }

    pub(crate) async fn with(world: World) -> Self {
        let clock = TestClock::default();
        Self::of(world, Arc::new(clock.clone()), clock).await
    }

    /// Telegram by one clock, and the archive by another.
    pub(crate) async fn of(world: World, telegrams: Arc<dyn Clock>, clock: TestClock) -> Self {
        let sim = Sim::start(SimConfig::new(world, telegrams)).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let store = SqliteStore::open(&path, Arc::new(clock.clone()), SqliteOptions::default())
            .await
            .unwrap();
        Self {
            sim,
            store: Arc::new(store),
            clock,
            owners: AtomicU64::new(0),
            _dir: dir,
        }
    }

    pub(crate) async fn authorization(&self, role: &str) -> Authorization {
        let account = self.store.ensure_account("archive").await.unwrap().id;
        Authorization {
            account,
            role: role.to_owned(),
        }
    }

    /// Takes the lease from whoever had it, as after its end.
    pub(crate) async fn lease(&self, role: &str) -> Lease {
        let authorization = self.authorization(role).await;
        let owner = format!("owner-{}", self.owners.fetch_add(1, Ordering::SeqCst));
        let ttl = Duration::from_hours(10);
        loop {
            if let Some(lease) = self
                .store
                .acquire_lease(&authorization, &owner, ttl)
                .await
                .unwrap()
            {
                return lease;
            }
            let held = self.store.leases().await.unwrap();
            for lease in held.iter().filter(|l| l.authorization == authorization) {
                self.store.release_lease(lease).await.unwrap();
            }
        }
    }

    pub(crate) fn dc_set(&self) -> DcSet {
        DcSet::Custom(CustomDc {
            address: self.sim.address(2).unwrap(),
            dc_id: 2,
            rsa_key: RsaKey::from_pem(self.sim.rsa_public_pem()).unwrap(),
        })
    }

    pub(crate) async fn options(&self, role: &str) -> OpenOptions {
        let lease = self.lease(role).await;
        OpenOptions {
            stamps: Arc::new(Stamps::new(lease.epoch)),
            lease,
            sessions: self.store.clone(),
            accounts: self.store.clone(),
            session_key: SessionKey::from_bytes([1; 32]),
            api_id: 1,
            api_hash: SecretString::from("hash"),
            dc_set: self.dc_set(),
            clock: Arc::new(self.clock.clone()),
            budget: Arc::new(Unlimited),
            device: Device::default(),
            timeouts: Timeouts {
                longest_pause: Duration::from_millis(300),
                ..Timeouts::default()
            },
        }
    }

    /// Options of a client that does not wait long for an answer.
    pub(crate) async fn impatient(&self) -> OpenOptions {
        let options = self.options("fetcher").await;
        let call = Duration::from_millis(700);
        OpenOptions {
            timeouts: Timeouts {
                call,
                exchange: call,
                ..options.timeouts
            },
            ..options
        }
    }

    pub(crate) async fn client(&self) -> TelegramClient {
        TelegramClient::open(self.options("fetcher").await).await.unwrap()
    }

    /// A client that logged in by code, with all peers known.
    pub(crate) async fn logged_in(&self) -> TelegramClient {
        let client = self.client().await;
        log_in(&client).await;
        note_channels(&client).await;
        client
    }

    pub(crate) async fn session(&self, role: &str) -> Option<SessionRow> {
        self.store
            .load_session(&self.authorization(role).await)
            .await
            .unwrap()
    }

    /// Posts a text; answers its id.
    pub(crate) fn post(&self, chat: ChatId, text: &str) -> i64 {
        i64::from(self.sim.world().post(ME, chat, &Draft::text(text)).unwrap())
    }

    /// How often a method was called.
    pub(crate) fn calls(&self, method: &str) -> u64 {
        self.sim.counters().calls.get(method).copied().unwrap_or_default()
    }

    /// How often a push of this form was delivered.
    pub(crate) fn pushed(&self, form: &str) -> u64 {
        self.sim.counters().pushes.get(form).copied().unwrap_or_default()
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now_unix()
    }
}

pub(crate) fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

/// Lists the dialogs and notes the state of every channel that has none.
pub(crate) async fn note_channels(client: &TelegramClient) {
    let page = client.dialogs(&FolderList::default()).await.unwrap();
    for dialog in &page.dialogs {
        if let Some(pts) = dialog.pts {
            client.channel_pts(dialog.dialog.chat, pts).await.unwrap();
        }
    }
}

pub(crate) async fn log_in(client: &TelegramClient) {
    let login = TelegramLogin::new(client);
    login.request_code(&secret(PHONE)).await.unwrap();
    assert_eq!(login.sign_in(&secret(CODE)).await.unwrap(), SignedIn::Done(ME));
}

/// Ends a wait that would be endless.
pub(crate) async fn soon<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, work)
        .await
        .unwrap_or_else(|_| panic!("{what}: not within {LONG:?}"))
}

pub(crate) async fn next(updates: &mut Box<dyn Updates>) -> UpdateBatch {
    soon("a batch", updates.next()).await.unwrap()
}

/// Batches until one satisfies.
pub(crate) async fn next_that(
    updates: &mut Box<dyn Updates>,
    wanted: impl Fn(&UpdateBatch) -> bool,
) -> UpdateBatch {
    soon("the batch", async {
        loop {
            let batch = updates.next().await.unwrap();
            if wanted(&batch) {
                return batch;
            }
        }
    })
    .await
}

pub(crate) async fn state_is(
    client: &TelegramClient,
    wanted: impl Fn(&ConnectionState) -> bool,
) -> ConnectionState {
    let mut state = client.state();
    soon("the state", state.wait_for(|s| wanted(s)))
        .await
        .unwrap()
        .clone()
}

/// The messages of a batch in one box.
pub(crate) fn messages(batch: &UpdateBatch, box_id: BoxId) -> Vec<&CapturedMessage> {
    captures(batch, box_id)
        .filter_map(|c| match c {
            Capture::Message(m) => Some(&**m),
            _ => None,
        })
        .collect()
}

pub(crate) fn captures(batch: &UpdateBatch, box_id: BoxId) -> impl Iterator<Item = &Capture> {
    batch
        .parts
        .iter()
        .filter(move |(b, _)| *b == box_id)
        .flat_map(|(_, c)| c)
}

pub(crate) fn texts(batch: &UpdateBatch, box_id: BoxId) -> Vec<&str> {
    messages(batch, box_id)
        .into_iter()
        .map(|m| &m.content.text[..])
        .collect()
}
