//! Pictures drawn by code: postcards for the messages of a simulated world, portraits for its people. The same
//! [`Picture`] has the same bytes everywhere.
//!
//! A crate of its own because pixels are a hundred times slower unoptimised: `[profile.dev.package.drawings]`.
//!
//! To add a subject: a variant of [`Subject`], a function in `postcards`, and its arm in [`Picture::draw`].

#![expect(
    clippy::many_single_char_names,
    reason = "in a drawing places and sizes are x, y, w and h"
)]

mod canvas;
mod jpeg;
mod png;
mod portraits;
mod postcards;

use canvas::Canvas;

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "they say what they are")]
pub enum Subject {
    Mountains,
    Sea,
    Town,
    Night,
    Forest,
    Snow,
    Bread,
    Flowers,
    /// Somebody.
    Portrait,
}

/// Postcards, in the order of [`Subject`].
pub const POSTCARDS: [Subject; 8] = [
    Subject::Mountains,
    Subject::Sea,
    Subject::Town,
    Subject::Night,
    Subject::Forest,
    Subject::Snow,
    Subject::Bread,
    Subject::Flowers,
];

/// Width and height of postcards, by their number.
const SHAPES: [(u32, u32); 5] = [(900, 600), (880, 660), (600, 800), (720, 720), (960, 540)];

/// How much detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Detail {
    /// Longest side 640 to 960 pixels.
    Whole,
    /// Longest side 320 pixels.
    Preview,
    /// Longest side 160 pixels.
    Thumbnail,
}

/// A picture; drawn when it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Picture {
    /// What it shows.
    pub subject: Subject,
    /// Which one of its kind.
    pub number: u16,
    /// As a square, for an avatar.
    pub square: bool,
    /// How much of it.
    pub detail: Detail,
}

impl Picture {
    /// A postcard, whole.
    pub const fn postcard(subject: Subject, number: u16) -> Self {
        Self {
            subject,
            number,
            square: false,
            detail: Detail::Whole,
        }
    }

    /// An avatar, whole.
    pub const fn avatar(subject: Subject, number: u16) -> Self {
        Self {
            square: true,
            ..Self::postcard(subject, number)
        }
    }

    /// The same with other detail.
    #[must_use]
    pub const fn with(self, detail: Detail) -> Self {
        Self { detail, ..self }
    }

    /// Width and height, pixels.
    pub fn size(self) -> (u32, u32) {
        let (w, h) = if self.square {
            (640, 640)
        } else {
            SHAPES[usize::from(self.number) % SHAPES.len()]
        };
        match self.detail {
            Detail::Whole => (w, h),
            Detail::Preview => within(w, h, 320),
            Detail::Thumbnail => within(w, h, 160),
        }
    }

    /// As a JPEG file.
    pub fn jpeg(self) -> Vec<u8> {
        let (w, h) = self.size();
        jpeg::file(&self.draw(w, h), 84)
    }

    /// As a PNG file.
    pub fn png(self) -> Vec<u8> {
        let (w, h) = self.size();
        png::file(&self.draw(w, h))
    }

    /// As Telegram's stripped thumbnail: 40 pixels, a JPEG of which only height, width and scan are left.
    pub fn stripped(self) -> Vec<u8> {
        let (w, h) = self.size();
        let (w, h) = within(w, h, 40);
        jpeg::stripped(&self.draw(w, h))
    }

    fn draw(self, w: u32, h: u32) -> Canvas {
        let mut canvas = Canvas::new(w, h);
        let number = u64::from(self.number);
        match self.subject {
            Subject::Mountains => postcards::mountains(&mut canvas, number),
            Subject::Sea => postcards::sea(&mut canvas, number),
            Subject::Town => postcards::town(&mut canvas, number),
            Subject::Night => postcards::night(&mut canvas, number),
            Subject::Forest => postcards::forest(&mut canvas, number),
            Subject::Snow => postcards::snow(&mut canvas, number),
            Subject::Bread => postcards::bread(&mut canvas, number),
            Subject::Flowers => postcards::flowers(&mut canvas, number),
            Subject::Portrait => portraits::portrait(&mut canvas, number),
        }
        canvas
    }
}

/// Telegram's stripped thumbnail of a picture of `w` times `h` pixels, at most 255 each, from its bytes in RGB.
pub fn stripped(w: u32, h: u32, rgb: &[u8]) -> Vec<u8> {
    jpeg::stripped(&Canvas::from_rgb(w, h, rgb))
}

/// The same shape with its longest side so long.
fn within(w: u32, h: u32, longest: u32) -> (u32, u32) {
    let scale = |side: u32| (side * longest / w.max(h)).max(1);
    (scale(w), scale(h))
}

/// A number from 0 up to 1, another one for each `n`.
fn random(seed: u64, n: u64) -> f32 {
    let mut z = seed
        .wrapping_mul(0x2545_f491_4f6c_dd1d)
        .wrapping_add(n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 40) as f32 / (1_u32 << 24) as f32
}
