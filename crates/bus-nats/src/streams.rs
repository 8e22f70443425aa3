//! The streams as the broker keeps them.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use bus::BusError;
use wire::Stream;

use crate::NatsBus;
use crate::error::unavailable;

/// How long changes are kept.
const CHANGES_AGE: Duration = Duration::from_hours(24);

impl NatsBus {
    /// Makes a stream, or brings an older one to today's settings.
    pub(crate) async fn make_stream(
        &self,
        stream: Stream,
    ) -> Result<async_nats::jetstream::stream::Stream, BusError> {
        let config = self.config(stream);
        self.jetstream
            .create_or_update_stream(config)
            .await
            .map_err(|e| unavailable(&e))?;
        self.jetstream
            .get_stream(stream.name())
            .await
            .map_err(|e| unavailable(&e))
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
            max_bytes: self.options.stream_bytes,
            max_age: if queue { Duration::ZERO } else { CHANGES_AGE },
            storage: StorageType::File,
            num_replicas: self.options.replicas,
            ..Config::default()
        }
    }
}
