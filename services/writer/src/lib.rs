//! Joins captures into transactions, applies verdicts, issues what is due.
//!
//! The writer decides nothing about operations: it stores them pending and applies the verdicts that stand. It never
//! waits for its outputs: what the bus does not take now is issued again from the database ([`issue`]).

mod handler;
mod isolate;
mod issue;
mod search;

use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, BusError, ConsumerSpec, ConsumerState, RunOptions, open_consumer, run_consumer};
use model::DeletionMode;
use store::{ApplyOptions, ArchiveWriter, DeadLetters, Meta};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::Stream;

/// What the writer asks of a database.
pub trait WriterStore: ArchiveWriter + DeadLetters + Meta {}

impl<T: ArchiveWriter + DeadLetters + Meta + ?Sized> WriterStore for T {}

/// Settings.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// What admitted deletions do.
    pub deletion_mode: DeletionMode,
    /// Files of live messages are wanted at once (`LISTEN_NEW_MESSAGES_MEDIA`).
    pub live_media: bool,
    /// `DOWNLOAD_MEDIA`.
    pub download_media: bool,
    /// `MAX_MEDIA_SIZE_MB` in bytes; `None`: no limit.
    pub max_media_bytes: Option<i64>,
    /// Bus messages joined into one transaction, at most.
    pub batch: usize,
    /// What was pulled and is not done after so long comes again, to another replica.
    pub ack_wait: Duration,
    /// How often the reconcilers look for what is due without being woken.
    pub reconcile_every: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            deletion_mode: DeletionMode::Soft,
            live_media: false,
            download_media: true,
            max_media_bytes: Some(100 << 20),
            batch: 32,
            ack_wait: Duration::from_secs(30),
            reconcile_every: Duration::from_secs(2),
        }
    }
}

/// What the writer works with.
#[derive(Clone)]
pub struct Deps {
    /// Where captures come from.
    pub bus: Arc<dyn Bus>,
    /// Where they go.
    pub store: Arc<dyn WriterStore>,
    /// How the consumer is doing.
    pub state: watch::Sender<ConsumerState>,
}

/// Wakes the reconcilers when there is something for them.
pub(crate) struct Wake {
    pub(crate) outbox: Notify,
    pub(crate) media: Notify,
    pub(crate) search: Notify,
    /// When captures were applied last.
    pub(crate) applied: watch::Sender<Instant>,
}

/// Runs until `shutdown`; what was pulled is finished.
pub async fn run(deps: Deps, config: Config, shutdown: CancellationToken) -> Result<(), BusError> {
    let wake = Arc::new(Wake {
        outbox: Notify::new(),
        media: Notify::new(),
        search: Notify::new(),
        applied: watch::Sender::new(Instant::now()),
    });
    let options = ApplyOptions {
        deletion_mode: config.deletion_mode,
    };
    let consumers = vec![
        consumer(&*deps.bus, Stream::Live, &config, &shutdown).await?,
        consumer(&*deps.bus, Stream::History, &config, &shutdown).await?,
    ];
    let handler = handler::CaptureHandler {
        deps: deps.clone(),
        options,
        wake: Arc::clone(&wake),
    };
    let run_options = RunOptions {
        batch: config.batch,
        progress: config.ack_wait / 3,
        ..RunOptions::default()
    };
    let dead_letters = handler::DeadLetterStore(Arc::clone(&deps.store));
    tokio::join!(
        run_consumer(
            consumers,
            &handler,
            &dead_letters,
            &run_options,
            &deps.state,
            &shutdown
        ),
        issue::run(&deps, &config, options, &wake, &shutdown),
        search::run(&deps, &config, &wake, &shutdown),
    );
    Ok(())
}

async fn consumer(
    bus: &dyn Bus,
    stream: Stream,
    config: &Config,
    shutdown: &CancellationToken,
) -> Result<Box<dyn bus::Consumer>, BusError> {
    let spec = ConsumerSpec {
        name: format!("writer-{}", stream.name().to_lowercase()),
        stream,
        max_in_flight: 256,
        ack_wait: config.ack_wait,
    };
    open_consumer(bus, &spec, shutdown).await
}
