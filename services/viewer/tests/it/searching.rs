//! Searches, with words and operators.

use serde_json::{Value, json};
use store::conformance::builders::deletion;

use crate::bed::{ANN, Bed, HIDDEN, OPEN, ids, sent, with_file};

async fn filled() -> Bed {
    let bed = Bed::new().await;
    bed.people().await;
    let captures = (1..=60)
        .map(|id| {
            sent(OPEN, id, &format!("tea number {id} 😀 tea"), |m| {
                m.pinned = id == 9
            })
        })
        .collect();
    bed.put(OPEN, captures).await;
    bed.put(
        OPEN,
        vec![
            deletion(Some(OPEN), vec![8], 9, 1_700_000_900_000_000),
            with_file(OPEN, 61, "x/y", None),
        ],
    )
    .await;
    bed.put(
        HIDDEN,
        vec![sent(HIDDEN, 70, "tea in secret", |m| m.head.sender = Some(ANN))],
    )
    .await;
    bed.store.index_search(1000).await.unwrap();
    bed
}

fn hits(page: &Value) -> Vec<i64> {
    ids(&page["hits"])
}

#[tokio::test(flavor = "multi_thread")]
async fn hits_come_newest_first_in_pages_and_are_counted() {
    let bed = filled().await;
    let admin = bed.admin().await;
    let first = admin.json("/accounts/1/search?q=tea").await;
    assert_eq!(
        (hits(&first).len(), hits(&first)[0], hits(&first)[1]),
        (50, 70, 60)
    );
    assert_eq!(
        (&first["total"], &first["total_is_more"]),
        (&json!(61), &json!(false))
    );
    let hit = &first["hits"][1];
    assert_eq!(
        (&hit["chat"]["name"], &hit["sender"]["name"]),
        (&json!("Open group"), &json!("Bob"))
    );
    assert_eq!(
        hit["snippet"],
        json!({
            "text": "tea number 60 😀 tea",
            "ranges": [{ "offset": 0, "length": 3 }, { "offset": 17, "length": 3 }],
        })
    );
    let next = first["next"].as_str().unwrap();
    let second = admin
        .json(&format!("/accounts/1/search?q=tea&cursor={next}"))
        .await;
    assert_eq!(hits(&second), (1..=11).rev().collect::<Vec<_>>());
    assert_eq!((&second["next"], &second["total"]), (&Value::Null, &Value::Null));
    let here = admin
        .json(&format!("/accounts/1/search?q=tea&chat={OPEN}&limit=1"))
        .await;
    assert_eq!((hits(&here), &here["total"]), (vec![60], &json!(60)));
    assert_eq!(hits(&admin.json("/accounts/1/search?q=").await), [] as [i64; 0]);
    assert_eq!(admin.get("/accounts/1/search?q=x&cursor=y").await.status(), 400);
    assert_eq!(
        admin
            .get(&format!("/accounts/1/search?q={}", "x".repeat(600)))
            .await
            .status(),
        400
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_narrow_it() {
    let bed = filled().await;
    let admin = bed.admin().await;
    for (typed, expected) in [
        ("tea from:ann", vec![70]),
        ("from:Ann", vec![70]),
        ("tea from:5 is:pinned", vec![9]),
        ("is:deleted", vec![8]),
        ("tea is:deleted in:open", vec![8]),
        ("tea in:nowhere", vec![]),
        ("in:\"hidden group\" tea", vec![70]),
        ("has:file", vec![61]),
        ("tea before:2023-11-01", vec![]),
        ("tea after:2023-11-14 number 33", vec![33]),
        ("tea from:me", vec![]),
    ] {
        let typed_url = typed.replace(' ', "+").replace('"', "%22");
        let page = admin.json(&format!("/accounts/1/search?q={typed_url}")).await;
        assert_eq!(hits(&page), expected, "{typed}: {page}");
    }
    let odd = admin.json("/accounts/1/search?q=tea+is:odd").await;
    assert_eq!((hits(&odd).len(), &odd["unknown"]), (0, &json!(["is:odd"])));
}
