//! Lists of chats, folders and topics.

use bytes::Bytes;
use model::{Capture, CapturedDialog, ChatId, ChatKind, RecordKind};
use serde_json::{Value, json};
use store::conformance::builders::seen;

use crate::bed::{ANN, Bed, HIDDEN, OPEN, group, ids, record, sent};

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

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_read_page_by_page() {
    let bed = Bed::new().await;
    bed.people().await;
    for n in 1..=7 {
        let chat = ChatId::channel(100 + n);
        let captures = vec![
            group(chat, &format!("Группа {n}")),
            sent(chat, n, &format!("word {n}"), |_| {}),
        ];
        bed.put(chat, captures).await;
    }
    bed.put(
        ANN,
        vec![
            dialog(ANN, ChatKind::Private, 0, true),
            sent(ANN, 50, "hi", |_| {}),
        ],
    )
    .await;
    let admin = bed.admin().await;
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.json(&format!("/accounts/1/chats?limit=3{cursor}")).await;
        assert_eq!(page["total"], 8);
        found.extend(ids(&page["chats"]));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected: Vec<i64> = std::iter::once(ANN.0)
        .chain((101..=107).rev().map(|n| ChatId::channel(n).0))
        .collect();
    assert_eq!(found, expected, "pinned first, then the newest");
    let chats = admin
        .json("/accounts/1/chats?q=%D0%B3%D1%80%D1%83%D0%BF%D0%BF%D0%B0%203")
        .await;
    assert_eq!(ids(&chats["chats"]), [ChatId::channel(103).0]);
    let chat = &chats["chats"][0];
    assert_eq!(
        (&chat["title"], &chat["kind"], &chat["messages"]),
        (&json!("Группа 3"), &json!("supergroup"), &Value::Null)
    );
    assert_eq!(
        (
            &chat["last_message"]["text"],
            &chat["last_message"]["sender"]["name"]
        ),
        (&json!("word 3"), &json!("Bob"))
    );
    let one = admin.json(&format!("/accounts/1/chats/{ANN}")).await;
    assert_eq!(
        (&one["title"], &one["kind"], &one["messages"]),
        (&json!("Ann"), &json!("private"), &json!(1))
    );
    assert_eq!(admin.get("/accounts/1/chats?cursor=x").await.status(), 400);
    assert_eq!(admin.get("/accounts/1/chats/12345").await.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_and_topics_are_those_of_telegram() {
    let bed = Bed::new().await;
    bed.people().await;
    bed.put(
        OPEN,
        vec![
            sent(OPEN, 1, "x", |_| {}),
            sent(OPEN, 2, "in a topic", |m| m.head.topic_id = Some(7)),
        ],
    )
    .await;
    bed.put(
        HIDDEN,
        vec![
            sent(HIDDEN, 1, "x", |_| {}),
            dialog(HIDDEN, ChatKind::Supergroup, 1, false),
        ],
    )
    .await;
    let captures = vec![
        sent(ANN, 1, "x", |_| {}),
        record(
            RecordKind::Folder,
            "2",
            json!({ "title": "Groups", "groups": true, "exclude_archived": true, "emoticon": "🐱" }),
        ),
        record(
            RecordKind::Folder,
            "3",
            json!({ "title": "Named", "include": [ANN.0, HIDDEN.0] }),
        ),
        record(
            RecordKind::Topic,
            &format!("{OPEN}/7"),
            json!({ "title": "Tea", "icon_color": 7, "top_message": 2 }),
        ),
        record(
            RecordKind::Topic,
            &format!("{OPEN}/8"),
            json!({ "title": "Pinned", "pinned": true, "icon_emoji_id": 9_007_199_254_740_993_i64 }),
        ),
        record(
            RecordKind::Topic,
            &format!("{OPEN}1/9"),
            json!({ "title": "Of another" }),
        ),
    ];
    bed.put(ANN, captures).await;
    let admin = bed.admin().await;
    let folders = admin.json("/accounts/1/folders").await;
    assert_eq!(
        folders["folders"][0],
        json!({ "id": 2, "title": "Groups", "emoticon": "🐱" })
    );
    let list = async |query: &str| {
        let mut found = ids(&admin.json(&format!("/accounts/1/chats?{query}")).await["chats"]);
        found.sort_unstable();
        found
    };
    assert_eq!(list("folder=2").await, [OPEN.0], "what is archived is left out");
    assert_eq!(list("folder=3").await, [HIDDEN.0, ANN.0]);
    assert_eq!(list("archived=true").await, [HIDDEN.0]);
    assert_eq!(list("archived=false").await, [OPEN.0, ANN.0]);
    assert_eq!(admin.get("/accounts/1/chats?folder=9").await.status(), 404);
    let topics = admin.json(&format!("/accounts/1/chats/{OPEN}/topics")).await;
    let titles: Vec<_> = topics["topics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| &t["title"])
        .collect();
    assert_eq!(titles, [&json!("Pinned"), &json!("Tea")]);
    assert_eq!(topics["topics"][0]["icon_emoji"], "9007199254740993");
    let of_topic = admin
        .json(&format!("/accounts/1/chats/{OPEN}/messages?topic=7"))
        .await;
    assert_eq!(ids(&of_topic["messages"]), [2]);
    bed.add_user("reader", Some(vec![ANN])).await;
    let reader = bed.browser("reader").await;
    assert_eq!(
        ids(&reader.json("/accounts/1/chats?folder=3").await["chats"]),
        [ANN.0]
    );
}
