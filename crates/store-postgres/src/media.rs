//! What the media-downloader asks.

use async_trait::async_trait;
use model::{AccountId, ChatId, FileLocation, MediaId, MediaOwner, MediaState, SkipReason, StoredFile};
use sqlx::postgres::PgRow;
use store::{MediaJob, MediaJobs, StoreError};

use crate::PostgresStore;
use crate::error::{Outcome, odd};
use crate::rows::get;

/// A row of `media`.
pub(crate) fn job(row: &PgRow) -> Outcome<MediaJob> {
    let chat: i64 = get(row, "chat")?;
    Ok(MediaJob {
        id: MediaId(get(row, "media")?),
        owner: MediaOwner::from_columns(get(row, "owner")?, get(row, "box")?, get(row, "id")?)
            .ok_or_else(|| odd("media", "owner"))?,
        chat: (chat != 0).then_some(ChatId(chat)),
        file: serde_json::from_str(get(row, "file")?).map_err(|_| odd("media", "file"))?,
        state: MediaState::parse(get(row, "state")?).ok_or_else(|| odd("media", "state"))?,
        skipped: get::<Option<&str>>(row, "reason")?.and_then(SkipReason::parse),
        attempts: get::<i64>(row, "attempts")? as u32,
        stored: stored(row)?,
    })
}

fn stored(row: &PgRow) -> Outcome<Option<StoredFile>> {
    let Some(sha256) = get::<Option<&[u8]>>(row, "sha256")? else {
        return Ok(None);
    };
    Ok(Some(StoredFile {
        sha256: sha256.try_into().map_err(|_| odd("media", "sha256"))?,
        size: get(row, "stored_size")?,
        path: get(row, "path")?,
    }))
}

#[async_trait]
impl MediaJobs for PostgresStore {
    async fn media_jobs(&self, account: AccountId, ids: &[MediaId]) -> Result<Vec<MediaJob>, StoreError> {
        self.run(move || async move {
            let ids: Vec<i64> = ids.iter().map(|i| i.0).collect();
            let mut session = self.reader().await?;
            let rows =
                sqlx::query("SELECT * FROM media WHERE account = $1 AND media = ANY($2) ORDER BY media")
                    .bind(account.0)
                    .bind(ids)
                    .fetch_all(&mut *session)
                    .await?;
            session.release();
            rows.iter().map(job).collect::<Outcome<_>>()
        })
        .await
    }

    async fn stored_file(&self, file: &FileLocation) -> Result<Option<StoredFile>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let row = sqlx::query(
                "SELECT sha256, stored_size, path FROM media
                 WHERE file_kind = $1 AND file_id = $2 AND state = 'stored' LIMIT 1",
            )
            .bind(file.kind.as_str())
            .bind(file.file_id)
            .fetch_optional(&mut *session)
            .await?;
            session.release();
            row.as_ref().map_or(Ok(None), stored)
        })
        .await
    }

    async fn stored_media(
        &self,
        account: AccountId,
        after: MediaId,
        limit: u32,
    ) -> Result<Vec<MediaJob>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows = sqlx::query(
                "SELECT * FROM media WHERE account = $1 AND media > $2 AND state = 'stored' ORDER BY media LIMIT $3",
            )
            .bind(account.0)
            .bind(after.0)
            .bind(i64::from(limit))
            .fetch_all(&mut *session)
            .await?;
            session.release();
            rows.iter().map(job).collect::<Outcome<_>>()
        })
        .await
    }
}
