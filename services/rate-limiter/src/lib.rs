//! Gives verdicts on operations, holds bursts in incidents, and divides the budget of Telegram calls ([`shares`]).
//!
//! The verdict rows are the memory: windows are counted from them under a lock on the chat, in the transaction that adds
//! to them. So any number of guards may run, and one that is killed in the middle admits no second share.

mod guard;
mod incidents;
mod requests;
pub mod shares;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bus::{
    Bus, BusError, ConsumerSpec, ConsumerState, DeadLetterSink, Failure, Handler, Incoming, RunOptions,
    UndeliverableMessage, open_consumer, run_consumer,
};
use model::{AccountId, OperationId};
use store::{Accounts, DeadLetters, Meta, NewDeadLetter, Shares, StoreError, Verdicts};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wire::{Stream, Subject};

pub use guard::SlidingWindow;
pub use incidents::{DecideIncident, IncidentDecided, VERB_DECIDE};
pub use requests::SERVICE;
pub use shares::CallRates;

/// What the guard asks of a database.
pub trait GuardStore: Verdicts + Shares + DeadLetters + Meta + Accounts {}

impl<T: Verdicts + Shares + DeadLetters + Meta + Accounts + ?Sized> GuardStore for T {}

/// Settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `MASS_OPERATION_THRESHOLD` and `MASS_OPERATION_WINDOW_SECONDS`.
    pub window: SlidingWindow,
    /// `TELEGRAM_*_CALLS_PER_SECOND`, divided among the processes of an account.
    pub rates: CallRates,
    /// What was pulled and is not done after so long comes again, to another replica.
    pub ack_wait: Duration,
}

/// What the guard works with.
#[derive(Clone)]
pub struct Deps {
    /// Where operations come from and verdicts go.
    pub bus: Arc<dyn Bus>,
    /// Where verdicts stand.
    pub store: Arc<dyn GuardStore>,
    /// How the consumer is doing.
    pub state: watch::Sender<ConsumerState>,
}

/// Runs until `shutdown`.
pub async fn run(deps: Deps, config: Config, shutdown: CancellationToken) -> Result<(), BusError> {
    let spec = ConsumerSpec {
        name: "rate-limiter".to_owned(),
        stream: Stream::Operations,
        max_in_flight: 16,
        ack_wait: config.ack_wait,
    };
    let consumer = open_consumer(&*deps.bus, &spec, &shutdown).await?;
    let handler = OperationHandler {
        deps: deps.clone(),
        window: config.window,
    };
    // One message at a time: each is up to a thousand operations and one transaction per call.
    let options = RunOptions {
        batch: 4,
        progress: config.ack_wait / 3,
        ..RunOptions::default()
    };
    tokio::join!(
        run_consumer(
            vec![consumer],
            &handler,
            &handler,
            &options,
            &deps.state,
            &shutdown
        ),
        requests::serve(&deps, &config.rates, &shutdown),
    );
    Ok(())
}

struct OperationHandler {
    deps: Deps,
    window: SlidingWindow,
}

fn failure(error: &StoreError) -> Failure {
    if error.is_transient() {
        Failure::Unavailable {
            reason: error.to_string(),
        }
    } else {
        Failure::Retry {
            after: None,
            reason: error.to_string(),
        }
    }
}

impl OperationHandler {
    async fn decide(&self, message: Incoming) -> Result<(), Failure> {
        let Some(Subject::Operations(account)) = message.subject else {
            return Err(Failure::Dead {
                reason: "a subject the guard does not know".to_owned(),
            });
        };
        let ids = wire::decode_operations(message.body).map_err(|e| Failure::Dead {
            reason: e.to_string(),
        })?;
        let decisions = self
            .deps
            .store
            .decide(account, &ids, &self.window)
            .await
            .map_err(|e| failure(&e))?;
        let decided: Vec<OperationId> = decisions.iter().map(|d| d.operation).collect();
        tell(&*self.deps.bus, account, &decided).await;
        Ok(())
    }
}

/// Tells the writer; a word that is lost is found by its reconciler.
pub(crate) async fn tell(bus: &dyn Bus, account: AccountId, operations: &[OperationId]) {
    for ids in operations.chunks(1000) {
        if let Err(e) = bus
            .publish(&Subject::Decided(account), wire::encode_operations(ids))
            .await
        {
            tracing::debug!("the writer will find the verdicts by itself: {e}");
        }
    }
}

#[async_trait]
impl Handler for OperationHandler {
    async fn handle(&self, messages: Vec<Incoming>) -> Vec<Result<(), Failure>> {
        let mut results = Vec::with_capacity(messages.len());
        for message in messages {
            results.push(self.decide(message).await);
        }
        results
    }

    async fn available(&self) -> Result<(), String> {
        self.deps.store.ping().await.map_err(|e| e.to_string())
    }
}

#[async_trait]
impl DeadLetterSink for OperationHandler {
    async fn store(&self, message: UndeliverableMessage) -> Result<(), String> {
        let letter = NewDeadLetter {
            account: message.subject.parse::<Subject>().ok().map(|s| s.account()),
            subject: message.subject,
            body: message.body,
            reason: message.reason,
            attempts: message.attempts,
        };
        self.deps
            .store
            .store_dead_letter(&letter)
            .await
            .map(|_| ())
            .map_err(|e| e.to_string())
    }
}
