//! Capture batches on the wire.

use bytes::Bytes;
use model::{
    AccountId, BatchNumber, BoxId, Capture, CaptureBatch, CapturedChat, CapturedDialog, CapturedMessage,
    CapturedRecord, CapturedUser, ChatId, ChatKind, Content, ContentHash, Counters, Covered, DeletionSource,
    Deletions, IdRange, Lane, MessageFlags, MessageHead, MessageKind, Origin, PassId, RawUpdate, RecordKind,
    Seen,
};
use prost::Message as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{WireError, v1};

const OUT: u32 = 1;
const POST: u32 = 1 << 1;
const SILENT: u32 = 1 << 2;
const NOFORWARDS: u32 = 1 << 3;
const FROM_SCHEDULED: u32 = 1 << 4;
const EDIT_HIDE: u32 = 1 << 5;
const PINNED: u32 = 1 << 6;

/// A batch as the body of a bus message.
pub fn encode_batch(batch: &CaptureBatch) -> Bytes {
    v1::CaptureBatch {
        account: batch.account.0,
        r#box: batch.box_id.to_i64(),
        epoch: batch.number.epoch,
        number: batch.number.n,
        live: batch.lane == Lane::Live,
        captures: batch.captures.iter().map(encode_capture).collect(),
        covered: batch.covered.map(|c| v1::Covered {
            chat: c.chat.0,
            pass: c.pass.0,
            after: c.range.after,
            through: c.range.through,
        }),
    }
    .encode_to_vec()
    .into()
}

