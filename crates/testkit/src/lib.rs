//! Real servers for tests: a throwaway PostgreSQL cluster, a NATS server with JetStream, an S3 server, each on 127.0.0.1
//! and a free port, gone with their handle. A server that is not installed is an error, never a reason to skip a test.

mod nats;
mod postgres;
mod process;
mod seaweed;
mod wait;

pub use nats::Nats;
pub use postgres::{Postgres, TestDatabase};
pub use process::free_port;
pub use seaweed::Seaweed;
pub use wait::eventually;
