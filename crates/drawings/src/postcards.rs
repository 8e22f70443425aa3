//! Landscapes, streets and things on a table.

use crate::canvas::{Canvas, Colour, mix, rgb};
use crate::random;

/// Skies from the top down, with the colour of the far haze last: morning, noon, evening, dusk, storm.
const SKIES: [[u32; 3]; 6] = [
    [0x5b_8fd6, 0xa9_cdf0, 0xfb_e3c4],
    [0x3f_86d8, 0x8f_c3f2, 0xe6_f3fb],
    [0x4a_4e8f, 0xd9_7f7a, 0xfc_c98b],
    [0x2b_2d5b, 0x8a_5a8f, 0xf2_a27b],
    [0x6c_8ca8, 0xa9_bccb, 0xe3_e6e4],
    [0x2f_7fb0, 0x7f_cfd0, 0xfd_f0cf],
];

struct Light {
    sky: [Colour; 3],
    haze: Colour,
}

fn light(canvas: &mut Canvas, seed: u64) -> Light {
    let sky = SKIES[(random(seed, 1) * SKIES.len() as f32) as usize].map(rgb);
    canvas.sky(&sky);
    let (x, y) = (
        canvas.width() * (0.15 + 0.7 * random(seed, 2)),
        0.16 + 0.22 * random(seed, 3),
    );
    let sun = mix(rgb(0x00ff_f6d8), sky[2], 0.25);
    canvas.glow(x, y, 0.7, sun, 0.75);
    canvas.disc(x, y, 0.05 + 0.03 * random(seed, 4), rgb(0x00ff_fae8));
    clouds(canvas, seed, 3);
    Light { sky, haze: sky[2] }
}

fn clouds(canvas: &mut Canvas, seed: u64, count: u64) {
    for n in 0..count {
        let r = |k: u64| random(seed ^ 0xc1, n * 8 + k);
        let (x, y, size) = (canvas.width() * r(0), 0.06 + 0.26 * r(1), 0.03 + 0.03 * r(2));
        for (dx, dy, part) in [
            (-1.6, 0.25, 0.8),
            (0.0, 0.0, 1.3),
            (1.5, 0.2, 0.9),
            (2.8, 0.4, 0.5),
        ] {
            let at = (x + dx * size, y + dy * size);
            canvas.ellipse(at, (size * part * 1.5, size * part * 0.7), 0.0, rgb(0x00f7_f5f2));
        }
    }
}

fn finish(canvas: &mut Canvas, seed: u64) {
    canvas.grain(seed, 0.02);
}

pub(crate) fn mountains(canvas: &mut Canvas, seed: u64) {
    let light = light(canvas, seed);
    let near = [0x2f_5d50, 0x3b_6a3f, 0x4a_5f7a, 0x5c_4a63][(random(seed, 5) * 4.0) as usize];
    canvas.peaks(
        seed + 1,
        0.72,
        0.52,
        0.16,
        mix(rgb(0x0056_6a86), light.haze, 0.35),
    );
    for layer in 0..4_u64 {
        let part = 1.0 - layer as f32 / 4.0;
        let colour = mix(rgb(near), light.haze, part * 0.65);
        canvas.hills(
            seed * 7 + layer,
            0.74 + 0.09 * layer as f32,
            0.26,
            0.55 - 0.1 * layer as f32,
            colour,
        );
    }
    for n in 0..26 {
        let r = |k: u64| random(seed ^ 0x7ee, n * 4 + k);
        let (x, y, size) = (canvas.width() * r(0), 0.84 + 0.1 * r(1), 0.05 + 0.07 * r(2));
        canvas.tree(
            (x, y - size),
            size * 0.32,
            size * 1.1,
            mix(rgb(near), rgb(0x0010_241c), 0.55 + 0.3 * r(3)),
        );
    }
    finish(canvas, seed);
}

