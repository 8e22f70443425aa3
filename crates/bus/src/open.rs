//! A consumer as soon as there is a broker.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::port::{Bus, BusError, Consumer, ConsumerSpec};

const AGAIN: Duration = Duration::from_secs(1);

/// Waits for the broker, until `shutdown`; any other refusal is the caller's.
pub async fn open_consumer(
    bus: &dyn Bus,
    spec: &ConsumerSpec,
    shutdown: &CancellationToken,
) -> Result<Box<dyn Consumer>, BusError> {
    loop {
        match bus.consume(spec).await {
            Err(BusError::Unavailable(reason)) if !shutdown.is_cancelled() => {
                tracing::warn!("{} waits for the broker: {reason}", spec.name);
                tokio::select! {
                    () = sleep(AGAIN) => {}
                    () = shutdown.cancelled() => {}
                }
            }
            opened => return opened,
        }
    }
}
