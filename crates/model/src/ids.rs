//! Identity: accounts, boxes, chats, messages.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The surrogate id of an archived Telegram account in this archive; it leads every key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub i64);

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A message id, unique within its box. Telegram counts from 1 and never reuses one.
pub type MessageId = i64;

/// Telegram's counting unit of messages and updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BoxId {
    /// Private chats and basic groups of one account share one id sequence and one pts.
    Common,
    /// One channel or supergroup, by its bare id.
    Channel(i64),
}

impl BoxId {
    /// As a column: 0 for the common box, else the channel's bare id (always positive).
    pub const fn to_i64(self) -> i64 {
        match self {
            Self::Common => 0,
            Self::Channel(id) => id,
        }
    }

    /// From a column; the inverse of [`BoxId::to_i64`].
    pub const fn from_i64(value: i64) -> Self {
        match value {
            0 => Self::Common,
            id => Self::Channel(id),
        }
    }
}

impl fmt::Display for BoxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Common => f.write_str("common"),
            Self::Channel(id) => id.fmt(f),
        }
    }
}

/// What a text was that names no box.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no box: expected `common` or a channel's bare id")]
pub struct NotABox(String);

impl FromStr for BoxId {
    type Err = NotABox;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        if s == "common" {
            return Ok(Self::Common);
        }
        match s.parse::<i64>() {
            Ok(id) if id > 0 => Ok(Self::Channel(id)),
            _ => Err(NotABox(s.to_owned())),
        }
    }
}

/// A chat or a sender by its *marked* id: users positive, basic groups `-id`, channels and supergroups
/// `-(10^12 + id)`, which prints as `-100…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChatId(pub i64);

const CHANNEL_MARK: i64 = 1_000_000_000_000;

impl ChatId {
    /// A user (or a private chat with one).
    pub const fn user(id: i64) -> Self {
        Self(id)
    }

    /// A basic group.
    pub const fn group(id: i64) -> Self {
        Self(-id)
    }

    /// A channel, supergroup or forum.
    pub const fn channel(id: i64) -> Self {
        Self(-CHANNEL_MARK - id)
    }

    /// The box in which this chat's messages are counted.
    pub const fn box_id(self) -> BoxId {
        match self.channel_id() {
            Some(id) => BoxId::Channel(id),
            None => BoxId::Common,
        }
    }

    /// The bare channel id, if this is a channel or supergroup.
    pub const fn channel_id(self) -> Option<i64> {
        if self.0 < -CHANNEL_MARK {
            Some(-self.0 - CHANNEL_MARK)
        } else {
            None
        }
    }

    /// The bare basic group id, if this is one.
    pub const fn group_id(self) -> Option<i64> {
        if self.0 < 0 && self.0 >= -CHANNEL_MARK {
            Some(-self.0)
        } else {
            None
        }
    }

    /// The user id, if this is a user.
    pub const fn user_id(self) -> Option<i64> {
        if self.0 > 0 { Some(self.0) } else { None }
    }
}

impl fmt::Display for ChatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The identity of a message: (account, box, id). The chat is not part of it: a deletion in the common box
/// names no chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageKey {
    /// Whose archive.
    pub account: AccountId,
    /// In which id sequence.
    pub box_id: BoxId,
    /// The id in that sequence.
    pub id: MessageId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_ids_tell_their_kind_and_box() {
        assert_eq!(ChatId::channel(1_234_567_890).0, -1_001_234_567_890);
        assert_eq!(ChatId(-1_001_234_567_890).box_id(), BoxId::Channel(1_234_567_890));
        assert_eq!(ChatId(-123_456_789).box_id(), BoxId::Common);
        assert_eq!(ChatId(-123_456_789).group_id(), Some(123_456_789));
        assert_eq!(ChatId(77).user_id(), Some(77));
        assert_eq!(ChatId(77).box_id(), BoxId::Common);
    }

    #[test]
    fn a_box_prints_and_parses_as_a_subject_token() {
        for b in [BoxId::Common, BoxId::Channel(42)] {
            assert_eq!(b.to_string().parse(), Ok(b));
            assert_eq!(BoxId::from_i64(b.to_i64()), b);
        }
        assert!("-3".parse::<BoxId>().is_err());
    }
}
