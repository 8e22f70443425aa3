//! What is due goes out, again if need be: operations, verdicts, files, changes; and receipts go that nobody asks for.
//!
//! Each is a reconciler: woken when there is something, and looking by itself every now and then, so that a lost
//! message of the bus costs a delay and nothing else.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bus::{Bus, BusError};
use model::{AccountId, MediaId, OperationId};
use store::{ApplyOptions, Issue, StoreError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use wire::{Changed, Subject};

use crate::{Config, Deps, Wake};

/// Operations per bus message.
const PER_MESSAGE: usize = 1000;
/// Files per bus message: a downloader works on a handful.
const FILES_PER_MESSAGE: usize = 8;
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
    tokio::join!(
        repeat("what the broker held", every, &never, shutdown, || forgotten(
            deps, &known
        )),
        repeat("operations", every, &never, shutdown, || operations(
            deps, options
        )),
        repeat("media", every, &wake.media, shutdown, || media(deps, config)),
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
    match deps
        .store
        .reconsider_skipped(config.download_media, config.max_media_bytes)
        .await
    {
        Ok(0) => {}
        Ok(n) => tracing::info!(
            files = n,
            "files that were skipped by older settings are wanted again"
        ),
        Err(e) => tracing::warn!("skipped files were not looked at: {e}"),
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

async fn media(deps: &Deps, config: &Config) -> Result<bool, Stop> {
    if deps.bus.health().await.is_err() {
        return Ok(false);
    }
    let due = deps.store.issue_media(MEDIA, config.live_media).await?;
    let mut by_dc: BTreeMap<(AccountId, i32), Vec<MediaId>> = BTreeMap::new();
    for job in &due {
        by_dc.entry((job.account, job.dc)).or_default().push(job.id);
    }
    for ((account, dc), ids) in by_dc {
        for ids in ids.chunks(FILES_PER_MESSAGE) {
            // Issued rows wait for room rather than for their next turn: publish, not offer.
            deps.bus
                .publish(&Subject::MediaWanted(account, dc), wire::encode_media_wanted(ids))
                .await
                .map_err(Stop::Bus)?;
        }
    }
    Ok(due.len() == MEDIA.limit as usize)
}

/// Forgets receipts that nobody asks for any more.
async fn receipts(deps: &Deps) -> Result<bool, Stop> {
    Ok(deps.store.prune_receipts(RECEIPTS).await? == u64::from(RECEIPTS))
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
