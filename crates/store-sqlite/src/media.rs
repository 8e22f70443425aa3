//! What the media-downloader asks.

use async_trait::async_trait;
use model::{
    AccountId, ChatId, FileLocation, MediaId, MediaOwner, MediaState, RunId, SkipReason, StoredFile,
};
use sqlx::sqlite::SqliteRow;
use store::{MediaJob, MediaJobs, StoreError};

use crate::SqliteStore;
use crate::chunks::json_ids;
use crate::error::{map, odd};
use crate::rows::get;

/// A row of `media`.
pub(crate) fn job(row: &SqliteRow) -> Result<MediaJob, StoreError> {
    let chat: i64 = get(row, "chat")?;
    Ok(MediaJob {
        id: MediaId(get(row, "media")?),
        owner: MediaOwner::from_columns(get(row, "owner")?, get(row, "box")?, get(row, "id")?)
            .ok_or_else(|| odd("media", "owner"))?,
        chat: (chat != 0).then_some(ChatId(chat)),
        file: serde_json::from_str(get(row, "file")?).map_err(|_| odd("media", "file"))?,
        state: MediaState::parse(get(row, "state")?).ok_or_else(|| odd("media", "state"))?,
        skipped: get::<Option<&str>>(row, "reason")?.and_then(SkipReason::parse),
        attempts: get(row, "attempts")?,
        stored: stored(row)?,
        reason: get(row, "reason")?,
    })
}

fn stored(row: &SqliteRow) -> Result<Option<StoredFile>, StoreError> {
    let Some(sha256) = get::<Option<Vec<u8>>>(row, "sha256")? else {
        return Ok(None);
    };
    Ok(Some(StoredFile {
        sha256: sha256[..].try_into().map_err(|_| odd("media", "sha256"))?,
        size: get(row, "stored_size")?,
        path: get(row, "path")?,
    }))
}

#[async_trait]
impl MediaJobs for SqliteStore {
    async fn media_jobs(&self, account: AccountId, ids: &[MediaId]) -> Result<Vec<MediaJob>, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|i| i.0).collect();
        let rows = sqlx::query(
            "SELECT * FROM media WHERE +account = ? AND media IN (SELECT value FROM json_each(?))",
        )
        .bind(account.0)
        .bind(json_ids(&ids))
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
        rows.iter().map(job).collect()
    }

    async fn stored_file(&self, file: &FileLocation) -> Result<Option<StoredFile>, StoreError> {
        let row = sqlx::query(
            "SELECT sha256, stored_size, path FROM media WHERE file_kind = ? AND file_id = ? AND state = 'stored' LIMIT 1",
        )
        .bind(file.kind.as_str())
        .bind(file.file_id)
        .fetch_optional(&self.read)
        .await
        .map_err(map)?;
        row.as_ref().map_or(Ok(None), stored)
    }

    async fn stored_media(
        &self,
        account: AccountId,
        after: MediaId,
        limit: u32,
    ) -> Result<Vec<MediaJob>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM media WHERE +account = ? AND media > ? AND state = 'stored' ORDER BY media LIMIT ?",
        )
        .bind(account.0)
        .bind(after.0)
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
        rows.iter().map(job).collect()
    }

    async fn stored_media_count(&self, account: AccountId) -> Result<u64, StoreError> {
        let (count,): (i64,) =
            sqlx::query_as("SELECT count(*) FROM media WHERE account = ? AND state = 'stored'")
                .bind(account.0)
                .fetch_one(&self.read)
                .await
                .map_err(map)?;
        Ok(count as u64)
    }

    async fn finished_run(&self, account: AccountId) -> Result<Option<RunId>, StoreError> {
        let (run,): (Option<i64>,) =
            sqlx::query_as("SELECT max(run) FROM runs WHERE account = ? AND finished_at IS NOT NULL")
                .bind(account.0)
                .fetch_one(&self.read)
                .await
                .map_err(map)?;
        Ok(run.map(RunId))
    }
}
