//! What happens to chats: titles, avatars, members, topics, migration, access.

use grammers_tl_types::{enums, types};
use model::ChatId;

use super::actions::Draft;
use super::boxes::MessageBox;
use super::files::FileSpec;
use super::{Channel, ChatFolder, DialogState, Group, World, render};

impl World {
    /// Renames a chat, with the service message Telegram sends.
    pub fn set_title(&mut self, account: i64, chat: ChatId, title: &str) -> Option<i32> {
        if let Some(id) = chat.channel_id() {
            title.clone_into(&mut self.channels.get_mut(&id)?.title);
        } else if let Some(id) = chat.group_id() {
            title.clone_into(&mut self.groups.get_mut(&id)?.title);
        }
        let title = title.to_owned();
        self.post(
            account,
            chat,
            &Draft::action(types::MessageActionChatEditTitle { title }),
        )
    }

    /// Gives a chat or user another avatar, without a word about it.
    pub fn set_photo(&mut self, chat: ChatId, photo: i64) {
        let now = if let Some(channel) = chat.channel_id().and_then(|id| self.channels.get_mut(&id)) {
            &mut channel.photo
        } else if let Some(group) = chat.group_id().and_then(|id| self.groups.get_mut(&id)) {
            &mut group.photo
        } else if let Some(user) = chat.user_id().and_then(|id| self.users.get_mut(&id)) {
            &mut user.photo
        } else {
            return;
        };
        let before = now.replace(photo);
        let known = self.former_photos.entry(chat.0).or_default();
        known.extend(before.filter(|p| *p != photo));
    }

    /// Gives a chat or user another avatar and tells it: a service message in groups and channels, an update of the
    /// user else. Answers the photo's id.
    pub fn change_photo(&mut self, account: i64, chat: ChatId, photo: i64) -> i64 {
        self.set_photo(chat, photo);
        if let Some(user_id) = chat.user_id() {
            self.tell_state(account, types::UpdateUser { user_id }, chat);
        } else {
            let photo = render::avatar(self, account, photo);
            self.post(
                account,
                chat,
                &Draft::action(types::MessageActionChatEditPhoto { photo }),
            );
        }
        photo
    }

    /// The avatar of a user or chat.
    pub fn photo_of(&self, chat: ChatId) -> Option<i64> {
        match (chat.channel_id(), chat.group_id()) {
            (Some(id), _) => self.channels.get(&id)?.photo,
            (None, Some(id)) => self.groups.get(&id)?.photo,
            (None, None) => self.users.get(&chat.0)?.photo,
        }
    }

    /// All avatars a user or chat has or had, newest first.
    pub fn photos_of(&self, chat: ChatId) -> Vec<i64> {
        let former = self
            .former_photos
            .get(&chat.0)
            .into_iter()
            .flatten()
            .rev()
            .copied();
        self.photo_of(chat).into_iter().chain(former).collect()
    }

    /// The file of an avatar that is or was somebody's.
    pub fn avatar(&self, photo: i64, big: bool) -> Option<FileSpec> {
        let now = self
            .users
            .values()
            .filter_map(|u| u.photo)
            .chain(self.groups.values().filter_map(|g| g.photo))
            .chain(self.channels.values().filter_map(|c| c.photo));
        let mut all = now.chain(self.former_photos.values().flatten().copied());
        all.any(|p| p == photo).then(|| FileSpec::avatar(photo, big))
    }

    /// The account cannot read the chat any more, or can again; a channel's change is told at once.
    pub fn lose_access(&mut self, account: i64, chat: ChatId, lost: bool) {
        if let Some(dialog) = self
            .accounts
            .get_mut(&account)
            .and_then(|a| a.dialogs.get_mut(&chat.0))
        {
            dialog.lost = lost;
            if let Some(channel_id) = chat.channel_id() {
                self.tell_state(account, types::UpdateChannel { channel_id }, chat);
            }
        }
    }

    fn members_mut(&mut self, chat: ChatId) -> Option<&mut Vec<i64>> {
        match (chat.channel_id(), chat.group_id()) {
            (Some(id), _) => self.channels.get_mut(&id).map(|c| &mut c.members),
            (None, Some(id)) => self.groups.get_mut(&id).map(|g| &mut g.members),
            (None, None) => None,
        }
    }

    /// A user joins, or is added by somebody; answers the service message's id as `account` sees it.
    pub fn join(&mut self, account: i64, chat: ChatId, user: i64, by: Option<i64>) -> Option<i32> {
        let members = self.members_mut(chat)?;
        if !members.contains(&user) {
            members.push(user);
        }
        if let Some(joined) = self.accounts.get_mut(&user) {
            joined.dialogs.entry(chat.0).or_default().lost = false;
            if let Some(channel_id) = chat.channel_id() {
                self.tell_state(user, types::UpdateChannel { channel_id }, chat);
            }
        }
        if self.is_broadcast(chat.0) {
            return None;
        }
        let draft = Draft {
            from: Some(by.unwrap_or(user)),
            ..Draft::action(types::MessageActionChatAddUser { users: vec![user] })
        };
        self.post(account, chat, &draft)
    }

    /// A user leaves, or is removed by somebody; answers the service message's id as `account` sees it.
    pub fn leave(&mut self, account: i64, chat: ChatId, user: i64, by: Option<i64>) -> Option<i32> {
        self.members_mut(chat)?.retain(|m| *m != user);
        let draft = Draft {
            from: Some(by.unwrap_or(user)),
            ..Draft::action(types::MessageActionChatDeleteUser { user_id: user })
        };
        // Who is removed from a basic group still gets the message that says so.
        let id = if self.is_broadcast(chat.0) {
            None
        } else {
            self.post(account, chat, &draft)
        };
        self.lose_access(user, chat, true);
        id
    }

