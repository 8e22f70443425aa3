//! Following the changes, each with its place.

use std::time::Duration;

use async_nats::jetstream::consumer::{DeliverPolicy, OrderedPullConsumer, pull};
use async_nats::jetstream::stream::Info;
use async_nats::jetstream::{self, Message};
use async_trait::async_trait;
use bus::{BusError, Change, Tail, TailFrom};
use futures::StreamExt as _;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use wire::Stream;

use crate::consumer::headers_of;
use crate::{ANSWER, NatsBus};

/// Before a consumer that the server took away is made again.
const PAUSE: Duration = Duration::from_millis(200);
/// After so long without a change it is looked whether the stream is still the same.
const LOOK: Duration = Duration::from_secs(10);

/// A tail from a place; ends with [`BusError::Gone`] when the stream was lost or has forgotten the place.
pub(crate) struct ChangesTail {
    bus: NatsBus,
    incarnation: u64,
    newest: u64,
    last: u64,
    /// When the stream took the last one, in nanoseconds: another after the broker was restored to an older state.
    taken: Option<i128>,
    messages: Option<pull::Ordered>,
    losses: watch::Receiver<u64>,
}

/// A stream that was lost and made again has another time of creation.
fn incarnation(info: &Info) -> u64 {
    info.created.unix_timestamp_nanos() as u64
}

impl ChangesTail {
    pub(crate) async fn open(bus: &NatsBus, from: TailFrom) -> Result<Self, BusError> {
        let stream = bus.make_stream(Stream::Changes).await?;
        let info = stream.cached_info();
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
            newest: info.state.last_sequence,
            last,
            taken: None,
            messages: None,
            losses: bus.link.losses(),
        };
        tail.follow().await?;
        Ok(tail)
    }

    /// Begins behind the last place; what follows it must still be held.
    async fn follow(&mut self) -> Result<(), BusError> {
        self.bus.link.up(ANSWER).await?;
        self.losses = self.bus.link.losses();
        let stream = self.check().await?;
        let config = pull::OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: self.last + 1,
            },
            ..pull::OrderedConfig::default()
        };
        let consumer: OrderedPullConsumer = self.bus.link.call(stream.create_consumer(config)).await?;
        self.messages = Some(self.bus.link.call(consumer.messages()).await?);
        Ok(())
    }

    /// The stream, if it is still the same and holds what follows the last place.
    async fn check(&mut self) -> Result<jetstream::stream::Stream, BusError> {
        let stream = self.bus.stream(Stream::Changes).await?;
        let info = stream.cached_info();
        if incarnation(info) != self.incarnation || lost(info, self.last) {
            return Err(BusError::Gone);
        }
        if let Some(taken) = self.taken
            && info.state.first_sequence <= self.last
        {
            let held = self.bus.link.call(stream.get_raw_message(self.last)).await?;
            if held.time.unix_timestamp_nanos() != taken {
                return Err(BusError::Gone);
            }
        }
        Ok(stream)
    }

    fn change(&mut self, message: &Message) -> Result<Change, BusError> {
        let info = message.info().map_err(|e| BusError::Unavailable(e.to_string()))?;
        // The stream may drop the oldest while we are slow.
        if info.stream_sequence != self.last + 1 {
            return Err(BusError::Gone);
        }
        self.last = info.stream_sequence;
        self.taken = Some(info.published.unix_timestamp_nanos());
        Ok(Change {
            incarnation: self.incarnation,
            sequence: self.last,
            subject: message.subject.to_string(),
            headers: headers_of(message),
            body: message.payload.clone(),
        })
    }
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
            let next = tokio::select! {
                next = timeout(LOOK, messages.next()) => next,
                _ = self.losses.changed() => {
                    self.messages = None;
                    continue;
                }
            };
            match next {
                Ok(Some(Ok(message))) => return self.change(&message),
                Ok(Some(Err(error))) => {
                    tracing::debug!("the changes are followed anew: {error}");
                    self.messages = None;
                    sleep(PAUSE).await;
                }
                Ok(None) => self.messages = None,
                Err(_) => _ = self.check().await?,
            }
        }
    }

    fn newest(&self) -> u64 {
        self.newest
    }
}
