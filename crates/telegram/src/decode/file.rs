//! Photos and documents as files.

use grammers_tl_types::{enums, types};
use model::{FileKind, FileLocation, FileRef, MessageKind};

/// A photo in its largest size; `None` for one that is gone.
pub(super) fn photo(photo: &enums::Photo) -> Option<FileRef> {
    let enums::Photo::Photo(photo) = photo else {
        return None;
    };
    let best = photo
        .sizes
        .iter()
        .filter_map(variant)
        .max_by_key(|v| (i64::from(v.width) * i64::from(v.height), v.size));
    let best = best?;
    Some(FileRef {
        location: FileLocation {
            kind: FileKind::Photo,
            file_id: photo.id,
            access_hash: photo.access_hash,
            file_reference: photo.file_reference.clone(),
            dc_id: photo.dc_id,
            thumb_size: best.letter.to_owned(),
        },
        size: Some(best.size),
        mime_type: "image/jpeg".to_owned(),
        width: Some(best.width),
        height: Some(best.height),
        stripped_thumb: stripped(Some(&photo.sizes)),
        ..FileRef::default()
    })
}

struct Variant<'a> {
    letter: &'a str,
    width: i32,
    height: i32,
    size: i64,
}

fn variant(size: &enums::PhotoSize) -> Option<Variant<'_>> {
    Some(match size {
        enums::PhotoSize::Size(s) => Variant {
            letter: &s.r#type,
            width: s.w,
            height: s.h,
            size: i64::from(s.size),
        },
        // The last step of a progressive JPEG is the whole file.
        enums::PhotoSize::Progressive(s) => Variant {
            letter: &s.r#type,
            width: s.w,
            height: s.h,
            size: s.sizes.iter().copied().max().map(i64::from)?,
        },
        enums::PhotoSize::PhotoCachedSize(s) => Variant {
            letter: &s.r#type,
            width: s.w,
            height: s.h,
            size: s.bytes.len() as i64,
        },
        _ => return None,
    })
}

fn stripped(sizes: Option<&Vec<enums::PhotoSize>>) -> Vec<u8> {
    sizes
        .and_then(|all| {
            all.iter().find_map(|s| match s {
                enums::PhotoSize::PhotoStrippedSize(s) => Some(s.bytes.clone()),
                _ => None,
            })
        })
        .unwrap_or_default()
}

/// A document, and what a reader would call it; `None` for one that is gone.
pub(super) fn document(document: &enums::Document) -> Option<(MessageKind, FileRef)> {
    let enums::Document::Document(document) = document else {
        return None;
    };
    let mut file = FileRef {
        location: FileLocation {
            kind: FileKind::Document,
            file_id: document.id,
            access_hash: document.access_hash,
            file_reference: document.file_reference.clone(),
            dc_id: document.dc_id,
            thumb_size: String::new(),
        },
        size: Some(document.size),
        mime_type: document.mime_type.clone(),
        stripped_thumb: stripped(document.thumbs.as_ref()),
        ..FileRef::default()
    };
    let mut traits = Traits::default();
    for attribute in &document.attributes {
        read_attribute(attribute, &mut file, &mut traits);
    }
    Some((traits.kind(), file))
}

#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an attribute of Telegram's documents"
)]
struct Traits {
    sticker: bool,
    animated: bool,
    video: bool,
    round: bool,
    audio: bool,
    voice: bool,
}

impl Traits {
    const fn kind(&self) -> MessageKind {
        if self.sticker {
            MessageKind::Sticker
        } else if self.animated {
            MessageKind::Animation
        } else if self.round {
            MessageKind::RoundVideo
        } else if self.video {
            MessageKind::Video
        } else if self.voice {
            MessageKind::Voice
        } else if self.audio {
            MessageKind::Audio
        } else {
            MessageKind::Document
        }
    }
}

fn read_attribute(attribute: &enums::DocumentAttribute, file: &mut FileRef, traits: &mut Traits) {
    use enums::DocumentAttribute as A;
    match attribute {
        A::ImageSize(a) => {
            file.width.get_or_insert(a.w);
            file.height.get_or_insert(a.h);
        }
        A::Animated => traits.animated = true,
        A::Sticker(a) => {
            traits.sticker = true;
            file.sticker_emoji = Some(a.alt.clone());
        }
        A::CustomEmoji(a) => {
            traits.sticker = true;
            file.sticker_emoji = Some(a.alt.clone());
        }
        A::Video(a) => {
            traits.video = true;
            traits.round |= a.round_message;
            (file.width, file.height) = (Some(a.w), Some(a.h));
            file.duration_ms = Some((a.duration * 1000.0).round() as i64);
        }
        A::Audio(a) => read_audio(a, file, traits),
        A::Filename(a) => file.file_name = Some(a.file_name.clone()),
        A::HasStickers => {}
    }
}

fn read_audio(audio: &types::DocumentAttributeAudio, file: &mut FileRef, traits: &mut Traits) {
    traits.audio = true;
    traits.voice = audio.voice;
    file.duration_ms = Some(i64::from(audio.duration) * 1000);
    file.title.clone_from(&audio.title);
    file.performer.clone_from(&audio.performer);
    file.waveform = audio.waveform.clone().unwrap_or_default();
}
