//! The connection to the broker, which comes and goes; nothing here waits without an end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, Request};
use bus::BusError;
use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::ANSWER;
use crate::error::unavailable;

/// How often it is looked whether the connection is back.
const LOOK: Duration = Duration::from_millis(20);

/// A client that knows when its connection is lost: the server then forgets what was asked of it.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) client: Client,
    losses: watch::Receiver<u64>,
}

impl Link {
    /// Connects, now or as soon as there is a server.
    pub(crate) async fn connect(options: ConnectOptions, servers: Vec<String>) -> Result<Self, BusError> {
        let (sender, losses) = watch::channel(0);
        let sender = Arc::new(sender);
        let options = options.event_callback(move |event| {
            let sender = Arc::clone(&sender);
            async move {
                match event {
                    Event::Disconnected => {
                        tracing::warn!("the connection to NATS is lost");
                        sender.send_modify(|n| *n += 1);
                    }
                    Event::Connected => tracing::info!("connected to NATS"),
                    other => tracing::warn!("NATS: {other}"),
                }
            }
        });
        // The text of this error may hold an address.
        let client = options
            .connect(servers)
            .await
            .map_err(|e| BusError::Unavailable(e.kind().to_string()))?;
        Ok(Self { client, losses })
    }

    /// Changes when the connection is lost from now on.
    pub(crate) fn losses(&self) -> watch::Receiver<u64> {
        let mut losses = self.losses.clone();
        losses.mark_unchanged();
        losses
    }

    pub(crate) fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Waits for the connection, at most so long.
    pub(crate) async fn up(&self, within: Duration) -> Result<(), BusError> {
        let deadline = Instant::now() + within;
        while !self.is_up() {
            if Instant::now() >= deadline {
                return Err(BusError::Unavailable("not connected to NATS".to_owned()));
            }
            sleep(LOOK).await;
        }
        Ok(())
    }

    /// Returns when the server has seen all that was sent before. Needs JetStream's API.
    pub(crate) async fn round_trip(&self) -> Result<(), BusError> {
        self.request("$JS.API.INFO", Bytes::new(), Duration::ZERO).await
    }

    /// Sends and waits for any answer of the server. Waits `within` for the connection: what is not sent now is not
    /// sent later, behind the caller's back.
    pub(crate) async fn request(&self, subject: &str, body: Bytes, within: Duration) -> Result<(), BusError> {
        self.up(within).await?;
        let request = Request::new().payload(body).timeout(Some(ANSWER));
        self.call(self.client.send_request(subject.to_owned(), request))
            .await?;
        Ok(())
    }

    /// Sends, and does not ask what became of it.
    pub(crate) async fn send(&self, subject: async_nats::Subject, body: Bytes) -> Result<(), BusError> {
        self.up(Duration::ZERO).await?;
        self.call(self.client.publish(subject, body)).await
    }

    /// A call of the client, which may itself wait for room while there is no connection; ends with the connection.
    pub(crate) async fn call<T, E: std::error::Error>(
        &self,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, BusError> {
        self.within(2 * ANSWER, call).await?.map_err(|e| unavailable(&e))
    }

    /// Whatever it is, it ends: in time, or with the connection.
    pub(crate) async fn within<T>(
        &self,
        limit: Duration,
        call: impl Future<Output = T>,
    ) -> Result<T, BusError> {
        let mut losses = self.losses();
        tokio::select! {
            biased;
            answer = timeout(limit, call) => {
                answer.map_err(|_| BusError::Unavailable("NATS does not answer".to_owned()))
            }
            _ = losses.changed() => Err(lost()),
        }
    }
}

/// The answer to what was under way is lost with its connection.
fn lost() -> BusError {
    BusError::Unavailable("the connection to NATS is lost".to_owned())
}
