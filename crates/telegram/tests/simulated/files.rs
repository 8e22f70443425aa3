//! Files.

use model::{BoxId, ChatId, FileLocation, FileRef, MediaOwner};
use telegram::{
    Chunk, DownloadRequest, HistoryRequest, Purpose, Telegram as _, TelegramClient, TelegramError,
};
use telegram_sim::world::{DocumentKind, Draft, FileSpec, Forward, Media, UserInfo};
use telegram_sim::{Action, Rule};

use crate::bed::{Bed, ME, SUPERGROUP};

/// A document of `size` bytes in the supergroup: its message, what we know of it, and its bytes.
async fn document(bed: &Bed, client: &TelegramClient, size: u64) -> (i64, FileRef, FileSpec) {
    let (id, file) = {
        let mut world = bed.sim.world();
        let file = world.new_file(1, size);
        let media = Media::Document {
            file,
            mime: "x/y".into(),
            name: Some("a.bin".into()),
            kind: DocumentKind::Plain,
        };
        let draft = Draft {
            media: Some(media),
            ..Draft::text("a file")
        };
        (i64::from(world.post(ME, SUPERGROUP, &draft).unwrap()), file)
    };
    let message = client
        .messages_by_id(SUPERGROUP, &[id])
        .await
        .unwrap()
        .remove(0)
        .message
        .unwrap();
    let Some(model::Attachment::File(known)) = message.content.attachment else {
        panic!("a file")
    };
    assert_eq!(known.size, Some(size as i64));
    (id, *known, file)
}

async fn part(client: &TelegramClient, file: &FileRef, offset: u64) -> Result<Vec<u8>, TelegramError> {
    let request = DownloadRequest {
        location: file.location.clone(),
        peer: None,
        offset,
        size: file.size.map(|s| s as u64),
    };
    client.download(&request).await.map(|c| c.bytes.to_vec())
}

/// All parts, from an offset on.
async fn rest(client: &TelegramClient, file: &FileRef, mut offset: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let part = part(client, file, offset).await.unwrap();
        offset += Chunk::SIZE;
        let last = (part.len() as u64) < Chunk::SIZE;
        bytes.extend(part);
        if last {
            return bytes;
        }
    }
}

#[tokio::test]
async fn a_file_of_another_data_centre_is_fetched_whole() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let (_, known, file) = document(&bed, &client, 2 * Chunk::SIZE + 77).await;
    assert_eq!(known.location.dc_id, 4, "not at home");
    assert!(
        rest(&client, &known, 0).await == file.bytes(0, file.size()),
        "the bytes are the file's"
    );
    assert_eq!(
        bed.calls("auth.importAuthorization"),
        1,
        "our authorization is carried there once"
    );
}

#[tokio::test]
async fn a_migration_is_remembered() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let (_, mut known, file) = document(&bed, &client, 3 * Chunk::SIZE + 1).await;
    known.location.dc_id = 2;
    assert!(rest(&client, &known, 0).await == file.bytes(0, file.size()));
    assert_eq!(
        bed.calls("upload.getFile"),
        4 + 1 + 1,
        "one FILE_MIGRATE, one refusal before the import, four parts"
    );
}

