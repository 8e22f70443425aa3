//! Logging in and out, and who tries to get in otherwise.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::bed::{ADMIN, Bed, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_begins_with_the_password_and_ends_with_the_log_out() {
    let bed = Bed::new().await;
    let nobody = bed.nobody();
    assert_eq!(nobody.get("/session").await.status(), 401);
    for (name, password) in [
        (ADMIN, "wrong"),
        ("nobody", PASSWORD),
        ("", ""),
        (ADMIN, &"x".repeat(2000)),
    ] {
        let answer = nobody.log_in(name, password).await;
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert!(answer.headers().get("set-cookie").is_none());
    }
    let answer = nobody.log_in(ADMIN, PASSWORD).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(
        !cookie.contains("Secure"),
        "over http a browser would not send it back"
    );
    let https = nobody
        .ask(Method::POST, "/session")
        .header("x-forwarded-proto", "https")
        .json(&json!({ "name": ADMIN, "password": PASSWORD }));
    let https = https.send().await.unwrap();
    assert!(https.headers()["set-cookie"].to_str().unwrap().contains("Secure"));

    let admin = bed.admin().await;
    let session = admin.json("/session").await;
    assert_eq!(
        (&session["role"], &session["time_zone"]),
        (&json!("admin"), &json!("Europe/Madrid"))
    );
    assert_eq!(session["accounts"][0]["name"], "telegram_backup");
    // Somebody who stole the cookie has nothing after the log-out.
    let thief = admin.clone();
    assert_eq!(
        admin
            .ask(Method::DELETE, "/session")
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    assert_eq!(thief.get("/session").await.status(), 401);
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_with_its_time() {
    let bed = Bed::with(|c| c.session_days = 2).await;
    let admin = bed.admin().await;
    bed.clock.advance(Duration::from_secs(2 * 86_400 - 60));
    assert_eq!(admin.get("/session").await.status(), 200);
    bed.clock.advance(Duration::from_secs(120));
    assert_eq!(admin.get("/session").await.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slow() {
    let bed = Bed::new().await;
    let nobody = bed.nobody();
    let mut refused = None;
    for n in 0..14 {
        let answer = nobody.log_in(ADMIN, &format!("guess {n}")).await;
        if answer.status() == 429 {
            refused = Some(answer);
            break;
        }
        assert_eq!(answer.status(), 401);
    }
    let refused = refused.expect("some guesses are enough");
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=31).contains(&wait), "{wait}");
    // Even the right one: who guesses must not learn it.
    assert_eq!(nobody.log_in(ADMIN, PASSWORD).await.status(), 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_can_do_nothing() {
    let bed = Bed::new().await;
    let admin = bed.admin().await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        for (method, path) in [
            (Method::DELETE, "/session"),
            (Method::POST, "/session"),
            (Method::POST, "/incidents/1/decision"),
            (Method::POST, "/accounts/1/telegram/log-out"),
        ] {
            let body = json!({ "approve": true, "name": ADMIN, "password": PASSWORD });
            let answer = admin
                .ask(method, path)
                .header(name, value)
                .json(&body)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 403, "{path} from {name}: {value}");
            assert_eq!(
                answer.json::<serde_json::Value>().await.unwrap()["code"],
                "foreign-origin"
            );
        }
    }
    assert_eq!(admin.get("/session").await.status(), 200, "still logged in");
    // A form cannot send it either.
    let form = admin
        .ask(Method::POST, "/incidents/1/decision")
        .body("approve=true");
    let form = form
        .header("content-type", "application/x-www-form-urlencoded")
        .send()
        .await
        .unwrap();
    assert_eq!(form.status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_credentials_there_is_a_password_in_a_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let bed = Bed::with(|c| {
        c.username = None;
        c.password = None;
    })
    .await;
    let file = bed.folder.path().join("session/viewer-password");
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let password = std::fs::read_to_string(&file).unwrap();
    assert!(password.trim().len() >= 20);
    assert_eq!(bed.nobody().get("/accounts/1/chats").await.status(), 401);
    assert_eq!(bed.nobody().log_in("admin", password.trim()).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn anonymous_readers_read_and_no_more() {
    let bed = Bed::with(|c| c.anonymous = true).await;
    bed.people().await;
    let anyone = bed.nobody();
    let session = anyone.json("/session").await;
    assert_eq!(
        (&session["anonymous"], &session["role"]),
        (&json!(true), &json!("reader"))
    );
    assert_eq!(anyone.get("/accounts/1/chats").await.status(), 200);
    for path in ["/incidents", "/status", "/accounts/1/telegram"] {
        assert_eq!(anyone.get(path).await.status(), 401, "{path}");
    }
    let (status, _) = anyone
        .post("/incidents/1/decision", json!({ "approve": true }))
        .await;
    assert_eq!(status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_guarded_by_its_headers() {
    let bed = Bed::new().await;
    let admin = bed.admin().await;
    for path in ["/session", "/nothing/here", "/api/openapi.json"] {
        let answer = admin.get(path).await;
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin");
    }
    // The page, for any path of its own.
    let page = admin
        .client
        .get(format!("{}/c/5/17", admin.base))
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 200);
    assert!(
        page.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    let missing = admin
        .client
        .get(format!("{}/assets/none.js", admin.base))
        .send()
        .await
        .unwrap();
    assert_eq!(missing.status(), 404);
}
