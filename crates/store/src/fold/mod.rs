//! Captures and stored state in, new state out: pure, shared by both stores (law 2).
//!
//! The state of a message is a join of all its captures: every part of it is either a set that only grows or a
//! register that the greatest (stamp, value) wins. Therefore any order and repetition gives the same state; the
//! property tests beside the code say so.

pub mod message;
pub mod register;

#[cfg(test)]
mod tests;

pub use message::{Derived, MessageState, Registers, Version, VersionKey};
pub use register::Register;
