//! Who may ask to be told, and what the notifier is asked then.

use std::sync::{Arc, Mutex};

use bus::Bus as _;
use model::{AccountId, ChatId};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::conformance::builders::text;
use tokio_util::task::AbortOnDropHandle;
use wire::{PushAnswer, PushChat, PushRequest, PushSubscriptionRow, Subject, VERB_PUSH};

use crate::bed::{Archive, Bed, Browser, HIDDEN, OPEN};

/// Answers like a notifier, and keeps what it was asked, as JSON.
struct Notifier {
    asked: Arc<Mutex<Vec<Value>>>,
    _serving: AbortOnDropHandle<()>,
}

impl Notifier {
    async fn start(bed: &Bed) -> Self {
        let subject = Subject::Rpc {
            service: "notifier".to_owned(),
            verb: VERB_PUSH.to_owned(),
            account: AccountId(0),
        };
        let mut requests = bed.bus.serve(&subject).await.unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        let serving = tokio::spawn(async move {
            while let Ok((body, replier)) = requests.next().await {
                let request: PushRequest = wire::decode_rpc_request(body).unwrap();
                kept.lock().unwrap().push(serde_json::to_value(&request).unwrap());
                let answer = wire::encode_rpc_response(Ok(&answer(request)));
                replier.reply(answer).await.unwrap();
            }
        });
        Self {
            asked,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    fn asked(&self) -> Vec<Value> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn answer(request: PushRequest) -> PushAnswer {
    let of = |chat| PushChat {
        account: AccountId(1),
        chat,
    };
    let row = |endpoint, chats| PushSubscriptionRow {
        id: 7,
        endpoint,
        chats,
        created_at: 5,
    };
    match request {
        PushRequest::Key => PushAnswer::Key {
            key: "public".to_owned(),
        },
        PushRequest::Subscribe { endpoint, .. } if endpoint.starts_with("http:") => PushAnswer::Refused {
            message: "https only".to_owned(),
        },
        PushRequest::Subscribe { endpoint, chats, .. } => PushAnswer::Subscribed {
            subscription: row(endpoint, chats),
        },
        PushRequest::List { .. } => PushAnswer::Subscriptions {
            subscriptions: vec![row(
                "https://push.example/1".to_owned(),
                Some(vec![of(OPEN), of(HIDDEN)]),
            )],
        },
        PushRequest::Unsubscribe { id: 7, .. } | PushRequest::Mute { .. } => PushAnswer::Done,
        PushRequest::Unsubscribe { .. } => PushAnswer::NotFound,
        PushRequest::Mutes { .. } => PushAnswer::Mutes {
            chats: vec![of(HIDDEN), of(OPEN)],
        },
    }
}

fn subscription(chats: &Value) -> Value {
    json!({
        "endpoint": "https://push.example/1",
        "expirationTime": null,
        "keys": { "p256dh": "key", "auth": "secret" },
        "chats": chats,
    })
}

async fn status(browser: &Browser, method: Method, path: &str) -> StatusCode {
    browser.ask(method, path).send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_told_of_what_its_user_may_see() {
    let bed = Bed::new().await;
    bed.people().await;
    for chat in [OPEN, HIDDEN] {
        bed.put(chat, vec![text(chat, 1, 1, 0, "words")]).await;
    }
    bed.add_user("reader", Some(vec![OPEN])).await;
    let notifier = Notifier::start(&bed).await;
    let reader = bed.browser("reader").await;
    assert_eq!(reader.json("/push/key").await, json!({ "key": "public" }));
    let (code, told) = reader
        .post("/push/subscriptions", subscription(&Value::Null))
        .await;
    assert_eq!(
        (code, &told["id"], &told["chats"]),
        (StatusCode::OK, &json!(7), &Value::Null)
    );
    let asked = notifier.asked().pop().unwrap();
    let token = reader.cookie.as_deref().unwrap().split_once('=').unwrap().1;
    let hash: [u8; 32] = Sha256::digest(token).into();
    assert_eq!(
        (&asked["user"], &asked["session"]),
        (&json!("reader"), &json!(hash))
    );
    assert_eq!(
        (&asked["p256dh"], &asked["auth"]),
        (&json!("key"), &json!("secret"))
    );
    let one = |chat: ChatId| json!([{ "account": 1, "chat": chat }]);
    let (code, told) = reader.post("/push/subscriptions", subscription(&one(OPEN))).await;
    assert_eq!((code, &told["chats"]), (StatusCode::OK, &one(OPEN)));
    notifier.asked();
    // A hidden chat, one that is none, one of an account that is none: nobody tells which.
    for chats in [
        one(HIDDEN),
        one(ChatId::channel(404)),
        json!([{ "account": 9, "chat": OPEN }]),
    ] {
        let (code, problem) = reader.post("/push/subscriptions", subscription(&chats)).await;
        assert_eq!(
            (code, &problem["code"]),
            (StatusCode::NOT_FOUND, &json!("not-found"))
        );
    }
    for (account, chat) in [(1, HIDDEN), (9, OPEN), (1, ChatId(5))] {
        let path = format!("/push/mutes/{account}/{chat}");
        for method in [Method::PUT, Method::DELETE] {
            assert_eq!(status(&reader, method, &path).await, 404);
        }
    }
    assert!(notifier.asked().is_empty(), "not a word to the notifier");
    // Chats that were taken away since are not named.
    let list = reader.json("/push/subscriptions").await;
    assert_eq!(list["subscriptions"][0]["chats"], one(OPEN));
    assert_eq!(reader.json("/push/mutes").await["chats"], one(OPEN));
    let path = format!("/push/mutes/1/{OPEN}");
    assert_eq!(status(&reader, Method::PUT, &path).await, 204);
    assert_eq!(status(&reader, Method::DELETE, &path).await, 204);
    let muted: Vec<_> = notifier.asked().iter().map(|a| a["muted"].clone()).collect();
    assert_eq!(muted[2..], [json!(true), json!(false)]);
    assert_eq!(
        status(&reader, Method::DELETE, "/push/subscriptions/7").await,
        204
    );
    assert_eq!(
        status(&reader, Method::DELETE, "/push/subscriptions/8").await,
        404
    );
    let mut plain = subscription(&Value::Null);
    plain["endpoint"] = json!("http://push.example/1");
    let (code, problem) = reader.post("/push/subscriptions", plain).await;
    assert_eq!(
        (code, &problem["detail"]),
        (StatusCode::BAD_REQUEST, &json!("https only"))
    );
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_without_a_name_and_only_while_the_notifier_runs() {
    let bed = Bed::with(|config| config.anonymous = true).await;
    let (nobody, admin) = (bed.nobody(), bed.admin().await);
    let (code, problem) = admin
        .post("/push/subscriptions", subscription(&Value::Null))
        .await;
    assert_eq!(
        (code, &problem["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("not-running"))
    );
    let notifier = Notifier::start(&bed).await;
    for (method, path) in [
        (Method::GET, "/push/key"),
        (Method::GET, "/push/subscriptions"),
        (Method::DELETE, "/push/subscriptions/7"),
        (Method::GET, "/push/mutes"),
        (Method::PUT, "/push/mutes/1/11"),
    ] {
        assert_eq!(status(&nobody, method, path).await, 401, "{path}");
    }
    let (code, _) = nobody
        .post("/push/subscriptions", subscription(&Value::Null))
        .await;
    assert_eq!(code, 401);
    assert!(notifier.asked().is_empty());
    bed.stop().await;
    // Sessions of a read-only archive cannot be ended: nothing is tied to them.
    let bed = Bed::over(Archive::new().await, |config| config.read_only = true).await;
    let (code, problem) = bed
        .admin()
        .await
        .post("/push/subscriptions", subscription(&Value::Null))
        .await;
    assert_eq!(
        (code, &problem["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("read-only"))
    );
    bed.stop().await;
}
