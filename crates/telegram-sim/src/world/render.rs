//! The world in Telegram's own types, as one account sees it.

use grammers_tl_types::{Deserializable, Serializable, enums, types};
use model::ChatId;

use super::World;
use super::boxes::{Event, EventKind};
use super::files::FileSpec;
use super::post::{DocumentKind, Media, PollSpec, Post};

/// A value from a prefix of bytes and zeros: numbers 0, texts empty, options none.
pub fn zeroed<T: Deserializable>(prefix: &[u8]) -> T {
    let mut bytes = prefix.to_vec();
    bytes.resize(prefix.len() + 1024, 0);
    match T::from_bytes(&bytes) {
        Ok(value) => value,
        Err(e) => unreachable!("zeros read as any type whose required parts are given: {e}"),
    }
}

/// A marked id as a peer.
pub fn peer(marked: i64) -> enums::Peer {
    let chat = ChatId(marked);
    match (chat.channel_id(), chat.group_id()) {
        (Some(channel_id), _) => types::PeerChannel { channel_id }.into(),
        (None, Some(chat_id)) => types::PeerChat { chat_id }.into(),
        (None, None) => types::PeerUser { user_id: marked }.into(),
    }
}

/// A user as `viewer` sees it; `min`: reduced, as in updates about chats it shares with nobody.
pub fn user(world: &World, viewer: i64, id: i64, min: bool) -> enums::User {
    let Some(info) = world.users.get(&id) else {
        return types::UserEmpty { id }.into();
    };
    let own = viewer == id;
    let contact = world.account(viewer).is_some_and(|a| a.contacts.contains(&id));
    let photo = info.photo.map(|photo_id| {
        types::UserProfilePhoto {
            has_video: false,
            personal: false,
            photo_id,
            stripped_thumb: None,
            dc_id: 4,
        }
        .into()
    });
    let base: types::User = zeroed(&[]);
    types::User {
        is_self: own,
        id,
        min,
        bot: info.bot,
        bot_info_version: info.bot.then_some(1),
        deleted: info.deleted,
        contact,
        access_hash: (!min).then(|| world.access_hash(viewer, id)),
        first_name: (!info.deleted).then(|| info.first_name.clone()),
        last_name: (!info.last_name.is_empty()).then(|| info.last_name.clone()),
        username: info.username.clone(),
        phone: (own || contact).then(|| {
            world
                .account(id)
                .map_or_else(|| format!("1{id}"), |a| a.phone.clone())
        }),
        photo,
        ..base
    }
    .into()
}

fn chat_photo(photo: Option<i64>) -> enums::ChatPhoto {
    photo.map_or(enums::ChatPhoto::Empty, |photo_id| {
        types::ChatPhoto {
            has_video: false,
            photo_id,
            stripped_thumb: None,
            dc_id: 4,
        }
        .into()
    })
}

/// A group or channel as `viewer` sees it.
pub fn chat(world: &World, viewer: i64, chat: ChatId, min: bool) -> Option<enums::Chat> {
    let lost = world
        .account(viewer)
        .and_then(|a| a.dialogs.get(&chat.0))
        .is_some_and(|d| d.lost);
    if let Some(id) = chat.group_id() {
        let group = world.groups.get(&id)?;
        if lost {
            return Some(
                types::ChatForbidden {
                    id,
                    title: group.title.clone(),
                }
                .into(),
            );
        }
        let mut prefix = vec![0; 16];
        enums::ChatPhoto::Empty.serialize(&mut prefix);
        let base: types::Chat = zeroed(&prefix);
        let migrated_to = group.migrated_to.map(|channel_id| {
            types::InputChannel {
                channel_id,
                access_hash: world.access_hash(viewer, ChatId::channel(channel_id).0),
            }
            .into()
        });
        return Some(
            types::Chat {
                id,
                title: group.title.clone(),
                photo: chat_photo(group.photo),
                participants_count: group.members.len() as i32,
                date: 1_500_000_000,
                version: 1,
                deactivated: group.migrated_to.is_some(),
                migrated_to,
                ..base
            }
            .into(),
        );
    }
    let id = chat.channel_id()?;
    let channel = world.channels.get(&id)?;
    let access_hash = world.access_hash(viewer, chat.0);
    if lost {
        return Some(
            types::ChannelForbidden {
                broadcast: !channel.megagroup,
                megagroup: channel.megagroup,
                monoforum: false,
                id,
                access_hash,
                title: channel.title.clone(),
                until_date: None,
            }
            .into(),
        );
    }
    let mut prefix = vec![0; 20];
    enums::ChatPhoto::Empty.serialize(&mut prefix);
    let base: types::Channel = zeroed(&prefix);
    Some(
        types::Channel {
            id,
            min,
            broadcast: !channel.megagroup,
            megagroup: channel.megagroup,
            forum: channel.forum,
            access_hash: (!min).then_some(access_hash),
            title: channel.title.clone(),
            username: channel.username.clone(),
            photo: chat_photo(channel.photo),
            date: 1_500_000_000,
            participants_count: (!min).then_some(channel.members.len() as i32),
            ..base
        }
        .into(),
    )
}