pub(crate) fn sea(canvas: &mut Canvas, seed: u64) {
    let light = light(canvas, seed ^ 0x5ea);
    let horizon = 0.52 + 0.1 * random(seed, 6);
    canvas.hills(
        seed + 3,
        horizon,
        0.1,
        0.4,
        mix(rgb(0x0046_6080), light.haze, 0.5),
    );
    let (w, water) = (canvas.width(), mix(light.sky[0], rgb(0x0014_5a74), 0.6));
    let rows = 40_u16;
    for row in 0..rows {
        let part = f32::from(row) / f32::from(rows);
        let y = horizon + (1.0 - horizon) * part;
        canvas.rect([0.0, y, w, 0.03], mix(mix(water, light.haze, 0.55), water, part));
    }
    for n in 0..90 {
        let r = |k: u64| random(seed ^ 0xa7e, n * 4 + k);
        let depth = r(1) * r(1);
        let y = horizon + 0.01 + (0.98 - horizon) * depth;
        let (long, thick) = (0.02 + 0.1 * depth * r(2), 0.001 + 0.004 * depth);
        canvas.ellipse(
            (w * r(0), y),
            (long, thick),
            0.0,
            mix(water, rgb(0x00ff_f8ea), 0.45),
        );
    }
    for n in 0..=(random(seed, 8) * 3.0) as u64 {
        let r = |k: u64| random(seed ^ 0xb0a7, n * 8 + k);
        boat(
            canvas,
            w * (0.15 + 0.7 * r(0)),
            horizon + 0.05 + 0.25 * r(1),
            0.05 + 0.07 * r(2),
            r(3),
        );
    }
    finish(canvas, seed);
}

fn boat(canvas: &mut Canvas, x: f32, y: f32, size: f32, colour: f32) {
    let hull = rgb([0x00b2_3a48, 0x002d_4a7c, 0x00e8_e4da, 0x003a_6b50][(colour * 4.0) as usize]);
    canvas.shape([x - size, y, x + size, y + size * 0.4], hull, 1.0, |px, py| {
        let down = py - y;
        ((px - x).abs() - size + down * 0.9)
            .max(-down)
            .max(down - size * 0.38)
    });
    canvas.rect(
        [x - size * 0.02, y - size * 1.5, size * 0.05, size * 1.5],
        rgb(0x006b_4b35),
    );
    let sail = rgb(0x00fb_f6ea);
    canvas.shape([x, y - size * 1.45, x + size, y], sail, 1.0, |px, py| {
        let part = (py - y + size * 1.45) / (size * 1.35);
        (px - x - size * 0.85 * part)
            .max(x + size * 0.05 - px)
            .max(py - y + size * 0.12)
    });
}

pub(crate) fn town(canvas: &mut Canvas, seed: u64) {
    let light = light(canvas, seed ^ 0x7071);
    canvas.hills(seed + 5, 0.7, 0.2, 0.5, mix(rgb(0x005d_7a6a), light.haze, 0.55));
    for row in 0..3_u64 {
        houses(canvas, seed * 11 + row, row, 0.62 + 0.14 * row as f32, &light);
    }
    canvas.rect([0.0, 0.94, canvas.width(), 0.06], rgb(0x00c9_b79c));
    finish(canvas, seed);
}

