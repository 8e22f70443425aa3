//! Somebody who wants in, or out with something.

use model::{CapturedMessage, ChatId};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::conformance::builders::deletion;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::admin::answering;
use crate::bed::{ADMIN, Bed, HIDDEN, OPEN, PASSWORD, group, ids, sent, with_file};
use crate::events::{Stream, change, told};
use crate::scope::{SECRET, ask, filled, routes};

/// Outside of `DISPLAY_CHAT_IDS` there is nothing for the administrator, either.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_displayed_exists_for_nobody() {
    let bed = filled(|c| c.display_chats = vec![OPEN]).await;
    bed.add_user("all", None).await;
    let walks = json!({ "state": "connected", "run": { "walking": [HIDDEN.0, OPEN.0] } });
    answering(&bed, "fetcher", "status", move |_| walks.clone()).await;
    let status = bed.browser(ADMIN).await.json("/status").await;
    let account = &status["accounts"][0];
    assert_eq!(account["capture"]["run"]["walking"], json!([OPEN.0]));
    assert_eq!(
        account["runs"][0]["failures"],
        json!([{ "chat": OPEN.0, "reason": "too long" }])
    );
    let mut asked = 0;
    for name in [ADMIN, "all"] {
        let browser = bed.browser(name).await;
        for (method, path) in routes() {
            // A log-out would end the attack.
            if method == Method::DELETE && path.ends_with("/session") {
                continue;
            }
            let (status, body) = ask(&browser, &method, &path).await;
            let hidden = path.contains(&HIDDEN.to_string());
            if hidden {
                assert_eq!(status, 404, "{name}: {method} {path}: {body}");
                assert!(body.contains("not-found"), "{name}: {method} {path}: {body}");
                asked += 1;
            }
            for word in [SECRET, "Hidden", &HIDDEN.to_string()] {
                assert!(
                    !body.contains(word),
                    "{name}: {method} {path} tells {word}: {body}"
                );
            }
        }
        for named in ["chat=", "q=s3cr3t&chat="] {
            let path = format!("/accounts/1/search?q=look&{named}{HIDDEN}");
            assert!(
                [400, 404].contains(&browser.get(&path).await.status().as_u16()),
                "{path}"
            );
        }
        let subscription = json!({
            "endpoint": "https://push.example/1", "keys": { "p256dh": "key", "auth": "secret" },
            "chats": [{ "account": 1, "chat": HIDDEN }],
        });
        let (status, problem) = browser.post("/push/subscriptions", subscription).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::NOT_FOUND, &json!("not-found"))
        );
        let mut events = Stream::open(&browser, None).await;
        change(&bed, Some(HIDDEN), "new", 9).await;
        change(&bed, Some(OPEN), "new", 10).await;
        events.until(&told(OPEN, "new", 10)).await;
        assert!(!events.text.contains(&HIDDEN.to_string()), "{}", events.text);
    }
    assert!(asked >= 24, "{asked}");
}

/// The right session of one user with the ids of another's things.
#[tokio::test(flavor = "multi_thread")]
async fn anothers_versions_and_ghosts_are_not_there() {
    let bed = filled(|_| {}).await;
    bed.put(HIDDEN, vec![edited(1, "s3cr3t words, changed")]).await;
    bed.put(
        HIDDEN,
        vec![deletion(Some(HIDDEN), vec![1], 12, 1_700_000_000_000_000)],
    )
    .await;
    let (reader, admin) = (bed.browser("reader").await, bed.admin().await);
    // Each once with the id of the chat that is seen, once with that of the hidden one.
    for chat in [OPEN, HIDDEN] {
        for path in ["versions", "raw", ""] {
            let path = format!("/accounts/1/chats/{chat}/messages/3/{path}");
            let path = path.trim_end_matches('/');
            let answer = reader.get(path).await;
            assert_eq!(answer.status(), 404, "{path}");
            assert!(!answer.text().await.unwrap().contains(SECRET));
        }
    }
    let path = format!("/accounts/1/chats/{HIDDEN}/messages/1/versions");
    assert_eq!(admin.json(&path).await["versions"].as_array().unwrap().len(), 2);
    // Another account's number leads nowhere.
    for account in [0, 2, -1, i64::MAX] {
        let path = format!("/accounts/{account}/chats/{OPEN}/messages");
        assert_eq!(admin.get(&path).await.status(), 404, "{path}");
    }
}

