//! A fresh reference for a file, by reading its owner again.

use grammers_tl_types::{enums, functions};
use model::{Attachment, CapturedMessage, ChatId, FileLocation, FileRef, MediaOwner, Origin};

use crate::client::Inner;
use crate::decode;
use crate::pool::CallError;
use crate::port::{CallClass, Purpose, TelegramError};

type GetUsers = functions::users::GetUsers;
type GetChats = functions::messages::GetChats;
type GetChannels = functions::channels::GetChannels;

impl Inner {
    pub(crate) async fn refresh_file(
        &self,
        owner: MediaOwner,
        chat: Option<ChatId>,
        file: &FileRef,
    ) -> Result<Option<FileRef>, TelegramError> {
        match owner {
            MediaOwner::Message(box_id, id) => {
                if let model::BoxId::Channel(channel) = box_id {
                    self.session.learn(ChatId::channel(channel)).await?;
                }
                let context = self.context();
                let answer = self.get_messages(box_id, &[id]).await?;
                let message = answer
                    .messages
                    .iter()
                    .filter(|m| decode::message_id(m) == id)
                    .filter(|m| chat.is_none() || decode::message_chat(m) == chat)
                    .find_map(|m| decode::message(m, Origin::Page, context));
                Ok(message.and_then(|m| file_of(m, file)))
            }
            MediaOwner::Avatar(peer) => {
                self.session.learn(peer).await?;
                let now = self.avatar(peer).await?;
                // An avatar has no reference: it is there as it was, or it is another one.
                Ok(now
                    .filter(|now| now.file_id == file.location.file_id)
                    .map(|location| FileRef {
                        location,
                        ..file.clone()
                    }))
            }
        }
    }

    async fn avatar(&self, peer: ChatId) -> Result<Option<FileLocation>, TelegramError> {
        let context = self.context();
        if let Some(user_id) = peer.user_id() {
            let id = vec![self.input_user(user_id)?];
            let users = self
                .pool
                .call_for(Purpose::Media, CallClass::Metadata, &GetUsers { id })
                .await;
            let users = users.map_err(CallError::of::<GetUsers>)?;
            self.session.remember(&users, &[]);
            return Ok(users
                .iter()
                .find_map(|u| decode::user(u, context.seen))
                .and_then(|u| u.photo));
        }
        let answer = if let Some(id) = peer.channel_id() {
            let id = vec![self.input_channel(id)?];
            self.pool
                .call_for(Purpose::Media, CallClass::Metadata, &GetChannels { id })
                .await
                .map_err(CallError::of::<GetChannels>)?
        } else {
            let id = peer.group_id().into_iter().collect();
            self.pool
                .call_for(Purpose::Media, CallClass::Metadata, &GetChats { id })
                .await
                .map_err(CallError::of::<GetChats>)?
        };
        let chats = match answer {
            enums::messages::Chats::Chats(c) => c.chats,
            enums::messages::Chats::Slice(c) => c.chats,
        };
        self.session.remember(&[], &chats);
        Ok(chats
            .iter()
            .find_map(|c| decode::chat(c, context.seen))
            .and_then(|c| c.photo))
    }
}

/// The file with the same id on a message as it is now.
fn file_of(message: CapturedMessage, file: &FileRef) -> Option<FileRef> {
    let found = match message.content.attachment? {
        Attachment::File(found) => *found,
        Attachment::WebPage(page) => *page.photo?,
        _ => return None,
    };
    let (now, then) = (&found.location, &file.location);
    (now.kind == then.kind && now.file_id == then.file_id).then_some(found)
}
