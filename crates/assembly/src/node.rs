//! A process of the archive: the services it is to run, over one bus and one database.
//!
//! A single node runs them all over the in-process bus and shares one Telegram client; in a cluster each process runs
//! one of them over NATS, and a downloader has a client of its own.

use std::convert::Infallible;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use blobs::Blobs;
use bus::{Bus, ConsumerState, MemoryBus, MemoryLimits};
use fetcher::FetcherStatus;
use media_downloader::owner::{self, OwnerConfig, OwnerDeps};
use model::Clock;
use notifier::NotifierState;
use store::Store;
use telegram::Telegram;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use viewer::ViewerState;

use crate::connect::Stores;
use crate::files::Stored;
use crate::health::{self, Health};
use crate::seal::Sealed;
use crate::service::Service;
use crate::telegram_client::{Factory, KeySource, TelegramSettings};

/// What all services of a process share.
#[derive(Clone)]
pub struct Common {
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// The database.
    pub stores: Stores,
    /// Decides times.
    pub clock: Arc<dyn Clock>,
}

impl Common {
    /// With the bus of a single node.
    pub fn single_node(stores: Stores, clock: Arc<dyn Clock>) -> Self {
        Self {
            bus: Arc::new(MemoryBus::new(MemoryLimits::default())),
            stores,
            clock,
        }
    }
}

/// The downloader's settings.
#[derive(Clone)]
pub struct MediaSettings {
    /// Of the service.
    pub config: media_downloader::Config,
    /// Where files lie.
    pub blobs: Arc<dyn Blobs>,
    /// Its own authorization (cluster); `None`: the fetcher's client of this process.
    pub own: Option<(OwnerConfig, TelegramSettings)>,
}

/// The viewer's settings.
#[derive(Clone)]
pub struct ViewerSettings {
    /// Of the service.
    pub config: viewer::Config,
    /// Where files lie.
    pub blobs: Arc<dyn Blobs>,
}

/// The notifier's settings.
#[derive(Clone)]
pub struct NotifierSettings {
    /// Of the service.
    pub config: notifier::Config,
    /// What seals its private key; `None`: nothing that all replicas have.
    pub key: Option<KeySource>,
}

/// Which services, with their settings.
#[derive(Clone, Default)]
pub struct NodeSettings {
    /// The fetcher.
    pub fetcher: Option<(fetcher::Config, TelegramSettings)>,
    /// The writer.
    pub writer: Option<writer::Config>,
    /// The guard.
    pub guard: Option<rate_limiter::Config>,
    /// The media-downloader.
    pub media: Option<MediaSettings>,
    /// The viewer.
    pub viewer: Option<ViewerSettings>,
    /// The notifier.
    pub notifier: Option<NotifierSettings>,
}

/// How the services are doing; one that does not run here stays at its start.
#[derive(Clone)]
pub struct NodeState {
    /// The services that run here.
    pub running: Vec<Service>,
    /// The fetcher.
    pub fetcher: watch::Receiver<FetcherStatus>,
    /// The writer's consumer.
    pub writer: watch::Receiver<ConsumerState>,
    /// The guard's consumer.
    pub guard: watch::Receiver<ConsumerState>,
    /// The media-downloader's consumer.
    pub media: watch::Receiver<ConsumerState>,
    /// The viewer.
    pub viewer: watch::Receiver<ViewerState>,
    /// The notifier.
    pub notifier: watch::Receiver<NotifierState>,
    /// The downloader's own connection, where it has one.
    pub connection: watch::Receiver<String>,
    /// The Telegram client, while there is one.
    pub client: watch::Receiver<Option<Arc<dyn Telegram>>>,
    /// What all of them need.
    pub health: watch::Receiver<Health>,
}

/// A process that runs.
pub struct Node {
    /// The bus of its services.
    pub bus: Arc<dyn Bus>,
    /// The database.
    pub store: Arc<dyn Store>,
    /// How it is doing.
    pub state: NodeState,
    capture: Group,
    rest: Group,
    failed: CancellationToken,
}

#[derive(Default)]
struct Group {
    token: CancellationToken,
    tasks: TaskTracker,
}

/// The ends at which services tell how they are doing.
struct Tellers {
    fetcher: watch::Sender<FetcherStatus>,
    writer: watch::Sender<ConsumerState>,
    guard: watch::Sender<ConsumerState>,
    media: watch::Sender<ConsumerState>,
    viewer: watch::Sender<ViewerState>,
    notifier: watch::Sender<NotifierState>,
    connection: watch::Sender<String>,
    client: watch::Sender<Option<Arc<dyn Telegram>>>,
    health: watch::Sender<Health>,
}