fn houses(canvas: &mut Canvas, seed: u64, row: u64, ground: f32, light: &Light) {
    const WALLS: [u32; 7] = [
        0xe9_d8b4, 0xd9_8f6a, 0xf0_e3d0, 0xc9_6f5a, 0xa9_c0bd, 0xe6_b85c, 0xd7_a9a0,
    ];
    let far = (2 - row.min(2)) as f32 / 2.0;
    let size = 0.1 + 0.05 * row as f32;
    let (mut x, mut n) = (-0.05, 0_u64);
    while x < canvas.width() {
        let r = |k: u64| random(seed, n * 32 + k);
        let (w, h) = (size * (0.8 + 0.7 * r(0)), size * (1.0 + 1.6 * r(1)));
        let wall = mix(rgb(WALLS[(r(2) * 7.0) as usize]), light.haze, far * 0.5);
        let roof = mix(
            rgb([0xa2_4b3a, 0x7d_3f35, 0x5a_5f6b][(r(3) * 3.0) as usize]),
            light.haze,
            far * 0.5,
        );
        canvas.rect([x, ground - h, w, h + 0.4], wall);
        canvas.tree(
            (x + w / 2.0, ground - h - size * 0.45),
            w * 0.56,
            size * 0.46,
            roof,
        );
        let (columns, rows) = ((w / (size * 0.34)) as u64, (h / (size * 0.42)) as u64);
        for c in 0..columns {
            for v in 0..rows {
                let lit = r(8 + (c * 5 + v) % 20) > 0.72;
                let pane = if lit {
                    rgb(0x00ff_e08a)
                } else {
                    mix(rgb(0x0038_4a5c), wall, 0.2)
                };
                let left = x + w * (c as f32 + 0.3) / columns as f32;
                let top = ground - h + size * (0.12 + 0.42 * v as f32);
                canvas.rect([left, top, size * 0.13, size * 0.2], pane);
            }
        }
        x += w * (1.0 + 0.08 * r(4));
        n += 1;
    }
}

pub(crate) fn night(canvas: &mut Canvas, seed: u64) {
    let sky = [0x0b_1030, 0x1f_2a5c, 0x4a_4378].map(rgb);
    canvas.sky(&sky);
    let w = canvas.width();
    for n in 0..140 {
        let r = |k: u64| random(seed ^ 0x57a2, n * 4 + k);
        canvas.disc(
            w * r(0),
            0.75 * r(1),
            0.001 + 0.0025 * r(2) * r(2),
            rgb(0x00ff_fbe6),
        );
    }
    let (x, y) = (w * (0.2 + 0.6 * random(seed, 2)), 0.2 + 0.12 * random(seed, 3));
    canvas.glow(x, y, 0.5, rgb(0x00c9_d4ff), 0.5);
    canvas.shape(
        [x - 0.08, y - 0.08, x + 0.08, y + 0.08],
        rgb(0x00fd_f6dc),
        1.0,
        |px, py| {
            let moon = (px - x).hypot(py - y) - 0.075;
            moon.max(0.066 - (px - x - 0.03).hypot(py - y + 0.015))
        },
    );
    canvas.hills(seed + 2, 0.86, 0.24, 0.5, rgb(0x0016_1b3d));
    let (mut at, mut n) = (0.0, 0);
    while at < w {
        let r = |k: u64| random(seed ^ 0x70e2, n * 64 + k);
        let (wide, tall) = (0.05 + 0.09 * r(0), 0.12 + 0.34 * r(1));
        canvas.rect(
            [at, 0.98 - tall, wide, tall + 0.1],
            mix(rgb(0x0010_1430), rgb(0x002a_2d55), r(2)),
        );
        for k in 0..36 {
            if r(10 + k) > 0.55 {
                let (c, v) = ((k % 4) as f32, (k / 4) as f32);
                let pane = [
                    at + wide * (0.14 + 0.2 * c),
                    1.0 - tall + 0.035 * v,
                    wide * 0.1,
                    0.018,
                ];
                if pane[1] < 0.97 {
                    canvas.rect(pane, mix(rgb(0x00ff_d479), rgb(0x00ff_f2c2), r(50 + k % 10)));
                }
            }
        }
        at += wide + 0.01;
        n += 1;
    }
    finish(canvas, seed);
}

