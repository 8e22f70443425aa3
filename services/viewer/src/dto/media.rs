//! Files of messages.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MediaState {
    /// Held: it has a `url`.
    Stored,
    /// Still to be fetched.
    Wanted,
    /// Not fetched, for a `reason`.
    Skipped,
}

/// Why a file is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SkipReason {
    /// `DOWNLOAD_MEDIA=false`.
    Disabled,
    /// Above `MAX_MEDIA_SIZE_MB`.
    TooLarge,
    /// The message is gone from Telegram.
    MessageDeleted,
    /// The chat cannot be read any more.
    AccessLost,
    /// Telegram does not have it any more.
    Unavailable,
    /// It destroys itself when seen.
    SelfDestructing,
}

/// A file of a message.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Media {
    /// Its number within the message, for its path; files of older versions count too.
    pub n: u32,
    /// Where its bytes are, once they are held. Ranges are answered; `?download=1` asks for a download.
    pub url: Option<String>,
    /// Whether they are.
    pub state: MediaState,
    /// Why they are not.
    pub reason: Option<SkipReason>,
    /// What its sender said it is.
    pub mime: String,
    /// Whether `url` may be shown in the page (a known type of image, video or audio); all else is a download.
    pub inline: bool,
    /// As its sender named it: text to show, nothing else.
    pub name: Option<String>,
    /// Bytes.
    pub size: Option<i64>,
    /// Pixels.
    pub width: Option<i32>,
    /// Pixels.
    pub height: Option<i32>,
    /// Milliseconds.
    pub duration_ms: Option<i64>,
    /// Of a piece of music.
    pub title: Option<String>,
    /// Of a piece of music.
    pub performer: Option<String>,
    /// Of a voice message: samples of 0 to 31.
    pub waveform: Vec<u8>,
    /// The emoji a sticker stands for.
    pub emoji: Option<String>,
    /// A tiny blurred picture as a `data:` URL.
    pub thumb: Option<String>,
    /// Covered until it is clicked.
    pub spoiler: bool,
}

/// How a file is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MediaQuery {
    /// 1: as a download under its name.
    pub download: Option<u8>,
}
