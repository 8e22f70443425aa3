//! Notices and requests, which no stream holds.

use std::time::Duration;

use async_nats::client::RequestErrorKind;
use async_nats::{Client, Request, Subscriber};
use async_trait::async_trait;
use bus::{BusError, Notices, Replier, Requests};
use bytes::Bytes;
use futures::StreamExt as _;
use tokio::time::timeout;
use wire::Subject;

use crate::ANSWER;
use crate::error::unavailable;

fn ended() -> BusError {
    BusError::Unavailable("the subscription ended".to_owned())
}

/// Returns when the server knows of a subscription, so that nothing said after it is missed.
async fn known(client: &Client) -> Result<(), BusError> {
    match timeout(ANSWER, client.flush()).await {
        Ok(flushed) => flushed.map_err(|e| unavailable(&e)),
        Err(_) => Err(BusError::Unavailable("NATS does not answer".to_owned())),
    }
}

/// Notices; the client subscribes again after each reconnection.
pub(crate) struct Heard(Subscriber);

impl Heard {
    pub(crate) async fn open(client: &Client, subject: &Subject) -> Result<Self, BusError> {
        let subscriber = client
            .subscribe(subject.to_string())
            .await
            .map_err(|e| unavailable(&e))?;
        known(client).await?;
        Ok(Self(subscriber))
    }
}

#[async_trait]
impl Notices for Heard {
    async fn next(&mut self) -> Result<Bytes, BusError> {
        self.0.next().await.map(|m| m.payload).ok_or_else(ended)
    }
}

/// Requests of one subject; replicas share them.
pub(crate) struct Asked {
    client: Client,
    subscriber: Subscriber,
}

impl Asked {
    pub(crate) async fn open(client: &Client, subject: &Subject) -> Result<Self, BusError> {
        let subscriber = client
            .queue_subscribe(subject.to_string(), "replicas".to_owned())
            .await
            .map_err(|e| unavailable(&e))?;
        known(client).await?;
        Ok(Self {
            client: client.clone(),
            subscriber,
        })
    }
}

struct Answer {
    client: Client,
    to: async_nats::Subject,
}

#[async_trait]
impl Replier for Answer {
    async fn reply(self: Box<Self>, body: Bytes) -> Result<(), BusError> {
        self.client
            .publish(self.to, body)
            .await
            .map_err(|e| unavailable(&e))
    }
}

#[async_trait]
impl Requests for Asked {
    async fn next(&mut self) -> Result<(Bytes, Box<dyn Replier>), BusError> {
        loop {
            let message = self.subscriber.next().await.ok_or_else(ended)?;
            // A message without a way back is no request.
            if let Some(to) = message.reply {
                let client = self.client.clone();
                return Ok((message.payload, Box::new(Answer { client, to })));
            }
        }
    }
}

/// Asks and waits.
pub(crate) async fn ask(
    client: &Client,
    subject: &Subject,
    body: Bytes,
    wait: Duration,
) -> Result<Bytes, BusError> {
    let request = Request::new().payload(body).timeout(Some(wait));
    match client.send_request(subject.to_string(), request).await {
        Ok(answer) => Ok(answer.payload),
        Err(e) => match e.kind() {
            RequestErrorKind::NoResponders | RequestErrorKind::TimedOut => {
                Err(BusError::NoAnswer(subject.to_string()))
            }
            _ => Err(unavailable(&e)),
        },
    }
}
