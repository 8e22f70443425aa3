//! Laws of readers and search.

use model::{
    Capture, CapturedChat, CapturedMessage, ChatId, ChatKind, Counters, Entity, EntityKind, Forward, IdRange,
    MessageFlags, MessageHead, PassKind, Reaction, Reactions, Reply,
};

use super::Fixture;
use super::apply::apply_and_admit;
use super::builders::{ACCOUNT, CHANNEL, PRIVATE, batch, changed, page, seen, text, user};
use crate::{ApplyOptions, Direction, MessageQuery, SearchPlace, SearchQuery};

/// Every column comes back as it was written, whatever signs it holds.
pub async fn a_message_is_read_as_it_was_written(fixture: &impl Fixture) {
    const SIGNS: &str = "\"quoted\" \\ {\"a\":[1,null]} \u{1}\u{7f}\u{2028}\u{202e} \r\n\t ' \u{fffd} 👩‍👩‍👧 ع";
    let store = fixture.store();
    let full = |message: &mut CapturedMessage| {
        let signs = || Some(SIGNS.to_owned());
        message.head = MessageHead {
            chat: Some(CHANNEL),
            sender: Some(ChatId(i64::MIN + 1)),
            date: 1_700_000_000,
            flags: MessageFlags {
                out: true,
                silent: true,
                from_scheduled: true,
                ..MessageFlags::default()
            },
            via_bot: Some(i64::MAX),
            post_author: signs(),
            grouped_id: Some(i64::MIN),
            topic_id: Some(3),
            reply: Some(Reply {
                message_id: Some(2),
                chat: Some(PRIVATE),
                top_id: Some(1),
                quote: signs(),
            }),
            forward: Some(Forward {
                from: Some(PRIVATE),
                from_name: signs(),
                date: 1,
                channel_post: Some(i64::MAX),
                post_author: signs(),
            }),
            ttl_seconds: Some(60),
        };
        message.content.entities = vec![Entity {
            offset: 0,
            length: 3,
            kind: EntityKind::Pre {
                language: SIGNS.to_owned(),
            },
        }];
        message.counters = Counters {
            views: Some(1 << 40),
            forwards: Some(0),
            replies: None,
        };
        message.reactions = Some(Reactions {
            counts: vec![Reaction {
                reaction: "👍".to_owned(),
                count: 3,
                chosen: true,
            }],
            recent: vec![(ChatId(7), "👍".to_owned(), 5)],
        });
        message.pinned = true;
    };
    let captures = vec![
        changed(CHANNEL, 8, SIGNS, full),
        text(CHANNEL, 9, 1, 0, "plain"),
        changed(CHANNEL, 10, "", |m| m.edit_hide = true),
    ];
    store
        .apply(&[batch(CHANNEL, captures.clone())], ApplyOptions::default())
        .await
        .expect("applied");
    for capture in captures {
        let Capture::Message(written) = capture else {
            continue;
        };
        let read = store
            .message(ACCOUNT, CHANNEL.box_id(), written.id)
            .await
            .expect("read")
            .expect("there");
        assert_eq!(
            (read.account, read.box_id, read.id),
            (ACCOUNT, CHANNEL.box_id(), written.id)
        );
        assert_eq!((read.kind, &read.head), (written.kind, &written.head));
        assert_eq!((read.edit_date, read.edit_hide), (0, written.edit_hide));
        assert_eq!((&read.content, read.pinned), (&written.content, written.pinned));
        assert_eq!(read.counters, written.counters);
        assert_eq!(read.reactions, written.reactions.clone().unwrap_or_default());
        assert_eq!((read.versions, read.deleted_at, read.held), (1, None, 0));
    }
}

/// Pages.
pub async fn pages_reach_every_message_once(fixture: &impl Fixture) {
    let store = fixture.store();
    let whole = IdRange {
        after: 0,
        through: 95,
    };
    let pass = store
        .open_pass(ACCOUNT, CHANNEL, PassKind::Initial, whole, seen(1))
        .await
        .expect("opened");
    store
        .apply(&[page(CHANNEL, pass.id, whole, 2)], ApplyOptions::default())
        .await
        .expect("applied");
    store
        .apply(
            &[batch(PRIVATE, vec![text(PRIVATE, 7, 3, 0, "other")])],
            ApplyOptions::default(),
        )
        .await
        .expect("applied");
    for direction in [Direction::Older, Direction::Newer] {
        let mut query = MessageQuery {
            account: ACCOUNT,
            chat: CHANNEL,
            cursor: None,
            topic: None,
            direction,
            limit: 10,
            since: None,
            until: None,
        };
        let mut ids = Vec::new();
        loop {
            let page = store.messages(&query).await.expect("a page");
            ids.extend(page.messages.iter().map(|m| m.id));
            query.cursor = page.next;
            if page.next.is_none() {
                break;
            }
        }
        let mut expected: Vec<i64> = (1..=95).collect();
        if direction == Direction::Older {
            expected.reverse();
        }
        assert_eq!(ids, expected);
    }
    let chats = store.chats(ACCOUNT, None).await.expect("chats");
    assert_eq!(
        chats.iter().map(|c| (c.chat, c.messages)).collect::<Vec<_>>(),
        [(CHANNEL, 95), (PRIVATE, 1)]
    );
    assert_eq!(
        store.chats(ACCOUNT, Some(&[PRIVATE])).await.expect("chats").len(),
        1
    );
}

