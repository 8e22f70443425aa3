//! The in-process bus of a single node: plain memory, bounded, with the semantics of the broker.
//!
//! What it loses at a crash is derived again from the database and from Telegram, as with the broker.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{Notify, broadcast, mpsc, oneshot};
use tokio::time::{Instant, timeout, timeout_at};
use wire::{Stream, Subject};

use crate::port::{
    Acknowledge, Bus, BusError, Change, Consumer, ConsumerSpec, Delivery, Headers, Notices, Replier,
    Requests, Tail, TailFrom, carried,
};

/// How much each stream may hold.
#[derive(Clone, Copy, Debug)]
pub struct MemoryLimits {
    /// Messages per stream.
    pub messages: usize,
    /// Bytes of bodies per stream.
    pub bytes: usize,
    /// Changes kept for tails.
    pub changes: usize,
    /// How long `publish` waits for room.
    pub publish_wait: Duration,
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self {
            messages: 1024,
            bytes: 24 << 20,
            changes: 20_000,
            publish_wait: Duration::from_secs(5),
        }
    }
}

/// See the module.
#[derive(Clone)]
pub struct MemoryBus(Arc<Shared>);

struct Shared {
    limits: MemoryLimits,
    queues: HashMap<Stream, Arc<Queue>>,
    changes: Mutex<Changes>,
    changed: Notify,
    notices: Mutex<HashMap<String, broadcast::Sender<Bytes>>>,
    services: Mutex<HashMap<String, mpsc::Sender<Request>>>,
}

/// A body, and where its answer goes.
type Request = (Bytes, oneshot::Sender<Bytes>);

struct Changes {
    incarnation: u64,
    first: u64,
    held: VecDeque<(String, Bytes, Headers)>,
}

#[derive(Default)]
struct Queue {
    state: Mutex<QueueState>,
    arrived: Notify,
    room: Notify,
}

#[derive(Default)]
struct QueueState {
    next_id: u64,
    bytes: usize,
    ready: VecDeque<Message>,
    /// Out, with the time at which they come again.
    out: HashMap<u64, (Message, Instant)>,
    /// Retried, with the time before which they do not come.
    delayed: Vec<(Message, Instant)>,
}

struct Message {
    id: u64,
    subject: String,
    body: Bytes,
    headers: Headers,
    delivered: u64,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl QueueState {
    fn len(&self) -> usize {
        self.ready.len() + self.out.len() + self.delayed.len()
    }

    /// Moves to `ready` what is due; answers when the next will be.
    fn ripen(&mut self, now: Instant) -> Option<Instant> {
        let due: Vec<u64> = self
            .out
            .iter()
            .filter(|(_, (_, at))| *at <= now)
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            if let Some((message, _)) = self.out.remove(&id) {
                self.ready.push_front(message);
            }
        }
        let (due, wait): (Vec<_>, Vec<_>) = std::mem::take(&mut self.delayed)
            .into_iter()
            .partition(|(_, at)| *at <= now);
        self.delayed = wait;
        self.ready.extend(due.into_iter().map(|(m, _)| m));
        let retried = self.delayed.iter().map(|(_, at)| *at);
        self.out.values().map(|(_, at)| *at).chain(retried).min()
    }
}

impl MemoryBus {
    /// An empty bus.
    pub fn new(limits: MemoryLimits) -> Self {
        let queues = Stream::ALL
            .into_iter()
            .filter(|s| s.is_work_queue())
            .map(|s| (s, Arc::default()))
            .collect();
        Self(Arc::new(Shared {
            limits,
            queues,
            changes: Mutex::new(Changes {
                incarnation: rand::random(),
                first: 1,
                held: VecDeque::new(),
            }),
            changed: Notify::new(),
            notices: Mutex::default(),
            services: Mutex::default(),
        }))
    }

    /// Messages held per stream, delivered or not: for readiness and tests.
    pub fn depth(&self, stream: Stream) -> usize {
        self.0.queues.get(&stream).map_or(0, |q| lock(&q.state).len())
    }

