//! The state of the simulated Telegram: pure and synchronous.

mod actions;
mod assets;
mod boxes;
mod chats;
mod copies;
mod files;
mod post;
pub mod render;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex};

use grammers_tl_types::enums;
use model::{ChatId, Clock, SystemClock};
use tokio::sync::mpsc;

pub use actions::{Draft, Edit};
pub use assets::{ASSETS, Asset, AssetInfo};
pub use boxes::{Event, EventKind, Generator, MessageBox};
pub use files::{Content, FileSpec, drawn_avatar};
pub use post::{DocumentKind, Forward, Media, PollSpec, Post, Version};

use copies::Copies;

use crate::crypto::{read_i64, sha256};

/// The world, shared; the lock is never held across an await or encryption.
pub type SharedWorld = Arc<Mutex<World>>;

/// Serialized `Updates` for one account's connections.
#[derive(Clone, Debug)]
pub struct Push {
    /// The account's user id.
    pub account: i64,
    /// The bytes.
    pub body: Arc<Vec<u8>>,
}

/// Somebody who can log in.
#[derive(Debug)]
pub struct Account {
    /// Telegram's user id.
    pub user_id: i64,
    /// Digits only.
    pub phone: String,
    /// What `auth.sendCode` delivers.
    pub code: String,
    /// Codes are refused as expired.
    pub code_expired: bool,
    /// Two-factor password.
    pub password: Option<String>,
    /// The data centre that knows the account.
    pub home_dc: i32,
    /// Private chats and basic groups.
    pub common: MessageBox,
    /// By marked id.
    pub dialogs: BTreeMap<i64, DialogState>,
    /// User ids.
    pub contacts: Vec<i64>,
}

/// The account's view of a chat.
#[derive(Clone, Copy, Debug, Default)]
pub struct DialogState {
    /// 0 main, 1 archived.
    pub folder: i32,
    /// Pinned in its list.
    pub pinned: bool,
    /// The chat cannot be read any more.
    pub lost: bool,
}

/// A user.
#[derive(Clone, Debug)]
pub struct UserInfo {
    /// Telegram's id.
    pub id: i64,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Without `@`.
    pub username: Option<String>,
    /// A bot.
    pub bot: bool,
    /// A deleted account.
    pub deleted: bool,
    /// The avatar's id.
    pub photo: Option<i64>,
}

/// A basic group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Bare id.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// User ids.
    pub members: Vec<i64>,
    /// The supergroup it became.
    pub migrated_to: Option<i64>,
    /// The avatar's id.
    pub photo: Option<i64>,
}

/// A channel, supergroup or forum.
#[derive(Debug)]
pub struct Channel {
    /// Bare id.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Without `@`.
    pub username: Option<String>,
    /// A supergroup (else a broadcast channel).
    pub megagroup: bool,
    /// A forum.
    pub forum: bool,
    /// (first message, title).
    pub topics: Vec<(i32, String)>,
    /// User ids.
    pub members: Vec<i64>,
    /// The basic group it was.
    pub migrated_from: Option<i64>,
    /// The avatar's id.
    pub photo: Option<i64>,
    /// Its messages.
    pub messages: MessageBox,
}

impl Channel {
    /// The newest message of a topic, among the newest thousand of the forum.
    pub fn topic_top(&self, topic: i32) -> Option<i32> {
        let chat = ChatId::channel(self.id).0;
        let mut newest = self.messages.older(chat, i32::MAX).take(1000);
        newest.find(|id| {
            *id == topic
                || self
                    .messages
                    .get(*id)
                    .is_some_and(|p| p.topic.or(Some(1)) == Some(topic))
        })
    }
}

/// A folder of chats (`dialogFilter`). All ids are marked.
#[derive(Clone, Debug, Default)]
pub struct ChatFolder {
    /// From 2 on.
    pub id: i32,
    /// Its title.
    pub title: String,
    /// Its icon.
    pub emoticon: Option<String>,
    /// All contacts are in it.
    pub contacts: bool,
    /// All channels are in it.
    pub broadcasts: bool,
    /// Chats pinned in it.
    pub pinned: Vec<i64>,
    /// Chats in it.
    pub include: Vec<i64>,
    /// Chats not in it.
    pub exclude: Vec<i64>,
}

