//! MTProto over one connection: packets in, packets out.

mod connection;
mod envelope;

pub(crate) use connection::{Outgoing, serve};

/// What the router needs of packing.
pub(crate) mod gzip {
    pub(crate) use super::envelope::{GZIP, unpack};
}
