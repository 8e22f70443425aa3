//! What may not be seen does not exist: every route of the document, without a session, and with one for another chat.

use model::{ChatId, Forward, MessageKind, RecordKind, Reply, ServiceAction};
use reqwest::Method;
use serde_json::{Value, json};
use store::conformance::builders::deletion;

use crate::bed::{ANN, Bed, Browser, HIDDEN, OPEN, ids, record, sent, with_file};

pub(crate) const SECRET: &str = "s3cr3t";

/// Both groups, the hidden one with everything that a route could tell.
pub(crate) async fn filled(change: impl FnOnce(&mut viewer::Config)) -> Bed {
    let bed = Bed::with(change).await;
    bed.people().await;
    bed.put(
        OPEN,
        vec![
            sent(OPEN, 1, "for all", |_| {}),
            with_file(OPEN, 2, "image/png", None),
        ],
    )
    .await;
    let captures = vec![
        sent(HIDDEN, 1, "s3cr3t words", |m| m.pinned = true),
        with_file(HIDDEN, 2, "image/png", Some("s3cr3t.png")),
        sent(HIDDEN, 3, "s3cr3t before", |_| {}),
    ];
    bed.put(HIDDEN, captures).await;
    bed.put(
        HIDDEN,
        vec![deletion(Some(HIDDEN), vec![3], 9, 1_700_000_000_000_000)],
    )
    .await;
    let folders = vec![
        record(
            RecordKind::Folder,
            "2",
            json!({ "title": "Open", "include": [OPEN.0] }),
        ),
        record(
            RecordKind::Folder,
            "3",
            json!({ "title": "s3cr3t folder", "include": [HIDDEN.0] }),
        ),
    ];
    bed.put(HIDDEN, folders).await;
    let run = bed.store.start_run(bed.account, "hand").await.unwrap();
    let outcome = store::RunOutcome {
        chats: 2,
        messages: 5,
        aborted: None,
        failures: vec![
            (HIDDEN, "s3cr3t reason".to_owned()),
            (OPEN, "too long".to_owned()),
        ],
    };
    bed.store.finish_run(run, &outcome).await.unwrap();
    bed.hold(b"s3cr3t bytes").await;
    bed.store.index_search(100).await.unwrap();
    bed.add_user("reader", Some(vec![OPEN])).await;
    bed
}

/// The routes of the document as (method, path with the hidden chat's ids).
pub(crate) fn routes() -> Vec<(Method, String)> {
    let document: Value = serde_json::from_str(&viewer::openapi()).unwrap();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let path = path
                .replace("{account}", "1")
                .replace("{chat}", &HIDDEN.to_string())
                .replace("{peer}", &HIDDEN.to_string())
                .replace("{message}", if path.contains("media") { "2" } else { "1" })
                .replace("{n}", "0")
                .replace("{incident}", "1")
                .replace("{subscription}", "1");
            assert!(!path.contains('{'), "{path}: say what to put in");
            let query = match path.rsplit('/').next().unwrap() {
                "days" => "?month=2023-11",
                "by-id" => "?ids=1,2,3",
                "search" => "?q=s3cr3t",
                _ => "",
            };
            routes.push((method.to_uppercase().parse().unwrap(), format!("{path}{query}")));
        }
    }
    assert!(routes.len() > 25);
    routes
}

