//! Fetches, verifies and stores files: resumable, deduplicated, with a reason for every one that is missing.

mod fetch;
pub mod owner;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use blobs::Blobs;
use bus::{
    Bus, BusError, ConsumerSpec, ConsumerState, DeadLetterSink, Failure, Handler, Incoming, RunOptions,
    UndeliverableMessage, open_consumer, run_consumer,
};
use model::{Clock, MediaId, MediaOutcome};
use store::{DeadLetters, Leases, MediaJobs, Meta, NewDeadLetter};
use telegram::Telegram;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wire::{Stream, Subject};

pub use verify::{Verification, Verify, verification};

/// For so many of the clock's intervals (5 s) a place that takes no files is left alone.
const PLACE_AGAIN: u32 = 10;

/// What the downloader asks of a database.
pub trait MediaStore: MediaJobs + DeadLetters + Leases + Meta {}

impl<T: MediaJobs + DeadLetters + Leases + Meta + ?Sized> MediaStore for T {}

/// Settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `DOWNLOAD_MEDIA`; avatars are fetched all the same.
    pub download: bool,
    /// `MAX_MEDIA_SIZE_MB` in bytes; `None`: no limit.
    pub max_bytes: Option<i64>,
    /// Messages of the bus that are worked on at once, each a few files one after the other.
    pub parallel: usize,
    /// What was pulled and is not done after so long comes again, to another replica.
    pub ack_wait: Duration,
    /// `VERIFY_MEDIA`.
    pub verify: Option<Verify>,
}

/// What the downloader works with.
#[derive(Clone)]
pub struct Deps {
    /// Where jobs come from and outcomes go.
    pub bus: Arc<dyn Bus>,
    /// What the jobs are about.
    pub store: Arc<dyn MediaStore>,
    /// Where files lie.
    pub blobs: Arc<dyn Blobs>,
    /// The client, while there is one.
    pub client: watch::Receiver<Option<Arc<dyn Telegram>>>,
    /// Decides waits.
    pub clock: Arc<dyn Clock>,
    /// How the consumer is doing.
    pub state: watch::Sender<ConsumerState>,
}

/// Runs until `shutdown`; a file that is being fetched goes on at its offset next time.
pub async fn run(deps: Deps, config: Config, shutdown: CancellationToken) -> Result<(), BusError> {
    let spec = ConsumerSpec {
        name: "media-downloader".to_owned(),
        stream: Stream::Media,
        max_in_flight: 64,
        ack_wait: config.ack_wait,
    };
    let options = RunOptions {
        batch: 1,
        parallel: config.parallel,
        progress: config.ack_wait / 3,
        ..RunOptions::default()
    };
    let worker = Worker {
        deps: deps.clone(),
        config,
        shutdown: shutdown.clone(),
    };
    place_for_files(&deps, &shutdown).await;
    let consumer = open_consumer(&*deps.bus, &spec, &shutdown).await?;
    let verifying = async {
        if let Some(verify) = &worker.config.verify {
            verify::run(&deps, &worker.config, verify, &shutdown).await;
        }
    };
    tokio::join!(
        run_consumer(vec![consumer], &worker, &worker, &options, &deps.state, &shutdown),
        verifying
    );
    Ok(())
}

/// Waits until there is a place to keep files; why there is none is told in the state.
async fn place_for_files(deps: &Deps, shutdown: &CancellationToken) {
    while let Err(error) = deps.blobs.ready().await {
        let reason = error.to_string();
        deps.state.send_if_modified(|s| {
            let new = s.blocked.as_ref() != Some(&reason);
            if new {
                tracing::error!("files cannot be kept, this is tried again: {reason}");
                s.blocked = Some(reason);
            }
            new
        });
        tokio::select! {
            () = tokio::time::sleep(deps.clock.poll_interval() * PLACE_AGAIN) => {}
            () = shutdown.cancelled() => return,
        }
    }
    deps.state.send_if_modified(|s| s.blocked.take().is_some());
}

struct Worker {
    deps: Deps,
    config: Config,
    shutdown: CancellationToken,
}

impl Worker {
    async fn message(&self, message: Incoming) -> Result<(), Failure> {
        let Some(Subject::MediaWanted(account, _)) = message.subject else {
            return Err(Failure::Dead {
                reason: "a subject the downloader does not know".to_owned(),
            });
        };
        let ids = wire::decode_media_wanted(message.body).map_err(|e| Failure::Dead {
            reason: e.to_string(),
        })?;
        let unavailable = |e: store::StoreError| Failure::Unavailable {
            reason: e.to_string(),
        };
        let jobs = self
            .deps
            .store
            .media_jobs(account, &ids)
            .await
            .map_err(unavailable)?;
        let mut outcomes: Vec<(MediaId, MediaOutcome)> = Vec::new();
        for job in jobs.iter().filter(|j| j.state == model::MediaState::Wanted) {
            let fetched = tokio::select! {
                fetched = fetch::file(&self.deps, &self.config, job) => fetched,
                () = self.shutdown.cancelled() => Err(Failure::Unavailable { reason: "ending".to_owned() }),
            };
            match fetched {
                Ok(outcome) => outcomes.push((job.id, outcome)),
                Err(failure) => {
                    self.tell(account, &outcomes).await;
                    return Err(failure);
                }
            }
        }
        self.tell(account, &outcomes).await;
        Ok(())
    }

    /// A lost word costs a second look: the job comes again and finds the blob.
    async fn tell(&self, account: model::AccountId, outcomes: &[(MediaId, MediaOutcome)]) {
        if outcomes.is_empty() {
            return;
        }
        let body = wire::encode_media_stored(outcomes);
        if let Err(e) = self.deps.bus.publish(&Subject::MediaStored(account), body).await {
            tracing::debug!("outcomes are told again later: {e}");
        }
    }
}

#[async_trait]
impl Handler for Worker {
    async fn handle(&self, messages: Vec<Incoming>) -> Vec<Result<(), Failure>> {
        let mut results = Vec::with_capacity(messages.len());
        for message in messages {
            results.push(self.message(message).await);
        }
        results
    }

    async fn available(&self) -> Result<(), String> {
        self.deps.store.ping().await.map_err(|e| e.to_string())?;
        self.deps.blobs.ready().await.map_err(|e| e.to_string())?;
        if self.deps.client.borrow().is_none() {
            return Err("not connected to Telegram".to_owned());
        }
        Ok(())
    }
}

#[async_trait]
impl DeadLetterSink for Worker {
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
