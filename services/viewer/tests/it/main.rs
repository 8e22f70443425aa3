//! The viewer over a real archive, asked as a browser asks it.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod admin;
mod attacks;
mod bed;
mod chats;
mod compression;
mod contract;
mod events;
mod files;
mod kinds;
mod messages;
mod push;
mod read_only;
mod scope;
mod searching;
mod sessions;
