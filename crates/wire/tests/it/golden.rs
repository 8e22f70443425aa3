//! Bytes written by older versions stay readable; what goes out comes in.

use bytes::Bytes;
use model::*;
use proptest::prelude::*;
use wire::{decode_batch, encode_batch, split_batch};

fn message(id: i64, text: &str) -> Capture {
    let content = Content {
        text: text.to_owned(),
        entities: vec![Entity {
            offset: 0,
            length: 2,
            kind: EntityKind::TextUrl {
                url: "https://example.org".into(),
            },
        }],
        attachment: Some(Attachment::File(Box::new(FileRef {
            location: FileLocation {
                file_id: 9,
                access_hash: -3,
                file_reference: vec![1, 255],
                dc_id: 4,
                ..Default::default()
            },
            mime_type: "image/jpeg".into(),
            size: Some(77),
            ..Default::default()
        }))),
        service: None,
    };
    Capture::Message(Box::new(CapturedMessage {
        seen: Seen {
            epoch: 3,
            counter: 12,
        },
        origin: Origin::Page,
        id,
        kind: MessageKind::Photo,
        head: MessageHead {
            chat: Some(ChatId::channel(5)),
            sender: Some(ChatId(8)),
            date: 1_700_000_000,
            flags: MessageFlags {
                out: true,
                silent: true,
                ..Default::default()
            },
            reply: Some(Reply {
                message_id: Some(4),
                ..Default::default()
            }),
            forward: Some(Forward {
                from_name: Some("somebody".into()),
                date: 5,
                ..Default::default()
            }),
            ..Default::default()
        },
        edit_date: 1_700_000_100,
        edit_hide: true,
        hash: content.hash(),
        content,
        counters: Counters {
            views: Some(3),
            ..Default::default()
        },
        reactions: Some(Reactions {
            counts: vec![Reaction {
                reaction: "👍".into(),
                count: 2,
                chosen: true,
            }],
            recent: vec![],
        }),
        pinned: true,
        raw: Bytes::from_static(b"raw"),
        layer: 230,
    }))
}

fn batch(captures: Vec<Capture>) -> CaptureBatch {
    CaptureBatch {
        account: AccountId(1),
        box_id: BoxId::Channel(5),
        number: BatchNumber { epoch: 3, n: 41 },
        lane: Lane::History,
        captures,
        covered: Some(Covered {
            chat: ChatId::channel(5),
            pass: PassId(1),
            range: IdRange {
                after: 10,
                through: 99,
            },
        }),
    }
}

fn everything() -> CaptureBatch {
    let seen = Seen {
        epoch: 3,
        counter: 13,
    };
    let raw = Bytes::from_static(b"tl");
    batch(vec![
        message(20, "hello"),
        Capture::Deletions(Deletions {
            seen,
            ids: vec![4, 5],
            chat: None,
            source: DeletionSource::Difference,
            observed_at: 9,
            since: Some(2),
            observe_only: true,
        }),
        Capture::Reactions {
            seen,
            id: 20,
            reactions: Reactions::default(),
        },
        Capture::Counters {
            seen,
            id: 20,
            counters: Counters {
                forwards: Some(1),
                ..Default::default()
            },
        },
        Capture::Pinned {
            seen,
            ids: vec![20],
            pinned: false,
        },
        Capture::User(Box::new(CapturedUser {
            seen,
            id: 8,
            min: true,
            first_name: Some("A".into()),
            last_name: None,
            username: Some("a".into()),
            phone: None,
            is_self: true,
            bot: false,
            deleted: true,
            contact: false,
            photo: Some(FileLocation {
                kind: FileKind::PeerPhoto,
                file_id: 3,
                ..Default::default()
            }),
            raw: raw.clone(),
            layer: 230,
        })),
        Capture::Chat(Box::new(CapturedChat {
            seen,
            id: ChatId::channel(5),
            kind: ChatKind::Forum,
            min: false,
            title: "T".into(),
            username: None,
            participants_count: Some(4),
            inaccessible: true,
            migrated_to: None,
            migrated_from: Some(ChatId::group(2)),
            photo: None,
            raw: raw.clone(),
            layer: 230,
        })),
        Capture::Dialog(Box::new(CapturedDialog {
            seen,
            chat: ChatId(8),
            kind: ChatKind::Private,
            folder_id: 1,
            pinned: true,
            top_message: 20,
            raw: raw.clone(),
            layer: 230,
        })),
        Capture::Record(Box::new(CapturedRecord {
            seen,
            kind: RecordKind::Topic,
            key: "-1000000000005/7".into(),
            data: serde_json::json!({"title": "x"}),
            raw: raw.clone(),
            layer: 230,
        })),
        Capture::Raw(RawUpdate {
            seen,
            constructor: "updateSomething".into(),
            raw,
            layer: 230,
        }),
    ])
}

