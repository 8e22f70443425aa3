//! Windows of messages, and what stands in them.

use model::{IdRange, PassKind};
use serde_json::{Value, json};
use store::conformance::builders::{deletion, page, seen, text};

use crate::bed::{Bed, OPEN, ids, sent};

pub(crate) fn path(rest: &str) -> String {
    format!("/accounts/1/chats/{OPEN}/messages{rest}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_goes_anywhere_and_says_what_is_missing() {
    let bed = Bed::new().await;
    bed.people().await;
    let range = |after, through| IdRange { after, through };
    let pass = bed
        .store
        .open_pass(bed.account, OPEN, PassKind::Initial, range(0, 100), seen(1))
        .await
        .unwrap();
    // 41 to 60 were never walked.
    bed.apply(&[
        page(OPEN, pass.id, range(0, 40), 2),
        page(OPEN, pass.id, range(60, 100), 2),
    ])
    .await;
    let admin = bed.admin().await;
    let newest = admin.json(&path("?limit=10")).await;
    assert_eq!(ids(&newest["messages"]), (91..=100).collect::<Vec<_>>());
    assert_eq!(
        (&newest["has_older"], &newest["has_newer"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(newest["gaps"], json!([]));
    let before = admin.json(&path("?before=65&limit=10")).await;
    assert_eq!(ids(&before["messages"]), [35, 36, 37, 38, 39, 40, 61, 62, 63, 64]);
    assert_eq!(before["gaps"], json!([{ "first_id": 41, "last_id": 60 }]));
    assert_eq!(
        (&before["has_older"], &before["has_newer"]),
        (&json!(true), &json!(true))
    );
    let after = admin.json(&path("?after=98&limit=10")).await;
    assert_eq!(
        (ids(&after["messages"]), &after["has_newer"]),
        (vec![99, 100], &json!(false))
    );
    let first = admin.json(&path("?before=3")).await;
    assert_eq!(
        (ids(&first["messages"]), &first["has_older"]),
        (vec![1, 2], &json!(false))
    );
    let around = admin.json(&path("?around=20&limit=6")).await;
    assert_eq!(
        (ids(&around["messages"]), &around["anchor"]),
        (vec![17, 18, 19, 20, 21, 22], &json!(20))
    );
    let gone = admin.json(&path("?around=50&limit=4")).await;
    assert_eq!(
        (ids(&gone["messages"]), &gone["anchor"]),
        (vec![39, 40, 61, 62], &json!(61)),
        "the nearest"
    );
    let dated = admin
        .json(&path(&format!("?around_date={}&limit=2", 1_700_000_020)))
        .await;
    assert_eq!(dated["anchor"], 20);
    // 2023-11-14 in Madrid begins before the first of them.
    assert_eq!(
        admin.json(&path("?around_date=2023-11-14&limit=2")).await["anchor"],
        1
    );
    assert_eq!(
        admin.json(&path("?around_date=2030-01-01&limit=2")).await["anchor"],
        100
    );
    let some = admin.json(&path("/by-id?ids=7,50,3")).await;
    assert_eq!(ids(&some["messages"]), [3, 7]);
    for wrong in [
        "?around_date=soon",
        "?before=1&after=2",
        "?before=x",
        "/by-id?ids=a",
    ] {
        assert_eq!(admin.get(&path(wrong)).await.status(), 400, "{wrong}");
    }
    assert_eq!(
        admin
            .get("/accounts/1/chats/-1000000000099/messages")
            .await
            .status(),
        404
    );
    assert_eq!(admin.get("/accounts/9/chats/5/messages").await.status(), 404);
    let coverage = admin.json(&format!("/accounts/1/chats/{OPEN}/coverage")).await;
    assert_eq!(coverage["holes"], json!([{ "first_id": 41, "last_id": 60 }]));
    assert_eq!(
        (&coverage["permille"], &coverage["stored"]),
        (&json!(800), &json!(80))
    );
    assert_eq!(
        admin.json("/accounts/1/coverage").await["chats"][0]["permille"],
        800
    );
}

pub(crate) fn said(window: &Value, id: i64) -> Value {
    window["messages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["id"] == id)
        .unwrap()
        .clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_keep_their_versions_and_deletions_their_ghosts() {
    let bed = Bed::new().await;
    bed.people().await;
    bed.put(
        OPEN,
        vec![text(OPEN, 1, 1, 0, "first"), text(OPEN, 2, 1, 0, "to go")],
    )
    .await;
    bed.put(OPEN, vec![text(OPEN, 1, 2, 1_700_000_500, "second")])
        .await;
    bed.put(
        OPEN,
        vec![deletion(Some(OPEN), vec![2], 3, 1_700_000_600_000_000)],
    )
    .await;
    let admin = bed.admin().await;
    let edited = admin.json(&path("/1")).await;
    assert_eq!(
        (&edited["text"], &edited["edit_date"], &edited["versions"]),
        (&json!("second"), &json!(1_700_000_500), &json!(2))
    );
    let versions = admin.json(&path("/1/versions")).await;
    let told: Vec<_> = versions["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| (&v["text"], &v["state"], &v["current"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("first"), &json!("baseline"), &json!(false)),
            (&json!("second"), &json!("admitted"), &json!(true)),
        ]
    );
    let ghost = admin.json(&path("/2")).await;
    assert_eq!(
        (&ghost["text"], &ghost["deleted_at"]),
        (&json!("to go"), &json!(1_700_000_600_000_000_i64))
    );
    let raw = admin.json(&path("/2/raw")).await;
    // "raw to go 1", which these tests do not compress.
    assert_eq!(raw["tl_hex"], "72617720746f20676f2031");
    assert_eq!(
        (&raw["layer"], &raw["decoded"]["content"]["text"]),
        (&json!(230), &json!("to go"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_those_of_the_viewers_zone() {
    let bed = Bed::new().await;
    bed.people().await;
    let at = |id, date| sent(OPEN, id, "x", move |m| m.head.date = date);
    // In Madrid: 30 June 23:59:59, 1 July 00:00:00 and 12:00, 31 July 23:59:59, 1 August 00:00.
    let captures = vec![
        at(1, 1_719_784_799),
        at(2, 1_719_784_800),
        at(3, 1_719_828_000),
        at(4, 1_722_463_199),
        at(5, 1_722_463_200),
    ];
    bed.put(OPEN, captures).await;
    let admin = bed.admin().await;
    let days = admin
        .json(&format!("/accounts/1/chats/{OPEN}/days?month=2024-07"))
        .await;
    assert_eq!(
        days["days"],
        json!([
            { "day": "2024-07-01", "messages": 2, "first_id": 2 },
            { "day": "2024-07-31", "messages": 1, "first_id": 4 },
        ])
    );
    assert_eq!(
        (&days["first_date"], &days["last_date"]),
        (&json!(1_719_784_799), &json!(1_722_463_200))
    );
    assert_eq!(
        admin.json(&path("?around_date=2024-07-01&limit=2")).await["anchor"],
        2
    );
    assert_eq!(
        admin
            .get(&format!("/accounts/1/chats/{OPEN}/days?month=2024-13"))
            .await
            .status(),
        400
    );
    // Whoever reads elsewhere says so.
    let utc = format!("/accounts/1/chats/{OPEN}/days?month=2024-07&zone=Etc/UTC");
    assert_eq!(
        admin.json(&utc).await["days"],
        json!([
            { "day": "2024-07-01", "messages": 1, "first_id": 3 },
            { "day": "2024-07-31", "messages": 2, "first_id": 4 },
        ])
    );
    let nowhere = format!("/accounts/1/chats/{OPEN}/days?month=2024-07&zone=Nowhere/City");
    assert_eq!(admin.get(&nowhere).await.status(), 400);
    let found = async |zone: &str| {
        let path = format!("/accounts/1/search?q=before:2024-07-01{zone}");
        ids(&admin.json(&path).await["hits"])
    };
    bed.store.index_search(100).await.unwrap();
    assert_eq!(found("").await, [1]);
    assert_eq!(found("&zone=Etc/UTC").await, [2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_written_stays_text() {
    let bed = Bed::new().await;
    bed.people().await;
    let nasty = [
        "<script>alert(1)</script>".to_owned(),
        "<svg/onload=alert(1)>\u{202e}txt.exe".to_owned(),
        "\u{0}\u{1}\u{7f}\"'\\</style>".replace('\u{0}', ""),
        "ж".repeat(500_000),
    ];
    let captures = nasty
        .iter()
        .enumerate()
        .map(|(n, t)| sent(OPEN, n as i64 + 1, t, |_| {}))
        .collect();
    bed.put(OPEN, captures).await;
    let admin = bed.admin().await;
    let answer = admin.get(&path("")).await;
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let window: Value = answer.json().await.unwrap();
    for (n, text) in nasty.iter().enumerate() {
        assert_eq!(said(&window, n as i64 + 1)["text"].as_str().unwrap(), text);
    }
    let preview = &admin.json("/accounts/1/chats").await["chats"][0]["last_message"]["text"];
    assert_eq!(preview.as_str().unwrap().chars().count(), 200);
}
