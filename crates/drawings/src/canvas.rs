//! A canvas with soft edges. Places and lengths are in parts of its height; x runs from 0 to [`Canvas::width`].

use crate::random;

/// Red, green, blue, each 0 to 1.
pub(crate) type Colour = [f32; 3];

/// A colour from `0xrrggbb`.
pub(crate) fn rgb(hex: u32) -> Colour {
    [16, 8, 0].map(|shift| ((hex >> shift) & 255) as f32 / 255.0)
}

/// `a` with a part of `b`.
pub(crate) fn mix(a: Colour, b: Colour, part: f32) -> Colour {
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * part)
}

/// A picture under way.
pub(crate) struct Canvas {
    /// Pixels.
    pub(crate) w: usize,
    /// Pixels.
    pub(crate) h: usize,
    pixels: Vec<Colour>,
}

impl Canvas {
    pub(crate) fn new(w: u32, h: u32) -> Self {
        let (w, h) = (w as usize, h as usize);
        Self {
            w,
            h,
            pixels: vec![[0.0; 3]; w * h],
        }
    }

    /// From bytes; what is missing is black.
    pub(crate) fn from_rgb(w: u32, h: u32, rgb: &[u8]) -> Self {
        let mut canvas = Self::new(w, h);
        for (pixel, bytes) in canvas.pixels.iter_mut().zip(rgb.as_chunks::<3>().0) {
            *pixel = bytes.map(|b| f32::from(b) / 255.0);
        }
        canvas
    }

    /// In parts of its height.
    pub(crate) fn width(&self) -> f32 {
        self.w as f32 / self.h as f32
    }

    /// A pixel as bytes.
    pub(crate) fn bytes(&self, x: usize, y: usize) -> [u8; 3] {
        self.pixels[y * self.w + x].map(|c| (c * 255.0 + 0.5).clamp(0.0, 255.0) as u8)
    }

    fn blend(&mut self, x: usize, y: usize, colour: Colour, part: f32) {
        let pixel = &mut self.pixels[y * self.w + x];
        *pixel = mix(*pixel, colour, part.clamp(0.0, 1.0));
    }

    /// Colours from top to bottom, evenly spread.
    pub(crate) fn sky(&mut self, colours: &[Colour]) {
        let steps = colours.len() - 1;
        for y in 0..self.h {
            let at = y as f32 / self.h as f32 * steps as f32;
            let first = (at as usize).min(steps - 1);
            let colour = mix(colours[first], colours[first + 1], at - first as f32);
            self.pixels[y * self.w..(y + 1) * self.w].fill(colour);
        }
    }

    /// Everything where `distance` (parts of the height, negative inside) is negative, with an edge a pixel wide, inside
    /// of a box (left, top, right, bottom).
    pub(crate) fn shape(
        &mut self,
        within: [f32; 4],
        colour: Colour,
        part: f32,
        distance: impl Fn(f32, f32) -> f32,
    ) {
        let unit = self.h as f32;
        let pixel = |at: f32, most: usize| ((at * unit).max(0.0) as usize).min(most);
        let (left, top) = (pixel(within[0], self.w), pixel(within[1], self.h));
        let (right, bottom) = (
            pixel(within[2] + 2.0 / unit, self.w),
            pixel(within[3] + 2.0 / unit, self.h),
        );
        for y in top..bottom {
            for x in left..right {
                let d = distance((x as f32 + 0.5) / unit, (y as f32 + 0.5) / unit);
                let inside = 0.5 - d * unit;
                if inside > 0.0 {
                    self.blend(x, y, colour, inside.min(1.0) * part);
                }
            }
        }
    }

    /// An ellipse, turned by `angle`.
    pub(crate) fn ellipse(&mut self, (x, y): (f32, f32), (a, b): (f32, f32), angle: f32, colour: Colour) {
        let (sin, cos) = angle.sin_cos();
        let reach = a.max(b);
        self.shape(
            [x - reach, y - reach, x + reach, y + reach],
            colour,
            1.0,
            |px, py| {
                let (dx, dy) = (px - x, py - y);
                let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
                ((u / a).hypot(v / b) - 1.0) * a.min(b)
            },
        );
    }

