//! Avatars, now and before.

use grammers_tl_types::{enums, functions, types};
use model::ChatId;

use super::{Caller, input_user};
use crate::error::RpcError;
use crate::world::World;
use crate::world::render;

pub(super) fn get_user_photos(
    world: &mut World,
    caller: &Caller,
    r: &functions::photos::GetUserPhotos,
) -> Result<enums::photos::Photos, RpcError> {
    let user = input_user(world, caller, &r.user_id)?;
    let all = world.photos_of(ChatId(user));
    let limit = r.limit.clamp(1, 100) as usize;
    let page = all.iter().skip(r.offset.max(0) as usize).take(limit);
    let photos: Vec<_> = page
        .map(|id| render::avatar(world, caller.account, *id))
        .collect();
    let users = vec![world.user_tl(caller.account, user)];
    Ok(if photos.len() == all.len() {
        types::photos::Photos { photos, users }.into()
    } else {
        types::photos::PhotosSlice {
            count: all.len() as i32,
            photos,
            users,
        }
        .into()
    })
}
