//! `VERIFY_MEDIA`: after each run every stored file is read again. What is missing or damaged is fetched anew, aside, and
//! takes its place when it is whole; a name that leads nowhere is made again without a download. Nothing is taken away
//! first, and what cannot be had again keeps its row, with the reason.
//!
//! Which run is verified, and how far, stands in the database: a verification goes on where it was interrupted, in
//! whichever process holds its lease, so that of many downloaders exactly one verifies.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bus::Failure;
use model::clock::sleep_until;
use model::{AccountId, Damage, MediaId, MediaOutcome};
use serde::{Deserialize, Serialize};
use store::{Authorization, MediaJob, Meta, StoreError, keep_lease};
use telegram::Telegram;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use wire::Subject;

use crate::{Config, Deps, fetch};

/// For so many of the clock's intervals (5 s) nobody looks whether a run has ended.
const LOOK_AGAIN: u32 = 10;
/// Rows at a time; the progress is noted after each page.
const PAGE: u32 = 100;
/// Files after which the log tells how far it is.
const TELL_EVERY: u64 = 10_000;
/// Hashes remembered as whole: a file that many messages share is read once.
const REMEMBERED: usize = 100_000;
const LEASE: Duration = Duration::from_secs(30);

/// Settings of verification.
#[derive(Clone, Debug)]
pub struct Verify {
    /// Whose files.
    pub account: AccountId,
    /// As a holder of leases: the same for all of a process.
    pub owner: String,
}

/// How far a verification is; kept in the database, for whoever goes on and for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verification {
    /// The run it follows.
    pub run: i64,
    /// Files up to this row are done.
    pub after: i64,
    /// Files held when it began.
    pub total: u64,
    /// Files done.
    pub checked: u64,
    /// Names that were made again.
    pub mended: u64,
    /// Files that were fetched again.
    pub fetched: u64,
    /// Damaged files that could not be fetched again; each row says why.
    pub lost: u64,
    /// What it waits for now.
    pub waiting: Option<String>,
    /// Unix seconds.
    pub started_at: i64,
    /// Unix seconds.
    pub finished_at: Option<i64>,
}

fn key(account: AccountId) -> String {
    format!("media.verification.{}", account.0)
}

/// The last verification of an account's files, or the one that goes on.
pub async fn verification(meta: &dyn Meta, account: AccountId) -> Result<Option<Verification>, StoreError> {
    let text = meta.meta(&key(account)).await?;
    // One of another version is none: the files are read once more.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Verifies after each run, until `shutdown`.
pub(crate) async fn run(deps: &Deps, config: &Config, verify: &Verify, shutdown: &CancellationToken) {
    let mut told = String::new();
    while !shutdown.is_cancelled() {
        let done = tokio::select! {
            done = round(deps, config, verify) => done,
            () = shutdown.cancelled() => return,
        };
        match done {
            Ok(()) => told.clear(),
            Err(reason) if reason != told => {
                tracing::warn!("the verification of files waits: {reason}");
                told = reason;
            }
            Err(_) => {}
        }
        tokio::select! {
            () = sleep(deps.clock.poll_interval() * LOOK_AGAIN) => {}
            () = shutdown.cancelled() => {}
        }
    }
}

/// What is to be done now, if anything.
async fn due(deps: &Deps, account: AccountId) -> Result<Option<Verification>, StoreError> {
    let known = verification(&*deps.store, account).await?;
    if let Some(open) = known.as_ref().filter(|v| v.finished_at.is_none()) {
        return Ok(Some(open.clone()));
    }
    let Some(run) = deps.store.finished_run(account).await? else {
        return Ok(None);
    };
    if known.is_some_and(|v| v.run >= run.0) {
        return Ok(None);
    }
    Ok(Some(Verification {
        run: run.0,
        total: deps.store.stored_media_count(account).await?,
        started_at: deps.clock.now_unix(),
        ..Verification::default()
    }))
}

/// Verifies what is due, if nobody else does; the error says what it waits for.
async fn round(deps: &Deps, config: &Config, verify: &Verify) -> Result<(), String> {
    let say = |e: StoreError| e.to_string();
    if deps.client.borrow().is_none() {
        // Of many downloaders one that can fetch files verifies them.
        return Ok(());
    }
    if due(deps, verify.account).await.map_err(say)?.is_none() {
        return Ok(());
    }
    let lease = Authorization {
        account: verify.account,
        role: "media-verification".to_owned(),
    };
    let lease = deps.store.acquire_lease(&lease, &verify.owner, LEASE).await;
    let Some(lease) = lease.map_err(say)? else {
        return Ok(());
    };
    let work = async {
        // Another process may have finished it meanwhile.
        let Some(progress) = due(deps, verify.account).await.map_err(say)? else {
            return Ok(());
        };
        let mut pass = Pass {
            deps,
            config,
            account: verify.account,
            progress,
            whole: HashSet::new(),
        };
        let done = pass.run().await;
        if let Err(reason) = &done {
            // The database itself may be what it waits for.
            let _ = pass.note(Some(reason.clone())).await;
        }
        done
    };
    let done = tokio::select! {
        done = work => done,
        why = keep_lease(&*deps.store, &*deps.clock, &lease, LEASE) => Err(why.to_owned()),
    };
    if let Err(error) = deps.store.release_lease(&lease).await {
        tracing::debug!("the lease ends by itself: {error}");
    }
    done
}

struct Pass<'a> {
    deps: &'a Deps,
    config: &'a Config,
    account: AccountId,
    progress: Verification,
    whole: HashSet<[u8; 32]>,
}

