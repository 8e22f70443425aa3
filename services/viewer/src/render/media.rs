//! Files beside messages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::{AccountId, ChatId, FileRef, MessageId};
use store::MediaJob;

use crate::dto::media::{Media, MediaState, SkipReason};
use crate::media::is_inline;

/// What Telegram leaves out of its tiny pictures: the head of a JPEG file, the same for all.
const HEAD: &[u8] = include_bytes!("stripped.head");
/// Where height and width belong in it.
const SIZES: [usize; 2] = [164, 166];
const END: [u8; 2] = [0xff, 0xd9];

/// A tiny picture as a `data:` URL.
pub(crate) fn thumb(stripped: &[u8]) -> Option<String> {
    let [1, height, width, rest @ ..] = stripped else {
        return None;
    };
    let mut jpeg = HEAD.to_vec();
    jpeg[SIZES[0]] = *height;
    jpeg[SIZES[1]] = *width;
    jpeg.extend_from_slice(rest);
    jpeg.extend_from_slice(&END);
    Some(format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg)))
}

/// Samples of five bits each.
pub(crate) fn waveform(packed: &[u8]) -> Vec<u8> {
    let bits = |at: usize| u16::from(packed.get(at).copied().unwrap_or_default());
    (0..packed.len() * 8 / 5)
        .map(|n| {
            let (byte, shift) = (n * 5 / 8, n * 5 % 8);
            (((bits(byte) | bits(byte + 1) << 8) >> shift) & 31) as u8
        })
        .collect()
}

/// The row of a file among those of its message, with its number there: numbers never change, for rows are only added.
pub(crate) fn file_of<'r>(rows: &'r [&MediaJob], file: &FileRef) -> Option<(u32, &'r MediaJob)> {
    let same = |row: &MediaJob| {
        (row.file.location.kind, row.file.location.file_id) == (file.location.kind, file.location.file_id)
    };
    rows.iter()
        .enumerate()
        .find(|(_, row)| same(row))
        .map(|(n, row)| (n as u32, *row))
}

/// A file of a version of a message.
pub(crate) fn media(
    account: AccountId,
    (chat, id): (ChatId, MessageId),
    rows: &[&MediaJob],
    file: &FileRef,
) -> Media {
    let found = file_of(rows, file);
    let (state, reason) = match found.map(|(_, row)| (row.state, row.skipped)) {
        Some((model::MediaState::Stored, _)) => (MediaState::Stored, None),
        Some((model::MediaState::Wanted, _)) => (MediaState::Wanted, None),
        Some((model::MediaState::Skipped, reason)) => (MediaState::Skipped, reason.map(skip_reason)),
        // Its content was taken away, and what was wanted with it.
        None => (MediaState::Skipped, Some(SkipReason::Unavailable)),
    };
    let n = found.map_or(0, |(n, _)| n);
    let stored = state == MediaState::Stored;
    let size = found
        .and_then(|(_, row)| row.stored.as_ref())
        .map(|s| s.size)
        .or(file.size);
    Media {
        n,
        url: stored.then(|| format!("/api/v1/accounts/{account}/chats/{chat}/messages/{id}/media/{n}")),
        state,
        reason,
        mime: file.mime_type.clone(),
        inline: is_inline(&file.mime_type),
        name: file.file_name.clone(),
        size,
        width: file.width,
        height: file.height,
        duration_ms: file.duration_ms,
        title: file.title.clone(),
        performer: file.performer.clone(),
        waveform: waveform(&file.waveform),
        emoji: file.sticker_emoji.clone(),
        thumb: thumb(&file.stripped_thumb),
        spoiler: file.spoiler,
    }
}

const fn skip_reason(reason: model::SkipReason) -> SkipReason {
    match reason {
        model::SkipReason::Disabled => SkipReason::Disabled,
        model::SkipReason::TooLarge => SkipReason::TooLarge,
        model::SkipReason::MessageDeleted => SkipReason::MessageDeleted,
        model::SkipReason::AccessLost => SkipReason::AccessLost,
        model::SkipReason::Unavailable => SkipReason::Unavailable,
        model::SkipReason::SelfDestructing => SkipReason::SelfDestructing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waveforms_are_unpacked_from_the_lowest_bit() {
        // 1, 2, 31, 0, 5, 30, 7, 16 as five bits each.
        let samples = [1u64, 2, 31, 0, 5, 30, 7, 16];
        let packed = samples
            .iter()
            .enumerate()
            .fold(0u64, |all, (n, s)| all | s << (5 * n));
        assert_eq!(waveform(&packed.to_le_bytes()[..5]), samples.map(|s| s as u8));
        assert!(waveform(&[]).is_empty());
    }

    #[test]
    fn a_tiny_picture_gets_its_head_back() {
        let url = thumb(&[1, 30, 40, 9, 9]).unwrap();
        let jpeg = STANDARD
            .decode(url.strip_prefix("data:image/jpeg;base64,").unwrap())
            .unwrap();
        assert_eq!(
            (&jpeg[..3], jpeg[164], jpeg[166]),
            (&[0xff, 0xd8, 0xff][..], 30, 40)
        );
        assert_eq!(jpeg[HEAD.len()..], [9, 9, 0xff, 0xd9]);
        assert_eq!(thumb(&[0, 1, 2, 3]), None);
        assert_eq!(thumb(&[]), None);
    }
}
