//! Full-text search: words and trigrams.

use async_trait::async_trait;
use model::{AccountId, ChatId, MessageId, MessageKind};

use crate::StoreError;

/// What a message must be, beside its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct Filters {
    /// Sent by one of these.
    pub senders: Option<Vec<ChatId>>,
    /// Unix seconds, inclusive.
    pub since: Option<i64>,
    /// Unix seconds, exclusive.
    pub until: Option<i64>,
    /// Of one of these kinds, or with a link if `links`.
    pub kinds: Vec<MessageKind>,
    /// With a link in its text.
    pub links: bool,
    /// Behind a tombstone.
    pub deleted: bool,
    /// With more than one version.
    pub edited: bool,
    /// Pinned.
    pub pinned: bool,
    /// Sent by the account.
    pub out: bool,
    /// Forwarded from somewhere.
    pub forwarded: bool,
    /// An answer.
    pub reply: bool,
}

impl Filters {
    /// Whether everything fits.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// As conditions on a row `m` of `messages`, each with `AND` before it, in the SQL that both stores understand; numbers
    /// and words of our own only. `position` is the database's name of the function that finds a text in another.
    pub fn conditions(&self, position: &str) -> String {
        let mut sql = String::new();
        let mut and = |condition: String| {
            sql.push_str(" AND ");
            sql.push_str(&condition);
        };
        if let Some(senders) = &self.senders {
            // None of them: nothing fits.
            let ids: Vec<String> = senders.iter().map(|s| s.0.to_string()).collect();
            let ids = if ids.is_empty() {
                "NULL".to_owned()
            } else {
                ids.join(", ")
            };
            and(format!("m.sender IS NOT NULL AND m.sender IN ({ids})"));
        }
        for (word, date) in [(">=", self.since), ("<", self.until)] {
            if let Some(date) = date {
                and(format!("m.date {word} {date}"));
            }
        }
        let link = |kind: &str| format!("{position}(m.entities, '\"k\":\"{kind}\"') > 0");
        let links = format!("({} OR {})", link("url"), link("text_url"));
        let kinds: Vec<String> = self.kinds.iter().map(|k| format!("'{}'", k.as_str())).collect();
        // The condition of the index on kinds, word for word.
        let kinds = format!(
            "m.kind <> 'text' AND m.kind <> 'service' AND m.kind IN ({})",
            kinds.join(", ")
        );
        match (self.kinds.is_empty(), self.links) {
            (true, false) => {}
            (true, true) => and(links),
            (false, false) => and(kinds),
            (false, true) => and(format!("({links} OR ({kinds}))")),
        }
        for (wanted, condition) in [
            (self.deleted, "t.deleted_at IS NOT NULL"),
            (self.edited, "m.versions > 1"),
            (self.pinned, "m.pinned"),
            (self.out, "(m.flags & 1) <> 0"),
            (self.forwarded, "m.forward IS NOT NULL"),
            (self.reply, "m.reply IS NOT NULL"),
        ] {
            if wanted {
                and(condition.to_owned());
            }
        }
        sql
    }
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    /// Whose archive.
    pub account: AccountId,
    /// As typed: words, each must occur; a part of a word or CJK text is found by trigrams. Empty: what fits the filters,
    /// if there are any.
    pub text: String,
    /// What else must be so.
    pub filters: Filters,
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
    /// What it is.
    pub kind: MessageKind,
    /// Who sent it.
    pub sender: Option<ChatId>,
    /// Sent by the account itself.
    pub out: bool,
    /// Unix microseconds of the tombstone.
    pub deleted_at: Option<i64>,
    /// The cursor to continue below it.
    pub cursor: i64,
    /// Text around the hit; hits between U+E000 and U+E001.
    pub snippet: String,
}

/// Laws: (1) newest first, and `before` goes on below any hit; (2) what is typed is never read as query syntax; (3) only current content is found.
#[async_trait]
pub trait Search: Send + Sync {
    /// Finds messages.
    async fn search(&self, query: &SearchQuery) -> Result<Vec<SearchHit>, StoreError>;
}
