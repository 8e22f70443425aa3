//! The services of an archive.

/// One of them: as `service NAME` runs it, `/readyz` names it, and `status` asks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Captures.
    Fetcher,
    /// Writes the archive.
    Writer,
    /// Guards against mass operations.
    RateLimiter,
    /// Fetches files.
    MediaDownloader,
    /// Pushes notifications.
    Notifier,
    /// Shows the archive.
    Viewer,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Fetcher,
        Self::Writer,
        Self::RateLimiter,
        Self::MediaDownloader,
        Self::Notifier,
        Self::Viewer,
    ];

    /// As it is typed and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fetcher => "fetcher",
            Self::Writer => "writer",
            Self::RateLimiter => "rate-limiter",
            Self::MediaDownloader => "media-downloader",
            Self::Notifier => "notifier",
            Self::Viewer => "viewer",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }
}
