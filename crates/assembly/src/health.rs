//! Whether what every service needs is there: the database and the broker.

use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use store::Store;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(2);
/// What does not answer for so long is not there.
const LONGEST: Duration = Duration::from_secs(5);

/// Why something is not there; `None`: it answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// The database.
    pub database: Option<String>,
    /// The message broker; the in-process bus is always there.
    pub broker: Option<String>,
}

/// Looks until `shutdown`, and says in the log when something goes or comes back.
pub(crate) async fn watch(
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    health: watch::Sender<Health>,
    shutdown: CancellationToken,
) {
    while !shutdown.is_cancelled() {
        let (database, broker) = tokio::join!(timeout(LONGEST, store.ping()), timeout(LONGEST, bus.health()));
        let now = Health {
            database: reason(database),
            broker: reason(broker),
        };
        health.send_if_modified(|was| {
            say("the database", was.database.as_ref(), now.database.as_ref());
            say("the message broker", was.broker.as_ref(), now.broker.as_ref());
            let changed = *was != now;
            was.clone_from(&now);
            changed
        });
        tokio::select! {
            () = sleep(EVERY) => {}
            () = shutdown.cancelled() => {}
        }
    }
}

fn reason<E: std::fmt::Display>(
    answer: Result<Result<(), E>, tokio::time::error::Elapsed>,
) -> Option<String> {
    match answer {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("no answer within {} s", LONGEST.as_secs())),
    }
}

fn say(what: &str, was: Option<&String>, now: Option<&String>) {
    match (was, now) {
        (None, Some(reason)) => tracing::warn!("{what} is away, everything waits for it: {reason}"),
        (Some(_), None) => tracing::info!("{what} answers again"),
        _ => {}
    }
}
