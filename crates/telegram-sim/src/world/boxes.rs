//! A box: messages by id, the events that happened to them, and the count of events (pts).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use super::post::Post;

/// Computes the messages `1..=count` of a box, the same ones each time.
#[derive(Clone)]
pub struct Generator {
    /// How many.
    pub count: i32,
    /// The chat they stand in, a marked id.
    pub chat: i64,
    /// Makes one.
    pub make: Arc<dyn Fn(i32) -> Post + Send + Sync>,
}

impl fmt::Debug for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generator")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A message came.
    New(i32),
    /// It was edited, visibly or not.
    Edit(i32),
    /// Messages went.
    Delete(Vec<i32>),
    /// Messages were pinned or unpinned.
    Pin(Vec<i32>, bool),
    /// Reactions changed: told to who is there, counted by nobody.
    React(i32),
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The box's count after it.
    pub pts: i32,
    /// By how much it counted.
    pub pts_count: i32,
    /// Unix seconds.
    pub date: i32,
    /// Marked id of the chat.
    pub chat: i64,
    /// What.
    pub kind: EventKind,
}

/// See the module.
#[derive(Debug)]
pub struct MessageBox {
    generated: Option<Generator>,
    own: BTreeMap<i32, Post>,
    /// Deleted ones with the unix second of their deletion.
    gone: BTreeMap<i32, (Post, i32)>,
    by_chat: HashMap<i64, BTreeSet<i32>>,
    last_id: i32,
    /// The count of events, from 1 on: 0 is no place to ask from.
    pub pts: i32,
    /// Remembered events, ascending.
    pub events: VecDeque<Event>,
    /// Everything that ever happened, for the ground truth.
    pub log: Vec<Event>,
}

impl Default for MessageBox {
    fn default() -> Self {
        Self {
            generated: None,
            own: BTreeMap::new(),
            gone: BTreeMap::new(),
            by_chat: HashMap::new(),
            last_id: 0,
            pts: 1,
            events: VecDeque::new(),
            log: Vec::new(),
        }
    }
}

impl MessageBox {
    /// A box whose first messages are computed.
    pub fn generated(generator: Generator) -> Self {
        Self {
            last_id: generator.count,
            pts: generator.count.max(1),
            generated: Some(generator),
            ..Self::default()
        }
    }

    /// The next free id.
    pub fn next_id(&mut self) -> i32 {
        self.last_id += 1;
        self.last_id
    }

    /// The greatest id ever given.
    pub const fn last_id(&self) -> i32 {
        self.last_id
    }

    /// Puts a message in, new or changed.
    pub fn put(&mut self, post: Post) {
        self.last_id = self.last_id.max(post.id);
        self.by_chat.entry(post.chat).or_default().insert(post.id);
        self.own.insert(post.id, post);
    }

