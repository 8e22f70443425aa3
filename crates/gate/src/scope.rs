//! The chats that exist for somebody.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::ChatId;

/// The chats that exist for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All.
    All,
    /// These.
    Only(Arc<BTreeSet<ChatId>>),
}

/// A chat that does not exist for whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hidden;

impl Scope {
    /// These; `None`: all.
    pub fn of(chats: Option<BTreeSet<ChatId>>) -> Self {
        chats.map_or(Self::All, |chats| Self::Only(Arc::new(chats)))
    }

    /// Whether a chat exists.
    pub fn sees(&self, chat: ChatId) -> bool {
        // Messages whose chat is not known yet belong to no chat that anybody was given.
        chat.0 != 0
            && match self {
                Self::All => true,
                Self::Only(chats) => chats.contains(&chat),
            }
    }

    /// For questions to the store; `None`: all.
    pub fn only(&self) -> Option<Vec<ChatId>> {
        match self {
            Self::All => None,
            Self::Only(chats) => Some(chats.iter().copied().collect()),
        }
    }

    /// A chat that was asked for.
    pub fn chat(&self, id: i64) -> Result<ChatId, Hidden> {
        let chat = ChatId(id);
        self.sees(chat).then_some(chat).ok_or(Hidden)
    }
}
