//! Files: whole, in ranges, as what they are, and to nobody else.

use model::FileLocation;
use reqwest::Method;
use serde_json::json;

use crate::bed::{Bed, HIDDEN, OPEN, with_file};

const BYTES: &[u8] = b"0123456789";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_sent_whole_or_in_ranges() {
    let bed = Bed::new().await;
    bed.people().await;
    bed.put(OPEN, vec![with_file(OPEN, 1, "video/mp4", Some("a film.mp4"))])
        .await;
    let admin = bed.admin().await;
    let message = format!("/accounts/1/chats/{OPEN}/messages/1");
    assert_eq!(admin.json(&message).await["media"][0]["state"], "wanted");
    assert_eq!(
        admin.get(&format!("{message}/media/0")).await.status(),
        404,
        "not there yet"
    );
    bed.hold(BYTES).await;
    let media = admin.json(&message).await["media"][0].clone();
    assert_eq!(
        (&media["state"], &media["size"], &media["name"]),
        (&json!("stored"), &json!(10), &json!("a film.mp4"))
    );
    let url = media["url"].as_str().unwrap().to_owned();
    let whole = admin.get(&url).await;
    let header = |answer: &reqwest::Response, name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(
        (whole.status().as_u16(), header(&whole, "content-type")),
        (200, "video/mp4".to_owned())
    );
    assert_eq!(header(&whole, "accept-ranges"), "bytes");
    assert_eq!(header(&whole, "x-content-type-options"), "nosniff");
    assert!(header(&whole, "content-security-policy").starts_with("sandbox"));
    assert!(header(&whole, "content-disposition").starts_with("inline"));
    let etag = header(&whole, "etag");
    assert_eq!(whole.bytes().await.unwrap(), BYTES);
    let ranged = async |range: &str, if_range: Option<&str>| {
        let mut request = admin.ask(Method::GET, &url).header("range", range);
        if let Some(tag) = if_range {
            request = request.header("if-range", tag);
        }
        let answer = request.send().await.unwrap();
        let told = answer
            .headers()
            .get("content-range")
            .map(|v| v.to_str().unwrap().to_owned());
        (answer.status().as_u16(), told, answer.bytes().await.unwrap())
    };
    assert_eq!(
        ranged("bytes=2-4", None).await,
        (206, Some("bytes 2-4/10".to_owned()), "234".into())
    );
    assert_eq!(
        ranged("bytes=-3", Some(&etag)).await,
        (206, Some("bytes 7-9/10".to_owned()), "789".into())
    );
    assert_eq!(ranged("bytes=2-4", Some("\"other\"")).await.0, 200);
    let (status, told, _) = ranged("bytes=10-", None).await;
    assert_eq!((status, told.as_deref()), (416, Some("bytes */10")));
    let same = admin
        .ask(Method::GET, &url)
        .header("if-none-match", &etag)
        .send()
        .await
        .unwrap();
    assert_eq!(same.status(), 304);
    let download = admin.get(&format!("{url}?download=1")).await;
    let disposition = header(&download, "content-disposition");
    assert_eq!(
        disposition,
        "attachment; filename=\"a film.mp4\"; filename*=UTF-8''a%20film.mp4"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_comes_in_pieces() {
    let bed = Bed::new().await;
    bed.people().await;
    bed.put(OPEN, vec![with_file(OPEN, 1, "video/mp4", None)]).await;
    let bytes: Vec<u8> = (0..700_001_u32).map(|n| (n % 251) as u8).collect();
    bed.hold(&bytes).await;
    let admin = bed.admin().await;
    let url = format!("/accounts/1/chats/{OPEN}/messages/1/media/0");
    let whole = admin.get(&url).await;
    assert_eq!(whole.headers()["content-length"], "700001");
    assert!(whole.bytes().await.unwrap() == bytes);
    let part = admin
        .ask(Method::GET, &url)
        .header("range", "bytes=100-600000")
        .send()
        .await
        .unwrap();
    assert!(part.bytes().await.unwrap() == bytes[100..=600_000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_run_is_a_download_under_a_plain_name() {
    let bed = Bed::new().await;
    bed.people().await;
    let nasty = [
        ("text/html", "../../etc/passwd"),
        ("image/svg+xml", "a\"; filename=x.html"),
        ("application/pdf", "pic\u{202e}gnp.exe"),
        ("text/html\r\nset-cookie: a=b", "a\r\nb"),
    ];
    let captures = nasty
        .iter()
        .enumerate()
        .map(|(n, (mime, name))| with_file(OPEN, n as i64 + 1, mime, Some(name)));
    bed.put(OPEN, captures.collect()).await;
    bed.hold(b"<script>alert(1)</script>").await;
    let admin = bed.admin().await;
    for n in 1..=nasty.len() {
        let answer = admin
            .get(&format!("/accounts/1/chats/{OPEN}/messages/{n}/media/0"))
            .await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/octet-stream");
        let disposition = answer.headers()["content-disposition"].to_str().unwrap();
        assert!(
            disposition.starts_with("attachment") && !disposition.contains('/'),
            "{disposition}"
        );
        assert!(answer.headers().get("set-cookie").is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_of_people_are_shown_where_they_wrote() {
    let bed = Bed::new().await;
    bed.people().await;
    bed.put(
        HIDDEN,
        vec![crate::bed::sent(HIDDEN, 1, "x", |m| {
            m.head.sender = Some(model::ChatId(800))
        })],
    )
    .await;
    bed.put(
        OPEN,
        vec![crate::bed::sent(OPEN, 1, "x", |m| {
            m.head.sender = Some(model::ChatId(801))
        })],
    )
    .await;
    for id in [800, 801] {
        let model::Capture::User(mut user) = store::conformance::builders::user(id, 2, false, "Somebody")
        else {
            panic!("a user");
        };
        user.photo = Some(FileLocation {
            kind: model::FileKind::PeerPhoto,
            file_id: id,
            ..FileLocation::default()
        });
        bed.put(OPEN, vec![model::Capture::User(user)]).await;
    }
    bed.hold(BYTES).await;
    bed.add_user("reader", Some(vec![OPEN])).await;
    let (reader, admin) = (bed.browser("reader").await, bed.admin().await);
    let avatar = |id: i64| format!("/accounts/1/peers/{id}/avatar");
    assert_eq!(admin.get(&avatar(800)).await.status(), 200);
    let shown = reader.get(&avatar(801)).await;
    assert_eq!(
        (shown.status().as_u16(), &shown.headers()["content-type"]),
        (200, &"image/jpeg".parse().unwrap())
    );
    assert_eq!(
        reader.get(&avatar(800)).await.status(),
        404,
        "they wrote elsewhere"
    );
    let window = reader.json(&format!("/accounts/1/chats/{OPEN}/messages")).await;
    assert_eq!(
        window["messages"][0]["sender"]["avatar"],
        format!("/api/v1{}", avatar(801))
    );
}
