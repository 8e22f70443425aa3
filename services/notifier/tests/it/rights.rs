//! Who may not know is not told, whatever was asked for before.

use std::time::Duration;

use model::ChatId;
use store::{Access as _, Pushes as _};
use testkit::eventually;
use wire::{PushAnswer, PushRequest};

use crate::bed::{Bed, HIDDEN, OPEN, Turned, of, session};
use crate::browser::Browser;

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_outside_the_scope_is_not_told() {
    let bed = Bed::new().await;
    let mut config = Bed::config();
    // Written without its mark (F83).
    config.display_chats = vec![ChatId(11), HIDDEN];
    bed.store(OPEN, 1, "by which the chat is known", |_| {}).await;
    let running = bed.with(config, Turned(1)).await;
    bed.user("ann", Some(vec![OPEN])).await;
    bed.user("eve", None).await;
    let (ann, eve, key) = (Browser::new(1), Browser::new(2), bed.key().await);
    // Also one that asked for the chat by its id: asking is no right.
    bed.subscribe(&ann.subscribe(&bed.service, "ann", Some(vec![of(HIDDEN), of(OPEN)])))
        .await;
    bed.subscribe(&eve.subscribe(&bed.service, "eve", None)).await;
    let other = ChatId::channel(33);
    bed.post(other, 1, "not displayed").await;
    bed.post(HIDDEN, 1, "not ann's").await;
    bed.post(OPEN, 2, "everybody's").await;
    bed.service.until(3).await;
    // A chat that is given later is told, one that is taken away is not.
    let mut user = bed.store.viewer_user("ann").await.unwrap().unwrap();
    user.chats = Some(vec![HIDDEN]);
    bed.store.save_viewer_user(&user).await.unwrap();
    bed.post(OPEN, 3, "not ann's any more").await;
    bed.post(HIDDEN, 2, "ann's now").await;
    bed.service.until(6).await;
    running.stop().await;
    let received = bed.service.received();
    assert_eq!(received.len(), 6);
    let told: Vec<_> = received
        .iter()
        .filter(|r| r.path == ann.path)
        .map(|r| {
            ann.read(r, &bed.service, &key)["url"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(told, [format!("/c/1/{OPEN}/2"), format!("/c/1/{HIDDEN}/2")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_end_with_the_session_and_with_the_user() {
    let bed = Bed::new().await;
    let running = bed.run().await;
    for (number, name) in [(1, "ann"), (2, "bob"), (3, "eve"), (4, "zoe")] {
        bed.user(name, None).await;
        let browser = Browser::new(number);
        bed.subscribe(&browser.subscribe(&bed.service, name, None)).await;
    }
    bed.store.end_viewer_session(&session("ann")).await.unwrap();
    bed.store.remove_viewer_user("bob").await.unwrap();
    let mut eve = bed.store.viewer_user("eve").await.unwrap().unwrap();
    eve.password_hash = "another".to_owned();
    bed.store.save_viewer_user(&eve).await.unwrap();
    bed.post(OPEN, 1, "for zoe").await;
    let left = async |names: &[&str]| {
        eventually("others are gone", async || {
            let all = bed.store.subscriptions().await.unwrap();
            let users: Vec<_> = all.iter().map(|s| s.of.user.as_str()).collect();
            (users == names).then_some(())
        })
        .await
        .unwrap();
    };
    left(&["zoe"]).await;
    // The others are gone before zoe is told, and whose session has ended is not told.
    bed.service.until(1).await;
    // Without any message, too.
    bed.store.end_viewer_session(&session("zoe")).await.unwrap();
    bed.clock.advance(Duration::from_secs(601));
    left(&[]).await;
    running.stop().await;
    let received = bed.service.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].path, Browser::new(4).path);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_see_and_end_only_their_own() {
    let bed = Bed::new().await;
    let running = bed.run().await;
    bed.user("ann", None).await;
    bed.user("eve", None).await;
    let id = bed
        .subscribe(&Browser::new(1).subscribe(&bed.service, "ann", None))
        .await;
    let list = async |user: &str| match bed
        .ask(&PushRequest::List {
            user: user.to_owned(),
        })
        .await
    {
        PushAnswer::Subscriptions { subscriptions } => subscriptions.len(),
        _ => panic!("it is another answer"),
    };
    assert_eq!((list("ann").await, list("eve").await), (1, 0));
    let end = async |user: &str| {
        let user = user.to_owned();
        matches!(
            bed.ask(&PushRequest::Unsubscribe { user, id }).await,
            PushAnswer::Done
        )
    };
    assert!(!end("eve").await && end("ann").await && !end("ann").await);
    running.stop().await;
}
