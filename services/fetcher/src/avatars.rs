//! `AVATAR_REFRESH_HOURS`: nobody tells of another avatar of a user whose messages come no more. Who was seen on any page or
//! update shows it by itself; all others are asked for again, a hundred at a time, when so many hours are over.
//!
//! Since captures are stamped, "not seen again" is a question to the database: the stamp of the last sweep's beginning
//! stands beside its time, and the next sweep asks for everybody whose stamp is older.

use std::sync::Arc;

use model::{BoxId, ChatId, Lane, Seen};
use serde::{Deserialize, Serialize};
use telegram::TelegramError;

use crate::Session;
use crate::walk::WalkError;

/// Peers per step: what Telegram takes at once.
const STEP: u32 = 100;

/// What is remembered between runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Memory {
    /// Unix seconds at which the last sweep began, or at which we began to count.
    began_at: i64,
    /// The stamp of that moment.
    began: Seen,
    /// The sweep that goes on.
    sweep: Option<Sweep>,
}

/// A sweep that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sweep {
    /// Peers seen since then are left out.
    since: Seen,
    /// Peers up to this id are done.
    after: ChatId,
}

/// Sweeps if it is time, and goes on with a sweep that was interrupted.
pub(crate) async fn refresh(session: &Arc<Session>) -> Result<(), WalkError> {
    let Some(every) = session.config.avatar_refresh else {
        return Ok(());
    };
    let now = session.deps.clock.now_unix();
    let memory = recall(session).await?;
    let Some(mut memory) = memory.map(|m| m.at(now, every.as_secs(), session.stamps.next())) else {
        // Everybody was seen by the run that ends here.
        let memory = Memory {
            began_at: now,
            began: session.stamps.next(),
            sweep: None,
        };
        return keep(session, memory).await;
    };
    let mut asked = 0;
    while let Some(sweep) = memory.sweep {
        keep(session, memory).await?;
        let peers = session
            .deps
            .store
            .peers_unseen_since(session.config.account, sweep.since, sweep.after, STEP)
            .await?;
        memory.sweep = peers.last().map(|last| Sweep {
            after: *last,
            ..sweep
        });
        let captures = match session.telegram.peers(&peers).await {
            Ok(captures) => captures,
            Err(error @ (TelegramError::Closed | TelegramError::LoginRequired(_))) => {
                return Err(error.into());
            }
            Err(error) => {
                tracing::warn!("some avatars are not looked at this time: {error}");
                continue;
            }
        };
        session.learn(&captures);
        session
            .outbound
            .send(Lane::History, BoxId::Common, captures, None)
            .await?;
        asked += peers.len() as u64;
        session.deps.status.send_modify(|s| {
            if let Some(run) = &mut s.run {
                run.peers = asked;
            }
        });
    }
    if asked > 0 {
        tracing::info!(
            peers = asked,
            "users and chats that were not seen for long were looked at again"
        );
    }
    keep(session, memory).await
}

impl Memory {
    /// With a sweep, if one goes on or is due.
    fn at(self, now: i64, every: u64, stamp: Seen) -> Self {
        if self.sweep.is_some() || now.saturating_sub(self.began_at) < every as i64 {
            return self;
        }
        Self {
            began_at: now,
            began: stamp,
            sweep: Some(Sweep {
                since: self.began,
                after: ChatId(i64::MIN),
            }),
        }
    }
}

fn key(session: &Session) -> String {
    format!("fetcher.avatars.{}", session.config.account.0)
}

async fn recall(session: &Session) -> Result<Option<Memory>, WalkError> {
    let text = session.deps.store.meta(&key(session)).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

async fn keep(session: &Session, memory: Memory) -> Result<(), WalkError> {
    // Numbers always serialise.
    let text = serde_json::to_string(&memory).unwrap_or_default();
    session.deps.store.set_meta(&key(session), Some(&text)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn stamp(counter: u64) -> Seen {
        Seen { epoch: 1, counter }
    }

    #[test]
    fn a_sweep_begins_when_it_is_due_and_asks_for_who_was_not_seen_since_the_last_one() {
        let memory = Memory {
            began_at: 1000,
            began: stamp(7),
            sweep: None,
        };
        assert_eq!(memory.at(1099, 100, stamp(50)), memory, "not yet");
        let due = memory.at(1100, 100, stamp(50));
        let sweep = due.sweep.expect("begun");
        assert_eq!(
            (due.began_at, due.began, sweep.since),
            (1100, stamp(50), stamp(7))
        );
        assert_eq!(due.at(5000, 100, stamp(90)), due, "one after the other");
    }
}
