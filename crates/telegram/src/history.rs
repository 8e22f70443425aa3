//! Pages of history, oldest first.

use grammers_tl_types::{enums, functions};
use model::{ChatId, MessageId, Origin};

use crate::client::Inner;
use crate::decode::{self, Context};
use crate::pool::CallError;
use crate::port::{CallClass, HistoryPage, HistoryRequest, Purpose, TelegramError};

type GetHistory = functions::messages::GetHistory;

/// What the several forms of `messages.Messages` have in common.
pub(crate) struct Answer {
    pub(crate) messages: Vec<enums::Message>,
    pub(crate) users: Vec<enums::User>,
    pub(crate) chats: Vec<enums::Chat>,
    /// How many there are in all, if told.
    pub(crate) total: Option<u64>,
}

impl Answer {
    pub(crate) fn new(answer: enums::messages::Messages) -> Self {
        match answer {
            enums::messages::Messages::Messages(m) => {
                let total = Some(m.messages.len() as u64);
                Self {
                    messages: m.messages,
                    users: m.users,
                    chats: m.chats,
                    total,
                }
            }
            enums::messages::Messages::Slice(m) => {
                let total = u64::try_from(m.count).ok();
                Self {
                    messages: m.messages,
                    users: m.users,
                    chats: m.chats,
                    total,
                }
            }
            enums::messages::Messages::ChannelMessages(m) => {
                let total = u64::try_from(m.count).ok();
                Self {
                    messages: m.messages,
                    users: m.users,
                    chats: m.chats,
                    total,
                }
            }
            enums::messages::Messages::NotModified(_) => Self {
                messages: Vec::new(),
                users: Vec::new(),
                chats: Vec::new(),
                total: None,
            },
        }
    }
}

impl Inner {
    /// The `limit` messages next above `after`.
    ///
    /// Telegram lists newest first, from the first message with an id below `offset_id`, moved by `add_offset`
    /// positions: with `offset_id = after + 1` and `add_offset = -limit` these are the messages above `after` that are
    /// nearest to it, however large the holes between ids are. Where fewer are left it fills up with older ones, which
    /// are left out here.
    pub(crate) async fn history(&self, request: &HistoryRequest) -> Result<HistoryPage, TelegramError> {
        let limit = request.limit.clamp(1, 100) as i32;
        let mut after = request.after;
        loop {
            let context = self.context();
            let offset_id = i32::try_from(after + 1).unwrap_or(i32::MAX);
            let answer = self
                .get_history(request.purpose, request.chat, offset_id, -limit, limit)
                .await?;
            let mut above: Vec<_> = answer
                .messages
                .iter()
                .filter(|m| decode::message_id(m) > after)
                .collect();
            above.sort_by_key(|m| decode::message_id(m));
            above.dedup_by_key(|m| decode::message_id(m));
            let messages: Vec<_> = above
                .iter()
                .filter_map(|m| decode::message(m, Origin::Page, context))
                .collect();
            // Nothing but empty ones is no evidence that nothing follows.
            if let (true, Some(last)) = (messages.is_empty(), above.last()) {
                after = decode::message_id(last);
                continue;
            }
            let peers = decode::peers(&answer.users, &answer.chats, context);
            self.keep_peers().await?;
            return Ok(HistoryPage {
                seen: context.seen,
                messages,
                peers,
                total: answer.total,
            });
        }
    }

    /// How many messages the page above `after` has, and the greatest id. The answer is read from TL and thrown away.
    pub(crate) async fn bare_page(
        &self,
        chat: ChatId,
        after: MessageId,
    ) -> Result<(usize, MessageId), TelegramError> {
        let offset_id = i32::try_from(after + 1).unwrap_or(i32::MAX);
        let answer = self
            .get_history(Purpose::Backfill, chat, offset_id, -100, 100)
            .await?;
        let ids = answer.messages.iter().map(decode::message_id);
        let above: Vec<MessageId> = ids.filter(|id| *id > after).collect();
        Ok((above.len(), above.into_iter().max().unwrap_or(after)))
    }

    pub(crate) async fn newest_id(&self, chat: ChatId) -> Result<MessageId, TelegramError> {
        let answer = self.get_history(Purpose::New, chat, 0, 0, 1).await?;
        Ok(answer.messages.iter().map(decode::message_id).max().unwrap_or(0))
    }

    async fn get_history(
        &self,
        purpose: Purpose,
        chat: ChatId,
        offset_id: i32,
        add_offset: i32,
        limit: i32,
    ) -> Result<Answer, TelegramError> {
        let request = GetHistory {
            peer: self.input_peer(chat)?,
            offset_id,
            offset_date: 0,
            add_offset,
            limit,
            max_id: 0,
            min_id: 0,
            hash: 0,
        };
        let answer = self
            .pool
            .call_for(purpose, CallClass::History, &request)
            .await
            .map_err(CallError::of::<GetHistory>)?;
        let answer = Answer::new(answer);
        self.session.remember(&answer.users, &answer.chats);
        Ok(answer)
    }

    /// The users and chats of an answer, as captures.
    pub(crate) fn peers_of(
        &self,
        users: &[enums::User],
        chats: &[enums::Chat],
        context: Context,
    ) -> Vec<model::Capture> {
        self.session.remember(users, chats);
        decode::peers(users, chats, context)
    }
}
