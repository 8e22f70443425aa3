//! PNG: one chunk of deflated rows.

use std::io::Write as _;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

use crate::canvas::Canvas;

fn chunk(to: &mut Vec<u8>, name: [u8; 4], body: &[u8]) {
    to.extend_from_slice(&(body.len() as u32).to_be_bytes());
    let mut crc = Crc::new();
    crc.update(&name);
    crc.update(body);
    to.extend_from_slice(&name);
    to.extend_from_slice(body);
    to.extend_from_slice(&crc.sum().to_be_bytes());
}

/// A whole file.
pub(crate) fn file(canvas: &Canvas) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = Vec::new();
    head.extend_from_slice(&(canvas.w as u32).to_be_bytes());
    head.extend_from_slice(&(canvas.h as u32).to_be_bytes());
    // Eight bits, RGB.
    head.extend_from_slice(&[8, 2, 0, 0, 0]);
    chunk(&mut file, *b"IHDR", &head);
    let mut rows = ZlibEncoder::new(Vec::new(), Compression::default());
    let written = (0..canvas.h).try_for_each(|y| {
        // Each row as the difference to the pixel on the left.
        let mut row = vec![1];
        let mut left = [0; 3];
        for x in 0..canvas.w {
            let pixel = canvas.bytes(x, y);
            row.extend((0..3).map(|i| pixel[i].wrapping_sub(left[i])));
            left = pixel;
        }
        rows.write_all(&row)
    });
    let rows = written.and_then(|()| rows.finish());
    // Nothing is written but memory.
    chunk(&mut file, *b"IDAT", &rows.unwrap_or_default());
    chunk(&mut file, *b"IEND", &[]);
    file
}
