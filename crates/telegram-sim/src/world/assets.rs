//! Files of our own that are small enough to be carried along; `assets/make` makes them.

/// One of [`ASSETS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset(u8);

/// What is known of a file.
#[derive(Debug)]
pub struct AssetInfo {
    /// Its file name in `assets`.
    pub name: &'static str,
    /// Its MIME type.
    pub mime: &'static str,
    /// All of it.
    pub bytes: &'static [u8],
    /// Seconds, of sound and film.
    pub seconds: f64,
    /// Pixels, of pictures and films.
    pub size: (i32, i32),
    /// A film's first picture, JPEG, and the same as 40 pixels of RGB.
    pub poster: Option<(&'static [u8], &'static [u8])>,
    /// A voice note's, packed as Telegram does.
    pub waveform: Option<&'static [u8]>,
    /// Title and performer, of music.
    pub music: Option<(&'static str, &'static str)>,
    /// What a sticker stands for.
    pub emoji: &'static str,
}

macro_rules! bytes {
    ($name:expr) => {
        include_bytes!(concat!("../../assets/", $name))
    };
}

const fn plain(name: &'static str, mime: &'static str, bytes: &'static [u8]) -> AssetInfo {
    AssetInfo {
        name,
        mime,
        bytes,
        seconds: 0.0,
        size: (0, 0),
        poster: None,
        waveform: None,
        music: None,
        emoji: "",
    }
}

macro_rules! voice {
    ($name:literal, $seconds:literal) => {
        AssetInfo {
            seconds: $seconds,
            waveform: Some(bytes!(concat!($name, ".waveform"))),
            ..plain($name, "audio/ogg", bytes!(concat!($name, ".ogg")))
        }
    };
}

macro_rules! film {
    ($name:literal, $seconds:literal, $size:expr) => {
        AssetInfo {
            seconds: $seconds,
            size: $size,
            poster: Some((bytes!(concat!($name, ".jpg")), bytes!(concat!($name, ".rgb")))),
            ..plain($name, "video/mp4", bytes!(concat!($name, ".mp4")))
        }
    };
}

macro_rules! sticker {
    ($name:literal, $mime:literal, $seconds:literal, $emoji:literal) => {
        AssetInfo {
            seconds: $seconds,
            size: (512, 512),
            emoji: $emoji,
            ..plain($name, $mime, bytes!($name))
        }
    };
}

/// All of them.
pub static ASSETS: [AssetInfo; 26] = [
    voice!("voice-1", 3.0),
    voice!("voice-2", 6.0),
    voice!("voice-3", 9.0),
    voice!("voice-4", 14.0),
    AssetInfo {
        seconds: 11.0,
        music: Some(("The lamp in the window", "Winter Garden Choir")),
        ..plain("song-1", "audio/mpeg", bytes!("song-1.mp3"))
    },
    AssetInfo {
        seconds: 11.0,
        music: Some(("River song No. 3", "Nadia & the Ferrymen")),
        ..plain("song-2", "audio/mpeg", bytes!("song-2.mp3"))
    },
    film!("video-1", 6.0, (480, 270)),
    film!("video-2", 4.0, (320, 400)),
    film!("round-1", 5.0, (240, 240)),
    film!("gif-1", 2.0, (240, 240)),
    film!("gif-2", 2.0, (320, 180)),
    sticker!("sticker-loaf.webp", "image/webp", 0.0, "\u{1f35e}"),
    sticker!("sticker-mountain.webp", "image/webp", 0.0, "\u{26f0}\u{fe0f}"),
    sticker!("sticker-cup.webp", "image/webp", 0.0, "\u{2615}"),
    sticker!("sticker-cat.webp", "image/webp", 0.0, "\u{1f408}"),
    sticker!("sticker-sun.webp", "image/webp", 0.0, "\u{2600}\u{fe0f}"),
    sticker!("sticker-moon.webp", "image/webp", 0.0, "\u{1f319}"),
    sticker!("sticker-hop.tgs", "application/x-tgsticker", 2.0, "\u{1f604}"),
    sticker!("sticker-flower.tgs", "application/x-tgsticker", 2.0, "\u{1f338}"),
    sticker!("sticker-cup.tgs", "application/x-tgsticker", 2.0, "\u{2615}"),
    sticker!("sticker-star.webm", "video/webm", 1.3, "\u{2b50}"),
    sticker!("sticker-heart.webm", "video/webm", 1.0, "\u{2764}\u{fe0f}"),
    plain("route.pdf", "application/pdf", bytes!("route.pdf")),
    plain("programme.pdf", "application/pdf", bytes!("programme.pdf")),
    plain("track.gpx", "application/gpx+xml", bytes!("track.gpx")),
    plain("orders.csv", "text/csv", bytes!("orders.csv")),
];

impl Asset {
    /// The one whose name begins like this, the `n`th modulo how many there are.
    pub fn like(prefix: &str, n: usize) -> Option<Self> {
        let all: Vec<u8> = (0..)
            .zip(&ASSETS)
            .filter(|(_, a)| a.name.starts_with(prefix))
            .map(|(i, _)| i)
            .collect();
        (!all.is_empty()).then(|| Self(all[n % all.len()]))
    }

    /// What is known of it.
    pub fn info(self) -> &'static AssetInfo {
        &ASSETS[usize::from(self.0)]
    }
}
