//! A single node: the services in one process, over the in-process bus.

use std::sync::Arc;
use std::time::Duration;

use blobs::DiskBlobs;
use bus::{Bus, ConsumerState, MemoryBus, MemoryLimits};
use fetcher::FetcherStatus;
use model::Clock;
use rate_limiter::SlidingWindow;
use store::Store;
use telegram::Telegram;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connect::Stores;
use crate::telegram_client::{Factory, TelegramSettings};

/// Settings of the services.
#[derive(Clone)]
pub struct NodeSettings {
    /// The fetcher's; `None`: nothing is captured (no credentials).
    pub fetcher: Option<(fetcher::Config, TelegramSettings)>,
    /// The writer's.
    pub writer: writer::Config,
    /// The guard's.
    pub window: SlidingWindow,
    /// The media-downloader's.
    pub media: media_downloader::Config,
    /// Where files lie.
    pub blobs: DiskBlobs,
    /// The account.
    pub account: model::AccountId,
}

/// How the services are doing.
#[derive(Clone)]
pub struct NodeState {
    /// The fetcher.
    pub fetcher: watch::Receiver<FetcherStatus>,
    /// The writer's consumer.
    pub writer: watch::Receiver<ConsumerState>,
    /// The guard's consumer.
    pub guard: watch::Receiver<ConsumerState>,
    /// The media-downloader's consumer.
    pub media: watch::Receiver<ConsumerState>,
    /// The Telegram client, while there is one.
    pub client: watch::Receiver<Option<Arc<dyn Telegram>>>,
}

/// A node that runs.
pub struct Node {
    /// The bus of its services.
    pub bus: Arc<dyn Bus>,
    /// The database.
    pub store: Arc<dyn Store>,
    /// How it is doing.
    pub state: NodeState,
    capture: CancellationToken,
    rest: CancellationToken,
    capture_tasks: TaskTracker,
    rest_tasks: TaskTracker,
}

impl Node {
    /// Starts all services.
    pub fn start(stores: &Stores, clock: Arc<dyn Clock>, settings: NodeSettings) -> Self {
        let bus: Arc<dyn Bus> = Arc::new(MemoryBus::new(MemoryLimits::default()));
        let (capture, rest) = (CancellationToken::new(), CancellationToken::new());
        let (capture_tasks, rest_tasks) = (TaskTracker::new(), TaskTracker::new());
        let (fetcher_status, fetcher) = watch::channel(FetcherStatus {
            state: "starting".into(),
            ..FetcherStatus::default()
        });
        let (client_sender, client) = watch::channel(None);
        let (writer_state, writer) = watch::channel(ConsumerState::default());
        let (guard_state, guard) = watch::channel(ConsumerState::default());
        let (media_state, media) = watch::channel(ConsumerState::default());

        let deps = writer::Deps {
            bus: Arc::clone(&bus),
            store: Arc::clone(&stores.writer),
            state: writer_state,
        };
        rest_tasks.spawn(ended("writer", writer::run(deps, settings.writer, rest.clone())));
        let deps = rate_limiter::Deps {
            bus: Arc::clone(&bus),
            store: Arc::clone(&stores.guard),
            state: guard_state,
        };
        let config = rate_limiter::Config {
            window: settings.window,
            accounts: vec![settings.account],
        };
        rest_tasks.spawn(ended(
            "rate-limiter",
            rate_limiter::run(deps, config, rest.clone()),
        ));
        let deps = media_downloader::Deps {
            bus: Arc::clone(&bus),
            store: Arc::clone(&stores.media),
            blobs: settings.blobs,
            client: client.clone(),
            clock: Arc::clone(&clock),
            state: media_state,
        };
        capture_tasks.spawn(ended(
            "media-downloader",
            media_downloader::run(deps, settings.media, capture.clone()),
        ));
        match settings.fetcher {
            Some((config, telegram)) => {
                let deps = fetcher::Deps {
                    bus: Arc::clone(&bus),
                    store: Arc::clone(&stores.fetcher),
                    telegram: Arc::new(Factory {
                        settings: telegram,
                        store: Arc::clone(&stores.all),
                    }),
                    clock,
                    status: fetcher_status,
                    client: client_sender,
                };
                capture_tasks.spawn(fetcher::run(deps, config, capture.clone()));
            }
            None => fetcher_status.send_modify(|s| {
                s.state = "not configured".to_owned();
                s.reason = Some("Telegram's credentials are missing".to_owned());
            }),
        }
        let state = NodeState {
            fetcher,
            writer,
            guard,
            media,
            client,
        };
        Self {
            bus,
            store: Arc::clone(&stores.all),
            state,
            capture,
            rest,
            capture_tasks,
            rest_tasks,
        }
    }

    /// Stops in order: first what captures, then what stores. Returns within about `limit`.
    pub async fn stop(self, limit: Duration) {
        for (name, token, tasks) in [
            ("capture", &self.capture, &self.capture_tasks),
            ("storage", &self.rest, &self.rest_tasks),
        ] {
            token.cancel();
            tasks.close();
            if tokio::time::timeout(limit / 2, tasks.wait()).await.is_err() {
                tracing::warn!("{name} did not end in time");
            }
        }
    }
}

async fn ended<E: std::fmt::Display>(name: &'static str, service: impl Future<Output = Result<(), E>>) {
    if let Err(error) = service.await {
        tracing::error!("{name} ended: {error}");
    }
}
