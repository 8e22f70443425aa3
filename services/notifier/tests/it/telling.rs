//! What is told, to whom it may be, and how often.

use std::collections::BTreeSet;

use bus::{MemoryBus, MemoryLimits};
use model::{ChatId, Lane, MessageKind};
use serde_json::{Value, json};
use store::Pushes as _;
use wire::{PushAnswer, PushRequest};

use crate::bed::{Bed, HIDDEN, OPEN, group, of};
use crate::browser::Browser;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_message_reaches_the_browser_signed_and_encrypted() {
    let bed = Bed::new().await;
    let running = bed.run().await;
    bed.user("ann", None).await;
    let (browser, key) = (Browser::new(1), bed.key().await);
    bed.subscribe(&browser.subscribe(&bed.service, "ann", None)).await;
    // Nobody is told of these.
    bed.store(OPEN, 1, "an old one", |_| {}).await;
    bed.publish(OPEN, Lane::History, "new", &[1]).await;
    bed.publish(OPEN, Lane::Live, "edited", &[1]).await;
    bed.store(OPEN, 2, "by the account itself", |m| m.head.flags.out = true)
        .await;
    bed.publish(OPEN, Lane::Live, "new", &[2]).await;
    bed.store(OPEN, 3, "a pin", |m| m.kind = MessageKind::Service)
        .await;
    bed.publish(OPEN, Lane::Live, "new", &[3]).await;
    bed.store(OPEN, 4, "of last week", |m| m.head.date -= 7 * 86_400)
        .await;
    bed.publish(OPEN, Lane::Live, "new", &[4]).await;
    bed.post(OPEN, 5, &"ж".repeat(300)).await;
    let first = bed.service.until(1).await.remove(0);
    assert_eq!(
        browser.read(&first, &bed.service, &key),
        json!({
            "title": "Open group",
            "body": format!("Bob: {}…", "ж".repeat(100)),
            "tag": format!("chat-{OPEN}"),
            "url": format!("/c/1/{OPEN}/5"),
            "silent": false,
        })
    );
    let ttl: u32 = first.headers["ttl"].parse().unwrap();
    assert!((86_000..=86_400).contains(&ttl), "{ttl}");
    assert_eq!(
        (first.headers["urgency"].as_str(), first.headers["topic"].len()),
        ("normal", 32)
    );
    // Of an album the newest; the topic is that of the chat.
    for id in 6..=8 {
        bed.store(OPEN, id, "", |m| {
            m.kind = MessageKind::RoundVideo;
            m.head.sender = None;
            m.head.flags.silent = true;
        })
        .await;
    }
    bed.publish(OPEN, Lane::Live, "new", &[6, 7, 8]).await;
    let second = bed.service.until(2).await.remove(1);
    let told = browser.read(&second, &bed.service, &key);
    assert_eq!(
        (&told["body"], &told["url"], &told["silent"]),
        (
            &json!("[Media] round video"),
            &json!(format!("/c/1/{OPEN}/8")),
            &json!(true)
        )
    );
    assert_eq!(second.headers["topic"], first.headers["topic"]);
    bed.post(HIDDEN, 1, "another chat").await;
    let third = bed.service.until(3).await.remove(2);
    assert_ne!(third.headers["topic"], first.headers["topic"]);
    running.stop().await;
    assert_eq!(bed.service.received().len(), 3);
}

