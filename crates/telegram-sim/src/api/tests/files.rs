use grammers_tl_types::{functions, types};
use sha2::{Digest as _, Sha256};

use super::*;
use crate::crypto::hex;
use crate::scenario;
use crate::snapshot;
use crate::world::{Draft, FileSpec, Media};

fn part(location: enums::InputFileLocation, offset: i64) -> functions::upload::GetFile {
    functions::upload::GetFile {
        precise: false,
        cdn_supported: false,
        location,
        offset,
        limit: 128 << 10,
    }
}

fn download(world: &mut World, location: &enums::InputFileLocation, dc: i32) -> Result<Vec<u8>, RpcError> {
    let mut bytes = Vec::new();
    loop {
        let asked = part(location.clone(), bytes.len() as i64);
        let enums::upload::File::File(file) = ask_as(world, ACCOUNT, dc, &asked)? else {
            panic!("no CDN here");
        };
        let more = file.bytes.len() == 128 << 10;
        bytes.extend(file.bytes);
        if !more {
            return Ok(bytes);
        }
    }
}

/// Where the file of a message lies, as the message says, and in which DC.
fn location(message: &enums::Message) -> Option<(enums::InputFileLocation, i32, i64)> {
    let enums::Message::Message(message) = message else {
        return None;
    };
    match message.media.as_ref()? {
        enums::MessageMedia::Document(m) => match m.document.as_ref()? {
            enums::Document::Document(d) => {
                let location = types::InputDocumentFileLocation {
                    id: d.id,
                    access_hash: d.access_hash,
                    file_reference: d.file_reference.clone(),
                    thumb_size: String::new(),
                };
                Some((location.into(), d.dc_id, d.id))
            }
            enums::Document::Empty(_) => None,
        },
        enums::MessageMedia::Photo(m) => match m.photo.as_ref()? {
            enums::Photo::Photo(p) => {
                let location = types::InputPhotoFileLocation {
                    id: p.id,
                    access_hash: p.access_hash,
                    file_reference: p.file_reference.clone(),
                    thumb_size: "y".to_owned(),
                };
                Some((location.into(), p.dc_id, p.id))
            }
            enums::Photo::Empty(_) => None,
        },
        _ => None,
    }
}

#[test]
fn every_file_of_a_world_has_the_bytes_of_the_truth() {
    let mut world = scenario::small(1);
    let truth = snapshot::take(&world, ACCOUNT);
    let mut compared = 0;
    for m in &truth.messages {
        let chat = ChatId(m.chat);
        let post = world
            .message_box(ACCOUNT, chat)
            .unwrap()
            .get(m.id as i32)
            .unwrap()
            .into_owned();
        let message = render::message(&world, ACCOUNT, &post);
        let Some((location, dc, id)) = location(&message) else {
            assert_eq!(m.versions[0].file, None);
            continue;
        };
        let bytes = download(&mut world, &location, dc).unwrap();
        let hash = hex(&Sha256::digest(&bytes));
        assert_eq!(truth.files[&id], (hash, bytes.len() as u64));
        compared += 1;
    }
    assert!(compared > 20, "{compared} files");
}

#[test]
fn a_file_is_refused_elsewhere_with_a_wrong_hash_and_with_an_old_reference() {
    let mut world = scenario::small(1);
    let chat = ChatId(2002);
    let file = FileSpec::noise(99, 4, 5000, 1);
    world.keep_file(file);
    let draft = Draft {
        media: Some(Media::Photo {
            file,
            width: 10,
            height: 10,
            spoiler: false,
        }),
        ..Draft::default()
    };
    let id = world.post(ACCOUNT, chat, &draft).unwrap();
    let of = |world: &World| {
        let post = world
            .message_box(ACCOUNT, chat)
            .unwrap()
            .get(id)
            .unwrap()
            .into_owned();
        location(&render::message(world, ACCOUNT, &post)).unwrap().0
    };
    let good = of(&world);
    assert_eq!(download(&mut world, &good, 4).unwrap().len(), 5000);
    let elsewhere = ask(&mut world, &part(good.clone(), 0)).unwrap_err();
    assert_eq!(
        (elsewhere.code, elsewhere.message.as_str()),
        (303, "FILE_MIGRATE_4")
    );
    let change = |f: fn(&mut types::InputPhotoFileLocation)| match good.clone() {
        enums::InputFileLocation::InputPhotoFileLocation(mut l) => {
            f(&mut l);
            l.into()
        }
        _ => unreachable!("a photo"),
    };
    for (location, refusal) in [
        (change(|l| l.access_hash += 1), "FILE_ID_INVALID"),
        (change(|l| l.id += 1), "FILE_ID_INVALID"),
        (change(|l| l.file_reference.clear()), "FILE_REFERENCE_EMPTY"),
        (change(|l| l.file_reference[3] += 1), "FILE_REFERENCE_INVALID"),
        (change(|l| l.thumb_size = "q".to_owned()), "LOCATION_INVALID"),
    ] {
        assert_eq!(error(download(&mut world, &location, 4)), refusal);
    }
    world.expire_file_references();
    assert_eq!(error(download(&mut world, &good, 4)), "FILE_REFERENCE_EXPIRED");
    let renewed = of(&world);
    assert_eq!(download(&mut world, &renewed, 4).unwrap().len(), 5000);
}

#[test]
fn avatars_are_fetched_by_their_owner_or_as_photos() {
    let mut world = scenario::small(1);
    let now = world.photo_of(ChatId(2001)).unwrap();
    let by_owner = |access_hash, photo_id| {
        types::InputPeerPhotoFileLocation {
            big: true,
            peer: types::InputPeerUser {
                user_id: 2001,
                access_hash,
            }
            .into(),
            photo_id,
        }
        .into()
    };
    let truth = FileSpec::avatar(now, true).bytes(0, u64::MAX);
    for hash in [
        world.access_hash(ACCOUNT, 2001),
        world.min_access_hash(ACCOUNT, 2001),
    ] {
        assert_eq!(download(&mut world, &by_owner(hash, now), 4).unwrap(), truth);
        assert_eq!(
            error(download(&mut world, &by_owner(hash, now + 1), 4)),
            "LOCATION_INVALID"
        );
    }
    let request = functions::photos::GetUserPhotos {
        user_id: types::InputUser {
            user_id: 2001,
            access_hash: world.access_hash(ACCOUNT, 2001),
        }
        .into(),
        offset: 0,
        max_id: 0,
        limit: 10,
    };
    let Ok(enums::photos::Photos::Photos(all)) = ask(&mut world, &request) else {
        panic!("all of them")
    };
    assert!(all.photos.len() >= 3);
    for photo in all.photos {
        let enums::Photo::Photo(p) = photo else {
            panic!("a photo")
        };
        let location = types::InputPhotoFileLocation {
            id: p.id,
            access_hash: p.access_hash,
            file_reference: p.file_reference,
            thumb_size: "c".to_owned(),
        };
        let bytes = download(&mut world, &location.into(), 4).unwrap();
        assert_eq!(bytes, FileSpec::avatar(p.id, true).bytes(0, u64::MAX));
    }
}
