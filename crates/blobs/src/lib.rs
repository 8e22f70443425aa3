//! Content-addressed files: a port ([`Blobs`]) with two places to keep them, a folder and an S3 bucket.
//!
//! A file that is being fetched lies in `_partial/<media id>` on this machine and goes on at its length. When it is whole,
//! its size and hash are checked, and it becomes a blob: at once and under its SHA-256, so a name is there whole or not at
//! all. A blob is replaced by the same bytes only, which is how a damaged one is repaired: nothing is taken away first.
//!
//! Both places pass one suite ([`conformance`]).

#[cfg(test)]
mod conformance;
mod disk;
mod names;
mod partials;
mod s3;
mod shown;

use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use model::{ChatId, Damage, MediaId, StoredFile};

pub use disk::DiskBlobs;
pub use names::safe_name;
pub use s3::{S3Blobs, S3Options};

/// What can go wrong, by what the caller does about it.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// No space: try again when there is some.
    #[error("the media disk is full")]
    DiskFull,
    /// Another process works on the same file.
    #[error("another process fetches this file")]
    Shared,
    /// Anything else of the disk.
    #[error("the media folder: {0}")]
    Io(String),
    /// The bytes are not what they should be; the partial file was removed.
    #[error("the file has {actual} bytes, {expected} were expected")]
    WrongSize {
        /// On disk.
        actual: u64,
        /// Told by Telegram.
        expected: u64,
    },
    /// The bucket does not let us in: a person has to do something. Without credentials.
    #[error("the bucket of BLOBS_URL refuses: {0}")]
    Refused(String),
    /// The bucket cannot be reached now: try again when it can.
    #[error("the bucket of BLOBS_URL cannot be reached: {0}")]
    Unreachable(String),
}

impl BlobError {
    /// Whether no file can be kept at all now, this one or another.
    pub const fn concerns_all(&self) -> bool {
        matches!(self, Self::DiskFull | Self::Refused(_) | Self::Unreachable(_))
    }
}

impl From<std::io::Error> for BlobError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == ErrorKind::StorageFull {
            Self::DiskFull
        } else {
            Self::Io(error.to_string())
        }
    }
}

/// Where a blob is shown, in a place that has names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// In a chat's folder, under a safe name.
    Chat(ChatId, String),
    /// Among the avatars of users or chats, under a safe name.
    Avatar(ChatId, String),
}

impl Shown {
    fn relative(&self) -> PathBuf {
        match self {
            Self::Chat(chat, name) => Path::new(&chat.to_string()).join(name),
            Self::Avatar(peer, name) => Path::new("avatars")
                .join(if peer.0 > 0 { "users" } else { "chats" })
                .join(name),
        }
    }
}

/// Where files are kept.
///
/// Laws: (1) a partial file grows without holes and goes on where it ended; (2) only bytes of the expected size become a
/// blob, and its name is their hash; (3) [`Blobs::check`] tells a blob that is missing, has another size or other bytes,
/// and finishing the right bytes repairs it; (4) what fails leaves the blob as it was.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Whether files can be kept now; the error is for a person. Asked at the start, and while they cannot.
    async fn ready(&self) -> Result<(), BlobError>;

    /// Bytes of a partial file, rounded down to whole chunks: where fetching goes on.
    async fn resume_at(&self, id: MediaId, chunk: u64) -> Result<u64, BlobError>;

    /// Writes a chunk of a partial file; what lay beyond it is cut off. [`BlobError::Shared`]: what belongs before it is not
    /// there, since another process works on the same file (its message of the bus came twice).
    async fn write_chunk(&self, id: MediaId, offset: u64, bytes: &[u8]) -> Result<(), BlobError>;

    /// Forgets a partial file.
    async fn discard(&self, id: MediaId) -> Result<(), BlobError>;

    /// A finished partial file becomes a blob, also in place of a damaged one: its size in bytes is checked, its hash is
    /// its name.
    async fn finish(&self, id: MediaId, expected: Option<u64>) -> Result<([u8; 32], u64), BlobError>;

    /// Whether a blob is there with this size in bytes; cheap.
    async fn is_whole(&self, sha256: &[u8; 32], size: u64) -> Result<bool, BlobError>;

    /// Reads a whole blob and tells what is wrong with it; `None`: nothing.
    async fn check(&self, sha256: &[u8; 32], size: u64) -> Result<Option<Damage>, BlobError>;

    /// Bytes of a blob, as many as there are in the range; `None`: there is no such blob.
    async fn read(&self, sha256: &[u8; 32], range: Range<u64>) -> Result<Option<Bytes>, BlobError>;

    /// Shows a blob under a name, where there are names; answers what the archive remembers. A name that is taken by other
    /// bytes is not touched: a number is added.
    async fn show(&self, sha256: [u8; 32], size: u64, shown: &Shown) -> Result<StoredFile, BlobError>;

    /// Repairs the name of a blob that is whole: a missing or broken link, a damaged copy. `None`: it is as remembered;
    /// else what to remember now.
    async fn mend(&self, stored: &StoredFile, shown: &Shown) -> Result<Option<StoredFile>, BlobError>;
}

fn hex(sha256: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    sha256.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
