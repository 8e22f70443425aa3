//! Which chats are captured (F31-F38).

use std::collections::{BTreeMap, BTreeSet};

use model::{ChatId, ChatKind};

/// The types of `CHAT_TYPES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChatType {
    /// Users that are no bots.
    Private,
    /// Basic groups, supergroups, forums.
    Groups,
    /// Broadcast channels.
    Channels,
}

/// The type a chat counts as; bots count as none.
pub const fn type_of(kind: ChatKind) -> Option<ChatType> {
    match kind {
        ChatKind::Private | ChatKind::SavedMessages => Some(ChatType::Private),
        ChatKind::Bot => None,
        ChatKind::Group | ChatKind::Supergroup | ChatKind::Forum => Some(ChatType::Groups),
        ChatKind::Channel => Some(ChatType::Channels),
    }
}

/// The settings.
#[derive(Clone, Debug, Default)]
pub struct ChatFilter {
    /// `CHAT_TYPES`.
    pub types: BTreeSet<ChatType>,
    /// `GLOBAL_INCLUDE_CHAT_IDS`.
    pub include: BTreeSet<ChatId>,
    /// `GLOBAL_EXCLUDE_CHAT_IDS`.
    pub exclude: BTreeSet<ChatId>,
    /// `PRIVATE_`, `GROUPS_`, `CHANNELS_INCLUDE_CHAT_IDS`.
    pub include_of: BTreeMap<ChatType, BTreeSet<ChatId>>,
    /// `PRIVATE_`, `GROUPS_`, `CHANNELS_EXCLUDE_CHAT_IDS`.
    pub exclude_of: BTreeMap<ChatType, BTreeSet<ChatId>>,
}

/// Which rule decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says itself what it is")]
pub enum Rule {
    GlobalExclude,
    TypeExclude,
    GlobalInclude,
    TypeInclude,
    ChatTypes,
    NoRule,
}

impl Rule {
    /// Whether the chat is captured.
    pub const fn captures(self) -> bool {
        matches!(self, Self::GlobalInclude | Self::TypeInclude | Self::ChatTypes)
    }

    /// For a person.
    pub const fn explain(self) -> &'static str {
        match self {
            Self::GlobalExclude => "skipped: GLOBAL_EXCLUDE_CHAT_IDS names it",
            Self::TypeExclude => "skipped: the exclude list of its type names it",
            Self::GlobalInclude => "captured: GLOBAL_INCLUDE_CHAT_IDS names it",
            Self::TypeInclude => "captured: the include list of its type names it",
            Self::ChatTypes => "captured: CHAT_TYPES has its type",
            Self::NoRule => "skipped: no include list names it and CHAT_TYPES does not have its type",
        }
    }
}

impl ChatFilter {
    /// The rule that decides, in the documented order. `linked`: the other half of a group that became a supergroup; what
    /// names one means both.
    pub fn rule(&self, chat: ChatId, kind: ChatKind, linked: Option<ChatId>) -> Rule {
        let names = |set: &BTreeSet<ChatId>| set.contains(&chat) || linked.is_some_and(|l| set.contains(&l));
        let of = |map: &BTreeMap<ChatType, BTreeSet<ChatId>>| {
            type_of(kind).and_then(|t| map.get(&t)).is_some_and(&names)
        };
        if names(&self.exclude) {
            Rule::GlobalExclude
        } else if of(&self.exclude_of) {
            Rule::TypeExclude
        } else if names(&self.include) {
            Rule::GlobalInclude
        } else if of(&self.include_of) {
            Rule::TypeInclude
        } else if type_of(kind).is_some_and(|t| self.types.contains(&t)) {
            Rule::ChatTypes
        } else {
            Rule::NoRule
        }
    }

    /// Chats that are named by an include list: fetched even if no dialog shows them.
    pub fn named(&self) -> BTreeSet<ChatId> {
        self.include
            .iter()
            .chain(self.include_of.values().flatten())
            .copied()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set<const N: usize>(ids: [i64; N]) -> BTreeSet<ChatId> {
        ids.into_iter().map(ChatId).collect()
    }

    fn filter() -> ChatFilter {
        ChatFilter {
            types: BTreeSet::from([ChatType::Groups]),
            include: set([1, 2, -1_000_000_000_050]),
            exclude: set([2, -7]),
            include_of: BTreeMap::from([(ChatType::Private, set([3, -1_000_000_000_009]))]),
            exclude_of: BTreeMap::from([(ChatType::Groups, set([-8, 4]))]),
        }
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        for (chat, kind, expected) in [
            (2, ChatKind::Private, Rule::GlobalExclude),
            (-7, ChatKind::Group, Rule::GlobalExclude),
            (-8, ChatKind::Group, Rule::TypeExclude),
            (4, ChatKind::Private, Rule::NoRule),
            (1, ChatKind::Bot, Rule::GlobalInclude),
            (3, ChatKind::Private, Rule::TypeInclude),
            (3, ChatKind::Bot, Rule::NoRule),
            (-1_000_000_000_009, ChatKind::Channel, Rule::NoRule),
            (-6, ChatKind::Group, Rule::ChatTypes),
            (-1_000_000_000_051, ChatKind::Supergroup, Rule::ChatTypes),
            (9, ChatKind::Private, Rule::NoRule),
        ] {
            assert_eq!(
                filter().rule(ChatId(chat), kind, None),
                expected,
                "{chat} {kind:?}"
            );
        }
    }

    #[test]
    fn a_filter_that_names_one_half_of_a_migrated_pair_means_both() {
        let (group, supergroup) = (ChatId(-7), ChatId(-1_000_000_000_077));
        assert_eq!(
            filter().rule(supergroup, ChatKind::Supergroup, Some(group)),
            Rule::GlobalExclude
        );
    }

    #[test]
    fn without_types_only_what_is_named_is_captured() {
        let only = ChatFilter {
            include: set([5]),
            ..ChatFilter::default()
        };
        assert!(only.rule(ChatId(5), ChatKind::Channel, None).captures());
        assert!(!only.rule(ChatId(6), ChatKind::Private, None).captures());
    }
}
