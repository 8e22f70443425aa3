//! The ground truth: everything an account could ever have seen, for a comparer that knows nothing of the archive.

use std::collections::BTreeMap;

use model::ChatId;
use serde::{Deserialize, Serialize};

use crate::world::{Event, EventKind, FileSpec, MessageBox, Post, Version, World};

/// All of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    /// Marked ids and titles of the account's chats.
    pub chats: BTreeMap<i64, String>,
    /// Every message that ever was, by (box, id).
    pub messages: Vec<TrueMessage>,
    /// What happened since the world was built, per box: in the order of pts.
    pub events: Vec<TrueEvent>,
    /// Files by Telegram's id: SHA-256 and size.
    pub files: BTreeMap<i64, (String, u64)>,
}

/// A message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TrueMessage {
    /// 0 = common, else the channel's bare id.
    pub r#box: i64,
    /// In the box.
    pub id: i64,
    /// Marked id.
    pub chat: i64,
    /// Marked id; `None`: the channel.
    pub sender: Option<i64>,
    /// Unix seconds.
    pub date: i64,
    /// Oldest first; the last is what Telegram shows.
    pub versions: Vec<TrueVersion>,
    /// Emoji and count.
    pub reactions: Vec<(String, i64)>,
    /// Pinned.
    pub pinned: bool,
    /// A service message.
    pub service: bool,
    /// Unix seconds.
    pub deleted_at: Option<i64>,
}

/// What a message said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrueVersion {
    /// Unix seconds, 0: as sent.
    pub edit_date: i64,
    /// Raw text.
    pub text: String,
    /// (offset, length) of each entity.
    pub entities: Vec<(i32, i32)>,
    /// Telegram's id of its file.
    pub file: Option<i64>,
}

/// An event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TrueEvent {
    /// 0 = common, else the channel's bare id.
    pub r#box: i64,
    /// Marked id.
    pub chat: i64,
    /// Unix seconds.
    pub date: i64,
    /// `new`, `edit`, `delete`, `pin`, `react`.
    pub kind: String,
    /// Which messages.
    pub ids: Vec<i64>,
}

fn version(v: &Version) -> TrueVersion {
    let entities = v.entities.iter().map(|e| (e.offset(), e.length())).collect();
    TrueVersion {
        edit_date: v.edit_date.map_or(0, i64::from),
        text: v.text.clone(),
        entities,
        file: v.file.map(|f| f.id),
    }
}

fn message(box_id: i64, post: &Post, deleted_at: Option<i32>) -> TrueMessage {
    let mut versions: Vec<TrueVersion> = post.history.iter().map(version).collect();
    versions.push(version(&post.version()));
    TrueMessage {
        r#box: box_id,
        id: i64::from(post.id),
        chat: post.chat,
        sender: post.from,
        date: i64::from(post.date),
        versions,
        reactions: post
            .reactions
            .iter()
            .map(|(e, n)| (e.clone(), i64::from(*n)))
            .collect(),
        pinned: post.pinned,
        service: post.action.is_some(),
        deleted_at: deleted_at.map(i64::from),
    }
}

fn event(box_id: i64, e: &Event) -> TrueEvent {
    let (kind, ids) = match &e.kind {
        EventKind::New(id) => ("new", vec![*id]),
        EventKind::Edit(id) => ("edit", vec![*id]),
        EventKind::Delete(ids) => ("delete", ids.clone()),
        EventKind::Pin(ids, _) => ("pin", ids.clone()),
        EventKind::React(id) => ("react", vec![*id]),
    };
    TrueEvent {
        r#box: box_id,
        chat: e.chat,
        date: i64::from(e.date),
        kind: kind.to_owned(),
        ids: ids.into_iter().map(i64::from).collect(),
    }
}

fn collect(box_id: i64, messages: &MessageBox, snapshot: &mut Snapshot, files: &mut BTreeMap<i64, FileSpec>) {
    let mut keep = |post: &Post, deleted_at: Option<i32>| {
        for v in post.history.iter().chain([&post.version()]) {
            if let Some(file) = v.file {
                files.insert(file.id, file);
            }
        }
        snapshot.messages.push(message(box_id, post, deleted_at));
    };
    for chat in messages.chats() {
        for id in messages.newer(chat, 1) {
            if let Some(post) = messages.get(id) {
                keep(&post, None);
            }
        }
    }
    for (post, at) in messages.gone().values() {
        keep(post, Some(*at));
    }
    snapshot
        .events
        .extend(messages.log.iter().map(|e| event(box_id, e)));
}

/// What the account could ever have seen.
pub fn take(world: &World, account: i64) -> Snapshot {
    let mut snapshot = Snapshot {
        chats: BTreeMap::new(),
        messages: Vec::new(),
        events: Vec::new(),
        files: BTreeMap::new(),
    };
    let mut files = BTreeMap::new();
    let Some(own) = world.account(account) else {
        return snapshot;
    };
    collect(0, &own.common, &mut snapshot, &mut files);
    for id in own.dialogs.keys() {
        let chat = ChatId(*id);
        let title = match (chat.channel_id(), chat.group_id()) {
            (Some(c), _) => world.channels.get(&c).map(|c| c.title.clone()),
            (None, Some(g)) => world.groups.get(&g).map(|g| g.title.clone()),
            (None, None) => world.users.get(id).map(|u| u.first_name.clone()),
        };
        snapshot.chats.insert(*id, title.unwrap_or_default());
        if let Some(channel) = chat.channel_id().and_then(|c| world.channels.get(&c)) {
            collect(channel.id, &channel.messages, &mut snapshot, &mut files);
        }
    }
    let hex = |bytes: [u8; 32]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    snapshot.files = files
        .into_iter()
        .map(|(id, f)| (id, (hex(f.sha256()), f.size)))
        .collect();
    snapshot.messages.sort_by_key(|m| (m.r#box, m.id));
    snapshot
}
