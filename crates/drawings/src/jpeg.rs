//! Baseline JPEG with the standard's own tables and chroma at half size: the form of which Telegram's stripped thumbnails
//! leave out everything that is always the same.

use crate::canvas::Canvas;

/// Annex K.1, in rows.
const LUMA: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17,
    22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78,
    87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
/// The upper left of Annex K.2; all else is 99.
const CHROMA: [[u8; 4]; 4] = [
    [17, 18, 24, 47],
    [18, 21, 26, 66],
    [24, 26, 56, 99],
    [47, 66, 99, 99],
];
/// Where the coefficients stand in rows, in the order in which they are written.
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// How many codes of each length, and what they stand for (Annex K.3).
struct Huffman {
    counts: [u8; 16],
    values: &'static [u8],
}

const DC_VALUES: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const DC_LUMA: Huffman = Huffman {
    counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
    values: &DC_VALUES,
};
const DC_CHROMA: Huffman = Huffman {
    counts: [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
    values: &DC_VALUES,
};
const AC_LUMA: Huffman = Huffman {
    counts: [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d],
    values: &[
        0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22,
        0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33,
        0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34,
        0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55,
        0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76,
        0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96,
        0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5,
        0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4,
        0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1,
        0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
    ],
};
const AC_CHROMA: Huffman = Huffman {
    counts: [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77],
    values: &[
        0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13,
        0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62,
        0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29,
        0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54,
        0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75,
        0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94,
        0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3,
        0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2,
        0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea,
        0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
    ],
};

/// Code and length of each value.
type Codes = [(u16, u8); 256];

impl Huffman {
    fn codes(&self) -> Codes {
        let mut codes = [(0, 0); 256];
        let (mut code, mut next) = (0, self.values.iter());
        for (length, count) in (1..).zip(self.counts) {
            for value in next.by_ref().take(usize::from(count)) {
                codes[usize::from(*value)] = (code, length);
                code += 1;
            }
            code <<= 1;
        }
        codes
    }
}

/// The scan: bits, with a zero after each 0xff.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u32,
    count: u8,
}

impl Bits {
    fn put(&mut self, bits: u16, length: u8) {
        self.held = self.held << length | u32::from(bits);
        self.count += length;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.held >> self.count) as u8;
            self.bytes.push(byte);
            if byte == 0xff {
                self.bytes.push(0);
            }
            self.held &= (1 << self.count) - 1;
        }
    }

    fn end(mut self) -> Vec<u8> {
        if self.count > 0 {
            let rest = 8 - self.count;
            self.put((1 << rest) - 1, rest);
        }
        self.bytes
    }
}

/// The quantisers of a quality from 1 to 100, in rows: the scaling everybody uses (50 is the standard's table).
fn quantisers(quality: u32) -> [[u8; 64]; 2] {
    let scale = if quality < 50 {
        5000 / quality
    } else {
        200 - 2 * quality
    };
    let scaled = |q: u8| ((u32::from(q) * scale + 50) / 100).clamp(1, 255) as u8;
    let chroma = std::array::from_fn(|i| {
        let (row, column) = (i / 8, i % 8);
        CHROMA.get(row).and_then(|r| r.get(column)).copied().unwrap_or(99)
    });
    [LUMA, chroma].map(|table: [u8; 64]| table.map(scaled))
}

/// The transform of rows, then of columns (Arai, Agui and Nakajima): what comes out is scaled, see [`divisors`].
fn transform(block: &mut [f32; 64]) {
    for (step, along) in [(8, 1), (1, 8)] {
        for line in 0..8 {
            let at = |i: usize| line * step + i * along;
            let d: [f32; 8] = std::array::from_fn(|i| block[at(i)]);
            let sum: [f32; 4] = std::array::from_fn(|i| d[i] + d[7 - i]);
            let difference: [f32; 4] = std::array::from_fn(|i| d[i] - d[7 - i]);
            let (even, odd) = (sum[0] + sum[3], sum[0] - sum[3]);
            let (inner, turned) = (sum[1] + sum[2], sum[1] - sum[2]);
            let half = (turned + odd) * std::f32::consts::FRAC_1_SQRT_2;
            block[at(0)] = even + inner;
            block[at(4)] = even - inner;
            block[at(2)] = odd + half;
            block[at(6)] = odd - half;
            let low = difference[3] + difference[2];
            let middle = (difference[2] + difference[1]) * std::f32::consts::FRAC_1_SQRT_2;
            let high = difference[1] + difference[0];
            let shared = (low - high) * 0.382_683_43;
            let (low, high) = (0.541_196_1 * low + shared, 1.306_563 * high + shared);
            let (plus, minus) = (difference[0] + middle, difference[0] - middle);
            block[at(5)] = minus + low;
            block[at(3)] = minus - low;
            block[at(1)] = plus + high;
            block[at(7)] = plus - high;
        }
    }
}