fn file_reference(world: &World) -> Vec<u8> {
    let mut reference = world.reference_generation.to_be_bytes().to_vec();
    reference.extend_from_slice(b"reference");
    reference
}

fn photo(world: &World, viewer: i64, file: FileSpec, width: i32, height: i32) -> enums::Photo {
    types::Photo {
        has_stickers: false,
        id: file.id,
        access_hash: world.access_hash(viewer, file.id),
        file_reference: file_reference(world),
        date: 1_600_000_000,
        sizes: vec![
            types::PhotoStrippedSize {
                r#type: "i".to_owned(),
                bytes: vec![1, 40, 30, 0],
            }
            .into(),
            types::PhotoSize {
                r#type: "m".to_owned(),
                w: 320,
                h: 240,
                size: file.thumbnail().size as i32,
            }
            .into(),
            types::PhotoSize {
                r#type: "y".to_owned(),
                w: width,
                h: height,
                size: file.size as i32,
            }
            .into(),
        ],
        video_sizes: None,
        dc_id: file.dc,
    }
    .into()
}

fn attributes(kind: DocumentKind, name: Option<&String>) -> Vec<enums::DocumentAttribute> {
    let video = |round: bool| {
        let base: types::DocumentAttributeVideo = zeroed(&[]);
        enums::DocumentAttribute::from(types::DocumentAttributeVideo {
            round_message: round,
            duration: 7.5,
            w: 640,
            h: 360,
            ..base
        })
    };
    let audio = |voice: bool| {
        enums::DocumentAttribute::from(types::DocumentAttributeAudio {
            voice,
            duration: 12,
            title: (!voice).then(|| "A title".to_owned()),
            performer: (!voice).then(|| "Somebody".to_owned()),
            waveform: voice.then(|| (0..63).collect()),
        })
    };
    let mut all = match kind {
        DocumentKind::Plain => vec![],
        DocumentKind::Video => vec![video(false)],
        DocumentKind::Round => vec![video(true)],
        DocumentKind::Gif => vec![video(false), enums::DocumentAttribute::Animated],
        DocumentKind::Voice => vec![audio(true)],
        DocumentKind::Audio => vec![audio(false)],
        DocumentKind::Sticker => vec![
            types::DocumentAttributeImageSize { w: 512, h: 512 }.into(),
            types::DocumentAttributeSticker {
                mask: false,
                alt: "\u{1f600}".to_owned(),
                stickerset: enums::InputStickerSet::Empty,
                mask_coords: None,
            }
            .into(),
        ],
    };
    all.extend(name.map(|n| types::DocumentAttributeFilename { file_name: n.clone() }.into()));
    all
}

fn poll(spec: &PollSpec) -> enums::MessageMedia {
    let plain = |text: &str| -> enums::TextWithEntities {
        types::TextWithEntities {
            text: text.to_owned(),
            entities: vec![],
        }
        .into()
    };
    let mut prefix = vec![0; 12];
    plain("").serialize(&mut prefix);
    Vec::<enums::PollAnswer>::new().serialize(&mut prefix);
    let base: types::Poll = zeroed(&prefix);
    let answers = spec
        .answers
        .iter()
        .enumerate()
        .map(|(n, (text, _))| {
            let mut prefix = vec![0; 4];
            plain("").serialize(&mut prefix);
            let base: types::PollAnswer = zeroed(&prefix);
            types::PollAnswer {
                text: plain(text),
                option: vec![n as u8],
                ..base
            }
            .into()
        })
        .collect();
    let results = spec
        .answers
        .iter()
        .enumerate()
        .map(|(n, (_, voters))| {
            let base: types::PollAnswerVoters = zeroed(&[]);
            types::PollAnswerVoters {
                option: vec![n as u8],
                voters: Some(*voters),
                recent_voters: Some(vec![]),
                ..base
            }
            .into()
        })
        .collect();
    let base_results: types::PollResults = zeroed(&[]);
    let total = spec.answers.iter().map(|(_, v)| v).sum();
    types::MessageMediaPoll {
        poll: types::Poll {
            id: spec.id,
            question: plain(&spec.question),
            answers,
            quiz: spec.quiz,
            closed: spec.closed,
            ..base
        }
        .into(),
        results: types::PollResults {
            results: Some(results),
            total_voters: Some(total),
            ..base_results
        }
        .into(),
        attached_media: None,
    }
    .into()
}

