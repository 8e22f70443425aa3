//! A simulated Telegram: a deterministic world behind real MTProto over TCP.
//!
//! [`Sim::start`] serves a [`World`] on one listener per data centre; unmodified clients log in to it, read it, follow
//! it. Where Telegram is hard it is as hard: access hashes are per account and checked, floods must be obeyed,
//! differences leave out what was deleted, file references expire.
//!
//! Layers: [`server`] (listeners) -> `mtproto` (one task per connection: envelope, salts, containers, acks) -> `router`
//! (wrappers, log-in, faults, floods) -> [`api`] (typed methods) -> [`world`] (state, pure and synchronous).
//!
//! To add a method: write a function in the file of `api` where its kin stand, and name it in `api::call`.
//! To add a kind of message: add a variant to [`world::Media`] or a field to [`world::Post`], render it in
//! `world::render`, and let a preset of [`scenario`] use it.

pub mod admin;
pub mod api;
mod auth;
pub mod authorizations;
mod crypto;
pub mod error;
pub mod faults;
pub mod floods;
mod handshake;
mod keys;
pub mod lively;
pub mod memory;
mod mtproto;
mod pushes;
mod router;
pub mod scenario;
pub mod server;
pub mod snapshot;
pub mod world;

pub use error::RpcError;
pub use faults::{Action, Faults, Rule};
pub use floods::FloodLimit;
pub use server::{Counters, Sim, SimConfig};
pub use world::{SharedWorld, World};
