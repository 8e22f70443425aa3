//! A world made to be looked at: chats in many languages, each with a story, and people who go on writing.
//!
//! The stories are texts in `stories/`; `script` says how they are written. To add a chat: write its story, and name it in
//! `stories`.

mod calendar;
mod life;
mod markup;
mod people;
mod play;
mod props;
mod script;
mod stage;
mod stories;

pub use life::{ATTACK, Deed, Life};

use super::presets::{ACCOUNT, CODE, PASSWORD, PHONE};
use super::texts::mix;
use crate::crypto::{hex, sha256};
use crate::world::World;

/// Messages of the largest chat.
pub const LONGEST: usize = 25_000;

/// Two years of messages up to `now` (unix seconds), no chat with more than `longest` and the things that are shown once, and
/// how it goes on. The same arguments give the same world.
pub fn demo(seed: u64, now: i32, longest: usize) -> (World, Life) {
    stage::build(seed, now, longest)
}

/// Changes with what is told and how: another version makes another world from the same seed.
pub fn version() -> String {
    // To be raised when the code of this module makes something else of the same stories.
    const TOLD: &[u8] = b"2";
    let scripts = stories::STORIES.iter().map(|s| s.script.as_bytes());
    hex(&sha256(&scripts.chain([TOLD]).collect::<Vec<_>>())[..8])
}

/// A number from 0 up to 1.
fn unit(seed: u64, n: u64) -> f64 {
    (mix(seed, n) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests;
