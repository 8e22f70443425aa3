//! A push service that has no time.

use std::time::Duration;

use store::Pushes as _;
use testkit::eventually;

use crate::bed::{Bed, OPEN};
use crate::browser::Browser;

#[tokio::test(flavor = "multi_thread")]
async fn it_is_asked_again_when_it_says_and_not_before() {
    let bed = Bed::new().await;
    let running = bed.run().await;
    bed.user("ann", None).await;
    let (browser, key) = (Browser::new(1), bed.key().await);
    bed.subscribe(&browser.subscribe(&bed.service, "ann", None)).await;
    bed.service.answer("429 Too Many Requests\r\nretry-after: 300");
    bed.service.answer("503 Service Unavailable");
    bed.post(OPEN, 1, "in the end").await;
    bed.service.until(1).await;
    eventually("it is asked again", async || {
        bed.clock.advance(Duration::from_secs(5));
        (bed.service.received().len() == 3).then_some(())
    })
    .await
    .unwrap();
    running.stop().await;
    let received = bed.service.received();
    let apart = |n: usize| (received[n].at - received[n - 1].at) / 1_000_000;
    assert!(apart(1) >= 300, "{}", apart(1));
    assert!(apart(2) >= 10, "twice the first pause: {}", apart(2));
    let told = browser.read(&received[2], &bed.service, &key);
    assert_eq!(told["body"], "Bob: in the end");
    assert!(bed.store.claim_pushes(9, 1).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_not_asked_for_ever() {
    let bed = Bed::new().await;
    let running = bed.run().await;
    bed.user("ann", None).await;
    bed.subscribe(&Browser::new(1).subscribe(&bed.service, "ann", None))
        .await;
    // Longer than it would be waited for.
    bed.service
        .answer("500 Internal Server Error\r\nretry-after: 99999");
    for _ in 0..20 {
        bed.service.answer("500 Internal Server Error");
    }
    bed.post(OPEN, 1, "in vain").await;
    eventually("it is given up", async || {
        bed.clock.advance(Duration::from_mins(1));
        (bed.service.received().len() == 8).then_some(())
    })
    .await
    .unwrap();
    running.stop().await;
    bed.clock.advance(Duration::from_hours(2));
    assert!(bed.store.claim_pushes(9, 1).await.unwrap().is_empty());
    assert_eq!(bed.store.subscriptions().await.unwrap().len(), 1);
    let received = bed.service.received();
    let first = (received[1].at - received[0].at) / 1_000_000;
    assert!((3600..7200).contains(&first), "an hour at most: {first} s");
}
