//! Who gets what: headers, subjects of many accounts, replicas, bounds, dropped pulls.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::{AccountId, BoxId};
use tokio::time::timeout;
use wire::{Stream, Subject};

use super::{ACCOUNT, SOON, consumer, live, nothing_comes, pull_some, spec};
use crate::port::{Bus, BusError, ConsumerSpec, Headers, TailFrom};

const LONG: Duration = Duration::from_secs(30);

/// A trace rides with the message, to queues and to tails; what no bus carries is left out.
pub async fn headers_arrive_with_their_message(bus: Arc<dyn Bus>) {
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let trace = Headers::from([
        ("traceparent".to_owned(), parent.to_owned()),
        ("tracestate".to_owned(), "vendor=1".to_owned()),
    ]);
    let mut sent = trace.clone();
    sent.insert("two lines".to_owned(), "x".to_owned());
    sent.insert("Nats-Msg-Id".to_owned(), "the same".to_owned());
    sent.insert("lines".to_owned(), "x\r\ny: z".to_owned());
    let mut tail = bus.tail(TailFrom::New).await.expect("a tail");
    bus.publish_with(&live(), Bytes::from_static(b"a"), &sent)
        .await
        .expect("published");
    bus.offer_with(&live(), Bytes::from_static(b"b"), &sent)
        .await
        .expect("offered");
    bus.publish(&live(), Bytes::from_static(b"c"))
        .await
        .expect("published");
    bus.publish_with(&Subject::Changed(ACCOUNT), Bytes::from_static(b"d"), &sent)
        .await
        .expect("published");
    let mut c = consumer(&*bus, LONG).await;
    let got = pull_some(&mut c, 3).await;
    let headers: Vec<_> = got.iter().map(|d| d.headers.clone()).collect();
    assert_eq!(headers, [trace.clone(), trace.clone(), Headers::new()]);
    let change = timeout(SOON, tail.next())
        .await
        .expect("in time")
        .expect("a change");
    assert_eq!((&change.body[..], &change.headers), (&b"d"[..], &trace));
}

/// One consumer gets all subjects of its stream, of all accounts and boxes, and of no other stream.
pub async fn a_consumer_gets_all_subjects_of_its_stream(bus: Arc<dyn Bus>) {
    let other = AccountId(72);
    let own = [
        Subject::Live(ACCOUNT, BoxId::Common),
        Subject::Live(other, BoxId::Channel(1_234_567_890_123)),
        Subject::Decided(other),
        Subject::MediaStored(ACCOUNT),
    ];
    let others = [
        Subject::History(ACCOUNT, BoxId::Common),
        Subject::Operations(other),
        Subject::MediaWanted(ACCOUNT, 2),
        Subject::Changed(other),
    ];
    for subject in others.iter().chain(&own) {
        bus.publish(subject, Bytes::from_static(b"x"))
            .await
            .expect("published");
    }
    let mut c = consumer(&*bus, LONG).await;
    let got = pull_some(&mut c, own.len()).await;
    let subjects: Vec<_> = got.iter().map(|d| d.subject.clone()).collect();
    assert_eq!(subjects, own.map(|s| s.to_string()));
    for d in &got {
        d.acknowledge.ack().await.expect("acknowledged");
    }
    nothing_comes(&mut c, Duration::from_millis(300)).await;
}

/// Replicas of one name get each message once between them.
pub async fn replicas_share_one_queue(bus: Arc<dyn Bus>) {
    let mut replicas = [consumer(&*bus, LONG).await, consumer(&*bus, LONG).await];
    for n in 0..20u8 {
        bus.publish(&live(), Bytes::from(vec![n]))
            .await
            .expect("published");
    }
    let mut seen = Vec::new();
    for turn in 0..10 {
        for d in pull_some(&mut replicas[turn % 2], 2).await {
            seen.push(d.body[0]);
            d.acknowledge.ack().await.expect("acknowledged");
        }
    }
    let distinct: BTreeSet<u8> = seen.iter().copied().collect();
    assert_eq!((seen.len(), distinct.len()), (20, 20), "{seen:?}");
    for replica in &mut replicas {
        nothing_comes(replica, Duration::from_millis(200)).await;
    }
}

