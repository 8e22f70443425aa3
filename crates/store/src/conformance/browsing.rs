//! Laws of what a page shows beside messages, and of its users.

use std::time::Duration;

use bytes::Bytes;
use model::{
    Capture, CapturedChat, CapturedDialog, CapturedMessage, ChatId, ChatKind, Clock as _, Entity, EntityKind,
    MessageFlags, MessageKind,
};

use super::Fixture;
use super::apply::apply_and_admit;
use super::builders::{ACCOUNT, CHANNEL, PRIVATE, batch, deletion, message, seen, text, user};
use crate::{ApplyOptions, ChatQuery, Direction, Filters, MessageQuery, SearchQuery, ViewerUser};

fn dialog(chat: ChatId, kind: ChatKind, folder_id: i32, pinned: bool) -> Capture {
    Capture::Dialog(Box::new(CapturedDialog {
        seen: seen(1),
        chat,
        kind,
        folder_id,
        pinned,
        top_message: 1,
        raw: Bytes::from_static(b"dialog"),
        layer: 230,
    }))
}

fn group(id: ChatId, title: &str, username: Option<&str>) -> Capture {
    Capture::Chat(Box::new(CapturedChat {
        seen: seen(1),
        id,
        kind: ChatKind::Supergroup,
        min: false,
        title: title.to_owned(),
        username: username.map(str::to_owned),
        participants_count: Some(3),
        inaccessible: false,
        migrated_to: None,
        migrated_from: Some(ChatId::group(77)),
        photo: None,
        raw: Bytes::from_static(b"chat"),
        layer: 230,
    }))
}

fn changed(chat: ChatId, id: i64, words: &str, change: impl FnOnce(&mut CapturedMessage)) -> Capture {
    let mut message = message(chat, id, 1, 0, words);
    change(&mut message);
    message.hash = message.content.hash();
    Capture::Message(Box::new(message))
}

/// Law 1 of browsing.
pub async fn pages_of_chats_reach_each_once_in_order(fixture: &impl Fixture) {
    let store = fixture.store();
    let groups: Vec<ChatId> = (1..=7).map(ChatId::channel).collect();
    for (n, chat) in groups.iter().enumerate() {
        let n = n as i64;
        let captures = vec![
            group(*chat, &format!("Группа {n}"), (n == 3).then_some("Third")),
            dialog(*chat, ChatKind::Supergroup, i32::from(n == 5), n == 2),
            text(*chat, 10 + n, 1, 0, "words"),
        ];
        store
            .apply(&[batch(*chat, captures)], ApplyOptions::default())
            .await
            .expect("applied");
    }
    // Without a message, and with one but no dialog.
    let captures = vec![
        dialog(PRIVATE, ChatKind::Private, 0, false),
        user(PRIVATE.0, 1, false, "Zoë"),
    ];
    store
        .apply(&[batch(PRIVATE, captures)], ApplyOptions::default())
        .await
        .expect("applied");
    store
        .apply(
            &[batch(CHANNEL, vec![text(CHANNEL, 1, 1, 0, "old")])],
            ApplyOptions::default(),
        )
        .await
        .expect("applied");
    let ask = async |query: &ChatQuery| store.chat_page(query).await.expect("a page");
    let mut query = ChatQuery {
        account: ACCOUNT,
        only: None,
        text: None,
        archived: None,
        after: None,
        limit: 4,
    };
    let mut found = Vec::new();
    loop {
        let page = ask(&query).await;
        let Some(last) = page.chats.last() else { break };
        assert_eq!(page.total, 9);
        query.after = Some(last.place());
        found.extend(page.chats.iter().map(|c| c.chat.chat));
    }
    let expected = [
        groups[2], groups[6], groups[5], groups[4], groups[3], groups[1], groups[0], CHANNEL, PRIVATE,
    ];
    assert_eq!(found, expected);
    query.after = None;
    let first = ask(&query).await.chats.swap_remove(0);
    assert_eq!(
        (
            first.chat.title.as_deref(),
            first.chat.last_message,
            first.migrated_from,
            first.avatar
        ),
        (
            Some("Группа 2"),
            Some((12, 1_700_000_012)),
            Some(ChatId::group(77)),
            false
        )
    );
    let narrow = async |text: &str, only: Option<Vec<ChatId>>, archived: Option<bool>| {
        let query = ChatQuery {
            text: (!text.is_empty()).then(|| text.to_owned()),
            only,
            archived,
            after: None,
            ..query.clone()
        };
        let page = ask(&query).await;
        (page.total, page.chats.first().map(|c| c.chat.chat))
    };
    assert_eq!(narrow("ГРУППА", None, None).await, (7, Some(groups[2])));
    assert_eq!(narrow("third", None, None).await, (1, Some(groups[3])));
    assert_eq!(narrow("zOË", None, None).await, (1, Some(PRIVATE)));
    assert_eq!(
        narrow("группа", Some(vec![groups[0]]), None).await,
        (1, Some(groups[0]))
    );
    assert_eq!(narrow("", Some(Vec::new()), None).await, (0, None));
    assert_eq!(narrow("", None, Some(true)).await, (1, Some(groups[5])));
    assert_eq!(narrow("", None, Some(false)).await.0, 8);
    let named = async |text: &str| store.find_peers(ACCOUNT, text, 9).await.expect("found");
    assert_eq!(named("@THIRD").await, [groups[3]]);
    assert_eq!(named("zoë").await, [PRIVATE]);
    let peers = store
        .peers(ACCOUNT, &[PRIVATE, groups[0], ChatId(4242)])
        .await
        .expect("named");
    let names: Vec<_> = peers.iter().map(|p| p.name.as_deref()).collect();
    assert_eq!(
        (names.len(), names.contains(&Some("Zoë")), names.contains(&None)),
        (3, true, true)
    );
}

