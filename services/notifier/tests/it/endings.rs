//! Subscriptions that cannot be pushed to.

use store::Pushes as _;
use testkit::eventually;
use wire::{PushAnswer, PushRequest};

use crate::bed::{Bed, OPEN, Turned};
use crate::browser::Browser;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_push_service_does_not_know_any_more_is_removed() {
    let bed = Bed::new().await;
    let running = bed.run().await;
    bed.user("ann", None).await;
    for (id, status) in [(1, "410 Gone"), (2, "404 Not Found"), (3, "403 Forbidden")] {
        bed.subscribe(&Browser::new(id).subscribe(&bed.service, "ann", None))
            .await;
        bed.service.answer(status);
        bed.post(OPEN, i64::from(id), "to nobody").await;
        eventually("it is removed", async || {
            bed.store.subscriptions().await.unwrap().is_empty().then_some(())
        })
        .await
        .unwrap();
    }
    running.stop().await;
    assert_eq!(bed.service.received().len(), 3, "no second attempt");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirection_leads_nowhere() {
    let bed = Bed::new().await;
    let running = bed.run().await;
    bed.user("ann", None).await;
    bed.subscribe(&Browser::new(1).subscribe(&bed.service, "ann", None))
        .await;
    for (id, status) in [(1, "307 Temporary Redirect"), (2, "301 Moved Permanently")] {
        bed.service.answer(&format!("{status}\r\nlocation: /elsewhere"));
        bed.post(OPEN, id, "not for them").await;
        bed.service.until(id as usize).await;
    }
    running.stop().await;
    let received = bed.service.received();
    assert!(received.len() == 2 && received.iter().all(|r| r.path != "/elsewhere"));
    assert_eq!(bed.store.subscriptions().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_no_push_service_is_refused() {
    let bed = Bed::new().await;
    let mut config = Bed::config();
    config.private_endpoints = false;
    let running = bed.with(config, Turned(1)).await;
    bed.user("ann", None).await;
    let refused = async |change: &dyn Fn(&mut PushRequest)| {
        let mut request = Browser::new(1).subscribe(&bed.service, "ann", None);
        if let PushRequest::Subscribe { endpoint, .. } = &mut request {
            "https://push.example/x".clone_into(endpoint);
        }
        change(&mut request);
        match bed.ask(&request).await {
            PushAnswer::Refused { message } => Some(message),
            _ => None,
        }
    };
    let endpoint = |to: &'static str| {
        move |request: &mut PushRequest| {
            let PushRequest::Subscribe { endpoint, .. } = request else {
                return;
            };
            to.clone_into(endpoint);
        }
    };
    for bad in [
        "http://push.example/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "x",
    ] {
        assert!(refused(&endpoint(bad)).await.is_some(), "{bad}");
    }
    let keys = refused(&|request| {
        let PushRequest::Subscribe { p256dh, .. } = request else {
            return;
        };
        *p256dh = p256dh.replace('B', "C");
    });
    assert!(keys.await.unwrap().contains("keys"));
    let none = refused(&|request| {
        let PushRequest::Subscribe { chats, .. } = request else {
            return;
        };
        *chats = Some(Vec::new());
    });
    assert!(none.await.is_some());
    assert_eq!(refused(&|_| {}).await, None, "a good one is taken");
    // One that came into the database in another way is not asked either.
    let mut own = bed.store.subscriptions().await.unwrap().remove(0).of;
    own.endpoint = format!("{}/push/1", bed.service.origin());
    bed.store.save_subscription(&own, 9).await.unwrap();
    let public = bed.store.subscriptions().await.unwrap()[0].id;
    bed.store.remove_subscription(public).await.unwrap();
    bed.post(OPEN, 1, "not for this network").await;
    eventually("it was looked at", async || {
        let planned = bed.store.plan_pushes(&[public + 1], of_open(), 1).await.unwrap();
        let waits = bed.store.claim_pushes(9, 0).await.unwrap();
        (planned == 0 && waits.is_empty()).then_some(())
    })
    .await
    .unwrap();
    running.stop().await;
    assert!(bed.service.received().is_empty());
}

fn of_open() -> store::ChatKey {
    store::ChatKey {
        account: store::conformance::builders::ACCOUNT,
        chat: OPEN,
    }
}
