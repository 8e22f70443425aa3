//! The ground truth: everything an account could ever have seen, for a comparer that knows nothing of the archive.

use std::collections::BTreeMap;
use std::io;

use grammers_tl_types::{self as tl, Serializable, enums};
use model::ChatId;
use serde::{Deserialize, Serialize};

use crate::crypto::hex;
use crate::world::{Event, EventKind, FileSpec, Media, MessageBox, Post, Version, World, render};

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Marked ids and titles of the account's chats.
    pub chats: BTreeMap<i64, String>,
    /// `private`, `bot`, `saved`, `group`, `supergroup`, `forum` or `channel`, by marked id.
    pub kinds: BTreeMap<i64, String>,
    /// Every message that ever was, by (box, id).
    pub messages: Vec<TrueMessage>,
    /// What happened since the world was built, per box: in the order of pts.
    pub events: Vec<TrueEvent>,
    /// Files by Telegram's id: SHA-256 and size.
    pub files: BTreeMap<i64, (String, u64)>,
    /// Avatars by the marked id of their owner, newest first.
    pub photos: BTreeMap<i64, Vec<TruePhoto>>,
}

/// An avatar, in its big size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruePhoto {
    /// Telegram's id.
    pub id: i64,
    /// Of its bytes.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Unix seconds of a later change that is not to be shown (`edit_hide`).
    pub decorated_at: Option<i64>,
    /// Reaction and count.
    pub reactions: Vec<(String, i64)>,
    /// Pinned.
    pub pinned: bool,
    /// A service message.
    pub service: bool,
    /// The TL constructor of its action or media.
    pub kind: Option<String>,
    /// The message it answers.
    pub reply_to: Option<i64>,
    /// The topic's first message.
    pub topic: Option<i64>,
    /// Album.
    pub grouped_id: Option<i64>,
    /// (author, hidden name, date) of what was forwarded.
    pub forward: Option<(Option<i64>, Option<String>, i64)>,
    /// A bot's id.
    pub via_bot: Option<i64>,
    /// The signature of a post.
    pub post_author: Option<String>,
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
    /// The TL constructor of each entity, and what it carries: a link, a language, a user or a document.
    pub styles: Vec<(String, Option<String>)>,
    /// Telegram's id of its file.
    pub file: Option<i64>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

fn constructor(value: &impl Serializable) -> String {
    let bytes = value.to_bytes();
    let id = bytes.first_chunk::<4>().map_or(0, |b| u32::from_le_bytes(*b));
    tl::name_for_id(id).to_owned()
}

fn style(entity: &enums::MessageEntity) -> (String, Option<String>) {
    let carried = match entity {
        enums::MessageEntity::TextUrl(e) => Some(e.url.clone()),
        enums::MessageEntity::Pre(e) => Some(e.language.clone()),
        enums::MessageEntity::MentionName(e) => Some(e.user_id.to_string()),
        enums::MessageEntity::CustomEmoji(e) => Some(e.document_id.to_string()),
        enums::MessageEntity::Blockquote(e) => e.collapsed.then(|| "collapsed".to_owned()),
        _ => None,
    };
    (constructor(entity), carried)
}

fn version(v: &Version) -> TrueVersion {
    TrueVersion {
        edit_date: v.edit_date.map_or(0, i64::from),
        text: v.text.clone(),
        entities: v.entities.iter().map(|e| (e.offset(), e.length())).collect(),
        styles: v.entities.iter().map(style).collect(),
        file: v.file.map(|f| f.id),
    }
}

fn message(world: &World, account: i64, box_id: i64, post: &Post, deleted_at: Option<i32>) -> TrueMessage {
    let mut versions: Vec<TrueVersion> = post.history.iter().map(version).collect();
    versions.push(version(&post.version()));
    let kind = match render::message(world, account, post) {
        enums::Message::Message(m) => m.media.as_ref().map(constructor),
        enums::Message::Service(m) => Some(constructor(&m.action)),
        enums::Message::Empty(_) => None,
    };
    let forward = post.forward.clone();
    TrueMessage {
        r#box: box_id,
        id: i64::from(post.id),
        chat: post.chat,
        sender: post.from,
        date: i64::from(post.date),
        versions,
        decorated_at: post.edit_date.filter(|d| Some(*d) != post.said_at).map(i64::from),
        reactions: post
            .reactions
            .iter()
            .map(|(e, n)| (e.clone(), i64::from(*n)))
            .collect(),
        pinned: post.pinned,
        service: post.action.is_some(),
        kind,
        reply_to: post.reply_to.map(i64::from),
        topic: post.topic.map(i64::from),
        grouped_id: post.grouped_id,
        forward: forward.map(|f| (f.author, f.name, i64::from(f.date))),
        via_bot: post.via_bot,
        post_author: post.post_author.clone(),
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

/// Takes what is told of a world, one by one.
trait Sink {
    fn message(&mut self, message: TrueMessage) -> io::Result<()>;
    fn event(&mut self, event: TrueEvent) -> io::Result<()>;
}

impl Sink for Snapshot {
    fn message(&mut self, message: TrueMessage) -> io::Result<()> {
        self.messages.push(message);
        Ok(())
    }

    fn event(&mut self, event: TrueEvent) -> io::Result<()> {
        self.events.push(event);
        Ok(())
    }
}

/// One JSON object a line: `{"message": ...}`, `{"event": ...}`.
struct Lines<'w>(&'w mut dyn io::Write);

impl Lines<'_> {
    fn line(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let line: BTreeMap<&str, _> = [(name, value)].into();
        serde_json::to_writer(&mut *self.0, &line)?;
        self.0.write_all(b"\n")
    }
}

