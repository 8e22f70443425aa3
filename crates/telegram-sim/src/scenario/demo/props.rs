//! What is in brackets at the beginning of a line: pictures, films, polls, places, service messages.

use drawings::{POSTCARDS, Picture, Subject};
use grammers_tl_types::{Serializable, enums, types};
use model::ChatId;

use super::super::kinds::rare;
use super::people::{id_of, name_of};
use crate::world::render::zeroed;
use crate::world::{Asset, Content, DocumentKind, Media, PollSpec, World};

/// What comes of it.
pub(super) enum Prop {
    /// A message with this, or an album.
    Media(Vec<Media>),
    /// A service message.
    Action(Box<enums::MessageAction>),
    /// A service message that pins what was said before.
    Pin,
    /// A text as long as can be.
    Long,
}

/// Gives out pictures and numbers, each time the next one.
pub(super) struct Props {
    /// Of files, polls and pages.
    next: u64,
    /// Of pictures, by subject.
    pictures: [u16; POSTCARDS.len()],
}

/// So many different pictures of a subject.
const VARIANTS: u16 = 24;

impl Props {
    pub(super) const fn new() -> Self {
        Self {
            next: 1,
            pictures: [0; POSTCARDS.len()],
        }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn picture(&mut self, subject: &str) -> Picture {
        let known = |s: &Subject| format!("{s:?}").eq_ignore_ascii_case(subject);
        let place = POSTCARDS.iter().position(known).unwrap_or(0);
        self.pictures[place] += 1;
        Picture::postcard(POSTCARDS[place], self.pictures[place] % VARIANTS)
    }

    fn photo(&mut self, world: &mut World, subject: &str, spoiler: bool) -> Media {
        let picture = self.picture(subject);
        let (width, height) = picture.size();
        Media::Photo {
            file: world.new_file_of(self.number(), Content::Jpeg(picture)),
            width: width as i32,
            height: height as i32,
            spoiler,
        }
    }

    fn asset(
        &mut self,
        world: &mut World,
        like: &str,
        n: usize,
        kind: DocumentKind,
        name: &str,
    ) -> Option<Media> {
        let asset = Asset::like(like, n)?;
        Some(Media::Document {
            file: world.new_file_of(self.number(), Content::Asset(asset)),
            mime: asset.info().mime.to_owned(),
            name: (!name.is_empty()).then(|| name.to_owned()),
            kind,
        })
    }

    /// Reads what is in the brackets, without them.
    pub(super) fn read(&mut self, world: &mut World, text: &str, closed: bool) -> Option<Prop> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let parts: Vec<&str> = rest.split('|').map(str::trim).collect();
        let (first, second) = (parts[0], parts.get(1).copied().unwrap_or_default());
        let number = || first.parse::<usize>().unwrap_or(1);
        let nth = |n: usize| n.saturating_sub(1);
        let media = match word {
            "photo" | "spoiler" => Some(self.photo(world, first, word == "spoiler")),
            "album" => {
                let (count, subject) = first.split_once(' ')?;
                let count = count.parse().ok()?;
                return Some(Prop::Media(
                    (0..count).map(|_| self.photo(world, subject, false)).collect(),
                ));
            }
            "png" => {
                let (subject, name) = first.split_once(' ')?;
                let picture = self.picture(subject);
                Some(Media::Document {
                    file: world.new_file_of(self.number(), Content::Png(picture)),
                    mime: "image/png".to_owned(),
                    name: Some(name.to_owned()),
                    kind: DocumentKind::Plain,
                })
            }
            "voice" => self.asset(world, "voice-", nth(number()), DocumentKind::Voice, ""),
            "video" => self.asset(
                world,
                "video-",
                nth(number()),
                DocumentKind::Video,
                "VID_0001.mp4",
            ),
            "round" => self.asset(world, "round-", nth(number()), DocumentKind::Round, ""),
            "gif" => self.asset(world, "gif-", nth(number()), DocumentKind::Gif, "animation.mp4"),
            "music" => self.asset(world, "song-", nth(number()), DocumentKind::Audio, "track.mp3"),
            "sticker" => self.sticker(world, first, "webp", DocumentKind::Sticker),
            "tgs" => self.sticker(world, first, "tgs", DocumentKind::AnimatedSticker),
            "webm" => self.sticker(world, first, "webm", DocumentKind::VideoSticker),
            "doc" => {
                let name = if second.is_empty() { first } else { second };
                self.asset(world, first, 0, DocumentKind::Plain, name)
            }
            "poll" | "quiz" => Some(self.poll(&parts, word == "quiz", closed)),
            "link" => Some(self.link(&parts)),
            "place" => Some(place(first, second)),
            "geo" | "live" => {
                let (latitude, longitude) = first.split_once(' ')?;
                let (latitude, longitude) = (latitude.parse().ok()?, longitude.parse().ok()?);
                Some(if word == "geo" {
                    Media::Geo { latitude, longitude }
                } else {
                    Media::LiveGeo {
                        latitude,
                        longitude,
                        period: 3600,
                    }
                })
            }
            "contact" => Some(Media::Contact {
                phone: parts.get(2).copied().unwrap_or("34600000000").to_owned(),
                name: name_of(first).to_owned(),
                user_id: id_of(first).unwrap_or(0),
            }),
            "dice" => {
                let (emoji, value) = first.split_once(' ')?;
                Some(Media::Dice {
                    emoji: emoji.to_owned(),
                    value: value.parse().ok()?,
                })
            }
            "rare" => rare()
                .into_iter()
                .nth(number())
                .map(|m| Media::Other(Box::new(m))),
            "unsupported" => Some(Media::Unsupported),
            "pin" => return Some(Prop::Pin),
            "long" => return Some(Prop::Long),
            _ => return action(word, rest).map(|a| Prop::Action(Box::new(a))),
        };
        media.map(|m| Prop::Media(vec![m]))
    }

