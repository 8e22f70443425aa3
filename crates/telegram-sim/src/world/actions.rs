//! What people do with messages: post, edit, delete, react, pin. Each is an event of a box and a push to who is there.

use grammers_tl_types::enums;
use model::ChatId;

use super::boxes::{Event, EventKind, MessageBox};
use super::post::{Forward, Media, Post};
use super::{World, render};

/// A message to post.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Raw text.
    pub text: String,
    /// Formatting.
    pub entities: Vec<enums::MessageEntity>,
    /// What hangs on it.
    pub media: Option<Media>,
    /// Marked id; `None`: the chat's other side, the group's first member, or the channel.
    pub from: Option<i64>,
    /// The message it answers, as the posting account knows it.
    pub reply_to: Option<i32>,
    /// The quoted part of it.
    pub quote: Option<String>,
    /// The topic it stands in.
    pub topic: Option<i32>,
    /// Where it was forwarded from.
    pub forward: Option<Forward>,
    /// Album.
    pub grouped_id: Option<i64>,
    /// A bot's id.
    pub via_bot: Option<i64>,
    /// The signature of a post.
    pub post_author: Option<String>,
    /// Sent silently.
    pub silent: bool,
    /// May not be forwarded or saved.
    pub noforwards: bool,
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

    /// A service message.
    pub fn action(action: impl Into<enums::MessageAction>) -> Self {
        Self {
            action: Some(action.into()),
            ..Self::default()
        }
    }

    pub(crate) fn post(
        &self,
        id: i32,
        chat: i64,
        date: i32,
        from: Option<i64>,
        reply_to: Option<i32>,
    ) -> Post {
        Post {
            entities: self.entities.clone(),
            media: self.media.clone(),
            reply_to,
            quote: self.quote.clone(),
            topic: self.topic,
            forward: self.forward.clone(),
            grouped_id: self.grouped_id,
            via_bot: self.via_bot,
            post_author: self.post_author.clone(),
            silent: self.silent,
            noforwards: self.noforwards,
            action: self.action.clone(),
            ..Post::new(id, chat, date, from, self.text.clone())
        }
    }
}

/// A change of a message.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// The new text; without [`Edit::entities`] it has none.
    pub text: Option<String>,
    /// The new formatting.
    pub entities: Option<Vec<enums::MessageEntity>>,
    /// The new file.
    pub media: Option<Media>,
    /// Only a decoration: no visible change, and not to be shown as edited.
    pub hide: bool,
}

impl Edit {
    fn apply(&self, post: &mut Post, now: i32) {
        // Telegram's time has seconds; two edits within one keep their order by the date alone.
        let date = post.edit_date.map_or(now, |last| now.max(last + 1));
        post.edit_date = Some(date);
        post.edit_hide = self.hide;
        if self.hide {
            return;
        }
        post.history.push(post.version());
        post.said_at = Some(date);
        if let Some(text) = &self.text {
            post.text.clone_from(text);
            post.entities.clear();
        }
        if let Some(entities) = &self.entities {
            post.entities.clone_from(entities);
        }
        if self.media.is_some() {
            post.media.clone_from(&self.media);
        }
    }
}

impl World {
    /// Accounts whose boxes get a common chat's message, and the chat as each of them calls it.
    fn receivers(&self, account: i64, chat: ChatId) -> Vec<(i64, ChatId)> {
        if chat.group_id().is_some() {
            return self.readers(chat).into_iter().map(|a| (a, chat)).collect();
        }
        let other =
            (chat.0 != account && self.accounts.contains_key(&chat.0)).then_some((chat.0, ChatId(account)));
        [(account, chat)].into_iter().chain(other).collect()
    }

    fn sender(&self, chat: ChatId, draft: &Draft) -> Option<i64> {
        draft.from.or_else(|| match (chat.channel_id(), chat.user_id()) {
            (Some(_), _) => None,
            (None, Some(user)) => Some(user),
            (None, None) => self.groups.get(&-chat.0).and_then(|g| g.members.first().copied()),
        })
    }

    /// Posts a message; answers its id as `account` sees it.
    pub fn post(&mut self, account: i64, chat: ChatId, draft: &Draft) -> Option<i32> {
        let (now, remembered) = (self.now(), self.limits.remembered);
        let from = self.sender(chat, draft);
        if let Some(channel) = chat.channel_id() {
            let channel = self.channels.get_mut(&channel)?;
            let id = channel.messages.next_id();
            let mut post = draft.post(id, chat.0, now, from, draft.reply_to);
            if !channel.megagroup && draft.action.is_none() {
                post.views = Some((1, 0));
            }
            channel.messages.put(post);
            let event = channel
                .messages
                .happen(EventKind::New(id), chat.0, now, remembered);
            self.tell_readers(chat, &event);
            return Some(id);
        }
        let mut places = Vec::new();
        for (receiver, chat) in self.receivers(account, chat) {
            let answers = draft
                .reply_to
                .and_then(|id| self.copies.as_seen_by((account, id), receiver));
            let reply_to = if receiver == account {
                draft.reply_to
            } else {
                answers
            };
            let owner = self.accounts.get_mut(&receiver)?;
            let id = owner.common.next_id();
            owner.common.put(draft.post(id, chat.0, now, from, reply_to));
            let event = owner.common.happen(EventKind::New(id), chat.0, now, remembered);
            owner.dialogs.entry(chat.0).or_default();
            places.push((receiver, id));
            self.tell_event(receiver, &event);
        }
        let own = places.iter().find(|(a, _)| *a == account).map(|(_, id)| *id);
        self.copies.join(places);
        own
    }

