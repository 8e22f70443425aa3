//! One function per law; both places keep all of them.

use async_trait::async_trait;
use model::{ChatId, Damage, MediaId};

use crate::{BlobError, Blobs, Shown};

/// An empty place.
#[async_trait]
pub(crate) trait Fixture: Send + Sync {
    /// The place.
    fn blobs(&self) -> Box<dyn Blobs>;

    /// Gives a blob other bytes behind our back; `None`: takes it away.
    async fn spoil(&self, sha256: &[u8; 32], bytes: Option<&[u8]>);
}

/// All laws, each with files of its own.
pub(crate) async fn all(fixture: &dyn Fixture) {
    let blobs = &*fixture.blobs();
    blobs.ready().await.expect("ready");
    a_partial_file_goes_on_without_holes(blobs).await;
    a_wrong_size_leaves_nothing(blobs).await;
    damage_is_told_and_repaired(fixture, blobs).await;
    a_large_file_is_kept_whole(blobs).await;
}

/// Fetches and finishes a file.
pub(crate) async fn stored(blobs: &dyn Blobs, id: i64, bytes: &[u8]) -> ([u8; 32], u64) {
    blobs.write_chunk(MediaId(id), 0, bytes).await.expect("written");
    blobs
        .finish(MediaId(id), Some(bytes.len() as u64))
        .await
        .expect("finished")
}

/// Law 1.
async fn a_partial_file_goes_on_without_holes(blobs: &dyn Blobs) {
    let id = MediaId(1);
    let beyond = blobs.write_chunk(id, 8, b"beyond").await;
    assert!(matches!(beyond, Err(BlobError::Shared)), "{beyond:?}");
    blobs.write_chunk(id, 0, b"abcdefgh").await.expect("written");
    blobs.write_chunk(id, 8, b"torn").await.expect("written");
    assert_eq!(blobs.resume_at(id, 8).await.expect("length"), 8);
    blobs.write_chunk(id, 8, b"ij").await.expect("written");
    let (sha256, size) = blobs.finish(id, Some(10)).await.expect("finished");
    assert_eq!(
        blobs.resume_at(id, 1).await.expect("length"),
        0,
        "nothing is left of it"
    );
    assert!(blobs.is_whole(&sha256, size).await.expect("looked"));
    let part = blobs.read(&sha256, 2..5).await.expect("read").expect("there");
    assert_eq!(&part[..], b"cde");
    let shown = Shown::Chat(ChatId(5), "a.txt".to_owned());
    let file = blobs.show(sha256, size, &shown).await.expect("shown");
    assert_eq!((file.sha256, file.size), (sha256, 10));
    assert_eq!(blobs.mend(&file, &shown).await.expect("looked"), None);
}

/// Law 2.
async fn a_wrong_size_leaves_nothing(blobs: &dyn Blobs) {
    blobs.write_chunk(MediaId(2), 0, b"short").await.expect("written");
    let error = blobs.finish(MediaId(2), Some(10)).await.expect_err("too short");
    let told = matches!(
        error,
        BlobError::WrongSize {
            actual: 5,
            expected: 10
        }
    );
    assert!(told, "{error}");
    assert_eq!(blobs.resume_at(MediaId(2), 1).await.expect("length"), 0);
    let again = blobs.finish(MediaId(2), None).await;
    assert!(matches!(again, Err(BlobError::Shared)), "{again:?}");
}

/// Laws 3 and 4.
async fn damage_is_told_and_repaired(fixture: &dyn Fixture, blobs: &dyn Blobs) {
    let right = b"the right bytes";
    let (sha256, size) = stored(blobs, 3, right).await;
    assert_eq!(blobs.check(&sha256, size).await.expect("read"), None);
    for (bytes, damage) in [
        (None, Damage::Missing),
        (Some(&b""[..]), Damage::WrongSize),
        (Some(&b"the wrong bytes"[..]), Damage::WrongBytes),
    ] {
        fixture.spoil(&sha256, bytes).await;
        assert_eq!(blobs.check(&sha256, size).await.expect("read"), Some(damage));
        blobs.write_chunk(MediaId(4), 0, b"half").await.expect("written");
        blobs
            .finish(MediaId(4), Some(size))
            .await
            .expect_err("half a file");
        let now = blobs.read(&sha256, 0..100).await.expect("read");
        assert_eq!(now.as_deref(), bytes, "a failure leaves it as it was");
        assert_eq!(stored(blobs, 4, right).await, (sha256, size));
        assert_eq!(blobs.check(&sha256, size).await.expect("read"), None);
    }
}

/// Law 2, for a file that does not go to a bucket in one piece.
async fn a_large_file_is_kept_whole(blobs: &dyn Blobs) {
    let mut offset = 0_u64;
    for n in 0..21_u8 {
        // No whole number of parts.
        let chunk = vec![n; 1_000_003];
        blobs
            .write_chunk(MediaId(5), offset, &chunk)
            .await
            .expect("written");
        offset += chunk.len() as u64;
    }
    let (sha256, size) = blobs.finish(MediaId(5), Some(offset)).await.expect("finished");
    assert_eq!(size, offset);
    assert_eq!(blobs.check(&sha256, size).await.expect("read"), None);
    let end = blobs.read(&sha256, size - 2..size + 100).await.expect("read");
    assert_eq!(end.as_deref(), Some(&[20, 20][..]));
}
