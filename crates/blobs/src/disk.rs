//! A folder: a blob is `_shared/<2 hex>/<sha256>`; a chat's folder has a relative link to it under a safe name
//! (`{chat_id}/{name}`), or a real file where links are not wanted or not possible.

use std::io::{ErrorKind, SeekFrom};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use model::{Damage, MediaId, StoredFile};
use tokio::fs;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use crate::partials::{Partials, digest};
use crate::{BlobError, Blobs, Shown, hex, shown};

/// The media folder.
#[derive(Clone, Debug)]
pub struct DiskBlobs {
    root: PathBuf,
    links: bool,
    partials: Partials,
}

impl DiskBlobs {
    /// Under this folder; made when first needed. `links`: `DEDUPLICATE_MEDIA`.
    pub fn new(root: PathBuf, links: bool) -> Self {
        let partials = Partials::new(root.join("_partial"));
        Self {
            root,
            links,
            partials,
        }
    }

    /// Where a blob lies.
    pub fn path(&self, sha256: &[u8; 32]) -> PathBuf {
        let name = hex(sha256);
        self.root.join("_shared").join(&name[..2]).join(&name)
    }
}

/// `None`: nothing is there.
fn there<T>(result: std::io::Result<T>) -> Result<Option<T>, BlobError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e.into()),
    }
}

#[async_trait]
impl Blobs for DiskBlobs {
    async fn ready(&self) -> Result<(), BlobError> {
        self.partials.ready().await
    }

    async fn resume_at(&self, id: MediaId, chunk: u64) -> Result<u64, BlobError> {
        self.partials.resume_at(id, chunk).await
    }

    async fn write_chunk(&self, id: MediaId, offset: u64, bytes: &[u8]) -> Result<(), BlobError> {
        self.partials.write_chunk(id, offset, bytes).await
    }

    async fn discard(&self, id: MediaId) -> Result<(), BlobError> {
        self.partials.discard(id).await
    }

    async fn finish(&self, id: MediaId, expected: Option<u64>) -> Result<([u8; 32], u64), BlobError> {
        let finished = self.partials.finish(id, expected).await?;
        finished.file.sync_all().await?;
        let path = self.path(&finished.sha256);
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).await?;
        // Over what may lie there: the same bytes, or damaged ones.
        fs::rename(&finished.path, &path).await?;
        fs::File::open(folder).await?.sync_all().await?;
        Ok((finished.sha256, finished.size))
    }

    async fn is_whole(&self, sha256: &[u8; 32], size: u64) -> Result<bool, BlobError> {
        Ok(there(fs::metadata(self.path(sha256)).await)?.is_some_and(|m| m.len() == size))
    }

    async fn check(&self, sha256: &[u8; 32], size: u64) -> Result<Option<Damage>, BlobError> {
        let Some(mut file) = there(fs::File::open(self.path(sha256)).await)? else {
            return Ok(Some(Damage::Missing));
        };
        if file.metadata().await?.len() != size {
            return Ok(Some(Damage::WrongSize));
        }
        let whole = digest(&mut file).await?.0 == *sha256;
        Ok((!whole).then_some(Damage::WrongBytes))
    }

    async fn read(&self, sha256: &[u8; 32], range: Range<u64>) -> Result<Option<Bytes>, BlobError> {
        let Some(mut file) = there(fs::File::open(self.path(sha256)).await)? else {
            return Ok(None);
        };
        file.seek(SeekFrom::Start(range.start)).await?;
        let mut bytes = Vec::new();
        file.take(range.end.saturating_sub(range.start))
            .read_to_end(&mut bytes)
            .await?;
        Ok(Some(bytes.into()))
    }

    async fn show(&self, sha256: [u8; 32], size: u64, shown: &Shown) -> Result<StoredFile, BlobError> {
        let blob = self.path(&sha256);
        let mut relative = shown.relative();
        for n in 1.. {
            let path = self.root.join(&relative);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).await?;
            }
            if !self.links || !shown::link(&blob, &path, relative.components().count()).await? {
                shown::copy(&blob, &path).await?;
            }
            if shown::same(&path, &blob).await? {
                break;
            }
            relative = shown::numbered(&shown.relative(), n);
        }
        Ok(StoredFile {
            sha256,
            size: size as i64,
            path: Some(relative.to_string_lossy().into_owned()),
        })
    }

    async fn mend(&self, stored: &StoredFile, shown: &Shown) -> Result<Option<StoredFile>, BlobError> {
        let blob = self.path(&stored.sha256);
        if let Some(relative) = stored.path.as_deref().map(Path::new).filter(|p| stays_inside(p)) {
            let path = self.root.join(relative);
            if shown::leads_to(&path, &blob, &stored.sha256).await? {
                return Ok(None);
            }
            if shown::is_ours(&path, self.links).await? {
                let depth = relative.components().count();
                shown::replace(&blob, &path, self.links.then_some(depth)).await?;
                return Ok(Some(stored.clone()));
            }
        }
        // Kept in a bucket before, or its name is somebody else's now.
        self.show(stored.sha256, stored.size as u64, shown)
            .await
            .map(Some)
    }
}

