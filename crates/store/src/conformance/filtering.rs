//! Laws of searches with filters, with and without words.

use std::sync::Arc;

use model::{CapturedMessage, ChatId, Entity, EntityKind, MessageFlags, MessageKind};

use super::Fixture;
use super::apply::apply_and_admit;
use super::builders::{ACCOUNT, CHANNEL, PRIVATE, batch, changed, deletion, text};
use crate::{ApplyOptions, Filters, SearchQuery, Store};

fn sent(chat: ChatId, id: i64, change: fn(&mut CapturedMessage)) -> model::Capture {
    changed(chat, id, "needle in hay", change)
}

/// A message of each sort.
async fn filled(store: &Arc<dyn Store>) {
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
    apply_and_admit(store, &[batch(CHANNEL, captures)], ApplyOptions::default()).await;
    let later = vec![
        text(CHANNEL, 8, 2, 1_700_000_900, "needle in hay, edited"),
        deletion(Some(CHANNEL), vec![9], 3, 1_700_000_950_000_000),
    ];
    apply_and_admit(store, &[batch(CHANNEL, later)], ApplyOptions::default()).await;
    let other = vec![sent(PRIVATE, 11, |m| m.kind = MessageKind::Photo)];
    apply_and_admit(store, &[batch(PRIVATE, other)], ApplyOptions::default()).await;
    store.index_search(100).await.expect("indexed");
}

fn query(text: &str, filters: &Filters) -> SearchQuery {
    SearchQuery {
        filters: filters.clone(),
        chats: Some(vec![CHANNEL]),
        limit: 20,
        ..SearchQuery::words(ACCOUNT, text)
    }
}

fn with(set: impl FnOnce(&mut Filters)) -> Filters {
    let mut filters = Filters::default();
    set(&mut filters);
    filters
}

/// Filters, and the ids that fit.
fn cases() -> Vec<(Filters, Vec<i64>)> {
    use MessageKind::{Photo, Voice};
    vec![
        (with(|f| f.kinds = vec![Photo]), vec![1]),
        (with(|f| f.kinds = vec![Photo, Voice]), vec![10, 1]),
        (with(|f| f.senders = Some(vec![ChatId(6)])), vec![2]),
        (with(|f| f.senders = Some(Vec::new())), vec![]),
        (with(|f| f.pinned = true), vec![3]),
        (with(|f| f.out = true), vec![4]),
        (with(|f| f.links = true), vec![5]),
        (with(|f| (f.links, f.kinds) = (true, vec![Photo])), vec![5, 1]),
        (with(|f| f.reply = true), vec![6]),
        (with(|f| f.forwarded = true), vec![7]),
        (with(|f| f.edited = true), vec![8]),
        (with(|f| f.deleted = true), vec![9]),
        (with(|f| f.since = Some(1_700_000_009)), vec![10, 9]),
        (with(|f| f.until = Some(1_700_000_003)), vec![2, 1]),
        (with(|f| (f.pinned, f.out) = (true, true)), vec![]),
    ]
}

/// Each filter finds its own.
pub async fn filters_narrow_a_search(fixture: &impl Fixture) {
    let store = fixture.store();
    filled(&store).await;
    for (filters, expected) in cases() {
        for words in ["", "needle", "eedl"] {
            let found = store.search(&query(words, &filters)).await.expect("searched");
            let ids: Vec<_> = found.hits.iter().map(|h| h.id).collect();
            assert_eq!(ids, expected, "{filters:?} with `{words}`");
            assert_eq!(found.reached, None, "all was looked at");
        }
    }
    let nothing = store
        .search(&query("", &Filters::default()))
        .await
        .expect("searched");
    assert!(nothing.hits.is_empty(), "neither words nor filters");
}

/// Law 1 of search.
pub async fn a_search_goes_on_below_any_hit(fixture: &impl Fixture) {
    let store = fixture.store();
    filled(&store).await;
    let photos = with(|f| f.kinds = vec![MessageKind::Photo]);
    for words in ["", "needle"] {
        let mut everywhere = SearchQuery {
            chats: None,
            limit: 1,
            ..query(words, &photos)
        };
        let mut found = Vec::new();
        loop {
            let hits = store.search(&everywhere).await.expect("searched").hits;
            let Some(hit) = hits.first() else { break };
            found.push((hit.chat, hit.id, hit.kind));
            everywhere.before = Some(hit.place);
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
        .search(&query("needle", &with(|f| f.deleted = true)))
        .await
        .expect("searched")
        .hits;
    assert_eq!(
        (deleted[0].deleted_at, deleted[0].sender),
        (Some(1_700_000_950_000_000), Some(ChatId(5)))
    );
}

/// Law 4 of search: with a small bound it takes more steps to the same hits, and each step says where it stands.
pub async fn a_search_has_a_bound_and_goes_on_where_it_ended(fixture: &impl Fixture) {
    let store = fixture.store();
    let hours = |id: i64| 1_700_000_000 + id * 3_600;
    for chat in [CHANNEL, PRIVATE] {
        let captures = (1..=100)
            .map(|id| {
                // Many words: of few PostgreSQL makes no statistics for beginnings of words.
                changed(chat, id, &format!("needle in hay h{id} s{id}"), |m| {
                    m.head.date = hours(id);
                    m.head.flags.out = id % 90 == 3;
                })
            })
            .collect();
        apply_and_admit(&store, &[batch(chat, captures)], ApplyOptions::default()).await;
    }
    store.index_search(1_000).await.expect("indexed");
    fixture.analyzed().await;
    let own = with(|f| f.out = true);
    for (words, filters, expected) in [
        ("", &own, vec![93, 93, 3, 3]),
        ("needle", &own, vec![93, 93, 3, 3]),
        ("eedl", &own, vec![93, 93, 3, 3]),
        (
            "needle",
            &with(|f| (f.out, f.until) = (true, Some(hours(50)))),
            vec![3, 3],
        ),
        ("", &with(|f| f.senders = Some(vec![ChatId(404)])), vec![]),
    ] {
        let mut asked = SearchQuery {
            chats: None,
            limit: 3,
            examine: 8,
            ..query(words, filters)
        };
        let (mut ids, mut steps) = (Vec::new(), 0);
        loop {
            let found = store.search(&asked).await.expect("searched");
            steps += 1;
            ids.extend(found.hits.iter().map(|h| h.id));
            assert!(steps < 100, "`{words}` {filters:?} does not end");
            let next = found
                .reached
                .or((found.hits.len() == 3).then(|| found.hits[2].place));
            assert!(
                next.is_none_or(|n| asked.before.is_none_or(|b| n < b)),
                "back in time only"
            );
            assert_eq!(
                found.counted.is_some(),
                next.is_none(),
                "counted where all were looked at"
            );
            asked.before = next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(ids, expected, "`{words}` {filters:?}");
        let few = filters.senders.is_some();
        assert_eq!(steps > 2, !few, "`{words}` {filters:?}: {steps} steps");
    }
}
