//! What was open before the broker went is open after it came back.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use async_nats::jetstream::{self, consumer::PullConsumer};
use bus::{Bus, BusError, ConsumerSpec, TailFrom};
use bus_nats::{NatsBus, NatsOptions};
use bytes::Bytes;
use model::{AccountId, BoxId};
use secrecy::SecretString;
use testkit::{Nats, eventually};
use tokio::process::Command;
use tokio::time::timeout;
use wire::{Stream, Subject};

const LIMIT: Duration = Duration::from_secs(30);
const ACCOUNT: AccountId = AccountId(1);

async fn connect(server: &Nats) -> NatsBus {
    NatsBus::connect(NatsOptions::new(SecretString::from(server.url())))
        .await
        .unwrap()
}

fn live() -> Subject {
    Subject::Live(ACCOUNT, BoxId::Common)
}

fn status() -> Subject {
    Subject::Rpc {
        service: "fetcher".to_owned(),
        verb: "status".to_owned(),
        account: ACCOUNT,
    }
}

async fn back(bus: &NatsBus) {
    eventually("the broker is back", async || bus.health().await.ok())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_notices_and_tails_go_on_after_a_crash() {
    let mut server = Nats::start().await.unwrap();
    let (bus, asker) = (connect(&server).await, connect(&server).await);
    let mut requests = bus.serve(&status()).await.unwrap();
    let serving = tokio::spawn(async move {
        loop {
            let (body, replier) = requests.next().await.unwrap();
            let _ = replier.reply(body).await;
        }
    });
    let mut notices = bus.listen(&Subject::Receipts(ACCOUNT)).await.unwrap();
    let mut tail = bus.tail(TailFrom::New).await.unwrap();
    let changed = Subject::Changed(ACCOUNT);
    asker.publish(&changed, Bytes::from_static(b"1")).await.unwrap();
    let before = timeout(LIMIT, tail.next()).await.unwrap().unwrap();
    let connections = bus.connections();

    server.kill().await.unwrap();
    let down = eventually("the loss is noticed", async || bus.health().await.err()).await;
    assert!(matches!(down, Ok(BusError::Unavailable(_))));
    let asked = asker
        .request(&status(), Bytes::new(), Duration::from_millis(200))
        .await;
    assert!(matches!(asked, Err(BusError::Unavailable(_))), "{asked:?}");
    let told = asker.notify(&Subject::Receipts(ACCOUNT), Bytes::new()).await;
    assert!(matches!(told, Err(BusError::Unavailable(_))), "{told:?}");
    server.start_again().await.unwrap();
    back(&bus).await;
    back(&asker).await;
    assert!(bus.connections() > connections);

    let answer = eventually("an answer", async || {
        asker
            .request(&status(), Bytes::from_static(b"ping"), LIMIT)
            .await
            .ok()
    });
    assert_eq!(&answer.await.unwrap()[..], b"ping");
    asker
        .notify(&Subject::Receipts(ACCOUNT), Bytes::from_static(b"n"))
        .await
        .unwrap();
    assert_eq!(&timeout(LIMIT, notices.next()).await.unwrap().unwrap()[..], b"n");
    asker.publish(&changed, Bytes::from_static(b"2")).await.unwrap();
    let after = timeout(LIMIT, async {
        loop {
            match tail.next().await {
                Err(BusError::Unavailable(_)) => {}
                change => return change.unwrap(),
            }
        }
    });
    let after = after.await.unwrap();
    assert_eq!(
        (after.incarnation, after.sequence, &after.body[..]),
        (before.incarnation, before.sequence + 1, &b"2"[..])
    );
    serving.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_pull_ends_with_the_connection() {
    let mut server = Nats::start().await.unwrap();
    let bus = connect(&server).await;
    let spec = ConsumerSpec {
        name: "writer-live".to_owned(),
        stream: Stream::Live,
        max_in_flight: 10,
        ack_wait: LIMIT,
    };
    let mut consumer = bus.consume(&spec).await.unwrap();
    let pulling = tokio::spawn(async move {
        let pulled = consumer.pull(10, Duration::from_mins(10)).await;
        (pulled.err(), consumer)
    });
    let client = async_nats::connect(server.url()).await.unwrap();
    let stream = jetstream::new(client).get_stream("LIVE").await.unwrap();
    let mut durable: PullConsumer = stream.get_consumer("writer-live").await.unwrap();
    let waiting = eventually("the pull waits", async || {
        (durable.info().await.ok()?.num_waiting == 1).then_some(())
    });
    waiting.await.unwrap();
    server.kill().await.unwrap();
    let (error, mut consumer) = timeout(LIMIT, pulling).await.unwrap().unwrap();
    assert!(matches!(error, Some(BusError::Unavailable(_))), "{error:?}");
    server.start_again().await.unwrap();
    back(&bus).await;
    bus.publish(&live(), Bytes::from_static(b"x")).await.unwrap();
    let pulled = consumer.pull(10, LIMIT).await.unwrap();
    assert_eq!(pulled.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_does_not_answer_is_unavailable() {
    let server = Nats::start().await.unwrap();
    let bus = connect(&server).await;
    bus.publish(&live(), Bytes::from_static(b"1")).await.unwrap();
    let signal = async |name: &str| {
        let process = server.process_id().unwrap().to_string();
        let sent = Command::new("kill").args([name, &process]).status().await;
        assert!(sent.unwrap().success());
    };
    let live = live();
    signal("-STOP").await;
    // The signal is sent, but each thread goes on until it is told.
    let threads = format!("/proc/{}/task", server.process_id().unwrap());
    let stopped = eventually("every thread has stopped", async || {
        let mut states = std::fs::read_dir(&threads)
            .ok()?
            .map(|thread| std::fs::read_to_string(thread.ok()?.path().join("stat")).ok());
        states
            .all(|stat| stat.is_some_and(|s| s.rsplit(')').next().is_some_and(|s| s.starts_with(" T"))))
            .then_some(())
    });
    stopped.await.unwrap();
    let (health, published) = tokio::join!(
        timeout(LIMIT, bus.health()),
        timeout(LIMIT, bus.offer(&live, Bytes::from_static(b"2")))
    );
    signal("-CONT").await;
    assert!(matches!(health.unwrap(), Err(BusError::Unavailable(_))));
    assert!(matches!(published.unwrap(), Err(BusError::Unavailable(_))));
    back(&bus).await;
    bus.publish(&live, Bytes::from_static(b"3")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_may_start_before_its_broker() {
    let mut server = Nats::start().await.unwrap();
    server.stop().await.unwrap();
    let bus = connect(&server).await;
    let early = bus.offer(&live(), Bytes::from_static(b"1")).await;
    assert!(matches!(early, Err(BusError::Unavailable(_))), "{early:?}");
    server.start_again().await.unwrap();
    back(&bus).await;
    bus.publish(&live(), Bytes::from_static(b"2")).await.unwrap();
}
