//! Messages by id.

use std::collections::HashMap;

use grammers_tl_types::{enums, functions, types};
use model::{BoxId, ChatId, MessageId, Origin};

use crate::client::Inner;
use crate::decode;
use crate::history::Answer;
use crate::pool::CallError;
use crate::port::{CallClass, LookedUp, Purpose, TelegramError};

type GetMessages = functions::messages::GetMessages;
type GetChannelMessages = functions::channels::GetMessages;

impl Inner {
    pub(crate) async fn messages_by_id(
        &self,
        chat: ChatId,
        ids: &[MessageId],
    ) -> Result<Vec<LookedUp>, TelegramError> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(100) {
            let context = self.context();
            let answer = self.get_messages(chat.box_id(), ids).await?;
            let mut by_id: HashMap<_, _> = answer
                .messages
                .iter()
                // In the common box an id may belong to another chat.
                .filter(|m| decode::message_chat(m) == Some(chat))
                .filter_map(|m| decode::message(m, Origin::Page, context))
                .map(|m| (m.id, m))
                .collect();
            found.extend(ids.iter().map(|id| LookedUp {
                id: *id,
                message: by_id.remove(id),
            }));
        }
        Ok(found)
    }

    /// Raw messages of a box; deleted ones come as `messageEmpty`. Asked for where a file needs a fresh reference.
    pub(crate) async fn get_messages(
        &self,
        box_id: BoxId,
        ids: &[MessageId],
    ) -> Result<Answer, TelegramError> {
        let id: Vec<enums::InputMessage> = ids
            .iter()
            .filter_map(|id| i32::try_from(*id).ok())
            .map(|id| types::InputMessageId { id }.into())
            .collect();
        let answer = match box_id {
            BoxId::Common => self
                .pool
                .call_for(Purpose::Media, CallClass::Metadata, &GetMessages { id })
                .await
                .map_err(CallError::of::<GetMessages>)?,
            BoxId::Channel(channel) => {
                let channel = self.input_channel(channel)?;
                self.pool
                    .call_for(
                        Purpose::Media,
                        CallClass::Metadata,
                        &GetChannelMessages { channel, id },
                    )
                    .await
                    .map_err(CallError::of::<GetChannelMessages>)?
            }
        };
        let answer = Answer::new(answer);
        self.session.remember(&answer.users, &answer.chats);
        Ok(answer)
    }
}
