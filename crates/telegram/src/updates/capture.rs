//! What an update means for the archive.

use grammers_tl_types::{self as tl, enums, enums::Update};
use model::{
    BoxId, Capture, ChatId, Counters, DeletionSource, Deletions, MessageId, Origin, RawUpdate, Seen,
};

use crate::decode::{self, Context};

/// Where a batch of updates comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    /// The first stamp of its block.
    pub(super) seen: Seen,
    pub(super) origin: Origin,
    pub(super) deletion: DeletionSource,
    /// Unix microseconds when it was received.
    pub(super) observed_at: i64,
    /// Unix microseconds since when something may have happened, if it came out of a difference.
    pub(super) since: Option<i64>,
}

/// The captures of an update with their boxes. Nothing that could be archived is dropped: what is not understood is raw.
pub(super) fn capture(update: &Update, context: Context, source: &Source) -> Vec<(BoxId, Capture)> {
    match update {
        Update::NewMessage(u) => message(&u.message, context, source),
        Update::NewChannelMessage(u) => message(&u.message, context, source),
        Update::EditMessage(u) => message(&u.message, context, source),
        Update::EditChannelMessage(u) => message(&u.message, context, source),
        Update::DeleteMessages(u) => deletions(None, &u.messages, context, source),
        Update::DeleteChannelMessages(u) => {
            deletions(Some(ChatId::channel(u.channel_id)), &u.messages, context, source)
        }
        Update::MessageReactions(u) => {
            let (id, reactions) = (MessageId::from(u.msg_id), decode::reactions(&u.reactions));
            let chat = decode::peer(&u.peer);
            vec![(
                chat.box_id(),
                Capture::Reactions {
                    seen: context.seen,
                    id,
                    reactions,
                },
            )]
        }
        Update::ChannelMessageViews(u) => {
            let counters = Counters {
                views: Some(i64::from(u.views)),
                ..Counters::default()
            };
            counted(u.channel_id, u.id, counters, context)
        }
        Update::ChannelMessageForwards(u) => {
            let counters = Counters {
                forwards: Some(i64::from(u.forwards)),
                ..Counters::default()
            };
            counted(u.channel_id, u.id, counters, context)
        }
        Update::PinnedMessages(u) => pinned(decode::peer(&u.peer).box_id(), &u.messages, u.pinned, context),
        Update::PinnedChannelMessages(u) => {
            pinned(BoxId::Channel(u.channel_id), &u.messages, u.pinned, context)
        }
        Update::DialogFilter(u) => match u
            .filter
            .as_ref()
            .and_then(|f| decode::folder(f, context.seen, context.me))
        {
            Some(record) => vec![(BoxId::Common, Capture::Record(Box::new(record)))],
            None => raw(update, context),
        },
        other if says_nothing(other) => Vec::new(),
        other => raw(other, context),
    }
}

fn message(message: &enums::Message, context: Context, source: &Source) -> Vec<(BoxId, Capture)> {
    let Some(captured) = decode::message(message, source.origin, context) else {
        return Vec::new();
    };
    let box_id = captured.head.chat.map_or(BoxId::Common, ChatId::box_id);
    vec![(box_id, Capture::Message(Box::new(captured)))]
}

fn deletions(chat: Option<ChatId>, ids: &[i32], context: Context, source: &Source) -> Vec<(BoxId, Capture)> {
    if ids.is_empty() {
        return Vec::new();
    }
    let deletions = Deletions {
        seen: context.seen,
        ids: ids.iter().copied().map(MessageId::from).collect(),
        chat,
        source: source.deletion,
        observed_at: source.observed_at,
        since: source.since,
        observe_only: false,
    };
    vec![(
        chat.map_or(BoxId::Common, ChatId::box_id),
        Capture::Deletions(deletions),
    )]
}

fn counted(channel: i64, id: i32, counters: Counters, context: Context) -> Vec<(BoxId, Capture)> {
    let id = MessageId::from(id);
    vec![(
        BoxId::Channel(channel),
        Capture::Counters {
            seen: context.seen,
            id,
            counters,
        },
    )]
}

fn pinned(box_id: BoxId, ids: &[i32], pinned: bool, context: Context) -> Vec<(BoxId, Capture)> {
    let ids = ids.iter().copied().map(MessageId::from).collect();
    vec![(
        box_id,
        Capture::Pinned {
            seen: context.seen,
            ids,
            pinned,
        },
    )]
}

fn raw(update: &Update, context: Context) -> Vec<(BoxId, Capture)> {
    let raw = RawUpdate {
        seen: context.seen,
        constructor: decode::constructor_of(update),
        raw: decode::raw(update),
        layer: tl::LAYER,
    };
    vec![(BoxId::Common, Capture::Raw(raw))]
}

