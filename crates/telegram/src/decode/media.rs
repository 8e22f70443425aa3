//! What hangs on a message.

use grammers_tl_types::{enums, types};
use model::{Attachment, MessageKind};

use super::constructor_of;
use super::file::{document, photo};
use super::poll::poll;
use super::webpage::webpage;

/// What a reader would call a message with this media, and the media itself.
pub(super) fn media(media: Option<&enums::MessageMedia>) -> (MessageKind, Option<Attachment>) {
    use enums::MessageMedia as M;
    let Some(media) = media else {
        return (MessageKind::Text, None);
    };
    match media {
        M::Empty => (MessageKind::Text, None),
        M::Photo(m) => photo_media(m),
        M::Document(m) => document_media(m),
        M::WebPage(m) => (
            MessageKind::Text,
            webpage(&m.webpage).map(|w| Attachment::WebPage(Box::new(w))),
        ),
        M::Contact(m) => (
            MessageKind::Contact,
            Some(Attachment::Contact {
                phone: m.phone_number.clone(),
                first_name: m.first_name.clone(),
                last_name: m.last_name.clone(),
                user_id: m.user_id,
                vcard: m.vcard.clone(),
            }),
        ),
        M::Geo(m) => {
            let (latitude, longitude) = point(&m.geo);
            (MessageKind::Geo, Some(Attachment::Geo { latitude, longitude }))
        }
        M::GeoLive(m) => {
            let (latitude, longitude) = point(&m.geo);
            let period_seconds = i64::from(m.period);
            (
                MessageKind::LiveGeo,
                Some(Attachment::LiveGeo {
                    latitude,
                    longitude,
                    period_seconds,
                }),
            )
        }
        M::Venue(m) => {
            let (latitude, longitude) = point(&m.geo);
            let (title, address) = (m.title.clone(), m.address.clone());
            (
                MessageKind::Venue,
                Some(Attachment::Venue {
                    latitude,
                    longitude,
                    title,
                    address,
                }),
            )
        }
        M::Dice(m) => (
            MessageKind::Dice,
            Some(Attachment::Dice {
                emoji: m.emoticon.clone(),
                value: m.value,
            }),
        ),
        M::Poll(m) => (MessageKind::Poll, Some(Attachment::Poll(Box::new(poll(m))))),
        M::Game(_) => (MessageKind::Game, Some(other(media))),
        M::Invoice(_) => (MessageKind::Invoice, Some(other(media))),
        _ => (MessageKind::Unknown, Some(other(media))),
    }
}

fn other(media: &enums::MessageMedia) -> Attachment {
    Attachment::Other {
        constructor: constructor_of(media),
    }
}

fn photo_media(media: &types::MessageMediaPhoto) -> (MessageKind, Option<Attachment>) {
    let file = media.photo.as_ref().and_then(photo).map(|mut file| {
        file.spoiler = media.spoiler;
        Attachment::File(Box::new(file))
    });
    // A self-destructed photo leaves its frame.
    (
        MessageKind::Photo,
        Some(file.unwrap_or_else(|| gone("messageMediaPhoto"))),
    )
}

fn document_media(media: &types::MessageMediaDocument) -> (MessageKind, Option<Attachment>) {
    if let Some((kind, mut file)) = media.document.as_ref().and_then(document) {
        file.spoiler = media.spoiler;
        return (kind, Some(Attachment::File(Box::new(file))));
    }
    let kind = if media.round {
        MessageKind::RoundVideo
    } else if media.video {
        MessageKind::Video
    } else if media.voice {
        MessageKind::Voice
    } else {
        MessageKind::Document
    };
    (kind, Some(gone("messageMediaDocument")))
}

fn gone(constructor: &str) -> Attachment {
    Attachment::Other {
        constructor: constructor.to_owned(),
    }
}

const fn point(point: &enums::GeoPoint) -> (f64, f64) {
    match point {
        enums::GeoPoint::Point(p) => (p.lat, p.long),
        enums::GeoPoint::Empty => (0.0, 0.0),
    }
}