fn media(world: &World, viewer: i64, media: &Media) -> enums::MessageMedia {
    let geo = |latitude: f64, longitude: f64| -> enums::GeoPoint {
        types::GeoPoint {
            long: longitude,
            lat: latitude,
            access_hash: 0,
            accuracy_radius: None,
        }
        .into()
    };
    match media {
        Media::Photo { file, width, height } => types::MessageMediaPhoto {
            spoiler: false,
            live_photo: false,
            photo: Some(photo(world, viewer, *file, *width, *height)),
            ttl_seconds: None,
            video: None,
        }
        .into(),
        Media::Document {
            file,
            mime,
            name,
            kind,
        } => {
            let document = types::Document {
                id: file.id,
                access_hash: world.access_hash(viewer, file.id),
                file_reference: file_reference(world),
                date: 1_600_000_000,
                mime_type: mime.clone(),
                size: file.size as i64,
                thumbs: None,
                video_thumbs: None,
                dc_id: file.dc,
                attributes: attributes(*kind, name.as_ref()),
            };
            let base: types::MessageMediaDocument = zeroed(&[]);
            types::MessageMediaDocument {
                video: *kind == DocumentKind::Video,
                round: *kind == DocumentKind::Round,
                voice: *kind == DocumentKind::Voice,
                document: Some(document.into()),
                ..base
            }
            .into()
        }
        Media::Contact { phone, name, user_id } => types::MessageMediaContact {
            phone_number: phone.clone(),
            first_name: name.clone(),
            last_name: String::new(),
            vcard: String::new(),
            user_id: *user_id,
        }
        .into(),
        Media::Geo { latitude, longitude } => types::MessageMediaGeo {
            geo: geo(*latitude, *longitude),
        }
        .into(),
        Media::LiveGeo {
            latitude,
            longitude,
            period,
        } => types::MessageMediaGeoLive {
            geo: geo(*latitude, *longitude),
            heading: None,
            period: *period,
            proximity_notification_radius: None,
        }
        .into(),
        Media::Venue {
            latitude,
            longitude,
            title,
        } => types::MessageMediaVenue {
            geo: geo(*latitude, *longitude),
            title: title.clone(),
            address: "Somewhere 1".to_owned(),
            provider: String::new(),
            venue_id: String::new(),
            venue_type: String::new(),
        }
        .into(),
        Media::Dice { emoji, value } => {
            let base: types::MessageMediaDice = zeroed(&[]);
            types::MessageMediaDice {
                emoticon: emoji.clone(),
                value: *value,
                ..base
            }
            .into()
        }
        Media::Poll(spec) => poll(spec),
        Media::WebPage {
            id,
            url,
            title,
            pending,
        } => {
            let webpage = if *pending {
                types::WebPagePending {
                    id: *id,
                    url: Some(url.clone()),
                    date: 0,
                }
                .into()
            } else {
                let base: types::WebPage = zeroed(&[]);
                types::WebPage {
                    id: *id,
                    url: url.clone(),
                    display_url: url.clone(),
                    title: Some(title.clone()),
                    ..base
                }
                .into()
            };
            let base: types::MessageMediaWebPage = {
                let mut prefix = vec![0; 4];
                enums::WebPage::from(types::WebPageEmpty { id: 0, url: None }).serialize(&mut prefix);
                zeroed(&prefix)
            };
            types::MessageMediaWebPage { webpage, ..base }.into()
        }
        Media::Unsupported => enums::MessageMedia::Unsupported,
    }
}

fn reactions(post: &Post) -> Option<enums::MessageReactions> {
    (!post.reactions.is_empty()).then(|| {
        types::MessageReactions {
            min: false,
            can_see_list: false,
            reactions_as_tags: false,
            results: post
                .reactions
                .iter()
                .map(|(emoji, count)| {
                    types::ReactionCount {
                        chosen_order: None,
                        reaction: types::ReactionEmoji {
                            emoticon: emoji.clone(),
                        }
                        .into(),
                        count: *count,
                    }
                    .into()
                })
                .collect(),
            recent_reactions: None,
            top_reactors: None,
        }
        .into()
    })
}