#[tokio::test]
async fn an_expired_reference_is_told_and_refreshed_and_the_offset_survives() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let (id, known, file) = document(&bed, &client, 2 * Chunk::SIZE).await;
    let first = part(&client, &known, 0).await.unwrap();
    bed.sim.world().expire_file_references();
    let expired = part(&client, &known, Chunk::SIZE).await;
    assert!(
        matches!(expired, Err(TelegramError::FileReferenceExpired)),
        "{expired:?}"
    );
    let owner = MediaOwner::Message(BoxId::Channel(401), id);
    let fresh = client
        .refresh_file(owner, Some(SUPERGROUP), &known)
        .await
        .unwrap()
        .unwrap();
    assert_ne!(fresh.location.file_reference, known.location.file_reference);
    let all = [first, rest(&client, &fresh, Chunk::SIZE).await].concat();
    assert!(all == file.bytes(0, file.size()));

    bed.sim.world().delete(ME, SUPERGROUP, &[id as i32]);
    assert!(
        client
            .refresh_file(owner, Some(SUPERGROUP), &known)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_part_survives_errors_on_the_way() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let (_, known, file) = document(&bed, &client, Chunk::SIZE / 2).await;
    let trouble = Action::Error {
        code: 500,
        message: "INTERDC_4_CALL_ERROR".into(),
    };
    for action in [
        trouble,
        Action::CloseBefore,
        Action::CloseAfter,
        Action::FloodWait(1),
    ] {
        bed.sim.faults().add(Rule::once("upload.getFile", action));
    }
    assert!(rest(&client, &known, 0).await == file.bytes(0, file.size()));
}

#[tokio::test]
async fn a_long_wait_for_files_is_handed_back_and_nothing_else_waits() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let (_, known, _) = document(&bed, &client, 100).await;
    bed.sim
        .faults()
        .add(Rule::once("upload.getFile", Action::FloodPremiumWait(600)));
    let before = bed.now();
    let waiting = part(&client, &known, 0).await;
    let Err(TelegramError::NotBefore(until)) = waiting else {
        panic!("{waiting:?}")
    };
    assert!(
        (before + 600..=before + 605).contains(&until),
        "{until} after {before}"
    );
    client.newest_id(SUPERGROUP).await.unwrap();
    assert!(matches!(
        part(&client, &known, 0).await,
        Err(TelegramError::NotBefore(_))
    ));
    assert_eq!(bed.calls("upload.getFile"), 1, "not asked again");
    bed.clock.advance(std::time::Duration::from_secs(606));
    assert_eq!(part(&client, &known, 0).await.unwrap().len(), 100);
}

#[tokio::test]
async fn avatars_are_fetched_through_their_owner() {
    let bed = Bed::new().await;
    let file = bed.sim.world().new_file(2, 5000);
    bed.sim.world().set_photo(SUPERGROUP, file.id);
    let client = bed.logged_in().await;
    let owner = MediaOwner::Avatar(SUPERGROUP);
    let chat = client.resolve(SUPERGROUP).await.unwrap().unwrap();
    let location = chat
        .peers
        .iter()
        .find_map(|p| match p {
            model::Capture::Chat(c) if c.id == SUPERGROUP => c.photo.clone(),
            _ => None,
        })
        .unwrap();
    let known = FileRef {
        location,
        ..FileRef::default()
    };
    assert_eq!(
        client.refresh_file(owner, None, &known).await.unwrap().as_ref(),
        Some(&known)
    );
    let request = DownloadRequest {
        location: known.location.clone(),
        peer: Some(SUPERGROUP),
        offset: 0,
        size: None,
    };
    let bytes = client.download(&request).await.unwrap().bytes;
    assert!(!bytes.is_empty());
    bed.sim.world().set_photo(SUPERGROUP, 4242);
    assert!(
        client.refresh_file(owner, None, &known).await.unwrap().is_none(),
        "another avatar is another file"
    );
}

