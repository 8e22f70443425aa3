//! Messages of many kinds, made from TL as Telegram sends it.

use grammers_tl_types::{Cursor, Deserializable, Serializable as _, enums, types};
use model::{Attachment, CapturedMessage, ChatId, EntityKind, FileKind, MessageKind, Origin, Seen};

use super::*;

const CONTEXT: Context = Context {
    seen: Seen { epoch: 3, counter: 8 },
    me: Some(1),
};

/// An object whose every field is zero or absent, after a prefix for fields that cannot be.
fn zeroed<T: Deserializable>(prefix: &[u8]) -> T {
    let bytes = [prefix, &[0; 512]].concat();
    T::deserialize(&mut Cursor::from_slice(&bytes)).unwrap()
}

fn in_chat(peer: &enums::Peer) -> types::Message {
    let prefix = [&[0; 12][..], &peer.to_bytes()].concat();
    types::Message {
        id: 7,
        date: 1000,
        ..zeroed(&prefix)
    }
}

fn user(id: i64) -> enums::Peer {
    types::PeerUser { user_id: id }.into()
}

fn channel(id: i64) -> enums::Peer {
    types::PeerChannel { channel_id: id }.into()
}

fn read(m: types::Message) -> CapturedMessage {
    let tl: enums::Message = m.into();
    let captured = message(&tl, Origin::Live, CONTEXT).unwrap();
    let raw = zstd::bulk::decompress(&captured.raw, 1 << 20).unwrap();
    assert_eq!(
        enums::Message::from_bytes(&raw).unwrap(),
        tl,
        "the raw bytes are the message"
    );
    assert_eq!(captured.hash, captured.content.hash());
    assert_eq!(captured.layer, grammers_tl_types::LAYER);
    captured
}

fn with_media(media: impl Into<enums::MessageMedia>) -> CapturedMessage {
    read(types::Message {
        media: Some(media.into()),
        message: "caption".into(),
        ..in_chat(&user(5))
    })
}

#[test]
fn text_keeps_its_entities_and_its_sender() {
    let entities = vec![
        types::MessageEntityBold { offset: 0, length: 4 }.into(),
        types::MessageEntityTextUrl {
            offset: 5,
            length: 2,
            url: "https://example.org".into(),
        }
        .into(),
        types::MessageEntityTonAddress { offset: 8, length: 1 }.into(),
    ];
    let m = read(types::Message {
        message: "bold link 🙂".into(),
        entities: Some(entities),
        edit_date: Some(1500),
        ..in_chat(&user(5))
    });
    assert_eq!((m.id, m.kind, m.edit_date), (7, MessageKind::Text, 1500));
    assert_eq!((m.head.chat, m.head.sender), (Some(ChatId(5)), Some(ChatId(5))));
    let kinds: Vec<_> = m.content.entities.iter().map(|e| e.kind.clone()).collect();
    assert_eq!(kinds[0], EntityKind::Bold);
    assert_eq!(
        kinds[1],
        EntityKind::TextUrl {
            url: "https://example.org".into()
        }
    );
    assert_eq!(
        kinds[2],
        EntityKind::Unknown {
            name: "TonAddress".into()
        }
    );

    let own = read(types::Message {
        out: true,
        ..in_chat(&user(5))
    });
    assert_eq!(own.head.sender, Some(ChatId(1)));
    let post = read(types::Message {
        post: true,
        post_author: Some("editor".into()),
        ..in_chat(&channel(9))
    });
    assert_eq!(
        (post.head.chat, post.head.sender),
        (Some(ChatId::channel(9)), None)
    );
    assert_eq!(post.head.post_author.as_deref(), Some("editor"));
}

#[test]
fn an_empty_message_is_none() {
    let empty: enums::Message = types::MessageEmpty { id: 4, peer_id: None }.into();
    assert!(message(&empty, Origin::Page, CONTEXT).is_none());
}

fn reply_header(change: impl FnOnce(&mut types::MessageReplyHeader)) -> enums::MessageReplyHeader {
    let mut header: types::MessageReplyHeader = zeroed(&[]);
    change(&mut header);
    header.into()
}

#[test]
fn a_topic_is_told_from_an_answer() {
    let first = read(types::Message {
        reply_to: Some(reply_header(|h| {
            (h.forum_topic, h.reply_to_msg_id) = (true, Some(30));
        })),
        ..in_chat(&channel(9))
    });
    assert_eq!((first.head.topic_id, first.head.reply), (Some(30), None));
    let answer = read(types::Message {
        reply_to: Some(reply_header(|h| {
            (h.forum_topic, h.reply_to_msg_id, h.reply_to_top_id) = (true, Some(41), Some(30));
            (h.quote, h.quote_text) = (true, Some("so".into()));
        })),
        ..in_chat(&channel(9))
    });
    let reply = answer.head.reply.unwrap();
    assert_eq!(
        (answer.head.topic_id, reply.message_id, reply.top_id),
        (Some(30), Some(41), Some(30))
    );
    assert_eq!(reply.quote.as_deref(), Some("so"));
}