/// Where Telegram stops telling everything.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Events per slice of a difference.
    pub slice: usize,
    /// Events behind which the common difference is too long.
    pub common_too_long: usize,
    /// Events behind which a channel's difference is too long.
    pub channel_too_long: usize,
    /// Events remembered per box.
    pub remembered: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            slice: 100,
            common_too_long: 10_000,
            channel_too_long: 1000,
            remembered: 20_000,
        }
    }
}

/// See the module.
pub struct World {
    /// By user id.
    pub accounts: BTreeMap<i64, Account>,
    /// By id.
    pub users: BTreeMap<i64, UserInfo>,
    /// By bare id.
    pub groups: BTreeMap<i64, Group>,
    /// By bare id.
    pub channels: BTreeMap<i64, Channel>,
    /// See [`Limits`].
    pub limits: Limits,
    /// File references of older generations are expired.
    pub reference_generation: u32,
    seed: u64,
    files: BTreeMap<i64, FileSpec>,
    copies: Copies,
    /// By account.
    folders: BTreeMap<i64, Vec<ChatFolder>>,
    /// Accounts whose containers are counted, each with its `seq`.
    sequences: BTreeMap<i64, AtomicI32>,
    /// Accounts with secret chats, each with its `qts`.
    secret: BTreeMap<i64, i32>,
    /// Avatars that were replaced, oldest first, by marked id.
    former_photos: BTreeMap<i64, Vec<i64>>,
    clock: Arc<dyn Clock>,
    push: Option<mpsc::UnboundedSender<Push>>,
}

/// A time that stands still.
#[derive(Debug)]
struct At(i32);

