//! The consumer loop: the only code that acknowledges, retries, extends and gives up, for every service and every bus.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::{BoxFuture, join_all, select_all};
use futures::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use wire::Subject;

use crate::port::{BusError, Consumer, Delivery, Headers};

/// A message as a handler sees it.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Where it came from; `None`: a subject this version does not know.
    pub subject: Option<Subject>,
    /// Its body.
    pub body: Bytes,
    /// Its headers: the producer's trace, to be linked to.
    pub headers: Headers,
    /// From 1; redeliveries after an unavailable store are no attempts.
    pub attempt: u32,
}

/// Why a handler did not do it; the decision what follows is made where the failure arises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Try again, after this delay if given, else after a growing one; an attempt.
    Retry {
        /// The delay.
        after: Option<Duration>,
        /// One line without content.
        reason: String,
    },
    /// Something everybody needs is not there now (database, disk): no attempt. The loop stops pulling until
    /// [`Handler::available`] says otherwise.
    Unavailable {
        /// One line without content.
        reason: String,
    },
    /// It can never be done: a dead letter.
    Dead {
        /// One line without content.
        reason: String,
    },
}

/// Works on messages.
#[async_trait]
pub trait Handler: Send + Sync {
    /// One result per message, in order.
    async fn handle(&self, messages: Vec<Incoming>) -> Vec<Result<(), Failure>>;

    /// Asked after [`Failure::Unavailable`], until it is `Ok`.
    async fn available(&self) -> Result<(), String>;
}

/// A message that is given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndeliverableMessage {
    /// Where it came from.
    pub subject: String,
    /// Its body.
    pub body: Bytes,
    /// Why.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
}

/// Keeps what is given up.
#[async_trait]
pub trait DeadLetterSink: Send + Sync {
    /// Committed when this is `Ok`; else the message comes again.
    async fn store(&self, message: UndeliverableMessage) -> Result<(), String>;
}

/// How a consumer works.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Messages handed over together, at most.
    pub batch: usize,
    /// Calls of the handler at once, at most. One that takes long does not keep the others from the next messages.
    pub parallel: usize,
    /// Attempts before a message is given up.
    pub max_attempts: u32,
    /// The first retry's delay; doubles, with jitter, up to `max_backoff`.
    pub backoff: Duration,
    /// See `backoff`.
    pub max_backoff: Duration,
    /// How often progress is told while a handler works; well within the consumer's `ack_wait`.
    pub progress: Duration,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            batch: 64,
            parallel: 1,
            max_attempts: 8,
            backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(30),
            progress: Duration::from_secs(10),
        }
    }
}

/// How a consumer is doing, for readiness.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsumerState {
    /// Messages done since the start.
    pub handled: u64,
    /// What stops it now.
    pub blocked: Option<String>,
}

/// Pulls, hands over, and tells the bus what became of each message, until `shutdown`; what was handed over is finished
/// first. `consumers` are asked in order: the first goes first.
pub async fn run_consumer(
    consumers: Vec<Box<dyn Consumer>>,
    handler: &dyn Handler,
    dead_letters: &dyn DeadLetterSink,
    options: &RunOptions,
    state: &watch::Sender<ConsumerState>,
    shutdown: &CancellationToken,
) {
    let mut attempts = Attempts::default();
    let mut at_work = FuturesUnordered::new();
    let mut idle = Some(consumers);
    // Kept from one turn to the next: messages would be lost for a while with a pull that is dropped half-way.
    let mut pulling: Option<BoxFuture<'static, Pulled>> = None;
    let mut waiting: Option<BoxFuture<'_, ()>> = None;
    loop {
        let ending = shutdown.is_cancelled();
        if ending && at_work.is_empty() {
            return;
        }
        let free = options.parallel.max(1).saturating_sub(at_work.len());
        if !ending
            && free > 0
            && waiting.is_none()
            && let Some(consumers) = idle.take()
        {
            pulling = Some(Box::pin(pull(consumers, free * options.batch)));
        }
        tokio::select! {
            Some((consumers, pulled)) = next(&mut pulling), if !ending => {
                pulling = None;
                idle = Some(consumers);
                match pulled {
                    Err(error) => {
                        block(state, &error.to_string());
                        waiting = Some(Box::pin(pause(options.backoff * 5, shutdown)));
                    }
                    Ok(deliveries) => {
                        if deliveries.is_empty() && waiting.is_none() {
                            unblock(state);
                        }
                        for group in groups(deliveries, options.batch) {
                            let incoming = group.iter().map(|d| attempts.begin(d)).collect();
                            at_work.push(work(handler, incoming, group, options));
                        }
                    }
                }
            }
            Some((deliveries, results)) = at_work.next(), if !at_work.is_empty() => {
                let told = conclude(deliveries, results, &mut attempts, dead_letters, options).await;
                state.send_if_modified(|s| {
                    s.handled += told.done;
                    told.done > 0
                });
                match told.unavailable {
                    Some(reason) if waiting.is_none() => {
                        waiting = Some(Box::pin(wait_until_available(handler, reason, options, state, shutdown)));
                    }
                    None if waiting.is_none() => unblock(state),
                    _ => {}
                }
            }
            Some(()) = next(&mut waiting), if !ending => waiting = None,
            () = shutdown.cancelled(), if !ending => {}
        }
    }
}

