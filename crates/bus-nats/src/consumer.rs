//! Pulling from a work queue, never more than was asked for.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer as Durable, pull};
use async_nats::jetstream::message::AckKind;
use async_nats::jetstream::{Message, consumer::ReplayPolicy};
use async_trait::async_trait;
use bus::{BusError, Consumer, ConsumerSpec, Delivery, Headers};
use futures::StreamExt as _;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::acknowledge::NatsAcknowledge;
use crate::link::Link;
use crate::{ANSWER, NatsBus};

type Pulled = Result<Vec<Message>, String>;

/// A durable consumer. What a dropped `pull` had asked for is given by the next one.
pub(crate) struct PullConsumer {
    bus: NatsBus,
    spec: ConsumerSpec,
    /// `None`: to be made again.
    durable: Option<Durable>,
    pulling: Option<JoinHandle<Pulled>>,
}

impl PullConsumer {
    pub(crate) async fn open(bus: &NatsBus, spec: ConsumerSpec) -> Result<Self, BusError> {
        let durable = Some(make(bus, &spec).await?);
        Ok(Self {
            bus: bus.clone(),
            spec,
            durable,
            pulling: None,
        })
    }

    async fn durable(&mut self) -> Result<Durable, BusError> {
        if let Some(durable) = &self.durable {
            return Ok(durable.clone());
        }
        let made = make(&self.bus, &self.spec).await?;
        tracing::info!(consumer = %self.spec.name, "the consumer was made again");
        Ok(self.durable.insert(made).clone())
    }
}

async fn make(bus: &NatsBus, spec: &ConsumerSpec) -> Result<Durable, BusError> {
    let stream = bus.make_stream(spec.stream).await?;
    let config = pull::Config {
        durable_name: Some(spec.name.clone()),
        deliver_policy: DeliverPolicy::All,
        replay_policy: ReplayPolicy::Instant,
        ack_policy: AckPolicy::Explicit,
        ack_wait: spec.ack_wait,
        // Attempts are counted by the consumer loop alone.
        max_deliver: -1,
        max_ack_pending: spec.max_in_flight as i64,
        ..pull::Config::default()
    };
    // Creates, or brings an older one to these settings.
    bus.link.call(stream.create_consumer(config)).await
}

/// What is there now, at most `max`; else waits for the next one. The server ends the batch as soon as it has no more, and
/// forgets it when the connection is lost.
async fn fetch(link: Link, durable: Durable, max: usize, wait: Duration) -> Pulled {
    let mut losses = link.losses();
    let asked = link.call(durable.fetch().max_messages(max).expires(wait).messages());
    let mut batch = asked.await.map_err(|e| e.to_string())?;
    let mut messages = Vec::new();
    let all = async {
        loop {
            tokio::select! {
                next = batch.next() => match next {
                    Some(message) => messages.push(message.map_err(|e| e.to_string())?),
                    None => return Ok(()),
                },
                _ = losses.changed() => return Err("the connection to NATS is lost".to_owned()),
            }
        }
    };
    let ended = timeout(wait + ANSWER, all)
        .await
        .unwrap_or_else(|_| Err("NATS does not answer".to_owned()));
    match ended {
        // What came is handled, whatever ended the batch.
        Err(reason) if messages.is_empty() => Err(reason),
        _ => Ok(messages),
    }
}

/// As they were given; the server's own are not passed on.
pub(crate) fn headers_of(message: &async_nats::Message) -> Headers {
    let all = message.headers.iter().flat_map(|headers| headers.iter());
    all.filter_map(|(name, values)| Some((name.to_string(), values.first()?.to_string())))
        .filter(|(name, _)| !name.starts_with("Nats-"))
        .collect()
}

fn delivery(link: &Link, message: Message) -> Delivery {
    let delivered = message.info().map_or(1, |i| i.delivered.max(1) as u64);
    let message = message.message;
    Delivery {
        subject: message.subject.to_string(),
        headers: headers_of(&message),
        body: message.payload,
        delivered,
        acknowledge: Box::new(NatsAcknowledge {
            link: link.clone(),
            to: message.reply,
        }),
    }
}

#[async_trait]
impl Consumer for PullConsumer {
    async fn pull(&mut self, max: usize, wait: Duration) -> Result<Vec<Delivery>, BusError> {
        let left_over = self.pulling.is_some();
        if !left_over {
            self.bus.link.up(wait).await?;
            let durable = self.durable().await?;
            let pulling = fetch(self.bus.link.clone(), durable, max, wait);
            self.pulling = Some(tokio::spawn(pulling));
        }
        let Some(pulling) = &mut self.pulling else {
            return Ok(Vec::new());
        };
        // One that was left over may wait longer than this one is willing to.
        let limit = if left_over { wait } else { wait + 4 * ANSWER };
        let Ok(pulled) = timeout(limit, pulling).await else {
            return Ok(Vec::new());
        };
        self.pulling = None;
        match pulled.unwrap_or_else(|e| Err(format!("the pull ended: {e}"))) {
            Ok(mut messages) => {
                give_back(messages.split_off(max.min(messages.len()))).await;
                let link = &self.bus.link;
                Ok(messages.into_iter().map(|m| delivery(link, m)).collect())
            }
            Err(reason) => {
                // Gone with the server's memory, perhaps: the next pull makes it again.
                self.durable = None;
                Err(BusError::Unavailable(reason))
            }
        }
    }
}

/// To whoever pulls next, at once.
async fn give_back(messages: Vec<Message>) {
    for message in messages {
        // Without this word it comes again after the consumer's `ack_wait`.
        let _ = timeout(ANSWER, message.ack_with(AckKind::Nak(None))).await;
    }
}

impl Drop for PullConsumer {
    /// What was pulled for nobody goes back at once, to whoever pulls next.
    fn drop(&mut self) {
        if let (Some(pulling), Ok(runtime)) = (self.pulling.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(async move {
                give_back(pulling.await.into_iter().flatten().flatten().collect()).await;
            });
        }
    }
}
