//! Chats by id, topics, folders and contacts.

use grammers_tl_types::{enums, functions, types};
use model::{Capture, ChatId, MessageId};

use crate::client::Inner;
use crate::decode;
use crate::dialogs::{kind_of, kinds};
use crate::pool::CallError;
use crate::port::{CallClass, ResolvedChat, TelegramError};

type GetPeerDialogs = functions::messages::GetPeerDialogs;
type GetForumTopics = functions::messages::GetForumTopics;
type GetDialogFilters = functions::messages::GetDialogFilters;
type GetContacts = functions::contacts::GetContacts;

const TOPICS_PER_PAGE: i32 = 100;

impl Inner {
    pub(crate) async fn resolve(&self, chat: ChatId) -> Result<Option<ResolvedChat>, TelegramError> {
        let peer = match self.input_peer(chat) {
            Err(TelegramError::UnknownPeer) => return Ok(None),
            other => other?,
        };
        let context = self.context();
        let peers = vec![types::InputDialogPeer { peer }.into()];
        let answer = self
            .pool
            .call(CallClass::Metadata, &GetPeerDialogs { peers })
            .await;
        let enums::messages::PeerDialogs::Dialogs(answer) =
            match answer.map_err(CallError::of::<GetPeerDialogs>) {
                Err(TelegramError::AccessLost(_)) => return Ok(None),
                other => other?,
            };
        let peers = self.peers_of(&answer.users, &answer.chats, context);
        let kinds = kinds(&peers);
        let dialog = answer.dialogs.iter().find_map(|d| {
            decode::dialog(d, 0, |c| kind_of(c, &kinds), context).filter(|(d, _)| d.chat == chat)
        });
        let (kind, top_message, pts) = match dialog {
            Some((dialog, pts)) => (dialog.kind, dialog.top_message, pts),
            None => (kind_of(chat, &kinds), 0, None),
        };
        // A chat without a dialog has messages all the same.
        let top_message = if top_message > 0 {
            top_message
        } else {
            match self.newest_id(chat).await {
                Err(TelegramError::AccessLost(_)) => return Ok(None),
                other => other?,
            }
        };
        Ok(Some(ResolvedChat {
            chat,
            kind,
            top_message,
            pts,
            peers,
        }))
    }

    pub(crate) async fn topics(&self, chat: ChatId) -> Result<Vec<Capture>, TelegramError> {
        let mut captures = Vec::new();
        let (mut offset_date, mut offset_id, mut offset_topic) = (0, 0, 0);
        loop {
            let context = self.context();
            let request = GetForumTopics {
                peer: self.input_peer(chat)?,
                q: None,
                offset_date,
                offset_id,
                offset_topic,
                limit: TOPICS_PER_PAGE,
            };
            let answer = match self.pool.call(CallClass::Metadata, &request).await {
                Err(e) if e.is("CHANNEL_FORUM_MISSING") => return Ok(captures),
                other => other.map_err(CallError::of::<GetForumTopics>)?,
            };
            let enums::messages::ForumTopics::Topics(page) = answer;
            captures.extend(self.peers_of(&page.users, &page.chats, context));
            let records = page
                .topics
                .iter()
                .filter_map(|t| decode::topic(chat, t, context.seen));
            captures.extend(records.map(|r| Capture::Record(Box::new(r))));
            let Some(enums::ForumTopic::Topic(last)) = page.topics.last() else {
                return Ok(captures);
            };
            if last.id == offset_topic || (page.topics.len() as i32) < TOPICS_PER_PAGE {
                return Ok(captures);
            }
            let newest = page
                .messages
                .iter()
                .find(|m| decode::message_id(m) == MessageId::from(last.top_message));
            offset_date = newest.map_or(last.date, |m| match m {
                enums::Message::Message(m) => m.date,
                enums::Message::Service(m) => m.date,
                enums::Message::Empty(_) => last.date,
            });
            (offset_id, offset_topic) = (last.top_message, last.id);
        }
    }

    pub(crate) async fn folders_and_contacts(&self) -> Result<Vec<Capture>, TelegramError> {
        let context = self.context();
        let answer = self.pool.call(CallClass::Metadata, &GetDialogFilters {}).await;
        let enums::messages::DialogFilters::Filters(filters) =
            answer.map_err(CallError::of::<GetDialogFilters>)?;
        let mut captures: Vec<_> = filters
            .filters
            .iter()
            .filter_map(|f| decode::folder(f, context.seen, context.me))
            .map(|r| Capture::Record(Box::new(r)))
            .collect();
        let context = self.context();
        let answer = self
            .pool
            .call(CallClass::Metadata, &GetContacts { hash: 0 })
            .await;
        if let enums::contacts::Contacts::Contacts(book) = answer.map_err(CallError::of::<GetContacts>)? {
            captures.extend(self.peers_of(&book.users, &[], context));
            let records = book.contacts.iter().map(|c| decode::contact(c, context.seen));
            captures.extend(records.map(|r| Capture::Record(Box::new(r))));
        }
        Ok(captures)
    }
}
