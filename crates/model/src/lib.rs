//! The words of the archive: ids, messages, captures, operations, coverage, media and the clock.
//!
//! Pure types: no I/O, no protocol, no SQL. Every other crate speaks in these.
//!
//! To add a kind of message: add a variant to [`MessageKind`] and, if it carries something new, a field to
//! [`Content`] or a case of [`Attachment`]; decode it in `telegram::decode`; give it a golden file in `wire`.
//! What a person would call a change of the message belongs into [`Content`], because [`Content::hash`] decides
//! what an edit is; what Telegram counts or decorates (views, reactions, keyboards, previews) does not.

pub mod call;
pub mod capture;
pub mod clock;
pub mod coverage;
pub mod ids;
pub mod media;
pub mod message;
pub mod operation;
pub mod peer;
pub mod run;
pub mod seen;

pub use call::{CallClass, FloodWait, Purpose};
pub use capture::{
    BatchNumber, Capture, CaptureBatch, CapturedMessage, Covered, DeletionSource, Deletions, Lane, Origin,
    RawUpdate,
};
pub use clock::{Clock, SystemClock, TestClock};
pub use coverage::{IdRange, RangeSet};
pub use ids::{AccountId, BoxId, ChatId, MessageId, MessageKey};
pub use media::{
    Damage, FileKind, FileLocation, FileRef, MediaId, MediaOutcome, MediaOwner, MediaState, SkipReason,
    StoredFile,
};
pub use message::{
    Attachment, Content, ContentHash, Counters, Entity, EntityKind, Forward, MessageFlags, MessageHead,
    MessageKind, Poll, PollOption, Reaction, Reactions, Reply, ServiceAction, WebPage,
};
pub use operation::{
    DeletionMode, IncidentId, IncidentKind, OperationId, OperationKey, OperationKind, Verdict,
};
pub use peer::{CapturedChat, CapturedDialog, CapturedRecord, CapturedUser, ChatKind, RecordKind};
pub use run::{PassId, PassKind, RunId};
pub use seen::Seen;