impl Pass<'_> {
    async fn run(&mut self) -> Result<(), String> {
        self.note(None).await?;
        let total = self.progress.total;
        tracing::info!(done = self.progress.checked, total, "files are verified");
        loop {
            let after = MediaId(self.progress.after);
            let page = self.deps.store.stored_media(self.account, after, PAGE).await;
            let page = page.map_err(|e| e.to_string())?;
            if page.is_empty() {
                break;
            }
            for job in &page {
                // Told before it is noted as done: what is lost in between is found again.
                if let Some(outcome) = self.file(job).await? {
                    self.tell(job.id, outcome).await?;
                }
                self.progress.after = job.id.0;
                self.progress.checked += 1;
                if self.progress.checked.is_multiple_of(TELL_EVERY) {
                    tracing::info!(done = self.progress.checked, total, "files are verified");
                }
            }
            self.note(None).await?;
        }
        self.progress.finished_at = Some(self.deps.clock.now_unix());
        self.note(None).await?;
        let Verification {
            checked,
            mended,
            fetched,
            lost,
            ..
        } = self.progress;
        if lost == 0 {
            tracing::info!(checked, mended, fetched, "all files are verified");
        } else {
            tracing::warn!(
                checked,
                mended,
                fetched,
                lost,
                "files are verified; some are damaged and cannot be fetched again (telegram-archive stats)"
            );
        }
        Ok(())
    }

    /// Notes how far it is, and what it waits for.
    async fn note(&mut self, waiting: Option<String>) -> Result<(), String> {
        self.progress.waiting = waiting;
        let text = serde_json::to_string(&self.progress).map_err(|e| e.to_string())?;
        let noted = self.deps.store.set_meta(&key(self.account), Some(&text)).await;
        noted.map_err(|e| e.to_string())
    }

    async fn tell(&self, id: MediaId, outcome: MediaOutcome) -> Result<(), String> {
        let body = wire::encode_media_stored(&[(id, outcome)]);
        let told = self
            .deps
            .bus
            .publish(&Subject::MediaStored(self.account), body)
            .await;
        told.map_err(|e| e.to_string())
    }

    /// Looks at one file; answers what the archive is to remember, if that is something new.
    async fn file(&mut self, job: &MediaJob) -> Result<Option<MediaOutcome>, String> {
        let Some(stored) = &job.stored else {
            return Ok(None);
        };
        if !self.whole.contains(&stored.sha256) {
            let found = match self.deps.blobs.check(&stored.sha256, stored.size as u64).await {
                Err(error) if error.concerns_all() => return Err(error.to_string()),
                Err(_) => Some(Damage::Unreadable),
                Ok(found) => found,
            };
            if let Some(damage) = found {
                return self.again(job, damage).await.map(Some);
            }
            if self.whole.len() >= REMEMBERED {
                self.whole.clear();
            }
            self.whole.insert(stored.sha256);
        }
        let mended = match self.deps.blobs.mend(stored, &fetch::shown(job)).await {
            Err(error) if error.concerns_all() => return Err(error.to_string()),
            Err(error) => {
                self.progress.lost += 1;
                return Ok(Some(MediaOutcome::Damaged(format!("unnamed: {error}"))));
            }
            Ok(mended) => mended,
        };
        self.progress.mended += u64::from(mended.is_some());
        // Whole again by other hands: the reason is over.
        let known_as_damaged = job.reason.is_some();
        let now = mended.unwrap_or_else(|| stored.clone());
        Ok((known_as_damaged || now != *stored).then_some(MediaOutcome::Stored(now)))
    }

    /// Fetches a damaged file.
    async fn again(&mut self, job: &MediaJob, damage: Damage) -> Result<MediaOutcome, String> {
        let why = loop {
            let client = self.client()?;
            match fetch::again(self.deps, self.config, job, &client).await {
                Ok(MediaOutcome::NotBefore(at)) => {
                    let until = format!("Telegram asks to wait until {at}");
                    self.note(Some(until)).await?;
                    sleep_until(&*self.deps.clock, at * 1_000_000, sleep).await;
                }
                Ok(MediaOutcome::Skipped(reason)) => break reason.as_str().to_owned(),
                // Of this file alone: the others are looked at, and this one again after the next run.
                Ok(MediaOutcome::Failed { reason, .. })
                | Err(Failure::Retry { reason, .. } | Failure::Dead { reason }) => break reason,
                Err(Failure::Unavailable { reason }) => return Err(reason),
                Ok(stored) => {
                    self.progress.fetched += 1;
                    return Ok(stored);
                }
            }
        };
        self.progress.lost += 1;
        tracing::debug!(media = job.id.0, "{}: {why}", damage.as_str());
        Ok(MediaOutcome::Damaged(format!("{}: {why}", damage.as_str())))
    }

    /// The client; without one somebody else may go on.
    fn client(&self) -> Result<Arc<dyn Telegram>, String> {
        let client = self.deps.client.borrow().clone();
        client.ok_or_else(|| "not connected to Telegram".to_owned())
    }
}