/// The inverse of [`encode_batch`]. A capture of a kind that a newer version added is an error of the field `what`.
pub fn decode_batch(body: Bytes) -> Result<CaptureBatch, WireError> {
    let b = v1::CaptureBatch::decode(body)?;
    Ok(CaptureBatch {
        account: AccountId(b.account),
        box_id: BoxId::from_i64(b.r#box),
        number: BatchNumber {
            epoch: b.epoch,
            n: b.number,
        },
        lane: if b.live { Lane::Live } else { Lane::History },
        captures: b
            .captures
            .into_iter()
            .map(decode_capture)
            .collect::<Result<_, _>>()?,
        covered: b
            .covered
            .map(|c| {
                let range = IdRange::new(c.after, c.through).ok_or_else(|| WireError::Field {
                    field: "covered",
                    reason: "an empty range".to_owned(),
                })?;
                Ok::<_, WireError>(Covered {
                    chat: ChatId(c.chat),
                    pass: PassId(c.pass),
                    range,
                })
            })
            .transpose()?,
    })
}

/// A batch whose captures are not decoded yet: the same bytes as [`v1::CaptureBatch`].
#[derive(Clone, PartialEq, prost::Message)]
struct Envelope {
    #[prost(int64, tag = "1")]
    account: i64,
    #[prost(int64, tag = "2")]
    r#box: i64,
    #[prost(uint32, tag = "3")]
    epoch: u32,
    #[prost(uint64, tag = "4")]
    number: u64,
    #[prost(bool, tag = "5")]
    live: bool,
    #[prost(bytes = "bytes", repeated, tag = "6")]
    captures: Vec<Bytes>,
    #[prost(message, optional, tag = "7")]
    covered: Option<v1::Covered>,
}

/// What can be read of a batch that [`decode_batch`] refuses.
#[derive(Debug)]
pub struct Salvaged {
    /// The batch without the captures that cannot be decoded.
    pub batch: CaptureBatch,
    /// Each of those alone in a batch numbered 0, and why it is refused.
    pub refused: Vec<(Bytes, WireError)>,
}

/// Takes a batch apart of which [`decode_batch`] refuses a capture. An error: not even the envelope can be read.
pub fn salvage_batch(body: Bytes) -> Result<Salvaged, WireError> {
    let mut envelope = Envelope::decode(body)?;
    let mut refused = Vec::new();
    let mut good = Vec::new();
    for capture in std::mem::take(&mut envelope.captures) {
        let alone = Envelope {
            number: 0,
            captures: vec![capture],
            covered: None,
            ..envelope.clone()
        };
        let alone = Bytes::from(alone.encode_to_vec());
        match decode_batch(alone.clone()) {
            Ok(batch) => good.extend(batch.captures),
            Err(error) => refused.push((alone, error)),
        }
    }
    let rest = Bytes::from(envelope.encode_to_vec());
    Ok(Salvaged {
        batch: CaptureBatch {
            captures: good,
            ..decode_batch(rest)?
        },
        refused,
    })
}

/// The receipt of a batch, read from its envelope alone.
pub fn decode_receipt(body: Bytes) -> Result<(AccountId, BatchNumber), WireError> {
    let envelope = Envelope::decode(body)?;
    let number = BatchNumber {
        epoch: envelope.epoch,
        n: envelope.number,
    };
    Ok((AccountId(envelope.account), number))
}

/// Splits a batch whose body would exceed `max_bytes`, by id, each part with its own sub-range of what it covers. The
/// first part keeps the batch's number and `next_number` gives those of the others. A single capture above the limit
/// stays one (too large) part.
pub fn split_batch(
    batch: CaptureBatch,
    max_bytes: usize,
    mut next_number: impl FnMut() -> BatchNumber,
) -> Vec<CaptureBatch> {
    let sizes: Vec<usize> = batch
        .captures
        .iter()
        .map(|c| encode_capture(c).encoded_len() + 8)
        .collect();
    if sizes.iter().sum::<usize>() + 64 <= max_bytes {
        return vec![batch];
    }
    let CaptureBatch {
        account,
        box_id,
        number,
        lane,
        mut captures,
        covered,
    } = batch;
    // Messages ascend by id; everything else goes first, so that each sub-range ends with a message.
    captures.sort_by_key(|c| {
        if let Capture::Message(m) = c {
            m.id
        } else {
            i64::MIN
        }
    });
    let mut parts: Vec<Vec<Capture>> = vec![Vec::new()];
    let mut size = 64;
    for capture in captures {
        let own = encode_capture(&capture).encoded_len() + 8;
        if size + own > max_bytes && parts.last().is_some_and(|p| !p.is_empty()) {
            parts.push(Vec::new());
            size = 64;
        }
        size += own;
        if let Some(part) = parts.last_mut() {
            part.push(capture);
        }
    }
    let last = parts.len() - 1;
    let mut after = covered.map_or(0, |c| c.range.after);
    parts
        .into_iter()
        .enumerate()
        .map(|(n, captures)| {
            let greatest = captures.iter().rev().find_map(|c| {
                if let Capture::Message(m) = c {
                    Some(m.id)
                } else {
                    None
                }
            });
            let covered = covered.and_then(|c| {
                let through = if n == last {
                    c.range.through
                } else {
                    greatest?.min(c.range.through)
                };
                let range = IdRange::new(after, through)?;
                after = through;
                Some(Covered { range, ..c })
            });
            let number = if n == 0 { number } else { next_number() };
            CaptureBatch {
                account,
                box_id,
                number,
                lane,
                captures,
                covered,
            }
        })
        .collect()
}

fn json<T: Serialize>(value: &T) -> String {
    // The model's types have string keys and finite numbers; a non-finite coordinate becomes null.
    serde_json::to_string(value).unwrap_or_default()
}

fn some_json<T: Serialize>(value: Option<&T>) -> String {
    value.map(json).unwrap_or_default()
}

fn from_json<T: DeserializeOwned>(field: &'static str, text: &str) -> Result<Option<T>, WireError> {
    if text.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(text)
        .map(Some)
        // The error's own words would quote the text.
        .map_err(|e| WireError::Field {
            field,
            reason: format!("not the JSON that was expected, from column {}", e.column()),
        })
}

fn chat_or_none(id: i64) -> Option<ChatId> {
    (id != 0).then_some(ChatId(id))
}

fn encode_capture(capture: &Capture) -> v1::Capture {
    use v1::capture::What;
    let (seen, what) = match capture {
        Capture::Message(m) => (m.seen, What::Message(encode_message(m))),
        Capture::Deletions(d) => (
            d.seen,
            What::Deletions(v1::Deletions {
                ids: d.ids.clone(),
                chat: d.chat.map_or(0, |c| c.0),
                source: d.source.as_str().to_owned(),
                observed_at: d.observed_at,
                since: d.since,
                observe_only: d.observe_only,
            }),
        ),
        Capture::Reactions { seen, id, reactions } => (
            *seen,
            What::Reactions(v1::Reactions {
                id: *id,
                reactions_json: json(reactions),
            }),
        ),
        Capture::Counters {
            seen,
            id,
            counters: c,
        } => (
            *seen,
            What::Counters(v1::Counters {
                id: *id,
                views: c.views,
                forwards: c.forwards,
                replies: c.replies,
            }),
        ),
        Capture::Pinned { seen, ids, pinned } => (
            *seen,
            What::Pinned(v1::Pinned {
                ids: ids.clone(),
                pinned: *pinned,
            }),
        ),
        Capture::User(u) => (u.seen, What::User(encode_user(u))),
        Capture::Chat(c) => (c.seen, What::Chat(encode_chat(c))),
        Capture::Dialog(d) => (
            d.seen,
            What::Dialog(v1::Dialog {
                chat: d.chat.0,
                kind: d.kind.as_str().to_owned(),
                folder_id: d.folder_id,
                pinned: d.pinned,
                top_message: d.top_message,
                raw: d.raw.clone(),
                layer: d.layer,
            }),
        ),
        Capture::Record(r) => (
            r.seen,
            What::Record(v1::Record {
                kind: r.kind.as_str().to_owned(),
                key: r.key.clone(),
                data_json: r.data.to_string(),
                raw: r.raw.clone(),
                layer: r.layer,
            }),
        ),
        Capture::Raw(r) => (
            r.seen,
            What::Raw(v1::RawUpdate {
                constructor: r.constructor.clone(),
                raw: r.raw.clone(),
                layer: r.layer,
            }),
        ),
    };
    v1::Capture {
        seen: seen.to_i64(),
        what: Some(what),
    }
}

fn encode_message(m: &CapturedMessage) -> v1::Message {
    let f = m.head.flags;
    let flags = [
        (f.out, OUT),
        (f.post, POST),
        (f.silent, SILENT),
        (f.noforwards, NOFORWARDS),
        (f.from_scheduled, FROM_SCHEDULED),
        (m.edit_hide, EDIT_HIDE),
        (m.pinned, PINNED),
    ];
    v1::Message {
        id: m.id,
        origin: m.origin.as_str().to_owned(),
        kind: m.kind.as_str().to_owned(),
        chat: m.head.chat.map_or(0, |c| c.0),
        sender: m.head.sender.map_or(0, |c| c.0),
        date: m.head.date,
        flags: flags.iter().filter(|(set, _)| *set).map(|(_, bit)| bit).sum(),
        via_bot: m.head.via_bot.unwrap_or(0),
        post_author: m.head.post_author.clone().unwrap_or_default(),
        grouped_id: m.head.grouped_id.unwrap_or(0),
        topic_id: m.head.topic_id.unwrap_or(0),
        reply_json: some_json(m.head.reply.as_ref()),
        forward_json: some_json(m.head.forward.as_ref()),
        ttl_seconds: m.head.ttl_seconds.unwrap_or(0),
        edit_date: m.edit_date,
        text: m.content.text.clone(),
        entities_json: if m.content.entities.is_empty() {
            String::new()
        } else {
            json(&m.content.entities)
        },
        attachment_json: some_json(m.content.attachment.as_ref()),
        service_json: some_json(m.content.service.as_ref()),
        hash: Bytes::copy_from_slice(&m.hash.0),
        views: m.counters.views,
        forwards: m.counters.forwards,
        replies: m.counters.replies,
        reactions_json: some_json(m.reactions.as_ref()),
        raw: m.raw.clone(),
        layer: m.layer,
    }
}

fn encode_user(u: &CapturedUser) -> v1::User {
    let flags = [(u.is_self, 1), (u.bot, 2), (u.deleted, 4), (u.contact, 8)];
    v1::User {
        id: u.id,
        min: u.min,
        first_name: u.first_name.clone(),
        last_name: u.last_name.clone(),
        username: u.username.clone(),
        phone: u.phone.clone(),
        flags: flags.iter().filter(|(set, _)| *set).map(|(_, bit)| bit).sum(),
        photo_json: some_json(u.photo.as_ref()),
        raw: u.raw.clone(),
        layer: u.layer,
    }
}

fn encode_chat(c: &CapturedChat) -> v1::Chat {
    v1::Chat {
        id: c.id.0,
        kind: c.kind.as_str().to_owned(),
        min: c.min,
        title: c.title.clone(),
        username: c.username.clone(),
        participants_count: c.participants_count,
        inaccessible: c.inaccessible,
        migrated_to: c.migrated_to.map_or(0, |c| c.0),
        migrated_from: c.migrated_from.map_or(0, |c| c.0),
        photo_json: some_json(c.photo.as_ref()),
        raw: c.raw.clone(),
        layer: c.layer,
    }
}

fn unknown_word(field: &'static str, word: &str) -> WireError {
    WireError::Field {
        field,
        reason: format!("`{word}` is not known to this version"),
    }
}

fn decode_capture(capture: v1::Capture) -> Result<Capture, WireError> {
    use v1::capture::What;
    let seen = Seen::from_i64(capture.seen);
    let what = capture.what.ok_or_else(|| WireError::Field {
        field: "what",
        reason: "a kind of capture from a newer version".to_owned(),
    })?;
    Ok(match what {
        What::Message(m) => Capture::Message(Box::new(decode_message(seen, m)?)),
        What::Deletions(d) => Capture::Deletions(Deletions {
            seen,
            ids: d.ids,
            chat: chat_or_none(d.chat),
            source: DeletionSource::parse(&d.source).ok_or_else(|| unknown_word("source", &d.source))?,
            observed_at: d.observed_at,
            since: d.since,
            observe_only: d.observe_only,
        }),
        What::Reactions(r) => Capture::Reactions {
            seen,
            id: r.id,
            reactions: from_json("reactions_json", &r.reactions_json)?.unwrap_or_default(),
        },
        What::Counters(c) => Capture::Counters {
            seen,
            id: c.id,
            counters: Counters {
                views: c.views,
                forwards: c.forwards,
                replies: c.replies,
            },
        },
        What::Pinned(p) => Capture::Pinned {
            seen,
            ids: p.ids,
            pinned: p.pinned,
        },
        What::User(u) => Capture::User(Box::new(decode_user(seen, u)?)),
        What::Chat(c) => Capture::Chat(Box::new(decode_chat(seen, c)?)),
        What::Dialog(d) => Capture::Dialog(Box::new(CapturedDialog {
            seen,
            chat: ChatId(d.chat),
            kind: ChatKind::parse(&d.kind).ok_or_else(|| unknown_word("kind", &d.kind))?,
            folder_id: d.folder_id,
            pinned: d.pinned,
            top_message: d.top_message,
            raw: d.raw,
            layer: d.layer,
        })),
        What::Record(r) => Capture::Record(Box::new(CapturedRecord {
            seen,
            kind: RecordKind::parse(&r.kind).ok_or_else(|| unknown_word("kind", &r.kind))?,
            key: r.key,
            data: from_json("data_json", &r.data_json)?.unwrap_or_default(),
            raw: r.raw,
            layer: r.layer,
        })),
        What::Raw(r) => Capture::Raw(RawUpdate {
            seen,
            constructor: r.constructor,
            raw: r.raw,
            layer: r.layer,
        }),
    })
}

fn decode_message(seen: Seen, m: v1::Message) -> Result<CapturedMessage, WireError> {
    let flag = |bit| m.flags & bit != 0;
    let origin = match m.origin.as_str() {
        "live" => Origin::Live,
        "difference" => Origin::Difference,
        "page" => Origin::Page,
        "import" => Origin::Import,
        other => return Err(unknown_word("origin", other)),
    };
    Ok(CapturedMessage {
        seen,
        origin,
        id: m.id,
        kind: MessageKind::parse(&m.kind),
        head: MessageHead {
            chat: chat_or_none(m.chat),
            sender: chat_or_none(m.sender),
            date: m.date,
            flags: MessageFlags {
                out: flag(OUT),
                post: flag(POST),
                silent: flag(SILENT),
                noforwards: flag(NOFORWARDS),
                from_scheduled: flag(FROM_SCHEDULED),
            },
            via_bot: (m.via_bot != 0).then_some(m.via_bot),
            post_author: (!m.post_author.is_empty()).then(|| m.post_author.clone()),
            grouped_id: (m.grouped_id != 0).then_some(m.grouped_id),
            topic_id: (m.topic_id != 0).then_some(m.topic_id),
            reply: from_json("reply_json", &m.reply_json)?,
            forward: from_json("forward_json", &m.forward_json)?,
            ttl_seconds: (m.ttl_seconds != 0).then_some(m.ttl_seconds),
        },
        edit_date: m.edit_date,
        edit_hide: flag(EDIT_HIDE),
        pinned: flag(PINNED),
        content: Content {
            entities: from_json("entities_json", &m.entities_json)?.unwrap_or_default(),
            attachment: from_json("attachment_json", &m.attachment_json)?,
            service: from_json("service_json", &m.service_json)?,
            text: m.text,
        },
        hash: ContentHash::try_from(&m.hash[..]).map_err(|_| WireError::Field {
            field: "hash",
            reason: "not 32 bytes".to_owned(),
        })?,
        counters: Counters {
            views: m.views,
            forwards: m.forwards,
            replies: m.replies,
        },
        reactions: from_json("reactions_json", &m.reactions_json)?,
        raw: m.raw,
        layer: m.layer,
    })
}

fn decode_user(seen: Seen, u: v1::User) -> Result<CapturedUser, WireError> {
    Ok(CapturedUser {
        seen,
        id: u.id,
        min: u.min,
        first_name: u.first_name,
        last_name: u.last_name,
        username: u.username,
        phone: u.phone,
        is_self: u.flags & 1 != 0,
        bot: u.flags & 2 != 0,
        deleted: u.flags & 4 != 0,
        contact: u.flags & 8 != 0,
        photo: from_json("photo_json", &u.photo_json)?,
        raw: u.raw,
        layer: u.layer,
    })
}

fn decode_chat(seen: Seen, c: v1::Chat) -> Result<CapturedChat, WireError> {
    Ok(CapturedChat {
        seen,
        id: ChatId(c.id),
        kind: ChatKind::parse(&c.kind).ok_or_else(|| unknown_word("kind", &c.kind))?,
        min: c.min,
        title: c.title,
        username: c.username,
        participants_count: c.participants_count,
        inaccessible: c.inaccessible,
        migrated_to: chat_or_none(c.migrated_to),
        migrated_from: chat_or_none(c.migrated_from),
        photo: from_json("photo_json", &c.photo_json)?,
        raw: c.raw,
        layer: c.layer,
    })
}
