//! People, as simple as a paper cut.

use std::f32::consts::PI;

use crate::canvas::{Canvas, Colour, mix, rgb};
use crate::random;

const BACKGROUNDS: [[u32; 2]; 8] = [
    [0x7f_c8f8, 0x2e_6fb7],
    [0xff_d6a5, 0xf4_845f],
    [0xc7_f0bd, 0x3a_8f6b],
    [0xe2_c6f5, 0x7a_55b5],
    [0xff_e8a3, 0xe0_a52e],
    [0xf8_c8dc, 0xc2_5b82],
    [0xb8_e6e1, 0x2f_8f8b],
    [0xd6_d9e0, 0x5f_6b80],
];
const SKINS: [u32; 6] = [0xf6_d3b8, 0xe8_b48c, 0xc9_8d62, 0xa3_6a43, 0x7a_4b2e, 0xf1_c27d];
const HAIRS: [u32; 7] = [
    0x2a_1d17, 0x5a_3621, 0x9a_5f2c, 0xd9_a752, 0xb3_3f28, 0x8f_8f93, 0x1b_1b24,
];
const SHIRTS: [u32; 8] = [
    0x2d_4a7c, 0xb2_3a48, 0x3a_6b50, 0xf0_e9dc, 0x55_4a8a, 0xe0_8a3c, 0x33_3a44, 0x4f_9aa8,
];

fn pick(from: &[u32], part: f32) -> Colour {
    rgb(from[((part * from.len() as f32) as usize).min(from.len() - 1)])
}

pub(crate) fn portrait(canvas: &mut Canvas, seed: u64) {
    let r = |k: u64| random(seed ^ 0xface, k);
    canvas.sky(&BACKGROUNDS[(r(0) * 8.0) as usize].map(rgb));
    canvas.glow(0.3, 0.2, 0.8, rgb(0x00ff_ffff), 0.35);
    let (skin, hair, shirt) = (pick(&SKINS, r(1)), pick(&HAIRS, r(2)), pick(&SHIRTS, r(3)));
    let long = r(4) > 0.55;
    if long {
        canvas.ellipse((0.5, 0.5), (0.27, 0.34), 0.0, mix(hair, rgb(0), 0.12));
    }
    canvas.ellipse((0.5, 1.08), (0.4, 0.34), 0.0, shirt);
    canvas.rect([0.43, 0.6, 0.14, 0.2], mix(skin, rgb(0x0060_3020), 0.18));
    canvas.ellipse((0.5, 0.79), (0.11, 0.06), 0.0, mix(skin, rgb(0x0060_3020), 0.1));
    canvas.ellipse((0.5, 0.47), (0.19, 0.235), 0.0, skin);
    for side in [-1.0, 1.0] {
        canvas.disc(0.5 + side * 0.19, 0.49, 0.035, skin);
        canvas.disc(0.5 + side * 0.075, 0.46, 0.019, rgb(0x002a_2320));
        canvas.ellipse((0.5 + side * 0.075, 0.415), (0.038, 0.009), side * 0.12, hair);
        canvas.disc(0.5 + side * 0.11, 0.54, 0.035, mix(skin, rgb(0x00e0_6a5a), 0.3));
    }
    canvas.ellipse(
        (0.5, 0.52),
        (0.018, 0.026),
        0.0,
        mix(skin, rgb(0x0080_4030), 0.25),
    );
    smile(canvas, 0.05 + 0.02 * r(5));
    crown(canvas, hair, r(6));
    if r(7) > 0.72 {
        glasses(canvas);
    }
    if !long && r(8) > 0.7 {
        canvas.shape([0.3, 0.55, 0.7, 0.74], hair, 1.0, |x, y| {
            let outer = ((x - 0.5) / 0.19).hypot((y - 0.48) / 0.25) - 1.0;
            (outer * 0.19).max(0.585 - y)
        });
        smile(canvas, 0.045);
    }
}

fn smile(canvas: &mut Canvas, size: f32) {
    canvas.shape([0.4, 0.55, 0.6, 0.7], rgb(0x00a8_3d3d), 1.0, |x, y| {
        let (dx, dy) = (x - 0.5, y - 0.585);
        (dx.hypot(dy) - size).max(-dy)
    });
}

/// The hair on top: a cap, cut by a line that differs.
fn crown(canvas: &mut Canvas, hair: Colour, style: f32) {
    let slant = (style - 0.5) * 0.5;
    canvas.shape([0.27, 0.18, 0.73, 0.52], hair, 1.0, |x, y| {
        let cap = ((x - 0.5) / 0.215).hypot((y - 0.44) / 0.245) - 1.0;
        let line = 0.34 + slant * (x - 0.5) + 0.02 * ((x - 0.5) * PI * 6.0).cos();
        (cap * 0.2).max(y - line)
    });
    if style > 0.8 {
        canvas.disc(0.5, 0.19, 0.075, hair);
    }
}

fn glasses(canvas: &mut Canvas) {
    let frame = rgb(0x0023_2329);
    for side in [-1.0, 1.0] {
        let x = 0.5 + side * 0.078;
        canvas.shape([x - 0.07, 0.39, x + 0.07, 0.53], frame, 1.0, |px, py| {
            ((px - x).hypot(py - 0.46) - 0.055).abs() - 0.006
        });
    }
    canvas.rect([0.475, 0.455, 0.05, 0.009], frame);
}
