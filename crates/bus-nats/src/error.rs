//! The broker's refusals in the port's words.

use std::error::Error;

use async_nats::jetstream;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use bus::BusError;
use wire::Stream;

/// Why a message was not taken.
pub(crate) enum Refused {
    /// The stream holds as much as it may.
    Full,
    /// No stream holds the subject: made again by the caller.
    NoStream,
    /// Anything else.
    Other(BusError),
}

impl Refused {
    pub(crate) fn of(self, stream: Stream) -> BusError {
        match self {
            Self::Full => BusError::Full(stream.name()),
            Self::NoStream => {
                BusError::Unavailable(format!("NATS does not keep the {} stream", stream.name()))
            }
            Self::Other(error) => error,
        }
    }
}

/// Of an error of `publish`: a full stream refuses with "store failed" and the limit's name.
pub(crate) fn refused(error: &PublishError) -> Refused {
    match error.kind() {
        PublishErrorKind::StreamNotFound => Refused::NoStream,
        PublishErrorKind::Other => {
            let told = error.source().and_then(|e| e.downcast_ref::<jetstream::Error>());
            match told {
                Some(e)
                    if e.error_code() == ErrorCode::STREAM_STORE_FAILED
                        && e.to_string().contains("maximum") =>
                {
                    Refused::Full
                }
                Some(e) if e.error_code() == ErrorCode::STREAM_NOT_FOUND => Refused::NoStream,
                _ => Refused::Other(unavailable(error)),
            }
        }
        _ => Refused::Other(unavailable(error)),
    }
}

/// The broker cannot be reached, does not answer, or says no.
pub(crate) fn unavailable(error: &dyn Error) -> BusError {
    let mut text = error.to_string();
    if let Some(source) = error.source() {
        let more = source.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
    }
    BusError::Unavailable(text)
}
