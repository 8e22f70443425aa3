//! One message: its versions, its head and its registers.

use std::collections::BTreeMap;

use bytes::Bytes;
use model::{
    CapturedMessage, Content, ContentHash, Counters, MessageHead, MessageKind, Origin, Reactions, Verdict,
};

use super::register::Register;

/// What names a version within its message.
pub type VersionKey = (i64, ContentHash);

/// One version as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// Greatest stamp it was seen with.
    pub seen: i64,
    /// What it is.
    pub kind: MessageKind,
    /// Not to be shown as edited.
    pub edit_hide: bool,
    /// What it says.
    pub content: Content,
    /// zstd of the TL bytes that came with `seen`.
    pub raw: Bytes,
    /// Layer of the raw bytes.
    pub layer: i32,
    /// How it was seen then.
    pub origin: Origin,
}

impl Version {
    fn of(message: &CapturedMessage) -> Self {
        Self {
            seen: message.seen.to_i64(),
            kind: message.kind,
            edit_hide: message.edit_hide,
            content: message.content.clone(),
            raw: message.raw.clone(),
            layer: message.layer,
            origin: message.origin,
        }
    }

    fn rank(&self) -> (i64, &[u8], &'static str) {
        (self.seen, &self.raw, self.origin.as_str())
    }
}

/// What Telegram counts and decorates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "Telegram's own words")]
pub struct Registers {
    pub views: Register<Option<i64>>,
    pub forwards: Register<Option<i64>>,
    pub replies: Register<Option<i64>>,
    pub reactions: Register<Reactions>,
    pub pinned: Register<bool>,
}

impl Registers {
    /// Takes counters in; a field that is `None` says nothing.
    pub fn counters(&mut self, seen: i64, counters: &Counters) {
        for (register, value) in [
            (&mut self.views, counters.views),
            (&mut self.forwards, counters.forwards),
            (&mut self.replies, counters.replies),
        ] {
            if value.is_some() {
                register.merge(seen, &value);
            }
        }
    }

    /// Takes another set of registers in.
    pub fn join(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.views, &other.views),
            (&mut self.forwards, &other.forwards),
            (&mut self.replies, &other.replies),
        ] {
            if theirs.is_set() {
                mine.merge(theirs.seen, &theirs.value);
            }
        }
        if other.reactions.is_set() {
            self.reactions.merge(other.reactions.seen, &other.reactions.value);
        }
        if other.pinned.is_set() {
            self.pinned.merge(other.pinned.seen, &other.pinned.value);
        }
    }
}

/// A message as the join of its captures.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageState {
    /// Of the newest capture.
    pub head: Register<MessageHead>,
    /// All of them, never empty.
    pub versions: BTreeMap<VersionKey, Version>,
    /// What is counted on it.
    pub registers: Registers,
}

/// What follows from a state and the verdicts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// What is shown.
    pub current: VersionKey,
    /// Versions that are edits: they change the content of the one before them.
    pub operations: Vec<VersionKey>,
}

impl MessageState {
    /// From its first capture.
    pub fn new(message: &CapturedMessage) -> Self {
        let mut state = Self {
            head: Register {
                seen: message.seen.to_i64(),
                value: message.head.clone(),
            },
            versions: BTreeMap::from([((message.edit_date, message.hash), Version::of(message))]),
            registers: Registers::default(),
        };
        state.take_registers(message);
        state
    }

    /// Takes another capture in.
    pub fn merge(&mut self, message: &CapturedMessage) {
        self.head.merge(message.seen.to_i64(), &message.head);
        let version = Version::of(message);
        self.versions
            .entry((message.edit_date, message.hash))
            .and_modify(|known| {
                if version.rank() > known.rank() {
                    *known = version.clone();
                }
            })
            .or_insert(version);
        self.take_registers(message);
    }

    fn take_registers(&mut self, message: &CapturedMessage) {
        let seen = message.seen.to_i64();
        self.registers.counters(seen, &message.counters);
        if let Some(reactions) = &message.reactions {
            self.registers.reactions.merge(seen, reactions);
        }
        self.registers.pinned.merge(seen, &message.pinned);
    }

    /// Versions oldest first: by (edit date, greatest stamp, hash).
    pub fn ordered(&self) -> Vec<(VersionKey, &Version)> {
        let mut all: Vec<_> = self.versions.iter().map(|(k, v)| (*k, v)).collect();
        all.sort_by_key(|((edit_date, hash), v)| (*edit_date, v.seen, *hash));
        all
    }

    /// What is shown, and which versions need a verdict.
    pub fn derive(&self, verdict: impl Fn(&VersionKey) -> Option<Verdict>) -> Derived {
        let ordered = self.ordered();
        let mut operations = Vec::new();
        let mut current = 0;
        for n in 1..ordered.len() {
            let key = ordered[n].0;
            if key.1 == ordered[n - 1].0.1 {
                if current == n - 1 {
                    current = n;
                }
            } else {
                operations.push(key);
                if verdict(&key) == Some(Verdict::Admitted) {
                    current = n;
                }
            }
        }
        Derived {
            current: ordered.get(current).map_or((0, ContentHash([0; 32])), |v| v.0),
            operations,
        }
    }
}
