//! What a version of a message says, and the same in a line.

use std::collections::BTreeSet;

use model::{Attachment, ChatId, Content, MessageKind as Kind};
use serde_json::Value;

use super::media::thumb;
use super::peers::Peers;
use crate::dto::body::{Body, Contact, Dice, Location, Other, Poll, PollOption, Service, WebPage};
use crate::dto::message::{Entity, EntityKind, MessageKind, VersionState};

/// Characters of a text in a line.
const LINE: usize = 200;
/// Characters of a quote: the longest that Telegram's apps make.
const QUOTE: usize = 1024;
/// Greatest whole number that a page can read.
const DOUBLE: i64 = 1 << 53;

/// The beginning of a text.
pub(crate) fn line(text: &str) -> String {
    text.chars().take(LINE).collect()
}

/// The quoted part of an answered text.
pub(crate) fn quote(text: &str) -> String {
    text.chars().take(QUOTE).collect()
}

pub(crate) const fn kind(kind: Kind) -> MessageKind {
    match kind {
        Kind::Text => MessageKind::Text,
        Kind::Photo => MessageKind::Photo,
        Kind::Video => MessageKind::Video,
        Kind::RoundVideo => MessageKind::RoundVideo,
        Kind::Animation => MessageKind::Animation,
        Kind::Voice => MessageKind::Voice,
        Kind::Audio => MessageKind::Audio,
        Kind::Document => MessageKind::Document,
        Kind::Sticker => MessageKind::Sticker,
        Kind::Contact => MessageKind::Contact,
        Kind::Geo => MessageKind::Geo,
        Kind::LiveGeo => MessageKind::LiveGeo,
        Kind::Venue => MessageKind::Venue,
        Kind::Dice => MessageKind::Dice,
        Kind::Poll => MessageKind::Poll,
        Kind::Game => MessageKind::Game,
        Kind::Invoice => MessageKind::Invoice,
        Kind::Service => MessageKind::Service,
        Kind::Unknown => MessageKind::Unknown,
    }
}

/// Where a version stands; `None`: no operation.
pub(crate) fn state_of(state: Option<&str>) -> VersionState {
    match state {
        None => VersionState::Baseline,
        Some("admitted") => VersionState::Admitted,
        Some("held") => VersionState::Held,
        Some("rejected") => VersionState::Rejected,
        Some(_) => VersionState::Pending,
    }
}

/// Schemes that a link may have; anything else could run something.
fn is_link(url: &str) -> bool {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    scheme.is_some_and(|s| matches!(s.as_str(), "http" | "https" | "tg" | "mailto" | "tel"))
}

pub(crate) fn entities(entities: &[model::Entity]) -> Vec<Entity> {
    entities.iter().map(entity).collect()
}

fn entity(entity: &model::Entity) -> Entity {
    use model::EntityKind as K;
    let plain = |kind| Entity {
        offset: entity.offset,
        length: entity.length,
        kind,
        language: None,
        collapsed: None,
        url: None,
        user_id: None,
        document_id: None,
    };
    match &entity.kind {
        K::Bold => plain(EntityKind::Bold),
        K::Italic => plain(EntityKind::Italic),
        K::Underline => plain(EntityKind::Underline),
        K::Strike => plain(EntityKind::Strike),
        K::Code => plain(EntityKind::Code),
        K::Pre { language } => Entity {
            language: Some(language.clone()),
            ..plain(EntityKind::Pre)
        },
        K::Blockquote { collapsed } => Entity {
            collapsed: Some(*collapsed),
            ..plain(EntityKind::Blockquote)
        },
        K::Spoiler => plain(EntityKind::Spoiler),
        K::Mention => plain(EntityKind::Mention),
        K::MentionName { user_id } => Entity {
            user_id: Some(*user_id),
            ..plain(EntityKind::MentionName)
        },
        K::Hashtag => plain(EntityKind::Hashtag),
        K::Cashtag => plain(EntityKind::Cashtag),
        K::BotCommand => plain(EntityKind::BotCommand),
        K::Url => plain(EntityKind::Url),
        K::TextUrl { url } => Entity {
            url: is_link(url).then(|| url.clone()),
            ..plain(EntityKind::TextUrl)
        },
        K::Email => plain(EntityKind::Email),
        K::Phone => plain(EntityKind::Phone),
        K::BankCard => plain(EntityKind::BankCard),
        K::CustomEmoji { document_id } => Entity {
            document_id: Some(document_id.to_string()),
            ..plain(EntityKind::CustomEmoji)
        },
        K::Unknown { .. } => plain(EntityKind::Unknown),
    }
}

