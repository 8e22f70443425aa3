//! The adapter against the simulated Telegram: log-in, reading, updates, files, and bad days.

mod bad_days;
mod bed;
mod files;
mod login;
mod reading;
mod updates;