pub(crate) fn forest(canvas: &mut Canvas, seed: u64) {
    let light = light(canvas, seed ^ 0xf02e);
    let w = canvas.width();
    let leaf = [
        [0x3f_7d4a, 0x1e_4a33],
        [0xc9_7a2b, 0x7a_3b1e],
        [0x6a_9a3a, 0x2f_5a2a],
    ];
    let [bright, dark] = leaf[(random(seed, 7) * 3.0) as usize].map(rgb);
    for layer in 0..4_u64 {
        let part = layer as f32 / 3.0;
        let ground = 0.6 + 0.12 * layer as f32;
        let colour = mix(mix(bright, light.haze, 0.7), dark, part);
        canvas.hills(
            seed + layer,
            ground + 0.05,
            0.07,
            0.2,
            mix(colour, rgb(0x00e5_dca0), 0.25),
        );
        for n in 0..(26 - layer * 4) {
            let r = |k: u64| random(seed ^ (0xf0 + layer), n * 4 + k);
            let size = (0.12 + 0.1 * part) * (0.8 + 0.6 * r(2));
            let (x, y) = (w * r(0), ground - size * 0.9 + 0.05 * r(1));
            let shade = mix(colour, bright, 0.25 * r(3));
            canvas.rect([x - 0.006, y + size * 0.8, 0.012, size * 0.4], rgb(0x0052_3b2a));
            if r(3) > 0.4 {
                for step in 0..3_u16 {
                    let down = size * 0.26 * f32::from(step);
                    canvas.tree(
                        (x, y + down),
                        size * (0.2 + 0.07 * f32::from(step)),
                        size * 0.48,
                        shade,
                    );
                }
            } else {
                canvas.ellipse((x, y + size * 0.45), (size * 0.34, size * 0.45), 0.0, shade);
            }
        }
    }
    finish(canvas, seed);
}

pub(crate) fn snow(canvas: &mut Canvas, seed: u64) {
    canvas.sky(&[rgb(0x0086_a5c9), rgb(0x00c3_d5e8), rgb(0x00f1_ece6)]);
    let w = canvas.width();
    canvas.peaks(seed + 4, 0.7, 0.5, 0.3, rgb(0x008d_a1ba));
    for layer in 0..3_u64 {
        let part = layer as f32 / 2.0;
        let white = mix(rgb(0x00cf_dcea), rgb(0x00fb_fcfd), part);
        canvas.hills(seed * 3 + layer, 0.76 + 0.1 * layer as f32, 0.16, 0.15, white);
        for n in 0..9 {
            let r = |k: u64| random(seed ^ (0x5a0 + layer), n * 4 + k);
            let size = 0.08 + 0.07 * part + 0.03 * r(1);
            let (x, y) = (w * r(0), 0.7 + 0.11 * layer as f32 - size + 0.05 * r(2));
            for step in 0..3_u16 {
                let down = size * 0.28 * f32::from(step);
                let half = size * (0.16 + 0.07 * f32::from(step));
                canvas.tree((x, y + down), half, size * 0.46, rgb(0x0033_5449));
                canvas.tree((x, y + down), half * 0.55, size * 0.2, rgb(0x00f6_f9fc));
            }
        }
    }
    if random(seed, 9) > 0.4 {
        let x = w * (0.2 + 0.6 * random(seed, 10));
        canvas.rect([x, 0.78, 0.22, 0.13], rgb(0x007a_4a33));
        canvas.tree((x + 0.11, 0.68), 0.16, 0.12, rgb(0x00fa_fbfd));
        canvas.rect([x + 0.04, 0.82, 0.04, 0.05], rgb(0x00ff_d98a));
        canvas.rect([x + 0.13, 0.82, 0.04, 0.09], rgb(0x004a_2c20));
    }
    for n in 0..120 {
        let r = |k: u64| random(seed ^ 0xf1a6, n * 4 + k);
        canvas.disc(w * r(0), r(1), 0.002 + 0.004 * r(2) * r(2), rgb(0x00ff_ffff));
    }
    finish(canvas, seed);
}

