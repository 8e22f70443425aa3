//! Incidents, status and the log-in to Telegram, with services that answer.

use bus::Bus as _;
use model::AccountId;
use serde_json::{Value, json};
use store::ApplyOptions;
use store::conformance::builders::{deletion, text};
use store::conformance::guard::Ten;
use wire::{LoginAnswer, LoginRefusal, LoginStep, Subject};

use crate::bed::{Bed, OPEN};

/// Answers one request after the other.
pub(crate) async fn answering(
    bed: &Bed,
    service: &str,
    verb: &str,
    answer: impl Fn(Value) -> Value + Send + 'static,
) {
    let subject = Subject::Rpc {
        service: service.to_owned(),
        verb: verb.to_owned(),
        account: AccountId(1),
    };
    let mut requests = bed.bus.serve(&subject).await.unwrap();
    tokio::spawn(async move {
        while let Ok((body, replier)) = requests.next().await {
            let answer = answer(wire::decode_rpc_request(body).unwrap());
            replier
                .reply(wire::encode_rpc_response(Ok(&answer)))
                .await
                .unwrap();
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_shown_and_decided() {
    let bed = Bed::new().await;
    bed.people().await;
    let captures = (1..=12)
        .map(|id| text(OPEN, id, 1, 0, &format!("kept {id}")))
        .collect();
    bed.put(OPEN, captures).await;
    let gone = deletion(Some(OPEN), (1..=12).collect(), 2, 1_700_000_000_000_000);
    let batch = store::conformance::builders::batch(OPEN, vec![gone]);
    let applied = bed.store.apply(&[batch], ApplyOptions::default()).await.unwrap();
    let operations: Vec<_> = applied.operations.iter().map(|(_, o)| *o).collect();
    bed.store.decide(bed.account, &operations, &Ten).await.unwrap();
    bed.store
        .apply_verdicts(bed.account, &operations, ApplyOptions::default())
        .await
        .unwrap();
    let admin = bed.admin().await;
    let incidents = admin.json("/incidents?state=open").await;
    let incident = &incidents["incidents"][0];
    assert_eq!(
        (&incident["chat"]["name"], &incident["state"], &incident["kind"]),
        (&json!("Open group"), &json!("open"), &json!("burst"))
    );
    let held = incident["deletions"].as_i64().unwrap();
    assert!(held > 0);
    let id = incident["id"].as_i64().unwrap();
    let operations = admin.json(&format!("/incidents/{id}/operations?limit=1")).await;
    let first = &operations["operations"][0];
    assert_eq!(first["kind"], "delete");
    assert_eq!(first["message"]["text"], format!("kept {}", first["message_id"]));
    let next = operations["next"].as_str().unwrap();
    let rest = admin
        .json(&format!("/incidents/{id}/operations?after={next}"))
        .await;
    assert_eq!(rest["operations"].as_array().unwrap().len() as i64, held - 1);
    let odd = format!("/incidents/{id}/operations?after=12");
    assert_eq!(admin.get(&odd).await.status(), 400);
    let decision = format!("/incidents/{id}/decision");
    let (status, problem) = admin.post(&decision, json!({ "approve": true })).await;
    assert_eq!((status.as_u16(), &problem["code"]), (503, &json!("not-running")));
    answering(&bed, "rate-limiter", "decide_incident", move |asked| {
        assert_eq!(asked, json!({ "incident": id, "approve": true, "by": "admin" }));
        json!({ "operations": held })
    })
    .await;
    let (status, decided) = admin.post(&decision, json!({ "approve": true })).await;
    assert_eq!((status.as_u16(), &decided["operations"]), (200, &json!(held)));
    assert_eq!(admin.get("/incidents/999").await.status(), 404);
    assert_eq!(
        admin.json("/incidents?state=rejected").await["incidents"],
        json!([])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn status_tells_how_things_stand() {
    let bed = Bed::new().await;
    bed.people().await;
    let admin = bed.admin().await;
    let status = admin.json("/status").await;
    assert_eq!(
        (&status["bus"], &status["database"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(status["accounts"][0]["capture"]["state"], "not running");
    let run = bed.store.start_run(AccountId(1), "schedule").await.unwrap();
    answering(&bed, "fetcher", "status", |_| {
        json!({
            "state": "flood wait", "reason": "Telegram asks to wait", "until": 1_800_000_000, "live": true, "next_run": null,
            "run": { "started_at": 5, "chats_total": 3, "chats_done": 1, "messages": 7, "messages_expected": 9, "walking": [5], "failed": 0 },
        })
    })
    .await;
    let status = admin.json("/status").await;
    let account = &status["accounts"][0];
    assert_eq!(
        (&account["capture"]["state"], &account["capture"]["until"]),
        (&json!("flood wait"), &json!(1_800_000_000))
    );
    assert_eq!(account["capture"]["run"]["chats_done"], 1);
    assert_eq!(
        (&account["runs"][0]["id"], &account["runs"][0]["finished_at"]),
        (&json!(run.0), &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_in_to_telegram_goes_step_by_step() {
    let bed = Bed::new().await;
    let admin = bed.admin().await;
    let path = |step: &str| format!("/accounts/1/telegram{step}");
    assert_eq!(admin.json(&path("")).await, json!({ "state": "not_running" }));
    answering(&bed, "fetcher", wire::VERB_LOGIN, |asked| {
        let answer = match serde_json::from_value(asked).unwrap() {
            LoginStep::State => LoginAnswer::LoggedOut {
                reason: "revoked".to_owned(),
            },
            LoginStep::RequestCode { phone } if phone == "+1" => LoginAnswer::CodeSent {
                by: "app".to_owned(),
                length: Some(5),
            },
            LoginStep::RequestCode { .. } => LoginAnswer::Refused {
                refusal: LoginRefusal::Wait { until: 77 },
                message: "wait".to_owned(),
            },
            LoginStep::SignIn { code } if code == "12345" => LoginAnswer::PasswordNeeded {
                hint: Some("pet".to_owned()),
            },
            LoginStep::SignIn { .. } => LoginAnswer::Refused {
                refusal: LoginRefusal::WrongCode,
                message: "the code is wrong".to_owned(),
            },
            LoginStep::CheckPassword { .. } => LoginAnswer::LoggedIn { user: 42 },
            LoginStep::Qr => LoginAnswer::Show {
                url: "tg://login?token=x".to_owned(),
                expires: 99,
            },
            _ => LoginAnswer::LoggedOut {
                reason: "logged out".to_owned(),
            },
        };
        serde_json::to_value(&answer).unwrap()
    })
    .await;
    assert_eq!(
        admin.json(&path("")).await,
        json!({ "state": "logged_out", "reason": "revoked" })
    );
    for (step, body, expected) in [
        (
            "/code",
            json!({ "phone": "+2" }),
            json!({ "state": "refused", "refusal": "wait", "until": 77, "message": "wait" }),
        ),
        (
            "/code",
            json!({ "phone": "+1" }),
            json!({ "state": "code_sent", "by": "app", "length": 5 }),
        ),
        (
            "/sign-in",
            json!({ "code": "1" }),
            json!({ "state": "refused", "refusal": "wrong_code", "until": null, "message": "the code is wrong" }),
        ),
        (
            "/sign-in",
            json!({ "code": "12345" }),
            json!({ "state": "password_needed", "hint": "pet" }),
        ),
        (
            "/password",
            json!({ "password": "x" }),
            json!({ "state": "logged_in", "user": 42 }),
        ),
        (
            "/qr",
            json!({}),
            json!({ "state": "qr", "url": "tg://login?token=x", "expires": 99 }),
        ),
        (
            "/log-out",
            json!({}),
            json!({ "state": "logged_out", "reason": "logged out" }),
        ),
    ] {
        let (status, answer) = admin.post(&path(step), body).await;
        assert_eq!((status.as_u16(), answer), (200, expected), "{step}");
    }
}