fn document(attributes: Vec<enums::DocumentAttribute>) -> types::MessageMediaDocument {
    let document = types::Document {
        id: 50,
        access_hash: 51,
        file_reference: vec![1, 2],
        date: 0,
        mime_type: "x/y".into(),
        size: 99,
        thumbs: None,
        video_thumbs: None,
        dc_id: 4,
        attributes,
    };
    types::MessageMediaDocument {
        document: Some(document.into()),
        ..zeroed(&[])
    }
}

#[test]
fn documents_are_called_what_a_reader_would() {
    let video = |round, nosound| -> enums::DocumentAttribute {
        types::DocumentAttributeVideo {
            round_message: round,
            supports_streaming: true,
            nosound,
            duration: 2.5,
            w: 640,
            h: 480,
            preload_prefix_size: None,
            video_start_ts: None,
            video_codec: None,
        }
        .into()
    };
    let audio = |voice| -> enums::DocumentAttribute {
        types::DocumentAttributeAudio {
            voice,
            duration: 3,
            title: Some("t".into()),
            performer: Some("p".into()),
            waveform: Some(vec![9]),
        }
        .into()
    };
    let sticker: enums::DocumentAttribute = types::DocumentAttributeSticker {
        mask: false,
        alt: "🙂".into(),
        stickerset: enums::InputStickerSet::Empty,
        mask_coords: None,
    }
    .into();
    let named: enums::DocumentAttribute = types::DocumentAttributeFilename {
        file_name: "a.bin".into(),
    }
    .into();
    let cases = [
        (vec![named], MessageKind::Document),
        (vec![video(false, false)], MessageKind::Video),
        (vec![video(true, false)], MessageKind::RoundVideo),
        (
            vec![video(false, true), enums::DocumentAttribute::Animated],
            MessageKind::Animation,
        ),
        (vec![audio(true)], MessageKind::Voice),
        (vec![audio(false)], MessageKind::Audio),
        (vec![sticker], MessageKind::Sticker),
    ];
    for (attributes, kind) in cases {
        let m = with_media(document(attributes));
        let Some(Attachment::File(file)) = m.content.attachment else {
            panic!("{kind:?}")
        };
        assert_eq!(m.kind, kind);
        assert_eq!(
            (file.location.kind, file.location.file_id, file.location.dc_id),
            (FileKind::Document, 50, 4)
        );
        assert_eq!(
            (file.size, &file.location.file_reference[..]),
            (Some(99), &[1, 2][..])
        );
        match kind {
            MessageKind::Video => assert_eq!((file.duration_ms, file.width), (Some(2500), Some(640))),
            MessageKind::Voice => assert_eq!((file.duration_ms, &file.waveform[..]), (Some(3000), &[9][..])),
            MessageKind::Document => assert_eq!(file.file_name.as_deref(), Some("a.bin")),
            MessageKind::Sticker => assert_eq!(file.sticker_emoji.as_deref(), Some("🙂")),
            _ => {}
        }
    }
}

#[test]
fn a_photo_is_its_largest_size() {
    let sizes = vec![
        types::PhotoStrippedSize {
            r#type: "i".into(),
            bytes: vec![1],
        }
        .into(),
        types::PhotoSize {
            r#type: "m".into(),
            w: 320,
            h: 200,
            size: 10,
        }
        .into(),
        types::PhotoSizeProgressive {
            r#type: "y".into(),
            w: 1280,
            h: 800,
            sizes: vec![5, 60, 700],
        }
        .into(),
        types::PhotoSize {
            r#type: "x".into(),
            w: 800,
            h: 500,
            size: 50,
        }
        .into(),
    ];
    let photo = types::Photo {
        has_stickers: false,
        id: 60,
        access_hash: 61,
        file_reference: vec![3],
        date: 0,
        sizes,
        video_sizes: None,
        dc_id: 2,
    };
    let m = with_media(types::MessageMediaPhoto {
        spoiler: true,
        live_photo: false,
        photo: Some(photo.into()),
        ttl_seconds: None,
        video: None,
    });
    let Some(Attachment::File(file)) = &m.content.attachment else {
        panic!("a file")
    };
    assert_eq!(
        (m.kind, &file.location.thumb_size[..], file.size),
        (MessageKind::Photo, "y", Some(700))
    );
    assert_eq!(
        (file.width, &file.stripped_thumb[..], file.spoiler),
        (Some(1280), &[1][..], true)
    );
}

