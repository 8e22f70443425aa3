//! Starting: what is not there yet is waited for, with a state that can be read, instead of an end.

use std::process::ExitCode;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use assembly::NodeState;
use bus::{Bus, BusError};
use model::AccountId;
use serde_json::Value;
use service_kit::{Check, Readiness, admin, admin::ServerHandle, signals};
use store::StoreError;
use tokio_util::sync::CancellationToken;
use wire::Subject;

use crate::settings::Settings;

/// How long until something that is not there is looked for again.
const AGAIN: Duration = Duration::from_secs(2);
/// Answers a [`Check`] of each service.
pub(super) const VERB_HEALTH: &str = "health";

type Source = Arc<dyn Fn() -> Readiness + Send + Sync>;

/// A process that starts or runs: its admin port, and the signal to end.
pub(super) struct Process {
    pub(super) shutdown: CancellationToken,
    readiness: Arc<RwLock<Source>>,
    admin: ServerHandle,
}

impl Process {
    /// Watches for signals and opens the admin port.
    pub(super) fn begin(settings: &Settings) -> anyhow::Result<Self> {
        let shutdown = CancellationToken::new();
        signals::watch(shutdown.clone())?;
        let starting: Source = Arc::new(|| Readiness::default().with("start", false, "starting"));
        let readiness = Arc::new(RwLock::new(starting));
        let shown = Arc::clone(&readiness);
        let source = move || {
            let source = Arc::clone(&shown.read().unwrap_or_else(std::sync::PoisonError::into_inner));
            source()
        };
        let (address, admin) = admin::serve(settings.args.operation.admin_address, Arc::new(source))?;
        tracing::info!("starting; how far it is: http://{address}/readyz");
        Ok(Self {
            shutdown,
            readiness,
            admin,
        })
    }

    fn show(&self, source: Source) {
        *self
            .readiness
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = source;
    }

    /// Opens something, as often as it takes while it is merely away; `None`: asked to end meanwhile.
    pub(super) async fn patiently<T>(
        &self,
        what: &'static str,
        open: impl AsyncFn() -> anyhow::Result<T>,
    ) -> anyhow::Result<Option<T>> {
        let mut told = String::new();
        self.show(Arc::new(move || {
            Readiness::default().with(what, false, "is looked for")
        }));
        loop {
            let opened = tokio::select! {
                opened = open() => opened,
                () = self.shutdown.cancelled() => return Ok(None),
            };
            let error = match opened {
                Ok(opened) => return Ok(Some(opened)),
                Err(error) if passes(&error) => format!("{error:#}"),
                Err(error) => return Err(error),
            };
            if told != error {
                tracing::warn!("waiting for {what}: {error}");
                told.clone_from(&error);
                self.show(Arc::new(move || {
                    Readiness::default().with(what, false, error.clone())
                }));
            }
            tokio::select! {
                () = tokio::time::sleep(AGAIN) => {}
                () = self.shutdown.cancelled() => return Ok(None),
            }
        }
    }

    /// It runs: what is shown from now on.
    pub(super) fn runs(&self, who: &str, source: impl Fn() -> Readiness + Send + Sync + 'static) {
        self.show(Arc::new(source));
        tracing::info!("{who} runs");
    }

    /// The last thing.
    pub(super) async fn end(self, code: ExitCode) -> ExitCode {
        self.admin.stop(true).await;
        tracing::info!("ended");
        code
    }
}

/// Whether it can be there the next time, without anybody changing a setting.
fn passes(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<StoreError>()
        .is_some_and(StoreError::is_transient)
        || matches!(error.downcast_ref::<BusError>(), Some(BusError::Unavailable(_)))
}

/// Answers [`VERB_HEALTH`] for each service that runs here, until `shutdown`.
pub(super) async fn tell_health(
    bus: Arc<dyn Bus>,
    account: AccountId,
    state: NodeState,
    readiness: impl Fn(&NodeState) -> Readiness,
    shutdown: CancellationToken,
) {
    let tell = async |service: &'static str| {
        let subject = Subject::Rpc {
            service: service.to_owned(),
            verb: VERB_HEALTH.to_owned(),
            account,
        };
        loop {
            if let Ok(mut requests) = bus.serve(&subject).await {
                while let Ok((_, replier)) = requests.next().await {
                    let checks = readiness(&state).checks;
                    let check = checks.into_iter().find(|c| c.name == service);
                    let body = serde_json::to_value(check).unwrap_or(Value::Null);
                    if let Err(error) = replier.reply(wire::encode_rpc_response(Ok(&body))).await {
                        tracing::debug!("an answer was not taken: {error}");
                    }
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    };
    let all = futures::future::join_all(state.running.iter().map(|s| tell(s.name())));
    tokio::select! {
        _ = all => {}
        () = shutdown.cancelled() => {}
    }
}

/// What a service says of itself; `None`: nobody answers.
pub(super) fn said(answer: Option<Value>) -> Option<Check> {
    serde_json::from_value(answer?).ok()
}
