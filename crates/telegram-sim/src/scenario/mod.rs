//! Worlds from a seed: the same seed gives the same world.

mod builder;
pub mod demo;
mod kinds;
mod presets;
mod texts;

pub use builder::Builder;
pub use demo::demo;
pub use presets::{ACCOUNT, CODE, OTHER, OTHER_CODE, OTHER_PHONE, PASSWORD, PHONE, bench, check, small};

pub(crate) use texts::mix;
