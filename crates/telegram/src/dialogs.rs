//! Dialogs, one folder after the other: main (0) and archived (1) are asked for by number.

use std::collections::HashMap;

use grammers_tl_types::{enums, functions};
use model::{Capture, ChatId, ChatKind, MessageId};

use crate::client::Inner;
use crate::decode;
use crate::pool::CallError;
use crate::port::{CallClass, DialogPage, DialogSeen, FolderList, TelegramError};

type GetDialogs = functions::messages::GetDialogs;

const LIMIT: i32 = 100;

/// The parts of `messages.Dialogs`.
struct Answer {
    dialogs: Vec<enums::Dialog>,
    messages: Vec<enums::Message>,
    users: Vec<enums::User>,
    chats: Vec<enums::Chat>,
    complete: bool,
}

impl Inner {
    pub(crate) async fn dialogs(&self, at: &FolderList) -> Result<DialogPage, TelegramError> {
        let (offset_date, offset_id, offset_peer) = match at.after {
            Some((date, id, chat)) => (date as i32, id as i32, self.input_peer(chat)?),
            None => (0, 0, enums::InputPeer::Empty),
        };
        let request = GetDialogs {
            // Pinned ones come first and are out of order; all of them are on the first page.
            exclude_pinned: at.after.is_some(),
            folder_id: Some(at.folder_id),
            offset_date,
            offset_id,
            offset_peer,
            limit: LIMIT,
            hash: 0,
        };
        let context = self.context();
        let answer = self
            .pool
            .call(CallClass::Metadata, &request)
            .await
            .map_err(CallError::of::<GetDialogs>)?;
        let answer = match answer {
            enums::messages::Dialogs::Dialogs(d) => Answer {
                dialogs: d.dialogs,
                messages: d.messages,
                users: d.users,
                chats: d.chats,
                complete: true,
            },
            enums::messages::Dialogs::Slice(d) => Answer {
                dialogs: d.dialogs,
                messages: d.messages,
                users: d.users,
                chats: d.chats,
                complete: false,
            },
            enums::messages::Dialogs::NotModified(_) => {
                return Ok(DialogPage {
                    dialogs: Vec::new(),
                    peers: Vec::new(),
                    next: None,
                });
            }
        };
        let peers = self.peers_of(&answer.users, &answer.chats, context);
        let kinds = kinds(&peers);
        let dates = dates(&answer.messages);
        let dialogs: Vec<_> = answer
            .dialogs
            .iter()
            .filter_map(|d| decode::dialog(d, at.folder_id, |chat| kind_of(chat, &kinds), context))
            .map(|(dialog, pts)| {
                let date = dates
                    .get(&(dialog.chat, dialog.top_message))
                    .copied()
                    .unwrap_or(0);
                DialogSeen {
                    dialog,
                    last_activity: date,
                    pts,
                }
            })
            .collect();
        let next = if answer.complete { None } else { next(at, &dialogs) };
        self.keep_peers().await?;
        Ok(DialogPage { dialogs, peers, next })
    }
}

/// Behind the last dialog of the list proper whose date is known. `None`: there is none, or it does not lead on.
fn next(at: &FolderList, dialogs: &[DialogSeen]) -> Option<FolderList> {
    let last = dialogs
        .iter()
        .rev()
        .find(|d| !d.dialog.pinned && d.last_activity > 0);
    let after = match (last, dialogs.last()) {
        (Some(last), _) => Some((last.last_activity, last.dialog.top_message, last.dialog.chat)),
        // A page of pinned ones alone: the list proper begins behind them.
        (None, Some(pinned)) if at.after.is_none() => Some((i64::from(i32::MAX), 0, pinned.dialog.chat)),
        _ => None,
    };
    (after.is_some() && after != at.after).then_some(FolderList {
        folder_id: at.folder_id,
        after,
    })
}

fn dates(messages: &[enums::Message]) -> HashMap<(ChatId, MessageId), i64> {
    messages
        .iter()
        .filter_map(|m| {
            let date = match m {
                enums::Message::Message(m) => m.date,
                enums::Message::Service(m) => m.date,
                enums::Message::Empty(_) => return None,
            };
            Some(((decode::message_chat(m)?, decode::message_id(m)), i64::from(date)))
        })
        .collect()
}

/// What the chats of an answer are.
pub(crate) fn kinds(peers: &[Capture]) -> HashMap<ChatId, ChatKind> {
    peers
        .iter()
        .filter_map(|p| match p {
            Capture::User(u) if u.is_self => Some((ChatId::user(u.id), ChatKind::SavedMessages)),
            Capture::User(u) => Some((
                ChatId::user(u.id),
                if u.bot { ChatKind::Bot } else { ChatKind::Private },
            )),
            Capture::Chat(c) => Some((c.id, c.kind)),
            _ => None,
        })
        .collect()
}

/// What a chat is, by its id alone where the answer did not tell.
pub(crate) fn kind_of(chat: ChatId, kinds: &HashMap<ChatId, ChatKind>) -> ChatKind {
    kinds.get(&chat).copied().unwrap_or_else(|| match chat {
        c if c.user_id().is_some() => ChatKind::Private,
        c if c.group_id().is_some() => ChatKind::Group,
        _ => ChatKind::Supergroup,
    })
}