fn channels() -> (Tellers, NodeState) {
    let (fetcher, fetcher_state) = watch::channel(FetcherStatus {
        state: "starting".to_owned(),
        ..FetcherStatus::default()
    });
    let (writer, writer_state) = watch::channel(ConsumerState::default());
    let (guard, guard_state) = watch::channel(ConsumerState::default());
    let (media, media_state) = watch::channel(ConsumerState::default());
    let (viewer, viewer_state) = watch::channel(ViewerState::default());
    let (notifier, notifier_state) = watch::channel(NotifierState::default());
    let (connection, connection_state) = watch::channel("starting".to_owned());
    let (client, client_state) = watch::channel(None);
    let (health, health_state) = watch::channel(Health::default());
    let tellers = Tellers {
        fetcher,
        writer,
        guard,
        media,
        viewer,
        notifier,
        connection,
        client,
        health,
    };
    let state = NodeState {
        running: Vec::new(),
        fetcher: fetcher_state,
        writer: writer_state,
        guard: guard_state,
        media: media_state,
        viewer: viewer_state,
        notifier: notifier_state,
        connection: connection_state,
        client: client_state,
        health: health_state,
    };
    (tellers, state)
}

impl Node {
    /// Starts what the settings name.
    pub fn start(common: &Common, settings: NodeSettings) -> Self {
        let (tellers, state) = channels();
        let mut node = Self {
            bus: Arc::clone(&common.bus),
            store: Arc::clone(&common.stores.all),
            state,
            capture: Group::default(),
            rest: Group::default(),
            failed: CancellationToken::new(),
        };
        let watching = health::watch(
            Arc::clone(&common.stores.all),
            Arc::clone(&common.bus),
            tellers.health,
            node.rest.token.clone(),
        );
        node.rest.spawn("health", endless(watching), &node.failed);
        if let Some(config) = settings.writer {
            node.writer(common, config, tellers.writer);
        }
        if let Some(config) = settings.guard {
            node.guard(common, config, tellers.guard);
        }
        if let Some(media) = settings.media {
            node.media(common, media, tellers.media, tellers.connection, &tellers.client);
        }
        if let Some(viewer) = settings.viewer {
            node.viewer(common, viewer, tellers.viewer);
        }
        if let Some(notifier) = settings.notifier {
            node.notifier(common, notifier, tellers.notifier);
        }
        if let Some((config, telegram)) = settings.fetcher {
            node.fetcher(common, config, telegram, tellers.fetcher, tellers.client);
        }
        node
    }

    fn writer(&mut self, common: &Common, config: writer::Config, state: watch::Sender<ConsumerState>) {
        let deps = writer::Deps {
            bus: Arc::clone(&common.bus),
            store: Arc::clone(&common.stores.writer),
            state,
        };
        self.state.running.push(Service::Writer);
        let run = writer::run(deps, config, self.rest.token.clone());
        self.rest.spawn(Service::Writer.name(), run, &self.failed);
    }

    fn guard(&mut self, common: &Common, config: rate_limiter::Config, state: watch::Sender<ConsumerState>) {
        let deps = rate_limiter::Deps {
            bus: Arc::clone(&common.bus),
            store: Arc::clone(&common.stores.guard),
            state,
        };
        self.state.running.push(Service::RateLimiter);
        let run = rate_limiter::run(deps, config, self.rest.token.clone());
        self.rest.spawn(Service::RateLimiter.name(), run, &self.failed);
    }

    fn media(
        &mut self,
        common: &Common,
        settings: MediaSettings,
        state: watch::Sender<ConsumerState>,
        connection: watch::Sender<String>,
        client: &watch::Sender<Option<Arc<dyn Telegram>>>,
    ) {
        self.state.running.push(Service::MediaDownloader);
        if let Some((config, telegram)) = settings.own {
            let deps = OwnerDeps {
                store: Arc::clone(&common.stores.owner),
                telegram: Arc::new(Factory {
                    settings: telegram,
                    store: Arc::clone(&common.stores.all),
                    bus: Arc::clone(&common.bus),
                }),
                clock: Arc::clone(&common.clock),
                client: client.clone(),
                status: connection,
            };
            let run = owner::run(deps, config, self.capture.token.clone());
            self.capture
                .spawn("the downloader's connection", endless(run), &self.failed);
        }
        let deps = media_downloader::Deps {
            bus: Arc::clone(&common.bus),
            store: Arc::clone(&common.stores.media),
            blobs: settings.blobs,
            client: client.subscribe(),
            clock: Arc::clone(&common.clock),
            state,
        };
        let run = media_downloader::run(deps, settings.config, self.capture.token.clone());
        self.capture
            .spawn(Service::MediaDownloader.name(), run, &self.failed);
    }

