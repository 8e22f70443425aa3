//! Batches on their way to the database: numbered, bounded, published until their receipt is committed (law 4).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, BusError};
use bytes::Bytes;
use model::{AccountId, BatchNumber, BoxId, Capture, CaptureBatch, Covered, Lane};
use store::{Receipts, StoreError};
use tokio::sync::{Mutex, Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use wire::Subject;

/// Batches whose receipt may be open at once; half of them is left to the live lane.
const OPEN: usize = 64;
/// How long a receipt may be open before its batch is published again.
const AGAIN: Duration = Duration::from_mins(1);
/// How often the database is asked about open receipts.
const ASK: Duration = Duration::from_millis(250);

/// The owner is going away: nothing more is sent.
#[derive(Debug, thiserror::Error)]
#[error("the connection is being closed")]
pub(crate) struct Closed;

struct Open {
    subject: Subject,
    body: Bytes,
    published: Instant,
    _permit: OwnedSemaphorePermit,
}

/// See the module.
pub(crate) struct Outbound {
    bus: Arc<dyn Bus>,
    store: Arc<dyn Receipts>,
    account: AccountId,
    epoch: u32,
    next: Mutex<u64>,
    open: Mutex<BTreeMap<u64, Open>>,
    history_room: Arc<Semaphore>,
    live_room: Arc<Semaphore>,
    settled: Notify,
    closed: CancellationToken,
}

impl Outbound {
    /// For one epoch of one account.
    pub(crate) fn new(
        bus: Arc<dyn Bus>,
        store: Arc<dyn Receipts>,
        account: AccountId,
        epoch: u32,
        closed: CancellationToken,
    ) -> Self {
        Self {
            bus,
            store,
            account,
            epoch,
            next: Mutex::new(1),
            open: Mutex::default(),
            history_room: Arc::new(Semaphore::new(OPEN / 2)),
            live_room: Arc::new(Semaphore::new(OPEN / 2)),
            settled: Notify::new(),
            closed,
        }
    }

    /// Sends captures; waits for room, and until the bus holds them. Answers the numbers of the batches.
    pub(crate) async fn send(
        &self,
        lane: Lane,
        box_id: BoxId,
        captures: Vec<Capture>,
        covered: Option<Covered>,
    ) -> Result<Vec<u64>, Closed> {
        if captures.is_empty() && covered.is_none() {
            return Ok(Vec::new());
        }
        let first = self.number().await;
        let batch = CaptureBatch {
            account: self.account,
            box_id,
            number: first,
            lane,
            captures,
            covered,
        };
        let mut more = 0;
        // Numbers of the further parts are taken together, so that they follow each other.
        let mut parts = wire::split_batch(batch, self.bus.max_body(), || {
            more += 1;
            BatchNumber {
                epoch: self.epoch,
                n: 0,
            }
        });
        if more > 0 {
            let mut next = self.next.lock().await;
            for part in parts.iter_mut().skip(1) {
                part.number.n = *next;
                *next += 1;
            }
        }
        let mut numbers = Vec::with_capacity(parts.len());
        for part in parts {
            numbers.push(part.number.n);
            self.publish(part).await?;
        }
        Ok(numbers)
    }

    async fn number(&self) -> BatchNumber {
        let mut next = self.next.lock().await;
        *next += 1;
        BatchNumber {
            epoch: self.epoch,
            n: *next - 1,
        }
    }

    async fn publish(&self, batch: CaptureBatch) -> Result<(), Closed> {
        let (subject, room) = match batch.lane {
            Lane::Live => (Subject::Live(batch.account, batch.box_id), &self.live_room),
            Lane::History => (Subject::History(batch.account, batch.box_id), &self.history_room),
        };
        let permit = tokio::select! {
            permit = Arc::clone(room).acquire_owned() => permit.map_err(|_| Closed)?,
            () = self.closed.cancelled() => return Err(Closed),
        };
        let body = wire::encode_batch(&batch);
        let entry = Open {
            subject: subject.clone(),
            body: body.clone(),
            published: Instant::now(),
            _permit: permit,
        };
        self.open.lock().await.insert(batch.number.n, entry);
        self.put(&subject, body).await
    }

    /// Until the bus holds it, or the database has it, or we close.
    async fn put(&self, subject: &Subject, body: Bytes) -> Result<(), Closed> {
        let mut delay = Duration::from_millis(50);
        loop {
            match self.bus.publish(subject, body.clone()).await {
                Ok(()) => return Ok(()),
                Err(BusError::Full(stream)) => tracing::debug!("{stream} is full, waiting"),
                Err(error) => tracing::warn!("a batch waits for the bus: {error}"),
            }
            tokio::select! {
                () = sleep(delay) => delay = (delay * 2).min(Duration::from_secs(5)),
                () = self.closed.cancelled() => return Err(Closed),
            }
        }
    }

    /// Returns when all these batches are committed.
    pub(crate) async fn applied(&self, numbers: &[u64]) -> Result<(), Closed> {
        loop {
            let settled = self.settled.notified();
            if !numbers.is_empty() {
                let open = self.open.lock().await;
                if !numbers.iter().any(|n| open.contains_key(n)) {
                    return Ok(());
                }
            } else if self.open.lock().await.is_empty() {
                return Ok(());
            }
            tokio::select! {
                () = settled => {}
                () = self.closed.cancelled() => return Err(Closed),
            }
        }
    }

    /// The greatest number up to which every batch is committed.
    pub(crate) async fn settled_through(&self) -> u64 {
        let next = *self.next.lock().await;
        let open = self.open.lock().await;
        open.keys().next().map_or(next - 1, |first| first - 1)
    }

    /// Returns when all that was handed over so far is committed.
    pub(crate) async fn settled(&self) -> Result<(), Closed> {
        let last = self.last_number().await;
        loop {
            let settled = self.settled.notified();
            if self.settled_through().await >= last {
                return Ok(());
            }
            tokio::select! {
                () = settled => {}
                () = self.closed.cancelled() => return Err(Closed),
            }
        }
    }

    /// The number that the next batch will have, minus one.
    pub(crate) async fn last_number(&self) -> u64 {
        *self.next.lock().await - 1
    }

    /// Woken whenever receipts were settled.
    pub(crate) async fn changed(&self) {
        self.settled.notified().await;
    }

    async fn settle(&self, numbers: impl IntoIterator<Item = u64>) {
        let mut open = self.open.lock().await;
        let mut any = false;
        for n in numbers {
            any |= open.remove(&n).is_some();
        }
        drop(open);
        if any {
            self.settled.notify_waiters();
        }
    }

    /// Listens for notices and asks the database, until closed. What stays open too long is published again.
    pub(crate) async fn run(&self) {
        let subject = Subject::Receipts(self.account);
        let mut connections = self.bus.connections();
        while !self.closed.is_cancelled() {
            let mut notices = match self.bus.listen(&subject).await {
                Ok(notices) => Some(notices),
                Err(error) => {
                    tracing::debug!("receipts are only asked for, not heard: {error}");
                    None
                }
            };
            let mut tick = tokio::time::interval(ASK);
            tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                let heard = async {
                    match &mut notices {
                        Some(notices) => notices.next().await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    notice = heard => match notice.map(wire::decode_receipts) {
                        Ok(Ok(notice)) if notice.epoch == self.epoch => self.settle(notice.numbers).await,
                        Ok(_) => {}
                        Err(_) => break,
                    },
                    _ = tick.tick() => {
                        let now = self.bus.connections();
                        if std::mem::replace(&mut connections, now) != now {
                            self.all_are_late().await;
                        }
                        if let Err(error) = self.ask().await {
                            tracing::debug!("receipts cannot be asked for now: {error}");
                        }
                    }
                    () = self.closed.cancelled() => return,
                }
            }
        }
    }

    /// The broker was away and may have forgotten what is not committed yet.
    async fn all_are_late(&self) {
        let long_ago = Instant::now().checked_sub(AGAIN);
        for open in self.open.lock().await.values_mut() {
            open.published = long_ago.unwrap_or(open.published);
        }
    }

    async fn ask(&self) -> Result<(), StoreError> {
        let due = Instant::now() - ASK;
        let numbers: Vec<u64> = self
            .open
            .lock()
            .await
            .iter()
            .filter(|(_, o)| o.published <= due)
            .map(|(n, _)| *n)
            .collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let unapplied = self.store.unapplied(self.account, self.epoch, &numbers).await?;
        self.settle(numbers.into_iter().filter(|n| !unapplied.contains(n)))
            .await;
        let again: Vec<(Subject, Bytes)> = {
            let mut open = self.open.lock().await;
            let late = open
                .iter_mut()
                .filter(|(n, o)| unapplied.contains(n) && o.published.elapsed() >= AGAIN);
            late.map(|(_, o)| {
                o.published = Instant::now();
                (o.subject.clone(), o.body.clone())
            })
            .collect()
        };
        for (subject, body) in again {
            tracing::warn!("a batch is not committed yet and is sent again");
            if self.bus.offer(&subject, body).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}