fn divisors(table: &[u8; 64]) -> [f32; 64] {
    const SCALE: [f32; 8] = [
        1.0,
        1.387_039_8,
        1.306_563,
        1.175_875_6,
        1.0,
        0.785_694_96,
        0.541_196_1,
        0.275_899_38,
    ];
    std::array::from_fn(|i| 1.0 / (f32::from(table[i]) * SCALE[i / 8] * SCALE[i % 8] * 8.0))
}

/// Bits that a value needs, and the value in that many bits.
fn magnitude(value: i32) -> (u8, u16) {
    let length = (32 - value.unsigned_abs().leading_zeros()) as u8;
    let bits = if value < 0 {
        value + (1 << length) - 1
    } else {
        value
    };
    (length, bits as u16)
}

struct Component {
    divisors: [f32; 64],
    dc: Codes,
    ac: Codes,
}

impl Component {
    /// Writes a block of samples around zero; `last` is the DC of the block before.
    fn write(&self, to: &mut Bits, block: &mut [f32; 64], last: &mut i32) {
        transform(block);
        let coefficient = |i: usize| (block[i] * self.divisors[i]).round() as i32;
        let dc = coefficient(0);
        let (length, bits) = magnitude(dc - *last);
        *last = dc;
        let (code, size) = self.dc[usize::from(length)];
        to.put(code, size);
        to.put(bits, length);
        let mut zeros = 0;
        for place in &ZIGZAG[1..] {
            let value = coefficient(*place);
            if value == 0 {
                zeros += 1;
                continue;
            }
            while zeros > 15 {
                let (code, size) = self.ac[0xf0];
                to.put(code, size);
                zeros -= 16;
            }
            let (length, bits) = magnitude(value);
            let (code, size) = self.ac[usize::from(zeros << 4 | length)];
            to.put(code, size);
            to.put(bits, length);
            zeros = 0;
        }
        if zeros > 0 {
            let (code, size) = self.ac[0];
            to.put(code, size);
        }
    }
}

/// Brightness and colour of a pixel, around zero; beyond the edge the last one goes on.
fn sample(canvas: &Canvas, x: usize, y: usize) -> [f32; 3] {
    let pixel = canvas.bytes(x.min(canvas.w - 1), y.min(canvas.h - 1));
    let [r, g, b] = pixel.map(f32::from);
    [
        0.299 * r + 0.587 * g + 0.114 * b - 128.0,
        -0.168_736 * r - 0.331_264 * g + 0.5 * b,
        0.5 * r - 0.418_688 * g - 0.081_312 * b,
    ]
}

fn scan(canvas: &Canvas, quality: u32) -> Vec<u8> {
    let [luma, chroma] = quantisers(quality);
    let luma = Component {
        divisors: divisors(&luma),
        dc: DC_LUMA.codes(),
        ac: AC_LUMA.codes(),
    };
    let chroma = Component {
        divisors: divisors(&chroma),
        dc: DC_CHROMA.codes(),
        ac: AC_CHROMA.codes(),
    };
    let (mut bits, mut last) = (Bits::default(), [0; 3]);
    for top in (0..canvas.h).step_by(16) {
        for left in (0..canvas.w).step_by(16) {
            let mut bright = [[0.0; 64]; 4];
            let mut colours = [[0.0; 64]; 2];
            for y in 0..16 {
                for x in 0..16 {
                    let [light, blue, red] = sample(canvas, left + x, top + y);
                    bright[y / 8 * 2 + x / 8][y % 8 * 8 + x % 8] = light;
                    let half = y / 2 * 8 + x / 2;
                    colours[0][half] += blue / 4.0;
                    colours[1][half] += red / 4.0;
                }
            }
            for block in &mut bright {
                luma.write(&mut bits, block, &mut last[0]);
            }
            for (block, last) in colours.iter_mut().zip(&mut last[1..]) {
                chroma.write(&mut bits, block, last);
            }
        }
    }
    bits.end()
}

