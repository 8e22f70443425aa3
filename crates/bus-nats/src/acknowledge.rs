//! Acknowledging what was pulled.

use std::time::Duration;

use async_nats::Subject;
use async_nats::jetstream::message::AckKind;
use async_trait::async_trait;
use bus::{Acknowledge, BusError};

use crate::ANSWER;
use crate::link::Link;

/// Where the server waits for the word on one delivery.
pub(crate) struct NatsAcknowledge {
    pub(crate) link: Link,
    pub(crate) to: Option<Subject>,
}

impl NatsAcknowledge {
    fn to(&self) -> Result<&Subject, BusError> {
        self.to
            .as_ref()
            .ok_or_else(|| BusError::Unavailable("a message without a way back".to_owned()))
    }

    /// The server confirms that it never comes again.
    async fn confirmed(&self, kind: AckKind) -> Result<(), BusError> {
        self.link.request(self.to()?, kind.into(), ANSWER).await
    }

    /// If this is lost, the message comes again after the consumer's `ack_wait`.
    async fn told(&self, kind: AckKind) -> Result<(), BusError> {
        self.link.send(self.to()?.clone(), kind.into()).await
    }
}

#[async_trait]
impl Acknowledge for NatsAcknowledge {
    async fn ack(&self) -> Result<(), BusError> {
        self.confirmed(AckKind::Ack).await
    }

    async fn retry(&self, after: Duration) -> Result<(), BusError> {
        self.told(AckKind::Nak(Some(after))).await
    }

    async fn progress(&self) -> Result<(), BusError> {
        self.told(AckKind::Progress).await
    }

    async fn terminate(&self) -> Result<(), BusError> {
        self.confirmed(AckKind::Term).await
    }
}
