//! Updates made ready for grammers' message boxes.

use grammers_session::updates::{MessageBox, UpdatesLike};
use grammers_tl_types::enums::{Message, MessageFwdHeader, Peer, Update, Updates};
use model::{ChatId, Seen};

use crate::decode;

/// How many stamps of waiting updates are kept.
pub(super) const STAMPS_KEPT: usize = 10_000;

/// A place in a box's sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum PtsKey {
    Common(i32),
    Secondary(i32),
    Channel(i64, i32),
}

/// A container with what the boxes would not tell us.
pub(super) struct Prepared {
    pub(super) updates: UpdatesLike,
    /// The stamp of each update that has a place in a sequence: it may wait there for a gap to close.
    pub(super) stamps: Vec<(PtsKey, Seen)>,
    /// Channels that are too far behind, of which we know no state.
    pub(super) unknown: Vec<i64>,
}

/// Stamps the updates of a container in their order, and mends [`tell_too_long`].
pub(super) fn arrived(mut updates: UpdatesLike, seen: Seen, known: impl Fn(i64) -> bool) -> Prepared {
    let mut stamps = Vec::new();
    let mut unknown = Vec::new();
    let mut one = |i: usize, update: &mut Update| {
        unknown.extend(tell_too_long(update, &known));
        if let Some(key) = place(update) {
            stamps.push((
                key,
                Seen {
                    counter: seen.counter + i as u64,
                    ..seen
                },
            ));
        }
    };
    match &mut updates {
        UpdatesLike::Updates(Updates::Updates(all)) => {
            all.updates.iter_mut().enumerate().for_each(|(i, u)| one(i, u));
        }
        UpdatesLike::Updates(Updates::Combined(all)) => {
            all.updates.iter_mut().enumerate().for_each(|(i, u)| one(i, u));
        }
        UpdatesLike::Updates(Updates::UpdateShort(short)) => one(0, &mut short.update),
        // For whoever sent the message, and without its text: what it says has to be asked for.
        UpdatesLike::Updates(all @ Updates::UpdateShortSentMessage(_)) => *all = Updates::TooLong,
        UpdatesLike::Updates(Updates::UpdateShortMessage(m)) => stamps.push((PtsKey::Common(m.pts), seen)),
        UpdatesLike::Updates(Updates::UpdateShortChatMessage(m)) => {
            stamps.push((PtsKey::Common(m.pts), seen));
        }
        _ => {}
    }
    Prepared {
        updates,
        stamps,
        unknown,
    }
}

/// A short form that names somebody of whom nothing is known becomes a gap: the difference tells who that is
/// (core.telegram.org/api/updates, "Recovering gaps"). Without it the chat could not even be read.
pub(super) fn mind_strangers(
    updates: UpdatesLike,
    can_be_read: impl Fn(ChatId) -> bool,
    is_known: impl Fn(ChatId) -> bool,
) -> UpdatesLike {
    let (chat, sender, via_bot, forward) = match &updates {
        UpdatesLike::Updates(Updates::UpdateShortMessage(m)) => {
            (ChatId::user(m.user_id), None, m.via_bot_id, m.fwd_from.as_ref())
        }
        UpdatesLike::Updates(Updates::UpdateShortChatMessage(m)) => (
            ChatId::group(m.chat_id),
            Some(m.from_id),
            m.via_bot_id,
            m.fwd_from.as_ref(),
        ),
        _ => return updates,
    };
    let author = forward.and_then(|MessageFwdHeader::Header(f)| f.from_id.as_ref());
    let mut named = [
        sender.map(ChatId::user),
        via_bot.map(ChatId::user),
        author.map(decode::peer),
    ]
    .into_iter()
    .flatten();
    if can_be_read(chat) && named.all(is_known) {
        updates
    } else {
        UpdatesLike::Updates(Updates::TooLong)
    }
}

