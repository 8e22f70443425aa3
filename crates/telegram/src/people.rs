//! Users, groups and channels as they are now.

use grammers_tl_types::{enums, functions};
use model::{Capture, ChatId};

use crate::client::Inner;
use crate::pool::CallError;
use crate::port::{CallClass, TelegramError};

type GetUsers = functions::users::GetUsers;
type GetChats = functions::messages::GetChats;
type GetChannels = functions::channels::GetChannels;

/// A question; each kind of peer has its own.
enum Ask {
    Users(Vec<enums::InputUser>),
    Groups(Vec<i64>),
    Channels(Vec<enums::InputChannel>),
}

impl Ask {
    const fn len(&self) -> usize {
        match self {
            Self::Users(ids) => ids.len(),
            Self::Groups(ids) => ids.len(),
            Self::Channels(ids) => ids.len(),
        }
    }

    fn halves(self) -> [Self; 2] {
        let half = self.len() / 2;
        match self {
            Self::Users(mut ids) => [Self::Users(ids.split_off(half)), Self::Users(ids)],
            Self::Groups(mut ids) => [Self::Groups(ids.split_off(half)), Self::Groups(ids)],
            Self::Channels(mut ids) => [Self::Channels(ids.split_off(half)), Self::Channels(ids)],
        }
    }
}

impl Inner {
    pub(crate) async fn peers_now(&self, peers: &[ChatId]) -> Result<Vec<Capture>, TelegramError> {
        let users = peers.iter().filter_map(|p| self.input_user(p.user_id()?).ok());
        let groups = peers.iter().filter_map(|p| p.group_id());
        let channels = peers
            .iter()
            .filter_map(|p| self.input_channel(p.channel_id()?).ok());
        let mut questions = vec![
            Ask::Users(users.collect()),
            Ask::Groups(groups.collect()),
            Ask::Channels(channels.collect()),
        ];
        let mut captures = Vec::new();
        while let Some(question) = questions.pop() {
            let context = self.context();
            match self.ask(&question).await {
                Ok((users, chats)) => captures.extend(self.peers_of(&users, &chats, context)),
                // One that is refused spoils the answer for all: each half by itself, and it alone is left out.
                Err(TelegramError::AccessLost(_) | TelegramError::Refused { .. }) if question.len() > 1 => {
                    questions.extend(question.halves());
                }
                Err(TelegramError::AccessLost(_) | TelegramError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.keep_peers().await?;
        Ok(captures)
    }

    async fn ask(&self, question: &Ask) -> Result<(Vec<enums::User>, Vec<enums::Chat>), TelegramError> {
        let class = CallClass::Metadata;
        let answer = match question {
            empty if empty.len() == 0 => return Ok((Vec::new(), Vec::new())),
            Ask::Users(ids) => {
                let users = self.pool.call(class, &GetUsers { id: ids.clone() }).await;
                return Ok((users.map_err(CallError::of::<GetUsers>)?, Vec::new()));
            }
            Ask::Groups(ids) => {
                let chats = self.pool.call(class, &GetChats { id: ids.clone() }).await;
                chats.map_err(CallError::of::<GetChats>)?
            }
            Ask::Channels(ids) => {
                let chats = self.pool.call(class, &GetChannels { id: ids.clone() }).await;
                chats.map_err(CallError::of::<GetChannels>)?
            }
        };
        let chats = match answer {
            enums::messages::Chats::Chats(c) => c.chats,
            enums::messages::Chats::Slice(c) => c.chats,
        };
        Ok((Vec::new(), chats))
    }
}
