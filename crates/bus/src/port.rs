//! What the services ask of a bus.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use wire::{Stream, Subject};

/// What rides beside a body: trace context (`traceparent`, `tracestate` of W3C Trace Context), nothing else.
pub type Headers = BTreeMap<String, String>;

/// What every bus carries of `headers`: names of letters, digits and hyphens that are not the broker's own (`Nats-`),
/// values of at most 512 printable ASCII characters. Others are left out, for a trace is not worth a message.
pub fn carried(headers: &Headers) -> impl Iterator<Item = (&str, &str)> {
    let broker = |n: &str| n.get(..5).is_some_and(|p| p.eq_ignore_ascii_case("nats-"));
    let plain = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let value = |v: &str| v.len() <= 512 && v.bytes().all(|b| (b' '..=b'~').contains(&b));
    headers
        .iter()
        .filter(move |(n, v)| plain(n) && !broker(n) && value(v))
        .take(8)
        .map(|(n, v)| (n.as_str(), v.as_str()))
}

/// Why a bus did not do it.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum BusError {
    /// The stream holds as much as it may; try again later, nothing was taken.
    #[error("the {0} stream is full")]
    Full(&'static str),
    /// The broker cannot be reached or does not answer.
    #[error("the message broker is unavailable: {0}")]
    Unavailable(String),
    /// The body is larger than a message may be.
    #[error("a message of {size} bytes is above the limit of {limit}")]
    TooLarge {
        /// Bytes.
        size: usize,
        /// Bytes.
        limit: usize,
    },
    /// Nobody answers this request, or not in time.
    #[error("nobody answers {0}")]
    NoAnswer(String),
    /// The sequence asked for is not held (any more), or of another incarnation: load again from the database.
    #[error("the changes asked for are not held any more")]
    Gone,
}

/// A durable consumer of a work-queue stream. Replicas share one by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerSpec {
    /// Its durable name.
    pub name: String,
    /// Of which stream.
    pub stream: Stream,
    /// At most so many messages are out and not acknowledged.
    pub max_in_flight: usize,
    /// A message not acknowledged for so long comes again; [`Acknowledge::progress`] starts the time anew.
    pub ack_wait: Duration,
}

/// Tells the bus what became of a message.
#[async_trait]
pub trait Acknowledge: Send + Sync {
    /// Done; it never comes again.
    async fn ack(&self) -> Result<(), BusError>;
    /// Not done; it comes again after this delay.
    async fn retry(&self, after: Duration) -> Result<(), BusError>;
    /// Still at it.
    async fn progress(&self) -> Result<(), BusError>;
    /// Given up; it never comes again.
    async fn terminate(&self) -> Result<(), BusError>;
}

/// A message that was pulled.
pub struct Delivery {
    /// Where it came from, as text: a subject from a newer version is still a message.
    pub subject: String,
    /// Its body.
    pub body: Bytes,
    /// Its headers.
    pub headers: Headers,
    /// How often it was delivered, from 1.
    pub delivered: u64,
    /// For [`run_consumer`](crate::run_consumer) alone.
    pub acknowledge: Box<dyn Acknowledge>,
}

/// Pulls from a stream.
#[async_trait]
pub trait Consumer: Send {
    /// Up to `max` messages; waits at most `wait` for the first. Dropping the future loses nothing.
    async fn pull(&mut self, max: usize, wait: Duration) -> Result<Vec<Delivery>, BusError>;
}

/// Where a tail of the changes begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TailFrom {
    /// With what comes next.
    New,
    /// After this one.
    After {
        /// Of the stream.
        incarnation: u64,
        /// Of the last one seen.
        sequence: u64,
    },
}

/// One change, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Another one after the stream was lost and made again.
    pub incarnation: u64,
    /// Ascending within the incarnation.
    pub sequence: u64,
    /// Whose.
    pub subject: String,
    /// `wire::decode_changed`.
    pub body: Bytes,
    /// Its headers.
    pub headers: Headers,
}

/// Follows the changes.
#[async_trait]
pub trait Tail: Send {
    /// The next one. [`BusError::Gone`]: it fell behind what is held.
    async fn next(&mut self) -> Result<Change, BusError>;

    /// The sequence of the newest change when this tail was opened: up to it, changes are there to be read.
    fn newest(&self) -> u64;
}

/// Follows notices, which may be lost.
#[async_trait]
pub trait Notices: Send {
    /// The next one.
    async fn next(&mut self) -> Result<Bytes, BusError>;
}

/// Answers one request.
#[async_trait]
pub trait Replier: Send {
    /// Sends the answer.
    async fn reply(self: Box<Self>, body: Bytes) -> Result<(), BusError>;
}

/// Requests to answer.
#[async_trait]
pub trait Requests: Send {
    /// The next one.
    async fn next(&mut self) -> Result<(Bytes, Box<dyn Replier>), BusError>;
}

/// The bus.
///
/// Laws: (1) what `publish` took is delivered until acknowledged or terminated, at least once; (2) an acknowledged
/// message never comes again; (3) a full work queue refuses the new, it never drops the old; (4) a message retried
/// comes not before its delay; (5) a message neither acknowledged nor in progress for `ack_wait` comes again;
/// (6) each change has a place, and a tail from a place misses none or says [`BusError::Gone`]; (7) every call ends.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Returns when the bus holds it. Waits for room a moment, then [`BusError::Full`]. After
    /// [`BusError::Unavailable`] it may be held or not.
    async fn publish(&self, subject: &Subject, body: Bytes) -> Result<(), BusError> {
        self.publish_with(subject, body, &Headers::new()).await
    }

    /// Like `publish`, but never waits for room: for outputs that the writer may drop and issue again.
    async fn offer(&self, subject: &Subject, body: Bytes) -> Result<(), BusError> {
        self.offer_with(subject, body, &Headers::new()).await
    }

    /// `publish` with headers, of which the [`carried`] arrive.
    async fn publish_with(&self, subject: &Subject, body: Bytes, headers: &Headers) -> Result<(), BusError>;

    /// `offer` with headers.
    async fn offer_with(&self, subject: &Subject, body: Bytes, headers: &Headers) -> Result<(), BusError>;

    /// A consumer; made on the broker if it is not there.
    async fn consume(&self, spec: &ConsumerSpec) -> Result<Box<dyn Consumer>, BusError>;

    /// Follows `archive.changed` of all accounts.
    async fn tail(&self, from: TailFrom) -> Result<Box<dyn Tail>, BusError>;

    /// A notice to whoever listens now.
    async fn notify(&self, subject: &Subject, body: Bytes) -> Result<(), BusError>;

    /// Listens for notices.
    async fn listen(&self, subject: &Subject) -> Result<Box<dyn Notices>, BusError>;

    /// Asks, and waits at most `timeout` for the answer.
    async fn request(&self, subject: &Subject, body: Bytes, timeout: Duration) -> Result<Bytes, BusError>;

    /// Answers requests; ends when dropped.
    async fn serve(&self, subject: &Subject) -> Result<Box<dyn Requests>, BusError>;

    /// Whether the broker answers now.
    async fn health(&self) -> Result<(), BusError>;

    /// How often a broker was found, the first time included. A greater number than before: it may have forgotten what it
    /// had taken, so what is not known to be done is sent again.
    fn connections(&self) -> u64;

    /// Bytes a body may have.
    fn max_body(&self) -> usize;
}
