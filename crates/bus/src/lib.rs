//! The bus port, the consumer loop, the in-process bus and the conformance suite of buses.
//!
//! The bus is the fast path, never the truth: whatever it loses can be derived again from the database or from
//! Telegram. A service publishes and consumes through [`Bus`]; only [`run_consumer`] acknowledges.
//!
//! To add a message: give it a subject in `wire::subject`, a payload in `wire::payload`, and a consumer that runs
//! under [`run_consumer`].

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod memory;
mod open;
pub mod port;
pub mod run;

pub use memory::{MemoryBus, MemoryLimits};
pub use open::open_consumer;
pub use port::{
    Acknowledge, Bus, BusError, Change, Consumer, ConsumerSpec, Delivery, Headers, Notices, Replier,
    Requests, Tail, TailFrom, carried,
};
pub use run::{
    ConsumerState, DeadLetterSink, Failure, Handler, Incoming, RunOptions, UndeliverableMessage, run_consumer,
};
