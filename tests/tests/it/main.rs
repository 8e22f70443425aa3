//! Scenarios: the simulator, the services, one database.
#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on fails")]

mod capture;
mod demo;
mod notified;
mod random;
mod second_process;
