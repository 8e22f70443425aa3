//! Files: what a message refers to, how to fetch it, and what became of it.

use serde::{Deserialize, Serialize};

use crate::ids::{BoxId, ChatId, MessageId};

/// The surrogate id of a media row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaId(pub i64);

/// Which of Telegram's file stores an id counts in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// `inputDocumentFileLocation`.
    #[default]
    Document,
    /// `inputPhotoFileLocation`; the thumb size names the variant.
    Photo,
    /// `inputPeerPhotoFileLocation`: an avatar.
    PeerPhoto,
}

impl FileKind {
    /// As a column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Photo => "photo",
            Self::PeerPhoto => "peer_photo",
        }
    }

    /// From a column.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "document" => Some(Self::Document),
            "photo" => Some(Self::Photo),
            "peer_photo" => Some(Self::PeerPhoto),
            _ => None,
        }
    }
}

/// How to ask Telegram for a file. Access hash and file reference are bound to the account that saw them; the
/// reference expires and is refreshed by reading the owner again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileLocation {
    /// Which store.
    pub kind: FileKind,
    /// Document id or photo id.
    pub file_id: i64,
    /// Bound to the account.
    pub access_hash: i64,
    /// Hex in JSON; bytes on the wire to Telegram.
    #[serde(with = "hex_bytes", skip_serializing_if = "Vec::is_empty")]
    pub file_reference: Vec<u8>,
    /// Where it lies.
    pub dc_id: i32,
    /// The variant of a photo (`y`, `x`, ...); empty for a whole document.
    pub thumb_size: String,
}

/// A file on a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "Telegram's own words")]
pub struct FileRef {
    pub location: FileLocation,
    /// Bytes, if Telegram tells (progressive photos do not).
    pub size: Option<i64>,
    pub mime_type: String,
    /// As the sender named it: untrusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<i32>,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub performer: Option<String>,
    /// 5-bit packed samples, hex in JSON.
    #[serde(with = "hex_bytes", skip_serializing_if = "Vec::is_empty")]
    pub waveform: Vec<u8>,
    /// The emoji a sticker stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sticker_emoji: Option<String>,
    /// Telegram's stripped JPEG preview, hex in JSON.
    #[serde(with = "hex_bytes", skip_serializing_if = "Vec::is_empty")]
    pub stripped_thumb: Vec<u8>,
    pub spoiler: bool,
}

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MediaOwner {
    /// The file of a message.
    Message(BoxId, MessageId),
    /// The avatar of a user or chat.
    Avatar(ChatId),
}

impl MediaOwner {
    /// As columns: (kind, box, id).
    pub const fn columns(self) -> (&'static str, i64, i64) {
        match self {
            Self::Message(box_id, id) => ("message", box_id.to_i64(), id),
            Self::Avatar(peer) => ("avatar", 0, peer.0),
        }
    }

    /// From columns.
    pub fn from_columns(kind: &str, box_id: i64, id: i64) -> Option<Self> {
        match kind {
            "message" => Some(Self::Message(BoxId::from_i64(box_id), id)),
            "avatar" => Some(Self::Avatar(ChatId(id))),
            _ => None,
        }
    }
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaState {
    /// To be fetched.
    Wanted,
    /// Held in the blob store under its SHA-256.
    Stored,
    /// Not fetched, for a reason that a person can read.
    Skipped,
}

impl MediaState {
    /// As a column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Stored => "stored",
            Self::Skipped => "skipped",
        }
    }

    /// From a column.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "wanted" => Some(Self::Wanted),
            "stored" => Some(Self::Stored),
            "skipped" => Some(Self::Skipped),
            _ => None,
        }
    }
}

/// Why a file is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// `DOWNLOAD_MEDIA=false`.
    Disabled,
    /// Above `MAX_MEDIA_SIZE_MB`.
    TooLarge,
    /// The message is gone, so its reference cannot be refreshed.
    MessageDeleted,
    /// The chat cannot be read any more.
    AccessLost,
    /// Telegram does not have it (any more).
    Unavailable,
    /// It destroys itself when seen.
    SelfDestructing,
}

impl SkipReason {
    /// As a column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::TooLarge => "too_large",
            Self::MessageDeleted => "message_deleted",
            Self::AccessLost => "access_lost",
            Self::Unavailable => "unavailable",
            Self::SelfDestructing => "self_destructing",
        }
    }

    /// From a column.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Disabled,
            Self::TooLarge,
            Self::MessageDeleted,
            Self::AccessLost,
            Self::Unavailable,
            Self::SelfDestructing,
        ]
        .into_iter()
        .find(|r| r.as_str() == text)
    }
}

/// What a verification found of a file that is held (`VERIFY_MEDIA`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Damage {
    /// Its blob is gone.
    Missing,
    /// Its blob has another size, nothing at all for one.
    WrongSize,
    /// Its blob has other bytes than its hash says.
    WrongBytes,
    /// The disk does not give its bytes.
    Unreadable,
}

impl Damage {
    /// As the first word of a reason.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::WrongSize => "wrong_size",
            Self::WrongBytes => "wrong_bytes",
            Self::Unreadable => "unreadable",
        }
    }
}

/// A file that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// Its content address.
    pub sha256: [u8; 32],
    /// Bytes on disk.
    pub size: i64,
    /// The link under `media/`, relative, safe to use; `None` where no link is kept (S3).
    pub path: Option<String>,
}

/// The media-downloader's word on one media row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaOutcome {
    /// It is held.
    Stored(StoredFile),
    /// It will not come.
    Skipped(SkipReason),
    /// An attempt failed; try again. Nothing of the message's content in the reason.
    Failed {
        /// One line for a person.
        reason: String,
        /// Unix seconds before which to leave it alone.
        not_before: i64,
    },
    /// A wait (flood) that is no attempt.
    NotBefore(i64),
    /// It is held but damaged, and could not be fetched again: what is wrong, then why (`missing: message_deleted`). The
    /// row stays as it is, with this as its reason.
    Damaged(String),
}

mod hex_bytes {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
        use std::fmt::Write as _;
        let mut text = String::with_capacity(bytes.len() * 2);
        for b in bytes {
            write!(text, "{b:02x}").map_err(serde::ser::Error::custom)?;
        }
        s.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(d)?;
        if !text.is_ascii() || text.len() % 2 != 0 {
            return Err(D::Error::custom("not hex"));
        }
        (0..text.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&text[i..i + 2], 16).map_err(D::Error::custom))
            .collect()
    }
}
