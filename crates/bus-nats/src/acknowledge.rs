//! Acknowledging what was pulled.

use std::time::Duration;

use async_nats::jetstream::message::{AckKind, Acker};
use async_trait::async_trait;
use bus::{Acknowledge, BusError};

pub(crate) struct NatsAcknowledge(pub(crate) Acker);

impl NatsAcknowledge {
    async fn tell(&self, kind: AckKind) -> Result<(), BusError> {
        self.0
            .ack_with(kind)
            .await
            .map_err(|e| BusError::Unavailable(e.to_string()))
    }
}

#[async_trait]
impl Acknowledge for NatsAcknowledge {
    async fn ack(&self) -> Result<(), BusError> {
        self.tell(AckKind::Ack).await
    }

    async fn retry(&self, after: Duration) -> Result<(), BusError> {
        self.tell(AckKind::Nak(Some(after))).await
    }

    async fn progress(&self) -> Result<(), BusError> {
        self.tell(AckKind::Progress).await
    }

    async fn terminate(&self) -> Result<(), BusError> {
        self.tell(AckKind::Term).await
    }
}
