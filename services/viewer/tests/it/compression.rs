//! What is compressed on its way, and what is not.

use std::io::Read as _;

use flate2::read::GzDecoder;
use reqwest::{Method, Response};
use serde_json::Value;

use crate::bed::{Bed, Browser, OPEN, sent, with_file};

async fn ask(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = browser.ask(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer
}

fn encoding(answer: &Response) -> Option<&str> {
    answer
        .headers()
        .get("content-encoding")
        .map(|v| v.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn json_is_compressed_for_the_page_and_nothing_else_is() {
    let bed = Bed::new().await;
    bed.people().await;
    let words = "the same words again ".repeat(20);
    bed.put(OPEN, (1..=40).map(|id| sent(OPEN, id, &words, |_| {})).collect())
        .await;
    bed.put(
        OPEN,
        vec![with_file(OPEN, 50, "application/json", Some("a.json"))],
    )
    .await;
    let file = "{}".repeat(4000);
    bed.hold(file.as_bytes()).await;
    let admin = bed.admin().await;
    let window = format!("/accounts/1/chats/{OPEN}/messages");
    let gzip = ("accept-encoding", "gzip");

    let plain = ask(&admin, &window, &[]).await;
    assert_eq!(encoding(&plain), None);
    let plain: Value = plain.json().await.unwrap();
    let compressed = ask(&admin, &window, &[gzip, ("sec-fetch-site", "same-origin")]).await;
    assert_eq!(encoding(&compressed), Some("gzip"));
    assert!(
        compressed.headers()["vary"]
            .to_str()
            .unwrap()
            .contains("accept-encoding")
    );
    let bytes = compressed.bytes().await.unwrap();
    let mut text = String::new();
    GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), plain);
    assert!(bytes.len() * 4 < text.len(), "{} of {}", bytes.len(), text.len());
    // Over http nobody says where a request comes from.
    assert_eq!(encoding(&ask(&admin, &window, &[gzip]).await), Some("gzip"));

    for site in ["cross-site", "same-site", "none"] {
        let foreign = ask(&admin, &window, &[gzip, ("sec-fetch-site", site)]).await;
        assert_eq!(encoding(&foreign), None, "{site}");
    }
    for path in ["/session", "/events", &format!("{window}/50/media/0")] {
        let answer = ask(&admin, path, &[gzip]).await;
        assert_eq!(encoding(&answer), None, "{path}");
    }
    let part = admin
        .ask(Method::GET, &format!("{window}/50/media/0"))
        .header("accept-encoding", "gzip")
        .header("range", "bytes=0-5999");
    let part = part.send().await.unwrap();
    assert_eq!((part.status().as_u16(), encoding(&part)), (206, None));
    assert_eq!(part.bytes().await.unwrap(), &file.as_bytes()[..6000]);
    // What must be whole at once is: an event that is sent is there.
    let mut events = ask(&admin, "/events", &[gzip]).await;
    let first = tokio::time::timeout(std::time::Duration::from_secs(20), events.chunk());
    let first = first.await.unwrap().unwrap().unwrap();
    assert!(first.windows(5).any(|w| w == b"ready"));
}