    fn sticker(&mut self, world: &mut World, name: &str, ending: &str, kind: DocumentKind) -> Option<Media> {
        let file = format!("sticker-{name}.{ending}");
        let shown = if kind == DocumentKind::AnimatedSticker {
            "AnimatedSticker.tgs"
        } else {
            &file
        };
        self.asset(world, &file, 0, kind, shown)
    }

    /// `Question | answer votes | *right answer votes`.
    fn poll(&mut self, parts: &[&str], quiz: bool, closed: bool) -> Media {
        let answers = parts.iter().skip(1).map(|part| {
            let text = part.trim_start_matches('*');
            let (text, votes) = text.rsplit_once(' ').unwrap_or((text, "0"));
            (text.to_owned(), votes.parse().unwrap_or(0))
        });
        Media::Poll(PollSpec {
            id: 6_000_000_000 + self.number() as i64,
            question: parts[0].to_owned(),
            answers: answers.collect(),
            quiz,
            right: parts.iter().skip(1).position(|part| part.starts_with('*')),
            closed,
        })
    }

    /// `url | site | title | description`.
    fn link(&mut self, parts: &[&str]) -> Media {
        let part = |n: usize| parts.get(n).map(|p| (*p).to_owned());
        let url = part(0).unwrap_or_default();
        let base: types::WebPage = zeroed(&[]);
        let webpage = types::WebPage {
            id: 7_000_000_000 + self.number() as i64,
            display_url: url.trim_start_matches("https://").to_owned(),
            url,
            r#type: Some("article".to_owned()),
            site_name: part(1),
            title: part(2),
            description: part(3),
            ..base
        };
        let mut prefix = vec![0; 4];
        enums::WebPage::from(types::WebPageEmpty { id: 0, url: None }).serialize(&mut prefix);
        let base: types::MessageMediaWebPage = zeroed(&prefix);
        let media = types::MessageMediaWebPage {
            webpage: webpage.into(),
            ..base
        };
        Media::Other(Box::new(media.into()))
    }
}

fn place(title: &str, address: &str) -> Media {
    let geo = types::GeoPoint {
        long: -2.93,
        lat: 43.26,
        access_hash: 0,
        accuracy_radius: None,
    };
    let venue = types::MessageMediaVenue {
        geo: geo.into(),
        title: title.to_owned(),
        address: address.to_owned(),
        provider: String::new(),
        venue_id: String::new(),
        venue_type: String::new(),
    };
    Media::Other(Box::new(venue.into()))
}

