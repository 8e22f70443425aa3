//! Messages that are worked on at once.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{SOON, consumer, live};
use crate::port::Bus;
use crate::run::{
    ConsumerState, DeadLetterSink, Failure, Handler, Incoming, RunOptions, UndeliverableMessage, run_consumer,
};

/// Works on its first message until it is let go.
#[derive(Default)]
struct Slow {
    go: Notify,
}

#[async_trait]
impl Handler for Slow {
    async fn handle(&self, messages: Vec<Incoming>) -> Vec<Result<(), Failure>> {
        if messages.iter().any(|m| m.body[0] == 0) {
            self.go.notified().await;
        }
        messages.iter().map(|_| Ok(())).collect()
    }

    async fn available(&self) -> Result<(), String> {
        Ok(())
    }
}

#[async_trait]
impl DeadLetterSink for Slow {
    async fn store(&self, _message: UndeliverableMessage) -> Result<(), String> {
        Ok(())
    }
}

/// [`run_consumer`]: a message that takes long does not hold up those behind it, and is finished when the loop ends.
pub async fn a_long_message_does_not_hold_up_the_others(bus: Arc<dyn Bus>) {
    let slow = Arc::new(Slow::default());
    for n in 0..20u8 {
        bus.publish(&live(), Bytes::from(vec![n]))
            .await
            .expect("published");
    }
    let options = RunOptions {
        batch: 1,
        parallel: 2,
        ..RunOptions::default()
    };
    let shutdown = CancellationToken::new();
    let (state, mut watching) = watch::channel(ConsumerState::default());
    let c = consumer(&*bus, Duration::from_secs(30)).await;
    let (s, stop) = (Arc::clone(&slow), shutdown.clone());
    let running = tokio::spawn(async move { run_consumer(vec![c], &*s, &*s, &options, &state, &stop).await });
    timeout(SOON, watching.wait_for(|s| s.handled == 19))
        .await
        .expect("all others in time")
        .expect("the loop lives");
    shutdown.cancel();
    slow.go.notify_one();
    timeout(SOON, running)
        .await
        .expect("ends in time")
        .expect("ends well");
    assert_eq!(watching.borrow().handled, 20);
}