fn reply(post: &Post) -> Option<enums::MessageReplyHeader> {
    let to = post.reply_to.or(post.topic)?;
    let base: types::MessageReplyHeader = zeroed(&[]);
    Some(
        types::MessageReplyHeader {
            forum_topic: post.topic.is_some(),
            quote: post.quote.is_some(),
            reply_to_msg_id: Some(to),
            reply_to_top_id: post.topic.filter(|t| *t != to),
            quote_text: post.quote.clone(),
            ..base
        }
        .into(),
    )
}

/// A message as `viewer` sees it.
pub fn message(world: &World, viewer: i64, post: &Post) -> enums::Message {
    let peer_id = peer(post.chat);
    let out = post.from == Some(viewer);
    let from_id = post.from.filter(|f| post.chat < 0 || *f != post.chat).map(peer);
    if let Some(action) = &post.action {
        return types::MessageService {
            out,
            mentioned: false,
            media_unread: false,
            reactions_are_possible: false,
            silent: post.silent,
            post: post.from.is_none(),
            legacy: false,
            id: post.id,
            from_id,
            peer_id,
            saved_peer_id: None,
            reply_to: reply(post),
            date: post.date,
            action: action.clone(),
            reactions: None,
            ttl_period: None,
        }
        .into();
    }
    let mut prefix = vec![0; 12];
    peer_id.serialize(&mut prefix);
    let base: types::Message = zeroed(&prefix);
    let fwd_from = post.forward.as_ref().map(|(author, name, date)| {
        let base: types::MessageFwdHeader = zeroed(&[]);
        types::MessageFwdHeader {
            from_id: author.map(peer),
            from_name: name.clone(),
            date: *date,
            ..base
        }
        .into()
    });
    types::Message {
        out,
        silent: post.silent,
        post: post.chat < 0 && post.from.is_none(),
        edit_hide: post.edit_hide,
        pinned: post.pinned,
        id: post.id,
        from_id,
        peer_id,
        fwd_from,
        via_bot_id: post.via_bot,
        reply_to: reply(post),
        date: post.date,
        message: post.text.clone(),
        media: post.media.as_ref().map(|m| media(world, viewer, m)),
        entities: (!post.entities.is_empty()).then(|| post.entities.clone()),
        views: post.views.map(|(v, _)| v),
        forwards: post.views.map(|(_, f)| f),
        edit_date: post.edit_date,
        post_author: post.post_author.clone(),
        grouped_id: post.grouped_id,
        reactions: reactions(post),
        ..base
    }
    .into()
}

/// Users and chats that messages refer to.
pub fn peers(
    world: &World,
    viewer: i64,
    posts: &[&Post],
    chats: &[ChatId],
    min: bool,
) -> (Vec<enums::User>, Vec<enums::Chat>) {
    let mut users: Vec<i64> = posts
        .iter()
        .flat_map(|p| {
            [
                p.from,
                Some(p.chat),
                p.via_bot,
                p.forward.as_ref().and_then(|f| f.0),
            ]
        })
        .flatten()
        .chain(chats.iter().map(|c| c.0))
        .filter(|id| *id > 0)
        .collect();
    users.sort_unstable();
    users.dedup();
    let mut groups: Vec<i64> = posts
        .iter()
        .flat_map(|p| [Some(p.chat), p.from, p.forward.as_ref().and_then(|f| f.0)])
        .flatten()
        .chain(chats.iter().map(|c| c.0))
        .filter(|id| *id < 0)
        .collect();
    groups.sort_unstable();
    groups.dedup();
    let known = |id: i64| {
        world
            .account(viewer)
            .is_some_and(|a| a.dialogs.contains_key(&id) || a.user_id == id)
    };
    (
        users
            .into_iter()
            .map(|id| user(world, viewer, id, min && !known(id)))
            .collect(),
        groups
            .into_iter()
            .filter_map(|id| chat(world, viewer, ChatId(id), min && !known(id)))
            .collect(),
    )
}