/// Updates about the moment (typing, presence, what was read, settings of this device): nothing to keep.
const fn says_nothing(update: &Update) -> bool {
    matches!(
        update,
        Update::MessageId(_)
            | Update::UserTyping(_)
            | Update::ChatUserTyping(_)
            | Update::ChannelUserTyping(_)
            | Update::EncryptedChatTyping(_)
            | Update::UserStatus(_)
            | Update::ReadHistoryInbox(_)
            | Update::ReadHistoryOutbox(_)
            | Update::ReadMessagesContents(_)
            | Update::ReadChannelInbox(_)
            | Update::ReadChannelOutbox(_)
            | Update::ReadChannelDiscussionInbox(_)
            | Update::ReadChannelDiscussionOutbox(_)
            | Update::ReadMonoForumInbox(_)
            | Update::ReadMonoForumOutbox(_)
            | Update::ChannelReadMessagesContents(_)
            | Update::ReadStories(_)
            | Update::ReadFeaturedStickers
            | Update::ReadFeaturedEmojiStickers
            | Update::DraftMessage(_)
            | Update::DialogUnreadMark(_)
            | Update::NotifySettings(_)
            | Update::Config
            | Update::DcOptions(_)
            | Update::PtsChanged
            | Update::LoginToken
            | Update::SentPhoneCode(_)
            | Update::LangPackTooLong(_)
            | Update::LangPack(_)
            | Update::RecentStickers
            | Update::FavedStickers
            | Update::SavedGifs
            | Update::StickerSets(_)
            | Update::StickerSetsOrder(_)
            | Update::MoveStickerSetToTop(_)
            | Update::RecentReactions
            | Update::RecentEmojiStatuses
            | Update::SavedRingtones
            | Update::AttachMenuBots
            | Update::AutoSaveSettings
            | Update::ChannelTooLong(_)
            | Update::GeoLiveViewed(_)
            | Update::Encryption(_)
            | Update::EncryptedMessagesRead(_)
            | Update::PhoneCall(_)
            | Update::PhoneCallSignalingData(_)
            | Update::GroupCallConnection(_)
            | Update::GroupCallParticipants(_)
            | Update::GroupCallChainBlocks(_)
    )
}

#[cfg(test)]
mod tests {
    use grammers_tl_types::types;

    use super::*;

    const CONTEXT: Context = Context {
        seen: Seen { epoch: 1, counter: 9 },
        me: Some(1),
    };

    fn source() -> Source {
        Source {
            seen: CONTEXT.seen,
            origin: Origin::Live,
            deletion: DeletionSource::Live,
            observed_at: 77,
            since: None,
        }
    }

    #[test]
    fn a_deletion_in_the_common_box_names_no_chat() {
        let common = types::UpdateDeleteMessages {
            messages: vec![4, 5],
            pts: 9,
            pts_count: 2,
        };
        let [(box_id, Capture::Deletions(d))] = &capture(&common.into(), CONTEXT, &source())[..] else {
            panic!("one deletion");
        };
        assert_eq!(
            (*box_id, d.chat, &d.ids[..], d.observed_at),
            (BoxId::Common, None, &[4, 5][..], 77)
        );

        let channel = types::UpdateDeleteChannelMessages {
            channel_id: 8,
            messages: vec![4],
            pts: 9,
            pts_count: 1,
        };
        let [(box_id, Capture::Deletions(d))] = &capture(&channel.into(), CONTEXT, &source())[..] else {
            panic!("one deletion");
        };
        assert_eq!((*box_id, d.chat), (BoxId::Channel(8), Some(ChatId::channel(8))));

        let nothing = types::UpdateDeleteMessages {
            messages: vec![],
            pts: 9,
            pts_count: 0,
        };
        assert!(capture(&nothing.into(), CONTEXT, &source()).is_empty());
    }

    #[test]
    fn what_is_not_understood_is_kept_and_the_moment_is_not() {
        let phone: Update = types::UpdateUserPhone {
            user_id: 4,
            phone: "1".to_owned(),
        }
        .into();
        let [(BoxId::Common, Capture::Raw(raw))] = &capture(&phone, CONTEXT, &source())[..] else {
            panic!("one raw update");
        };
        assert_eq!(raw.constructor, "updateUserPhone");
        let typing = types::UpdateUserTyping {
            user_id: 4,
            top_msg_id: None,
            action: enums::SendMessageAction::SendMessageTypingAction,
        };
        assert!(capture(&typing.into(), CONTEXT, &source()).is_empty());
    }
}
