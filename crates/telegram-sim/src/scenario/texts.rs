//! Words in several scripts, by number.

const WORDS: [&[&str]; 6] = [
    &[
        "river", "lantern", "quiet", "window", "morning", "paper", "garden", "signal", "bridge", "copper",
        "winter", "sparrow",
    ],
    &[
        "река",
        "фонарь",
        "тихо",
        "окно",
        "утро",
        "бумага",
        "сад",
        "сигнал",
        "мост",
        "зима",
    ],
    &[
        "río", "farol", "ventana", "mañana", "papel", "jardín", "puente", "invierno", "canción",
    ],
    &["نهر", "فانوس", "نافذة", "صباح", "ورق", "حديقة", "جسر", "شتاء"],
    &["河流", "灯笼", "安静", "窗户", "早晨", "花园", "桥", "冬天"],
    &["🌊", "🏮", "river 🌉", "👩‍👩‍👧", "ok 👍🏽", "🇪🇸"],
];

/// splitmix64.
pub(super) fn mix(seed: u64, n: u64) -> u64 {
    let mut z = seed
        .wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A text of about `words` words.
pub(super) fn text(seed: u64, n: u64, words: u64) -> String {
    let script = WORDS[(mix(seed, n ^ 0xabcd) % WORDS.len() as u64) as usize];
    let count = 1 + mix(seed, n ^ 0x1234) % words.max(1);
    let mut text = format!("{n}:");
    for w in 0..count {
        text.push(' ');
        text.push_str(script[(mix(seed, n.wrapping_mul(64).wrapping_add(w)) % script.len() as u64) as usize]);
    }
    text
}
