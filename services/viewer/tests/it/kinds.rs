//! Every kind of message is told as it is.

use model::{
    Attachment, Capture, Entity, EntityKind, FileRef, MessageKind, Poll, PollOption, Reaction, Reactions,
    Reply, ServiceAction, WebPage,
};
use serde_json::{Value, json};

use crate::bed::{ANN, Bed, OPEN, sent};
use crate::messages::{path, said};

fn attached(id: i64, kind: MessageKind, attachment: Attachment) -> Capture {
    sent(OPEN, id, "", |m| {
        m.kind = kind;
        m.content.attachment = Some(attachment);
    })
}

async fn window(captures: Vec<Capture>) -> Value {
    let bed = Bed::new().await;
    bed.people().await;
    bed.put(OPEN, captures).await;
    bed.admin().await.json(&path("")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_has_its_formatting_its_sender_and_what_others_did_with_it() {
    let window = window(vec![sent(OPEN, 1, "bold 😀 link", |m| {
        let entity = |offset, length, kind| Entity { offset, length, kind };
        let link = |url: &str| EntityKind::TextUrl { url: url.to_owned() };
        m.content.entities = vec![
            entity(0, 4, EntityKind::Bold),
            entity(8, 4, link("javascript:alert(1)")),
            entity(8, 4, link("https://example.org")),
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
    })])
    .await;
    let first = said(&window, 1);
    let bob = json!({ "id": 5, "name": "Bob", "username": null, "colour": 5, "avatar": null });
    assert_eq!(first["sender"], bob);
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
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_described_before_it_is_there() {
    let file = FileRef {
        mime_type: "audio/ogg".to_owned(),
        waveform: vec![0xff, 0x03],
        duration_ms: Some(1500),
        stripped_thumb: vec![1, 10, 20, 5],
        ..FileRef::default()
    };
    let window = window(vec![attached(
        2,
        MessageKind::Voice,
        Attachment::File(Box::new(file)),
    )])
    .await;
    let voice = &said(&window, 2)["media"][0];
    assert_eq!((&voice["state"], &voice["url"]), (&json!("wanted"), &Value::Null));
    assert_eq!(
        (&voice["inline"], &voice["duration_ms"]),
        (&json!(true), &json!(1500))
    );
    assert_eq!(voice["waveform"], json!([31, 31, 0]));
    assert!(
        voice["thumb"]
            .as_str()
            .unwrap()
            .starts_with("data:image/jpeg;base64,/9j/")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_file_has_a_body() {
    let option = |text: &str, voters| PollOption {
        text: text.to_owned(),
        voters: Some(voters),
        ..PollOption::default()
    };
    let poll = Poll {
        id: 9_007_199_254_740_993,
        question: "Tea?".to_owned(),
        options: vec![option("yes", 2), option("no", 1)],
        total_voters: Some(3),
        ..Poll::default()
    };
    let page = WebPage {
        url: "javascript:alert(1)".to_owned(),
        title: Some("A page".to_owned()),
        ..WebPage::default()
    };
    let venue = Attachment::Venue {
        latitude: 40.4,
        longitude: -3.7,
        title: "Sol".to_owned(),
        address: "Madrid".to_owned(),
    };
    let other = Attachment::Other {
        constructor: "messageMediaNew".to_owned(),
    };
    let action = ServiceAction {
        name: "chat_add_user".to_owned(),
        data: json!({ "users": [ANN.0] }),
    };
    let window = window(vec![
        attached(3, MessageKind::Venue, venue),
        attached(4, MessageKind::Poll, Attachment::Poll(Box::new(poll))),
        attached(5, MessageKind::Text, Attachment::WebPage(Box::new(page))),
        sent(OPEN, 6, "", |m| {
            m.kind = MessageKind::Service;
            m.content.service = Some(action);
        }),
        attached(7, MessageKind::Unknown, other),
    ])
    .await;
    let body = |id| said(&window, id)["body"].clone();
    assert_eq!(
        (&body(3)["type"], &body(3)["title"]),
        (&json!("location"), &json!("Sol"))
    );
    assert_eq!(body(4)["id"], "9007199254740993");
    assert_eq!(
        (
            &body(4)["options"][0]["percent"],
            &body(4)["options"][1]["percent"]
        ),
        (&json!(67), &json!(33))
    );
    assert_eq!(
        (&body(5)["title"], &body(5)["url"]),
        (&json!("A page"), &json!("")),
        "no link that runs"
    );
    assert_eq!(
        (&body(6)["name"], &body(6)["peers"][0]["name"]),
        (&json!("chat_add_user"), &json!("Ann"))
    );
    assert_eq!(
        body(7),
        json!({ "type": "other", "constructor": "messageMediaNew" })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_shows_what_it_answers() {
    let answer = |id, to, quote: Option<&str>| {
        let reply = Reply {
            message_id: Some(to),
            quote: quote.map(str::to_owned),
            ..Reply::default()
        };
        sent(OPEN, id, "an answer", |m| m.head.reply = Some(reply))
    };
    let captures = vec![
        sent(OPEN, 1, "bold words", |_| {}),
        answer(8, 1, Some("bold")),
        answer(9, 4040, None),
    ];
    let window = window(captures).await;
    let reply = &said(&window, 8)["reply"];
    assert_eq!(
        (&reply["preview"]["text"], &reply["quote"]),
        (&json!("bold words"), &json!("bold"))
    );
    assert_eq!(
        (&reply["preview"]["sender"]["name"], &reply["missing"]),
        (&json!("Bob"), &json!(false))
    );
    assert_eq!(said(&window, 9)["reply"]["missing"], true);
}