/// Search.
pub async fn search_finds_words_parts_and_cjk_newest_first(fixture: &impl Fixture) {
    let store = fixture.store();
    let texts = [
        "Hello wörldly",
        "another hello \"quoted\"",
        "天気がいいです",
        "unremarkable",
        "HELLO again",
    ];
    let captures = texts
        .iter()
        .enumerate()
        .map(|(n, t)| text(PRIVATE, n as i64 + 1, 1, 0, t))
        .collect();
    store
        .apply(&[batch(PRIVATE, captures)], ApplyOptions::default())
        .await
        .expect("applied");
    store
        .apply(
            &[batch(CHANNEL, vec![text(CHANNEL, 1, 1, 0, "hello channel")])],
            ApplyOptions::default(),
        )
        .await
        .expect("applied");
    let progress = store.index_search(100).await.expect("indexed");
    assert_eq!((progress.indexed, progress.behind), (6, 0));
    let find =
        async |words: &str, chats: Option<Vec<model::ChatId>>, before: Option<SearchPlace>, limit: u32| {
            let query = SearchQuery {
                chats,
                before,
                limit,
                ..SearchQuery::words(ACCOUNT, words)
            };
            store.search(&query).await.expect("searched").hits
        };
    let hits = find("hello", Some(vec![PRIVATE]), None, 10).await;
    assert_eq!(hits.iter().map(|h| h.id).collect::<Vec<_>>(), [5, 2, 1]);
    assert!(
        hits[0].snippet.contains("\u{E000}HELLO\u{E001}"),
        "{}",
        hits[0].snippet
    );
    let accented = batch(CHANNEL, vec![text(CHANNEL, 2, 1, 0, "El Árbol cae")]);
    store
        .apply(&[accented], ApplyOptions::default())
        .await
        .expect("applied");
    store.index_search(100).await.expect("indexed");
    let hits = find("arbol", None, None, 10).await;
    assert_eq!(hits[0].snippet, "El \u{E000}Árbol\u{E001} cae");
    assert_eq!(find("hello", None, None, 10).await.len(), 4);
    let first = find("hello", Some(vec![PRIVATE]), None, 1).await;
    assert_eq!(
        find("hello", Some(vec![PRIVATE]), Some(first[0].place), 10)
            .await
            .len(),
        2
    );
    assert_eq!(
        find("remark", None, None, 10)
            .await
            .iter()
            .map(|h| h.id)
            .collect::<Vec<_>>(),
        [4],
        "a part of a word"
    );
    for words in ["wo", "world", "hello world"] {
        let hits = find(words, None, None, 10).await;
        let ids: Vec<i64> = hits.iter().map(|h| h.id).collect();
        assert_eq!(ids, [1], "the beginning of a word, without its accent: {words}");
    }
    let hits = find("h another", None, None, 10).await;
    assert_eq!(hits.len(), 1, "a beginning of one letter");
    assert_eq!(
        find("がいい", None, None, 10)
            .await
            .iter()
            .map(|h| h.id)
            .collect::<Vec<_>>(),
        [3]
    );
    for syntax in [
        "\"",
        "hello OR",
        "a AND NOT (",
        "text:hello*",
        "NEAR(hello)",
        "-",
        "%",
        "_",
    ] {
        find(syntax, None, None, 10).await;
    }
}

/// Law 3 of search.
pub async fn search_forgets_what_was_edited_away(fixture: &impl Fixture) {
    let store = fixture.store();
    apply_and_admit(
        &store,
        &[batch(PRIVATE, vec![text(PRIVATE, 1, 1, 0, "before words")])],
        ApplyOptions::default(),
    )
    .await;
    store.index_search(100).await.expect("indexed");
    apply_and_admit(
        &store,
        &[batch(PRIVATE, vec![text(PRIVATE, 1, 2, 40, "after words")])],
        ApplyOptions::default(),
    )
    .await;
    store.index_search(100).await.expect("indexed");
    let find = async |words: &str| {
        let query = SearchQuery::words(ACCOUNT, words);
        store.search(&query).await.expect("searched").hits.len()
    };
    assert_eq!((find("before").await, find("after").await), (0, 1));
}

fn channel(bare: i64, stamp: u64, inaccessible: bool) -> Capture {
    Capture::Chat(Box::new(CapturedChat {
        seen: seen(stamp),
        id: ChatId::channel(bare),
        kind: ChatKind::Channel,
        min: false,
        title: "a channel".to_owned(),
        username: None,
        participants_count: None,
        inaccessible,
        migrated_to: None,
        migrated_from: None,
        photo: None,
        raw: bytes::Bytes::from_static(b"raw"),
        layer: 230,
    }))
}

/// Users and chats together, in the order of their ids; what is known in part only, or cannot be read, is left out.
pub async fn peers_that_were_not_seen_again_are_found(fixture: &impl Fixture) {
    let store = fixture.store();
    let captures = vec![
        user(11, 1, false, "old"),
        user(12, 1, false, "seen again"),
        user(12, 5, false, "seen again"),
        user(13, 1, true, "reduced"),
        user(14, 4, false, "old too"),
        channel(900, 1, false),
        channel(901, 1, true),
        channel(902, 9, false),
    ];
    let batches = [batch(PRIVATE, captures)];
    store
        .apply(&batches, ApplyOptions::default())
        .await
        .expect("applied");
    let find = async |since, after, limit| {
        store
            .peers_unseen_since(ACCOUNT, seen(since), after, limit)
            .await
            .expect("found")
    };
    let first = ChatId(i64::MIN);
    let all = [ChatId::channel(900), ChatId(11), ChatId(14)];
    assert_eq!(find(5, first, 10).await, all);
    assert_eq!(find(5, first, 2).await, all[..2]);
    assert_eq!(find(5, all[1], 10).await, all[2..]);
    assert_eq!(find(1, first, 10).await, []);
}
