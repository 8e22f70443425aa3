//! What SQLite does as a store.
#![expect(clippy::unwrap_used, reason = "a fixture that cannot be made fails its test")]

mod conformance;
mod fixture;
mod opening;
mod plans;
