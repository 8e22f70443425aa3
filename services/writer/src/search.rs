//! The search index trails the rows: in small slices, so that no transaction of captures waits long for one.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{Config, Deps, Wake};

/// Documents per slice: some ten milliseconds of the database.
const SLICE: u32 = 256;
/// Captures that were applied this short a time ago are a stream of them.
const BUSY: Duration = Duration::from_millis(200);
/// While captures stream in, the index rests so many times as long as a slice took: its newest documents are found soon,
/// and the stream keeps the database nearly for itself.
const REST: u32 = 9;
/// The longest rest.
const LONGEST: Duration = Duration::from_secs(2);

/// Indexes what is pending, newest first, until `shutdown`.
pub(crate) async fn run(deps: &Deps, config: &Config, wake: &Wake, shutdown: &CancellationToken) {
    while !shutdown.is_cancelled() {
        let began = Instant::now();
        let pause = match deps.store.index_search(SLICE).await {
            Ok(progress) if progress.behind > 0 => {
                let took = began.elapsed();
                tracing::debug!(documents = progress.indexed, ?took, "a slice of the search index");
                Some(rest(took, wake.applied.borrow().elapsed()))
            }
            Ok(_) => None,
            Err(e) => {
                tracing::warn!("the search index waits for the database: {e}");
                None
            }
        };
        let pausing = async {
            match pause {
                Some(Duration::ZERO) => tokio::task::yield_now().await,
                Some(pause) => sleep(pause).await,
                None => tokio::select! {
                    () = wake.search.notified() => {}
                    () = sleep(config.reconcile_every) => {}
                },
            }
        };
        tokio::select! {
            () = pausing => {}
            () = shutdown.cancelled() => return,
        }
    }
}

/// How long to wait after a slice.
fn rest(slice: Duration, since_applied: Duration) -> Duration {
    if since_applied < BUSY {
        (slice * REST).min(LONGEST)
    } else {
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_rests_only_while_captures_stream_in() {
        let slice = Duration::from_millis(10);
        assert_eq!(rest(slice, Duration::from_secs(1)), Duration::ZERO);
        assert_eq!(rest(slice, Duration::from_millis(5)), slice * REST);
        assert_eq!(rest(Duration::from_mins(1), Duration::ZERO), LONGEST);
    }
}
