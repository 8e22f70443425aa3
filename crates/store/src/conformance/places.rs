//! Laws of places in a chat: by date, by day, by topic, by pin, by sender.

use std::sync::Arc;

use model::ChatId;

use super::Fixture;
use super::builders::{ACCOUNT, CHANNEL, PRIVATE, batch, changed, text};
use crate::{ApplyOptions, Direction, MessageQuery, Store};

async fn filled(store: &Arc<dyn Store>) {
    let captures = (1..=20)
        .map(|id| {
            changed(CHANNEL, id, "words", |m| {
                m.head.date = 1_700_000_000 + id * 3600;
                m.head.topic_id = (id % 3 == 0).then_some(3);
                m.pinned = id == 4 || id == 9;
                m.head.sender = Some(ChatId(if id == 7 { 6 } else { 5 }));
            })
        })
        .collect();
    store
        .apply(&[batch(CHANNEL, captures)], ApplyOptions::default())
        .await
        .expect("applied");
}

/// By date and by day.
pub async fn places_in_a_chat_are_found(fixture: &impl Fixture) {
    let store = fixture.store();
    filled(&store).await;
    let at = async |topic, date| {
        store
            .message_at(ACCOUNT, CHANNEL, topic, date)
            .await
            .expect("found")
    };
    let hour = |n: i64| 1_700_000_000 + n * 3600;
    assert_eq!(at(None, 0).await, Some(1));
    assert_eq!(at(None, hour(7)).await, Some(7));
    assert_eq!(at(None, hour(7) + 1).await, Some(8));
    assert_eq!(at(None, hour(99)).await, Some(20), "else the last one before");
    assert_eq!(at(Some(3), hour(7)).await, Some(9));
    assert_eq!(
        store
            .message_at(ACCOUNT, ChatId(404), None, 0)
            .await
            .expect("none"),
        None
    );
    let days = store
        .days(
            ACCOUNT,
            CHANNEL,
            &[hour(0), hour(3), hour(3) + 1, hour(3) + 2, hour(30)],
        )
        .await
        .expect("days");
    let days: Vec<_> = days.iter().map(|d| (d.start, d.messages, d.first)).collect();
    assert_eq!(days, [(hour(0), 2, 1), (hour(3), 1, 3), (hour(3) + 2, 17, 4)]);
    assert_eq!(
        store.span(ACCOUNT, CHANNEL).await.expect("a span"),
        Some((hour(1), hour(20)))
    );
    assert_eq!(store.span(ACCOUNT, ChatId(404)).await.expect("no span"), None);
}

/// By pin, id, topic and sender.
pub async fn messages_are_found_by_what_they_are(fixture: &impl Fixture) {
    let store = fixture.store();
    filled(&store).await;
    let pinned = store.pinned(ACCOUNT, CHANNEL, 9).await.expect("pinned");
    assert_eq!(pinned.iter().map(|m| m.id).collect::<Vec<_>>(), [9, 4]);
    store
        .apply(
            &[batch(PRIVATE, vec![text(PRIVATE, 12, 1, 0, "other box")])],
            ApplyOptions::default(),
        )
        .await
        .expect("applied");
    let box_id = CHANNEL.box_id();
    let keys = [
        (box_id, 12),
        (box_id, 3),
        (box_id, 999),
        (PRIVATE.box_id(), 12),
        (PRIVATE.box_id(), 3),
        (box_id, 3),
    ];
    let found = store.messages_by_key(ACCOUNT, &keys).await.expect("found");
    let found: Vec<_> = found.iter().map(|m| (m.box_id, m.id)).collect();
    assert_eq!(found, [(PRIVATE.box_id(), 12), (box_id, 3), (box_id, 12)]);
    assert_eq!(
        store.counts(ACCOUNT, CHANNEL, 15).await.expect("counted"),
        (20, 5)
    );
    let topic = MessageQuery {
        account: ACCOUNT,
        chat: CHANNEL,
        cursor: Some(10),
        topic: Some(3),
        direction: Direction::Older,
        limit: 2,
        since: None,
        until: None,
    };
    let page = store.messages(&topic).await.expect("a page");
    assert_eq!(page.messages.iter().map(|m| m.id).collect::<Vec<_>>(), [9, 6]);
    let wrote = async |peer, chats: &[ChatId]| {
        store
            .wrote_in(ACCOUNT, ChatId(peer), chats)
            .await
            .expect("answered")
    };
    assert!(wrote(6, &[PRIVATE, CHANNEL]).await);
    assert!(!wrote(6, &[PRIVATE]).await && !wrote(6, &[]).await && !wrote(8, &[CHANNEL]).await);
    let raw = store
        .raw_message(ACCOUNT, CHANNEL.box_id(), 3)
        .await
        .expect("raw")
        .expect("stored");
    assert_eq!((raw.raw.as_slice(), raw.layer), (&b"raw words 1"[..], 230));
    let held = store
        .statistics_of(ACCOUNT, &[CHANNEL, PRIVATE])
        .await
        .expect("counted");
    assert_eq!((held.chats, held.messages), (2, 21));
    assert_eq!(
        store
            .statistics_of(ACCOUNT, &[PRIVATE])
            .await
            .expect("counted")
            .messages,
        1
    );
}
