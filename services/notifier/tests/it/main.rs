//! The notifier over a real archive, and the push service and the browsers that it tells.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod bed;
mod browser;
mod endings;
mod keys;
mod push_service;
mod retries;
mod rights;
mod telling;
