//! What the archive holds: the same for the same size.

use std::sync::Arc;

use model::{
    Attachment, ChatId, Entity, EntityKind, FileKind, FileLocation, FileRef, Forward, MessageKind, Reaction,
    Reactions, Reply,
};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// The only account.
pub(crate) const ACCOUNT: i64 = 1;
/// Five years of messages end here, unix seconds.
pub(crate) const END: i64 = 1_780_000_000;
/// And begin here.
pub(crate) const BEGIN: i64 = END - 5 * 365 * 86_400;
/// Stands in a fifth of the texts.
pub(crate) const COMMON: &str = "harbour";
/// Words that stand in about twenty messages each.
pub(crate) const RARE: usize = 50;
/// Of all messages, those of the largest chat.
const LARGEST: f64 = 0.4;
const CHATS: usize = 60;
/// Words of the vocabulary, drawn by Zipf's law.
const WORDS: usize = 50_000;
/// People; each writes in a few chats.
pub(crate) const PEOPLE: i64 = 3_000;
const LAYER: i64 = 200;

/// A table and its columns.
pub(crate) type Table = (&'static str, &'static [&'static str]);

/// A value of a column.
pub(crate) enum Cell {
    Null,
    Int(i64),
    Bool(bool),
    Text(String),
    Bytes(Vec<u8>),
}

/// A row, in the order of its table's columns.
pub(crate) type Row = Vec<Cell>;

pub(crate) const MESSAGES: (&str, &[&str]) = (
    "messages",
    &[
        "docid",
        "account",
        "box",
        "id",
        "chat",
        "sender",
        "date",
        "flags",
        "topic_id",
        "reply",
        "forward",
        "seen",
        "kind",
        "edit_date",
        "hash",
        "version_seen",
        "edit_hide",
        "text",
        "entities",
        "attachment",
        "raw",
        "layer",
        "origin",
        "versions",
        "views",
        "views_seen",
        "reactions",
        "reactions_seen",
        "pinned",
        "pinned_seen",
    ],
);
pub(crate) const VERSIONS: (&str, &[&str]) = (
    "message_versions",
    &[
        "account",
        "box",
        "id",
        "edit_date",
        "hash",
        "seen",
        "kind",
        "edit_hide",
        "text",
        "entities",
        "attachment",
        "raw",
        "layer",
        "origin",
    ],
);
pub(crate) const TOMBSTONES: (&str, &[&str]) =
    ("tombstones", &["account", "box", "id", "deleted_at", "hard"]);
pub(crate) const MEDIA: (&str, &[&str]) = (
    "media",
    &[
        "account",
        "owner",
        "box",
        "id",
        "chat",
        "file_kind",
        "file_id",
        "dc",
        "size",
        "file",
        "seen",
        "date",
        "history",
        "state",
        "reason",
        "attempts",
        "not_before",
        "issued_until",
    ],
);
pub(crate) const USERS: (&str, &[&str]) = (
    "users",
    &[
        "account",
        "id",
        "seen",
        "min",
        "first_name",
        "last_name",
        "username",
        "is_self",
        "bot",
        "deleted",
        "contact",
        "raw",
        "layer",
    ],
);
pub(crate) const TITLES: (&str, &[&str]) = (
    "chats",
    &[
        "account",
        "id",
        "seen",
        "min",
        "kind",
        "title",
        "participants_count",
        "inaccessible",
        "raw",
        "layer",
    ],
);
pub(crate) const DIALOGS: (&str, &[&str]) = (
    "dialogs",
    &[
        "account",
        "chat",
        "seen",
        "kind",
        "folder_id",
        "pinned",
        "top_message",
        "raw",
        "layer",
    ],
);
pub(crate) const PASSES: (&str, &[&str]) = (
    "passes",
    &[
        "account",
        "chat",
        "pass",
        "kind",
        "after_id",
        "through_id",
        "began",
        "opened_at",
        "completed_at",
    ],
);
pub(crate) const COVERAGE: (&str, &[&str]) =
    ("coverage", &["account", "chat", "pass", "after_id", "through_id"]);

/// Rows of some messages, by table.
#[derive(Default)]
pub(crate) struct Part {
    pub(crate) messages: Vec<Row>,
    pub(crate) versions: Vec<Row>,
    pub(crate) tombstones: Vec<Row>,
    pub(crate) media: Vec<Row>,
}

/// A chat and how many messages it has.
#[derive(Clone, Copy)]
pub(crate) struct Chat {
    pub(crate) id: ChatId,
    pub(crate) messages: i64,
}

/// See the module.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) size: i64,
    /// The largest first.
    pub(crate) chats: Vec<Chat>,
    words: Arc<Vec<String>>,
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

fn json(value: &impl serde::Serialize) -> Cell {
    serde_json::to_string(value).map_or(Cell::Null, Cell::Text)
}

/// A word that can be spoken, another one for each number.
fn word(mut number: usize) -> String {
    const FIRST: [&str; 16] = [
        "b", "c", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr",
    ];
    const THEN: [&str; 8] = ["a", "e", "i", "o", "u", "ai", "ou", "en"];
    let mut word = String::new();
    for _ in 0..2 {
        word.push_str(FIRST[number % 16]);
        number /= 16;
        word.push_str(THEN[number % 8]);
        number /= 8;
    }
    while number > 0 {
        word.push_str(THEN[number % 8]);
        number /= 8;
    }
    word
}

/// One of the words that stand in few messages.
pub(crate) fn rare(number: usize) -> String {
    format!("quix{}", word(number * 37))
}

impl World {
    /// A tenth of the chats are half of the rest: as in life.
    pub(crate) fn new(size: i64) -> Self {
        let weights: Vec<f64> = (1..CHATS).map(|n| 1.0 / n as f64).collect();
        let all: f64 = weights.iter().sum();
        let mut chats = vec![Chat {
            id: ChatId::channel(1_001),
            messages: (size as f64 * LARGEST) as i64,
        }];
        for (n, weight) in weights.iter().enumerate() {
            let bare = 1_002 + n as i64;
            // Private chats share one sequence of ids.
            let id = if n % 3 == 2 {
                ChatId(bare)
            } else {
                ChatId::channel(bare)
            };
            let messages = (size as f64 * (1.0 - LARGEST) * weight / all) as i64;
            chats.push(Chat { id, messages });
        }
        let rest = size - chats.iter().map(|c| c.messages).sum::<i64>();
        chats[1].messages += rest;
        Self {
            size,
            chats,
            words: Arc::new((0..WORDS).map(word).collect()),
        }
    }

    /// Hands all messages on in parts, chat by chat, as a history is walked; private chats last, by their common ids.
    pub(crate) fn generate(&self, part_size: usize, mut take: impl FnMut(Part) -> bool) {
        let mut rng = StdRng::seed_from_u64(self.size as u64);
        let (mut part, mut docid) = (Part::default(), 0);
        let mut add = |rng: &mut StdRng, chat: &Chat, id: i64, at: f64| {
            docid += 1;
            self.message(rng, &mut part, docid, chat, id, at);
            if part.messages.len() >= part_size {
                return take(std::mem::take(&mut part));
            }
            true
        };
        for chat in self.chats.iter().filter(|c| c.id.0 < 0) {
            for id in 1..=chat.messages {
                if !add(&mut rng, chat, id, id as f64 / chat.messages as f64) {
                    return;
                }
            }
        }
        let mut left: Vec<Chat> = self.chats.iter().copied().filter(|c| c.id.0 > 0).collect();
        let all: i64 = left.iter().map(|c| c.messages).sum();
        for id in 1..=all {
            let mut drawn = rng.random_range(0..=all - id);
            let chat = left.iter_mut().find(|c| {
                let here = drawn < c.messages;
                drawn -= c.messages;
                here
            });
            let Some(chat) = chat else { break };
            chat.messages -= 1;
            let chat = *chat;
            if !add(&mut rng, &chat, id, id as f64 / all as f64) {
                return;
            }
        }
        take(part);
    }

    #[expect(clippy::too_many_lines, reason = "a cell per column")]
    fn message(&self, rng: &mut StdRng, part: &mut Part, docid: i64, chat: &Chat, id: i64, at: f64) {
        let date = BEGIN + ((END - BEGIN) as f64 * at) as i64;
        let box_id = chat.id.box_id().to_i64();
        let sender = Self::sender(rng, chat);
        let out = sender == 1;
        let file = (rng.random_range(0..100) < 12).then(|| file(rng, docid));
        let said = match &file {
            Some(_) if rng.random_bool(0.7) => String::new(),
            _ => self.text(rng),
        };
        let link = !said.is_empty() && rng.random_bool(0.04);
        let entities = link.then(|| Entity {
            offset: 0,
            length: said.split(' ').next().map_or(1, str::len) as i32,
            kind: EntityKind::TextUrl {
                url: format!("https://example.org/{docid}"),
            },
        });
        let reply = (id > 500 && rng.random_bool(0.2)).then(|| Reply {
            message_id: Some(id - rng.random_range(1..500)),
            ..Reply::default()
        });
        let forward = rng.random_bool(0.03).then(|| Forward {
            from: Some(ChatId::user(rng.random_range(2..=PEOPLE))),
            date: date - 1_000,
            ..Forward::default()
        });
        let reactions = rng.random_bool(0.1).then(|| Reactions {
            counts: vec![Reaction {
                reaction: "👍".to_owned(),
                count: rng.random_range(1..20),
                chosen: false,
            }],
            recent: Vec::new(),
        });
        let seen = (1 << 40) + docid;
        let kind = file.as_ref().map_or(MessageKind::Text, |f| f.0);
        let attachment = file
            .as_ref()
            .map(|(_, file)| Attachment::File(Box::new(file.clone())));
        let edited = rng.random_bool(0.01);
        let edit_date = if edited { date + 60 } else { 0 };
        let mut raw = vec![0; 60 + said.len() / 2];
        rng.fill(&mut raw[..]);
        let mut hash = [0; 32];
        rng.fill(&mut hash);
        let list = |e: Option<&Entity>| e.map_or(Cell::Null, |e| json(&[e]));
        let some = |a: Option<&Attachment>| a.map_or(Cell::Null, json);
        if edited {
            for (date, hash) in [(0, [1; 32]), (edit_date, hash)] {
                part.versions.push(vec![
                    Cell::Int(ACCOUNT),
                    Cell::Int(box_id),
                    Cell::Int(id),
                    Cell::Int(date),
                    Cell::Bytes(hash.to_vec()),
                    Cell::Int(seen),
                    text(kind.as_str()),
                    Cell::Bool(false),
                    text(said.clone()),
                    list(entities.as_ref()),
                    some(attachment.as_ref()),
                    Cell::Bytes(raw.clone()),
                    Cell::Int(LAYER),
                    text("page"),
                ]);
            }
        }
        if rng.random_bool(0.005) {
            part.tombstones.push(vec![
                Cell::Int(ACCOUNT),
                Cell::Int(box_id),
                Cell::Int(id),
                Cell::Int((date + 3_600) * 1_000_000),
                Cell::Bool(false),
            ]);
        }
        if let Some((_, file)) = &file {
            part.media.push(vec![
                Cell::Int(ACCOUNT),
                text("message"),
                Cell::Int(box_id),
                Cell::Int(id),
                Cell::Int(chat.id.0),
                text(file.location.kind.as_str()),
                Cell::Int(file.location.file_id),
                Cell::Int(2),
                file.size.map_or(Cell::Null, Cell::Int),
                json(file),
                Cell::Int(seen),
                Cell::Int(date),
                Cell::Bool(true),
                text("skipped"),
                text("too large"),
                Cell::Int(0),
                Cell::Int(0),
                Cell::Int(0),
            ]);
        }
        let channel = chat.id.0 < 0;
        part.messages.push(vec![
            Cell::Int(docid),
            Cell::Int(ACCOUNT),
            Cell::Int(box_id),
            Cell::Int(id),
            Cell::Int(chat.id.0),
            Cell::Int(sender),
            Cell::Int(date),
            Cell::Int(i64::from(out)),
            Cell::Null,
            reply.map_or(Cell::Null, |r| json(&r)),
            forward.map_or(Cell::Null, |f| json(&f)),
            Cell::Int(seen),
            text(kind.as_str()),
            Cell::Int(edit_date),
            Cell::Bytes(hash.to_vec()),
            Cell::Int(seen),
            Cell::Bool(false),
            text(said),
            list(entities.as_ref()),
            some(attachment.as_ref()),
            Cell::Bytes(raw),
            Cell::Int(LAYER),
            text("page"),
            Cell::Int(if edited { 2 } else { 1 }),
            if channel {
                Cell::Int(id % 1_000)
            } else {
                Cell::Null
            },
            if channel { Cell::Int(seen) } else { Cell::Null },
            reactions.as_ref().map_or(Cell::Null, json),
            reactions.as_ref().map_or(Cell::Null, |_| Cell::Int(seen)),
            Cell::Bool(id % 50_000 == 1),
            Cell::Int(seen),
        ]);
    }

    /// The account itself is user 1; in a private chat there are two.
    fn sender(rng: &mut StdRng, chat: &Chat) -> i64 {
        if chat.id.0 > 0 {
            return if rng.random_bool(0.5) { 1 } else { chat.id.0 };
        }
        if rng.random_bool(0.05) {
            return 1;
        }
        let nth = zipf(rng, 300) as i64;
        2 + (chat.id.0.abs() * 31 + nth * 17) % (PEOPLE - 1)
    }

    /// Mostly short; a few are long.
    fn text(&self, rng: &mut StdRng) -> String {
        let length = match rng.random_range(0..100) {
            0..50 => rng.random_range(1..7),
            50..85 => rng.random_range(7..16),
            85..98 => rng.random_range(16..45),
            _ => rng.random_range(45..160),
        };
        let mut said = String::new();
        for _ in 0..length {
            said.push_str(&self.words[zipf(rng, WORDS)]);
            said.push(' ');
        }
        if rng.random_bool(0.2) {
            said.push_str(COMMON);
            said.push(' ');
        }
        if rng.random_bool((20.0 * RARE as f64 / self.size as f64).min(1.0)) {
            said.push_str(&rare(rng.random_range(0..RARE)));
        }
        said.trim_end().to_owned()
    }

    /// Rows that do not grow with the size.
    pub(crate) fn around(&self) -> Vec<(Table, Vec<Row>)> {
        let names = (1..=PEOPLE).map(|id| {
            vec![
                Cell::Int(ACCOUNT),
                Cell::Int(id),
                Cell::Int(1),
                Cell::Bool(false),
                text(capital(&word(id as usize * 13))),
                text(capital(&word(id as usize * 101))),
                text(format!("{}{id}", word(id as usize))),
                Cell::Bool(id == 1),
                Cell::Bool(false),
                Cell::Bool(false),
                Cell::Bool(false),
                Cell::Bytes(vec![0; 80]),
                Cell::Int(LAYER),
            ]
        });
        let channels = || self.chats.iter().filter(|c| c.id.0 < 0);
        let titles = channels().enumerate().map(|(n, chat)| {
            vec![
                Cell::Int(ACCOUNT),
                Cell::Int(chat.id.0),
                Cell::Int(1),
                Cell::Bool(false),
                text(if n % 2 == 0 { "supergroup" } else { "channel" }),
                text(format!("{} {n}", capital(&word(n * 997)))),
                Cell::Int(500),
                Cell::Bool(false),
                Cell::Bytes(vec![0; 120]),
                Cell::Int(LAYER),
            ]
        });
        let dialogs = self.chats.iter().enumerate().map(|(n, chat)| {
            vec![
                Cell::Int(ACCOUNT),
                Cell::Int(chat.id.0),
                Cell::Int(1),
                text(if chat.id.0 > 0 { "private" } else { "supergroup" }),
                Cell::Int(i64::from(n % 10 == 9)),
                Cell::Bool(n % 20 == 1),
                Cell::Int(chat.messages),
                Cell::Bytes(vec![0; 60]),
                Cell::Int(LAYER),
            ]
        });
        let passes = self.chats.iter().map(|chat| {
            vec![
                Cell::Int(ACCOUNT),
                Cell::Int(chat.id.0),
                Cell::Int(1),
                text("initial"),
                Cell::Int(0),
                Cell::Int(self.size),
                Cell::Int(1),
                Cell::Int(1),
                Cell::Int(2),
            ]
        });
        let coverage = self.chats.iter().map(|chat| {
            vec![
                Cell::Int(ACCOUNT),
                Cell::Int(chat.id.0),
                Cell::Int(1),
                Cell::Int(0),
                Cell::Int(self.size),
            ]
        });
        vec![
            (USERS, names.collect()),
            (TITLES, titles.collect()),
            (DIALOGS, dialogs.collect()),
            (PASSES, passes.collect()),
            (COVERAGE, coverage.collect()),
        ]
    }
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

/// A rank below `n`: the harmonic law, by inversion of its integral.
fn zipf(rng: &mut StdRng, n: usize) -> usize {
    let drawn: f64 = rng.random();
    (((n as f64 + 1.0).powf(drawn)) as usize).clamp(1, n) - 1
}

fn file(rng: &mut StdRng, number: i64) -> (MessageKind, FileRef) {
    let (kind, mime_type) = match rng.random_range(0..10) {
        0..5 => (MessageKind::Photo, "image/jpeg"),
        5..7 => (MessageKind::Video, "video/mp4"),
        7 => (MessageKind::Voice, "audio/ogg"),
        8 => (MessageKind::Sticker, "image/webp"),
        _ => (MessageKind::Document, "application/pdf"),
    };
    let store = if kind == MessageKind::Photo {
        FileKind::Photo
    } else {
        FileKind::Document
    };
    let mut thumb = vec![0; if kind == MessageKind::Photo { 250 } else { 0 }];
    rng.fill(&mut thumb[..]);
    let file = FileRef {
        location: FileLocation {
            kind: store,
            file_id: number,
            access_hash: number,
            ..FileLocation::default()
        },
        size: Some(rng.random_range(10_000..4_000_000)),
        mime_type: mime_type.to_owned(),
        width: Some(1280),
        height: Some(960),
        stripped_thumb: thumb,
        ..FileRef::default()
    };
    (kind, file)
}
