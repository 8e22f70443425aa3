//! Random captures about a few messages and peers, so that everything meets: every kind of capture, in both lanes, over a
//! takeover.

use bytes::Bytes;
use model::{
    Attachment, Capture, CapturedChat, CapturedDialog, CapturedRecord, ChatId, ChatKind, Counters,
    DeletionSource, Deletions, FileKind, FileLocation, FileRef, Lane, RawUpdate, Reaction, Reactions,
    RecordKind, Seen,
};
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, rngs::StdRng};

use super::builders::{CHANNEL, PRIVATE, message, user};

/// A capture, and how it came.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) chat: ChatId,
    pub(super) lane: Lane,
    pub(super) capture: Capture,
}

fn pick<T: Copy>(rng: &mut StdRng, from: &[T]) -> T {
    *from.choose(rng).expect("something to pick")
}

fn location(kind: FileKind, file_id: i64, seen: Seen) -> FileLocation {
    FileLocation {
        kind,
        file_id,
        dc_id: 2 + (file_id % 2) as i32,
        file_reference: vec![seen.counter as u8],
        ..FileLocation::default()
    }
}

fn reactions(rng: &mut StdRng) -> Reactions {
    Reactions {
        counts: vec![Reaction {
            reaction: "+".into(),
            count: rng.random_range(1..9),
            chosen: false,
        }],
        recent: vec![],
    }
}

fn some_message(rng: &mut StdRng, chat: ChatId, id: i64, seen: Seen) -> Capture {
    let words = pick(rng, &["a", "b", "c", ""]);
    let mut m = message(chat, id, seen.counter, pick(rng, &[0, 0, 10, 20]), words);
    m.seen = seen;
    m.head.post_author = pick(rng, &[None, Some("author")]).map(str::to_owned);
    m.edit_hide = rng.random_bool(0.2);
    m.pinned = rng.random_bool(0.2);
    m.counters.views = rng.random_bool(0.5).then(|| rng.random_range(0..9));
    m.reactions = rng.random_bool(0.3).then(|| reactions(rng));
    if words != "a" && rng.random_bool(0.5) {
        let file = FileRef {
            location: location(FileKind::default(), 40 + rng.random_range(0..2), seen),
            size: pick(rng, &[None, Some(1000)]),
            ..FileRef::default()
        };
        m.content.attachment = Some(Attachment::File(Box::new(file)));
    }
    m.hash = m.content.hash();
    Capture::Message(Box::new(m))
}

fn some_deletion(rng: &mut StdRng, chat: ChatId, id: i64, seen: Seen) -> Capture {
    // A deletion in the common box rarely tells its chat.
    let told = chat == CHANNEL || rng.random_bool(0.2);
    let live = rng.random_bool(0.6);
    let at = seen.to_i64() * 1_000_000;
    Capture::Deletions(Deletions {
        seen,
        ids: vec![id, id + 1],
        chat: told.then_some(chat),
        source: if live {
            DeletionSource::Live
        } else {
            DeletionSource::Difference
        },
        observed_at: at,
        since: (!live).then_some(at - 7),
        observe_only: rng.random_bool(0.25),
    })
}

fn some_peer(rng: &mut StdRng, chat: ChatId, seen: Seen) -> Capture {
    let raw = Bytes::from(format!("raw {}", seen.to_i64()));
    match rng.random_range(0..8) {
        0..=3 => {
            let Capture::User(mut u) = user(
                rng.random_range(1..3),
                seen.counter,
                rng.random_bool(0.5),
                pick(rng, &["x", "y"]),
            ) else {
                unreachable!("a user")
            };
            u.seen = seen;
            u.photo = rng
                .random_bool(0.3)
                .then(|| location(FileKind::PeerPhoto, rng.random_range(60..62), seen));
            Capture::User(u)
        }
        4 => Capture::Chat(Box::new(CapturedChat {
            seen,
            id: chat,
            kind: ChatKind::Channel,
            min: rng.random_bool(0.5),
            title: pick(rng, &["one", "two"]).to_owned(),
            username: None,
            participants_count: Some(rng.random_range(1..9)),
            inaccessible: false,
            migrated_to: None,
            migrated_from: None,
            photo: None,
            raw,
            layer: 230,
        })),
        5 => Capture::Dialog(Box::new(CapturedDialog {
            seen,
            chat,
            kind: ChatKind::Private,
            folder_id: rng.random_range(0..2),
            pinned: rng.random_bool(0.5),
            top_message: rng.random_range(1..9),
            raw,
            layer: 230,
        })),
        6 => Capture::Record(Box::new(CapturedRecord {
            seen,
            kind: RecordKind::Folder,
            key: rng.random_range(1..3).to_string(),
            data: serde_json::Value::from(rng.random_range(1..9)),
            raw,
            layer: 230,
        })),
        _ => Capture::Raw(RawUpdate {
            seen,
            constructor: "0x1".to_owned(),
            raw,
            layer: 230,
        }),
    }
}

/// One capture of a story: the story tells of a few messages only, so that everything meets.
fn some_capture(rng: &mut StdRng, seen: Seen) -> Told {
    let chat = if rng.random_bool(0.4) { CHANNEL } else { PRIVATE };
    let id = rng.random_range(1..5);
    let capture = match rng.random_range(0..14) {
        0..=5 => some_message(rng, chat, id, seen),
        6 | 7 => some_deletion(rng, chat, id, seen),
        8 => Capture::Reactions {
            seen,
            id,
            reactions: reactions(rng),
        },
        9 => Capture::Counters {
            seen,
            id,
            counters: Counters {
                forwards: Some(rng.random_range(0..9)),
                replies: rng.random_bool(0.5).then_some(1),
                ..Counters::default()
            },
        },
        10 => Capture::Pinned {
            seen,
            ids: vec![id, id + 1],
            pinned: rng.random_bool(0.5),
        },
        _ => some_peer(rng, chat, seen),
    };
    Told {
        chat,
        lane: if rng.random_bool(0.5) {
            Lane::Live
        } else {
            Lane::History
        },
        capture,
    }
}

/// Some captures of one account, in the order in which they were taken.
pub(super) fn story(rng: &mut StdRng) -> Vec<Told> {
    let length = rng.random_range(2..24);
    (1..=length)
        .map(|counter| {
            // A takeover in the middle.
            let epoch = if counter * 2 > length { 2 } else { 1 };
            some_capture(rng, Seen { epoch, counter })
        })
        .collect()
}
