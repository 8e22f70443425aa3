//! What people do: post, edit, delete, react, pin. Each is an event of a box and a push to who is there.

use grammers_tl_types::{enums, types};
use model::ChatId;

use super::boxes::{Event, EventKind};
use super::files::FileSpec;
use super::post::{Media, Post};
use super::{DialogState, World, render};

/// A message to post.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Raw text.
    pub text: String,
    /// Formatting.
    pub entities: Vec<enums::MessageEntity>,
    /// What hangs on it.
    pub media: Option<Media>,
    /// Marked id; `None`: the chat's other side, or the channel.
    pub from: Option<i64>,
    /// The message it answers.
    pub reply_to: Option<i32>,
    /// Album.
    pub grouped_id: Option<i64>,
    /// A service message.
    pub action: Option<enums::MessageAction>,
}

impl Draft {
    /// A plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

/// A change of a message.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// The new text.
    pub text: Option<String>,
    /// The new file.
    pub media: Option<Media>,
    /// Only a decoration: no visible change, and not to be shown as edited.
    pub hide: bool,
}

impl World {
    /// Accounts whose boxes a common chat's message goes to: the named one, and for a group every reader.
    fn receivers(&self, account: i64, chat: ChatId) -> Vec<i64> {
        if chat.group_id().is_some() {
            self.readers(chat)
        } else {
            vec![account]
        }
    }

    /// Posts a message; answers its id as `account` sees it.
    pub fn post(&mut self, account: i64, chat: ChatId, draft: &Draft) -> Option<i32> {
        let now = self.now();
        let from = draft.from.or(match (chat.channel_id(), chat.user_id()) {
            (Some(_), _) => None,
            (None, Some(user)) => Some(user),
            (None, None) => self.groups.get(&-chat.0).and_then(|g| g.members.first().copied()),
        });
        let make = |id: i32| {
            let mut post = Post::new(id, chat.0, now, from, draft.text.clone());
            post.entities.clone_from(&draft.entities);
            post.media.clone_from(&draft.media);
            post.reply_to = draft.reply_to;
            post.grouped_id = draft.grouped_id;
            post.action.clone_from(&draft.action);
            post
        };
        let remembered = self.limits.remembered;
        if let Some(channel) = chat.channel_id() {
            let channel = self.channels.get_mut(&channel)?;
            let id = channel.messages.next_id();
            let mut post = make(id);
            if !channel.megagroup {
                post.views = Some((1, 0));
            }
            channel.messages.put(post);
            let event = channel
                .messages
                .happen(EventKind::New(id), chat.0, now, remembered);
            self.tell_readers(chat, &event);
            return Some(id);
        }
        let mut own = None;
        for receiver in self.receivers(account, chat) {
            let common = &mut self.accounts.get_mut(&receiver)?.common;
            let id = common.next_id();
            common.put(make(id));
            let event = common.happen(EventKind::New(id), chat.0, now, remembered);
            self.accounts
                .get_mut(&receiver)?
                .dialogs
                .entry(chat.0)
                .or_insert_with(DialogState::default);
            self.tell(receiver, &event);
            if receiver == account {
                own = Some(id);
            }
        }
        own
    }

    /// Edits a message. Answers whether it was there.
    pub fn edit(&mut self, account: i64, chat: ChatId, id: i32, edit: &Edit) -> bool {
        let now = self.now();
        let change = |post: &mut Post| {
            if edit.hide {
                post.edit_hide = true;
                post.edit_date = Some(now);
                return;
            }
            post.history.push(post.version());
            // Telegram's time has seconds; two edits within one keep their order by the date alone.
            post.edit_date = Some(post.edit_date.map_or(now, |last| now.max(last + 1)));
            if let Some(text) = &edit.text {
                post.text.clone_from(text);
                post.entities.clear();
            }
            if edit.media.is_some() {
                post.media.clone_from(&edit.media);
            }
        };
        self.change(account, chat, id, EventKind::Edit(id), change)
    }

    /// Sets the reactions of a message; no pts, lost on who is away.
    pub fn react(&mut self, account: i64, chat: ChatId, id: i32, reactions: Vec<(String, i32)>) -> bool {
        self.change(account, chat, id, EventKind::React(id), |post| {
            post.reactions.clone_from(&reactions);
        })
    }

