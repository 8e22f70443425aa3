//! Captures: what was seen on Telegram, with its raw bytes, on the way to the writer.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::coverage::IdRange;
use crate::ids::{AccountId, BoxId, ChatId, MessageId};
use crate::message::{Content, ContentHash, Counters, MessageHead, MessageKind, Reactions};
use crate::peer::{CapturedChat, CapturedDialog, CapturedRecord, CapturedUser};
use crate::run::PassId;
use crate::seen::Seen;

/// Which way a batch goes: live goes before history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Updates and differences.
    Live,
    /// Pages, imports, batch sync.
    History,
}

impl Lane {
    /// As a column and subject token.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::History => "history",
        }
    }
}

/// The number of a batch: committed with it, so that `receipt.applied()` can ask the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BatchNumber {
    /// The owner's epoch.
    pub epoch: u32,
    /// Counts batches of the epoch, from 1; 0: a part of a batch that was taken apart, without a receipt of its own.
    pub n: u64,
}

/// What a page proves: every id of `range` was asked for in `pass`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// Of which chat.
    pub chat: ChatId,
    /// In which pass.
    pub pass: PassId,
    /// Which ids.
    pub range: IdRange,
}

/// One bus message from the fetcher to the writer, committed as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct CaptureBatch {
    /// Whose.
    pub account: AccountId,
    /// The box of its messages (peers and dialogs belong to none and ride along).
    pub box_id: BoxId,
    /// Its receipt.
    pub number: BatchNumber,
    /// Its way.
    pub lane: Lane,
    /// What was seen.
    pub captures: Vec<Capture>,
    /// What that covers, for a page.
    pub covered: Option<Covered>,
}

/// One thing seen.
#[derive(Clone, Debug, PartialEq)]
pub enum Capture {
    /// A message in some version.
    Message(Box<CapturedMessage>),
    /// Ids that are gone.
    Deletions(Deletions),
    /// The reactions of a message.
    Reactions {
        /// When.
        seen: Seen,
        /// Which message of the batch's box.
        id: MessageId,
        /// All of them.
        reactions: Reactions,
    },
    /// Views and forwards of a message.
    Counters {
        /// When.
        seen: Seen,
        /// Which message of the batch's box.
        id: MessageId,
        /// What is `None` is left as it is.
        counters: Counters,
    },
    /// Messages pinned or unpinned.
    Pinned {
        /// When.
        seen: Seen,
        /// Which messages of the batch's box.
        ids: Vec<MessageId>,
        /// Pinned, or not any more.
        pinned: bool,
    },
    /// A user.
    User(Box<CapturedUser>),
    /// A group or channel.
    Chat(Box<CapturedChat>),
    /// The account's view of a chat.
    Dialog(Box<CapturedDialog>),
    /// A topic, folder, contact, ...
    Record(Box<CapturedRecord>),
    /// An update that is kept raw.
    Raw(RawUpdate),
}

/// How a message came to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Pushed by Telegram.
    Live,
    /// Out of a difference.
    Difference,
    /// Out of a page of history or a lookup by id.
    Page,
    /// Out of somebody's export.
    Import,
}

impl Origin {
    /// As a column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Difference => "difference",
            Self::Page => "page",
            Self::Import => "import",
        }
    }
}

/// A message in the version that was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct CapturedMessage {
    /// When.
    pub seen: Seen,
    /// How.
    pub origin: Origin,
    /// Its id in the batch's box.
    pub id: MessageId,
    /// What it is.
    pub kind: MessageKind,
    /// What does not change.
    pub head: MessageHead,
    /// Unix seconds of the edit, 0 if never edited. With the hash it names the version.
    pub edit_date: i64,
    /// Telegram asks not to show it as edited.
    pub edit_hide: bool,
    /// What a person wrote and attached.
    pub content: Content,
    /// [`Content::hash`].
    pub hash: ContentHash,
    /// Views, forwards, replies.
    pub counters: Counters,
    /// `None`: this capture says nothing of reactions.
    pub reactions: Option<Reactions>,
    /// Pinned in its chat.
    pub pinned: bool,
    /// zstd of the TL bytes of the message.
    pub raw: Bytes,
    /// The TL layer of the raw bytes.
    pub layer: i32,
}

/// How a deletion came to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletionSource {
    /// Pushed: the time it was received is its time.
    Live,
    /// Out of a difference: no time of its own, only an interval.
    Difference,
    /// A pass covered its range and did not see the message.
    Pass,
    /// `SYNC_DELETIONS_EDITS`.
    BatchSync,
}

impl DeletionSource {
    /// As a column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Difference => "difference",
            Self::Pass => "pass",
            Self::BatchSync => "batch_sync",
        }
    }

    /// From a column.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Live, Self::Difference, Self::Pass, Self::BatchSync]
            .into_iter()
            .find(|s| s.as_str() == text)
    }

    /// Whether such a deletion has a time of its own.
    pub const fn has_own_time(self) -> bool {
        matches!(self, Self::Live)
    }
}

/// Messages of the batch's box that Telegram does not have any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletions {
    /// When.
    pub seen: Seen,
    /// Which.
    pub ids: Vec<MessageId>,
    /// The chat, if Telegram names it (not in the common box).
    pub chat: Option<ChatId>,
    /// How.
    pub source: DeletionSource,
    /// Unix microseconds when the fetcher received it: the operation's time for a live one, else the end of the
    /// interval.
    pub observed_at: i64,
    /// Start of the interval it may come from, for one without a time of its own.
    pub since: Option<i64>,
    /// `LISTEN_DELETIONS=false`: store the observation, do not mark the message.
    pub observe_only: bool,
}

/// An update this version of the archive does not read; kept, never dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawUpdate {
    /// When.
    pub seen: Seen,
    /// Telegram's name of the constructor, or its number in hex.
    pub constructor: String,
    /// zstd of the TL bytes.
    pub raw: Bytes,
    /// Layer of the raw bytes.
    pub layer: i32,
}