/// What a pull gives back.
type Pulled = (Vec<Box<dyn Consumer>>, Result<Vec<Delivery>, BusError>);

/// The future's end; `None`: there is none.
async fn next<F: Future + Unpin>(future: &mut Option<F>) -> Option<F::Output> {
    match future {
        Some(future) => Some(future.await),
        None => None,
    }
}

fn groups(deliveries: Vec<Delivery>, most: usize) -> Vec<Vec<Delivery>> {
    let mut groups = Vec::new();
    let mut rest = deliveries.into_iter().peekable();
    while rest.peek().is_some() {
        groups.push(rest.by_ref().take(most.max(1)).collect());
    }
    groups
}

/// What became of messages that were handed over together.
struct Told {
    done: u64,
    unavailable: Option<String>,
}

async fn conclude(
    deliveries: Vec<Delivery>,
    results: Vec<Result<(), Failure>>,
    attempts: &mut Attempts,
    dead_letters: &dyn DeadLetterSink,
    options: &RunOptions,
) -> Told {
    let mut unavailable = None;
    let mut done = Vec::new();
    for (delivery, result) in deliveries.into_iter().zip(results) {
        let told = match result {
            Ok(()) => {
                attempts.forget(&delivery);
                done.push(delivery);
                continue;
            }
            Err(Failure::Unavailable { reason }) => {
                attempts.take_back(&delivery);
                unavailable = Some(reason);
                delivery.acknowledge.retry(options.backoff).await
            }
            Err(Failure::Retry { after, reason }) if attempts.of(&delivery) < options.max_attempts => {
                tracing::warn!(
                    attempt = attempts.of(&delivery),
                    "a message is tried again: {reason}"
                );
                let delay = after.unwrap_or_else(|| backoff(options, attempts.of(&delivery)));
                delivery.acknowledge.retry(delay).await
            }
            Err(Failure::Retry { reason, .. } | Failure::Dead { reason }) => {
                give_up(&delivery, reason, attempts, dead_letters, options).await
            }
        };
        report(told);
    }
    // Each waits for the broker's word: all at once.
    for told in join_all(done.iter().map(|d| d.acknowledge.ack())).await {
        report(told);
    }
    Told {
        done: done.len() as u64,
        unavailable,
    }
}

fn report(told: Result<(), BusError>) {
    if let Err(error) = told {
        tracing::warn!("the bus did not take an acknowledgement, the message comes again: {error}");
    }
}

async fn pull(mut consumers: Vec<Box<dyn Consumer>>, max: usize) -> Pulled {
    let pulled = pull_in_order(&mut consumers, max).await;
    (consumers, pulled)
}

async fn pull_in_order(consumers: &mut [Box<dyn Consumer>], max: usize) -> Result<Vec<Delivery>, BusError> {
    let mut all = Vec::new();
    for consumer in consumers.iter_mut() {
        all.extend(consumer.pull(max - all.len(), Duration::ZERO).await?);
        if all.len() >= max {
            return Ok(all);
        }
    }
    if !all.is_empty() {
        return Ok(all);
    }
    let waiting = consumers.iter_mut().map(|c| c.pull(max, Duration::from_secs(1)));
    select_all(waiting).await.0
}