/// The update of an event as `viewer` gets it; `None`: its message is gone meanwhile.
pub fn update(world: &World, viewer: i64, event: &Event) -> Option<enums::Update> {
    let chat = ChatId(event.chat);
    let messages = world.message_box(viewer, chat)?;
    let (pts, pts_count) = (event.pts, event.pts_count);
    let channel = chat.channel_id();
    let shown = |id: i32| messages.get(id).map(|p| message(world, viewer, &p));
    Some(match (&event.kind, channel) {
        (EventKind::New(id), None) => types::UpdateNewMessage {
            message: shown(*id)?,
            pts,
            pts_count,
        }
        .into(),
        (EventKind::New(id), Some(_)) => types::UpdateNewChannelMessage {
            message: shown(*id)?,
            pts,
            pts_count,
        }
        .into(),
        (EventKind::Edit(id), None) => types::UpdateEditMessage {
            message: shown(*id)?,
            pts,
            pts_count,
        }
        .into(),
        (EventKind::Edit(id), Some(_)) => types::UpdateEditChannelMessage {
            message: shown(*id)?,
            pts,
            pts_count,
        }
        .into(),
        (EventKind::Delete(ids), None) => types::UpdateDeleteMessages {
            messages: ids.clone(),
            pts,
            pts_count,
        }
        .into(),
        (EventKind::Delete(ids), Some(channel_id)) => types::UpdateDeleteChannelMessages {
            channel_id,
            messages: ids.clone(),
            pts,
            pts_count,
        }
        .into(),
        (EventKind::Pin(ids, pinned), None) => types::UpdatePinnedMessages {
            pinned: *pinned,
            peer: peer(event.chat),
            messages: ids.clone(),
            pts,
            pts_count,
        }
        .into(),
        (EventKind::Pin(ids, pinned), Some(channel_id)) => types::UpdatePinnedChannelMessages {
            pinned: *pinned,
            channel_id,
            messages: ids.clone(),
            pts,
            pts_count,
        }
        .into(),
        (EventKind::React(id), _) => {
            let post = messages.get(*id)?;
            let none = types::MessageReactions {
                min: false,
                can_see_list: false,
                reactions_as_tags: false,
                results: vec![],
                recent_reactions: None,
                top_reactors: None,
            };
            types::UpdateMessageReactions {
                peer: peer(event.chat),
                msg_id: *id,
                top_msg_id: None,
                saved_peer_id: None,
                reactions: reactions(&post).unwrap_or_else(|| none.into()),
            }
            .into()
        }
    })
}

/// What is pushed of an event. Some plain texts come in the short form, as from Telegram.
pub fn push(world: &World, viewer: i64, event: &Event) -> Option<enums::Updates> {
    let chat = ChatId(event.chat);
    let messages = world.message_box(viewer, chat)?;
    let post = match &event.kind {
        EventKind::New(id) | EventKind::Edit(id) | EventKind::React(id) => messages.get(*id),
        _ => None,
    };
    if let (EventKind::New(id), Some(user_id), Some(post)) = (&event.kind, chat.user_id(), &post)
        && id % 3 == 0
        && post.media.is_none()
        && post.action.is_none()
        && post.forward.is_none()
        && post.grouped_id.is_none()
        && world
            .account(viewer)
            .is_some_and(|a| a.dialogs.contains_key(&user_id))
    {
        return Some(
            types::UpdateShortMessage {
                out: post.from == Some(viewer),
                mentioned: false,
                media_unread: false,
                silent: post.silent,
                id: post.id,
                user_id,
                message: post.text.clone(),
                pts: event.pts,
                pts_count: event.pts_count,
                date: post.date,
                fwd_from: None,
                via_bot_id: post.via_bot,
                reply_to: reply(post),
                entities: (!post.entities.is_empty()).then(|| post.entities.clone()),
                ttl_period: None,
            }
            .into(),
        );
    }
    let posts: Vec<&Post> = post.iter().map(AsRef::as_ref).collect();
    let (users, chats) = peers(world, viewer, &posts, &[chat], true);
    let update = update(world, viewer, event)?;
    Some(
        types::Updates {
            updates: vec![update],
            users,
            chats,
            date: event.date,
            seq: 0,
        }
        .into(),
    )
}

#[cfg(test)]
mod tests {
    use model::ChatId;

    use super::*;
    use crate::scenario;

    #[test]
    fn every_kind_of_message_reads_back_as_it_was_written() {
        let world = scenario::small(1);
        for chat in [
            ChatId(2001),
            ChatId::channel(4002),
            ChatId::group(301),
            ChatId::channel(4001),
        ] {
            let messages = world.message_box(scenario::ACCOUNT, chat).unwrap();
            for id in messages.newer(chat.0, 1) {
                let post = messages.get(id).unwrap();
                let written = message(&world, scenario::ACCOUNT, &post);
                let read = enums::Message::from_bytes(&written.to_bytes());
                assert_eq!(read.ok(), Some(written), "{:?} {:?}", post.media, post.action);
            }
        }
    }
}