    /// A disc.
    pub(crate) fn disc(&mut self, x: f32, y: f32, r: f32, colour: Colour) {
        self.ellipse((x, y), (r, r), 0.0, colour);
    }

    /// Light around a place.
    pub(crate) fn glow(&mut self, x: f32, y: f32, r: f32, colour: Colour, part: f32) {
        let unit = self.h as f32;
        for py in 0..self.h {
            for px in 0..self.w {
                let d = ((px as f32 / unit - x).hypot(py as f32 / unit - y)) / r;
                if d < 1.0 {
                    self.blend(px, py, colour, part * (1.0 - d) * (1.0 - d));
                }
            }
        }
    }

    /// A box with straight sides.
    pub(crate) fn rect(&mut self, [x, y, w, h]: [f32; 4], colour: Colour) {
        self.shape([x, y, x + w, y + h], colour, 1.0, |px, py| {
            (x - px).max(px - x - w).max((y - py).max(py - y - h))
        });
    }

    /// A triangle that stands on its base: tip, half of the base's length, height.
    pub(crate) fn tree(&mut self, (x, y): (f32, f32), half: f32, height: f32, colour: Colour) {
        let slope = half / height;
        self.shape([x - half, y, x + half, y + height], colour, 1.0, |px, py| {
            let side = ((px - x).abs() - (py - y) * slope) * 0.8;
            side.max(py - y - height)
        });
    }

    /// All below a line of hills. `rough` 0 is rolling, 1 is rocky.
    pub(crate) fn hills(&mut self, seed: u64, base: f32, height: f32, rough: f32, colour: Colour) {
        for x in 0..self.w {
            let top = base - height * ridge(seed, x as f32 / self.h as f32, rough);
            self.column(x, top, colour);
        }
    }

    /// The same with snow down to `snow` parts of the height below the ridge.
    pub(crate) fn peaks(&mut self, seed: u64, base: f32, height: f32, snow: f32, colour: Colour) {
        for x in 0..self.w {
            let at = x as f32 / self.h as f32;
            let top = base - height * ridge(seed, at, 1.0);
            let depth = snow * (0.4 + ridge(seed ^ 9, at * 6.0, 1.0)) - (top - base + height) * 0.5;
            self.column(x, top, if depth > 0.0 { rgb(0x00f4_f7fb) } else { colour });
            if depth > 0.0 {
                self.column(x, top + depth, colour);
            }
        }
    }

    fn column(&mut self, x: usize, top: f32, colour: Colour) {
        let top = (top * self.h as f32).max(0.0);
        let first = top as usize;
        for y in first..self.h {
            let part = if y == first { 1.0 - top.fract() } else { 1.0 };
            self.blend(x, y, colour, part);
        }
    }

    /// Lighter and darker from place to place, as paint on paper is.
    pub(crate) fn grain(&mut self, seed: u64, strength: f32) {
        let columns = self.w.div_ceil(8);
        for y in 0..self.h {
            for x in 0..self.w {
                let cell = (y / 8 * columns + x / 8) as u64;
                let by = 1.0 + (random(seed, cell) - 0.5) * strength;
                let pixel = &mut self.pixels[y * self.w + x];
                *pixel = pixel.map(|c| c * by);
            }
        }
    }
}

/// A line of hills, 0 to 1.
fn ridge(seed: u64, x: f32, rough: f32) -> f32 {
    let (mut sum, mut all, mut size) = (0.0, 0.0, 1.0);
    for octave in 0..6_u64 {
        let at = x * 2_f32.powi(octave as i32) * 1.7 + random(seed, octave) * 50.0;
        let (cell, part) = (at.floor(), at.fract());
        let point = |c: f32| random(seed.wrapping_add(octave * 977), c as u64);
        let smooth = part * part * (3.0 - 2.0 * part);
        let part = smooth + (part - smooth) * rough;
        sum += size * (point(cell) * (1.0 - part) + point(cell + 1.0) * part);
        all += size;
        size *= 0.28 + 0.24 * rough;
    }
    sum / all
}
