//! The protobuf contract between services: generated types, typed subjects, and model <-> wire.
//!
//! To add a field: add it to `proto/archive/v1`, run `cargo run -p wire --example generate`, read and write it in
//! [`batch`] or [`payload`], and leave the golden bytes of older versions alone: they must stay readable.

pub mod batch;
pub mod login;
pub mod payload;
pub mod push;
pub mod subject;

/// Generated from `proto/archive/v1` by `cargo run -p wire --example generate`.
#[expect(
    missing_docs,
    clippy::large_enum_variant,
    clippy::pedantic,
    reason = "generated; the contract's comments stand in proto/"
)]
pub mod v1 {
    include!("gen/archive.v1.rs");
}

pub use batch::{Salvaged, decode_batch, decode_receipt, encode_batch, salvage_batch, split_batch};
pub use login::{LoginAnswer, LoginRefusal, LoginStep, VERB_LOGIN};
pub use payload::{
    Changed, ReceiptNotice, RpcFailure, decode_changed, decode_media_stored, decode_media_wanted,
    decode_operations, decode_receipts, decode_rpc_request, decode_rpc_response, encode_changed,
    encode_media_stored, encode_media_wanted, encode_operations, encode_receipts, encode_rpc_request,
    encode_rpc_response,
};
pub use push::{PushAnswer, PushChat, PushRequest, PushSubscriptionRow, VERB_PUSH};
pub use subject::{Stream, Subject};

/// A body that is not what its subject promises.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Not protobuf, or not this message.
    #[error("not a readable message: {0}")]
    Envelope(#[from] prost::DecodeError),
    /// A field that has no meaning.
    #[error("field {field}: {reason}")]
    Field {
        /// Its name.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
}
