//! Scenarios: the simulator, the services, one database.
#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on fails")]

mod attack;
mod bad_days;
mod capture;
mod command_line;
mod demo;
mod floods;
mod gone;
mod healing;
mod letters;
mod lively;
mod logs;
mod media;
mod notified;
mod random;
mod read_only;
mod replicas;
mod second_process;
mod states;
mod switches;