#[tokio::test]
async fn the_avatar_of_a_stranger_is_fetched_with_its_reduced_hash() {
    let bed = Bed::new().await;
    let stranger = ChatId::user(3001);
    {
        let mut world = bed.sim.world();
        let info = UserInfo {
            id: 3001,
            first_name: "Stranger".into(),
            last_name: String::new(),
            username: None,
            bot: false,
            deleted: false,
            photo: Some(909),
        };
        world.users.insert(3001, info);
        let draft = Draft {
            forward: Some(Forward {
                author: Some(3001),
                date: 1,
                ..Forward::default()
            }),
            ..Draft::text("forwarded")
        };
        world.post(ME, SUPERGROUP, &draft).unwrap();
    }
    let client = bed.logged_in().await;
    let page = client
        .history(&HistoryRequest {
            chat: SUPERGROUP,
            after: 0,
            limit: 100,
            purpose: Purpose::Backfill,
        })
        .await
        .unwrap();
    let (min, location) = page
        .peers
        .iter()
        .find_map(|p| match p {
            model::Capture::User(u) if u.id == 3001 => Some((u.min, u.photo.clone().unwrap())),
            _ => None,
        })
        .unwrap();
    assert!(min);
    let request = |location: FileLocation| DownloadRequest {
        location,
        peer: Some(stranger),
        offset: 0,
        size: None,
    };
    let unknown = FileLocation {
        access_hash: 0,
        ..location.clone()
    };
    let refused = client.download(&request(unknown)).await;
    assert!(matches!(refused, Err(TelegramError::UnknownPeer)), "{refused:?}");
    let bytes = client.download(&request(location)).await.unwrap().bytes;
    assert_eq!(bytes, FileSpec::avatar(909, true).bytes(0, u64::MAX));
}

#[tokio::test]
async fn a_part_that_comes_cut_is_asked_for_again() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let (_, known, file) = document(&bed, &client, Chunk::SIZE + 5000).await;
    for offset in [0, Chunk::SIZE] {
        bed.sim
            .faults()
            .add(Rule::once("upload.getFile", Action::Truncate));
        let bytes = part(&client, &known, offset).await.unwrap();
        assert!(
            bytes == file.bytes(offset, Chunk::SIZE),
            "the part at {offset} is whole"
        );
    }
    bed.sim
        .faults()
        .add(Rule::every("upload.getFile", 1, Action::Truncate));
    for offset in [0, Chunk::SIZE] {
        let told = part(&client, &known, offset).await;
        assert!(
            matches!(&told, Err(TelegramError::Refused { name, .. }) if name == "PART_CUT"),
            "{told:?}"
        );
    }
    bed.sim.faults().clear();
    assert!(rest(&client, &known, 0).await == file.bytes(0, file.size()));
}

#[tokio::test]
async fn an_avatar_that_comes_cut_is_asked_for_again_though_nobody_told_its_size() {
    let bed = Bed::new().await;
    bed.sim.world().set_photo(SUPERGROUP, 4242);
    let whole = FileSpec::avatar(4242, true).bytes(0, u64::MAX);
    let client = bed.logged_in().await;
    let chat = client.resolve(SUPERGROUP).await.unwrap().unwrap();
    let location = chat.peers.iter().find_map(|p| match p {
        model::Capture::Chat(c) if c.id == SUPERGROUP => c.photo.clone(),
        _ => None,
    });
    let request = DownloadRequest {
        location: location.unwrap(),
        peer: Some(SUPERGROUP),
        offset: 0,
        size: None,
    };
    bed.sim
        .faults()
        .add(Rule::once("upload.getFile", Action::Truncate));
    assert!(client.download(&request).await.unwrap().bytes == whole);
    bed.sim
        .faults()
        .add(Rule::every("upload.getFile", 1, Action::Truncate));
    assert!(
        client.download(&request).await.is_err(),
        "rather nothing than a part of it"
    );
}

#[tokio::test]
async fn references_that_expire_on_the_way_are_told() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let (id, known, file) = document(&bed, &client, 5000).await;
    bed.sim
        .faults()
        .add(Rule::once("upload.getFile", Action::ExpireFileReferences));
    let expired = part(&client, &known, 0).await;
    assert!(
        matches!(expired, Err(TelegramError::FileReferenceExpired)),
        "{expired:?}"
    );
    let owner = MediaOwner::Message(BoxId::Channel(401), id);
    let fresh = client
        .refresh_file(owner, Some(SUPERGROUP), &known)
        .await
        .unwrap();
    assert!(part(&client, &fresh.unwrap(), 0).await.unwrap() == file.bytes(0, file.size()));
}