fn stays_inside(relative: &Path) -> bool {
    relative.components().all(|c| matches!(c, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use model::ChatId;

    use super::*;
    use crate::conformance::{Fixture, stored};

    struct Folder(tempfile::TempDir);

    #[async_trait]
    impl Fixture for Folder {
        fn blobs(&self) -> Box<dyn Blobs> {
            Box::new(DiskBlobs::new(self.0.path().to_path_buf(), true))
        }

        async fn spoil(&self, sha256: &[u8; 32], bytes: Option<&[u8]>) {
            let path = DiskBlobs::new(self.0.path().to_path_buf(), true).path(sha256);
            match bytes {
                Some(bytes) => std::fs::write(path, bytes).unwrap(),
                None => std::fs::remove_file(path).unwrap(),
            }
        }
    }

    #[tokio::test]
    async fn a_folder_keeps_the_laws() {
        crate::conformance::all(&Folder(tempfile::tempdir().unwrap())).await;
    }

    #[tokio::test]
    async fn a_blob_is_shown_as_a_link_or_as_a_copy() {
        let folder = tempfile::tempdir().unwrap();
        for links in [true, false] {
            let root = folder.path().join(links.to_string());
            let blobs = DiskBlobs::new(root.clone(), links);
            let (sha256, size) = stored(&blobs, 1, b"abcdefghij").await;
            let shown = Shown::Chat(ChatId(-1_000_000_000_005), "a.txt".into());
            let file = blobs.show(sha256, size, &shown).await.unwrap();
            let path = root.join(file.path.unwrap());
            assert_eq!(std::fs::read(&path).unwrap(), b"abcdefghij");
            assert_eq!(path.is_symlink(), links);
        }
    }

    #[tokio::test]
    async fn a_name_that_is_taken_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = DiskBlobs::new(folder.path().to_path_buf(), true);
        let (a, b) = (
            stored(&blobs, 1, b"first").await.0,
            stored(&blobs, 2, b"other").await.0,
        );
        let shown = Shown::Chat(ChatId(5), "x.bin".into());
        for (sha256, path) in [(a, "5/x.bin"), (b, "5/x (1).bin"), (a, "5/x.bin")] {
            let file = blobs.show(sha256, 5, &shown).await.unwrap();
            assert_eq!(file.path.as_deref(), Some(path));
        }
        assert_eq!(std::fs::read(folder.path().join("5/x.bin")).unwrap(), b"first");
    }

    /// A link and a copy, each missing, broken, and taken by somebody else.
    #[tokio::test]
    async fn a_name_is_mended_and_what_is_not_ours_is_left() {
        let folder = tempfile::tempdir().unwrap();
        for links in [true, false] {
            let root = folder.path().join(links.to_string());
            let blobs = DiskBlobs::new(root.clone(), links);
            let (sha256, size) = stored(&blobs, 1, b"first").await;
            let shown = Shown::Chat(ChatId(5), "x.bin".into());
            let file = blobs.show(sha256, size, &shown).await.unwrap();
            let path = root.join("5/x.bin");
            assert_eq!(blobs.mend(&file, &shown).await.unwrap(), None, "nothing to do");
            std::fs::remove_file(&path).unwrap();
            assert_eq!(blobs.mend(&file, &shown).await.unwrap(), Some(file.clone()));
            assert_eq!(
                (std::fs::read(&path).unwrap(), path.is_symlink()),
                (b"first".to_vec(), links)
            );

            std::fs::remove_file(&path).unwrap();
            if links {
                std::os::unix::fs::symlink("../_shared/00/gone", &path).unwrap();
            } else {
                std::fs::write(&path, "").unwrap();
            }
            assert_eq!(blobs.mend(&file, &shown).await.unwrap(), Some(file.clone()));
            assert_eq!(std::fs::read(&path).unwrap(), b"first");

            std::fs::remove_file(&path).unwrap();
            std::os::unix::fs::symlink("elsewhere", &path).unwrap();
            let moved = blobs.mend(&file, &shown).await.unwrap().unwrap();
            assert_eq!(moved.path.as_deref(), Some("5/x (1).bin"));
            assert_eq!(std::fs::read_link(&path).unwrap(), Path::new("elsewhere"));
        }
    }
}
