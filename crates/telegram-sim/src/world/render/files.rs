//! Photos, documents and the references that let them be fetched.

use grammers_tl_types::{enums, types};

use super::{LONG_AGO, zeroed};
use crate::world::World;
use crate::world::files::FileSpec;
use crate::world::post::DocumentKind;

fn file_reference(world: &World) -> Vec<u8> {
    let mut reference = world.reference_generation.to_be_bytes().to_vec();
    reference.extend_from_slice(b"reference");
    reference
}

fn size(letter: &str, w: i32, h: i32, file: FileSpec) -> enums::PhotoSize {
    types::PhotoSize {
        r#type: letter.to_owned(),
        w,
        h,
        size: file.size as i32,
    }
    .into()
}

/// A blurred preview that comes with the message.
fn stripped() -> enums::PhotoSize {
    types::PhotoStrippedSize {
        r#type: "i".to_owned(),
        bytes: vec![1, 40, 30, 0],
    }
    .into()
}

fn photo_of(
    world: &World,
    viewer: i64,
    file: FileSpec,
    date: i32,
    sizes: Vec<enums::PhotoSize>,
) -> enums::Photo {
    types::Photo {
        has_stickers: false,
        id: file.id,
        access_hash: world.access_hash(viewer, file.id),
        file_reference: file_reference(world),
        date,
        sizes,
        video_sizes: None,
        dc_id: file.dc,
    }
    .into()
}

/// A photo of a message: the whole file is size `y`, `m` is smaller.
pub(super) fn photo(world: &World, viewer: i64, file: FileSpec, width: i32, height: i32) -> enums::Photo {
    let sizes = vec![
        stripped(),
        size("m", 320, 240, file.thumbnail()),
        size("y", width, height, file),
    ];
    photo_of(world, viewer, file, LONG_AGO, sizes)
}

/// The avatar of a user or chat as a photo: `a` is the small one, `c` the big one.
pub fn avatar(world: &World, viewer: i64, id: i64) -> enums::Photo {
    let sizes = vec![
        size("a", 160, 160, FileSpec::avatar(id, false)),
        size("c", 640, 640, FileSpec::avatar(id, true)),
    ];
    photo_of(world, viewer, FileSpec::avatar(id, true), LONG_AGO, sizes)
}

/// A document; videos and animations have a preview.
pub(super) fn document(
    world: &World,
    viewer: i64,
    file: FileSpec,
    mime: &str,
    name: Option<&String>,
    kind: DocumentKind,
) -> enums::Document {
    let moving = matches!(
        kind,
        DocumentKind::Video | DocumentKind::Round | DocumentKind::Gif
    );
    types::Document {
        id: file.id,
        access_hash: world.access_hash(viewer, file.id),
        file_reference: file_reference(world),
        date: LONG_AGO,
        mime_type: mime.to_owned(),
        size: file.size as i64,
        thumbs: moving.then(|| vec![stripped(), size("m", 320, 180, file.thumbnail())]),
        video_thumbs: None,
        dc_id: file.dc,
        attributes: attributes(kind, name),
    }
    .into()
}

fn video(round: bool) -> enums::DocumentAttribute {
    let base: types::DocumentAttributeVideo = zeroed(&[]);
    types::DocumentAttributeVideo {
        round_message: round,
        duration: 7.5,
        w: if round { 384 } else { 640 },
        h: if round { 384 } else { 360 },
        supports_streaming: !round,
        ..base
    }
    .into()
}

fn audio(voice: bool) -> enums::DocumentAttribute {
    types::DocumentAttributeAudio {
        voice,
        duration: 12,
        title: (!voice).then(|| "A title".to_owned()),
        performer: (!voice).then(|| "Somebody".to_owned()),
        waveform: voice.then(|| (0..63).collect()),
    }
    .into()
}

fn sticker() -> Vec<enums::DocumentAttribute> {
    vec![
        types::DocumentAttributeImageSize { w: 512, h: 512 }.into(),
        types::DocumentAttributeSticker {
            mask: false,
            alt: "\u{1f600}".to_owned(),
            stickerset: enums::InputStickerSet::Empty,
            mask_coords: None,
        }
        .into(),
    ]
}

fn attributes(kind: DocumentKind, name: Option<&String>) -> Vec<enums::DocumentAttribute> {
    let mut all = match kind {
        DocumentKind::Plain => vec![],
        DocumentKind::Video => vec![video(false)],
        DocumentKind::Round => vec![video(true)],
        DocumentKind::Gif => vec![video(false), enums::DocumentAttribute::Animated],
        DocumentKind::Voice => vec![audio(true)],
        DocumentKind::Audio => vec![audio(false)],
        DocumentKind::Sticker | DocumentKind::AnimatedSticker => sticker(),
        DocumentKind::VideoSticker => {
            let mut all = sticker();
            all.push(video(false));
            all
        }
    };
    all.extend(name.map(|n| types::DocumentAttributeFilename { file_name: n.clone() }.into()));
    all
}