pub(crate) fn bread(canvas: &mut Canvas, seed: u64) {
    let wall = [0xe8_dcc6, 0xcf_ddd6, 0xf0_d9c0, 0xd8_d2e0][(random(seed, 1) * 4.0) as usize];
    canvas.sky(&[mix(rgb(wall), rgb(0x00ff_ffff), 0.35), rgb(wall)]);
    let w = canvas.width();
    canvas.glow(w * random(seed, 2), 0.1, 0.9, rgb(0x00ff_f8e0), 0.6);
    canvas.rect([0.0, 0.62, w, 0.38], rgb(0x009a_6a43));
    for n in 0..7_u16 {
        canvas.rect([0.0, 0.62 + 0.055 * f32::from(n), w, 0.004], rgb(0x007f_5433));
    }
    let loaves = 3 + (random(seed, 3) * 3.0) as u64;
    for n in 0..loaves {
        let r = |k: u64| random(seed ^ 0x10af, n * 8 + k);
        let x = w * (n as f32 + 0.5) / loaves as f32 + 0.03 * (r(0) - 0.5);
        let (a, b) = (w / loaves as f32 * (0.36 + 0.12 * r(1)), 0.1 + 0.06 * r(2));
        let y = 0.66 + 0.14 * r(3);
        loaf(canvas, (x, y), (a, b), (r(4) - 0.5) * 0.3, r(5));
    }
    finish(canvas, seed);
}

fn loaf(canvas: &mut Canvas, (x, y): (f32, f32), (a, b): (f32, f32), angle: f32, baked: f32) {
    let crust = mix(rgb(0x00d9_9a4e), rgb(0x0095_5524), baked);
    canvas.ellipse(
        (x + 0.01, y + b * 0.75),
        (a * 1.02, b * 0.4),
        angle,
        rgb(0x005f_3d24),
    );
    canvas.ellipse((x, y), (a, b), angle, mix(crust, rgb(0x003a_2010), 0.35));
    canvas.ellipse((x, y - b * 0.08), (a * 0.96, b * 0.9), angle, crust);
    canvas.ellipse(
        (x - a * 0.1, y - b * 0.35),
        (a * 0.7, b * 0.4),
        angle,
        mix(crust, rgb(0x00ff_dfa8), 0.4),
    );
    for cut in 0..4_u16 {
        let along = (f32::from(cut) - 1.5) * a * 0.38;
        let at = (x + along * angle.cos(), y - b * 0.2 + along * angle.sin());
        canvas.ellipse(at, (b * 0.5, b * 0.09), angle - 1.0, rgb(0x00fb_ebcb));
    }
}

pub(crate) fn flowers(canvas: &mut Canvas, seed: u64) {
    const PETALS: [u32; 6] = [0xe8_4a5f, 0xf7_b32b, 0xf4_f1de, 0x8e_6cc9, 0xff_8fa3, 0x5f_a8e8];
    let light = light(canvas, seed ^ 0xf10e);
    let w = canvas.width();
    canvas.hills(seed + 1, 0.6, 0.2, 0.3, mix(rgb(0x006a_9a6a), light.haze, 0.5));
    canvas.hills(seed + 2, 0.68, 0.1, 0.1, rgb(0x0079_a653));
    for n in 0..70 {
        let r = |k: u64| random(seed ^ 0xf70e, n * 8 + k);
        let depth = n as f32 / 70.0;
        let (x, y, size) = (w * r(0), 0.68 + 0.3 * depth, 0.012 + 0.05 * depth * depth);
        canvas.rect([x - size * 0.08, y, size * 0.16, size * 3.0], rgb(0x003f_7038));
        let petal = rgb(PETALS[(r(1) * 6.0) as usize]);
        for p in 0..6_u16 {
            let angle = f32::from(p) * std::f32::consts::PI / 3.0 + r(2);
            let at = (x + angle.cos() * size * 0.7, y + angle.sin() * size * 0.6);
            canvas.ellipse(
                at,
                (size * 0.6, size * 0.36),
                angle,
                mix(petal, rgb(0x00ff_ffff), 0.12 * r(3)),
            );
        }
        canvas.disc(x, y, size * 0.32, rgb(0x00ff_d23f));
    }
    finish(canvas, seed);
}
