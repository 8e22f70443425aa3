//! Batches on their way to the database: numbered, bounded, published until their receipt is committed (law 4).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, BusError};
use bytes::Bytes;
use model::{AccountId, BatchNumber, BoxId, Capture, CaptureBatch, Covered, Lane};
use store::{DeadLetters, NewDeadLetter, Receipts, StoreError};
use tokio::sync::futures::Notified;
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

/// Numbers of batches.
struct Numbers {
    next: u64,
    /// Given to a batch that still waits for room: not open yet, and not settled.
    waiting: BTreeSet<u64>,
}

/// A number whose batch is not open yet; one that is dropped was never sent.
struct Number<'a> {
    n: u64,
    numbers: &'a std::sync::Mutex<Numbers>,
}

impl Drop for Number<'_> {
    fn drop(&mut self) {
        locked(self.numbers).waiting.remove(&self.n);
    }
}

fn locked(numbers: &std::sync::Mutex<Numbers>) -> std::sync::MutexGuard<'_, Numbers> {
    numbers.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// See the module.
pub(crate) struct Outbound {
    bus: Arc<dyn Bus>,
    store: Arc<dyn Receipts>,
    letters: Arc<dyn DeadLetters>,
    account: AccountId,
    epoch: u32,
    numbers: std::sync::Mutex<Numbers>,
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
        letters: Arc<dyn DeadLetters>,
        account: AccountId,
        epoch: u32,
        closed: CancellationToken,
    ) -> Self {
        Self {
            bus,
            store,
            letters,
            account,
            epoch,
            numbers: std::sync::Mutex::new(Numbers {
                next: 1,
                waiting: BTreeSet::new(),
            }),
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
        let mut numbered = vec![self.number()];
        let batch = CaptureBatch {
            account: self.account,
            box_id,
            number: BatchNumber {
                epoch: self.epoch,
                n: numbered[0].n,
            },
            lane,
            captures,
            covered,
        };
        // A batch that is too large goes in parts, each with a number of its own.
        let parts = wire::split_batch(batch, self.bus.max_body(), || {
            numbered.push(self.number());
            BatchNumber {
                epoch: self.epoch,
                n: numbered[numbered.len() - 1].n,
            }
        });
        let mut numbers = Vec::with_capacity(parts.len());
        for (part, number) in parts.into_iter().zip(numbered) {
            numbers.push(part.number.n);
            self.publish(part, number).await?;
        }
        Ok(numbers)
    }

    fn number(&self) -> Number<'_> {
        let mut numbers = locked(&self.numbers);
        let n = numbers.next;
        numbers.waiting.insert(n);
        numbers.next += 1;
        Number {
            n,
            numbers: &self.numbers,
        }
    }

    async fn publish(&self, batch: CaptureBatch, number: Number<'_>) -> Result<(), Closed> {
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
        drop(number);
        self.put(batch.number.n, &subject, body).await
    }

    /// Until the bus holds it, or the database as a dead letter, or we close.
    async fn put(&self, n: u64, subject: &Subject, body: Bytes) -> Result<(), Closed> {
        let mut delay = Duration::from_millis(50);
        loop {
            match self.bus.publish(subject, body.clone()).await {
                Ok(()) => return Ok(()),
                Err(BusError::Full(stream)) => tracing::debug!("{stream} is full, waiting"),
                Err(error @ BusError::TooLarge { .. }) => match self.give_up(subject, &body, &error).await {
                    Ok(()) => {
                        self.settle([n]).await;
                        return Ok(());
                    }
                    Err(error) => tracing::warn!("a dead letter waits for the database: {error}"),
                },
                Err(error) => tracing::warn!("a batch waits for the bus: {error}"),
            }
            tokio::select! {
                () = sleep(delay) => delay = (delay * 2).min(Duration::from_secs(5)),
                () = self.closed.cancelled() => return Err(Closed),
            }
        }
    }

    /// One capture that no message of the bus can hold: nobody else will ever see it.
    async fn give_up(&self, subject: &Subject, body: &Bytes, error: &BusError) -> Result<(), StoreError> {
        tracing::error!("a capture is kept as a dead letter: {error}");
        let letter = NewDeadLetter {
            account: Some(self.account),
            subject: subject.to_string(),
            body: body.clone(),
            reason: error.to_string(),
            attempts: 1,
        };
        self.letters.store_dead_letter(&letter).await.map(|_| ())
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
        let unsettled = {
            let numbers = locked(&self.numbers);
            numbers.waiting.first().copied().unwrap_or(numbers.next)
        };
        let open = self.open.lock().await;
        open.keys()
            .next()
            .map_or(unsettled, |first| unsettled.min(*first))
            - 1
    }

    /// Returns when all that was handed over so far is committed.
    pub(crate) async fn settled(&self) -> Result<(), Closed> {
        let last = self.last_number();
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
    pub(crate) fn last_number(&self) -> u64 {
        locked(&self.numbers).next - 1
    }

    /// The epoch of all numbers.
    pub(crate) const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Ends when receipts are settled after this call.
    pub(crate) fn changed(&self) -> Notified<'_> {
        self.settled.notified()
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
        let late: Vec<(u64, Subject, Bytes)> = {
            let open = self.open.lock().await;
            let late = open
                .iter()
                .filter(|(n, o)| unapplied.contains(n) && o.published.elapsed() >= AGAIN);
            late.map(|(n, o)| (*n, o.subject.clone(), o.body.clone()))
                .collect()
        };
        for (n, subject, body) in late {
            // What is not taken now stays late.
            if self.bus.offer(&subject, body).await.is_err() {
                break;
            }
            tracing::warn!("a batch is not committed yet and is sent again");
            if let Some(open) = self.open.lock().await.get_mut(&n) {
                open.published = Instant::now();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
