//! Parts of files.

use grammers_tl_types::{enums, functions, types};
use model::ChatId;

use super::{Caller, chat_of};
use crate::error::RpcError;
use crate::world::{FileSpec, World};

/// Largest part and its alignment (core.telegram.org/api/files).
const PART: i32 = 1 << 20;
const ALIGNMENT: i32 = 4096;

fn checked(
    world: &World,
    caller: &Caller,
    id: i64,
    hash: i64,
    reference: &[u8],
) -> Result<FileSpec, RpcError> {
    let file = world.file(id).ok_or_else(|| RpcError::bad("FILE_ID_INVALID"))?;
    if world.access_hash(caller.account, id) != hash {
        return Err(RpcError::bad("FILE_ID_INVALID"));
    }
    let generation = reference.first_chunk::<4>().map(|b| u32::from_be_bytes(*b));
    match generation {
        None => Err(RpcError::bad("FILE_REFERENCE_EMPTY")),
        Some(g) if g < world.reference_generation => Err(RpcError::bad("FILE_REFERENCE_EXPIRED")),
        Some(g) if g > world.reference_generation => Err(RpcError::bad("FILE_REFERENCE_INVALID")),
        Some(_) => Ok(file),
    }
}

fn located(
    world: &World,
    caller: &Caller,
    location: &enums::InputFileLocation,
) -> Result<FileSpec, RpcError> {
    match location {
        enums::InputFileLocation::InputDocumentFileLocation(l) => {
            checked(world, caller, l.id, l.access_hash, &l.file_reference)
        }
        enums::InputFileLocation::InputPhotoFileLocation(l) => {
            let file = checked(world, caller, l.id, l.access_hash, &l.file_reference)?;
            match l.thumb_size.as_str() {
                "y" => Ok(file),
                "m" => Ok(file.thumbnail()),
                _ => Err(RpcError::bad("LOCATION_INVALID")),
            }
        }
        enums::InputFileLocation::InputPeerPhotoFileLocation(l) => {
            let chat = chat_of(world, caller, &l.peer)?;
            let photo = world.photo_of(chat).filter(|p| *p == l.photo_id);
            photo
                .map(|p| FileSpec::avatar(p, l.big))
                .ok_or_else(|| RpcError::bad("LOCATION_INVALID"))
        }
        _ => Err(RpcError::bad("LOCATION_INVALID")),
    }
}

pub(super) fn get_file(
    world: &mut World,
    caller: &Caller,
    r: &functions::upload::GetFile,
) -> Result<enums::upload::File, RpcError> {
    if r.limit <= 0 || r.limit > PART || r.limit % ALIGNMENT != 0 {
        return Err(RpcError::bad("LIMIT_INVALID"));
    }
    let limit = i64::from(r.limit);
    // A part does not cross a megabyte, unless it is asked for precisely.
    let crosses = r.offset / i64::from(PART) != (r.offset + limit - 1) / i64::from(PART);
    if r.offset < 0 || r.offset % i64::from(ALIGNMENT) != 0 || (crosses && !r.precise) {
        return Err(RpcError::bad("OFFSET_INVALID"));
    }
    let file = located(world, caller, &r.location)?;
    if file.dc != caller.dc {
        return Err(RpcError::new(303, format!("FILE_MIGRATE_{}", file.dc)));
    }
    let bytes = file.bytes(r.offset as u64, limit as u64);
    Ok(types::upload::File {
        r#type: enums::storage::FileType::FilePartial,
        mtime: 1_600_000_000,
        bytes,
    }
    .into())
}

impl World {
    /// The avatar of a user or chat.
    pub fn photo_of(&self, chat: ChatId) -> Option<i64> {
        match (chat.channel_id(), chat.group_id()) {
            (Some(id), _) => self.channels.get(&id)?.photo,
            (None, Some(id)) => self.groups.get(&id)?.photo,
            (None, None) => self.users.get(&chat.0)?.photo,
        }
    }
}
