//! The bus on NATS JetStream: streams, durable consumers, notices, requests.
//!
//! The broker may be lost at any time: the client reconnects by itself, and a stream or consumer that is missing (a
//! server that was restored to an older state) is made again by whoever needs it next.

mod acknowledge;
mod changes;
mod consumer;
mod error;
mod link;
mod options;
mod requests;
mod streams;

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::message::PublishMessage;
use async_trait::async_trait;
use bus::{Bus, BusError, Consumer, ConsumerSpec, Headers, Notices, Requests, Tail, TailFrom, carried};
use bytes::Bytes;
use tokio::time::{Instant, sleep};
use wire::{Stream, Subject};

use crate::error::{Refused, refused};
use crate::link::Link;

pub use crate::options::NatsOptions;

/// Longest wait for an answer of the broker.
const ANSWER: Duration = Duration::from_secs(5);
/// How long a start waits for the server.
const FIRST_WORD: Duration = Duration::from_secs(2);
/// What headers and the server's own words may take of a message.
const OVERHEAD: usize = 16 << 10;
/// What servers allow by default.
const DEFAULT_PAYLOAD: usize = 1 << 20;

/// See the crate.
#[derive(Clone)]
pub struct NatsBus {
    link: Link,
    jetstream: jetstream::Context,
    options: NatsOptions,
}

impl NatsBus {
    /// Connects, now or as soon as there is a server; streams are made when they are first needed.
    pub async fn connect(options: NatsOptions) -> Result<Self, BusError> {
        let (connect, servers) = options.connect_options().await?;
        let link = Link::connect(connect, servers).await?;
        let mut jetstream = jetstream::new(link.client.clone());
        jetstream.set_timeout(ANSWER);
        // The size of messages is the server's to say: wait a moment for its first word.
        if link.up(FIRST_WORD).await.is_err() {
            tracing::warn!("NATS cannot be reached yet");
        }
        Ok(Self {
            link,
            jetstream,
            options,
        })
    }

    /// Publishes once; a stream that is missing is made.
    async fn put(
        &self,
        subject: &Subject,
        stream: Stream,
        body: &Bytes,
        headers: &Headers,
    ) -> Result<(), Refused> {
        // What is not sent now is not sent later, behind the caller's back.
        self.link.up(ANSWER).await.map_err(Refused::Other)?;
        match self.put_once(subject, body, headers).await {
            Err(Refused::NoStream) => {
                self.make_stream(stream).await.map_err(Refused::Other)?;
                self.put_once(subject, body, headers).await
            }
            done => done,
        }
    }

    async fn put_once(&self, subject: &Subject, body: &Bytes, headers: &Headers) -> Result<(), Refused> {
        let mut message = PublishMessage::build().payload(body.clone());
        for (name, value) in carried(headers) {
            message = message.header(name, value);
        }
        let put = async {
            let sent = self.jetstream.send_publish(subject.to_string(), message).await;
            sent.map_err(|e| refused(&e))?.await.map_err(|e| refused(&e))
        };
        let answer = self.link.within(3 * ANSWER, put).await;
        answer.map_err(Refused::Other)?.map(|_| ())
    }

    /// The stream of a subject, after the checks that need no broker.
    fn stream_of(&self, subject: &Subject, body: &Bytes) -> Result<Stream, BusError> {
        let limit = self.max_body();
        if body.len() > limit {
            return Err(BusError::TooLarge {
                size: body.len(),
                limit,
            });
        }
        subject
            .stream()
            .ok_or_else(|| BusError::Unavailable(format!("no stream holds {subject}")))
    }
}

#[async_trait]
impl Bus for NatsBus {
    async fn publish_with(&self, subject: &Subject, body: Bytes, headers: &Headers) -> Result<(), BusError> {
        let stream = self.stream_of(subject, &body)?;
        let deadline = Instant::now() + self.options.publish_wait;
        let mut pause = Duration::from_millis(10);
        loop {
            match self.put(subject, stream, &body, headers).await {
                Err(Refused::Full) if Instant::now() < deadline => {
                    sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_millis(250));
                }
                done => return done.map_err(|e| e.of(stream)),
            }
        }
    }

    async fn offer_with(&self, subject: &Subject, body: Bytes, headers: &Headers) -> Result<(), BusError> {
        let stream = self.stream_of(subject, &body)?;
        self.put(subject, stream, &body, headers)
            .await
            .map_err(|e| e.of(stream))
    }

    async fn consume(&self, spec: &ConsumerSpec) -> Result<Box<dyn Consumer>, BusError> {
        let consumer = consumer::PullConsumer::open(self, spec.clone()).await?;
        Ok(Box::new(consumer))
    }

    async fn tail(&self, from: TailFrom) -> Result<Box<dyn Tail>, BusError> {
        let tail = Box::pin(changes::ChangesTail::open(self, from)).await?;
        Ok(Box::new(tail))
    }

    async fn notify(&self, subject: &Subject, body: Bytes) -> Result<(), BusError> {
        self.link.send(subject.to_string().into(), body).await
    }

    async fn listen(&self, subject: &Subject) -> Result<Box<dyn Notices>, BusError> {
        Ok(Box::new(requests::Heard::open(&self.link, subject).await?))
    }

    async fn request(&self, subject: &Subject, body: Bytes, wait: Duration) -> Result<Bytes, BusError> {
        requests::ask(&self.link, subject, body, wait).await
    }

    async fn serve(&self, subject: &Subject) -> Result<Box<dyn Requests>, BusError> {
        Ok(Box::new(requests::Asked::open(&self.link, subject).await?))
    }

    async fn health(&self) -> Result<(), BusError> {
        self.link.round_trip().await
    }

    fn connections(&self) -> u64 {
        self.link.client.statistics().connects.load(Ordering::Relaxed)
    }

    fn max_body(&self) -> usize {
        let payload = match self.link.client.server_info().max_payload {
            0 => DEFAULT_PAYLOAD,
            told => told,
        };
        payload.saturating_sub(OVERHEAD)
    }
}
