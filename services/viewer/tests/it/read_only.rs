//! On a database that cannot be written to, reading goes on (F109).

use std::sync::Arc;

use reqwest::Method;
use serde_json::json;
use store::Store;
use store_sqlite::{SqliteOptions, SqliteStore};

use crate::bed::{Archive, Bed, HIDDEN, OPEN, ids, sent};

#[tokio::test(flavor = "multi_thread")]
async fn reading_needs_no_writing() {
    let archive = Archive::new().await;
    let before = Bed::over(archive, |_| {}).await;
    before.people().await;
    before.put(OPEN, vec![sent(OPEN, 1, "hello", |_| {})]).await;
    before.store.index_search(10).await.unwrap();
    before.add_user("reader", Some(vec![OPEN])).await;
    let file = before.folder.path().join("archive.db");
    let (clock, options) = (before.clock.clone(), SqliteOptions::default());
    let store = SqliteStore::open_read_only(&file, Arc::new(clock.clone()), options)
        .await
        .unwrap();
    let store = Arc::new(store);
    let folder = tempfile::tempdir().unwrap();
    let all = Arc::clone(&store) as Arc<dyn Store>;
    let bed = Bed::start(all, store, folder, clock, |c| c.read_only = true).await;
    for name in ["admin", "reader"] {
        let browser = bed.browser(name).await;
        let session = browser.json("/session").await;
        assert_eq!(
            (&session["name"], &session["read_only"]),
            (&json!(name), &json!(true))
        );
        let window = browser.json(&format!("/accounts/1/chats/{OPEN}/messages")).await;
        assert_eq!(ids(&window["messages"]), [1]);
        assert_eq!(browser.json("/accounts/1/search?q=hello").await["total"], 1);
        assert_eq!(browser.json("/accounts/1/chats").await["total"], 1);
        let out = browser.ask(Method::DELETE, "/session").send().await.unwrap();
        assert!(
            out.headers()["set-cookie"]
                .to_str()
                .unwrap()
                .contains("Max-Age=0")
        );
        // Whoever has taken the cookie has nothing.
        assert_eq!(browser.get("/session").await.status(), 401);
    }
    let reader = bed.browser("reader").await;
    assert_eq!(reader.get("/session").await.status(), 200);
    let chat = format!("/accounts/1/chats/{OPEN}");
    assert_eq!(reader.get(&chat).await.status(), 200);
    // What somebody may see is asked anew each time, and whose password is another one is out.
    before.add_user("reader", Some(vec![HIDDEN])).await;
    assert_eq!(reader.get("/session").await.status(), 401);
    let reader = bed.browser("reader").await;
    assert_eq!(reader.get(&chat).await.status(), 404);
    before.store.remove_viewer_user("reader").await.unwrap();
    assert_eq!(reader.get("/session").await.status(), 401);

    let admin = bed.admin().await;
    let mut forger = admin.clone();
    forger.cookie = forger.cookie.map(|c| format!("{c}x"));
    assert_eq!(forger.get("/session").await.status(), 401);
    let (status, problem) = admin.post("/accounts/1/telegram/qr", json!({})).await;
    assert_eq!((status.as_u16(), &problem["code"]), (503, &json!("read-only")));
}
