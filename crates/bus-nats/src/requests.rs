//! Notices and requests, which no stream holds.

use std::time::Duration;

use async_nats::client::RequestErrorKind;
use async_nats::{Request, Subscriber};
use async_trait::async_trait;
use bus::{BusError, Notices, Replier, Requests};
use bytes::Bytes;
use futures::StreamExt as _;
use tokio::time::timeout;
use wire::Subject;

use crate::error::unavailable;
use crate::link::Link;

fn ended() -> BusError {
    BusError::Unavailable("the subscription ended".to_owned())
}

/// Notices; the client subscribes again after each reconnection.
pub(crate) struct Heard(Subscriber);

impl Heard {
    pub(crate) async fn open(link: &Link, subject: &Subject) -> Result<Self, BusError> {
        let subscriber = link.call(link.client.subscribe(subject.to_string())).await?;
        // Nothing said after this is missed.
        link.round_trip().await?;
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
    link: Link,
    subscriber: Subscriber,
}

impl Asked {
    pub(crate) async fn open(link: &Link, subject: &Subject) -> Result<Self, BusError> {
        let group = "replicas".to_owned();
        let subscriber = link
            .call(link.client.queue_subscribe(subject.to_string(), group))
            .await?;
        link.round_trip().await?;
        Ok(Self {
            link: link.clone(),
            subscriber,
        })
    }
}

struct Answer {
    link: Link,
    to: async_nats::Subject,
}

#[async_trait]
impl Replier for Answer {
    async fn reply(self: Box<Self>, body: Bytes) -> Result<(), BusError> {
        self.link.send(self.to, body).await
    }
}

#[async_trait]
impl Requests for Asked {
    async fn next(&mut self) -> Result<(Bytes, Box<dyn Replier>), BusError> {
        loop {
            let message = self.subscriber.next().await.ok_or_else(ended)?;
            // A message without a way back is no request.
            if let Some(to) = message.reply {
                let link = self.link.clone();
                return Ok((message.payload, Box::new(Answer { link, to })));
            }
        }
    }
}

/// Asks and waits.
pub(crate) async fn ask(
    link: &Link,
    subject: &Subject,
    body: Bytes,
    wait: Duration,
) -> Result<Bytes, BusError> {
    link.up(wait).await?;
    let request = Request::new().payload(body).timeout(Some(wait));
    let asked = timeout(wait, link.client.send_request(subject.to_string(), request));
    let kind = match asked.await {
        Ok(Ok(answer)) => return Ok(answer.payload),
        Ok(Err(e)) if e.kind() == RequestErrorKind::NoResponders => RequestErrorKind::NoResponders,
        Ok(Err(e)) if e.kind() != RequestErrorKind::TimedOut => return Err(unavailable(&e)),
        _ => RequestErrorKind::TimedOut,
    };
    if kind == RequestErrorKind::TimedOut {
        link.up(Duration::ZERO).await?;
    }
    Err(BusError::NoAnswer(subject.to_string()))
}