fn segment(to: &mut Vec<u8>, marker: u8, body: &[u8]) {
    to.extend_from_slice(&[0xff, marker]);
    to.extend_from_slice(&(body.len() as u16 + 2).to_be_bytes());
    to.extend_from_slice(body);
}

/// All that comes before the scan.
fn head(w: usize, h: usize, quality: u32) -> Vec<u8> {
    let mut head = vec![0xff, 0xd8];
    segment(&mut head, 0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    for (number, table) in (0..).zip(quantisers(quality)) {
        let mut body = vec![number];
        body.extend(ZIGZAG.map(|place| table[place]));
        segment(&mut head, 0xdb, &body);
    }
    let ([h1, h0], [w1, w0]) = ((h as u16).to_be_bytes(), (w as u16).to_be_bytes());
    let frame = [8, h1, h0, w1, w0, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
    segment(&mut head, 0xc0, &frame);
    for (number, table) in [(0, DC_LUMA), (0x10, AC_LUMA), (1, DC_CHROMA), (0x11, AC_CHROMA)] {
        let mut body = vec![number];
        body.extend(table.counts);
        body.extend(table.values);
        segment(&mut head, 0xc4, &body);
    }
    segment(&mut head, 0xda, &[3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0]);
    head
}

/// A whole file.
pub(crate) fn file(canvas: &Canvas, quality: u32) -> Vec<u8> {
    let mut file = head(canvas.w, canvas.h, quality);
    file.extend(scan(canvas, quality));
    file.extend([0xff, 0xd9]);
    file
}

/// The quality that Telegram's clients put back before a stripped thumbnail.
const STRIPPED: u32 = 20;

/// Height, width and scan.
pub(crate) fn stripped(canvas: &Canvas) -> Vec<u8> {
    let mut bytes = vec![1, canvas.h as u8, canvas.w as u8];
    bytes.extend(scan(canvas, STRIPPED));
    bytes
}

#[cfg(test)]
mod tests {
    use zune_jpeg::JpegDecoder;
    use zune_jpeg::zune_core::bytestream::ZCursor;

    use super::*;
    use crate::{Detail, Picture, Subject};

    fn decoded(file: &[u8]) -> (usize, usize, Vec<u8>) {
        let mut decoder = JpegDecoder::new(ZCursor::new(file));
        let pixels = decoder.decode().unwrap();
        let (w, h) = decoder.dimensions().unwrap();
        (w, h, pixels)
    }

    /// Mean difference of a channel, out of 255.
    fn difference(canvas: &Canvas, pixels: &[u8]) -> f64 {
        let drawn = (0..canvas.h).flat_map(|y| (0..canvas.w).map(move |x| (x, y)));
        let drawn: Vec<u8> = drawn.flat_map(|(x, y)| canvas.bytes(x, y)).collect();
        assert_eq!(drawn.len(), pixels.len());
        let sum: u64 = drawn
            .iter()
            .zip(pixels)
            .map(|(a, b)| u64::from(a.abs_diff(*b)))
            .sum();
        sum as f64 / drawn.len() as f64
    }

    #[test]
    fn what_was_drawn_is_what_is_decoded() {
        for (subject, number) in [(Subject::Mountains, 0), (Subject::Town, 1), (Subject::Flowers, 2)] {
            let picture = Picture::postcard(subject, number).with(Detail::Preview);
            let (w, h) = picture.size();
            let canvas = picture.draw(w, h);
            let (width, height, pixels) = decoded(&picture.jpeg());
            assert_eq!((width, height), (w as usize, h as usize));
            let off = difference(&canvas, &pixels);
            assert!(off < 5.0, "{subject:?} differs by {off}");
        }
    }

    #[test]
    fn a_stripped_thumbnail_is_whole_again_with_telegrams_header() {
        let picture = Picture::postcard(Subject::Sea, 2);
        let bytes = picture.stripped();
        assert_eq!(bytes[..3], [1, 40, 30]);
        let mut file = head(30, 40, STRIPPED);
        // As Telegram's clients have it.
        assert!(file[20..].starts_with(b"\xff\xdb\0C\0(\x1c\x1e#\x1e\x19(#!#-+(0<dA<77<{X]Id\x91\x80\x99"));
        file.extend_from_slice(&bytes[3..]);
        file.extend([0xff, 0xd9]);
        let (w, h, pixels) = decoded(&file);
        assert_eq!((w, h), (30, 40));
        let off = difference(&picture.draw(30, 40), &pixels);
        assert!(off < 16.0, "differs by {off}");
    }
}