pub(crate) async fn ask(browser: &Browser, method: &Method, path: &str) -> (u16, String) {
    let request = browser.ask(method.clone(), path);
    let request = if *method == Method::GET {
        request
    } else {
        request.json(&json!({ "approve": true, "phone": "+1", "code": "1", "password": "x", "name": "x" }))
    };
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    // A stream has no end; what it begins with is read in the tests of events.
    let stream = answer
        .headers()
        .get("content-type")
        .is_some_and(|t| t == "text/event-stream");
    (
        status,
        if stream {
            String::new()
        } else {
            answer.text().await.unwrap()
        },
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_there_is_nothing() {
    let bed = filled(|_| {}).await;
    let mut liar = bed.nobody();
    for cookie in [
        None,
        Some("telegram_archive_session=guessed"),
        Some("telegram_archive_session="),
    ] {
        liar.cookie = cookie.map(str::to_owned);
        for (method, path) in routes() {
            let (status, body) = ask(&liar, &method, &path).await;
            assert_eq!(status, 401, "{method} {path}: {body}");
            assert!(
                !body.contains(SECRET) && !body.contains("Hidden"),
                "{method} {path}: {body}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hidden_does_not_exist() {
    let bed = filled(|_| {}).await;
    let (reader, admin) = (bed.browser("reader").await, bed.admin().await);
    let mut seen = 0;
    for (method, path) in routes() {
        if method == Method::DELETE {
            continue;
        }
        let (status, body) = ask(&reader, &method, &path).await;
        let hidden = path.contains(&HIDDEN.to_string());
        if hidden {
            assert_eq!(status, 404, "{method} {path}: {body}");
            assert!(body.contains("not-found"), "{method} {path}: {body}");
        }
        for word in [SECRET, "Hidden", &HIDDEN.to_string()] {
            assert!(!body.contains(word), "{method} {path} tells {word}: {body}");
        }
        let admins = ["/incidents", "/status", "/telegram"]
            .iter()
            .any(|w| path.contains(w));
        if admins {
            assert_eq!(status, 403, "{method} {path}: {body}");
        }
        if hidden && method == Method::GET && !path.contains("avatar") && !path.contains("telegram") {
            let (status, _) = ask(&admin, &method, &path).await;
            assert_eq!(status, 200, "{path} exists for who may see it");
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen}");
    let chats = reader.json("/accounts/1/chats").await;
    assert_eq!((ids(&chats["chats"]), &chats["total"]), (vec![OPEN.0], &json!(1)));
    let titles = async |browser: &Browser| {
        let folders = browser.json("/accounts/1/folders").await;
        let titles = folders["folders"].as_array().unwrap().iter();
        titles
            .map(|f| f["title"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(titles(&reader).await, ["Open"]);
    assert_eq!(titles(&admin).await, ["Open", "s3cr3t folder"]);
    let statistics = reader.json("/accounts/1/statistics").await;
    assert_eq!(
        (&statistics["messages"], &statistics["chats"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(
        reader.json("/accounts/1/search?q=s3cr3t").await["hits"],
        json!([])
    );
    let elsewhere = format!("/accounts/1/search?q=look&chat={HIDDEN}");
    assert_eq!(reader.get(&elsewhere).await.status(), 404);
    let named = format!("/accounts/1/search?q=in:{HIDDEN}+has:file");
    assert_eq!(reader.json(&named).await["hits"], json!([]));
    // A message of one chat is not reached by the path of another.
    bed.put(ANN, vec![sent(ANN, 5, "s3cr3t of ann", |_| {})]).await;
    bed.put(ChatId(701), vec![sent(ChatId(701), 6, "hello", |_| {})])
        .await;
    let admin_path = |chat: ChatId, id: i64| format!("/accounts/1/chats/{chat}/messages/{id}");
    assert_eq!(admin.get(&admin_path(ANN, 5)).await.status(), 200);
    assert_eq!(
        admin.get(&admin_path(ChatId(701), 5)).await.status(),
        404,
        "one box, another chat"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_quoted_from_a_hidden_chat_is_not_told() {
    let bed = filled(|_| {}).await;
    let captures = vec![
        sent(OPEN, 5, "see", |m| {
            m.head.reply = Some(Reply {
                message_id: Some(1),
                chat: Some(HIDDEN),
                top_id: None,
                quote: Some("s3cr3t words".to_owned()),
            });
        }),
        sent(OPEN, 6, "said elsewhere", |m| {
            m.head.forward = Some(Forward {
                from: Some(HIDDEN),
                channel_post: Some(1),
                post_author: Some("s3cr3t author".to_owned()),
                ..Forward::default()
            });
        }),
        sent(OPEN, 7, "said here", |m| {
            m.head.forward = Some(Forward {
                from: Some(OPEN),
                channel_post: Some(1),
                ..Forward::default()
            });
        }),
    ];
    let action = |id, name: &str, data: Value| {
        let action = ServiceAction {
            name: name.to_owned(),
            data,
        };
        sent(OPEN, id, "", |m| {
            m.kind = MessageKind::Service;
            m.content.service = Some(action);
        })
    };
    let named = vec![
        action(8, "chat_migrate_to", json!({ "chat": HIDDEN })),
        action(
            9,
            "requested_peer",
            json!({ "button_id": 1, "peers": [HIDDEN.0, 1] }),
        ),
    ];
    bed.put(OPEN, [captures, named].concat()).await;
    let (reader, admin) = (bed.browser("reader").await, bed.admin().await);
    let path = format!("/accounts/1/chats/{OPEN}/messages");
    let window = reader.json(&path).await;
    let text = window.to_string();
    for word in [SECRET, "Hidden", &HIDDEN.to_string()] {
        assert!(!text.contains(word), "{word}: {text}");
    }
    let by_id = |window: &Value, id: i64| {
        window["messages"]
            .as_array()
            .unwrap()
            .iter()
            .find(|m| m["id"] == id)
            .unwrap()
            .clone()
    };
    assert_eq!(by_id(&window, 5)["reply"]["missing"], true);
    assert_eq!(by_id(&window, 6)["forward"]["archived"], false);
    assert_eq!(by_id(&window, 7)["forward"]["archived"], true);
    let body = |window: &Value, id: i64| by_id(window, id)["body"].clone();
    assert_eq!(body(&window, 8)["data"]["chat"], Value::Null);
    assert_eq!(body(&window, 9)["data"]["peers"], json!([1]), "people are named");
    for id in [5, 6, 8, 9] {
        assert_eq!(
            reader.get(&format!("{path}/{id}/raw")).await.status(),
            404,
            "its bytes quote, or name"
        );
    }
    let window = admin.json(&path).await;
    let (reply, forward) = (&by_id(&window, 5)["reply"], &by_id(&window, 6)["forward"]);
    assert_eq!(
        (&reply["quote"], &reply["preview"]["text"]),
        (&json!("s3cr3t words"), &json!("s3cr3t words"))
    );
    assert_eq!(
        (&reply["chat"]["name"], &forward["from"]["name"]),
        (&json!("Hidden group"), &json!("Hidden group"))
    );
    assert_eq!(forward["archived"], true);
    assert_eq!(body(&window, 8)["peers"][0]["name"], "Hidden group");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_and_the_users_chats_hold_together() {
    let archive = crate::bed::Archive::new().await;
    // Written without its mark (F83).
    let bed = Bed::over(archive, |c| c.display_chats = vec![ChatId(11), ANN]).await;
    bed.people().await;
    bed.put(OPEN, vec![sent(OPEN, 1, "open", |_| {})]).await;
    bed.put(HIDDEN, vec![sent(HIDDEN, 1, "hidden", |_| {})]).await;
    bed.put(ANN, vec![sent(ANN, 1, "ann", |_| {})]).await;
    // A viewer that starts when the chats are there; before, ids are looked at again after a while.
    bed.clock.advance(std::time::Duration::from_secs(31));
    bed.add_user("both", Some(vec![OPEN, HIDDEN])).await;
    bed.add_user("none", Some(vec![HIDDEN])).await;
    let list = async |name: &str| ids(&bed.browser(name).await.json("/accounts/1/chats").await["chats"]);
    let mut all = list("admin").await;
    all.sort_unstable();
    assert_eq!(all, [OPEN.0, ANN.0]);
    assert_eq!(list("both").await, [OPEN.0]);
    assert!(list("none").await.is_empty());
}
