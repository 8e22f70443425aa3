//! The demo goes on: people write, correct themselves, delete and react; now and then somebody attacks.

use std::collections::VecDeque;
use std::time::Duration;

use super::play::{Play, Scene};
use super::props::Props;
use super::stories::CLUB;
use super::{ACCOUNT, mix};
use crate::world::{Edit, World};
use model::ChatId;

/// Messages that an attack deletes.
pub const ATTACK: usize = 40;
/// When attacks come, seconds: after a start, between two of the first, and between two of those that follow.
const FIRST_ATTACK: u64 = 120;
const NEXT_ATTACK: u64 = 600;
const LATER_ATTACK: u64 = 6 * 3600;
const FIRST_ATTACKS: u64 = 12;
/// Messages that may still be edited, deleted or reacted to.
const RECENT: usize = 60;
/// What somebody adds who corrects a message.
const CORRECTIONS: [&str; 6] = [" \u{1f642}", "!", " \u{2728}", " *", " \u{1f44d}", " \u{2026}"];

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// What people do.
    Step,
    /// Many messages of one chat are deleted at once.
    Attack,
}

/// See the module. The same deeds at the same times make the same world.
pub struct Life {
    seed: u64,
    plays: Vec<Play>,
    props: Props,
    scenes: Vec<Option<Scene>>,
    recent: VecDeque<Recent>,
    steps: u64,
}

struct Recent {
    chat: ChatId,
    id: i32,
    text: String,
    reactions: Vec<(String, i32)>,
}

impl Life {
    pub(super) fn new(seed: u64, plays: Vec<Play>, props: Props) -> Self {
        Self {
            seed: mix(seed, 0x11fe),
            scenes: plays.iter().map(|_| None).collect(),
            plays,
            props,
            recent: VecDeque::new(),
            steps: 0,
        }
    }

    /// How long to wait before the next step (`since_start`: how many there were). Lively for an hour; then things slow
    /// down, for whoever leaves it running has a world that grows: by some hundred messages in a day.
    pub fn pause(&self, since_start: u64) -> Duration {
        let (least, most) = match since_start {
            0..1200 => (1200, 4000),
            1200..2400 => (4000, 12_000),
            2400..4000 => (15_000, 60_000),
            _ => (60_000, 180_000),
        };
        let random = mix(self.seed ^ 0x9a5e, self.steps);
        Duration::from_millis(least + random % (most - least))
    }

    /// When the next attack comes, after a start (`since_start`: how many there were).
    pub const fn next_attack(since_start: u64) -> Duration {
        let later = since_start.saturating_sub(FIRST_ATTACKS);
        Duration::from_secs(FIRST_ATTACK + NEXT_ATTACK * (since_start - later) + LATER_ATTACK * later)
    }

    /// Does something at a time, unix seconds.
    pub fn act(&mut self, world: &mut World, deed: Deed, at: i32) {
        world.at(at, |world| match deed {
            Deed::Step => self.step(world),
            Deed::Attack => self.attack(world),
        });
    }

    fn random(&self, what: u64) -> u64 {
        mix(self.seed ^ (what << 32), self.steps)
    }

    fn step(&mut self, world: &mut World) {
        match self.random(1) % 100 {
            0..76 => self.speak(world),
            76..88 => self.react(world),
            88..94 => self.edit(world),
            _ => self.delete(world),
        }
        self.steps += 1;
    }

    /// Most likely where a scene is under way.
    fn choose(&self) -> usize {
        let busy: Vec<usize> = (0..self.scenes.len())
            .filter(|n| self.scenes[*n].is_some())
            .collect();
        let random = self.random(2);
        if !busy.is_empty() && !random.is_multiple_of(4) {
            return busy[(random >> 8) as usize % busy.len()];
        }
        let all: u64 = self.plays.iter().map(|p| p.story.lively).sum();
        let mut left = self.random(3) % all.max(1);
        let found = self.plays.iter().position(|p| {
            let here = left < p.story.lively;
            left = left.saturating_sub(p.story.lively);
            here
        });
        found.unwrap_or_default()
    }

    fn speak(&mut self, world: &mut World) {
        let chosen = self.choose();
        let mut scene = match self.scenes[chosen].take() {
            Some(scene) => scene,
            None => self.plays[chosen].next_scene(),
        };
        let play = &self.plays[chosen];
        let Some(spoken) = play.speak(&mut scene, &mut self.props, world) else {
            return;
        };
        let ids: Vec<i32> = spoken
            .drafts
            .iter()
            .filter_map(|draft| world.post(ACCOUNT, play.chat, draft))
            .collect();
        if let (Some(id), Some(draft)) = (ids.first().copied(), spoken.drafts.first()) {
            if draft.action.is_none() {
                self.recent.push_back(Recent {
                    chat: play.chat,
                    id,
                    text: draft.text.clone(),
                    reactions: Vec::new(),
                });
            }
            scene.was_said(id);
        }
        if let Some(pinned) = spoken.pins {
            world.pin(ACCOUNT, play.chat, pinned, true);
        }
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        self.scenes[chosen] = scene.goes_on(play).then_some(scene);
    }

    fn some_recent(&self) -> Option<usize> {
        (!self.recent.is_empty()).then(|| (self.random(4) % self.recent.len() as u64) as usize)
    }

    fn react(&mut self, world: &mut World) {
        let (random, Some(place)) = (self.random(5), self.some_recent()) else {
            return;
        };
        let recent = &mut self.recent[place];
        let story = self.plays.iter().find(|p| p.chat == recent.chat).map(|p| p.story);
        let Some(known) = story.map(|s| s.reactions).filter(|r| !r.is_empty()) else {
            return;
        };
        let emoji = known[(random % known.len() as u64) as usize];
        match recent.reactions.iter_mut().find(|(e, _)| e == emoji) {
            // In a private chat there are two to react.
            Some(_) if recent.chat.user_id().is_some() => {}
            Some((_, count)) => *count += 1,
            None => recent.reactions.push((emoji.to_owned(), 1)),
        }
        world.react(ACCOUNT, recent.chat, recent.id, recent.reactions.clone());
    }

    fn edit(&mut self, world: &mut World) {
        let (random, Some(place)) = (self.random(6), self.some_recent()) else {
            return;
        };
        let recent = &mut self.recent[place];
        if recent.text.is_empty() || recent.text.len() > 1000 {
            return;
        }
        recent
            .text
            .push_str(CORRECTIONS[(random % CORRECTIONS.len() as u64) as usize]);
        let edit = Edit {
            text: Some(recent.text.clone()),
            ..Edit::default()
        };
        world.edit(ACCOUNT, recent.chat, recent.id, &edit);
    }

    fn delete(&mut self, world: &mut World) {
        if let Some(recent) = self.some_recent().and_then(|place| self.recent.remove(place)) {
            world.delete(ACCOUNT, recent.chat, &[recent.id]);
        }
    }

    /// Somebody empties the end of the club's chat.
    fn attack(&mut self, world: &mut World) {
        let chat = ChatId::channel(CLUB);
        let victims = world.newest(ACCOUNT, chat, ATTACK);
        self.recent.retain(|r| r.chat != chat || !victims.contains(&r.id));
        for part in victims.chunks(10) {
            world.delete(ACCOUNT, chat, part);
        }
    }
}