/// What hangs on it beside a file.
pub(crate) fn body(content: &Content, peers: &Peers<'_>) -> Option<Body> {
    if let Some(action) = &content.service {
        let mut named = BTreeSet::new();
        named_in(&action.data, &mut named);
        return Some(Body::Service(Service {
            name: action.name.clone(),
            data: readable(&without(&action.data, |id| !peers.tells(id))),
            peers: named
                .into_iter()
                .filter(|id| peers.tells(*id))
                .map(|id| peers.peer(id))
                .collect(),
        }));
    }
    let place = |latitude: f64, longitude: f64| Location {
        latitude,
        longitude,
        period_seconds: None,
        title: None,
        address: None,
    };
    Some(match content.attachment.as_ref()? {
        Attachment::File(_) => return None,
        Attachment::Contact {
            phone,
            first_name,
            last_name,
            user_id,
            ..
        } => Body::Contact(Contact {
            phone: phone.clone(),
            first_name: first_name.clone(),
            last_name: last_name.clone(),
            user_id: *user_id,
        }),
        Attachment::Geo { latitude, longitude } => Body::Location(place(*latitude, *longitude)),
        Attachment::LiveGeo {
            latitude,
            longitude,
            period_seconds,
        } => Body::Location(Location {
            period_seconds: Some(*period_seconds),
            ..place(*latitude, *longitude)
        }),
        Attachment::Venue {
            latitude,
            longitude,
            title,
            address,
        } => Body::Location(Location {
            title: Some(title.clone()),
            address: Some(address.clone()),
            ..place(*latitude, *longitude)
        }),
        Attachment::Dice { emoji, value } => Body::Dice(Dice {
            emoji: emoji.clone(),
            value: *value,
        }),
        Attachment::Poll(p) => Body::Poll(poll(p)),
        Attachment::WebPage(w) => Body::WebPage(web_page(w)),
        Attachment::Other { constructor } => Body::Other(Other {
            constructor: constructor.clone(),
        }),
    })
}

fn web_page(page: &model::WebPage) -> WebPage {
    let photo = page.photo.as_deref();
    WebPage {
        url: if is_link(&page.url) {
            page.url.clone()
        } else {
            String::new()
        },
        display_url: page.display_url.clone(),
        site_name: page.site_name.clone(),
        title: page.title.clone(),
        description: page.description.clone(),
        author: page.author.clone(),
        thumb: photo.and_then(|p| thumb(&p.stripped_thumb)),
        width: photo.and_then(|p| p.width),
        height: photo.and_then(|p| p.height),
        pending: page.pending,
    }
}

fn poll(poll: &model::Poll) -> Poll {
    let votes: Vec<i64> = poll
        .options
        .iter()
        .map(|o| o.voters.unwrap_or_default())
        .collect();
    let voters = poll.total_voters.unwrap_or_default();
    let told = voters > 0 && poll.options.iter().any(|o| o.voters.is_some());
    let percents = if poll.multiple_choice {
        votes
            .iter()
            .map(|v| (v * 100 + voters / 2) / voters.max(1))
            .collect()
    } else {
        shares(&votes)
    };
    let options = poll.options.iter().zip(percents).map(|(o, percent)| PollOption {
        text: o.text.clone(),
        voters: o.voters,
        percent: told.then_some(percent.clamp(0, 100) as u8),
        chosen: o.chosen,
        correct: o.correct,
    });
    Poll {
        id: poll.id.to_string(),
        question: poll.question.clone(),
        options: options.collect(),
        closed: poll.closed,
        public_voters: poll.public_voters,
        multiple_choice: poll.multiple_choice,
        quiz: poll.quiz,
        total_voters: poll.total_voters,
        solution: poll.solution.clone(),
    }
}