/// Places in a chat: by date, by day, by topic, by pin, by sender.
pub async fn places_in_a_chat_are_found(fixture: &impl Fixture) {
    let store = fixture.store();
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

/// Search with filters, with and without words.
pub async fn filters_narrow_a_search(fixture: &impl Fixture) {
    let store = fixture.store();
    let sent = |chat, id, change: fn(&mut CapturedMessage)| changed(chat, id, "needle in hay", change);
    let captures = vec![
        sent(CHANNEL, 1, |m| m.kind = MessageKind::Photo),
        sent(CHANNEL, 2, |m| m.head.sender = Some(ChatId(6))),
        sent(CHANNEL, 3, |m| m.pinned = true),
        sent(CHANNEL, 4, |m| {
            m.head.flags = MessageFlags {
                out: true,
                ..MessageFlags::default()
            }
        }),
        sent(CHANNEL, 5, |m| {
            m.content.entities = vec![Entity {
                offset: 0,
                length: 6,
                kind: EntityKind::TextUrl {
                    url: "https://example.org".to_owned(),
                },
            }];
        }),
        sent(CHANNEL, 6, |m| m.head.reply = Some(model::Reply::default())),
        sent(CHANNEL, 7, |m| m.head.forward = Some(model::Forward::default())),
        sent(CHANNEL, 8, |_| {}),
        sent(CHANNEL, 9, |_| {}),
        sent(CHANNEL, 10, |m| m.kind = MessageKind::Voice),
    ];
    apply_and_admit(&store, &[batch(CHANNEL, captures)], ApplyOptions::default()).await;
    let later = vec![
        text(CHANNEL, 8, 2, 1_700_000_900, "needle in hay, edited"),
        deletion(Some(CHANNEL), vec![9], 3, 1_700_000_950_000_000),
    ];
    apply_and_admit(&store, &[batch(CHANNEL, later)], ApplyOptions::default()).await;
    let other = vec![sent(PRIVATE, 11, |m| m.kind = MessageKind::Photo)];
    apply_and_admit(&store, &[batch(PRIVATE, other)], ApplyOptions::default()).await;
    store.index_search(100).await.expect("indexed");
    let query = |text: &str, filters: &Filters| SearchQuery {
        account: ACCOUNT,
        text: text.to_owned(),
        filters: filters.clone(),
        chats: Some(vec![CHANNEL]),
        before: None,
        limit: 20,
    };
    let none = Filters::default;
    for (filters, expected) in [
        (
            Filters {
                kinds: vec![MessageKind::Photo],
                ..none()
            },
            vec![1],
        ),
        (
            Filters {
                kinds: vec![MessageKind::Photo, MessageKind::Voice],
                ..none()
            },
            vec![10, 1],
        ),
        (
            Filters {
                senders: Some(vec![ChatId(6)]),
                ..none()
            },
            vec![2],
        ),
        (
            Filters {
                senders: Some(Vec::new()),
                ..none()
            },
            vec![],
        ),
        (
            Filters {
                pinned: true,
                ..none()
            },
            vec![3],
        ),
        (Filters { out: true, ..none() }, vec![4]),
        (
            Filters {
                links: true,
                ..none()
            },
            vec![5],
        ),
        (
            Filters {
                links: true,
                kinds: vec![MessageKind::Photo],
                ..none()
            },
            vec![5, 1],
        ),
        (
            Filters {
                reply: true,
                ..none()
            },
            vec![6],
        ),
        (
            Filters {
                forwarded: true,
                ..none()
            },
            vec![7],
        ),
        (
            Filters {
                edited: true,
                ..none()
            },
            vec![8],
        ),
        (
            Filters {
                deleted: true,
                ..none()
            },
            vec![9],
        ),
        (
            Filters {
                since: Some(1_700_000_009),
                ..none()
            },
            vec![10, 9],
        ),
        (
            Filters {
                until: Some(1_700_000_003),
                ..none()
            },
            vec![2, 1],
        ),
        (
            Filters {
                pinned: true,
                out: true,
                ..none()
            },
            vec![],
        ),
    ] {
        for words in ["", "needle", "eedl"] {
            let hits = store.search(&query(words, &filters)).await.expect("searched");
            let ids: Vec<_> = hits.iter().map(|h| h.id).collect();
            assert_eq!(ids, expected, "{filters:?} with `{words}`");
        }
    }
    // Everywhere, and on from any hit.
    let photos = Filters {
        kinds: vec![MessageKind::Photo],
        ..none()
    };
    for words in ["", "needle"] {
        let mut everywhere = SearchQuery {
            chats: None,
            limit: 1,
            ..query(words, &photos)
        };
        let mut found = Vec::new();
        loop {
            let hits = store.search(&everywhere).await.expect("searched");
            let Some(hit) = hits.first() else { break };
            found.push((hit.chat, hit.id, hit.kind));
            everywhere.before = Some(hit.cursor);
        }
        assert_eq!(
            found,
            [
                (PRIVATE, 11, MessageKind::Photo),
                (CHANNEL, 1, MessageKind::Photo)
            ]
        );
    }
    let deleted = store
        .search(&query(
            "needle",
            &Filters {
                deleted: true,
                ..none()
            },
        ))
        .await
        .expect("searched");
    assert_eq!(
        (deleted[0].deleted_at, deleted[0].sender),
        (Some(1_700_000_950_000_000), Some(ChatId(5)))
    );
    assert!(
        store
            .search(&query("", &none()))
            .await
            .expect("searched")
            .is_empty()
    );
}

/// The laws of users and sessions.
pub async fn sessions_end_with_time_by_hand_and_with_their_user(fixture: &impl Fixture) {
    let store = fixture.store();
    let mut alice = ViewerUser {
        name: "alice".to_owned(),
        admin: false,
        password_hash: "one".to_owned(),
        chats: Some(vec![PRIVATE, CHANNEL]),
    };
    store.save_viewer_user(&alice).await.expect("saved");
    let bob = ViewerUser {
        name: "bob".to_owned(),
        admin: true,
        chats: None,
        ..alice.clone()
    };
    store.save_viewer_user(&bob).await.expect("saved");
    assert_eq!(
        store.viewer_users().await.expect("listed"),
        [alice.clone(), bob.clone()]
    );
    assert_eq!(store.viewer_user("bob").await.expect("found"), Some(bob));
    let now = fixture.clock().now_micros();
    let open = async |token: u8, user: &str, seconds: i64| {
        store
            .open_viewer_session(&[token; 32], user, now + seconds * 1_000_000)
            .await
            .expect("opened");
    };
    let is_open = async |token: u8| store.viewer_session(&[token; 32]).await.expect("asked");
    open(1, "alice", 100).await;
    open(2, "alice", 1000).await;
    open(3, "bob", 1000).await;
    assert_eq!(is_open(1).await.expect("open").user, alice);
    assert!(is_open(9).await.is_none());
    fixture.clock().advance(Duration::from_secs(101));
    assert!(is_open(1).await.is_none(), "its time is over");
    alice.chats = None;
    store.save_viewer_user(&alice).await.expect("saved");
    assert_eq!(
        is_open(2).await.expect("still open").user.chats,
        None,
        "as the user stands now"
    );
    alice.password_hash = "two".to_owned();
    store.save_viewer_user(&alice).await.expect("saved");
    assert!(is_open(2).await.is_none(), "another password");
    open(4, "alice", 1000).await;
    store.end_viewer_session(&[4; 32]).await.expect("ended");
    assert!(is_open(4).await.is_none(), "by hand");
    open(5, "alice", 1000).await;
    assert!(store.remove_viewer_user("alice").await.expect("removed"));
    assert!(!store.remove_viewer_user("alice").await.expect("there is none"));
    assert!(is_open(5).await.is_none(), "without a user");
    assert!(is_open(3).await.is_some(), "others are left alone");
}