#[test]
fn a_poll_has_its_results() {
    let text = |t: &str| -> enums::TextWithEntities {
        types::TextWithEntities {
            text: t.into(),
            entities: vec![],
        }
        .into()
    };
    let answer = |t: &str, option: u8| -> enums::PollAnswer {
        types::PollAnswer {
            text: text(t),
            option: vec![option],
            media: None,
            added_by: None,
            date: None,
        }
        .into()
    };
    let prefix = [
        &[0; 12][..],
        &text("which?").to_bytes(),
        &Vec::<i32>::new().to_bytes(),
    ]
    .concat();
    let poll = types::Poll {
        id: 3,
        quiz: true,
        answers: vec![answer("a", 0), answer("b", 0xfe)],
        ..zeroed(&prefix)
    };
    let voters = types::PollAnswerVoters {
        chosen: true,
        correct: true,
        option: vec![0xfe],
        voters: Some(12),
        recent_voters: Some(vec![]),
    };
    let results = types::PollResults {
        results: Some(vec![voters.into()]),
        total_voters: Some(12),
        ..zeroed(&[])
    };
    let m = with_media(types::MessageMediaPoll {
        poll: poll.into(),
        results: results.into(),
        attached_media: None,
    });
    let Some(Attachment::Poll(poll)) = m.content.attachment else {
        panic!("a poll")
    };
    assert_eq!(
        (m.kind, &poll.question[..], poll.quiz, poll.total_voters),
        (MessageKind::Poll, "which?", true, Some(12))
    );
    assert_eq!(
        (
            &poll.options[1].option[..],
            poll.options[1].voters,
            poll.options[1].chosen
        ),
        ("fe", Some(12), true)
    );
    assert_eq!(poll.options[0].voters, None);
}

#[test]
fn other_kinds_are_named_and_kept_raw() {
    let story = types::MessageMediaStory {
        via_mention: false,
        peer: user(4),
        id: 3,
        story: None,
    };
    let m = with_media(story);
    assert_eq!(m.kind, MessageKind::Unknown);
    assert_eq!(
        m.content.attachment,
        Some(Attachment::Other {
            constructor: "messageMediaStory".into()
        })
    );
    assert_eq!(m.content.text, "caption");

    let geo = types::GeoPoint {
        long: 2.0,
        lat: 1.0,
        access_hash: 0,
        accuracy_radius: None,
    };
    let m = with_media(types::MessageMediaGeo { geo: geo.into() });
    assert_eq!(
        m.content.attachment,
        Some(Attachment::Geo {
            latitude: 1.0,
            longitude: 2.0
        })
    );

    let page = types::WebPagePending {
        id: 1,
        url: Some("https://example.org".into()),
        date: 0,
    };
    let m = with_media(types::MessageMediaWebPage {
        force_large_media: false,
        force_small_media: false,
        manual: false,
        safe: false,
        webpage: page.into(),
    });
    let Some(Attachment::WebPage(page)) = &m.content.attachment else {
        panic!("a preview")
    };
    assert_eq!(
        (m.kind, page.pending, &page.url[..]),
        (MessageKind::Text, true, "https://example.org")
    );
}

#[test]
fn a_service_message_tells_what_happened() {
    let prefix = [
        &[0; 8][..],
        &user(5).to_bytes(),
        &[0; 4],
        &enums::MessageAction::PinMessage.to_bytes(),
    ]
    .concat();
    let m = types::MessageService {
        id: 9,
        action: types::MessageActionTopicCreate {
            title_missing: false,
            title: "News".into(),
            icon_color: 1,
            icon_emoji_id: None,
        }
        .into(),
        ..zeroed(&prefix)
    };
    let captured = message(&m.into(), Origin::Page, CONTEXT).unwrap();
    let service = captured.content.service.unwrap();
    assert_eq!(
        (captured.kind, &service.name[..], &service.data["title"]),
        (MessageKind::Service, "topic_create", &"News".into())
    );
    assert_eq!(captured.head.topic_id, Some(9));
}

#[test]
fn peers_become_captures_with_their_avatars() {
    let photo = types::UserProfilePhoto {
        has_video: false,
        personal: false,
        photo_id: 88,
        stripped_thumb: None,
        dc_id: 4,
    };
    let user = types::User {
        id: 5,
        first_name: Some("A".into()),
        bot: true,
        photo: Some(photo.into()),
        usernames: Some(vec![
            types::Username {
                active: false,
                username: "old".into(),
                ..zeroed(&[])
            }
            .into(),
            types::Username {
                active: true,
                username: "new".into(),
                ..zeroed(&[])
            }
            .into(),
        ]),
        ..zeroed(&[])
    };
    let prefix = [&[0; 20][..], &enums::ChatPhoto::Empty.to_bytes()].concat();
    let forum = types::Channel {
        id: 9,
        title: "F".into(),
        megagroup: true,
        forum: true,
        ..zeroed(&prefix)
    };
    let captures = peers(&[user.into()], &[forum.into()], CONTEXT);
    let [Capture::User(user), Capture::Chat(forum)] = &captures[..] else {
        panic!("{captures:?}")
    };
    assert_eq!((user.username.as_deref(), user.bot), (Some("new"), true));
    assert_eq!(
        user.photo.as_ref().map(|p| (p.kind, p.file_id, p.dc_id)),
        Some((FileKind::PeerPhoto, 88, 4))
    );
    assert_eq!(
        (forum.id, forum.kind, forum.inaccessible),
        (ChatId::channel(9), model::ChatKind::Forum, false)
    );
}