    async fn put(
        &self,
        subject: &Subject,
        body: Bytes,
        headers: &Headers,
        wait: Duration,
    ) -> Result<(), BusError> {
        if body.len() > self.max_body() {
            return Err(BusError::TooLarge {
                size: body.len(),
                limit: self.max_body(),
            });
        }
        let headers: Headers = carried(headers)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        match subject.stream() {
            None => self.notify(subject, body).await,
            Some(Stream::Changes) => {
                let mut changes = lock(&self.0.changes);
                changes.held.push_back((subject.to_string(), body, headers));
                if changes.held.len() > self.0.limits.changes {
                    changes.held.pop_front();
                    changes.first += 1;
                }
                drop(changes);
                self.0.changed.notify_waiters();
                Ok(())
            }
            Some(stream) => {
                let Some(queue) = self.0.queues.get(&stream) else {
                    return Err(BusError::Full(stream.name()));
                };
                let deadline = Instant::now() + wait;
                loop {
                    let room = queue.room.notified();
                    {
                        let mut state = lock(&queue.state);
                        let fits = state.len() < self.0.limits.messages
                            && (state.bytes + body.len() <= self.0.limits.bytes || state.len() == 0);
                        if fits {
                            state.next_id += 1;
                            state.bytes += body.len();
                            let id = state.next_id;
                            state.ready.push_back(Message {
                                id,
                                subject: subject.to_string(),
                                body,
                                headers,
                                delivered: 0,
                            });
                            drop(state);
                            queue.arrived.notify_waiters();
                            return Ok(());
                        }
                    }
                    if timeout_at(deadline, room).await.is_err() {
                        return Err(BusError::Full(stream.name()));
                    }
                }
            }
        }
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish_with(&self, subject: &Subject, body: Bytes, headers: &Headers) -> Result<(), BusError> {
        self.put(subject, body, headers, self.0.limits.publish_wait).await
    }

    async fn offer_with(&self, subject: &Subject, body: Bytes, headers: &Headers) -> Result<(), BusError> {
        self.put(subject, body, headers, Duration::ZERO).await
    }

    async fn consume(&self, spec: &ConsumerSpec) -> Result<Box<dyn Consumer>, BusError> {
        let queue = self.0.queues.get(&spec.stream).ok_or(BusError::Gone)?;
        Ok(Box::new(MemoryConsumer {
            queue: Arc::clone(queue),
            spec: spec.clone(),
        }))
    }

    async fn tail(&self, from: TailFrom) -> Result<Box<dyn Tail>, BusError> {
        let changes = lock(&self.0.changes);
        let end = changes.first + changes.held.len() as u64;
        let next = match from {
            TailFrom::New => end,
            TailFrom::After {
                incarnation,
                sequence,
            } => {
                if incarnation != changes.incarnation || sequence + 1 < changes.first || sequence >= end {
                    return Err(BusError::Gone);
                }
                sequence + 1
            }
        };
        drop(changes);
        Ok(Box::new(MemoryTail {
            bus: Arc::clone(&self.0),
            newest: end.saturating_sub(1),
            next,
        }))
    }

    async fn notify(&self, subject: &Subject, body: Bytes) -> Result<(), BusError> {
        if let Some(sender) = lock(&self.0.notices).get(&subject.to_string()) {
            // Nobody listening is fine: a notice may be lost.
            let _ = sender.send(body);
        }
        Ok(())
    }

    async fn listen(&self, subject: &Subject) -> Result<Box<dyn Notices>, BusError> {
        let receiver = lock(&self.0.notices)
            .entry(subject.to_string())
            .or_insert_with(|| broadcast::channel(1024).0)
            .subscribe();
        Ok(Box::new(MemoryNotices(receiver)))
    }

    async fn request(&self, subject: &Subject, body: Bytes, wait: Duration) -> Result<Bytes, BusError> {
        let none = || BusError::NoAnswer(subject.to_string());
        let service = lock(&self.0.services)
            .get(&subject.to_string())
            .cloned()
            .ok_or_else(none)?;
        let (reply_to, replied) = oneshot::channel();
        let exchange = async {
            service.send((body, reply_to)).await.map_err(|_| none())?;
            replied.await.map_err(|_| none())
        };
        timeout(wait, exchange).await.map_err(|_| none())?
    }

    async fn serve(&self, subject: &Subject) -> Result<Box<dyn Requests>, BusError> {
        let (sender, receiver) = mpsc::channel(64);
        lock(&self.0.services).insert(subject.to_string(), sender);
        Ok(Box::new(MemoryRequests(receiver)))
    }

    async fn health(&self) -> Result<(), BusError> {
        Ok(())
    }

    fn connections(&self) -> u64 {
        1
    }

    fn max_body(&self) -> usize {
        1_000_000
    }
}

struct MemoryConsumer {
    queue: Arc<Queue>,
    spec: ConsumerSpec,
}

#[async_trait]
impl Consumer for MemoryConsumer {
    async fn pull(&mut self, max: usize, wait: Duration) -> Result<Vec<Delivery>, BusError> {
        let deadline = Instant::now() + wait;
        loop {
            let queue = Arc::clone(&self.queue);
            let arrived = queue.arrived.notified();
            let now = Instant::now();
            let mut pulled = Vec::new();
            let due = {
                let mut state = lock(&self.queue.state);
                let due = state.ripen(now);
                let room = self.spec.max_in_flight.saturating_sub(state.out.len()).min(max);
                while pulled.len() < room
                    && let Some(mut message) = state.ready.pop_front()
                {
                    message.delivered += 1;
                    pulled.push(Delivery {
                        subject: message.subject.clone(),
                        body: message.body.clone(),
                        headers: message.headers.clone(),
                        delivered: message.delivered,
                        acknowledge: Box::new(MemoryAcknowledge {
                            queue: Arc::clone(&self.queue),
                            id: message.id,
                            ack_wait: self.spec.ack_wait,
                        }),
                    });
                    state.out.insert(message.id, (message, now + self.spec.ack_wait));
                }
                due
            };
            if !pulled.is_empty() || now >= deadline {
                return Ok(pulled);
            }
            // Woken by an arrival, by the next message that becomes due, or by the end of the wait.
            let _ = timeout_at(due.map_or(deadline, |d| d.min(deadline)), arrived).await;
        }
    }
}

struct MemoryAcknowledge {
    queue: Arc<Queue>,
    id: u64,
    ack_wait: Duration,
}

#[async_trait]
impl Acknowledge for MemoryAcknowledge {
    async fn ack(&self) -> Result<(), BusError> {
        let mut state = lock(&self.queue.state);
        if let Some((message, _)) = state.out.remove(&self.id) {
            state.bytes -= message.body.len();
        }
        drop(state);
        self.queue.room.notify_waiters();
        self.queue.arrived.notify_waiters();
        Ok(())
    }

