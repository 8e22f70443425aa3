//! Full-text search: words and trigrams.

use std::fmt;
use std::str::FromStr;

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

    /// The condition that one of the indexes on `messages` is about, if one is: rows are then found among those alone.
    pub fn indexed(&self, position: &str) -> String {
        let alone = |set: fn(&mut Self, &Self)| {
            let mut filters = Self::default();
            set(&mut filters, self);
            filters.conditions(position)
        };
        if self.pinned {
            alone(|f, _| f.pinned = true)
        } else if self.edited {
            alone(|f, _| f.edited = true)
        } else if self.senders.is_some() {
            alone(|f, own| f.senders.clone_from(&own.senders))
        } else {
            alone(|f, own| (f.kinds, f.links) = (own.kinds.clone(), own.links))
        }
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

/// A place in the order of hits, which are newest first: at a moment, after some that are of the same second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SearchPlace {
    /// Unix seconds.
    pub date: i64,
    /// The store's own number.
    pub n: i64,
}

impl SearchPlace {
    /// Before everything of this second.
    pub const fn start_of(date: i64) -> Self {
        Self { date, n: i64::MIN }
    }
}

impl fmt::Display for SearchPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.date, self.n)
    }
}

/// The text is not that of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPlace;

impl FromStr for SearchPlace {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let (date, n) = text.split_once('.').ok_or(NoPlace)?;
        Ok(Self {
            date: date.parse().map_err(|_| NoPlace)?,
            n: n.parse().map_err(|_| NoPlace)?,
        })
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
    /// Continue below this place.
    pub before: Option<SearchPlace>,
    /// At most so many hits.
    pub limit: u32,
    /// Hits are counted up to here.
    pub count: u32,
    /// About so many messages are looked at, at most.
    pub examine: u32,
}

impl SearchQuery {
    /// Words without filters, from the newest on, with limits for a page.
    pub fn words(account: AccountId, text: impl Into<String>) -> Self {
        Self {
            account,
            text: text.into(),
            filters: Filters::default(),
            chats: None,
            before: None,
            limit: 50,
            count: 0,
            examine: 4_000,
        }
    }
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
    /// The place to continue below it.
    pub place: SearchPlace,
    /// Text around the hit; hits between U+E000 and U+E001.
    pub snippet: String,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Newest first.
    pub hits: Vec<SearchHit>,
    /// Everything above this place was looked at and nothing below it: a search below it goes on. `None`: everything was
    /// looked at, or there are as many hits as were asked for.
    pub reached: Option<SearchPlace>,
    /// How many there are, hits included, up to as many as were to be counted; `None`: that would have cost too much.
    pub counted: Option<u32>,
}

impl Found {
    /// Hits of two searches of the same question as one: above the place that both have reached.
    #[must_use]
    pub fn joined(mut self, other: Self, limit: u32) -> Self {
        self.reached = self.reached.max(other.reached);
        self.hits.extend(other.hits);
        self.hits.sort_by_key(|h| std::cmp::Reverse(h.place));
        self.hits.dedup_by_key(|h| h.place);
        if let Some(reached) = self.reached {
            self.hits.retain(|h| h.place >= reached);
        }
        self.whole(limit)
    }

    /// Cut to as many as were asked for, and counted if these are all.
    #[must_use]
    pub fn whole(mut self, limit: u32) -> Self {
        let limit = limit as usize;
        if self.hits.len() >= limit {
            self.hits.truncate(limit);
            self.reached = None;
        }
        let all = self.reached.is_none() && self.hits.len() < limit;
        self.counted = all.then_some(self.hits.len() as u32);
        self
    }
}

/// Rows of messages in the order of their dates, as a store finds them.
#[async_trait]
pub trait Rows: Send + Sync {
    /// Of `since <= date` and below the place, those that an index gives for the filters: how many, up to `most`.
    async fn count(&self, since: i64, below: SearchPlace, most: u32) -> Result<u32, StoreError>;

    /// Of the same, those that fit all filters, newest first.
    async fn fitting(&self, since: i64, below: SearchPlace, limit: u32)
    -> Result<Vec<SearchHit>, StoreError>;
}

/// The first window of a walk, seconds.
const WINDOW: i64 = 86_400;
/// How much longer a window is than the one before, if that was nearly empty; and how much shorter, if it was too full.
const STRETCH: i64 = 8;

/// Goes back through time, window by window, until there are enough hits or about `query.examine` rows were looked at.
/// `span`: dates of the oldest and the newest row that may fit.
pub async fn walk(query: &SearchQuery, span: (i64, i64), rows: &impl Rows) -> Result<Found, StoreError> {
    let oldest = span.0.max(query.filters.since.unwrap_or(i64::MIN));
    let newest = span.1.min(query.filters.until.map_or(i64::MAX, |u| u - 1));
    let mut below = SearchPlace::start_of(newest.saturating_add(1));
    below = below.min(query.before.unwrap_or(below));
    let (mut found, mut window, mut left) = (Found::default(), WINDOW, query.examine.max(1));
    while below > SearchPlace::start_of(oldest) {
        let last = below.date - i64::from(below.n == i64::MIN);
        let since = last.saturating_sub(window).max(oldest);
        let there = rows.count(since, below, left + 1).await?;
        if there > left && since < last {
            if left < query.examine / 2 {
                found.reached = Some(below);
                break;
            }
            window = (last - since) / STRETCH;
            continue;
        }
        if there > 0 {
            let wanted = query.limit - found.hits.len() as u32;
            found.hits.extend(rows.fitting(since, below, wanted).await?);
        }
        if found.hits.len() >= query.limit as usize {
            break;
        }
        below = SearchPlace::start_of(since);
        if there >= left {
            found.reached = Some(below).filter(|b| *b > SearchPlace::start_of(oldest));
            break;
        }
        left -= there;
        if there < query.examine / 16 {
            window = window.max(1).saturating_mul(STRETCH);
        }
    }
    Ok(found.whole(query.limit))
}

/// Laws: (1) newest first, and `before` goes on below any hit and any place that was reached; (2) what is typed is never
/// read as query syntax; (3) only current content is found; (4) what one search costs has a bound, whatever is asked.
#[async_trait]
pub trait Search: Send + Sync {
    /// Finds messages.
    async fn search(&self, query: &SearchQuery) -> Result<Found, StoreError>;
}
