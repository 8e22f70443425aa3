//! What hangs on a message.

use grammers_tl_types::{Serializable, enums, types};

use super::files::{document, photo};
use super::{plain, zeroed};
use crate::world::World;
use crate::world::post::{DocumentKind, Media, PollSpec};

fn poll(spec: &PollSpec) -> enums::MessageMedia {
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
                correct: spec.right == Some(n),
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

fn point(latitude: f64, longitude: f64) -> enums::GeoPoint {
    types::GeoPoint {
        long: longitude,
        lat: latitude,
        access_hash: 0,
        accuracy_radius: None,
    }
    .into()
}

pub(super) fn media(world: &World, viewer: i64, media: &Media) -> enums::MessageMedia {
    match media {
        Media::Photo {
            file,
            width,
            height,
            spoiler,
        } => types::MessageMediaPhoto {
            spoiler: *spoiler,
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
            let base: types::MessageMediaDocument = zeroed(&[]);
            types::MessageMediaDocument {
                video: *kind == DocumentKind::Video,
                round: *kind == DocumentKind::Round,
                voice: *kind == DocumentKind::Voice,
                document: Some(document(world, viewer, *file, mime, name.as_ref(), *kind)),
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
        Media::Geo { .. } | Media::LiveGeo { .. } | Media::Venue { .. } => place(media),
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
        Media::Other(other) => other.as_ref().clone(),
    }
}

fn place(media: &Media) -> enums::MessageMedia {
    match media {
        Media::Geo { latitude, longitude } => types::MessageMediaGeo {
            geo: point(*latitude, *longitude),
        }
        .into(),
        Media::LiveGeo {
            latitude,
            longitude,
            period,
        } => types::MessageMediaGeoLive {
            geo: point(*latitude, *longitude),
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
            geo: point(*latitude, *longitude),
            title: title.clone(),
            address: "Somewhere 1".to_owned(),
            provider: String::new(),
            venue_id: String::new(),
            venue_type: String::new(),
        }
        .into(),
        _ => enums::MessageMedia::Empty,
    }
}