impl Sink for Lines<'_> {
    fn message(&mut self, message: TrueMessage) -> io::Result<()> {
        self.line("message", &message)
    }

    fn event(&mut self, event: TrueEvent) -> io::Result<()> {
        self.line("event", &event)
    }
}

fn collect(
    world: &World,
    account: i64,
    box_id: i64,
    messages: &MessageBox,
    sink: &mut dyn Sink,
) -> io::Result<BTreeMap<i64, FileSpec>> {
    let mut files = BTreeMap::new();
    let mut keep = |post: &Post, deleted_at: Option<i32>| {
        let versions = post.history.iter().filter_map(|v| v.file);
        let all = versions.chain(post.media.as_ref().and_then(Media::file));
        files.extend(all.map(|f| (f.id, f)));
        sink.message(message(world, account, box_id, post, deleted_at))
    };
    for chat in messages.chats() {
        for id in messages.newer(chat, 1) {
            if let Some(post) = messages.get(id) {
                keep(&post, None)?;
            }
        }
    }
    for (post, at) in messages.gone().values() {
        keep(post, Some(*at))?;
    }
    for e in &messages.log {
        sink.event(event(box_id, e))?;
    }
    Ok(files)
}

fn title_and_kind(world: &World, account: i64, chat: ChatId) -> (String, &'static str) {
    if let Some(channel) = chat.channel_id().and_then(|id| world.channels.get(&id)) {
        let kind = match (channel.forum, channel.megagroup) {
            (true, _) => "forum",
            (false, true) => "supergroup",
            (false, false) => "channel",
        };
        return (channel.title.clone(), kind);
    }
    if let Some(group) = chat.group_id().and_then(|id| world.groups.get(&id)) {
        return (group.title.clone(), "group");
    }
    let user = world.users.get(&chat.0);
    let kind = match user {
        _ if chat.0 == account => "saved",
        Some(user) if user.bot => "bot",
        _ => "private",
    };
    (user.map(|u| u.first_name.clone()).unwrap_or_default(), kind)
}

fn photos(world: &World, chat: ChatId) -> Vec<TruePhoto> {
    let file = |id| FileSpec::avatar(id, true);
    let photo = |id| TruePhoto {
        id,
        sha256: hex(&file(id).sha256()),
        size: file(id).size(),
    };
    world.photos_of(chat).into_iter().map(photo).collect()
}