    /// Pins or unpins a message.
    pub fn pin(&mut self, account: i64, chat: ChatId, id: i32, pinned: bool) -> bool {
        self.change(account, chat, id, EventKind::Pin(vec![id], pinned), |post| {
            post.pinned = pinned;
        })
    }

    fn change(
        &mut self,
        account: i64,
        chat: ChatId,
        id: i32,
        kind: EventKind,
        change: impl Fn(&mut Post),
    ) -> bool {
        let (now, remembered) = (self.now(), self.limits.remembered);
        let messages = match chat.channel_id() {
            Some(channel) => self.channels.get_mut(&channel).map(|c| &mut c.messages),
            None => self.accounts.get_mut(&account).map(|a| &mut a.common),
        };
        let Some(messages) = messages else { return false };
        let Some(mut post) = messages.get(id).map(std::borrow::Cow::into_owned) else {
            return false;
        };
        change(&mut post);
        messages.put(post);
        let event = messages.happen(kind, chat.0, now, remembered);
        if chat.channel_id().is_some() {
            self.tell_readers(chat, &event);
        } else {
            self.tell(account, &event);
        }
        true
    }

    /// Deletes messages, told in one update. Answers how many were there.
    pub fn delete(&mut self, account: i64, chat: ChatId, ids: &[i32]) -> usize {
        let (now, remembered) = (self.now(), self.limits.remembered);
        let messages = match chat.channel_id() {
            Some(channel) => self.channels.get_mut(&channel).map(|c| &mut c.messages),
            None => self.accounts.get_mut(&account).map(|a| &mut a.common),
        };
        let Some(messages) = messages else { return 0 };
        let there: Vec<i32> = ids
            .iter()
            .copied()
            .filter(|id| messages.remove(*id, now).is_some())
            .collect();
        if there.is_empty() {
            return 0;
        }
        let count = there.len();
        let event = messages.happen(EventKind::Delete(there), chat.0, now, remembered);
        if chat.channel_id().is_some() {
            self.tell_readers(chat, &event);
        } else {
            self.tell(account, &event);
        }
        count
    }

    /// Renames a chat, with the service message Telegram sends.
    pub fn set_title(&mut self, account: i64, chat: ChatId, title: &str) -> Option<i32> {
        if let Some(id) = chat.channel_id() {
            title.clone_into(&mut self.channels.get_mut(&id)?.title);
        } else if let Some(id) = chat.group_id() {
            title.clone_into(&mut self.groups.get_mut(&id)?.title);
        }
        let action = types::MessageActionChatEditTitle {
            title: title.to_owned(),
        }
        .into();
        self.post(
            account,
            chat,
            &Draft {
                action: Some(action),
                ..Draft::default()
            },
        )
    }

    /// Gives a chat or user another avatar.
    pub fn set_photo(&mut self, chat: ChatId, photo: i64) {
        if let Some(channel) = chat.channel_id().and_then(|id| self.channels.get_mut(&id)) {
            channel.photo = Some(photo);
        } else if let Some(group) = chat.group_id().and_then(|id| self.groups.get_mut(&id)) {
            group.photo = Some(photo);
        } else if let Some(user) = chat.user_id().and_then(|id| self.users.get_mut(&id)) {
            user.photo = Some(photo);
        }
    }

    /// The account cannot read the chat any more, or can again.
    pub fn lose_access(&mut self, account: i64, chat: ChatId, lost: bool) {
        if let Some(dialog) = self
            .accounts
            .get_mut(&account)
            .and_then(|a| a.dialogs.get_mut(&chat.0))
        {
            dialog.lost = lost;
        }
    }

    /// A fresh file, kept.
    pub fn new_file(&mut self, number: u64, size: u64) -> FileSpec {
        let id = (self.seed ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d)) as i64 & 0x0fff_ffff_ffff_ffff;
        let file = FileSpec {
            id,
            dc: if number.is_multiple_of(3) { 2 } else { 4 },
            size,
            seed: number ^ self.seed,
        };
        self.keep_file(file);
        file
    }

    fn tell_readers(&self, chat: ChatId, event: &Event) {
        for reader in self.readers(chat) {
            self.tell(reader, event);
        }
    }

    fn tell(&self, account: i64, event: &Event) {
        if let Some(updates) = render::push(self, account, event) {
            self.send(account, &updates);
        }
    }
}