async fn work(
    handler: &dyn Handler,
    incoming: Vec<Incoming>,
    deliveries: Vec<Delivery>,
    options: &RunOptions,
) -> (Vec<Delivery>, Vec<Result<(), Failure>>) {
    let expected = deliveries.len();
    let mut ticker = interval(options.progress);
    ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticker.tick().await;
    let work = handler.handle(incoming);
    tokio::pin!(work);
    let mut results = loop {
        tokio::select! {
            results = &mut work => break results,
            _ = ticker.tick() => {
                for delivery in &deliveries {
                    // Lost progress means a redelivery, which is harmless.
                    let _ = delivery.acknowledge.progress().await;
                }
            }
        }
    };
    results.resize_with(expected, || {
        Err(Failure::Retry {
            after: None,
            reason: "the handler said nothing of it".to_owned(),
        })
    });
    (deliveries, results)
}

async fn give_up(
    delivery: &Delivery,
    reason: String,
    attempts: &mut Attempts,
    dead_letters: &dyn DeadLetterSink,
    options: &RunOptions,
) -> Result<(), BusError> {
    let letter = UndeliverableMessage {
        subject: delivery.subject.clone(),
        body: delivery.body.clone(),
        attempts: attempts.of(delivery),
        reason,
    };
    tracing::error!(
        "a message is given up and kept as a dead letter: {}",
        letter.reason
    );
    match dead_letters.store(letter).await {
        Ok(()) => {
            attempts.forget(delivery);
            delivery.acknowledge.terminate().await
        }
        Err(error) => {
            tracing::error!("the dead letter could not be stored, the message comes again: {error}");
            delivery.acknowledge.retry(options.max_backoff).await
        }
    }
}

async fn wait_until_available(
    handler: &dyn Handler,
    reason: String,
    options: &RunOptions,
    state: &watch::Sender<ConsumerState>,
    shutdown: &CancellationToken,
) {
    block(state, &reason);
    let mut tries = 0;
    while !shutdown.is_cancelled() {
        tries += 1;
        pause(backoff(options, tries).min(Duration::from_secs(5)), shutdown).await;
        match handler.available().await {
            Ok(()) => return unblock(state),
            Err(reason) => block(state, &reason),
        }
    }
}

fn block(state: &watch::Sender<ConsumerState>, reason: &str) {
    state.send_if_modified(|s| {
        let new = s.blocked.as_deref() != Some(reason);
        if new {
            tracing::warn!("waiting: {reason}");
            s.blocked = Some(reason.to_owned());
        }
        new
    });
}

fn unblock(state: &watch::Sender<ConsumerState>) {
    state.send_if_modified(|s| {
        let was = s.blocked.take();
        if was.is_some() {
            tracing::info!("going on");
        }
        was.is_some()
    });
}

async fn pause(delay: Duration, shutdown: &CancellationToken) {
    tokio::select! {
        () = sleep(delay) => {}
        () = shutdown.cancelled() => {}
    }
}

fn backoff(options: &RunOptions, attempt: u32) -> Duration {
    let full = options
        .backoff
        .saturating_mul(1 << attempt.saturating_sub(1).min(16))
        .min(options.max_backoff);
    full.mul_f64(rand::random_range(0.5..1.0))
}

/// Our own count: the broker's also counts redeliveries that are no attempts.
#[derive(Default)]
struct Attempts(HashMap<u64, u32>);

impl Attempts {
    fn key(delivery: &Delivery) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&delivery.subject, &delivery.body).hash(&mut hasher);
        hasher.finish()
    }

    fn begin(&mut self, delivery: &Delivery) -> Incoming {
        let attempt = self.0.entry(Self::key(delivery)).or_insert(0);
        *attempt += 1;
        Incoming {
            subject: delivery.subject.parse().ok(),
            body: delivery.body.clone(),
            headers: delivery.headers.clone(),
            attempt: *attempt,
        }
    }

    fn of(&self, delivery: &Delivery) -> u32 {
        self.0.get(&Self::key(delivery)).copied().unwrap_or(1)
    }

    fn take_back(&mut self, delivery: &Delivery) {
        if let Some(n) = self.0.get_mut(&Self::key(delivery)) {
            *n = n.saturating_sub(1);
        }
    }

    fn forget(&mut self, delivery: &Delivery) {
        self.0.remove(&Self::key(delivery));
    }
}

/// A sink shared by several consumers.
#[async_trait]
impl<T: DeadLetterSink + ?Sized> DeadLetterSink for Arc<T> {
    async fn store(&self, message: UndeliverableMessage) -> Result<(), String> {
        (**self).store(message).await
    }
}