/// What the account could ever have seen.
pub fn take(world: &World, account: i64) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let mut files = BTreeMap::new();
    for (box_id, messages) in boxes(world, account) {
        // Nothing is written, so nothing fails.
        files.extend(collect(world, account, box_id, messages, &mut snapshot).unwrap_or_default());
    }
    for chat in chats(world, account) {
        let (title, kind) = title_and_kind(world, account, chat);
        snapshot.chats.insert(chat.0, title);
        snapshot.kinds.insert(chat.0, kind.to_owned());
        snapshot.photos.insert(chat.0, photos(world, chat));
    }
    snapshot.files = files
        .into_iter()
        .map(|(id, f)| (id, (hex(&f.sha256()), f.size())))
        .collect();
    snapshot.messages.sort_by_key(|m| (m.r#box, m.id));
    snapshot
}

/// The same as lines of JSON, for a world that is too big to hold twice: `{"message": ..}`, `{"event": ..}`,
/// `{"file": {id, sha256, size}}`, `{"chat": {id, title, kind, photos}}`, in no order between boxes.
pub fn write(world: &World, account: i64, to: &mut dyn io::Write) -> io::Result<()> {
    let mut lines = Lines(to);
    for (box_id, messages) in boxes(world, account) {
        for (id, file) in collect(world, account, box_id, messages, &mut lines)? {
            let file = TruePhoto {
                id,
                sha256: hex(&file.sha256()),
                size: file.size(),
            };
            lines.line("file", &file)?;
        }
    }
    for chat in chats(world, account) {
        let (title, kind) = title_and_kind(world, account, chat);
        let photos = photos(world, chat);
        let chat = serde_json::json!({ "id": chat.0, "title": title, "kind": kind, "photos": photos });
        lines.line("chat", &chat)?;
    }
    Ok(())
}

fn chats(world: &World, account: i64) -> Vec<ChatId> {
    let dialogs = world.account(account).into_iter().flat_map(|a| a.dialogs.keys());
    dialogs.map(|id| ChatId(*id)).collect()
}

fn boxes(world: &World, account: i64) -> Vec<(i64, &MessageBox)> {
    let common = world.account(account).map(|a| (0, &a.common));
    let channels = chats(world, account)
        .into_iter()
        .filter_map(|chat| world.channels.get(&chat.channel_id()?))
        .map(|c| (c.id, &c.messages));
    common.into_iter().chain(channels).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{self, ACCOUNT};
    use crate::world::{Draft, Edit};

    #[test]
    fn the_same_seed_gives_the_same_world() {
        let truth = |world: &World| {
            let mut truth = take(world, ACCOUNT);
            truth.messages.sort_by_key(|m| (m.r#box, m.id));
            truth
        };
        assert_eq!(truth(&scenario::small(5)), truth(&scenario::small(5)));
        assert_eq!(truth(&scenario::check(5, 900)), truth(&scenario::check(5, 900)));
        assert_ne!(
            truth(&scenario::small(5)).messages,
            truth(&scenario::small(6)).messages
        );
    }

    #[test]
    fn a_check_world_has_as_many_messages_as_were_asked_for() {
        let truth = take(&scenario::check(1, 20_000), ACCOUNT);
        assert_eq!(truth.chats.len(), 12);
        assert!(
            (19_500..20_800).contains(&truth.messages.len()),
            "{}",
            truth.messages.len()
        );
        let bytes: u64 = truth.files.values().map(|(_, size)| size).sum();
        assert!(bytes > 3 << 20, "{bytes} bytes of files");
    }

    #[test]
    fn what_happened_is_told_in_order() {
        let mut world = scenario::small(1);
        let chat = ChatId::channel(4002);
        let id = world.post(ACCOUNT, chat, &Draft::text("one")).unwrap();
        let edit = |text: &str| Edit {
            text: Some(text.to_owned()),
            ..Edit::default()
        };
        assert!(world.edit(ACCOUNT, chat, id, &edit("two")));
        assert!(world.edit(ACCOUNT, chat, id, &edit("three")));
        let hidden = Edit {
            hide: true,
            ..Edit::default()
        };
        assert!(world.edit(ACCOUNT, chat, id, &hidden));
        assert_eq!(world.delete(ACCOUNT, chat, &[id, 999_999]), 1);
        assert_eq!(world.delete(ACCOUNT, chat, &[id]), 0);
        let truth = take(&world, ACCOUNT);
        let message = truth
            .messages
            .iter()
            .find(|m| m.r#box == 4002 && m.id == i64::from(id))
            .unwrap();
        let texts: Vec<&str> = message.versions.iter().map(|v| v.text.as_str()).collect();
        assert_eq!(texts, ["one", "two", "three"]);
        let dates: Vec<i64> = message.versions.iter().map(|v| v.edit_date).collect();
        assert!(dates[0] == 0 && dates[0] < dates[1] && dates[1] < dates[2]);
        assert!(message.decorated_at > Some(dates[2]) && message.deleted_at.is_some());
        let kinds: Vec<&str> = truth
            .events
            .iter()
            .filter(|e| e.r#box == 4002)
            .map(|e| e.kind.as_str())
            .collect();
        assert_eq!(kinds, ["new", "edit", "edit", "edit", "delete"]);
    }

    #[test]
    fn lines_tell_the_same() {
        let world = scenario::small(2);
        let truth = take(&world, ACCOUNT);
        let mut lines = Vec::new();
        write(&world, ACCOUNT, &mut lines).unwrap();
        let lines = String::from_utf8(lines).unwrap();
        let (mut messages, mut files, mut chats) = (Vec::<TrueMessage>::new(), 0, 0);
        for line in lines.lines() {
            let mut value: BTreeMap<String, serde_json::Value> = serde_json::from_str(line).unwrap();
            let (name, value) = value.pop_first().unwrap();
            match name.as_str() {
                "message" => messages.push(serde_json::from_value(value).unwrap()),
                "file" => files += 1,
                "chat" => chats += 1,
                _ => {}
            }
        }
        messages.sort_by_key(|m| (m.r#box, m.id));
        assert_eq!(messages, truth.messages);
        assert_eq!((files, chats), (truth.files.len(), truth.chats.len()));
    }
}
