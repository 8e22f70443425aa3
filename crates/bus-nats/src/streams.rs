//! The streams as the broker keeps them.

use std::time::Duration;

use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use async_nats::jetstream::{self, ErrorCode};
use bus::BusError;
use wire::Stream;

use crate::error::unavailable;
use crate::{ANSWER, NatsBus};

/// How long changes are kept.
const CHANGES_AGE: Duration = Duration::from_hours(24);

impl NatsBus {
    /// A stream as it is; made if it is missing.
    pub(crate) async fn stream(&self, stream: Stream) -> Result<jetstream::stream::Stream, BusError> {
        match self
            .link
            .within(ANSWER, Box::pin(self.jetstream.get_stream(stream.name())))
            .await
        {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) if is_missing(&error) => self.make_stream(stream).await,
            Ok(Err(error)) => Err(unavailable(&error)),
            Err(error) => Err(error),
        }
    }

    /// Makes a stream, or brings an older one to today's settings.
    pub(crate) async fn make_stream(&self, stream: Stream) -> Result<jetstream::stream::Stream, BusError> {
        let name = stream.name();
        let made = self
            .link
            .call(Box::pin(
                self.jetstream.create_or_update_stream(self.config(stream)),
            ))
            .await;
        let found = self.link.call(Box::pin(self.jetstream.get_stream(name))).await;
        match (made, found) {
            (Ok(_), found) => found,
            (Err(error), Ok(found)) => {
                // Better a stream with yesterday's settings than none.
                tracing::warn!("the {name} stream keeps its settings: {error}");
                Ok(found)
            }
            (Err(error), Err(_)) => Err(error),
        }
    }

    fn config(&self, stream: Stream) -> Config {
        let queue = stream.is_work_queue();
        Config {
            name: stream.name().to_owned(),
            subjects: stream.patterns().iter().map(|p| (*p).to_owned()).collect(),
            retention: if queue {
                RetentionPolicy::WorkQueue
            } else {
                RetentionPolicy::Limits
            },
            // A full queue refuses the new; of the changes the oldest go.
            discard: if queue {
                DiscardPolicy::New
            } else {
                DiscardPolicy::Old
            },
            max_bytes: self.bytes(stream),
            max_age: if queue { Duration::ZERO } else { CHANGES_AGE },
            storage: StorageType::File,
            num_replicas: self.options.replicas,
            ..Config::default()
        }
    }

    fn bytes(&self, stream: Stream) -> i64 {
        match stream {
            Stream::Live | Stream::History => self.options.stream_bytes,
            Stream::Operations | Stream::Media | Stream::Changes => self.options.stream_bytes / 4,
        }
    }
}

fn is_missing(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(e) if e.error_code() == ErrorCode::STREAM_NOT_FOUND)
}
