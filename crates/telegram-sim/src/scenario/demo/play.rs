//! Plays the scenes of a story: who speaks, what they say, what they answer.

use grammers_tl_types::enums;
use model::ChatId;

use super::markup::marked;
use super::people::id_of;
use super::props::{Prop, Props, forwarded_from, long_text};
use super::script::{Line, Script};
use super::stories::Story;
use super::{ACCOUNT, mix, unit};
use crate::world::{Draft, Forward, Media, World};

/// A chat on stage.
pub(super) struct Play {
    pub(super) story: &'static Story,
    pub(super) chat: ChatId,
    pub(super) script: Script,
    /// Who may be anybody, the busiest first.
    pub(super) people: Vec<i64>,
    /// Title and first message.
    pub(super) topics: Vec<(String, i32)>,
    seed: u64,
    /// Scenes still to come before they are shuffled again.
    deck: Vec<usize>,
    /// Scenes played.
    played: u64,
}

/// A scene that is being played.
#[derive(Debug)]
pub(super) struct Scene {
    number: usize,
    /// The next line.
    line: usize,
    /// Decides everything that varies.
    occasion: u64,
    /// Who is who, by what is written.
    roles: Vec<(String, Option<i64>)>,
    /// What was said: the first message of each line, and its text.
    said: Vec<(i32, String)>,
}

/// A line, ready to be sent.
pub(super) struct Spoken<'p> {
    /// More than one: an album.
    pub(super) drafts: Vec<Draft>,
    /// What else is said of it.
    pub(super) line: &'p Line,
    /// Pins this message.
    pub(super) pins: Option<i32>,
}

impl Play {
    pub(super) fn new(story: &'static Story, seed: u64, people: Vec<i64>) -> Self {
        Self {
            story,
            chat: story.chat(),
            script: Script::read(story.script),
            people,
            topics: Vec::new(),
            seed: mix(seed, story.chat().0 as u64),
            deck: Vec::new(),
            played: 0,
        }
    }

    /// The scenes that are played once, and first.
    pub(super) fn overture(&mut self) -> Vec<Scene> {
        let once = (0..self.script.scenes.len()).filter(|n| self.script.scenes[*n].once);
        let once: Vec<usize> = once.collect();
        once.into_iter().map(|n| self.scene(n)).collect()
    }

    /// The next scene: each comes once before any comes again.
    pub(super) fn next_scene(&mut self) -> Scene {
        if self.deck.is_empty() {
            let shuffled = mix(self.seed, self.played);
            let wanted = |n: &usize| {
                let scene = &self.script.scenes[*n];
                let left_out = scene.seldom && !mix(shuffled ^ 0x5e1d, *n as u64).is_multiple_of(6);
                !scene.once && !left_out
            };
            self.deck = (0..self.script.scenes.len()).filter(wanted).collect();
            self.deck.sort_by_key(|n| mix(shuffled, *n as u64));
        }
        let number = self.deck.pop().unwrap_or_default();
        self.scene(number)
    }

    fn scene(&mut self, number: usize) -> Scene {
        self.played += 1;
        Scene {
            number,
            line: 0,
            occasion: mix(self.seed, self.played),
            roles: Vec::new(),
            said: Vec::new(),
        }
    }

    /// How many lines a scene has.
    pub(super) fn lines(&self, scene: &Scene) -> usize {
        self.script.scenes[scene.number].lines.len()
    }

    /// How many messages a scene has: an album is several.
    pub(super) fn messages(&self, scene: &Scene) -> usize {
        let album = |line: &Line| {
            let count = line.text.strip_prefix("[album ")?.split_once(' ')?.0;
            count.parse::<usize>().ok()
        };
        let lines = &self.script.scenes[scene.number].lines;
        lines.iter().map(|line| album(line).unwrap_or(1)).sum()
    }

    /// The topic of a scene that was not opened yet.
    pub(super) fn new_topic(&self, scene: &Scene) -> Option<&str> {
        let topic = self.script.scenes[scene.number].topic.as_deref()?;
        (!self.topics.iter().any(|(t, _)| t == topic)).then_some(topic)
    }

