//! The store on PostgreSQL: plain SQL and migrations.
//!
//! Several processes write at the same time. What they join is protected by advisory locks of the transaction
//! (module `locks`), always taken in the same order; sets go over in arrays, so that a batch costs a few round trips whatever
//! its size. Every call has an end, on the server and here (module `run`). What the tables mean: crate `store`.
//!
//! The server is PostgreSQL 15 or newer with the extension `pg_trgm`, which an owner of the database may create. A process
//! keeps at most `connections + readers` of [`PostgresOptions`] and gives back those it does not need; a pooler in
//! between has to keep sessions apart, since each sets its limits once.

mod access;
mod accounts;
mod apply;
mod browse;
mod dead_letters;
mod error;
mod locks;
mod media;
mod meta;
mod open;
mod passes;
mod push;
mod reader;
mod rows;
mod run;
mod search;
mod sessions;
mod shares;
mod verdicts;
mod words;

pub use open::{PostgresOptions, PostgresStore};