    /// A message that is there.
    pub fn get(&self, id: i32) -> Option<Cow<'_, Post>> {
        if let Some(post) = self.own.get(&id) {
            return Some(Cow::Borrowed(post));
        }
        let generator = self.generated.as_ref()?;
        (id >= 1 && id <= generator.count && !self.gone.contains_key(&id))
            .then(|| Cow::Owned((generator.make)(id)))
    }

    /// Takes a message out.
    pub fn remove(&mut self, id: i32, now: i32) -> Option<i64> {
        let post = self.get(id)?.into_owned();
        let chat = post.chat;
        self.own.remove(&id);
        if let Some(ids) = self.by_chat.get_mut(&chat) {
            ids.remove(&id);
        }
        self.gone.insert(id, (post, now));
        Some(chat)
    }

    /// Gives all messages new ids, from 1 on, in the order of their dates; answers follow.
    pub(crate) fn number_by_date(&mut self) {
        let mut posts: Vec<Post> = std::mem::take(&mut self.own).into_values().collect();
        posts.sort_by_key(|p| (p.date, p.id));
        let new: HashMap<i32, i32> = posts.iter().zip(1..).map(|(p, id)| (p.id, id)).collect();
        self.by_chat.clear();
        for mut post in posts {
            post.id = new[&post.id];
            if post.reply_chat.is_none() {
                post.reply_to = post.reply_to.and_then(|to| new.get(&to).copied());
            }
            self.put(post);
        }
    }

    /// Deleted messages.
    pub const fn gone(&self) -> &BTreeMap<i32, (Post, i32)> {
        &self.gone
    }

    fn in_chat(&self, chat: i64) -> Option<&BTreeSet<i32>> {
        self.by_chat.get(&chat)
    }

    /// Ids of a chat below `below`, descending.
    pub fn older(&self, chat: i64, below: i32) -> impl Iterator<Item = i32> + '_ {
        let generated = self
            .generated
            .as_ref()
            .filter(|g| g.chat == chat)
            .map_or(0, |g| g.count);
        let listed = self.in_chat(chat).map(|ids| {
            ids.range(..below)
                .rev()
                .copied()
                .filter(move |id| *id > generated)
        });
        let computed = (1..=generated.min(below.saturating_sub(1)))
            .rev()
            .filter(|id| !self.gone.contains_key(id));
        listed.into_iter().flatten().chain(computed)
    }

    /// Ids of a chat from `from` on, ascending.
    pub fn newer(&self, chat: i64, from: i32) -> impl Iterator<Item = i32> + '_ {
        let generated = self
            .generated
            .as_ref()
            .filter(|g| g.chat == chat)
            .map_or(0, |g| g.count);
        let computed = (from.max(1)..=generated).filter(|id| !self.gone.contains_key(id));
        let listed = self
            .in_chat(chat)
            .map(|ids| ids.range(from..).copied().filter(move |id| *id > generated));
        computed.chain(listed.into_iter().flatten())
    }

    /// How many messages a chat has.
    pub fn count(&self, chat: i64) -> usize {
        let generated = self
            .generated
            .as_ref()
            .filter(|g| g.chat == chat)
            .map_or(0, |g| g.count);
        let gone = self.gone.range(..=generated).count();
        let listed = self
            .in_chat(chat)
            .map_or(0, |ids| ids.iter().filter(|id| **id > generated).count());
        generated as usize - gone.min(generated as usize) + listed
    }

    /// The smallest id that is not older than `date`, unix seconds: dates ascend with the ids of a chat.
    pub fn not_before(&self, chat: i64, date: i32) -> i32 {
        let dated = |id: i32| {
            self.newer(chat, id)
                .next()
                .and_then(|id| self.get(id))
                .map(|p| (p.id, p.date))
        };
        let (mut low, mut high) = (1, self.last_id.saturating_add(1));
        while low < high {
            let middle = low + (high - low) / 2;
            match dated(middle) {
                Some((id, at)) if at < date => low = id + 1,
                _ => high = middle,
            }
        }
        low
    }

    /// The newest id of a chat.
    pub fn newest(&self, chat: i64) -> Option<i32> {
        self.older(chat, i32::MAX).next()
    }

    /// All chats in it.
    pub fn chats(&self) -> Vec<i64> {
        let mut chats: BTreeSet<i64> = self.by_chat.keys().copied().collect();
        chats.extend(self.generated.as_ref().map(|g| g.chat));
        chats.into_iter().collect()
    }

    /// Counts an event.
    pub fn happen(&mut self, kind: EventKind, chat: i64, date: i32, remembered: usize) -> Event {
        let pts_count = match &kind {
            EventKind::Delete(ids) | EventKind::Pin(ids, _) => ids.len() as i32,
            EventKind::New(_) | EventKind::Edit(_) => 1,
            EventKind::React(_) => 0,
        };
        self.pts += pts_count;
        let event = Event {
            pts: self.pts,
            pts_count,
            date,
            chat,
            kind,
        };
        self.log.push(event.clone());
        if pts_count > 0 {
            self.events.push_back(event.clone());
            if self.events.len() > remembered {
                self.events.pop_front();
            }
        }
        event
    }

    /// Events after `pts`; `None`: they are not remembered any more.
    pub fn since(&self, pts: i32) -> Option<Vec<&Event>> {
        if pts >= self.pts {
            return Some(Vec::new());
        }
        let reaches_back = self.events.front().is_some_and(|e| e.pts - e.pts_count <= pts);
        let first = self.events.partition_point(|e| e.pts <= pts);
        reaches_back.then(|| self.events.range(first..).collect())
    }
}
