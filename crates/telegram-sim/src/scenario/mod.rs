//! Worlds from a seed: the same seed gives the same world.

mod texts;
mod worlds;

pub use worlds::{ACCOUNT, Builder, CODE, PASSWORD, PHONE, bench, check, small};