    fn speaker(&self, scene: &mut Scene, who: &str) -> Option<i64> {
        if let Some((_, id)) = scene.roles.iter().find(|(w, _)| w == who) {
            return *id;
        }
        let anybody = || {
            let taken = |id: &i64| scene.roles.iter().any(|(_, r)| *r == Some(*id));
            let role = u64::from(who.as_bytes()[0]);
            (0..50)
                .map(|n| {
                    // Few say much, many say little.
                    let place = unit(scene.occasion, role * 64 + n).powf(2.4) * self.people.len() as f64;
                    self.people[(place as usize).min(self.people.len() - 1)]
                })
                .find(|id| !taken(id))
        };
        let id = match who {
            "-" => None,
            "you" => Some(self.chat.0),
            _ => id_of(who).or_else(anybody),
        };
        scene.roles.push((who.to_owned(), id));
        id
    }

    /// What is said next; `None`: the scene is over. Tell [`Scene::was_said`] which message it became.
    pub(super) fn speak(
        &self,
        scene: &mut Scene,
        props: &mut Props,
        world: &mut World,
    ) -> Option<Spoken<'_>> {
        let script = &self.script.scenes[scene.number];
        let line = script.lines.get(scene.line)?;
        scene.line += 1;
        let text = self.script.fill(&line.text, scene.occasion);
        let bracket = text.strip_prefix('[').and_then(|t| t.split_once(']'));
        let prop = bracket.and_then(|(inner, _)| props.read(world, inner, line.is("closed")));
        let words = match (&prop, bracket) {
            (Some(Prop::Long), _) => long_text(),
            (Some(_), Some((_, caption))) => caption.trim_start().to_owned(),
            _ => text,
        };
        let marked = marked(&words, &id_of);
        let from = self.speaker(scene, &line.who);
        let answered = line
            .answers
            .and_then(|back| scene.said.len().checked_sub(back))
            .and_then(|n| scene.said.get(n));
        let last = scene.said.last().map(|(id, _)| *id);
        let draft = Draft {
            from,
            text: marked.text.clone(),
            entities: marked.entities,
            reply_to: answered.map(|(id, _)| *id),
            quote: answered
                .filter(|_| line.quotes)
                .map(|(_, text)| text.chars().take(24).collect()),
            topic: script
                .topic
                .as_deref()
                .and_then(|t| self.topics.iter().find(|(title, _)| title == t))
                .map(|(_, id)| *id),
            forward: line.value("fwd").map(|name| forward(name, world.now())),
            post_author: line.value("by").map(str::to_owned),
            silent: line.is("silent"),
            ..Draft::default()
        };
        scene.said.push((0, marked.text));
        let pins = matches!(prop, Some(Prop::Pin)).then_some(last).flatten();
        let drafts = match prop {
            Some(Prop::Media(media)) => album(&draft, media, mix(scene.occasion, scene.line as u64)),
            Some(Prop::Action(action)) => vec![Draft {
                action: Some(*action),
                ..draft
            }],
            Some(Prop::Pin) => vec![Draft {
                action: Some(enums::MessageAction::PinMessage),
                reply_to: last,
                ..draft
            }],
            Some(Prop::Long) | None => vec![draft],
        };
        Some(Spoken { drafts, line, pins })
    }
}

impl Scene {
    /// The last line became this message.
    pub(super) fn was_said(&mut self, id: i32) {
        if let Some((last, _)) = self.said.last_mut() {
            *last = id;
        }
    }

    /// Whether something is still to be said.
    pub(super) fn goes_on(&self, play: &Play) -> bool {
        self.line < play.lines(self)
    }
}

/// The caption stands on the first part.
fn album(draft: &Draft, media: Vec<Media>, number: u64) -> Vec<Draft> {
    let grouped_id =
        (media.len() > 1).then_some(13_000_000_000_000_000 + (number >> 16) as i64 % 1_000_000_000_000);
    let part = |(n, media): (usize, Media)| Draft {
        media: Some(media),
        grouped_id,
        text: if n == 0 { draft.text.clone() } else { String::new() },
        entities: if n == 0 {
            draft.entities.clone()
        } else {
            Vec::new()
        },
        ..draft.clone()
    };
    media.into_iter().enumerate().map(part).collect()
}

fn forward(name: &str, now: i32) -> Forward {
    let (author, hidden) = forwarded_from(name);
    Forward {
        channel_post: author.filter(|a| *a < 0).map(|_| 12),
        author,
        name: hidden,
        date: now - 7200,
        post_author: None,
    }
}

/// The account is one of many, too.
pub(super) fn people(cast: &[&str], crowd: &[i64]) -> Vec<i64> {
    let mut people: Vec<i64> = cast.iter().filter_map(|key| id_of(key)).collect();
    people.extend_from_slice(crowd);
    people.insert(people.len().min(3), ACCOUNT);
    people
}
