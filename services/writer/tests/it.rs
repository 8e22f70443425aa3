//! The writer over SQLite and the bus of a single node.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bus::{Bus as _, ConsumerSpec, ConsumerState, MemoryBus, MemoryLimits, TailFrom};
use bytes::Bytes;
use model::{
    Attachment, Capture, CaptureBatch, Covered, FileLocation, FileRef, IdRange, Lane, MediaId, PassId,
    TestClock,
};
use store::conformance::builders::{ACCOUNT, COMMON, PRIVATE, batch, message, text};
use store::{ArchiveReader as _, ArchiveWriter as _, DeadLetters as _, Issue, Passes as _, Receipts as _};
use store_sqlite::{SqliteOptions, SqliteStore};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use wire::{Stream, Subject};

const LONG: Duration = Duration::from_secs(30);

struct Bed {
    store: Arc<SqliteStore>,
    bus: MemoryBus,
    end: CancellationToken,
    writer: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Bed {
    async fn start(limits: MemoryLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("archive.db");
        let clock = Arc::new(TestClock::default());
        let store = SqliteStore::open(&file, clock, SqliteOptions::default()).await;
        let store = Arc::new(store.unwrap());
        let bus = MemoryBus::new(limits);
        let end = CancellationToken::new();
        let deps = writer::Deps {
            bus: Arc::new(bus.clone()),
            store: Arc::clone(&store) as Arc<dyn writer::WriterStore>,
            state: watch::Sender::new(ConsumerState::default()),
        };
        let config = writer::Config {
            reconcile_every: Duration::from_millis(20),
            ..writer::Config::default()
        };
        let writer = tokio::spawn({
            let end = end.clone();
            async move { writer::run(deps, config, end).await.unwrap() }
        });
        Self {
            store,
            bus,
            end,
            writer,
            _folder: folder,
        }
    }

    async fn publish(&self, lane: Lane, body: Bytes) {
        let subject = match lane {
            Lane::Live => Subject::Live(ACCOUNT, COMMON),
            Lane::History => Subject::History(ACCOUNT, COMMON),
        };
        self.bus.publish(&subject, body).await.unwrap();
    }

    /// Returns when the database has the batch's receipt.
    async fn received(&self, batch: &CaptureBatch) {
        let number = batch.number;
        let asked = async {
            loop {
                let open = self.store.unapplied(ACCOUNT, number.epoch, &[number.n]).await;
                if open.unwrap().is_empty() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(LONG, asked).await.expect("a receipt in time");
    }

    async fn stop(self) {
        self.end.cancel();
        timeout(LONG, self.writer).await.expect("ended in time").unwrap();
    }
}

/// The body as a newer version would make it: the last `live` in it is a word of that version's.
fn from_the_future(body: &Bytes, known: &[u8], unknown: &[u8]) -> Bytes {
    let at = body.windows(known.len()).rposition(|w| w == known).unwrap();
    let mut bytes = body.to_vec();
    bytes[at..at + known.len()].copy_from_slice(unknown);
    bytes.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_that_cannot_be_read_does_not_hold_up_its_batch() {
    let bed = Bed::start(MemoryLimits::default()).await;
    let both = batch(
        PRIVATE,
        vec![text(PRIVATE, 1, 1, 0, "good"), text(PRIVATE, 2, 1, 0, "odd")],
    );
    let body = from_the_future(&wire::encode_batch(&both), b"live", b"evil");
    bed.publish(Lane::Live, body).await;
    bed.received(&both).await;
    let stored = async |id| bed.store.message(ACCOUNT, COMMON, id).await.unwrap().is_some();
    assert!(stored(1).await && !stored(2).await);
    let letters = bed.store.dead_letters(false, 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    let letter = &letters[0].letter;
    assert!(letter.reason.contains("origin"), "{}", letter.reason);
    assert!(wire::decode_batch(letter.body.clone()).is_err());
    // To the version that knows the word it is a batch of one that leaves no receipt.
    let later = wire::decode_batch(from_the_future(&letter.body, b"evil", b"live")).unwrap();
    assert_eq!(
        (later.number.n, later.captures),
        (0, vec![both.captures[1].clone()])
    );
    assert_eq!(bed.store.lost_letters(ACCOUNT, 10).await.unwrap().len(), 1);
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_given_up_has_its_receipt() {
    let bed = Bed::start(MemoryLimits::default()).await;
    for lane in [Lane::Live, Lane::History] {
        let empty = IdRange { after: 6, through: 6 };
        let refused = CaptureBatch {
            lane,
            covered: Some(Covered {
                chat: PRIVATE,
                pass: PassId(1),
                range: empty,
            }),
            ..batch(PRIVATE, vec![text(PRIVATE, 7, 1, 0, "given up")])
        };
        let body = wire::encode_batch(&refused);
        bed.publish(lane, body.clone()).await;
        bed.received(&refused).await;
        let letters = bed.store.dead_letters(false, 10).await.unwrap();
        assert_eq!(letters[0].letter.body, body);
        assert_eq!(letters[0].letter.account, Some(ACCOUNT));
    }
    assert!(bed.store.message(ACCOUNT, COMMON, 7).await.unwrap().is_none());
    assert_eq!(bed.store.lost_letters(ACCOUNT, 10).await.unwrap().len(), 1);
    // What is no batch at all has no receipt, and is kept all the same.
    bed.publish(Lane::Live, Bytes::from_static(b"\xff")).await;
    let kept = async {
        while bed.store.dead_letters(false, 10).await.unwrap().len() < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, kept).await.expect("kept in time");
    bed.stop().await;
}

fn file(id: i64, size: i64) -> Capture {
    let mut m = message(PRIVATE, id, 1, 0, "");
    m.content.attachment = Some(Attachment::File(Box::new(FileRef {
        location: FileLocation {
            file_id: id,
            dc_id: 2,
            ..FileLocation::default()
        },
        size: Some(size),
        ..FileRef::default()
    })));
    m.hash = m.content.hash();
    Capture::Message(Box::new(m))
}

/// No downloader takes anything, and the clock stands: what is marked issued and not on the bus would never come.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_media_queue_loses_nothing_and_stops_nobody() {
    const FILES: i64 = 100;
    let bed = Bed::start(MemoryLimits {
        messages: 3,
        publish_wait: Duration::from_millis(20),
        ..MemoryLimits::default()
    })
    .await;
    let files = (1..=FILES).map(|id| file(id, if id % 10 == 0 { 2 << 30 } else { 1000 }));
    let wanted = CaptureBatch {
        lane: Lane::History,
        ..batch(PRIVATE, files.collect())
    };
    bed.publish(Lane::History, wire::encode_batch(&wanted)).await;
    bed.received(&wanted).await;
    let full = async {
        while bed.bus.depth(Stream::Media) < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, full).await.expect("full in time");
    // All were marked issued before the queue was full; what it refused is due again. Looking marks nothing.
    let look = Issue {
        limit: 1,
        reissue_after: 0,
    };
    let due = async {
        while bed.store.issue_media(look, true).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, due).await.expect("due again in time");
    // Captures, their operations and changes go on.
    let mut tail = bed.bus.tail(TailFrom::New).await.unwrap();
    let mut operations = consumer(&bed.bus, Stream::Operations).await;
    for (stamp, edited, words) in [(2, 0, "first"), (3, 50, "second")] {
        let live = batch(PRIVATE, vec![text(PRIVATE, 900, stamp, edited, words)]);
        bed.publish(Lane::Live, wire::encode_batch(&live)).await;
        bed.received(&live).await;
    }
    let told = timeout(LONG, tail.next()).await.expect("told in time").unwrap();
    assert_eq!(told.subject, Subject::Changed(ACCOUNT).to_string());
    assert_eq!(operations.pull(1, LONG).await.unwrap().len(), 1);
    // Then a downloader comes.
    let mut media = consumer(&bed.bus, Stream::Media).await;
    let mut seen: BTreeSet<MediaId> = BTreeSet::new();
    while seen.len() < FILES as usize {
        let pulled = media.pull(8, LONG).await.unwrap();
        assert!(!pulled.is_empty(), "{} of {FILES} files were issued", seen.len());
        for delivery in pulled {
            let ids = wire::decode_media_wanted(delivery.body).unwrap();
            seen.extend(ids);
            delivery.acknowledge.ack().await.unwrap();
        }
    }
    bed.stop().await;
}

async fn consumer(bus: &MemoryBus, stream: Stream) -> Box<dyn bus::Consumer> {
    let spec = ConsumerSpec {
        name: "test".to_owned(),
        stream,
        max_in_flight: 64,
        ack_wait: LONG,
    };
    bus.consume(&spec).await.unwrap()
}
