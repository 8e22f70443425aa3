//! Messages.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{AccountId, Attachment, BoxId, ChatId, MessageId};
use store::{MediaJob, MessageRow, SearchHit, VersionRow};

use super::content::{body, entities, kind, line, named_in, quote, state_of};
use super::media::{media, thumb};
use super::peers::Peers;
use crate::access::Scope;
use crate::config::ViewerStore;
use crate::dto::chat::{Peer, Preview};
use crate::dto::message::{Forward, Message, Reaction, Reply, ReplyPreview, Version};
use crate::dto::search::Hit;
use crate::problem::Problem;

type Key = (BoxId, MessageId);

/// Makes what is shown to somebody of what is stored.
pub(crate) struct Present<'a> {
    pub(crate) store: &'a dyn ViewerStore,
    pub(crate) account: AccountId,
    pub(crate) scope: &'a Scope,
}

/// What stands beside the messages of a page.
struct Beside<'a> {
    peers: Peers<'a>,
    files: HashMap<Key, Vec<MediaJob>>,
    /// Messages that others refer to, those that may be seen.
    others: HashMap<Key, MessageRow>,
}

fn key(row: &MessageRow) -> Key {
    (row.box_id, row.id)
}

/// The answered message; a reply names its chat only if that is another one.
fn answered(row: &MessageRow) -> Option<(ChatId, Key)> {
    let reply = row.head.reply.as_ref()?;
    let chat = reply.chat.or(row.head.chat)?;
    Some((chat, (chat.box_id(), reply.message_id?)))
}

/// The original of a forward, if it was a channel's post.
fn original(row: &MessageRow) -> Option<(ChatId, Key)> {
    let forward = row.head.forward.as_ref()?;
    let chat = forward.from?;
    chat.channel_id()?;
    Some((chat, (chat.box_id(), forward.channel_post?)))
}

fn named(row: &MessageRow, ids: &mut BTreeSet<ChatId>) {
    ids.extend(row.head.sender);
    ids.extend(row.head.via_bot.map(ChatId::user));
    ids.extend(row.head.forward.as_ref().and_then(|f| f.from));
    ids.extend(row.head.reply.as_ref().and_then(|r| r.chat));
    ids.extend(row.reactions.recent.iter().map(|r| r.0));
    if let Some(action) = &row.content.service {
        named_in(&action.data, ids);
    }
}