    /// Edits a message, for everybody. Answers whether it was there.
    pub fn edit(&mut self, account: i64, chat: ChatId, id: i32, edit: &Edit) -> bool {
        let now = self.now();
        self.change(account, chat, id, EventKind::Edit, |post| edit.apply(post, now))
    }

    /// Sets the reactions of a message; no pts, lost on who is away.
    #[expect(clippy::needless_pass_by_value, reason = "callers make them on the spot")]
    pub fn react(&mut self, account: i64, chat: ChatId, id: i32, reactions: Vec<(String, i32)>) -> bool {
        self.change(account, chat, id, EventKind::React, |post| {
            post.reactions.clone_from(&reactions);
        })
    }

    /// Pins or unpins a message, without the service message.
    pub fn pin(&mut self, account: i64, chat: ChatId, id: i32, pinned: bool) -> bool {
        let kind = |id| EventKind::Pin(vec![id], pinned);
        self.change(account, chat, id, kind, |post| post.pinned = pinned)
    }

    /// Pins a message and says so in the chat; answers the service message's id.
    pub fn pin_and_tell(&mut self, account: i64, chat: ChatId, id: i32) -> Option<i32> {
        let draft = Draft {
            reply_to: Some(id),
            ..Draft::action(enums::MessageAction::PinMessage)
        };
        self.pin(account, chat, id, true)
            .then(|| self.post(account, chat, &draft))?
    }

    fn messages_mut(&mut self, account: i64, chat: ChatId) -> Option<&mut MessageBox> {
        match chat.channel_id() {
            Some(channel) => self.channels.get_mut(&channel).map(|c| &mut c.messages),
            None => self.accounts.get_mut(&account).map(|a| &mut a.common),
        }
    }

    /// Every place of a message: (account, id). In a channel there is one.
    fn places(&self, account: i64, chat: ChatId, id: i32) -> Vec<(i64, i32)> {
        match chat.channel_id() {
            Some(_) => vec![(account, id)],
            None => self.copies.of((account, id)),
        }
    }

    fn change(
        &mut self,
        account: i64,
        chat: ChatId,
        id: i32,
        kind: impl Fn(i32) -> EventKind,
        change: impl Fn(&mut Post),
    ) -> bool {
        let (now, remembered) = (self.now(), self.limits.remembered);
        let mut there = false;
        for (owner, id) in self.places(account, chat, id) {
            let Some(messages) = self.messages_mut(owner, chat) else {
                continue;
            };
            let Some(mut post) = messages.get(id).map(std::borrow::Cow::into_owned) else {
                continue;
            };
            let chat = ChatId(post.chat);
            change(&mut post);
            messages.put(post);
            let event = messages.happen(kind(id), chat.0, now, remembered);
            there = true;
            self.tell_all(owner, chat, &event);
        }
        there
    }

    /// Deletes messages for everybody, told in one update per box. Answers how many were there.
    pub fn delete(&mut self, account: i64, chat: ChatId, ids: &[i32]) -> usize {
        let (now, remembered) = (self.now(), self.limits.remembered);
        let mut by_owner: Vec<(i64, Vec<i32>)> = Vec::new();
        for (owner, id) in ids.iter().flat_map(|id| self.places(account, chat, *id)) {
            match by_owner.iter_mut().find(|(o, _)| *o == owner) {
                Some((_, ids)) => ids.push(id),
                None => by_owner.push((owner, vec![id])),
            }
        }
        let mut count = 0;
        for (owner, ids) in by_owner {
            let Some(messages) = self.messages_mut(owner, chat) else {
                continue;
            };
            let mut named = None;
            let there: Vec<i32> = ids
                .into_iter()
                .filter(|id| match messages.remove(*id, now) {
                    Some(chat) => {
                        named = Some(chat);
                        true
                    }
                    None => false,
                })
                .collect();
            let Some(chat) = named.map(ChatId) else { continue };
            count += if owner == account { there.len() } else { 0 };
            let event = messages.happen(EventKind::Delete(there), chat.0, now, remembered);
            self.tell_all(owner, chat, &event);
        }
        count
    }

    fn tell_all(&self, owner: i64, chat: ChatId, event: &Event) {
        if chat.channel_id().is_some() {
            self.tell_readers(chat, event);
        } else {
            self.tell_event(owner, event);
        }
    }

    fn tell_readers(&self, chat: ChatId, event: &Event) {
        for reader in self.readers(chat) {
            self.tell_event(reader, event);
        }
    }

    fn tell_event(&self, account: i64, event: &Event) {
        if let Some(updates) = render::push(self, account, event) {
            self.send(account, updates);
        }
    }
}