impl Clock for At {
    fn now_micros(&self) -> i64 {
        i64::from(self.0) * 1_000_000
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

impl World {
    /// An empty world.
    pub fn new(seed: u64) -> Self {
        Self {
            accounts: BTreeMap::new(),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            channels: BTreeMap::new(),
            limits: Limits::default(),
            reference_generation: 1,
            seed,
            files: BTreeMap::new(),
            copies: Copies::default(),
            folders: BTreeMap::new(),
            sequences: BTreeMap::new(),
            secret: BTreeMap::new(),
            former_photos: BTreeMap::new(),
            clock: Arc::new(SystemClock),
            push: None,
        }
    }

    /// Makes a file known, so that it can be fetched.
    pub fn keep_file(&mut self, file: FileSpec) {
        self.files.insert(file.id, file);
    }

    /// A fresh file, kept.
    pub fn new_file(&mut self, number: u64, size: u64) -> FileSpec {
        let id = (self.seed ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d)) as i64 & 0x0fff_ffff_ffff_ffff;
        let dc = if number.is_multiple_of(3) { 2 } else { 4 };
        let file = FileSpec::noise(id, dc, size, number ^ self.seed);
        self.keep_file(file);
        file
    }

    /// A file with this in it, kept; where it lies follows from its number.
    pub fn new_file_of(&mut self, number: u64, content: Content) -> FileSpec {
        let file = FileSpec {
            content,
            ..self.new_file(number, 0)
        };
        self.keep_file(file);
        file
    }

    /// A file that is another one each time.
    pub fn another_file(&mut self, size: u64) -> FileSpec {
        let number = (1_u64 << 40) + self.files.len() as u64;
        self.new_file(number, size)
    }

    /// Ids of a chat's newest messages.
    pub fn newest(&self, account: i64, chat: ChatId, count: usize) -> Vec<i32> {
        let messages = self.message_box(account, chat);
        messages
            .map(|m| m.older(chat.0, i32::MAX).take(count).collect())
            .unwrap_or_default()
    }

    /// The folders of an account.
    pub fn folders(&self, account: i64) -> &[ChatFolder] {
        self.folders.get(&account).map_or(&[], Vec::as_slice)
    }

    /// A file by Telegram's id.
    pub fn file(&self, id: i64) -> Option<FileSpec> {
        self.files.get(&id).copied()
    }

    /// Where pushes go.
    pub fn set_push(&mut self, sink: mpsc::UnboundedSender<Push>) {
        self.push = Some(sink);
    }

    /// The time of the world.
    pub fn set_clock(&mut self, clock: Arc<dyn Clock>) {
        self.clock = clock;
    }

    /// Does something at another time, unix seconds.
    pub fn at<T>(&mut self, unix: i32, what: impl FnOnce(&mut Self) -> T) -> T {
        let now = std::mem::replace(&mut self.clock, Arc::new(At(unix)));
        let done = what(self);
        self.clock = now;
        done
    }

    /// Unix seconds.
    pub fn now(&self) -> i32 {
        self.clock.now_unix() as i32
    }

    /// The account with this phone number, digits only.
    pub fn account_by_phone(&self, phone: &str) -> Option<&Account> {
        self.accounts.values().find(|a| a.phone == phone)
    }

    /// The account of this user.
    pub fn account(&self, user_id: i64) -> Option<&Account> {
        self.accounts.get(&user_id)
    }

    /// A user as an account sees it.
    pub fn user_tl(&self, viewer: i64, user_id: i64) -> enums::User {
        render::user(self, viewer, user_id, false)
    }

    /// File references given out before this are refused from now on.
    pub fn expire_file_references(&mut self) {
        self.reference_generation += 1;
    }

    /// What an account must present to be let near a peer or file: another one for each account.
    pub fn access_hash(&self, viewer: i64, what: i64) -> i64 {
        read_i64(&sha256(&[
            b"access",
            &self.seed.to_le_bytes(),
            &viewer.to_le_bytes(),
            &what.to_le_bytes(),
        ]))
    }

    /// The hash that comes with a `min` peer: good for its avatar alone.
    pub fn min_access_hash(&self, viewer: i64, what: i64) -> i64 {
        !self.access_hash(viewer, what)
    }

    /// The messages a chat's are among, as an account sees them.
    pub fn message_box(&self, viewer: i64, chat: ChatId) -> Option<&MessageBox> {
        match chat.channel_id() {
            Some(id) => self.channels.get(&id).map(|c| &c.messages),
            None => self.accounts.get(&viewer).map(|a| &a.common),
        }
    }

    /// Whether an account may read a chat now.
    pub fn can_read(&self, viewer: i64, chat: ChatId) -> bool {
        self.accounts
            .get(&viewer)
            .and_then(|a| a.dialogs.get(&chat.0))
            .is_some_and(|d| !d.lost)
    }

    /// Accounts that have a chat in their list and may read it.
    pub fn readers(&self, chat: ChatId) -> Vec<i64> {
        self.accounts
            .keys()
            .copied()
            .filter(|a| self.can_read(*a, chat))
            .collect()
    }

    /// Counts the account's containers from now on; before that their `seq` is 0, which says nothing.
    pub fn count_containers(&mut self, account: i64) {
        self.sequences.entry(account).or_default();
    }

    /// The number of the account's last container; 0: they are not counted.
    pub fn seq(&self, account: i64) -> i32 {
        self.sequences
            .get(&account)
            .map_or(0, |s| s.load(Ordering::SeqCst))
    }

    /// Gives an account a past of secret chats.
    pub fn set_qts(&mut self, account: i64, qts: i32) {
        self.secret.insert(account, qts);
    }

    /// The count of what happened in the account's secret chats.
    pub fn qts(&self, account: i64) -> i32 {
        self.secret.get(&account).copied().unwrap_or_default()
    }

    /// Pushes updates to an account's connections as they are.
    pub fn tell(&self, account: i64, updates: &enums::Updates) {
        self.send(account, updates.clone());
    }

    fn send(&self, account: i64, mut updates: enums::Updates) {
        use grammers_tl_types::Serializable;
        if let (Some(last), enums::Updates::Updates(container)) = (self.sequences.get(&account), &mut updates)
        {
            container.seq = last.fetch_add(1, Ordering::SeqCst) + 1;
        }
        if let Some(sink) = &self.push {
            // A simulator that is stopping takes no more.
            let _ = sink.send(Push {
                account,
                body: Arc::new(updates.to_bytes()),
            });
        }
    }
}
