//! What the media-downloader asks.

use async_trait::async_trait;
use model::{AccountId, ChatId, FileRef, MediaId, MediaOwner, MediaState, SkipReason, StoredFile};

use crate::StoreError;

/// All that is needed to fetch one file.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaJob {
    /// The row.
    pub id: MediaId,
    /// Whose file it is.
    pub owner: MediaOwner,
    /// The chat of the message, if known; for an avatar the peer.
    pub chat: Option<ChatId>,
    /// Where and what.
    pub file: FileRef,
    /// What the row says now: a job seen again may be done.
    pub state: MediaState,
    /// Of a skipped one: why.
    pub skipped: Option<SkipReason>,
    /// Failed attempts so far.
    pub attempts: u32,
    /// Of a stored one.
    pub stored: Option<StoredFile>,
}

/// The media-downloader's port; it only reads.
#[async_trait]
pub trait MediaJobs: Send + Sync {
    /// The rows of these ids, those that exist.
    async fn media_jobs(&self, account: AccountId, ids: &[MediaId]) -> Result<Vec<MediaJob>, StoreError>;

    /// A file with this Telegram id (and thumb size) that is held already, by any message of any account.
    async fn stored_file(&self, file: &model::FileLocation) -> Result<Option<StoredFile>, StoreError>;

    /// Stored rows after `after` by id, for verification (`VERIFY_MEDIA`) and reports.
    async fn stored_media(
        &self,
        account: AccountId,
        after: MediaId,
        limit: u32,
    ) -> Result<Vec<MediaJob>, StoreError>;
}
