//! Subjects, typed; and the stream each belongs to.

use std::fmt;
use std::str::FromStr;

use model::{AccountId, BoxId};

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// `tg.live.<account>.<box>`: capture batches of updates, fetcher to writer.
    Live(AccountId, BoxId),
    /// `tg.history.<account>.<box>`: capture batches of pages, fetcher and importer to writer.
    History(AccountId, BoxId),
    /// `tg.ops.<account>`: ids of pending operations, writer to rate-limiter.
    Operations(AccountId),
    /// `ops.decided.<account>`: operations that have a verdict now, rate-limiter to writer.
    Decided(AccountId),
    /// `media.wanted.<account>.<dc>`: media rows to fetch, writer to media-downloader.
    MediaWanted(AccountId, i32),
    /// `media.stored.<account>`: what became of them, media-downloader to writer.
    MediaStored(AccountId),
    /// `archive.changed.<account>`: writer's outbox to viewers and notifier.
    Changed(AccountId),
    /// `receipts.<account>`: batches that are committed; a notice that may be lost.
    Receipts(AccountId),
    /// `rpc.<service>.<verb>.<account>`: request and reply.
    Rpc {
        /// Who answers.
        service: String,
        /// What is asked.
        verb: String,
        /// Of which account.
        account: AccountId,
    },
}

/// The durable streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// Updates, verdicts, outcomes: what goes first.
    Live,
    /// Pages.
    History,
    /// Pending operations.
    Operations,
    /// Wanted files.
    Media,
    /// Changes, kept for 24 hours for everybody.
    Changes,
}

impl Stream {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Live,
        Self::History,
        Self::Operations,
        Self::Media,
        Self::Changes,
    ];

    /// Its name on the broker.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "LIVE",
            Self::History => "HISTORY",
            Self::Operations => "OPS",
            Self::Media => "MEDIA",
            Self::Changes => "CHANGES",
        }
    }

    /// The subjects it holds.
    pub const fn patterns(self) -> &'static [&'static str] {
        match self {
            Self::Live => &["tg.live.*.*", "ops.decided.*", "media.stored.*"],
            Self::History => &["tg.history.*.*"],
            Self::Operations => &["tg.ops.*"],
            Self::Media => &["media.wanted.*.*"],
            Self::Changes => &["archive.changed.*"],
        }
    }

    /// A work queue gives each message to one consumer and forgets it when acknowledged; the other kind keeps all.
    pub const fn is_work_queue(self) -> bool {
        !matches!(self, Self::Changes)
    }
}

impl Subject {
    /// The stream it belongs to; `None` for notices and requests, which nothing holds.
    pub const fn stream(&self) -> Option<Stream> {
        match self {
            Self::Live(..) | Self::Decided(_) | Self::MediaStored(_) => Some(Stream::Live),
            Self::History(..) => Some(Stream::History),
            Self::Operations(_) => Some(Stream::Operations),
            Self::MediaWanted(..) => Some(Stream::Media),
            Self::Changed(_) => Some(Stream::Changes),
            Self::Receipts(_) | Self::Rpc { .. } => None,
        }
    }

    /// The account it concerns.
    pub const fn account(&self) -> AccountId {
        match self {
            Self::Live(a, _)
            | Self::History(a, _)
            | Self::Operations(a)
            | Self::Decided(a)
            | Self::MediaWanted(a, _)
            | Self::MediaStored(a)
            | Self::Changed(a)
            | Self::Receipts(a)
            | Self::Rpc { account: a, .. } => *a,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Live(a, b) => write!(f, "tg.live.{a}.{b}"),
            Self::History(a, b) => write!(f, "tg.history.{a}.{b}"),
            Self::Operations(a) => write!(f, "tg.ops.{a}"),
            Self::Decided(a) => write!(f, "ops.decided.{a}"),
            Self::MediaWanted(a, dc) => write!(f, "media.wanted.{a}.{dc}"),
            Self::MediaStored(a) => write!(f, "media.stored.{a}"),
            Self::Changed(a) => write!(f, "archive.changed.{a}"),
            Self::Receipts(a) => write!(f, "receipts.{a}"),
            Self::Rpc {
                service,
                verb,
                account,
            } => write!(f, "rpc.{service}.{verb}.{account}"),
        }
    }
}

/// A subject this version does not know.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no subject of the archive")]
pub struct UnknownSubject(String);

impl FromStr for Subject {
    type Err = UnknownSubject;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownSubject(text.to_owned());
        let account = |t: &str| t.parse().map(AccountId).map_err(|_| unknown());
        let parts: Vec<&str> = text.split('.').collect();
        Ok(match parts[..] {
            ["tg", "live", a, b] => Self::Live(account(a)?, b.parse().map_err(|_| unknown())?),
            ["tg", "history", a, b] => Self::History(account(a)?, b.parse().map_err(|_| unknown())?),
            ["tg", "ops", a] => Self::Operations(account(a)?),
            ["ops", "decided", a] => Self::Decided(account(a)?),
            ["media", "wanted", a, dc] => Self::MediaWanted(account(a)?, dc.parse().map_err(|_| unknown())?),
            ["media", "stored", a] => Self::MediaStored(account(a)?),
            ["archive", "changed", a] => Self::Changed(account(a)?),
            ["receipts", a] => Self::Receipts(account(a)?),
            ["rpc", service, verb, a] => Self::Rpc {
                service: service.to_owned(),
                verb: verb.to_owned(),
                account: account(a)?,
            },
            _ => return Err(unknown()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_print_and_parse() {
        let a = AccountId(7);
        let all = [
            (Subject::Live(a, BoxId::Common), "tg.live.7.common"),
            (Subject::History(a, BoxId::Channel(5)), "tg.history.7.5"),
            (Subject::Operations(a), "tg.ops.7"),
            (Subject::Decided(a), "ops.decided.7"),
            (Subject::MediaWanted(a, 4), "media.wanted.7.4"),
            (Subject::MediaStored(a), "media.stored.7"),
            (Subject::Changed(a), "archive.changed.7"),
            (Subject::Receipts(a), "receipts.7"),
            (
                Subject::Rpc {
                    service: "fetcher".into(),
                    verb: "run_now".into(),
                    account: a,
                },
                "rpc.fetcher.run_now.7",
            ),
        ];
        for (subject, text) in all {
            assert_eq!(subject.to_string(), text);
            assert_eq!(text.parse::<Subject>().unwrap(), subject);
            assert_eq!(subject.account(), a);
        }
        assert!("tg.live.x.common".parse::<Subject>().is_err());
    }

    #[test]
    fn every_durable_subject_is_held_by_its_stream() {
        let matches = |pattern: &str, subject: &str| {
            let (p, s): (Vec<_>, Vec<_>) = (pattern.split('.').collect(), subject.split('.').collect());
            p.len() == s.len() && p.iter().zip(s).all(|(p, s)| *p == "*" || *p == s)
        };
        let a = AccountId(1);
        for subject in [
            Subject::Live(a, BoxId::Common),
            Subject::Decided(a),
            Subject::MediaWanted(a, 2),
            Subject::Changed(a),
        ] {
            let stream = subject.stream().unwrap();
            assert!(
                stream.patterns().iter().any(|p| matches(p, &subject.to_string())),
                "{subject}"
            );
        }
    }
}
