//! The adapter against the simulated Telegram: log-in, reading, updates, files, and bad days.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_days;
mod bed;
mod files;
mod floods;
mod login;
mod reading;
mod unreachable;
mod updates;