    async fn retry(&self, after: Duration) -> Result<(), BusError> {
        let mut state = lock(&self.queue.state);
        if let Some((message, _)) = state.out.remove(&self.id) {
            state.delayed.push((message, Instant::now() + after));
        }
        drop(state);
        self.queue.arrived.notify_waiters();
        Ok(())
    }

    async fn progress(&self) -> Result<(), BusError> {
        if let Some((_, at)) = lock(&self.queue.state).out.get_mut(&self.id) {
            *at = Instant::now() + self.ack_wait;
        }
        Ok(())
    }

    async fn terminate(&self) -> Result<(), BusError> {
        self.ack().await
    }
}

struct MemoryTail {
    bus: Arc<Shared>,
    newest: u64,
    next: u64,
}

#[async_trait]
impl Tail for MemoryTail {
    async fn next(&mut self) -> Result<Change, BusError> {
        loop {
            let bus = Arc::clone(&self.bus);
            let changed = bus.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            {
                let changes = lock(&self.bus.changes);
                if self.next < changes.first {
                    return Err(BusError::Gone);
                }
                if let Some((subject, body, headers)) = changes.held.get((self.next - changes.first) as usize)
                {
                    let change = Change {
                        incarnation: changes.incarnation,
                        sequence: self.next,
                        subject: subject.clone(),
                        body: body.clone(),
                        headers: headers.clone(),
                    };
                    self.next += 1;
                    return Ok(change);
                }
            }
            changed.await;
        }
    }

    fn newest(&self) -> u64 {
        self.newest
    }
}

struct MemoryNotices(broadcast::Receiver<Bytes>);

#[async_trait]
impl Notices for MemoryNotices {
    async fn next(&mut self) -> Result<Bytes, BusError> {
        loop {
            match self.0.recv().await {
                Ok(body) => return Ok(body),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => {
                    return Err(BusError::Unavailable("the bus is gone".to_owned()));
                }
            }
        }
    }
}

struct MemoryRequests(mpsc::Receiver<(Bytes, oneshot::Sender<Bytes>)>);

struct MemoryReplier(oneshot::Sender<Bytes>);

#[async_trait]
impl Replier for MemoryReplier {
    async fn reply(self: Box<Self>, body: Bytes) -> Result<(), BusError> {
        self.0
            .send(body)
            .map_err(|_| BusError::NoAnswer("the asker is gone".to_owned()))
    }
}

#[async_trait]
impl Requests for MemoryRequests {
    async fn next(&mut self) -> Result<(Bytes, Box<dyn Replier>), BusError> {
        let (body, answer) = self
            .0
            .recv()
            .await
            .ok_or_else(|| BusError::Unavailable("the bus is gone".to_owned()))?;
        Ok((body, Box::new(MemoryReplier(answer))))
    }
}
