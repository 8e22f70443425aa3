//! The store on SQLite: plain SQL and migrations.
//!
//! One connection writes, in immediate transactions, so `database is locked` never comes from ourselves; a few
//! connections read snapshots beside it (WAL). What the tables mean: crate `store`.

mod access;
mod accounts;
mod apply;
mod browse;
mod chunks;
mod dead_letters;
mod error;
mod media;
mod meta;
mod open;
mod passes;
mod push;
mod reader;
mod rows;
mod search;
mod sessions;
mod shares;
mod verdicts;
mod whole;

pub use open::{SqliteOptions, SqliteStore};
