//! PostgreSQL keeps the laws of the store, with several processes at work and with a server that goes away.
#![expect(clippy::unwrap_used, reason = "a fixture that cannot be made fails its test")]

mod conformance;
mod faults;
mod guards;
mod owners;
mod server;
mod writers;
