//! The streams on the broker, and a broker that was put back to an older state.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy};
use bus::{Bus, BusError, ConsumerSpec, TailFrom};
use bus_nats::{NatsBus, NatsOptions};
use bytes::Bytes;
use model::{AccountId, BoxId};
use secrecy::SecretString;
use testkit::{Nats, eventually};
use tokio::time::timeout;
use wire::{Stream, Subject};

const LIMIT: Duration = Duration::from_secs(30);
const ACCOUNT: AccountId = AccountId(1);

async fn connect(server: &Nats) -> NatsBus {
    NatsBus::connect(NatsOptions::new(SecretString::from(server.url())))
        .await
        .unwrap()
}

fn subject_of(stream: Stream) -> Subject {
    match stream {
        Stream::Live => Subject::Live(ACCOUNT, BoxId::Common),
        Stream::History => Subject::History(ACCOUNT, BoxId::Channel(3)),
        Stream::Operations => Subject::Operations(ACCOUNT),
        Stream::Media => Subject::MediaWanted(ACCOUNT, 2),
        Stream::Changes => Subject::Changed(ACCOUNT),
    }
}

fn writer() -> ConsumerSpec {
    ConsumerSpec {
        name: "writer-live".to_owned(),
        stream: Stream::Live,
        max_in_flight: 64,
        ack_wait: LIMIT,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_made_as_designed_and_updated() {
    let server = Nats::start().await.unwrap();
    let client = async_nats::connect(server.url()).await.unwrap();
    let broker = jetstream::new(client);
    // One of an older version, with less in it.
    let older = Config {
        name: "LIVE".to_owned(),
        subjects: vec!["tg.live.*.*".to_owned()],
        retention: RetentionPolicy::WorkQueue,
        discard: DiscardPolicy::New,
        max_bytes: 1 << 20,
        ..Config::default()
    };
    broker.create_stream(older).await.unwrap();
    let bus = connect(&server).await;
    bus.consume(&writer()).await.unwrap();
    for stream in Stream::ALL {
        bus.publish(&subject_of(stream), Bytes::from_static(b"x"))
            .await
            .unwrap();
        let config = broker
            .get_stream(stream.name())
            .await
            .unwrap()
            .cached_info()
            .config
            .clone();
        assert_eq!(config.subjects, stream.patterns());
        let kept = (config.retention, config.discard, config.max_age.as_secs());
        let expected = if stream == Stream::Changes {
            (RetentionPolicy::Limits, DiscardPolicy::Old, 24 * 3600)
        } else {
            (RetentionPolicy::WorkQueue, DiscardPolicy::New, 0)
        };
        assert_eq!(kept, expected, "{stream:?}");
        assert!(config.max_bytes >= 64 << 20, "{stream:?} holds too little");
    }
    let mut live = broker.get_stream("LIVE").await.unwrap();
    let consumers = live.info().await.unwrap().state.consumer_count;
    // A second start makes nothing anew.
    connect(&server).await.consume(&writer()).await.unwrap();
    assert_eq!(live.info().await.unwrap().state.consumer_count, consumers);
    let consumer: jetstream::consumer::PullConsumer = live.get_consumer("writer-live").await.unwrap();
    assert_eq!(consumer.cached_info().config.max_deliver, -1);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The stream is the same one, and has reached the place of the tail again: with other changes.
#[tokio::test(flavor = "multi_thread")]
async fn a_broker_put_back_to_an_older_state_goes_on() {
    let mut server = Nats::start().await.unwrap();
    let bus = connect(&server).await;
    let (changed, live) = (Subject::Changed(ACCOUNT), subject_of(Stream::Live));
    let mut consumer = bus.consume(&writer()).await.unwrap();
    let mut tail = bus.tail(TailFrom::New).await.unwrap();
    bus.publish(&changed, Bytes::from_static(b"old")).await.unwrap();
    bus.publish(&live, Bytes::from_static(&[1])).await.unwrap();
    timeout(LIMIT, tail.next()).await.unwrap().unwrap();
    server.stop().await.unwrap();
    let backup = tempfile::tempdir().unwrap();
    copy(&server.data_dir(), backup.path());
    server.start_again().await.unwrap();
    eventually("back", async || bus.health().await.ok())
        .await
        .unwrap();
    for _ in 0..3 {
        bus.publish(&changed, Bytes::from_static(b"lost")).await.unwrap();
        let next = eventually("a change", async || timeout(LIMIT, tail.next()).await.ok()?.ok());
        assert_eq!(&next.await.unwrap().body[..], b"lost");
    }
    server.stop().await.unwrap();
    std::fs::remove_dir_all(server.data_dir()).unwrap();
    copy(backup.path(), &server.data_dir());
    let other = server
        .start_again()
        .await
        .map(|()| connect(&server))
        .unwrap()
        .await;
    for _ in 0..5 {
        other.publish(&changed, Bytes::from_static(b"new")).await.unwrap();
    }
    other.publish(&live, Bytes::from_static(&[2])).await.unwrap();
    let gone = timeout(LIMIT, async {
        loop {
            match tail.next().await {
                Err(BusError::Unavailable(_)) => {}
                other => return other,
            }
        }
    });
    assert_eq!(gone.await.unwrap(), Err(BusError::Gone));
    let mut seen = BTreeSet::new();
    let work = async {
        while seen.len() < 2 {
            for delivery in consumer
                .pull(8, Duration::from_millis(200))
                .await
                .unwrap_or_default()
            {
                delivery.acknowledge.ack().await.unwrap();
                assert!(seen.insert(delivery.body[0]), "acknowledged, and here again");
            }
        }
    };
    timeout(LIMIT, work).await.unwrap();
    assert_eq!(seen, BTreeSet::from([1, 2]));
}
