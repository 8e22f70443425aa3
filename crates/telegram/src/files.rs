//! Parts of files.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use grammers_tl_types::{enums, functions, types};
use model::{ChatId, FileKind, FileLocation};

use crate::client::Inner;
use crate::pool::{CallError, Dc};
use crate::port::{Chunk, DownloadRequest, TelegramError};

type GetFile = functions::upload::GetFile;

/// How many files' true data centres are remembered.
const REMEMBERED: usize = 10_000;
/// How often one part may be sent on to another data centre.
const MIGRATIONS: u32 = 3;
/// How often a part that came cut is asked for again.
const CUTS: u32 = 3;
/// What offsets are aligned to.
const STEP: usize = 4096;

/// Where files really lie, when Telegram said so with FILE_MIGRATE: otherwise each part would cost two requests.
#[derive(Default)]
pub(crate) struct Migrations(Mutex<HashMap<(FileKind, i64), i32>>);

impl Migrations {
    fn get(&self, location: &FileLocation) -> Option<i32> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(location.kind, location.file_id)).copied()
    }

    fn note(&self, location: &FileLocation, dc: i32) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert((location.kind, location.file_id), dc);
    }
}

impl Inner {
    pub(crate) async fn download(&self, request: &DownloadRequest) -> Result<Chunk, TelegramError> {
        let location = &request.location;
        if let Some(peer) = request.peer {
            self.session.learn(peer).await?;
        }
        let ask = GetFile {
            precise: true,
            cdn_supported: false,
            location: self.input_location(location, request.peer)?,
            offset: request.offset as i64,
            limit: Chunk::SIZE as i32,
        };
        for _ in 0..CUTS {
            let bytes = self.part(location, &ask).await?;
            if self.is_whole(request, &ask, bytes.len()).await? {
                return Ok(Chunk {
                    bytes: Bytes::from(bytes),
                });
            }
            tracing::warn!("a part of a file came cut; it is asked for again");
        }
        Err(TelegramError::Refused {
            method: "upload.getFile".to_owned(),
            name: "PART_CUT".to_owned(),
        })
    }

    /// Whether a part is as long as it must be. Where nobody told the size of the file, the data centre is asked once
    /// more for what stands at the end of it.
    async fn is_whole(
        &self,
        request: &DownloadRequest,
        ask: &GetFile,
        length: usize,
    ) -> Result<bool, TelegramError> {
        if let Some(size) = request.size {
            let left = size.saturating_sub(request.offset);
            return Ok(length as u64 >= left.min(Chunk::SIZE));
        }
        if length as u64 >= Chunk::SIZE {
            return Ok(true);
        }
        let before = length / STEP * STEP;
        let end = GetFile {
            offset: ask.offset + before as i64,
            limit: STEP as i32,
            ..ask.clone()
        };
        let end = self.part(&request.location, &end).await?;
        Ok(before + end.len() == length)
    }

    /// Bytes of a file, from wherever it lies.
    async fn part(&self, location: &FileLocation, ask: &GetFile) -> Result<Vec<u8>, TelegramError> {
        let mut dc = self.migrations.get(location).unwrap_or(location.dc_id);
        for _ in 0..MIGRATIONS {
            let home = if dc == 0 { Dc::Home } else { Dc::Number(dc) };
            match self.pool.call_for_file(home, ask).await {
                Ok(enums::upload::File::File(file)) => return Ok(file.bytes),
                Ok(enums::upload::File::CdnRedirect(_)) => {
                    return Err(TelegramError::FileUnavailable("it lies on a CDN".to_owned()));
                }
                Err(CallError::Refused(rpc)) if rpc.is("FILE_MIGRATE") && rpc.value.is_some() => {
                    dc = rpc.value.unwrap_or_default() as i32;
                    self.migrations.note(location, dc);
                }
                Err(e) => return Err(file_error(e)),
            }
        }
        Err(TelegramError::FileUnavailable(
            "its data centres point at each other".to_owned(),
        ))
    }

    fn input_location(
        &self,
        location: &FileLocation,
        peer: Option<ChatId>,
    ) -> Result<enums::InputFileLocation, TelegramError> {
        let (id, access_hash) = (location.file_id, location.access_hash);
        let (file_reference, thumb_size) = (location.file_reference.clone(), location.thumb_size.clone());
        Ok(match location.kind {
            FileKind::Document => types::InputDocumentFileLocation {
                id,
                access_hash,
                file_reference,
                thumb_size,
            }
            .into(),
            FileKind::Photo => types::InputPhotoFileLocation {
                id,
                access_hash,
                file_reference,
                thumb_size,
            }
            .into(),
            FileKind::PeerPhoto => {
                let peer = peer.ok_or(TelegramError::UnknownPeer)?;
                let peer = match self.input_peer(peer) {
                    // Known only as a `min` peer: its reduced hash is good for this.
                    Err(TelegramError::UnknownPeer) => {
                        reduced_peer(peer, access_hash).ok_or(TelegramError::UnknownPeer)?
                    }
                    known => known?,
                };
                types::InputPeerPhotoFileLocation {
                    big: true,
                    peer,
                    photo_id: id,
                }
                .into()
            }
        })
    }
}

fn reduced_peer(peer: ChatId, access_hash: i64) -> Option<enums::InputPeer> {
    if access_hash == 0 {
        return None;
    }
    match (peer.user_id(), peer.channel_id()) {
        (Some(user_id), _) => Some(types::InputPeerUser { user_id, access_hash }.into()),
        (_, Some(channel_id)) => Some(
            types::InputPeerChannel {
                channel_id,
                access_hash,
            }
            .into(),
        ),
        _ => None,
    }
}

fn file_error(error: CallError) -> TelegramError {
    match error {
        CallError::Refused(rpc) if rpc.is("FILE_REFERENCE_*") || rpc.is("FILEREF_*") => {
            TelegramError::FileReferenceExpired
        }
        CallError::Refused(rpc)
            if matches!(
                rpc.name.as_str(),
                "LOCATION_INVALID"
                    | "FILE_ID_INVALID"
                    | "OFFSET_INVALID"
                    | "LOCATION_NOT_AVAILABLE"
                    | "DC_ADDRESS_UNKNOWN"
            ) =>
        {
            TelegramError::FileUnavailable(rpc.name)
        }
        other => other.of::<GetFile>(),
    }
}