#[test]
fn every_kind_of_capture_survives_the_way() {
    assert_eq!(decode_batch(encode_batch(&everything())).unwrap(), everything());
}

#[test]
fn batches_of_version_1_stay_readable() {
    let committed = include_bytes!("../golden/capture_batch.v1.bin");
    assert_eq!(decode_batch(Bytes::from_static(committed)).unwrap(), everything());
}

proptest! {
    #[test]
    fn a_split_batch_holds_the_same_captures_and_covers_the_same_range(
        texts in prop::collection::vec("[a-z]{0,400}", 1..40), max in 600usize..4000,
    ) {
        let whole = batch(texts.iter().enumerate().map(|(n, t)| message(11 + n as i64, t)).collect());
        let mut n = 100;
        let parts = split_batch(whole.clone(), max, || { n += 1; BatchNumber { epoch: 3, n } });
        let joined: Vec<_> = parts.iter().flat_map(|p| p.captures.clone()).collect();
        prop_assert_eq!(joined, whole.captures);
        let covered: RangeSet = parts.iter().filter_map(|p| p.covered.map(|c| c.range)).collect();
        prop_assert_eq!(covered.ranges(), &[IdRange { after: 10, through: 99 }][..]);
        for p in &parts {
            prop_assert!(p.captures.len() == 1 || encode_batch(p).len() <= max);
            for c in &p.captures {
                let Capture::Message(m) = c else { continue };
                prop_assert!(p.covered.is_some_and(|c| c.range.contains(m.id)));
            }
        }
        let mut numbers: Vec<_> = parts.iter().map(|p| p.number).collect();
        numbers.dedup();
        prop_assert_eq!(numbers.len(), parts.len());
    }
}

/// The envelope that is read without its captures is the contract's.
#[test]
fn a_batch_is_salvaged_whole_or_without_what_is_not_known() {
    let batch = CaptureBatch {
        account: AccountId(4),
        box_id: BoxId::Channel(5),
        number: BatchNumber { epoch: 3, n: 8 },
        lane: Lane::Live,
        captures: vec![message(1, "one"), message(2, "two")],
        covered: Some(Covered {
            chat: ChatId::channel(5),
            pass: PassId(2),
            range: IdRange { after: 0, through: 2 },
        }),
    };
    let body = encode_batch(&batch);
    let whole = wire::salvage_batch(body.clone()).unwrap();
    assert_eq!(whole.batch, batch);
    assert!(whole.refused.is_empty());
    assert_eq!(
        wire::decode_receipt(body.clone()).unwrap(),
        (batch.account, batch.number)
    );
    // The origin of the second message is a word of a newer version.
    let at = body.windows(4).rposition(|w| w == b"page").unwrap();
    let mut newer = body.to_vec();
    newer[at..at + 4].copy_from_slice(b"seen");
    let rest = wire::salvage_batch(newer.into()).unwrap();
    assert_eq!(rest.batch.captures, batch.captures[..1]);
    assert_eq!(
        (rest.batch.number, rest.batch.covered),
        (batch.number, batch.covered)
    );
    assert_eq!(rest.refused.len(), 1);
    assert!(wire::salvage_batch(Bytes::from_static(b"\xff")).is_err());
    assert!(wire::decode_receipt(Bytes::from_static(b"\xff")).is_err());
}
