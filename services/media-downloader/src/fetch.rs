//! One file: found, skipped with a reason, or fetched chunk by chunk.

use std::sync::Arc;

use blobs::{BlobError, Shown, safe_name};
use bus::Failure;
use model::{FileRef, MediaOutcome, MediaOwner, SkipReason, StoredFile};
use store::MediaJob;
use telegram::{Chunk, DownloadRequest, Telegram, TelegramError};

use crate::{Config, Deps};

/// Seconds until a failed attempt is made again; grows with the attempts.
const AGAIN: i64 = 5;
/// How often a reference is refreshed for one file.
const REFRESHES: u32 = 3;

/// Works on one row.
pub(crate) async fn file(deps: &Deps, config: &Config, job: &MediaJob) -> Result<MediaOutcome, Failure> {
    if let Some(reason) = unwanted(config, job) {
        return Ok(MediaOutcome::Skipped(reason));
    }
    if let Some(stored) = known(deps, job).await? {
        return Ok(MediaOutcome::Stored(stored));
    }
    let Some(client) = deps.client.borrow().clone() else {
        return Err(Failure::Unavailable {
            reason: "not connected to Telegram".to_owned(),
        });
    };
    download(deps, config, job, &client).await
}

/// Fetches a damaged one, whatever else is known of it.
pub(crate) async fn again(
    deps: &Deps,
    config: &Config,
    job: &MediaJob,
    client: &Arc<dyn Telegram>,
) -> Result<MediaOutcome, Failure> {
    match unwanted(config, job) {
        Some(reason) => Ok(MediaOutcome::Skipped(reason)),
        None => download(deps, config, job, client).await,
    }
}

/// What the settings say against a file.
fn unwanted(config: &Config, job: &MediaJob) -> Option<SkipReason> {
    let avatar = matches!(job.owner, MediaOwner::Avatar(_));
    if !config.download && !avatar {
        return Some(SkipReason::Disabled);
    }
    let too_large = job
        .file
        .size
        .zip(config.max_bytes)
        .is_some_and(|(size, max)| size > max);
    too_large.then_some(SkipReason::TooLarge)
}

/// The same file of another message: shown here too, without a download.
async fn known(deps: &Deps, job: &MediaJob) -> Result<Option<StoredFile>, Failure> {
    let unavailable = |e: store::StoreError| Failure::Unavailable {
        reason: e.to_string(),
    };
    let Some(stored) = deps
        .store
        .stored_file(&job.file.location)
        .await
        .map_err(unavailable)?
    else {
        return Ok(None);
    };
    if !deps
        .blobs
        .is_whole(&stored.sha256, stored.size as u64)
        .await
        .map_err(disk)?
    {
        return Ok(None);
    }
    deps.blobs
        .show(stored.sha256, stored.size as u64, &shown(job))
        .await
        .map(Some)
        .map_err(disk)
}

pub(crate) fn disk(error: BlobError) -> Failure {
    match error {
        error if error.concerns_all() => Failure::Unavailable {
            reason: error.to_string(),
        },
        BlobError::Shared => Failure::Retry {
            after: Some(std::time::Duration::from_secs(10)),
            reason: error.to_string(),
        },
        other => Failure::Retry {
            after: None,
            reason: other.to_string(),
        },
    }
}

pub(crate) fn shown(job: &MediaJob) -> Shown {
    let file = &job.file;
    match (job.owner, job.chat) {
        (MediaOwner::Avatar(peer), _) => Shown::Avatar(peer, format!("{peer}_{}.jpg", file.location.file_id)),
        (MediaOwner::Message(..), chat) => {
            let name = safe_name(file.file_name.as_deref(), &file.mime_type, file.location.file_id);
            Shown::Chat(chat.unwrap_or(model::ChatId(0)), name)
        }
    }
}