/// The page's tests deliver the same file to its service worker.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_what_the_page_is_tested_with() {
    let bed = Bed::new().await;
    let running = bed.run().await;
    bed.user("ann", None).await;
    let (browser, key) = (Browser::new(1), bed.key().await);
    bed.subscribe(&browser.subscribe(&bed.service, "ann", None)).await;
    bed.picture(OPEN).await;
    bed.post(OPEN, 5, "Look at <this>").await;
    let sent = bed.service.until(1).await.remove(0);
    let golden: Value = serde_json::from_str(include_str!("../golden/push.json")).unwrap();
    assert_eq!(browser.read(&sent, &bed.service, &key), golden);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_tell_once() {
    let bed = Bed::new().await;
    let (one, other) = (bed.run().await, bed.run().await);
    bed.user("ann", None).await;
    let browsers = [Browser::new(1), Browser::new(2)];
    for browser in &browsers {
        bed.subscribe(&browser.subscribe(&bed.service, "ann", None)).await;
    }
    let key = bed.key().await;
    let chats: Vec<_> = (100..120).map(ChatId::channel).collect();
    for chat in &chats {
        bed.put(*chat, vec![group(*chat, "One of many")]).await;
        bed.post(*chat, 7, "once").await;
        // As a writer does that died before it noted that it had told.
        bed.publish(*chat, Lane::Live, "new", &[7]).await;
    }
    bed.service.until(chats.len() * browsers.len()).await;
    one.stop().await;
    other.stop().await;
    let received = bed.service.received();
    assert_eq!(received.len(), chats.len() * browsers.len());
    for browser in &browsers {
        let own = received.iter().filter(|r| r.path == browser.path);
        let told: BTreeSet<_> = own
            .map(|r| browser.read(r, &bed.service, &key)["url"].to_string())
            .collect();
        assert_eq!(told.len(), chats.len(), "each chat once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bus_forgot_is_told_once_after_a_restart() {
    let mut bed = Bed::new().await;
    bed.user("ann", None).await;
    let running = bed.run().await;
    let (browser, key) = (Browser::new(1), bed.key().await);
    bed.subscribe(&browser.subscribe(&bed.service, "ann", None)).await;
    bed.post(OPEN, 5, "told before").await;
    bed.service.until(1).await;
    running.stop().await;
    // While it does not run; then the process of the single node ends with its bus.
    bed.store(HIDDEN, 1, "missed", |_| {}).await;
    bed.store(HIDDEN, 2, "missed, too", |_| {}).await;
    bed.store(ChatId::channel(33), 1, "of long ago", |m| {
        m.head.date -= 86_400 * 2;
    })
    .await;
    for _ in 0..2 {
        bed.bus = MemoryBus::new(MemoryLimits::default());
        let running = bed.run().await;
        bed.service.until(2).await;
        running.stop().await;
    }
    let received = bed.service.received();
    assert_eq!(received.len(), 2);
    let told = browser.read(&received[1], &bed.service, &key);
    assert_eq!(told["url"], format!("/c/1/{HIDDEN}/2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn some_chats_only_and_muted_ones_not() {
    let bed = Bed::new().await;
    let running = bed.run().await;
    bed.user("ann", None).await;
    let (all, some) = (Browser::new(1), Browser::new(2));
    bed.subscribe(&all.subscribe(&bed.service, "ann", None)).await;
    let id = bed
        .subscribe(&some.subscribe(&bed.service, "ann", Some(vec![of(OPEN)])))
        .await;
    bed.post(HIDDEN, 1, "to one").await;
    bed.post(OPEN, 1, "to both").await;
    bed.service.until(3).await;
    let mute = async |muted| {
        let user = "ann".to_owned();
        let chat = of(OPEN);
        bed.ask(&PushRequest::Mute { user, chat, muted }).await;
        match bed
            .ask(&PushRequest::Mutes {
                user: "ann".to_owned(),
            })
            .await
        {
            PushAnswer::Mutes { chats } => chats,
            _ => panic!("it is another answer"),
        }
    };
    assert_eq!(mute(true).await, [of(OPEN)]);
    bed.post(OPEN, 2, "muted").await;
    bed.post(HIDDEN, 2, "to one").await;
    bed.service.until(4).await;
    assert_eq!(mute(false).await, []);
    bed.post(OPEN, 3, "to both again").await;
    bed.service.until(6).await;
    // The same browser again: all chats from now on.
    assert_eq!(
        bed.subscribe(&some.subscribe(&bed.service, "ann", None)).await,
        id
    );
    bed.post(HIDDEN, 3, "to both").await;
    bed.service.until(8).await;
    running.stop().await;
    let received = bed.service.received();
    let count = |browser: &Browser| received.iter().filter(|r| r.path == browser.path).count();
    assert_eq!((count(&all), count(&some)), (5, 3));
    assert!(
        bed.store.claim_pushes(9, 1).await.unwrap().is_empty(),
        "nothing waits"
    );
}