/// Whole percents that sum to 100: what is lost by rounding down goes to those that lost most.
fn shares(votes: &[i64]) -> Vec<i64> {
    let all: i64 = votes.iter().sum();
    if all <= 0 {
        return vec![0; votes.len()];
    }
    let mut shares: Vec<i64> = votes.iter().map(|v| v * 100 / all).collect();
    let mut by_loss: Vec<usize> = (0..votes.len()).collect();
    by_loss.sort_by_key(|n| std::cmp::Reverse(votes[*n] * 100 % all));
    let missing = 100 - shares.iter().sum::<i64>();
    for n in by_loss.into_iter().take(missing.max(0) as usize) {
        shares[n] += 1;
    }
    shares
}

/// Fields of an action with marked ids.
const NAMES: [&str; 8] = [
    "users",
    "user_id",
    "inviter_id",
    "set_by",
    "from",
    "to",
    "peers",
    "chat",
];

/// The same action, as if those that are hidden did not exist.
fn without(data: &Value, hidden: impl Fn(ChatId) -> bool) -> Value {
    let mut data = data.clone();
    let is_hidden = |v: &Value| v.as_i64().is_some_and(|id| hidden(ChatId(id)));
    let fields = data.as_object_mut().into_iter().flatten();
    for (_, value) in fields.filter(|(field, _)| NAMES.contains(&field.as_str())) {
        match value {
            Value::Array(all) => all.retain(|v| !is_hidden(v)),
            one if is_hidden(one) => *one = Value::Null,
            _ => {}
        }
    }
    data
}

/// Whom an action names, by the names of its fields.
pub(crate) fn named_in(data: &Value, named: &mut BTreeSet<ChatId>) {
    let Some(fields) = data.as_object() else { return };
    for (field, value) in fields {
        let field = field.as_str();
        if !NAMES.contains(&field) {
            continue;
        }
        let each = value
            .as_array()
            .map_or(std::slice::from_ref(value), Vec::as_slice);
        named.extend(each.iter().filter_map(Value::as_i64).map(ChatId));
    }
}

/// Numbers that a page would round are texts.
fn readable(data: &Value) -> Value {
    match data {
        Value::Number(n) => match n.as_i64() {
            Some(n) if n.abs() > DOUBLE => Value::String(n.to_string()),
            _ => data.clone(),
        },
        Value::Array(all) => all.iter().map(readable).collect(),
        Value::Object(fields) => fields.iter().map(|(k, v)| (k.clone(), readable(v))).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn percents_of_one_choice_sum_to_a_hundred() {
        assert_eq!(shares(&[1, 1, 1]), [34, 33, 33]);
        assert_eq!(shares(&[2, 1]), [67, 33]);
        assert_eq!(shares(&[0, 0]), [0, 0]);
        assert_eq!(shares(&[7]), [100]);
    }

    #[test]
    fn a_link_runs_nothing() {
        for good in [
            "https://a",
            "HTTP://a",
            "tg://resolve?domain=x",
            "mailto:a@b",
            "tel:+1",
        ] {
            assert!(is_link(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "java\nscript:x",
            " javascript:x",
            "file:///",
            "x",
        ] {
            assert!(!is_link(bad), "{bad}");
        }
    }

    #[test]
    fn an_action_names_people_and_keeps_its_numbers() {
        let data =
            json!({ "users": [4, 5], "chat": -100, "call_id": 9_007_199_254_740_993_i64, "title": "x" });
        let mut named = BTreeSet::new();
        named_in(&data, &mut named);
        assert_eq!(named.into_iter().map(|c| c.0).collect::<Vec<_>>(), [-100, 4, 5]);
        assert_eq!(readable(&data)["call_id"], "9007199254740993");
        assert_eq!(readable(&data)["users"], json!([4, 5]));
    }
}
