//! Reading the archive: the viewer, exports and reports.

use async_trait::async_trait;
use model::{
    AccountId, BoxId, ChatId, ChatKind, Content, Counters, MediaState, MessageHead, MessageId, MessageKind,
    Reactions, Seen,
};

use crate::StoreError;
use crate::media::MediaJob;

/// A chat in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatSummary {
    /// Whose archive.
    pub account: AccountId,
    /// Which chat.
    pub chat: ChatId,
    /// What it is, as far as known.
    pub kind: Option<ChatKind>,
    /// Title, or the user's names; `None`: a deleted account or never seen.
    pub title: Option<String>,
    /// Without `@`.
    pub username: Option<String>,
    /// 0 main list, 1 archived.
    pub folder_id: i32,
    /// Pinned in its list.
    pub pinned: bool,
    /// Members, if told.
    pub participants_count: Option<i64>,
    /// Stored messages, tombstones included.
    pub messages: i64,
    /// Newest stored message: (id, unix seconds).
    pub last_message: Option<(MessageId, i64)>,
}

/// One stored message, current content.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageRow {
    /// Whose archive.
    pub account: AccountId,
    /// Its box.
    pub box_id: BoxId,
    /// Its id there.
    pub id: MessageId,
    /// What it is.
    pub kind: MessageKind,
    /// What does not change.
    pub head: MessageHead,
    /// Unix seconds, 0 never.
    pub edit_date: i64,
    /// Not to be shown as edited.
    pub edit_hide: bool,
    /// The current content; empty after a hard deletion.
    pub content: Content,
    /// Register.
    pub counters: Counters,
    /// Register.
    pub reactions: Reactions,
    /// Register.
    pub pinned: bool,
    /// Unix microseconds of the tombstone.
    pub deleted_at: Option<i64>,
    /// How many versions are known (1: never edited).
    pub versions: i64,
    /// Operations that stand in an open incident.
    pub held: i64,
}

/// One version of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionRow {
    /// Unix seconds, 0: as sent.
    pub edit_date: i64,
    /// What it was.
    pub kind: MessageKind,
    /// What it said.
    pub content: Content,
    /// What is shown now.
    pub current: bool,
    /// `None`: the baseline, or no change against its predecessor; else `pending`, `admitted`, `held`, `rejected`.
    pub state: Option<String>,
}

/// Which way a page goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Ids below the cursor, newest of them first.
    Older,
    /// Ids above the cursor, oldest of them first.
    Newer,
}

/// Which page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageQuery {
    /// Whose.
    pub account: AccountId,
    /// Of which chat.
    pub chat: ChatId,
    /// Exclusive; `None`: from that end.
    pub cursor: Option<MessageId>,
    /// In this forum topic only.
    pub topic: Option<MessageId>,
    /// Which way.
    pub direction: Direction,
    /// At most so many.
    pub limit: u32,
    /// Unix seconds, inclusive.
    pub since: Option<i64>,
    /// Unix seconds, exclusive.
    pub until: Option<i64>,
}

/// A page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MessagePage {
    /// In the direction asked.
    pub messages: Vec<MessageRow>,
    /// The cursor of the next page; `None`: the end.
    pub next: Option<MessageId>,
}

/// Files in one state for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaCount {
    /// What became of them.
    pub state: MediaState,
    /// Why they are skipped; of wanted ones what the last attempt said, of stored ones what a verification found.
    pub reason: Option<String>,
    /// How many, counted per message (and avatar).
    pub files: u64,
}

/// What is held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Chats with a stored message.
    pub chats: i64,
    /// Stored messages.
    pub messages: i64,
    /// Of them behind a tombstone.
    pub deleted: i64,
    /// Messages with more than one version.
    pub edited: i64,
    /// Files held, counted per message.
    pub media_stored: i64,
    /// Files wanted.
    pub media_wanted: i64,
    /// Files skipped, by reason.
    pub media_skipped: Vec<(String, i64)>,
    /// Bytes of distinct files held.
    pub media_bytes: i64,
    /// Operations without a verdict.
    pub operations_pending: i64,
    /// Operations that stand in open incidents.
    pub operations_held: i64,
    /// Dead letters not redriven.
    pub dead_letters: i64,
    /// Rows not in the search index yet.
    pub search_behind: i64,
}

/// What is still to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Operations without a verdict.
    pub operations_pending: i64,
    /// Operations that stand in open incidents.
    pub operations_held: i64,
    /// Files wanted.
    pub media_wanted: i64,
    /// Dead letters not redriven, of the whole archive.
    pub dead_letters: i64,
    /// Rows not in the search index yet, of the whole archive.
    pub search_behind: i64,
}

/// Laws: (1) a reader sees a transaction whole; (2) a page costs the same at any depth; (3) chats outside `only` do not
/// exist.
#[async_trait]
pub trait ArchiveReader: Send + Sync {
    /// Chats with the newest activity first; `only`: restricted to these.
    async fn chats(
        &self,
        account: AccountId,
        only: Option<&[ChatId]>,
    ) -> Result<Vec<ChatSummary>, StoreError>;

    /// A page of messages.
    async fn messages(&self, query: &MessageQuery) -> Result<MessagePage, StoreError>;

    /// One message.
    async fn message(
        &self,
        account: AccountId,
        box_id: BoxId,
        id: MessageId,
    ) -> Result<Option<MessageRow>, StoreError>;

    /// All its versions, oldest first.
    async fn versions(
        &self,
        account: AccountId,
        box_id: BoxId,
        id: MessageId,
    ) -> Result<Vec<VersionRow>, StoreError>;

    /// The files of these messages.
    async fn media_of(
        &self,
        account: AccountId,
        box_id: BoxId,
        ids: &[MessageId],
    ) -> Result<Vec<MediaJob>, StoreError>;

    /// The names of users and chats: (id, name, username).
    async fn peer_names(
        &self,
        account: AccountId,
        ids: &[ChatId],
    ) -> Result<Vec<(ChatId, Option<String>, Option<String>)>, StoreError>;

    /// Files by state and reason, of one chat or of all; the most frequent first, of reasons the first hundred.
    async fn media_counts(
        &self,
        account: AccountId,
        chat: Option<ChatId>,
    ) -> Result<Vec<MediaCount>, StoreError>;

    /// Users, groups and channels known in full that no capture has told of since `since`, after `after` by marked id;
    /// without deleted users and chats that cannot be read.
    async fn peers_unseen_since(
        &self,
        account: AccountId,
        since: Seen,
        after: ChatId,
        limit: u32,
    ) -> Result<Vec<ChatId>, StoreError>;

    /// What is still to be done of these chats; `None`: of all. Its cost follows from what that is, not from what is held.
    async fn backlog(&self, account: AccountId, only: Option<&[ChatId]>) -> Result<Backlog, StoreError>;

    /// What is held.
    async fn statistics(&self, account: AccountId) -> Result<Statistics, StoreError>;
}
