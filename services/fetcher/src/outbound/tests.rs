use std::collections::BTreeSet;

use async_trait::async_trait;
use bus::{Consumer, ConsumerSpec, Delivery, MemoryBus, MemoryLimits};
use wire::Stream;

use super::*;

const ACCOUNT: AccountId = AccountId(1);
const RANGE: Covered = Covered {
    chat: model::ChatId(7),
    pass: model::PassId(1),
    range: model::IdRange { after: 0, through: 1 },
};

/// Receipts as somebody else commits them.
#[derive(Default)]
struct Committed(std::sync::Mutex<BTreeSet<u64>>);

#[async_trait]
impl Receipts for Committed {
    async fn unapplied(&self, _: AccountId, _: u32, numbers: &[u64]) -> Result<Vec<u64>, StoreError> {
        let committed = self.0.lock().unwrap();
        let open = numbers.iter().filter(|n| !committed.contains(n));
        Ok(open.copied().collect())
    }

    async fn greatest_seen(&self, _: AccountId) -> Result<i64, StoreError> {
        Ok(0)
    }
}

/// What was given up.
#[derive(Default)]
struct Letters(std::sync::Mutex<Vec<NewDeadLetter>>);

#[async_trait]
impl DeadLetters for Letters {
    async fn store_dead_letter(&self, letter: &NewDeadLetter) -> Result<i64, StoreError> {
        self.0.lock().unwrap().push(letter.clone());
        Ok(1)
    }

    async fn dead_letters(&self, _: bool, _: u32) -> Result<Vec<store::DeadLetter>, StoreError> {
        Ok(Vec::new())
    }

    async fn mark_redriven(&self, _: i64) -> Result<bool, StoreError> {
        Ok(false)
    }
}

struct Bed {
    letters: Arc<Letters>,
    outbound: Arc<Outbound>,
    committed: Arc<Committed>,
    consumer: Box<dyn Consumer>,
    closed: CancellationToken,
}

impl Bed {
    async fn new(limits: MemoryLimits) -> Self {
        let bus = MemoryBus::new(limits);
        let spec = ConsumerSpec {
            name: "writer".to_owned(),
            stream: Stream::History,
            max_in_flight: 1000,
            ack_wait: Duration::from_hours(1),
        };
        let consumer = bus.consume(&spec).await.unwrap();
        let committed = Arc::new(Committed::default());
        let closed = CancellationToken::new();
        let receipts = Arc::clone(&committed) as Arc<dyn Receipts>;
        let letters = Arc::new(Letters::default());
        let kept = Arc::clone(&letters) as Arc<dyn DeadLetters>;
        let outbound = Outbound::new(Arc::new(bus), receipts, kept, ACCOUNT, 3, closed.clone());
        let outbound = Arc::new(outbound);
        let running = Arc::clone(&outbound);
        tokio::spawn(async move { running.run().await });
        Self {
            letters,
            outbound,
            committed,
            consumer,
            closed,
        }
    }

    async fn send(&self) -> u64 {
        let sent = self
            .outbound
            .send(Lane::History, BoxId::Common, Vec::new(), Some(RANGE));
        sent.await.unwrap()[0]
    }

    fn commit(&self, n: u64) {
        self.committed.0.lock().unwrap().insert(n);
    }

    /// Takes the next one off the bus, as a writer that crashes with it would.
    async fn lose(&mut self) -> u64 {
        self.lose_within(AGAIN * 2).await
    }

    async fn lose_within(&mut self, wait: Duration) -> u64 {
        let pulled: Vec<Delivery> = self.consumer.pull(1, wait).await.unwrap();
        pulled[0].acknowledge.ack().await.unwrap();
        wire::decode_batch(pulled[0].body.clone()).unwrap().number.n
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_no_receipt_is_sent_again_until_it_has_one() {
    let mut bed = Bed::new(MemoryLimits::default()).await;
    let n = bed.send().await;
    for _ in 0..3 {
        assert_eq!(bed.lose().await, n);
        assert_eq!(bed.outbound.settled_through().await, n - 1);
    }
    bed.commit(n);
    bed.outbound.applied(&[n]).await.unwrap();
    assert_eq!(bed.outbound.settled_through().await, n);
    assert!(bed.consumer.pull(1, AGAIN * 2).await.unwrap().is_empty());
    bed.closed.cancel();
}

/// A batch that is given up has a receipt as well: its place goes to the next.
#[tokio::test(start_paused = true)]
async fn receipts_give_room_and_later_batches_wait_for_earlier_ones() {
    let mut bed = Bed::new(MemoryLimits::default()).await;
    for _ in 0..OPEN / 2 {
        bed.send().await;
    }
    let outbound = Arc::clone(&bed.outbound);
    let mut next = Box::pin(outbound.send(Lane::History, BoxId::Common, Vec::new(), Some(RANGE)));
    assert!(
        tokio::time::timeout(AGAIN / 2, &mut next).await.is_err(),
        "no room"
    );
    bed.commit(2);
    assert_eq!(next.await.unwrap(), [OPEN as u64 / 2 + 1]);
    assert_eq!(bed.outbound.settled_through().await, 0, "the first is open");
    bed.commit(1);
    bed.outbound.applied(&[1]).await.unwrap();
    assert_eq!(bed.outbound.settled_through().await, 2);
    assert_eq!(bed.lose().await, 1);
    bed.closed.cancel();
}

#[tokio::test(start_paused = true)]
async fn what_no_message_can_hold_becomes_a_dead_letter_and_holds_up_nothing() {
    let mut bed = Bed::new(MemoryLimits::default()).await;
    let huge = Capture::Raw(model::RawUpdate {
        seen: model::Seen { epoch: 3, counter: 1 },
        constructor: "0x1".to_owned(),
        raw: vec![7; 2_000_000].into(),
        layer: 1,
    });
    let captures = vec![huge.clone()];
    let sent = bed.outbound.send(Lane::History, BoxId::Common, captures, None);
    let numbers = sent.await.unwrap();
    bed.outbound.applied(&numbers).await.unwrap();
    let body = bed.letters.0.lock().unwrap()[0].body.clone();
    assert_eq!(wire::decode_batch(body).unwrap().captures, [huge]);
    let next = bed.send().await;
    assert_eq!(bed.lose().await, next);
    bed.closed.cancel();
}

/// What a full stream does not take stays late, and is sent as soon as there is room.
#[tokio::test(start_paused = true)]
async fn a_full_stream_puts_nothing_off() {
    let mut bed = Bed::new(MemoryLimits {
        messages: 2,
        ..MemoryLimits::default()
    })
    .await;
    assert_eq!((bed.send().await, bed.send().await), (1, 2));
    assert_eq!((bed.lose().await, bed.lose().await), (1, 2));
    let third = bed.send().await;
    // When the two that were lost are late, only one of them finds room.
    tokio::time::sleep(AGAIN + ASK * 2).await;
    assert_eq!(bed.lose_within(ASK).await, third);
    assert_eq!(bed.lose_within(ASK).await, 1);
    assert_eq!(bed.lose_within(ASK * 2).await, 2, "well before it is late again");
    bed.closed.cancel();
}
