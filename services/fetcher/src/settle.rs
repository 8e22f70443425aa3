//! Tells up to where receipts are not asked for any more, so that the writer may forget them.

use std::time::Duration;

use tokio::time::sleep;

use crate::Session;

/// How often it is told, if there is something new.
const EVERY: Duration = Duration::from_secs(2);

/// Tells until the connection is closed; at first that nobody asks for those of epochs before this one.
pub(crate) async fn tell(session: &Session) {
    let (account, epoch) = (session.config.account, session.outbound.epoch());
    let mut told = None;
    while !session.closed.is_cancelled() {
        let through = session.outbound.settled_through().await;
        if told != Some(through) {
            match session.deps.store.settle_batches(account, epoch, through).await {
                Ok(()) => told = Some(through),
                Err(error) => tracing::debug!("what is settled is told later: {error}"),
            }
        }
        tokio::select! {
            () = sleep(EVERY) => {}
            () = session.closed.cancelled() => {}
        }
    }
}
