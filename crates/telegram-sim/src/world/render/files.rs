//! Photos, documents and the references that let them be fetched.

use grammers_tl_types::{enums, types};

use super::{LONG_AGO, zeroed};
use crate::world::World;
use crate::world::files::{Content, FileSpec, stripped_avatar};
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
        size: file.size() as i32,
    }
    .into()
}

/// The blurred preview that comes with the message.
fn stripped(file: FileSpec) -> Option<enums::PhotoSize> {
    let r#type = "i".to_owned();
    file.stripped()
        .map(|bytes| types::PhotoStrippedSize { r#type, bytes }.into())
}

/// The smaller picture, with the shape it has.
fn preview(file: FileSpec, w: i32, h: i32) -> enums::PhotoSize {
    let file = file.thumbnail();
    let (w, h) = match file.content {
        Content::Jpeg(picture) => {
            let (w, h) = picture.size();
            (w as i32, h as i32)
        }
        Content::Poster(asset) => {
            let (w, h) = asset.info().size;
            (320, 320 * h / w.max(1))
        }
        _ => (w, h),
    };
    size("m", w, h, file)
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
    let mut sizes: Vec<_> = stripped(file).into_iter().collect();
    sizes.push(preview(file, 320, 240));
    sizes.push(size("y", width, height, file));
    photo_of(world, viewer, file, LONG_AGO, sizes)
}

/// The avatar of a user or chat as a photo: `a` is the small one, `c` the big one.
pub fn avatar(world: &World, viewer: i64, id: i64) -> enums::Photo {
    let mut sizes = vec![
        size("a", 160, 160, FileSpec::avatar(id, false)),
        size("c", 640, 640, FileSpec::avatar(id, true)),
    ];
    let preview = stripped_avatar(id).map(|bytes| types::PhotoStrippedSize {
        r#type: "i".to_owned(),
        bytes,
    });
    sizes.extend(preview.map(enums::PhotoSize::from));
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
    let pictured = match file.content {
        Content::Noise { .. } => moving,
        Content::Asset(asset) => asset.info().poster.is_some(),
        _ => true,
    };
    let thumbs = || {
        stripped(file)
            .into_iter()
            .chain([preview(file, 320, 180)])
            .collect()
    };
    types::Document {
        id: file.id,
        access_hash: world.access_hash(viewer, file.id),
        file_reference: file_reference(world),
        date: LONG_AGO,
        mime_type: mime.to_owned(),
        size: file.size() as i64,
        thumbs: pictured.then(thumbs),
        video_thumbs: None,
        dc_id: file.dc,
        attributes: attributes(kind, name, file),
    }
    .into()
}

/// Length in seconds, width and height: those of a file of our own, else as they happen to be.
fn moves(file: FileSpec, round: bool) -> (f64, i32, i32) {
    match file.content {
        Content::Asset(asset) => {
            let info = asset.info();
            (info.seconds, info.size.0, info.size.1)
        }
        _ if round => (7.5, 384, 384),
        _ => (7.5, 640, 360),
    }
}

fn video(file: FileSpec, round: bool) -> enums::DocumentAttribute {
    let base: types::DocumentAttributeVideo = zeroed(&[]);
    let (duration, w, h) = moves(file, round);
    types::DocumentAttributeVideo {
        round_message: round,
        duration,
        w,
        h,
        supports_streaming: !round,
        ..base
    }
    .into()
}

fn audio(file: FileSpec, voice: bool) -> enums::DocumentAttribute {
    let own = match file.content {
        Content::Asset(asset) => Some(asset.info()),
        _ => None,
    };
    let (title, performer) = own.and_then(|info| info.music).unwrap_or(("A title", "Somebody"));
    let waveform = own.and_then(|info| info.waveform);
    types::DocumentAttributeAudio {
        voice,
        duration: own.map_or(12, |info| info.seconds as i32),
        title: (!voice).then(|| title.to_owned()),
        performer: (!voice).then(|| performer.to_owned()),
        waveform: voice.then(|| waveform.map_or_else(|| (0..63).collect(), <[u8]>::to_vec)),
    }
    .into()
}

fn sticker(file: FileSpec) -> Vec<enums::DocumentAttribute> {
    let alt = match file.content {
        Content::Asset(asset) => asset.info().emoji,
        _ => "\u{1f600}",
    };
    vec![
        types::DocumentAttributeImageSize { w: 512, h: 512 }.into(),
        types::DocumentAttributeSticker {
            mask: false,
            alt: alt.to_owned(),
            stickerset: enums::InputStickerSet::Empty,
            mask_coords: None,
        }
        .into(),
    ]
}

fn attributes(kind: DocumentKind, name: Option<&String>, file: FileSpec) -> Vec<enums::DocumentAttribute> {
    let mut all = match (kind, file.content) {
        (DocumentKind::Plain, Content::Png(picture) | Content::Jpeg(picture)) => {
            let (w, h) = picture.size();
            vec![
                types::DocumentAttributeImageSize {
                    w: w as i32,
                    h: h as i32,
                }
                .into(),
            ]
        }
        (DocumentKind::Plain, _) => vec![],
        (DocumentKind::Video, _) => vec![video(file, false)],
        (DocumentKind::Round, _) => vec![video(file, true)],
        (DocumentKind::Gif, _) => vec![video(file, false), enums::DocumentAttribute::Animated],
        (DocumentKind::Voice, _) => vec![audio(file, true)],
        (DocumentKind::Audio, _) => vec![audio(file, false)],
        (DocumentKind::Sticker | DocumentKind::AnimatedSticker, _) => sticker(file),
        (DocumentKind::VideoSticker, _) => {
            let mut all = sticker(file);
            all.push(video(file, false));
            all
        }
    };
    all.extend(name.map(|n| types::DocumentAttributeFilename { file_name: n.clone() }.into()));
    all
}
