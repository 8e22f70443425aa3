//! Windows of messages, and what stands in them.

use model::{
    Attachment, Entity, EntityKind, FileRef, IdRange, MessageKind, PassKind, Poll, PollOption, Reaction,
    Reactions, Reply, ServiceAction, WebPage,
};
use serde_json::{Value, json};
use store::conformance::builders::{deletion, page, seen, text};

use crate::bed::{ANN, Bed, OPEN, ids, sent};

fn path(rest: &str) -> String {
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

fn said(window: &Value, id: i64) -> Value {
    window["messages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["id"] == id)
        .unwrap()
        .clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_message_is_told_as_it_is() {
    let bed = Bed::new().await;
    bed.people().await;
    let attached = |id, kind, attachment: Attachment| {
        sent(OPEN, id, "", move |m| {
            m.kind = kind;
            m.content.attachment = Some(attachment);
        })
    };
    let option = |text: &str, voters| PollOption {
        text: text.to_owned(),
        voters: Some(voters),
        ..PollOption::default()
    };
    let captures = vec![
        sent(OPEN, 1, "bold 😀 link", |m| {
            let entity = |offset, length, kind| Entity { offset, length, kind };
            m.content.entities = vec![
                entity(0, 4, EntityKind::Bold),
                entity(
                    8,
                    4,
                    EntityKind::TextUrl {
                        url: "javascript:alert(1)".to_owned(),
                    },
                ),
                entity(
                    8,
                    4,
                    EntityKind::TextUrl {
                        url: "https://example.org".to_owned(),
                    },
                ),
                entity(
                    5,
                    2,
                    EntityKind::CustomEmoji {
                        document_id: 9_007_199_254_740_993,
                    },
                ),
            ];
            m.head.grouped_id = Some(9_007_199_254_740_993);
            m.counters.views = Some(12);
            m.reactions = Some(Reactions {
                counts: vec![Reaction {
                    reaction: "👍".to_owned(),
                    count: 3,
                    chosen: true,
                }],
                recent: vec![(ANN, "👍".to_owned(), 1)],
            });
        }),
        attached(
            2,
            MessageKind::Voice,
            Attachment::File(Box::new(FileRef {
                mime_type: "audio/ogg".to_owned(),
                waveform: vec![0xff, 0x03],
                duration_ms: Some(1500),
                stripped_thumb: vec![1, 10, 20, 5],
                ..FileRef::default()
            })),
        ),
        attached(
            3,
            MessageKind::Venue,
            Attachment::Venue {
                latitude: 40.4,
                longitude: -3.7,
                title: "Sol".to_owned(),
                address: "Madrid".to_owned(),
            },
        ),
        attached(
            4,
            MessageKind::Poll,
            Attachment::Poll(Box::new(Poll {
                id: 9_007_199_254_740_993,
                question: "Tea?".to_owned(),
                options: vec![option("yes", 2), option("no", 1)],
                total_voters: Some(3),
                ..Poll::default()
            })),
        ),
        attached(
            5,
            MessageKind::Text,
            Attachment::WebPage(Box::new(WebPage {
                url: "javascript:alert(1)".to_owned(),
                title: Some("A page".to_owned()),
                ..WebPage::default()
            })),
        ),
        sent(OPEN, 6, "", |m| {
            m.kind = MessageKind::Service;
            m.content.service = Some(ServiceAction {
                name: "chat_add_user".to_owned(),
                data: json!({ "users": [ANN.0] }),
            });
        }),
        attached(
            7,
            MessageKind::Unknown,
            Attachment::Other {
                constructor: "messageMediaNew".to_owned(),
            },
        ),
        sent(OPEN, 8, "an answer", |m| {
            m.head.reply = Some(Reply {
                message_id: Some(1),
                quote: Some("bold".to_owned()),
                ..Reply::default()
            });
        }),
        sent(OPEN, 9, "an answer to nothing", |m| {
            m.head.reply = Some(Reply {
                message_id: Some(4040),
                ..Reply::default()
            });
        }),
    ];
    bed.put(OPEN, captures).await;
    let window = bed.admin().await.json(&path("")).await;
    let first = said(&window, 1);
    assert_eq!(
        first["sender"],
        json!({ "id": 5, "name": "Bob", "username": null, "colour": 5, "avatar": null })
    );
    assert_eq!(
        first["entities"][0],
        json!({ "offset": 0, "length": 4, "kind": "bold" })
    );
    assert_eq!(first["entities"][1].get("url"), None, "a link that runs is none");
    assert_eq!(first["entities"][2]["url"], "https://example.org");
    assert_eq!(first["entities"][3]["document_id"], "9007199254740993");
    assert_eq!(
        (&first["album"], &first["views"]),
        (&json!("9007199254740993"), &json!(12))
    );
    assert_eq!(first["reactions"][0]["recent"][0]["name"], "Ann");
    let voice = &said(&window, 2)["media"][0];
    assert_eq!(
        (&voice["state"], &voice["url"], &voice["inline"]),
        (&json!("wanted"), &Value::Null, &json!(true))
    );
    assert_eq!(voice["waveform"], json!([31, 31, 0]));
    assert!(
        voice["thumb"]
            .as_str()
            .unwrap()
            .starts_with("data:image/jpeg;base64,/9j/")
    );
    assert_eq!(
        (
            &said(&window, 3)["body"]["type"],
            &said(&window, 3)["body"]["title"]
        ),
        (&json!("location"), &json!("Sol"))
    );
    let poll = &said(&window, 4)["body"];
    assert_eq!(
        (&poll["options"][0]["percent"], &poll["options"][1]["percent"]),
        (&json!(67), &json!(33))
    );
    assert_eq!(
        (
            &said(&window, 5)["body"]["title"],
            &said(&window, 5)["body"]["url"]
        ),
        (&json!("A page"), &json!(""))
    );
    assert_eq!(said(&window, 6)["body"]["peers"][0]["name"], "Ann");
    assert_eq!(
        said(&window, 7)["body"],
        json!({ "type": "other", "constructor": "messageMediaNew" })
    );
    let reply = &said(&window, 8)["reply"];
    assert_eq!(
        (&reply["preview"]["text"], &reply["quote"], &reply["missing"]),
        (&json!("bold 😀 link"), &json!("bold"), &json!(false))
    );
    assert_eq!(reply["preview"]["sender"]["name"], "Bob");
    assert_eq!(said(&window, 9)["reply"]["missing"], true);
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
