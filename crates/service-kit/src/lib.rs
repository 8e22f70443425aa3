//! What every service needs around its work: logs, signals, the admin port.

pub mod admin;
pub mod logs;
pub mod signals;

pub use admin::{Check, Readiness};