fn edited(id: i64, words: &str) -> model::Capture {
    sent(HIDDEN, id, words, |m: &mut CapturedMessage| {
        m.edit_date = 1_700_000_500;
        m.seen.counter = 11;
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_leads_out_of_the_archive_or_to_a_file_by_its_hash() {
    let bed = filled(|_| {}).await;
    let bytes = b"s3cr3t bytes";
    let hash: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
    let admin = bed.admin().await;
    let cookie = admin.cookie.clone().unwrap();
    let media = format!("/api/v1/accounts/1/chats/{OPEN}/messages/2/media");
    let paths = [
        format!("{media}/..%2f..%2f..%2f1%2fmedia%2f0"),
        format!("{media}/0/../../../../{HIDDEN}/messages/2/media/0/../../../../../../../../etc/passwd"),
        format!("{media}/%2e%2e%2f%2e%2e%2fetc%2fpasswd"),
        format!("{media}/-1"),
        format!("{media}/4294967296"),
        format!("{media}/{hash}"),
        "/../../../../etc/passwd".to_owned(),
        "/assets/../../../../../../etc/passwd".to_owned(),
        "/assets/..%2f..%2f..%2f..%2fetc%2fpasswd".to_owned(),
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd".to_owned(),
        "/..%5c..%5cetc%5cpasswd".to_owned(),
        "/archive.db".to_owned(),
        "/session/viewer-password".to_owned(),
        format!("/{hash}"),
        format!("/media/{hash}"),
        format!("/media/_shared/{}/{hash}", &hash[..2]),
        format!("/api/v1/media/{hash}"),
        format!("/api/v1/files/{hash}"),
        format!("/api/v1/accounts/1/media/{hash}"),
        format!("/api/v1/accounts/1/peers/..%2f{HIDDEN}/avatar"),
    ];
    for path in paths {
        // As it is: a client would tidy it up.
        let mut stream = tokio::net::TcpStream::connect(bed.address).await.unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        for word in ["root:", SECRET, "SQLite format", PASSWORD] {
            assert!(!answer.contains(word), "{path}: {answer}");
        }
        // The page is what stands at every path of its own.
        let page = answer.starts_with("HTTP/1.1 200") && answer.contains("text/html");
        assert!(
            page || answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400"),
            "{path}: {answer}"
        );
        assert!(!(page && path.starts_with("/api/")), "{path}");
    }
}

const NASTY: [&str; 6] = [
    "<script>top.pwned=1</script><img src=x onerror=top.pwned=1>",
    "<svg xmlns='http://www.w3.org/2000/svg' onload='top.pwned=1'><foreignObject/></svg>",
    "javascript:top.pwned=1",
    "\u{202e}gnp.exe\u{2066}\u{200f}",
    "{{constructor.constructor('top.pwned=1')()}}",
    "\u{0}\u{1}\u{7f}\u{feff}\u{fffe}",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_comes_back_as_it_was_and_is_never_a_page() {
    let bed = Bed::new().await;
    bed.people().await;
    for (n, words) in NASTY.iter().enumerate() {
        let id = n as i64 + 1;
        bed.put(OPEN, vec![sent(OPEN, id, words, |_| {})]).await;
        let chat = ChatId::channel(100 + id);
        let mut file = with_file(chat, 1, words, Some(words));
        if let model::Capture::Message(m) = &mut file {
            m.content.text = (*words).to_owned();
            m.hash = m.content.hash();
        }
        bed.put(chat, vec![group(chat, words), file]).await;
    }
    bed.hold(b"<script>top.pwned=1</script>").await;
    bed.store.index_search(100).await.unwrap();
    let admin = bed.admin().await;
    let window = admin.get(&format!("/accounts/1/chats/{OPEN}/messages")).await;
    assert_eq!(window.headers()["content-type"], "application/json");
    assert_eq!(window.headers()["x-content-type-options"], "nosniff");
    let window: Value = window.json().await.unwrap();
    assert_eq!(
        ids(&window["messages"]),
        (1..=NASTY.len() as i64).collect::<Vec<_>>()
    );
    for (message, words) in window["messages"].as_array().unwrap().iter().zip(NASTY) {
        assert_eq!(message["text"], *words);
    }
    for (n, words) in NASTY.iter().enumerate() {
        let chat = ChatId::channel(101 + n as i64);
        assert_eq!(
            admin.json(&format!("/accounts/1/chats/{chat}")).await["title"],
            *words
        );
        let file = admin
            .get(&format!("/accounts/1/chats/{chat}/messages/1/media/0"))
            .await;
        let header = |name: &str| file.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "application/octet-stream");
        assert!(header("content-security-policy").starts_with("sandbox"));
        let disposition = header("content-disposition");
        assert!(disposition.starts_with("attachment"), "{disposition}");
        assert!(
            disposition.is_ascii() && !disposition.contains(['\r', '\n', '<', '\u{0}']),
            "{disposition}"
        );
    }
    // A query is no page, either.
    let hostile = admin
        .get("/accounts/1/search?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E")
        .await;
    assert_eq!(hostile.headers()["content-type"], "application/json");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_megabyte_of_text_is_only_where_it_was_asked_for() {
    let bed = Bed::new().await;
    bed.people().await;
    let long = format!("needle {}", "x".repeat(1 << 20));
    let captures = vec![
        sent(OPEN, 1, &long, |m| m.pinned = true),
        sent(OPEN, 2, "an answer", |m| {
            m.head.reply = Some(model::Reply {
                message_id: Some(1),
                chat: None,
                top_id: None,
                quote: Some(long.clone()),
            });
        }),
        sent(OPEN, 3, &long, |_| {}),
    ];
    bed.put(OPEN, captures).await;
    bed.put(ChatId::channel(50), vec![group(ChatId::channel(50), &long)])
        .await;
    bed.store.index_search(100).await.unwrap();
    let admin = bed.admin().await;
    let message = admin.json(&format!("/accounts/1/chats/{OPEN}/messages/1")).await;
    assert_eq!(message["text"], long);
    for path in [
        "/accounts/1/search?q=needle".to_owned(),
        format!("/accounts/1/chats/{OPEN}/messages/2"),
        format!("/accounts/1/chats/{OPEN}"),
    ] {
        let length = admin.get(&path).await.bytes().await.unwrap().len();
        assert!(length < 64 << 10, "{path}: {length} bytes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_can_be_changed_from_another_site() {
    let bed = filled(|_| {}).await;
    let admin = bed.admin().await;
    let mut tried = 0;
    for (method, path) in routes().into_iter().filter(|(m, _)| *m != Method::GET) {
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://127.0.0.1:1"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let request = admin.ask(method.clone(), &path).header(name, value);
            let answer = request.json(&json!({ "approve": true })).send().await.unwrap();
            assert_eq!(answer.status(), 403, "{method} {path} from {name}: {value}");
            let problem: Value = answer.json().await.unwrap();
            assert_eq!(problem["code"], "foreign-origin");
            tried += 1;
        }
    }
    assert!(tried >= 50, "{tried}");
    assert_eq!(admin.get("/session").await.status(), 200, "still logged in");
    // Nobody may read answers there, and nobody is told that one may.
    let answer = admin
        .ask(Method::GET, "/session")
        .header("origin", "https://evil.example");
    let answer = answer.send().await.unwrap();
    assert!(
        answer
            .headers()
            .keys()
            .all(|k| !k.as_str().starts_with("access-control"))
    );
    assert_eq!(answer.headers()["cross-origin-resource-policy"], "same-origin");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slow_for_many_names_and_under_many_addresses() {
    let bed = Bed::new().await;
    let nobody = bed.nobody();
    let guess = async |name: String, from: Option<String>| {
        let mut request = nobody.ask(Method::POST, "/session");
        if let Some(from) = from {
            request = request.header("x-forwarded-for", from);
        }
        let body = json!({ "name": name, "password": "guess" });
        request.json(&body).send().await.unwrap().status().as_u16()
    };
    let mut answers = Vec::new();
    for n in 0..14 {
        answers.push(guess(format!("user {n}"), None).await);
    }
    assert!(answers.contains(&429), "one address, many names: {answers:?}");
    // Behind a proxy on this machine each has an address of their own; the name has its limit all the same, however it
    // is written, and whoever writes addresses in front of theirs gains none.
    let mut answers = Vec::new();
    for n in 0..14 {
        let name = if n % 2 == 0 { "victim" } else { "VICTIM" };
        answers.push(guess(name.to_owned(), Some(format!("192.0.2.{n}"))).await);
    }
    assert!(answers.contains(&429), "many addresses, one name: {answers:?}");
    let mut answers = Vec::new();
    for n in 0..14 {
        answers.push(guess(format!("other {n}"), Some(format!("192.0.2.{n}, 198.51.100.7"))).await);
    }
    assert!(
        answers.contains(&429),
        "one address behind invented ones: {answers:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_session_is_worth_nothing_after_the_log_out() {
    let bed = filled(|_| {}).await;
    let owner = bed.admin().await;
    let thief = owner.clone();
    let other = bed.admin().await;
    assert_eq!(thief.get("/session").await.status(), 200);
    let out = owner.ask(Method::DELETE, "/session").send().await.unwrap();
    assert_eq!(out.status(), 204);
    for (method, path) in routes() {
        let (status, body) = ask(&thief, &method, &path).await;
        assert_eq!(status, 401, "{method} {path}: {body}");
        assert!(!body.contains(SECRET));
    }
    assert_eq!(
        other.get("/session").await.status(),
        200,
        "another of the same user goes on"
    );
}
