//! What a page shows beside messages: lists of chats, names and pictures, days, records.

use async_trait::async_trait;
use model::{AccountId, BoxId, ChatId, MessageId, RecordKind};

use crate::StoreError;
use crate::media::MediaJob;
use crate::reader::{ChatSummary, MessageRow, Statistics};

/// Which chats, and which page of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatQuery {
    /// Whose archive.
    pub account: AccountId,
    /// Restricted to these.
    pub only: Option<Vec<ChatId>>,
    /// Part of a title, name or username, in any case.
    pub text: Option<String>,
    /// In the archive folder, or not.
    pub archived: Option<bool>,
    /// After this chat of the order.
    pub after: Option<ChatPlace>,
    /// At most so many.
    pub limit: u32,
}

/// A chat's place in the order of lists: pinned ones first, then newest activity first, then ids ascending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatPlace {
    /// Pinned.
    pub pinned: bool,
    /// Unix seconds of the newest message; 0: none.
    pub date: i64,
    /// The chat.
    pub chat: ChatId,
}

/// A chat in a page's list.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRow {
    /// Its names and place. `messages` is not counted here: it is 0.
    pub chat: ChatSummary,
    /// The account cannot read it any more.
    pub inaccessible: bool,
    /// The supergroup that this basic group became.
    pub migrated_to: Option<ChatId>,
    /// The basic group that this supergroup was.
    pub migrated_from: Option<ChatId>,
    /// An avatar is held.
    pub avatar: bool,
}

impl ChatRow {
    /// Where it stands in the list.
    pub fn place(&self) -> ChatPlace {
        ChatPlace {
            pinned: self.chat.pinned,
            date: self.chat.last_message.map_or(0, |m| m.1),
            chat: self.chat.chat,
        }
    }
}

/// A page of chats.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChatRows {
    /// In the order of lists.
    pub chats: Vec<ChatRow>,
    /// Chats that match, on all pages.
    pub total: u64,
}

impl ChatRows {
    /// Of all chats in the order of lists, those that have the text, and the page of them: databases fold the case of
    /// ASCII only.
    pub fn narrowed(all: Vec<ChatRow>, text: &str, after: Option<ChatPlace>, limit: u32) -> Self {
        let text = text.to_lowercase();
        let has = |name: &Option<String>| name.as_ref().is_some_and(|n| n.to_lowercase().contains(&text));
        let mut chats: Vec<ChatRow> = all
            .into_iter()
            .filter(|r| has(&r.chat.title) || has(&r.chat.username))
            .collect();
        let total = chats.len() as u64;
        if let Some(after) = after {
            let order = |p: ChatPlace| (!p.pinned, -p.date, p.chat);
            chats.retain(|r| order(r.place()) > order(after));
        }
        chats.truncate(limit as usize);
        Self { chats, total }
    }
}

/// Of (id, name, username), those of this exact username (without `@`), else those whose name contains the text.
pub fn named(
    all: impl IntoIterator<Item = (i64, Option<String>, Option<String>)>,
    text: &str,
    limit: u32,
) -> Vec<ChatId> {
    let text = text.to_lowercase();
    let text = text.strip_prefix('@').unwrap_or(&text);
    let (mut exact, mut part) = (Vec::new(), Vec::new());
    for (id, name, username) in all {
        if username.is_some_and(|u| u.to_lowercase() == text) {
            exact.push(ChatId(id));
        } else if part.len() < limit as usize && name.is_some_and(|n| n.to_lowercase().contains(text)) {
            part.push(ChatId(id));
        }
    }
    let mut found = if exact.is_empty() { part } else { exact };
    found.truncate(limit as usize);
    found
}

/// A user or chat as it is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerRow {
    /// Which.
    pub id: ChatId,
    /// Names or title.
    pub name: Option<String>,
    /// Without `@`.
    pub username: Option<String>,
    /// An avatar is held.
    pub avatar: bool,
}

/// Messages of a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRow {
    /// Its start, unix seconds.
    pub start: i64,
    /// How many.
    pub messages: i64,
    /// The first of them, by date.
    pub first: MessageId,
}

/// A message's bytes, as Telegram sent them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRow {
    /// zstd of the TL bytes; empty after a hard deletion.
    pub raw: Vec<u8>,
    /// Layer of the bytes.
    pub layer: i64,
    /// How it came.
    pub origin: String,
}

/// Reading for a page. Who may see what is decided by the caller.
///
/// Laws: (1) pages of chats reach each chat once, in the order of lists; (2) a question about many ids is one statement;
/// (3) what is asked about one chat or message costs the same whatever else is archived.
#[async_trait]
pub trait Browse: Send + Sync {
    /// A page of chats: those with a message, and the account's dialogs.
    async fn chat_page(&self, query: &ChatQuery) -> Result<ChatRows, StoreError>;

    /// Stored messages of a chat, and of them those with ids above `above`.
    async fn counts(
        &self,
        account: AccountId,
        chat: ChatId,
        above: MessageId,
    ) -> Result<(i64, i64), StoreError>;

    /// The first message at or after this time (unix seconds), else the last before it.
    async fn message_at(
        &self,
        account: AccountId,
        chat: ChatId,
        topic: Option<MessageId>,
        date: i64,
    ) -> Result<Option<MessageId>, StoreError>;

    /// These messages, those that exist, by box and id.
    async fn messages_by_key(
        &self,
        account: AccountId,
        keys: &[(BoxId, MessageId)],
    ) -> Result<Vec<MessageRow>, StoreError>;

    /// The newest pinned messages of a chat, newest first.
    async fn pinned(
        &self,
        account: AccountId,
        chat: ChatId,
        limit: u32,
    ) -> Result<Vec<MessageRow>, StoreError>;

    /// Of each span between two neighbours of `bounds` (unix seconds, ascending) that has messages: how many, and the first.
    async fn days(&self, account: AccountId, chat: ChatId, bounds: &[i64])
    -> Result<Vec<DayRow>, StoreError>;

    /// Unix seconds of the first and the last message of a chat.
    async fn span(&self, account: AccountId, chat: ChatId) -> Result<Option<(i64, i64)>, StoreError>;

    /// Names of users and chats, those that are known or have an avatar.
    async fn peers(&self, account: AccountId, ids: &[ChatId]) -> Result<Vec<PeerRow>, StoreError>;

    /// Users and chats of this exact username, else those whose name contains the text, at most `limit`.
    async fn find_peers(&self, account: AccountId, text: &str, limit: u32)
    -> Result<Vec<ChatId>, StoreError>;

    /// Whether somebody sent a message that stands in one of these chats.
    async fn wrote_in(&self, account: AccountId, peer: ChatId, chats: &[ChatId]) -> Result<bool, StoreError>;

    /// The newest avatar held of a user or chat.
    async fn avatar(&self, account: AccountId, peer: ChatId) -> Result<Option<MediaJob>, StoreError>;

    /// Records of a kind whose keys begin so, with their data as JSON, by key.
    async fn records(
        &self,
        account: AccountId,
        kind: RecordKind,
        prefix: &str,
    ) -> Result<Vec<(String, String)>, StoreError>;

    /// A message's bytes.
    async fn raw_message(
        &self,
        account: AccountId,
        box_id: BoxId,
        id: MessageId,
    ) -> Result<Option<RawRow>, StoreError>;

    /// What is held of these chats; what is counted per archive and not per chat is 0.
    async fn statistics_of(&self, account: AccountId, only: &[ChatId]) -> Result<Statistics, StoreError>;
}
