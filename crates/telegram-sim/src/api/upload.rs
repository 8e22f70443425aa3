//! Parts of files.

use grammers_tl_types::{enums, functions, types};
use model::ChatId;

use super::{Caller, chat_of};
use crate::error::RpcError;
use crate::world::{FileSpec, World};

/// Largest part; no part crosses a multiple of it (core.telegram.org/api/files).
const PART: i32 = 1 << 20;

fn checked(
    world: &World,
    caller: &Caller,
    id: i64,
    hash: i64,
    reference: &[u8],
) -> Result<FileSpec, RpcError> {
    let known = world.file(id).or_else(|| world.avatar(id, true));
    let file = known.ok_or_else(|| RpcError::bad("FILE_ID_INVALID"))?;
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
            let file = checked(world, caller, l.id, l.access_hash, &l.file_reference)?;
            match l.thumb_size.as_str() {
                "" => Ok(file),
                "m" => Ok(file.thumbnail()),
                _ => Err(RpcError::bad("LOCATION_INVALID")),
            }
        }
        enums::InputFileLocation::InputPhotoFileLocation(l) => {
            let file = checked(world, caller, l.id, l.access_hash, &l.file_reference)?;
            match (l.thumb_size.as_str(), world.avatar(l.id, false)) {
                ("a", Some(small)) => Ok(small),
                ("c", Some(_)) => Ok(FileSpec::avatar(l.id, true)),
                ("y", _) => Ok(file),
                ("m", _) => Ok(file.thumbnail()),
                _ => Err(RpcError::bad("LOCATION_INVALID")),
            }
        }
        enums::InputFileLocation::InputPeerPhotoFileLocation(l) => {
            let chat = pictured(world, caller, &l.peer)?;
            let photo = world.photo_of(chat).filter(|p| *p == l.photo_id);
            photo
                .map(|p| FileSpec::avatar(p, l.big))
                .ok_or_else(|| RpcError::bad("LOCATION_INVALID"))
        }
        _ => Err(RpcError::bad("LOCATION_INVALID")),
    }
}

/// The owner of an avatar: here the hash of a `min` peer is good, too.
fn pictured(world: &World, caller: &Caller, peer: &enums::InputPeer) -> Result<ChatId, RpcError> {
    let min = |what: i64| world.min_access_hash(caller.account, what);
    match peer {
        enums::InputPeer::User(u) if u.access_hash == min(u.user_id) => Ok(ChatId(u.user_id)),
        enums::InputPeer::Channel(c) if c.access_hash == min(ChatId::channel(c.channel_id).0) => {
            Ok(ChatId::channel(c.channel_id))
        }
        _ => chat_of(world, caller, peer),
    }
}

/// Which parts may be asked for (core.telegram.org/api/files).
fn check_part(offset: i64, limit: i32, precise: bool) -> Result<(), RpcError> {
    let step = if precise { 1024 } else { 4096 };
    if limit <= 0 || limit > PART || limit % step != 0 || (!precise && PART % limit != 0) {
        return Err(RpcError::bad("LIMIT_INVALID"));
    }
    let part = i64::from(PART);
    let crosses = offset / part != (offset + i64::from(limit) - 1) / part;
    if offset < 0 || offset % i64::from(step) != 0 || crosses {
        return Err(RpcError::bad("OFFSET_INVALID"));
    }
    Ok(())
}

pub(super) fn get_file(
    world: &mut World,
    caller: &Caller,
    r: &functions::upload::GetFile,
) -> Result<enums::upload::File, RpcError> {
    check_part(r.offset, r.limit, r.precise)?;
    let file = located(world, caller, &r.location)?;
    if file.dc != caller.dc {
        return Err(RpcError::new(303, format!("FILE_MIGRATE_{}", file.dc)));
    }
    let bytes = file.bytes(r.offset as u64, r.limit as u64);
    Ok(types::upload::File {
        r#type: enums::storage::FileType::FilePartial,
        mtime: 1_600_000_000,
        bytes,
    }
    .into())
}

#[cfg(test)]
mod tests {
    use super::check_part;

    #[test]
    fn parts_are_aligned_and_lie_in_one_megabyte() {
        let part = |offset, limit, precise| check_part(offset, limit, precise).map_err(|e| e.message);
        let (limit, offset) = (Err("LIMIT_INVALID".to_owned()), Err("OFFSET_INVALID".to_owned()));
        for (asked, answer) in [
            ((0, 512 << 10, false), Ok(())),
            ((512 << 10, 512 << 10, false), Ok(())),
            ((1 << 20, 1 << 20, false), Ok(())),
            ((0, 0, false), limit.clone()),
            ((0, 1000, false), limit.clone()),
            ((0, 12 << 10, false), limit.clone()),
            ((0, 2 << 20, false), limit.clone()),
            ((0, 1024, false), limit.clone()),
            ((0, 12 << 10, true), Ok(())),
            ((0, 1024, true), Ok(())),
            ((0, 100, true), limit),
            ((1024, 4096, false), offset.clone()),
            ((1024, 4096, true), Ok(())),
            ((512 << 10, 1 << 20, false), offset.clone()),
            (((1 << 20) - 1024, 4096, true), offset.clone()),
            ((-4096, 4096, false), offset),
        ] {
            assert_eq!(part(asked.0, asked.1, asked.2), answer, "{asked:?}");
        }
    }
}