/// Service messages.
fn action(word: &str, rest: &str) -> Option<enums::MessageAction> {
    use enums::MessageAction as Action;
    Some(match word {
        "join" => types::MessageActionChatAddUser {
            users: vec![id_of(rest)?],
        }
        .into(),
        "leave" => types::MessageActionChatDeleteUser {
            user_id: id_of(rest)?,
        }
        .into(),
        "invited" => types::MessageActionChatJoinedByLink {
            inviter_id: id_of(rest)?,
        }
        .into(),
        "title" => types::MessageActionChatEditTitle {
            title: rest.to_owned(),
        }
        .into(),
        "created" => types::MessageActionChannelCreate {
            title: rest.to_owned(),
        }
        .into(),
        "group" => types::MessageActionChatCreate {
            title: rest.to_owned(),
            users: vec![],
        }
        .into(),
        "migrated" => types::MessageActionChannelMigrateFrom {
            title: rest.to_owned(),
            chat_id: 1,
        }
        .into(),
        "call" => {
            let missed = rest == "missed";
            types::MessageActionPhoneCall {
                video: false,
                call_id: 1,
                reason: Some(if missed {
                    enums::PhoneCallDiscardReason::Missed
                } else {
                    enums::PhoneCallDiscardReason::Hangup
                }),
                duration: rest.parse().ok(),
            }
            .into()
        }
        "meeting" => types::MessageActionGroupCall {
            call: types::InputGroupCall {
                id: 1,
                access_hash: 0,
            }
            .into(),
            duration: None,
        }
        .into(),
        "timer" => types::MessageActionSetMessagesTtl {
            period: rest.parse().ok()?,
            auto_setting_from: None,
        }
        .into(),
        "theme" => types::MessageActionSetChatTheme {
            theme: types::ChatTheme {
                emoticon: rest.to_owned(),
            }
            .into(),
        }
        .into(),
        "boost" => types::MessageActionBoostApply {
            boosts: rest.parse().ok()?,
        }
        .into(),
        "picture" => types::MessageActionChatEditPhoto {
            photo: types::PhotoEmpty { id: 1 }.into(),
        }
        .into(),
        "topic" => types::MessageActionTopicEdit {
            title: Some(rest.to_owned()),
            icon_emoji_id: None,
            closed: None,
            hidden: None,
        }
        .into(),
        "price" => types::MessageActionPaidMessagesPrice {
            broadcast_messages_allowed: false,
            stars: rest.parse().ok()?,
        }
        .into(),
        "faceless" => Action::ChatDeletePhoto,
        "cleared" => Action::HistoryClear,
        "admitted" => Action::ChatJoinedByRequest,
        "screenshot" => Action::ScreenshotTaken,
        "newcomer" => Action::ContactSignUp,
        _ => return None,
    })
}

/// A packing list as long as Telegram lets a message be, in UTF-16 units.
pub(super) fn long_text() -> String {
    const THINGS: [&str; 12] = [
        "a map that has been folded the wrong way",
        "two socks, which agree",
        "bread for the ducks (and for us)",
        "the small lamp and the other small lamp",
        "a letter to post on the way",
        "string",
        "more string",
        "tea, in the flask that does not leak",
        "something to read if the train stops",
        "a spare button",
        "the good pencil",
        "courage, or at least a scarf",
    ];
    let mut text = "The complete packing list:\n".to_owned();
    for (n, thing) in (1..).zip(THINGS.iter().cycle()) {
        let line = format!("{n}. {thing}\n");
        if text.len() + line.len() > 4096 {
            break;
        }
        text.push_str(&line);
    }
    text
}

/// The marked id of a chat that is named in a forward.
pub(super) fn forwarded_from(name: &str) -> (Option<i64>, Option<String>) {
    match name.strip_prefix('?') {
        Some(hidden) => (None, Some(hidden.to_owned())),
        None if name == "#news" => (Some(ChatId::channel(super::stories::NEWS).0), None),
        None => (id_of(name), None),
    }
}
