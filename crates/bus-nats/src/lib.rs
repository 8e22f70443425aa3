//! The bus on NATS JetStream: streams, durable consumers, notices, requests.
//!
//! The broker may be lost at any time: the client reconnects by itself, and a stream or consumer that is missing (a
//! server that was restored to an older state) is made again by whoever needs it next.

mod acknowledge;
mod changes;
mod consumer;
mod error;
mod requests;
mod streams;

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::message::PublishMessage;
use async_trait::async_trait;
use bus::{Bus, BusError, Consumer, ConsumerSpec, Headers, Notices, Requests, Tail, TailFrom, carried};
use bytes::Bytes;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::{Instant, sleep, timeout};
use wire::{Stream, Subject};

use crate::error::{Refused, refused, unavailable};

/// How the broker is reached, and how much it may hold.
#[derive(Clone, Debug)]
pub struct NatsOptions {
    /// `nats://user:password@host:port`, several with commas; `tls://` needs TLS.
    pub url: SecretString,
    /// A `.creds` file.
    pub credentials_file: Option<PathBuf>,
    /// Shown in the server's list of connections.
    pub name: String,
    /// Copies of each stream.
    pub replicas: usize,
    /// Bytes each stream may hold.
    pub stream_bytes: i64,
    /// How long `publish` waits for room in a full stream.
    pub publish_wait: Duration,
}

impl NatsOptions {
    /// The defaults for a server: streams of 256 MiB, one copy.
    pub fn new(url: SecretString) -> Self {
        Self {
            url,
            credentials_file: None,
            name: "telegram-archive".to_owned(),
            replicas: 1,
            stream_bytes: 256 << 20,
            publish_wait: Duration::from_secs(5),
        }
    }
}

/// Longest wait for an answer of the broker.
const ANSWER: Duration = Duration::from_secs(5);
/// What headers and the server's own words may take of a message.
const OVERHEAD: usize = 16 << 10;
/// What servers allow by default.
const DEFAULT_PAYLOAD: usize = 1 << 20;

/// See the crate.
#[derive(Clone)]
pub struct NatsBus {
    client: async_nats::Client,
    jetstream: jetstream::Context,
    options: NatsOptions,
}

impl NatsBus {
    /// Connects, now or as soon as there is a server; streams are made when they are first needed.
    pub async fn connect(options: NatsOptions) -> Result<Self, BusError> {
        let mut connect = async_nats::ConnectOptions::new()
            .name(&options.name)
            .connection_timeout(ANSWER)
            .request_timeout(Some(ANSWER))
            .retry_on_initial_connect()
            .reconnect_delay_callback(|attempts| Duration::from_millis(50 << attempts.min(6)));
        if let Some(file) = &options.credentials_file {
            connect = connect
                .credentials_file(file)
                .await
                .map_err(|e| BusError::Unavailable(format!("{}: {e}", file.display())))?;
        }
        let servers: Vec<&str> = options.url.expose_secret().split(',').map(str::trim).collect();
        // The text of this error may hold the URL with its password.
        let client = connect
            .connect(servers)
            .await
            .map_err(|e| BusError::Unavailable(e.kind().to_string()))?;
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(ANSWER);
        let bus = Self {
            client,
            jetstream,
            options,
        };
        // The size of messages is the server's to say: wait a moment for its first word.
        let _ = timeout(ANSWER, bus.client.flush()).await;
        Ok(bus)
    }

    /// Publishes once; a stream that is missing is made.
    async fn put(
        &self,
        subject: &Subject,
        stream: Stream,
        body: &Bytes,
        headers: &Headers,
    ) -> Result<(), Refused> {
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
        let acknowledged = self
            .jetstream
            .send_publish(subject.to_string(), message)
            .await
            .map_err(|e| refused(&e))?;
        acknowledged.await.map(|_| ()).map_err(|e| refused(&e))
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
        Ok(Box::new(changes::ChangesTail::open(self, from).await?))
    }

    async fn notify(&self, subject: &Subject, body: Bytes) -> Result<(), BusError> {
        self.client
            .publish(subject.to_string(), body)
            .await
            .map_err(|e| unavailable(&e))
    }

    async fn listen(&self, subject: &Subject) -> Result<Box<dyn Notices>, BusError> {
        Ok(Box::new(requests::Heard::open(&self.client, subject).await?))
    }

    async fn request(&self, subject: &Subject, body: Bytes, wait: Duration) -> Result<Bytes, BusError> {
        requests::ask(&self.client, subject, body, wait).await
    }

    async fn serve(&self, subject: &Subject) -> Result<Box<dyn Requests>, BusError> {
        Ok(Box::new(requests::Asked::open(&self.client, subject).await?))
    }

    async fn health(&self) -> Result<(), BusError> {
        if self.client.connection_state() != async_nats::connection::State::Connected {
            return Err(BusError::Unavailable("not connected to NATS".to_owned()));
        }
        match timeout(ANSWER, self.client.flush()).await {
            Ok(flushed) => flushed.map_err(|e| unavailable(&e)),
            Err(_) => Err(BusError::Unavailable("NATS does not answer".to_owned())),
        }
    }

    fn connections(&self) -> u64 {
        self.client.statistics().connects.load(Ordering::Relaxed)
    }

    fn max_body(&self) -> usize {
        let payload = match self.client.server_info().max_payload {
            0 => DEFAULT_PAYLOAD,
            told => told,
        };
        payload.saturating_sub(OVERHEAD)
    }
}
