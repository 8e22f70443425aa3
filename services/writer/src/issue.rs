//! What is due goes out, again if need be: operations, verdicts, files, changes; and receipts go that nobody asks for.
//!
//! Each is a reconciler: woken when there is something, and looking by itself every now and then, so that a lost
//! message of the bus costs a delay and nothing else.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bus::{Bus, BusError};
use model::{AccountId, MediaId, OperationId};
use store::{ApplyOptions, DueMedia, Issue, StoreError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use wire::{Changed, Subject};

use crate::{Config, Deps, Wake};

/// Operations per bus message.
const PER_MESSAGE: usize = 1000;
/// Files per bus message: a downloader works on a handful.
const FILES_PER_MESSAGE: usize = 8;
/// Above so many bytes a file has a message of its own: it holds up no others. Of unknown size are photos.
const LARGE: i64 = 8 << 20;
const OPERATIONS: Issue = Issue {
    limit: 20_000,
    reissue_after: 30,
};
const MEDIA: Issue = Issue {
    limit: 256,
    reissue_after: 900,
};
const OUTBOX: u32 = 500;
const RECEIPTS: u32 = 5_000;

/// Runs all reconcilers until `shutdown`.
pub(crate) async fn run(
    deps: &Deps,
    config: &Config,
    options: ApplyOptions,
    wake: &Wake,
    shutdown: &CancellationToken,
) {
    let every = config.reconcile_every;
    let never = Notify::new();
    reconsider(deps, config).await;
    let known = AtomicU64::new(deps.bus.connections());
    let unsent = Mutex::default();
    tokio::join!(
        repeat("what the broker held", every, &never, shutdown, || forgotten(
            deps, &known
        )),
        repeat("operations", every, &never, shutdown, || operations(
            deps, options
        )),
        repeat("media", every, &wake.media, shutdown, || media(
            deps, config, &unsent
        )),
        repeat("outbox", every, &wake.outbox, shutdown, || outbox(deps)),
        repeat("receipts", every, &never, shutdown, || receipts(deps)),
    );
}

/// Why a round ended early.
enum Stop {
    Store(StoreError),
    Bus(BusError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Does rounds while there is work, then waits for a wake-up or the time.
async fn repeat<F: Future<Output = Result<bool, Stop>>>(
    what: &str,
    every: Duration,
    wake: &Notify,
    shutdown: &CancellationToken,
    round: impl Fn() -> F,
) {
    while !shutdown.is_cancelled() {
        match round().await {
            Ok(true) => {
                tokio::task::yield_now().await;
                continue;
            }
            Ok(false) => {}
            Err(Stop::Store(e)) => tracing::warn!("{what} wait for the database: {e}"),
            Err(Stop::Bus(e)) => tracing::debug!("{what} wait for the bus: {e}"),
        }
        tokio::select! {
            () = wake.notified() => {}
            () = tokio::time::sleep(every) => {}
            () = shutdown.cancelled() => return,
        }
    }
}

async fn reconsider(deps: &Deps, config: &Config) {
    // The bus may have ended with the process before this one, or with what it held.
    if let Err(e) = deps.store.release_issued().await {
        tracing::warn!("what was issued before the start comes later: {e}");
    }
    let reconsidered = async {
        // Whether a file of unknown size fits is known when it is fetched: that is tried where there is more room than before.
        let before = deps.store.meta(LIMIT).await?;
        let risen = risen(before.as_deref(), config.max_media_bytes);
        let files = deps
            .store
            .reconsider_skipped(config.download_media, config.max_media_bytes, risen)
            .await?;
        if config.download_media {
            let limit = config
                .max_media_bytes
                .map_or(NONE.to_owned(), |max| max.to_string());
            deps.store.set_meta(LIMIT, Some(&limit)).await?;
        }
        Ok::<u64, StoreError>(files)
    };
    match reconsidered.await {
        Ok(0) => {}
        Ok(n) => tracing::info!(
            files = n,
            "files that were skipped by older settings are wanted again"
        ),
        Err(e) => tracing::warn!("skipped files were not looked at: {e}"),
    }
}

/// Under which the last limit on sizes stands: bytes, or that there was none.
const LIMIT: &str = "writer.max_media_bytes";
const NONE: &str = "none";

/// Whether more fits than at the last start; what that was is not known of an older version's archive.
fn risen(before: Option<&str>, now: Option<i64>) -> bool {
    match (before, now) {
        (Some(NONE), _) => false,
        (_, None) => true,
        (before, Some(now)) => before.and_then(|b| b.parse().ok()).is_none_or(|b: i64| now > b),
    }
}

/// Sends ids of pending operations to the guard; what the bus does not take is issued again.
pub(crate) async fn offer_operations(bus: &dyn Bus, operations: &[(AccountId, OperationId)]) {
    let mut by_account: BTreeMap<AccountId, Vec<OperationId>> = BTreeMap::new();
    for (account, operation) in operations {
        by_account.entry(*account).or_default().push(*operation);
    }
    for (account, ids) in by_account {
        for ids in ids.chunks(PER_MESSAGE) {
            if let Err(e) = bus
                .offer(&Subject::Operations(account), wire::encode_operations(ids))
                .await
            {
                tracing::debug!("operations are issued again later: {e}");
            }
        }
    }
}

/// A broker that was away may have forgotten what was issued: it is issued again at once.
async fn forgotten(deps: &Deps, known: &AtomicU64) -> Result<bool, Stop> {
    let now = deps.bus.connections();
    if now != known.load(Ordering::Relaxed) {
        deps.store.release_issued().await?;
        known.store(now, Ordering::Relaxed);
    }
    Ok(false)
}

async fn operations(deps: &Deps, options: ApplyOptions) -> Result<bool, Stop> {
    let unapplied = deps.store.unapplied_verdicts(OPERATIONS.limit).await?;
    let mut by_account: BTreeMap<AccountId, Vec<OperationId>> = BTreeMap::new();
    for (account, operation) in &unapplied {
        by_account.entry(*account).or_default().push(*operation);
    }
    for (account, ids) in by_account {
        for ids in ids.chunks(PER_MESSAGE) {
            deps.store.apply_verdicts(account, ids, options).await?;
        }
    }
    let due = deps.store.issue_operations(OPERATIONS).await?;
    offer_operations(&*deps.bus, &due).await;
    Ok(false)
}

/// `unsent`: what is marked issued and the bus does not hold; it is due again before anything else is issued.
async fn media(deps: &Deps, config: &Config, unsent: &Mutex<Vec<MediaId>>) -> Result<bool, Stop> {
    let left = || unsent.lock().unwrap_or_else(PoisonError::into_inner);
    let release = async || {
        let ids = left().clone();
        if !ids.is_empty() {
            deps.store.release_media(&ids).await?;
            left().clear();
        }
        Ok::<_, StoreError>(())
    };
    release().await?;
    if deps.bus.health().await.is_err() {
        return Ok(false);
    }
    let due = deps.store.issue_media(MEDIA, config.live_media).await?;
    let mut jobs = jobs(&due).into_iter();
    while let Some((subject, ids)) = jobs.next() {
        // Room is waited for a moment: publish, not offer.
        if let Err(error) = deps.bus.publish(&subject, wire::encode_media_wanted(&ids)).await {
            left().extend(ids.into_iter().chain(jobs.flat_map(|(_, ids)| ids)));
            release().await?;
            return Err(Stop::Bus(error));
        }
    }
    Ok(due.len() == MEDIA.limit as usize)
}

/// Forgets receipts that nobody asks for any more.
async fn receipts(deps: &Deps) -> Result<bool, Stop> {
    Ok(deps.store.prune_receipts(RECEIPTS).await? == u64::from(RECEIPTS))
}

/// Files as bus messages by size class and data centre: small ones first and a few together, large ones alone.
fn jobs(due: &[DueMedia]) -> Vec<(Subject, Vec<MediaId>)> {
    let mut classes: BTreeMap<(bool, AccountId, i32), Vec<MediaId>> = BTreeMap::new();
    for file in due {
        let large = file.size.is_some_and(|size| size > LARGE);
        classes
            .entry((large, file.account, file.dc))
            .or_default()
            .push(file.id);
    }
    let messages = |((large, account, dc), ids): ((bool, AccountId, i32), Vec<MediaId>)| {
        let together = if large { 1 } else { FILES_PER_MESSAGE };
        let message = |ids: &[MediaId]| (Subject::MediaWanted(account, dc), ids.to_vec());
        ids.chunks(together).map(message).collect::<Vec<_>>()
    };
    classes.into_iter().flat_map(messages).collect()
}

async fn outbox(deps: &Deps) -> Result<bool, Stop> {
    let rows = deps.store.outbox(OUTBOX).await?;
    let mut published = Vec::with_capacity(rows.len());
    let mut stop = None;
    for row in &rows {
        let changed = Changed {
            seq: row.seq,
            chat: row.chat,
            lane: row.lane,
            kind: row.kind.clone(),
            ids: row.ids.clone(),
            is_range: row.is_range,
        };
        if let Err(e) = deps
            .bus
            .publish(&Subject::Changed(row.account), wire::encode_changed(&changed))
            .await
        {
            stop = Some(Stop::Bus(e));
            break;
        }
        published.push(row.seq);
    }
    if !published.is_empty() {
        deps.store.outbox_published(&published).await?;
    }
    stop.map_or(Ok(rows.len() == OUTBOX as usize), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: i64, dc: i32, size: Option<i64>) -> DueMedia {
        DueMedia {
            account: AccountId(1),
            id: MediaId(id),
            dc,
            size,
        }
    }

    fn ids(due: &[DueMedia]) -> Vec<(i32, Vec<i64>)> {
        jobs(due)
            .into_iter()
            .map(|(subject, ids)| {
                let Subject::MediaWanted(_, dc) = subject else {
                    panic!("a subject of files")
                };
                (dc, ids.into_iter().map(|id| id.0).collect())
            })
            .collect()
    }

    #[test]
    fn a_large_file_has_a_message_of_its_own() {
        let small = |id| file(id, 2, Some(1000));
        let huge = |id| file(id, 2, Some(2 << 30));
        let due = [small(1), huge(2), small(3), huge(4), small(5)];
        let expected = [vec![1, 3, 5], vec![2], vec![4]];
        assert_eq!(ids(&due), expected.map(|ids| (2, ids)));
    }

    #[test]
    fn small_files_go_together_by_data_centre_in_their_order() {
        let due: Vec<_> = (1..=20).map(|id| file(id, 2 + (id % 2) as i32, None)).collect();
        assert_eq!(
            ids(&due),
            [
                (2, (1..=8).map(|n| n * 2).collect()),
                (2, vec![18, 20]),
                (3, (1..=8).map(|n| n * 2 - 1).collect()),
                (3, vec![17, 19])
            ]
        );
        assert!(ids(&[]).is_empty());
    }

    #[test]
    fn a_limit_has_risen_if_more_fits_than_before() {
        let cases = [
            (None, Some(10), true),
            (Some("10"), Some(10), false),
            (Some("10"), Some(9), false),
            (Some("10"), Some(11), true),
            (Some("10"), None, true),
            (Some(NONE), None, false),
            (Some(NONE), Some(10), false),
        ];
        for (before, now, expected) in cases {
            assert_eq!(risen(before, now), expected, "{before:?} {now:?}");
        }
    }
}
