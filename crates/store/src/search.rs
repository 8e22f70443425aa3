//! Full-text search: words and trigrams.

use async_trait::async_trait;
use model::{AccountId, ChatId, MessageId};

use crate::StoreError;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    /// Whose archive.
    pub account: AccountId,
    /// As typed: words, each must occur; a part of a word or CJK text is found by trigrams.
    pub text: String,
    /// In these chats only.
    pub chats: Option<Vec<ChatId>>,
    /// Continue below this hit's cursor.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchHit {
    /// Its chat.
    pub chat: ChatId,
    /// Its id.
    pub id: MessageId,
    /// Unix seconds.
    pub date: i64,
    /// The cursor to continue below it.
    pub cursor: i64,
    /// Text around the hit; hits between U+E000 and U+E001.
    pub snippet: String,
}

/// Laws: (1) newest first; (2) what is typed is never read as query syntax; (3) only current content is found.
#[async_trait]
pub trait Search: Send + Sync {
    /// Finds messages.
    async fn search(&self, query: &SearchQuery) -> Result<Vec<SearchHit>, StoreError>;
}