/// grammers takes the pts of `updateChannelTooLong`, which is the server's newest, for ours, and so skips all that lies
/// between. Without it the difference is asked from where we are. Gives the channel if we know no state of it.
pub(super) fn tell_too_long(update: &mut Update, known: impl Fn(i64) -> bool) -> Option<i64> {
    let Update::ChannelTooLong(too_long) = update else {
        return None;
    };
    if known(too_long.channel_id) {
        too_long.pts = None;
        return None;
    }
    Some(too_long.channel_id)
}

/// Where the boxes' answer stands.
pub(super) const fn key_of(message_box: MessageBox) -> PtsKey {
    match message_box {
        MessageBox::Common { pts } => PtsKey::Common(pts),
        MessageBox::Secondary { qts } => PtsKey::Secondary(qts),
        MessageBox::Channel { channel_id, pts } => PtsKey::Channel(channel_id, pts),
    }
}

/// The place of an update that carries something of messages.
fn place(update: &Update) -> Option<PtsKey> {
    Some(match update {
        Update::NewMessage(u) => PtsKey::Common(u.pts),
        Update::EditMessage(u) => PtsKey::Common(u.pts),
        Update::DeleteMessages(u) => PtsKey::Common(u.pts),
        Update::PinnedMessages(u) => PtsKey::Common(u.pts),
        Update::WebPage(u) => PtsKey::Common(u.pts),
        Update::FolderPeers(u) => PtsKey::Common(u.pts),
        Update::NewChannelMessage(u) => PtsKey::Channel(channel(&u.message)?, u.pts),
        Update::EditChannelMessage(u) => PtsKey::Channel(channel(&u.message)?, u.pts),
        Update::DeleteChannelMessages(u) => PtsKey::Channel(u.channel_id, u.pts),
        Update::PinnedChannelMessages(u) => PtsKey::Channel(u.channel_id, u.pts),
        Update::ChannelWebPage(u) => PtsKey::Channel(u.channel_id, u.pts),
        _ => return None,
    })
}

fn channel(message: &Message) -> Option<i64> {
    let peer = match message {
        Message::Empty(m) => m.peer_id.as_ref()?,
        Message::Message(m) => &m.peer_id,
        Message::Service(m) => &m.peer_id,
    };
    match peer {
        Peer::Channel(c) => Some(c.channel_id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use grammers_tl_types::types;

    use super::*;

    const SEEN: Seen = Seen {
        epoch: 1,
        counter: 100,
    };

    fn deletion(pts: i32) -> Update {
        types::UpdateDeleteMessages {
            messages: vec![1],
            pts,
            pts_count: 1,
        }
        .into()
    }

    fn too_long(channel_id: i64) -> Update {
        types::UpdateChannelTooLong {
            channel_id,
            pts: Some(500),
        }
        .into()
    }

    #[test]
    fn a_known_channel_is_asked_from_where_we_are_and_an_unknown_one_is_told() {
        let updates = Updates::Updates(types::Updates {
            updates: vec![too_long(8), too_long(9)],
            users: vec![],
            chats: vec![],
            date: 1,
            seq: 0,
        });
        let prepared = arrived(UpdatesLike::Updates(updates), SEEN, |id| id == 8);
        assert_eq!(prepared.unknown, vec![9]);
        let UpdatesLike::Updates(Updates::Updates(all)) = prepared.updates else {
            panic!("the same container")
        };
        let pts: Vec<_> = all
            .updates
            .iter()
            .map(|u| match u {
                Update::ChannelTooLong(u) => u.pts,
                _ => panic!("the same updates"),
            })
            .collect();
        assert_eq!(pts, vec![None, Some(500)]);
    }

    #[test]
    fn each_update_of_a_container_has_its_own_stamp() {
        let updates = Updates::Combined(types::UpdatesCombined {
            updates: vec![deletion(7), Update::Config, deletion(8)],
            users: vec![],
            chats: vec![],
            date: 1,
            seq_start: 0,
            seq: 0,
        });
        let prepared = arrived(UpdatesLike::Updates(updates), SEEN, |_| true);
        let at = |counter| Seen { counter, ..SEEN };
        assert_eq!(
            prepared.stamps,
            vec![(PtsKey::Common(7), at(100)), (PtsKey::Common(8), at(102))]
        );
    }
}
