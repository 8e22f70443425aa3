//! Bad days of the broker: restarts, crashes of consumers, a restore to an older state.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::time::Duration;

use bus::{Bus, BusError, Consumer, ConsumerSpec, TailFrom};
use bus_nats::{NatsBus, NatsOptions};
use bytes::Bytes;
use model::{AccountId, BoxId};
use secrecy::SecretString;
use testkit::{Nats, eventually};
use wire::{Stream, Subject};

async fn connect(server: &Nats) -> NatsBus {
    NatsBus::connect(NatsOptions::new(SecretString::from(server.url())))
        .await
        .unwrap()
}

fn subject(box_id: i64) -> Subject {
    Subject::History(AccountId(1), BoxId::Channel(box_id))
}

fn spec() -> ConsumerSpec {
    ConsumerSpec {
        name: "writer-history".to_owned(),
        stream: Stream::History,
        max_in_flight: 64,
        ack_wait: Duration::from_secs(2),
    }
}

/// Acknowledges everything that comes until all bodies were seen.
async fn all(consumer: &mut dyn Consumer, expected: u8) -> BTreeSet<u8> {
    let mut seen = BTreeSet::new();
    let limit = tokio::time::Instant::now() + Duration::from_secs(30);
    while seen.len() < expected as usize && tokio::time::Instant::now() < limit {
        for delivery in consumer
            .pull(8, Duration::from_millis(200))
            .await
            .unwrap_or_default()
        {
            seen.insert(delivery.body[0]);
            let _ = delivery.acknowledge.ack().await;
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_loses_nothing() {
    let mut server = Nats::start().await.unwrap();
    let bus = connect(&server).await;
    for n in 0..20u8 {
        bus.publish(&subject(i64::from(n) + 1), Bytes::from(vec![n]))
            .await
            .unwrap();
    }
    let mut consumer = bus.consume(&spec()).await.unwrap();
    let first = consumer.pull(5, Duration::from_secs(1)).await.unwrap();
    assert_eq!(first.len(), 5);
    // Pulled and not acknowledged when the broker goes: they come again.
    server.kill().await.unwrap();
    assert!(matches!(
        bus.offer(&subject(1), Bytes::from_static(&[99])).await,
        Err(BusError::Unavailable(_))
    ));
    assert!(bus.health().await.is_err());
    server.start_again().await.unwrap();
    eventually("the broker is back", async || bus.health().await.ok())
        .await
        .unwrap();
    for n in 20..25u8 {
        bus.publish(&subject(1), Bytes::from(vec![n])).await.unwrap();
    }
    let seen = all(&mut *consumer, 25).await;
    assert!((0..25).all(|n| seen.contains(&n)), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_stays_so_after_a_restart() {
    let mut server = Nats::start().await.unwrap();
    let bus = connect(&server).await;
    for n in 0..20u8 {
        bus.publish(&subject(1), Bytes::from(vec![n])).await.unwrap();
    }
    let mut consumer = bus.consume(&spec()).await.unwrap();
    let mut done = Vec::new();
    let first = consumer.pull(8, Duration::from_secs(1)).await.unwrap();
    for delivery in &first[..5] {
        delivery.acknowledge.ack().await.unwrap();
        // Twice says no more than once.
        delivery.acknowledge.ack().await.unwrap();
        done.push(delivery.body[0]);
    }
    server.stop().await.unwrap();
    let lost = first[5].acknowledge.ack();
    assert!(lost.await.is_err(), "nobody took this word");
    server.start_again().await.unwrap();
    // The client may have kept the lost word and said it again: that one comes again or not.
    let all_but = |done: &[u8]| (0..20).all(|n| n == first[5].body[0] || done.contains(&n));
    let limit = tokio::time::Instant::now() + Duration::from_secs(30);
    while !all_but(&done) && tokio::time::Instant::now() < limit {
        for delivery in consumer
            .pull(8, Duration::from_millis(200))
            .await
            .unwrap_or_default()
        {
            delivery.acknowledge.ack().await.unwrap();
            done.push(delivery.body[0]);
        }
    }
    assert!(all_but(&done), "{done:?}");
    for delivery in consumer.pull(8, Duration::from_millis(300)).await.unwrap() {
        done.push(delivery.body[0]);
    }
    done.sort_unstable();
    let once = done.windows(2).all(|w| w[0] < w[1]);
    assert!(once, "what was acknowledged came again: {done:?}");
}

/// A process that was killed gives nothing back: its messages come again when `ack_wait` is over.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_crashed_consumer_held_comes_again() {
    let server = Nats::start().await.unwrap();
    let (bus, other) = (connect(&server).await, connect(&server).await);
    let mut crashed = bus.consume(&spec()).await.unwrap();
    for n in 0..3u8 {
        bus.publish(&subject(1), Bytes::from(vec![n])).await.unwrap();
    }
    let held = crashed.pull(2, Duration::from_secs(1)).await.unwrap();
    assert_eq!(held.len(), 2);
    std::mem::forget(crashed);
    let mut second = other.consume(&spec()).await.unwrap();
    assert_eq!(all(&mut *second, 3).await, BTreeSet::from([0, 1, 2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_the_work_and_take_over() {
    let server = Nats::start().await.unwrap();
    let (bus, other) = (connect(&server).await, connect(&server).await);
    let mut first = bus.consume(&spec()).await.unwrap();
    let mut second = other.consume(&spec()).await.unwrap();
    for n in 0..10u8 {
        bus.publish(&subject(1), Bytes::from(vec![n])).await.unwrap();
    }
    let taken = first.pull(4, Duration::from_secs(1)).await.unwrap();
    assert_eq!(taken.len(), 4);
    // The first one ends without a word: the second gets all of it.
    drop(taken);
    drop(first);
    assert_eq!(all(&mut *second, 10).await.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_server_is_furnished_again() {
    let mut server = Nats::start().await.unwrap();
    let bus = connect(&server).await;
    let mut consumer = bus.consume(&spec()).await.unwrap();
    let mut tail = bus.tail(TailFrom::New).await.unwrap();
    let changed = Subject::Changed(AccountId(1));
    bus.publish(&changed, Bytes::from_static(b"a")).await.unwrap();
    assert_eq!(&tail.next().await.unwrap().body[..], b"a");
    server.stop().await.unwrap();
    std::fs::remove_dir_all(server.data_dir()).unwrap();
    server.start_again().await.unwrap();
    eventually("it can be published again", async || {
        bus.publish(&subject(1), Bytes::from_static(&[7])).await.ok()
    })
    .await
    .unwrap();
    assert_eq!(all(&mut *consumer, 1).await, BTreeSet::from([7]));
    let gone = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            match tail.next().await {
                Err(BusError::Gone) => return,
                Ok(_) => panic!("a change of another incarnation"),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    });
    gone.await.expect("the tail says that its place is gone");
}
