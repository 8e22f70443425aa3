//! Following the changes, each with its place.

use std::time::Duration;

use async_nats::jetstream::consumer::{DeliverPolicy, OrderedPullConsumer, pull};
use async_nats::jetstream::stream::Info;
use async_trait::async_trait;
use bus::{BusError, Change, Tail, TailFrom};
use futures::StreamExt as _;
use tokio::time::timeout;
use wire::Stream;

use crate::NatsBus;
use crate::consumer::headers_of;
use crate::error::unavailable;

/// After so long without a change it is looked whether the stream is still the same.
const LOOK: Duration = Duration::from_secs(10);

/// A tail from a place; ends with [`BusError::Gone`] when the stream was lost or has forgotten the place.
pub(crate) struct ChangesTail {
    bus: NatsBus,
    incarnation: u64,
    last: u64,
    messages: Option<pull::Ordered>,
}

/// A stream that was lost and made again has another time of creation.
fn incarnation(info: &Info) -> u64 {
    info.created.unix_timestamp_nanos() as u64
}

impl ChangesTail {
    pub(crate) async fn open(bus: &NatsBus, from: TailFrom) -> Result<Self, BusError> {
        let mut stream = bus.make_stream(Stream::Changes).await?;
        let info = stream.info().await.map_err(|e| unavailable(&e))?;
        let now = incarnation(info);
        let last = match from {
            TailFrom::New => info.state.last_sequence,
            TailFrom::After {
                incarnation,
                sequence,
            } => {
                if incarnation != now || lost(info, sequence) {
                    return Err(BusError::Gone);
                }
                sequence
            }
        };
        let mut tail = Self {
            bus: bus.clone(),
            incarnation: now,
            last,
            messages: None,
        };
        tail.follow().await?;
        Ok(tail)
    }

    /// Begins behind the last place; what follows it must still be held.
    async fn follow(&mut self) -> Result<(), BusError> {
        let stream = check(&self.bus, self.incarnation, self.last).await?;
        let config = pull::OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: self.last + 1,
            },
            ..pull::OrderedConfig::default()
        };
        let consumer: OrderedPullConsumer = stream
            .create_consumer(config)
            .await
            .map_err(|e| unavailable(&e))?;
        let messages = consumer.messages().await.map_err(|e| unavailable(&e))?;
        self.messages = Some(messages);
        Ok(())
    }
}

/// The stream, if it is still the same and holds what follows `last`.
async fn check(
    bus: &NatsBus,
    expected: u64,
    last: u64,
) -> Result<async_nats::jetstream::stream::Stream, BusError> {
    let mut stream = bus.make_stream(Stream::Changes).await?;
    let info = stream.info().await.map_err(|e| unavailable(&e))?;
    if incarnation(info) != expected || lost(info, last) {
        return Err(BusError::Gone);
    }
    Ok(stream)
}

/// Whether what follows `sequence` is not all there: forgotten, or the stream is older than that.
fn lost(info: &Info, sequence: u64) -> bool {
    sequence + 1 < info.state.first_sequence || sequence > info.state.last_sequence
}

#[async_trait]
impl Tail for ChangesTail {
    async fn next(&mut self) -> Result<Change, BusError> {
        loop {
            let Some(messages) = &mut self.messages else {
                self.follow().await?;
                continue;
            };
            match timeout(LOOK, messages.next()).await {
                Ok(Some(Ok(message))) => {
                    let sequence = message
                        .info()
                        .map_err(|e| BusError::Unavailable(e.to_string()))?
                        .stream_sequence;
                    // The stream may drop the oldest while we are slow.
                    if sequence != self.last + 1 {
                        return Err(BusError::Gone);
                    }
                    self.last = sequence;
                    return Ok(Change {
                        incarnation: self.incarnation,
                        sequence,
                        subject: message.subject.to_string(),
                        headers: headers_of(&message),
                        body: message.payload.clone(),
                    });
                }
                Ok(Some(Err(error))) => {
                    tracing::debug!("the changes are followed anew: {error}");
                    self.messages = None;
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                Ok(None) => self.messages = None,
                Err(_) => _ = check(&self.bus, self.incarnation, self.last).await?,
            }
        }
    }
}