    fn viewer(&mut self, common: &Common, settings: ViewerSettings, state: watch::Sender<ViewerState>) {
        let deps = viewer::Deps {
            store: Arc::clone(&common.stores.viewer),
            bus: Arc::clone(&common.bus),
            files: Arc::new(Stored(settings.blobs)),
            clock: Arc::clone(&common.clock),
            state,
        };
        self.state.running.push(Service::Viewer);
        let run = viewer::run(deps, settings.config, self.capture.token.clone());
        self.capture.spawn(Service::Viewer.name(), run, &self.failed);
    }

    fn notifier(&mut self, common: &Common, settings: NotifierSettings, state: watch::Sender<NotifierState>) {
        let deps = notifier::Deps {
            bus: Arc::clone(&common.bus),
            store: Arc::clone(&common.stores.notifier),
            clock: Arc::clone(&common.clock),
            seal: Arc::new(Sealed(settings.key)),
            state,
        };
        self.state.running.push(Service::Notifier);
        let run = notifier::run(deps, settings.config, self.rest.token.clone());
        self.rest.spawn(Service::Notifier.name(), run, &self.failed);
    }

    fn fetcher(
        &mut self,
        common: &Common,
        config: fetcher::Config,
        telegram: TelegramSettings,
        status: watch::Sender<FetcherStatus>,
        client: watch::Sender<Option<Arc<dyn Telegram>>>,
    ) {
        let deps = fetcher::Deps {
            bus: Arc::clone(&common.bus),
            store: Arc::clone(&common.stores.fetcher),
            telegram: Arc::new(Factory {
                settings: telegram,
                store: Arc::clone(&common.stores.all),
                bus: Arc::clone(&common.bus),
            }),
            clock: Arc::clone(&common.clock),
            status,
            client,
        };
        self.state.running.push(Service::Fetcher);
        let run = fetcher::run(deps, config, self.capture.token.clone());
        self.capture
            .spawn(Service::Fetcher.name(), endless(run), &self.failed);
    }

    /// Returns when a service ended, or panicked, though nobody asked: the process is of no use then and should end, so
    /// that whoever watches over it starts it again.
    pub async fn failed(&self) {
        self.failed.cancelled().await;
    }

    /// Stops in order: first what captures, then what stores. Returns within about `limit`.
    pub async fn stop(self, limit: Duration) {
        for (name, group) in [("capture", &self.capture), ("storage", &self.rest)] {
            group.token.cancel();
            group.tasks.close();
            if tokio::time::timeout(limit / 2, group.tasks.wait()).await.is_err() {
                tracing::warn!("{name} did not end in time");
            }
        }
    }
}

impl Group {
    fn spawn<E: Display + Send>(
        &self,
        name: &'static str,
        run: impl Future<Output = Result<(), E>> + Send + 'static,
        failed: &CancellationToken,
    ) {
        let (asked, failed) = (self.token.clone(), failed.clone());
        self.tasks.spawn(async move {
            // A panic drops it, too.
            let alarm = failed.drop_guard();
            let result = run.await;
            if let Err(error) = &result {
                tracing::error!("{name} ended: {error}");
            }
            if asked.is_cancelled() {
                alarm.disarm();
            } else {
                tracing::error!("{name} ended though nobody asked");
            }
        });
    }
}

async fn endless(service: impl Future<Output = ()>) -> Result<(), Infallible> {
    service.await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a service, asked to end or not.
    async fn fails(service: impl Future<Output = ()> + Send + 'static, asked: bool) -> bool {
        let (group, failed) = (Group::default(), CancellationToken::new());
        if asked {
            group.token.cancel();
        }
        group.spawn("a service", endless(service), &failed);
        group.tasks.close();
        group.tasks.wait().await;
        failed.is_cancelled()
    }

    #[tokio::test]
    async fn a_service_that_ends_by_itself_fails_the_node() {
        assert!(fails(async {}, false).await);
        assert!(fails(async { panic!("as a test of it") }, false).await);
        assert!(!fails(async {}, true).await);
    }
}
