//! Names that are safe on any disk, made of names that others chose.

/// Bytes of a name, its extension included: what encrypted file systems allow.
const BYTES: usize = 143;
/// Names that Windows keeps for itself.
const RESERVED: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
    "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

fn harmless(c: char) -> bool {
    let reorders =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    !c.is_control() && !reorders && !matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
}

fn extension_of(mime: &str) -> &'static str {
    match mime {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "image/gif" => "gif",
        "video/mp4" => "mp4",
        "video/webm" => "webm",
        "audio/ogg" => "ogg",
        "audio/mpeg" => "mp3",
        "application/pdf" => "pdf",
        "application/x-tgsticker" => "tgs",
        _ => "bin",
    }
}

fn cut(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// `{file id}_{original name}`, or `{file id}.{extension by type}`: without anything that leads elsewhere, hides its
/// kind, or is too long for a disk. The extension is kept.
pub fn safe_name(original: Option<&str>, mime: &str, file_id: i64) -> String {
    let clean: String = original
        .unwrap_or_default()
        .chars()
        .map(|c| if harmless(c) { c } else { '_' })
        .collect();
    let clean = clean.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if clean.chars().all(|c| c == '_') {
        return format!("{file_id}.{}", extension_of(mime));
    }
    let (stem, extension) = match clean.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= 16 && !extension.is_empty() => {
            (stem, format!(".{extension}"))
        }
        _ => (clean, String::new()),
    };
    let stem = if RESERVED.contains(&stem.to_ascii_lowercase().as_str()) {
        format!("_{stem}")
    } else {
        stem.to_owned()
    };
    let head = format!("{file_id}_");
    let room = BYTES.saturating_sub(head.len() + extension.len());
    format!("{head}{}{extension}", cut(&stem, room))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_lead_nowhere_and_keep_their_extension() {
        for (original, expected) in [
            (Some("../../etc/passwd"), "7__.._etc_passwd"),
            (Some("report.pdf"), "7_report.pdf"),
            (Some("a\u{202e}fdp.exe"), "7_a_fdp.exe"),
            (Some("CON.txt"), "7__CON.txt"),
            (Some("..."), "7.jpg"),
            (Some(""), "7.jpg"),
            (None, "7.jpg"),
            (Some("C:\\x\\y.doc"), "7_C__x_y.doc"),
        ] {
            assert_eq!(safe_name(original, "image/jpeg", 7), expected, "{original:?}");
        }
        let long = safe_name(Some(&format!("{}.jpeg", "ж".repeat(300))), "image/jpeg", 7);
        assert!(long.len() <= 143);
        assert_eq!(std::path::Path::new(&long).extension(), Some("jpeg".as_ref()));
    }

    proptest! {
        #[test]
        fn any_name_is_one_plain_component(original in "\\PC{0,200}", raw in prop::collection::vec(any::<char>(), 0..80)) {
            for name in [original, raw.into_iter().collect()] {
                let safe = safe_name(Some(&name), "x/y", i64::MIN);
                prop_assert!(safe.len() <= 143 && !safe.is_empty());
                prop_assert!(safe.chars().all(harmless));
                let path = std::path::Path::new(&safe);
                prop_assert_eq!(path.components().count(), 1);
                prop_assert!(matches!(path.components().next(), Some(std::path::Component::Normal(_))));
            }
        }
    }
}