impl<'a> Present<'a> {
    /// Messages, in their order. All of them must be allowed to be seen.
    pub(crate) async fn messages(&self, rows: Vec<MessageRow>) -> Result<Vec<Message>, Problem> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let beside = self.beside(&rows).await?;
        Ok(rows.iter().map(|row| self.message(row, &beside)).collect())
    }

    async fn beside(&self, rows: &[MessageRow]) -> Result<Beside<'a>, Problem> {
        let here: HashMap<Key, &MessageRow> = rows.iter().map(|r| (key(r), r)).collect();
        let wanted: BTreeSet<Key> = rows
            .iter()
            .flat_map(|row| [answered(row), original(row)])
            .flatten()
            .filter(|(chat, key)| self.scope.sees(*chat) && !here.contains_key(key))
            .map(|(_, key)| key)
            .collect();
        let mut by_box: BTreeMap<BoxId, Vec<MessageId>> = BTreeMap::new();
        for row in rows {
            by_box.entry(row.box_id).or_default().push(row.id);
        }
        let wanted: Vec<Key> = wanted.into_iter().collect();
        let others = async {
            if wanted.is_empty() {
                return Ok(Vec::new());
            }
            self.store.messages_by_key(self.account, &wanted).await
        };
        let files = futures::future::try_join_all(
            by_box
                .iter()
                .map(|(box_id, ids)| self.store.media_of(self.account, *box_id, ids)),
        );
        let (others, files) = futures::try_join!(others, files)?;
        let mut by_message: HashMap<Key, Vec<MediaJob>> = HashMap::new();
        for file in files.into_iter().flatten() {
            if let model::MediaOwner::Message(box_id, id) = file.owner {
                by_message.entry((box_id, id)).or_default().push(file);
            }
        }
        // In the common box an id alone does not say the chat.
        let others: HashMap<Key, MessageRow> = others
            .into_iter()
            .filter(|row| row.head.chat.is_some_and(|chat| self.scope.sees(chat)))
            .map(|row| (key(&row), row))
            .collect();
        let (mut ids, mut writers) = (BTreeSet::new(), BTreeSet::new());
        for row in rows {
            named(row, &mut ids);
            writers.extend(row.head.sender);
        }
        for row in others.values() {
            ids.extend(row.head.sender);
            writers.extend(row.head.sender);
        }
        let mut others = others;
        for (key, row) in here {
            others.insert(key, row.clone());
        }
        Ok(Beside {
            peers: Peers::load(self.store, self.account, self.scope, ids, writers).await?,
            files: by_message,
            others,
        })
    }

    fn message(&self, row: &MessageRow, beside: &Beside<'_>) -> Message {
        let chat = row.head.chat.unwrap_or(ChatId(0));
        let peer = |id| beside.peers.peer(id);
        let flags = row.head.flags;
        let files: Vec<&MediaJob> = beside
            .files
            .get(&key(row))
            .map(|f| f.iter().collect())
            .unwrap_or_default();
        let file = match &row.content.attachment {
            Some(Attachment::File(file)) => Some(media(self.account, (chat, row.id), &files, file)),
            _ => None,
        };
        Message {
            chat: chat.0,
            id: row.id,
            kind: kind(row.kind),
            date: row.head.date,
            edit_date: (row.edit_date > 0 && !row.edit_hide).then_some(row.edit_date),
            deleted_at: row.deleted_at,
            out: flags.out,
            post: flags.post,
            silent: flags.silent,
            noforwards: flags.noforwards,
            pinned: row.pinned,
            sender: row.head.sender.map(peer),
            via_bot: row.head.via_bot.map(|id| peer(ChatId::user(id))),
            post_author: row.head.post_author.clone(),
            album: row.head.grouped_id.map(|id| id.to_string()),
            topic_id: row.head.topic_id,
            ttl_seconds: row.head.ttl_seconds,
            text: row.content.text.clone(),
            entities: entities(&row.content.entities),
            reply: self.reply(row, beside),
            forward: self.forward(row, beside),
            media: file.into_iter().collect(),
            body: body(&row.content, &beside.peers),
            reactions: reactions(row, &beside.peers),
            views: row.counters.views,
            forwards: row.counters.forwards,
            replies: row.counters.replies,
            versions: row.versions,
            held: row.held,
        }
    }

    /// A quoted part of another chat needs the right to that chat.
    fn reply(&self, row: &MessageRow, beside: &Beside<'_>) -> Option<Reply> {
        let reply = row.head.reply.as_ref()?;
        if reply.chat.is_some_and(|chat| !self.scope.sees(chat)) {
            return Some(Reply {
                id: None,
                chat: None,
                top_id: None,
                quote: None,
                missing: true,
                preview: None,
            });
        }
        let target = answered(row).and_then(|(chat, key)| {
            beside
                .others
                .get(&key)
                .filter(|target| target.head.chat == Some(chat))
        });
        Some(Reply {
            id: reply.message_id,
            chat: reply
                .chat
                .filter(|c| Some(*c) != row.head.chat)
                .map(|c| beside.peers.peer(c)),
            top_id: reply.top_id,
            quote: reply.quote.as_deref().map(quote),
            missing: target.is_none(),
            preview: target.map(|target| ReplyPreview {
                kind: kind(target.kind),
                text: line(&target.content.text),
                sender: target.head.sender.map(|s| beside.peers.peer(s)),
                thumb: match &target.content.attachment {
                    Some(Attachment::File(file)) => thumb(&file.stripped_thumb),
                    _ => None,
                },
                deleted_at: target.deleted_at,
            }),
        })
    }

    /// A channel or group that may not be seen is not named.
    fn forward(&self, row: &MessageRow, beside: &Beside<'_>) -> Option<Forward> {
        let forward = row.head.forward.as_ref()?;
        let from = forward.from.filter(|f| f.0 > 0 || self.scope.sees(*f));
        let hidden = forward.from.is_some() && from.is_none();
        let archived = original(row)
            .is_some_and(|(chat, key)| beside.others.get(&key).is_some_and(|o| o.head.chat == Some(chat)));
        Some(Forward {
            from: from.map(|f| beside.peers.peer(f)),
            from_name: forward.from_name.clone().filter(|_| !hidden),
            date: forward.date,
            channel_post: forward.channel_post.filter(|_| !hidden),
            post_author: forward.post_author.clone().filter(|_| !hidden),
            archived,
        })
    }

    /// The versions of one message.
    pub(crate) async fn versions(
        &self,
        row: &MessageRow,
        versions: Vec<VersionRow>,
    ) -> Result<Vec<Version>, Problem> {
        let chat = row.head.chat.unwrap_or(ChatId(0));
        let mut ids = BTreeSet::new();
        for action in versions.iter().filter_map(|v| v.content.service.as_ref()) {
            named_in(&action.data, &mut ids);
        }
        let peers = Peers::load(self.store, self.account, self.scope, ids, BTreeSet::new());
        let files = self
            .store
            .media_of(self.account, row.box_id, std::slice::from_ref(&row.id));
        let (peers, files) = futures::try_join!(peers, files)?;
        let files: Vec<&MediaJob> = files.iter().collect();
        let version = |v: VersionRow| {
            let file = match &v.content.attachment {
                Some(Attachment::File(file)) => Some(media(self.account, (chat, row.id), &files, file)),
                _ => None,
            };
            Version {
                edit_date: v.edit_date,
                current: v.current,
                state: state_of(v.state.as_deref()),
                text: v.content.text.clone(),
                entities: entities(&v.content.entities),
                media: file.into_iter().collect(),
                body: body(&v.content, &peers),
            }
        };
        Ok(versions.into_iter().map(version).collect())
    }

    /// The newest messages of chats, each in a line.
    pub(crate) async fn previews(&self, keys: &[Key]) -> Result<HashMap<ChatId, Preview>, Problem> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = self.store.messages_by_key(self.account, keys).await?;
        let senders: BTreeSet<ChatId> = rows.iter().filter_map(|r| r.head.sender).collect();
        let peers = Peers::load(self.store, self.account, self.scope, senders.clone(), senders).await?;
        let preview = |row: MessageRow| {
            let shown = Preview {
                id: row.id,
                date: row.head.date,
                kind: kind(row.kind),
                text: line(&row.content.text),
                sender: row.head.sender.map(|s| peers.peer(s)),
                out: row.head.flags.out,
                deleted_at: row.deleted_at,
                service: row.content.service.as_ref().map(|s| s.name.clone()),
            };
            row.head.chat.map(|chat| (chat, shown))
        };
        Ok(rows.into_iter().filter_map(preview).collect())
    }

    /// Hits of a search.
    pub(crate) async fn hits(&self, hits: Vec<SearchHit>) -> Result<Vec<Hit>, Problem> {
        let writers: BTreeSet<ChatId> = hits.iter().filter_map(|h| h.sender).collect();
        let ids = hits
            .iter()
            .map(|h| h.chat)
            .chain(writers.iter().copied())
            .collect();
        let peers = Peers::load(self.store, self.account, self.scope, ids, writers).await?;
        let shown = |hit: SearchHit| Hit {
            chat: peers.peer(hit.chat),
            id: hit.id,
            date: hit.date,
            kind: kind(hit.kind),
            sender: hit.sender.map(|s| peers.peer(s)),
            out: hit.out,
            deleted_at: hit.deleted_at,
            snippet: crate::search::snippet(&hit.snippet),
        };
        Ok(hits.into_iter().map(shown).collect())
    }

    /// Names of some.
    pub(crate) async fn named(&self, ids: BTreeSet<ChatId>) -> Result<HashMap<ChatId, Peer>, Problem> {
        let all: Vec<ChatId> = ids.iter().copied().collect();
        let peers = Peers::load(self.store, self.account, self.scope, ids, BTreeSet::new()).await?;
        Ok(all.into_iter().map(|id| (id, peers.peer(id))).collect())
    }
}

fn reactions(row: &MessageRow, peers: &Peers<'_>) -> Vec<Reaction> {
    row.reactions
        .counts
        .iter()
        .map(|r| Reaction {
            reaction: r.reaction.clone(),
            count: r.count,
            chosen: r.chosen,
            recent: row
                .reactions
                .recent
                .iter()
                .filter(|(_, reaction, _)| *reaction == r.reaction)
                .map(|(peer, ..)| peers.peer(*peer))
                .collect(),
        })
        .collect()
}
