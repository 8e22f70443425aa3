//! Messages of a chat by text, sender, kind and date.

use grammers_tl_types::{enums, functions};

use super::history::messages_of;
use super::{Caller, chat_of};
use crate::error::RpcError;
use crate::world::{DocumentKind, Media, Post, World};

fn of_kind(post: &Post, filter: &enums::MessagesFilter) -> Result<bool, RpcError> {
    use enums::MessagesFilter as F;
    let kind = match &post.media {
        Some(Media::Document { kind, .. }) => Some(*kind),
        _ => None,
    };
    let photo = matches!(post.media, Some(Media::Photo { .. }));
    let entity = |wanted: fn(&enums::MessageEntity) -> bool| post.entities.iter().any(wanted);
    Ok(match filter {
        F::InputMessagesFilterEmpty => true,
        F::InputMessagesFilterPhotos => photo,
        F::InputMessagesFilterVideo => kind == Some(DocumentKind::Video),
        F::InputMessagesFilterPhotoVideo => photo || kind == Some(DocumentKind::Video),
        F::InputMessagesFilterDocument => kind == Some(DocumentKind::Plain),
        F::InputMessagesFilterGif => kind == Some(DocumentKind::Gif),
        F::InputMessagesFilterVoice => kind == Some(DocumentKind::Voice),
        F::InputMessagesFilterMusic => kind == Some(DocumentKind::Audio),
        F::InputMessagesFilterRoundVideo => kind == Some(DocumentKind::Round),
        F::InputMessagesFilterRoundVoice => matches!(kind, Some(DocumentKind::Round | DocumentKind::Voice)),
        F::InputMessagesFilterUrl => {
            entity(|e| matches!(e, enums::MessageEntity::Url(_) | enums::MessageEntity::TextUrl(_)))
        }
        F::InputMessagesFilterGeo => matches!(post.media, Some(Media::Geo { .. } | Media::LiveGeo { .. })),
        F::InputMessagesFilterContacts => matches!(post.media, Some(Media::Contact { .. })),
        F::InputMessagesFilterPoll => matches!(post.media, Some(Media::Poll(_))),
        F::InputMessagesFilterPinned => post.pinned,
        F::InputMessagesFilterChatPhotos => {
            matches!(post.action, Some(enums::MessageAction::ChatEditPhoto(_)))
        }
        _ => return Err(RpcError::bad("INPUT_FILTER_INVALID")),
    })
}

pub(super) fn search(
    world: &mut World,
    caller: &Caller,
    r: &functions::messages::Search,
) -> Result<enums::messages::Messages, RpcError> {
    let chat = chat_of(world, caller, &r.peer)?;
    let from = r
        .from_id
        .as_ref()
        .map(|peer| chat_of(world, caller, peer))
        .transpose()?;
    let Some(messages) = world.message_box(caller.account, chat) else {
        return Err(RpcError::bad("PEER_ID_INVALID"));
    };
    let words = r.q.to_lowercase();
    let wanted = |post: &Post| -> Result<bool, RpcError> {
        let dated =
            (r.min_date == 0 || post.date > r.min_date) && (r.max_date == 0 || post.date < r.max_date);
        let sent = from.is_none_or(|from| post.from.unwrap_or(post.chat) == from.0);
        let topic = r.top_msg_id.is_none_or(|t| post.topic == Some(t) || post.id == t);
        let ids = (r.min_id == 0 || post.id > r.min_id) && (r.max_id == 0 || post.id < r.max_id);
        let plain =
            post.action.is_none() || matches!(r.filter, enums::MessagesFilter::InputMessagesFilterChatPhotos);
        let said = words.is_empty() || post.text.to_lowercase().contains(&words);
        Ok(dated && sent && topic && ids && plain && said && of_kind(post, &r.filter)?)
    };
    let mut found = Vec::new();
    for id in messages.older(chat.0, i32::MAX) {
        if let Some(post) = messages.get(id)
            && wanted(&post)?
        {
            found.push(post.into_owned());
        }
    }
    let total = found.len();
    let begin = found
        .iter()
        .position(|p| r.offset_id == 0 || p.id < r.offset_id)
        .unwrap_or(total);
    let begin = begin.saturating_add_signed(r.add_offset as isize).min(total);
    let end = (begin + r.limit.clamp(0, 100) as usize).min(total);
    Ok(messages_of(world, caller, chat, &found[begin..end], total))
}
