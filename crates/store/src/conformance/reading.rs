//! Laws of readers and search.

use model::{IdRange, PassKind};

use super::Fixture;
use super::apply::apply_and_admit;
use super::builders::{ACCOUNT, CHANNEL, PRIVATE, batch, page, seen, text};
use crate::{ApplyOptions, Direction, Filters, MessageQuery, SearchQuery};

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
        "Hello wörld",
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
    let find = async |words: &str, chats: Option<Vec<model::ChatId>>, before: Option<i64>, limit: u32| {
        let query = SearchQuery {
            account: ACCOUNT,
            text: words.to_owned(),
            filters: Filters::default(),
            chats,
            before,
            limit,
        };
        store.search(&query).await.expect("searched")
    };
    let hits = find("hello", Some(vec![PRIVATE]), None, 10).await;
    assert_eq!(hits.iter().map(|h| h.id).collect::<Vec<_>>(), [5, 2, 1]);
    assert!(
        hits[0].snippet.contains("\u{E000}HELLO\u{E001}"),
        "{}",
        hits[0].snippet
    );
    assert_eq!(find("hello", None, None, 10).await.len(), 4);
    let first = find("hello", Some(vec![PRIVATE]), None, 1).await;
    assert_eq!(
        find("hello", Some(vec![PRIVATE]), Some(first[0].cursor), 10)
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
        let query = SearchQuery {
            account: ACCOUNT,
            text: words.to_owned(),
            filters: Filters::default(),
            chats: None,
            before: None,
            limit: 10,
        };
        store.search(&query).await.expect("searched").len()
    };
    assert_eq!((find("before").await, find("after").await), (0, 1));
}