async fn download(
    deps: &Deps,
    config: &Config,
    job: &MediaJob,
    client: &Arc<dyn Telegram>,
) -> Result<MediaOutcome, Failure> {
    let mut file: FileRef = job.file.clone();
    let mut refreshed = 0;
    let mut offset = deps.blobs.resume_at(job.id, Chunk::SIZE).await.map_err(disk)?;
    loop {
        let peer = if let MediaOwner::Avatar(peer) = job.owner {
            Some(peer)
        } else {
            None
        };
        let request = DownloadRequest {
            location: file.location.clone(),
            peer,
            offset,
            size: file.size.map(|s| s as u64),
        };
        match client.download(&request).await {
            Ok(chunk) => {
                let length = chunk.bytes.len() as u64;
                deps.blobs
                    .write_chunk(job.id, offset, &chunk.bytes)
                    .await
                    .map_err(disk)?;
                offset += length;
                if config.max_bytes.is_some_and(|max| offset as i64 > max) {
                    deps.blobs.discard(job.id).await.map_err(disk)?;
                    return Ok(MediaOutcome::Skipped(SkipReason::TooLarge));
                }
                let whole = file.size.is_some_and(|s| offset >= s as u64);
                if length < Chunk::SIZE || whole {
                    return finish(deps, job, &file).await;
                }
            }
            Err(TelegramError::FileReferenceExpired) if refreshed < REFRESHES => {
                refreshed += 1;
                match client.refresh_file(job.owner, job.chat, &file).await {
                    Ok(Some(fresh)) => file = fresh,
                    Ok(None) => {
                        deps.blobs.discard(job.id).await.map_err(disk)?;
                        return Ok(MediaOutcome::Skipped(SkipReason::MessageDeleted));
                    }
                    Err(error) => return outcome(deps, job, error),
                }
            }
            Err(error) => return outcome(deps, job, error),
        }
    }
}

/// What an error means for the file.
fn outcome(deps: &Deps, job: &MediaJob, error: TelegramError) -> Result<MediaOutcome, Failure> {
    match error {
        TelegramError::NotBefore(at) => Ok(MediaOutcome::NotBefore(at)),
        TelegramError::AccessLost(_) => Ok(MediaOutcome::Skipped(SkipReason::AccessLost)),
        TelegramError::FileUnavailable(_) => Ok(MediaOutcome::Skipped(SkipReason::Unavailable)),
        TelegramError::Closed | TelegramError::LoginRequired(_) | TelegramError::Store(_) => {
            Err(Failure::Unavailable {
                reason: error.to_string(),
            })
        }
        other => {
            let wait = AGAIN << job.attempts.min(10);
            Ok(MediaOutcome::Failed {
                reason: other.to_string(),
                not_before: deps.clock.now_unix() + wait,
            })
        }
    }
}

async fn finish(deps: &Deps, job: &MediaJob, file: &FileRef) -> Result<MediaOutcome, Failure> {
    match deps.blobs.finish(job.id, file.size.map(|s| s as u64)).await {
        Ok((sha256, size)) => named(deps, job, sha256, size)
            .await
            .map(MediaOutcome::Stored)
            .map_err(disk),
        Err(error @ BlobError::WrongSize { .. }) => Ok(MediaOutcome::Failed {
            reason: error.to_string(),
            not_before: deps.clock.now_unix() + (AGAIN << job.attempts.min(10)),
        }),
        Err(error) => Err(disk(error)),
    }
}

/// One that had a name keeps it.
async fn named(deps: &Deps, job: &MediaJob, sha256: [u8; 32], size: u64) -> Result<StoredFile, BlobError> {
    let shown = shown(job);
    match &job.stored {
        Some(stored) if stored.sha256 == sha256 => {
            let mended = deps.blobs.mend(stored, &shown).await?;
            Ok(mended.unwrap_or_else(|| stored.clone()))
        }
        _ => deps.blobs.show(sha256, size, &shown).await,
    }
}