    /// Opens a topic in a forum; answers its id, that of its first message.
    pub fn create_topic(&mut self, account: i64, chat: ChatId, title: &str) -> Option<i32> {
        self.channels.get(&chat.channel_id()?).filter(|c| c.forum)?;
        let action = types::MessageActionTopicCreate {
            title_missing: false,
            title: title.to_owned(),
            icon_color: 0x006F_B9F0,
            icon_emoji_id: None,
        };
        let draft = Draft {
            from: Some(account),
            ..Draft::action(action)
        };
        let id = self.post(account, chat, &draft)?;
        self.channels
            .get_mut(&chat.channel_id()?)?
            .topics
            .push((id, title.to_owned()));
        Some(id)
    }

    /// Somebody founds a basic group; answers it. Whoever has an account here and is in it finds it in the main list.
    pub fn create_group(&mut self, account: i64, title: &str, members: &[i64]) -> ChatId {
        let id = self.groups.keys().max().map_or(1, |last| last + 1);
        let chat = ChatId::group(id);
        let others = members.iter().copied().filter(|m| *m != account);
        let members: Vec<i64> = std::iter::once(account).chain(others).collect();
        for member in &members {
            if let Some(owner) = self.accounts.get_mut(member) {
                owner.dialogs.insert(chat.0, DialogState::default());
            }
        }
        let group = Group {
            id,
            title: title.to_owned(),
            members: members.clone(),
            migrated_to: None,
            photo: None,
        };
        self.groups.insert(id, group);
        let founded = Draft {
            from: Some(account),
            ..Draft::action(types::MessageActionChatCreate {
                title: title.to_owned(),
                users: members,
            })
        };
        self.post(account, chat, &founded);
        chat
    }

    /// Turns a basic group into a supergroup; answers the supergroup. Both stay readable.
    pub fn migrate_group(&mut self, account: i64, group: i64) -> Option<ChatId> {
        let id = group + 9_000_000_000;
        let old = self
            .groups
            .get(&group)
            .filter(|g| g.migrated_to.is_none())?
            .clone();
        let (from, to) = (ChatId::group(group), ChatId::channel(id));
        self.channels.insert(
            id,
            Channel {
                id,
                title: old.title.clone(),
                username: None,
                megagroup: true,
                forum: false,
                topics: Vec::new(),
                members: old.members.clone(),
                migrated_from: Some(group),
                photo: old.photo,
                messages: MessageBox::default(),
            },
        );
        self.groups.get_mut(&group)?.migrated_to = Some(id);
        for reader in self.readers(from) {
            if let Some(owner) = self.accounts.get_mut(&reader) {
                let state = owner.dialogs.get(&from.0).copied().unwrap_or_default();
                owner.dialogs.insert(
                    to.0,
                    DialogState {
                        pinned: false,
                        ..state
                    },
                );
            }
        }
        let creator = old.members.first().copied();
        let away = Draft {
            from: creator,
            ..Draft::action(types::MessageActionChatMigrateTo { channel_id: id })
        };
        self.post(account, from, &away);
        let here = Draft {
            from: creator,
            ..Draft::action(types::MessageActionChannelMigrateFrom {
                title: old.title,
                chat_id: group,
            })
        };
        self.post(account, to, &here);
        Some(to)
    }

    /// The folders of an account, in its order.
    pub fn set_folders(&mut self, account: i64, folders: Vec<ChatFolder>) {
        self.folders.insert(account, folders);
    }

    /// Tells an account that something about a chat changed that no pts counts.
    fn tell_state(&self, account: i64, update: impl Into<enums::Update>, chat: ChatId) {
        let (users, chats) = render::peers(self, account, &[], &[chat], false);
        let updates = types::Updates {
            updates: vec![update.into()],
            users,
            chats,
            date: self.now(),
            seq: 0,
        };
        self.send(account, updates.into());
    }

    /// A channel that is no supergroup.
    pub fn is_broadcast(&self, chat: i64) -> bool {
        let channel = ChatId(chat).channel_id().and_then(|id| self.channels.get(&id));
        channel.is_some_and(|c| !c.megagroup)
    }

    /// Whether a user is in a chat.
    pub fn is_member(&self, chat: ChatId, user: i64) -> bool {
        match (chat.channel_id(), chat.group_id()) {
            (Some(id), _) => self.channels.get(&id).is_some_and(|c| c.members.contains(&user)),
            (None, Some(id)) => self.groups.get(&id).is_some_and(|g| g.members.contains(&user)),
            (None, None) => chat.0 == user,
        }
    }

    /// Who is in a chat, as far as its readers are told: nobody in a broadcast channel.
    pub fn people_of(&self, viewer: i64, chat: i64) -> Vec<i64> {
        let chat = ChatId(chat);
        match (chat.channel_id(), chat.group_id()) {
            (Some(id), _) => self
                .channels
                .get(&id)
                .filter(|c| c.megagroup)
                .map(|c| c.members.clone())
                .unwrap_or_default(),
            (None, Some(id)) => self
                .groups
                .get(&id)
                .map(|g| g.members.clone())
                .unwrap_or_default(),
            (None, None) if chat.0 == viewer => vec![viewer],
            (None, None) => vec![chat.0, viewer],
        }
    }
}
