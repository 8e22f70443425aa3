//! What a run walks: what Telegram lists, what is named, and what only the archive knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{BoxId, Capture, ChatId, ChatKind, Lane, MessageId};
use store::ChatCoverage;
use telegram::{FolderList, TelegramError};

use crate::Session;
use crate::walk::WalkError;

/// A chat to be walked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planned {
    pub(crate) chat: ChatId,
    pub(crate) top: MessageId,
    pub(crate) last_activity: i64,
    pub(crate) pts: Option<i32>,
    /// Telegram lists it; else only the archive knows it, and it may be out of reach.
    pub(crate) listed: bool,
}

/// Reads both folders; every dialog and peer is captured, whatever the filter says of its messages.
pub(crate) async fn dialogs(session: &Arc<Session>) -> Result<BTreeMap<ChatId, Planned>, WalkError> {
    let mut planned = BTreeMap::new();
    for folder_id in [0, 1] {
        let mut at = Some(FolderList {
            folder_id,
            after: None,
        });
        while let Some(list) = at {
            let page = session.telegram.dialogs(&list).await?;
            let mut captures = page.peers;
            for seen in page.dialogs {
                let chat = seen.dialog.chat;
                planned.insert(
                    chat,
                    Planned {
                        chat,
                        top: seen.dialog.top_message,
                        last_activity: seen.last_activity,
                        pts: seen.pts,
                        listed: true,
                    },
                );
                captures.push(Capture::Dialog(Box::new(seen.dialog)));
            }
            session.learn(&captures);
            session
                .outbound
                .send(Lane::History, BoxId::Common, captures, None)
                .await?;
            at = page.next;
        }
    }
    Ok(planned)
}

pub(crate) async fn records(session: &Arc<Session>) -> Result<(), WalkError> {
    let captures = optional(session.telegram.folders_and_contacts().await)?;
    session
        .outbound
        .send(Lane::History, BoxId::Common, captures, None)
        .await?;
    Ok(())
}

pub(crate) async fn topics(session: &Arc<Session>, chats: &[Planned]) -> Result<(), WalkError> {
    for planned in chats {
        let forum = session
            .chats()
            .get(&planned.chat)
            .is_some_and(|c| c.kind == ChatKind::Forum);
        if forum {
            let captures = optional(session.telegram.topics(planned.chat).await)?;
            session
                .outbound
                .send(Lane::History, planned.chat.box_id(), captures, None)
                .await?;
        }
    }
    Ok(())
}

/// What does not come is missed, not fatal; a lost log-in is.
fn optional(result: Result<Vec<Capture>, TelegramError>) -> Result<Vec<Capture>, TelegramError> {
    match result {
        Err(error @ (TelegramError::Closed | TelegramError::LoginRequired(_))) => Err(error),
        Err(error) => {
            tracing::warn!("not read this time: {error}");
            Ok(Vec::new())
        }
        ok => ok,
    }
}

/// Chats that are named but in no list, and the other halves of migrated pairs.
pub(crate) async fn named(
    session: &Arc<Session>,
    planned: &mut BTreeMap<ChatId, Planned>,
) -> Result<(), WalkError> {
    let mut wanted = session.config.filter.named();
    wanted.extend(
        session
            .chats()
            .iter()
            .filter(|(id, c)| c.linked.is_some() && id.group_id().is_some())
            .map(|(id, _)| *id),
    );
    for chat in wanted {
        if planned.contains_key(&chat) {
            continue;
        }
        match session.telegram.resolve(chat).await {
            Ok(Some(resolved)) => {
                session.learn(&resolved.peers);
                session
                    .outbound
                    .send(Lane::History, BoxId::Common, resolved.peers, None)
                    .await?;
                session.chats().entry(chat).or_insert(crate::KnownChat {
                    kind: resolved.kind,
                    linked: None,
                });
                planned.insert(
                    chat,
                    Planned {
                        chat,
                        top: resolved.top_message,
                        last_activity: 0,
                        pts: resolved.pts,
                        listed: true,
                    },
                );
            }
            Ok(None) => tracing::warn!(
                "a chat of an include list cannot be found; is the id in its marked form (-100...)?"
            ),
            Err(error @ (TelegramError::Closed | TelegramError::LoginRequired(_))) => {
                return Err(error.into());
            }
            Err(error) => tracing::warn!("a chat of an include list cannot be read: {error}"),
        }
    }
    Ok(())
}

/// A chat reaches as far as its newest stored message, whatever Telegram says: what was captured live and is gone is
/// found by a page that does not have it. Chats of which something is open are walked though Telegram lists them no more.
pub(crate) async fn stored(
    session: &Session,
    planned: &mut BTreeMap<ChatId, Planned>,
    coverage: &BTreeMap<ChatId, ChatCoverage>,
) -> Result<(), WalkError> {
    for (chat, newest) in session.deps.store.newest_stored(session.config.account).await? {
        let open = coverage
            .get(&chat)
            .is_none_or(|c| !c.open.is_empty() || c.known_through < newest);
        match planned.get_mut(&chat) {
            Some(known) => known.top = known.top.max(newest),
            None if open => {
                let unlisted = Planned {
                    chat,
                    top: newest,
                    last_activity: 0,
                    pts: None,
                    listed: false,
                };
                planned.insert(chat, unlisted);
            }
            None => {}
        }
    }
    Ok(())
}
