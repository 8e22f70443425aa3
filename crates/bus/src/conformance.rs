//! One function per law of [`Bus`]; every bus runs all of them.

mod delivery;
mod parallel;

pub use delivery::*;
pub use parallel::*;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use model::{AccountId, BoxId};
use tokio::sync::{Mutex, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use wire::{Stream, Subject};

use crate::port::{Bus, BusError, Consumer, ConsumerSpec, Delivery, TailFrom};
use crate::run::{
    DeadLetterSink, Failure, Handler, Incoming, RunOptions, UndeliverableMessage, run_consumer,
};

const ACCOUNT: AccountId = AccountId(1);
const SOON: Duration = Duration::from_secs(10);

fn live() -> Subject {
    Subject::Live(ACCOUNT, BoxId::Common)
}

fn spec(ack_wait: Duration) -> ConsumerSpec {
    ConsumerSpec {
        name: "writer-live".to_owned(),
        stream: Stream::Live,
        max_in_flight: 100,
        ack_wait,
    }
}

async fn consumer(bus: &dyn Bus, ack_wait: Duration) -> Box<dyn Consumer> {
    bus.consume(&spec(ack_wait)).await.expect("a consumer")
}

async fn pull_some(consumer: &mut Box<dyn Consumer>, count: usize) -> Vec<Delivery> {
    let mut all = Vec::new();
    let pulling = async {
        while all.len() < count {
            all.extend(
                consumer
                    .pull(count - all.len(), Duration::from_millis(200))
                    .await
                    .expect("a pull"),
            );
        }
    };
    timeout(SOON, pulling).await.expect("the messages arrive");
    all
}

async fn nothing_comes(consumer: &mut Box<dyn Consumer>, within: Duration) {
    let pulled = consumer.pull(10, within).await.expect("a pull");
    assert!(pulled.is_empty(), "{} messages came", pulled.len());
}

/// Laws 1 and 2.
pub async fn what_is_published_is_delivered_until_acknowledged(bus: Arc<dyn Bus>) {
    for n in 0..5u8 {
        bus.publish(&live(), Bytes::from(vec![n]))
            .await
            .expect("published");
    }
    let mut first = consumer(&*bus, Duration::from_secs(30)).await;
    let got = pull_some(&mut first, 5).await;
    assert_eq!(got.iter().map(|d| d.body[0]).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    assert!(
        got.iter()
            .all(|d| d.subject == live().to_string() && d.delivered == 1)
    );
    for d in &got {
        d.acknowledge.ack().await.expect("acknowledged");
    }
    nothing_comes(&mut first, Duration::from_millis(300)).await;
}

/// Laws 4 and 5.
pub async fn a_message_retried_or_forgotten_comes_again(bus: Arc<dyn Bus>) {
    let mut c = consumer(&*bus, Duration::from_secs(1)).await;
    bus.publish(&live(), Bytes::from_static(b"x"))
        .await
        .expect("published");
    let got = pull_some(&mut c, 1).await;
    let started = tokio::time::Instant::now();
    got[0]
        .acknowledge
        .retry(Duration::from_millis(400))
        .await
        .expect("retried");
    let again = pull_some(&mut c, 1).await;
    assert!(
        started.elapsed() >= Duration::from_millis(390),
        "came before its delay"
    );
    assert_eq!(again[0].delivered, 2);
    drop(again);
    let third = pull_some(&mut c, 1).await;
    assert_eq!(third[0].delivered, 3, "forgotten messages come again");
    third[0].acknowledge.terminate().await.expect("terminated");
    nothing_comes(&mut c, Duration::from_millis(1500)).await;
}

/// Law 5.
pub async fn a_message_in_progress_does_not_come_again(bus: Arc<dyn Bus>) {
    let mut c = consumer(&*bus, Duration::from_secs(1)).await;
    bus.publish(&live(), Bytes::from_static(b"x"))
        .await
        .expect("published");
    let got = pull_some(&mut c, 1).await;
    for _ in 0..4 {
        nothing_comes(&mut c, Duration::from_millis(500)).await;
        got[0].acknowledge.progress().await.expect("progress");
    }
    got[0].acknowledge.ack().await.expect("acknowledged");
}

/// Law 3: `bus` holds less than a thousand bodies of 100 kB.
pub async fn a_full_stream_refuses_the_new_and_keeps_the_old(bus: Arc<dyn Bus>) {
    let body = Bytes::from(vec![7; 100_000]);
    let mut taken = 0;
    loop {
        match bus.offer(&live(), body.clone()).await {
            Ok(()) => taken += 1,
            Err(BusError::Full(_)) => break,
            Err(other) => panic!("{other}"),
        }
        assert!(taken < 1000, "never full");
    }
    let mut c = consumer(&*bus, Duration::from_secs(30)).await;
    for _ in 0..taken {
        let got = pull_some(&mut c, 1).await;
        got[0].acknowledge.ack().await.expect("acknowledged");
    }
    bus.publish(&live(), body).await.expect("there is room again");
}

/// Law 6.
pub async fn a_tail_from_a_place_misses_nothing(bus: Arc<dyn Bus>) {
    let changed = Subject::Changed(ACCOUNT);
    let mut tail = bus.tail(TailFrom::New).await.expect("a tail");
    for n in 0..3u8 {
        bus.publish(&changed, Bytes::from(vec![n]))
            .await
            .expect("published");
    }
    let first = timeout(SOON, tail.next())
        .await
        .expect("in time")
        .expect("a change");
    assert_eq!(first.body[0], 0);
    drop(tail);
    let from = TailFrom::After {
        incarnation: first.incarnation,
        sequence: first.sequence,
    };
    let mut again = bus.tail(from).await.expect("a tail");
    assert_eq!(
        again.newest(),
        first.sequence + 2,
        "so far there is something to read"
    );
    for n in 1..3u8 {
        let change = timeout(SOON, again.next())
            .await
            .expect("in time")
            .expect("a change");
        assert_eq!(
            (change.body[0], change.sequence),
            (n, first.sequence + u64::from(n))
        );
    }
    let other = TailFrom::After {
        incarnation: first.incarnation ^ 1,
        sequence: first.sequence,
    };
    assert!(
        matches!(bus.tail(other).await.err(), Some(BusError::Gone)),
        "another incarnation"
    );
}

/// Requests and notices.
pub async fn requests_are_answered_and_end_without_an_answer(bus: Arc<dyn Bus>) {
    let subject = Subject::Rpc {
        service: "fetcher".to_owned(),
        verb: "status".to_owned(),
        account: ACCOUNT,
    };
    let nobody = bus
        .request(&subject, Bytes::new(), Duration::from_millis(300))
        .await;
    assert!(matches!(nobody, Err(BusError::NoAnswer(_))));
    let mut requests = bus.serve(&subject).await.expect("serving");
    let server = tokio::spawn(async move {
        let (body, replier) = requests.next().await.expect("a request");
        replier.reply(body).await.expect("replied");
        requests
    });
    let answer = bus
        .request(&subject, Bytes::from_static(b"ping"), SOON)
        .await
        .expect("an answer");
    assert_eq!(&answer[..], b"ping");
    drop(server.await.expect("the server"));
    let mut notices = bus.listen(&Subject::Receipts(ACCOUNT)).await.expect("listening");
    bus.notify(&Subject::Receipts(ACCOUNT), Bytes::from_static(b"n"))
        .await
        .expect("notified");
    assert_eq!(
        &timeout(SOON, notices.next())
            .await
            .expect("in time")
            .expect("a notice")[..],
        b"n"
    );
}

#[derive(Default)]
struct Script {
    handled: Mutex<Vec<(u8, u32)>>,
    down: AtomicU32,
    dead: Mutex<Vec<UndeliverableMessage>>,
}

#[async_trait]
impl Handler for Script {
    async fn handle(&self, messages: Vec<Incoming>) -> Vec<Result<(), Failure>> {
        let mut results = Vec::new();
        for m in messages {
            let n = m.body[0];
            self.handled.lock().await.push((n, m.attempt));
            results.push(match n {
                1 => Err(Failure::Retry {
                    after: Some(Duration::ZERO),
                    reason: "again".to_owned(),
                }),
                2 => Err(Failure::Dead {
                    reason: "poison".to_owned(),
                }),
                3 if self.down.load(Ordering::SeqCst) > 0 => Err(Failure::Unavailable {
                    reason: "down".to_owned(),
                }),
                _ => Ok(()),
            });
        }
        results
    }

    async fn available(&self) -> Result<(), String> {
        match self.down.load(Ordering::SeqCst) {
            0 => Ok(()),
            n => {
                self.down.store(n - 1, Ordering::SeqCst);
                Err("still down".to_owned())
            }
        }
    }
}

#[async_trait]
impl DeadLetterSink for Script {
    async fn store(&self, message: UndeliverableMessage) -> Result<(), String> {
        self.dead.lock().await.push(message);
        Ok(())
    }
}

/// [`run_consumer`]: every failure has its way.
pub async fn the_consumer_loop_retries_waits_and_gives_up(bus: Arc<dyn Bus>) {
    let script = Arc::new(Script {
        down: AtomicU32::new(3),
        ..Script::default()
    });
    for n in 0..4u8 {
        bus.publish(&live(), Bytes::from(vec![n]))
            .await
            .expect("published");
    }
    let options = RunOptions {
        max_attempts: 3,
        backoff: Duration::from_millis(5),
        ..RunOptions::default()
    };
    let shutdown = CancellationToken::new();
    let (state, mut watching) = watch::channel(crate::run::ConsumerState::default());
    let c = consumer(&*bus, Duration::from_secs(30)).await;
    let (s, o, stop) = (Arc::clone(&script), options.clone(), shutdown.clone());
    let running = tokio::spawn(async move { run_consumer(vec![c], &*s, &*s, &o, &state, &stop).await });
    let done = watching.wait_for(|s: &crate::run::ConsumerState| s.handled == 2 && s.blocked.is_none());
    timeout(SOON, done)
        .await
        .expect("in time")
        .expect("the loop lives");
    timeout(SOON, async {
        while script.dead.lock().await.len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("two dead letters");
    shutdown.cancel();
    timeout(SOON, running)
        .await
        .expect("ends in time")
        .expect("ends well");
    let handled = script.handled.lock().await;
    let attempts = |n: u8| {
        handled
            .iter()
            .filter(|(m, _)| *m == n)
            .map(|(_, a)| *a)
            .collect::<Vec<_>>()
    };
    assert_eq!(attempts(0), [1]);
    assert_eq!(attempts(1), [1, 2, 3]);
    assert_eq!(attempts(2), [1]);
    assert!(
        attempts(3).iter().all(|a| *a == 1),
        "an unavailable store is no attempt"
    );
    let dead = script.dead.lock().await;
    let mut reasons: Vec<_> = dead
        .iter()
        .map(|d| (d.body[0], d.attempts, d.reason.as_str()))
        .collect();
    reasons.sort_unstable();
    assert_eq!(reasons, [(1, 3, "again"), (2, 1, "poison")]);
}

/// One test per law. `$fixture` is an async expression that gives (guard, bus).
#[macro_export]
macro_rules! conformance_suite {
    ($fixture:expr) => {
        $crate::conformance_suite!(@each $fixture;
            what_is_published_is_delivered_until_acknowledged
            a_message_retried_or_forgotten_comes_again
            a_message_in_progress_does_not_come_again
            a_full_stream_refuses_the_new_and_keeps_the_old
            a_tail_from_a_place_misses_nothing
            requests_are_answered_and_end_without_an_answer
            the_consumer_loop_retries_waits_and_gives_up
            a_long_message_does_not_hold_up_the_others
            headers_arrive_with_their_message
            a_consumer_gets_all_subjects_of_its_stream
            replicas_share_one_queue
            no_more_is_out_than_allowed
            a_dropped_pull_loses_nothing
            a_body_above_the_limit_is_refused
            a_place_after_the_end_is_gone
            a_waiting_pull_gets_what_is_published_later
        );
    };
    (@each $fixture:expr; $($law:ident)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $law() {
            let (_guard, bus) = $fixture.await;
            $crate::conformance::$law(bus).await;
        })*
    };
}
