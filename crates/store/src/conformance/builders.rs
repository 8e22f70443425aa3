//! Captures for tests.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use model::{
    AccountId, BatchNumber, BoxId, Capture, CaptureBatch, CapturedMessage, CapturedUser, ChatId, Content,
    Counters, Covered, DeletionSource, Deletions, IdRange, Lane, MessageHead, MessageKind, Origin, PassId,
    Seen,
};

/// The account of all tests.
pub const ACCOUNT: AccountId = AccountId(1);
/// A private chat.
pub const PRIVATE: ChatId = ChatId(700);
/// A channel.
pub const CHANNEL: ChatId = ChatId::channel(900);

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A stamp of epoch 1.
pub fn seen(counter: u64) -> Seen {
    Seen { epoch: 1, counter }
}

/// A batch with a number of its own.
pub fn batch(chat: ChatId, captures: Vec<Capture>) -> CaptureBatch {
    CaptureBatch {
        account: ACCOUNT,
        box_id: chat.box_id(),
        number: BatchNumber {
            epoch: 1,
            n: NEXT.fetch_add(1, Ordering::SeqCst),
        },
        lane: Lane::Live,
        captures,
        covered: None,
    }
}

/// A page of messages `after+1..=through`, all there.
pub fn page(chat: ChatId, pass: PassId, range: IdRange, stamp: u64) -> CaptureBatch {
    let captures = (range.after + 1..=range.through)
        .map(|id| text(chat, id, stamp, 0, &format!("message {id}")))
        .collect();
    CaptureBatch {
        lane: Lane::History,
        covered: Some(Covered { chat, pass, range }),
        ..batch(chat, captures)
    }
}

/// A text message in some version.
pub fn message(chat: ChatId, id: i64, stamp: u64, edit_date: i64, words: &str) -> CapturedMessage {
    let content = Content {
        text: words.to_owned(),
        ..Content::default()
    };
    CapturedMessage {
        seen: seen(stamp),
        origin: Origin::Live,
        id,
        kind: MessageKind::Text,
        head: MessageHead {
            chat: Some(chat),
            sender: Some(ChatId(5)),
            date: 1_700_000_000 + id,
            ..MessageHead::default()
        },
        edit_date,
        edit_hide: false,
        hash: content.hash(),
        content,
        counters: Counters::default(),
        reactions: None,
        pinned: false,
        raw: Bytes::from(format!("raw {words} {stamp}")),
        layer: 230,
    }
}

/// See [`message`].
pub fn text(chat: ChatId, id: i64, stamp: u64, edit_date: i64, words: &str) -> Capture {
    Capture::Message(Box::new(message(chat, id, stamp, edit_date, words)))
}

/// A text message of the first version, otherwise changed.
pub fn changed(chat: ChatId, id: i64, words: &str, change: impl FnOnce(&mut CapturedMessage)) -> Capture {
    let mut message = message(chat, id, 1, 0, words);
    change(&mut message);
    message.hash = message.content.hash();
    Capture::Message(Box::new(message))
}

/// A live deletion, received at this unix microsecond.
pub fn deletion(chat: Option<ChatId>, ids: Vec<i64>, stamp: u64, at: i64) -> Capture {
    Capture::Deletions(Deletions {
        seen: seen(stamp),
        ids,
        chat,
        source: DeletionSource::Live,
        observed_at: at,
        since: None,
        observe_only: false,
    })
}

/// A user.
pub fn user(id: i64, stamp: u64, min: bool, name: &str) -> Capture {
    Capture::User(Box::new(CapturedUser {
        seen: seen(stamp),
        id,
        min,
        first_name: Some(name.to_owned()),
        last_name: None,
        username: None,
        phone: None,
        is_self: false,
        bot: false,
        deleted: false,
        contact: false,
        photo: None,
        raw: Bytes::from(format!("user {name} {stamp}")),
        layer: 230,
    }))
}

/// The common box.
pub const COMMON: BoxId = BoxId::Common;