/// Not more is out than the consumer may have, however much it asks for.
pub async fn no_more_is_out_than_allowed(bus: Arc<dyn Bus>) {
    for n in 0..5u8 {
        bus.publish(&live(), Bytes::from(vec![n]))
            .await
            .expect("published");
    }
    let spec = ConsumerSpec {
        max_in_flight: 3,
        ..spec(LONG)
    };
    let mut c = bus.consume(&spec).await.expect("a consumer");
    let first = pull_some(&mut c, 3).await;
    nothing_comes(&mut c, Duration::from_millis(300)).await;
    for d in &first[..2] {
        d.acknowledge.ack().await.expect("acknowledged");
    }
    let rest = pull_some(&mut c, 2).await;
    assert_eq!(rest.iter().map(|d| d.body[0]).collect::<Vec<_>>(), [3, 4]);
    nothing_comes(&mut c, Duration::from_millis(300)).await;
}

/// A pull that is dropped takes nothing along, and does not hold up the next one, which never gives more than asked.
pub async fn a_dropped_pull_loses_nothing(bus: Arc<dyn Bus>) {
    let mut c = consumer(&*bus, LONG).await;
    let waiting = timeout(Duration::from_millis(100), c.pull(10, Duration::from_mins(2))).await;
    assert!(waiting.is_err(), "something came");
    let empty = timeout(SOON, c.pull(10, Duration::ZERO)).await;
    assert!(empty.expect("in time").expect("a pull").is_empty());
    for n in 0..4u8 {
        bus.publish(&live(), Bytes::from(vec![n]))
            .await
            .expect("published");
    }
    let mut seen = BTreeSet::new();
    let all = async {
        while seen.len() < 4 {
            let got = c.pull(1, Duration::from_millis(500)).await.expect("a pull");
            assert!(got.len() <= 1, "more than asked for");
            for d in got {
                assert!(seen.insert(d.body[0]), "twice");
                d.acknowledge.ack().await.expect("acknowledged");
            }
        }
    };
    timeout(SOON, all).await.expect("the messages arrive");
}

/// What is too large is refused whole, and takes no room.
pub async fn a_body_above_the_limit_is_refused(bus: Arc<dyn Bus>) {
    let limit = bus.max_body();
    let large = bus.publish(&live(), Bytes::from(vec![1; limit + 1])).await;
    let size = limit + 1;
    assert_eq!(large, Err(BusError::TooLarge { size, limit }));
    bus.publish(&live(), Bytes::from(vec![2; limit]))
        .await
        .expect("a body of the limit");
    let mut c = consumer(&*bus, LONG).await;
    let got = pull_some(&mut c, 1).await;
    assert_eq!((got[0].body.len(), got[0].body[0]), (limit, 2));
}

/// Law 6: a place that the stream never reached is gone (the broker was restored to an older state).
pub async fn a_place_after_the_end_is_gone(bus: Arc<dyn Bus>) {
    let mut tail = bus.tail(TailFrom::New).await.expect("a tail");
    bus.publish(&Subject::Changed(ACCOUNT), Bytes::new())
        .await
        .expect("published");
    let change = timeout(SOON, tail.next())
        .await
        .expect("in time")
        .expect("a change");
    let after = |sequence| TailFrom::After {
        incarnation: change.incarnation,
        sequence,
    };
    assert!(bus.tail(after(change.sequence)).await.is_ok(), "the end itself");
    let gone = bus.tail(after(change.sequence + 1)).await.err();
    assert_eq!(gone, Some(BusError::Gone));
}

/// A consumer of a stream that holds nothing yet waits; what is published then arrives.
pub async fn a_waiting_pull_gets_what_is_published_later(bus: Arc<dyn Bus>) {
    let wanted = Subject::MediaWanted(ACCOUNT, 4);
    let spec = ConsumerSpec {
        name: "media-downloader".to_owned(),
        stream: Stream::Media,
        ..spec(LONG)
    };
    let mut c = bus.consume(&spec).await.expect("a consumer");
    let pulling = tokio::spawn(async move { c.pull(10, SOON).await });
    bus.publish(&wanted, Bytes::from_static(b"x"))
        .await
        .expect("published");
    let got = timeout(SOON * 2, pulling)
        .await
        .expect("in time")
        .expect("no panic")
        .expect("a pull");
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].subject, wanted.to_string());
}
