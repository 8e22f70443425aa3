//! Content-addressed media on disk.
//!
//! A blob is `media/_shared/<2 hex>/<sha256>`; a chat's folder has a relative link to it under a safe name
//! (`media/{chat_id}/{name}`), or a real file where links are not wanted or not possible. What is being fetched lies in
//! `media/_partial/<media id>` and goes on at its length. Files are written aside, verified, flushed and renamed: a name
//! is there whole or not at all, and never changes its bytes.

mod names;

use std::io::{ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use model::{ChatId, MediaId, StoredFile};
use sha2::{Digest, Sha256};
use tokio::fs;
use tokio::io::AsyncReadExt as _;

pub use names::safe_name;

/// What can go wrong, by what the caller does about it.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// No space: try again when there is some.
    #[error("the media disk is full")]
    DiskFull,
    /// Another process works on the same file.
    #[error("another process fetches this file")]
    Shared,
    /// Anything else of the disk.
    #[error("the media folder: {0}")]
    Io(String),
    /// The bytes are not what they should be; the partial file was removed.
    #[error("the file has {actual} bytes, {expected} were expected")]
    WrongSize {
        /// On disk.
        actual: u64,
        /// Told by Telegram.
        expected: u64,
    },
}

/// A partial file grows without holes, whoever writes to it: else its hash would be of other bytes than Telegram's.
fn write_alone(path: &Path, offset: u64, bytes: &[u8]) -> Result<(), BlobError> {
    let mut file = std::fs::OpenOptions::new()
        .create(offset == 0)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(|e| match e.kind() {
            ErrorKind::NotFound => BlobError::Shared,
            _ => e.into(),
        })?;
    file.try_lock().map_err(|_| BlobError::Shared)?;
    if file.metadata()?.len() < offset {
        return Err(BlobError::Shared);
    }
    file.set_len(offset)?;
    file.seek(SeekFrom::Start(offset))?;
    file.write_all(bytes)?;
    Ok(())
}

impl From<std::io::Error> for BlobError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == ErrorKind::StorageFull {
            Self::DiskFull
        } else {
            Self::Io(error.to_string())
        }
    }
}

/// Where a blob is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// In a chat's folder, under a safe name.
    Chat(ChatId, String),
    /// Among the avatars of users or chats, under a safe name.
    Avatar(ChatId, String),
}

impl Shown {
    fn relative(&self) -> PathBuf {
        match self {
            Self::Chat(chat, name) => Path::new(&chat.to_string()).join(name),
            Self::Avatar(peer, name) => Path::new("avatars")
                .join(if peer.0 > 0 { "users" } else { "chats" })
                .join(name),
        }
    }
}

/// The media folder.
#[derive(Clone, Debug)]
pub struct DiskBlobs {
    root: PathBuf,
    links: bool,
}

fn hex(sha256: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    sha256.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl DiskBlobs {
    /// Under this folder; made when first needed. `links`: `DEDUPLICATE_MEDIA`.
    pub const fn new(root: PathBuf, links: bool) -> Self {
        Self { root, links }
    }

    /// Where a blob lies.
    pub fn path(&self, sha256: &[u8; 32]) -> PathBuf {
        let name = hex(sha256);
        self.root.join("_shared").join(&name[..2]).join(&name)
    }

    fn partial(&self, id: MediaId) -> PathBuf {
        self.root.join("_partial").join(id.0.to_string())
    }

    /// Bytes of a partial file, rounded down to whole chunks: where fetching goes on.
    pub async fn resume_at(&self, id: MediaId, chunk: u64) -> Result<u64, BlobError> {
        match fs::metadata(self.partial(id)).await {
            Ok(meta) => Ok(meta.len() / chunk * chunk),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(0),
            Err(e) => Err(e.into()),
        }
    }

    /// Writes a chunk of a partial file; what lay beyond it is cut off. [`BlobError::Shared`]: what belongs before it is not
    /// there, since another process works on the same file (its message of the bus came twice).
    pub async fn write_chunk(&self, id: MediaId, offset: u64, bytes: &[u8]) -> Result<(), BlobError> {
        let path = self.partial(id);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).await?;
        }
        let bytes = bytes.to_vec();
        let written = tokio::task::spawn_blocking(move || write_alone(&path, offset, &bytes));
        written.await.map_err(|e| BlobError::Io(e.to_string()))?
    }

    /// Forgets a partial file.
    pub async fn discard(&self, id: MediaId) -> Result<(), BlobError> {
        match fs::remove_file(self.partial(id)).await {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(e.into()),
            _ => Ok(()),
        }
    }

    /// A finished partial file becomes a blob: its size is checked, its hash is its name.
    pub async fn finish(&self, id: MediaId, expected: Option<u64>) -> Result<([u8; 32], u64), BlobError> {
        let partial = self.partial(id);
        let opened = fs::OpenOptions::new().read(true).write(true).open(&partial).await;
        let file = match opened {
            Err(e) if e.kind() == ErrorKind::NotFound => return Err(BlobError::Shared),
            opened => opened?.into_std().await,
        };
        // Nobody writes to it, or finishes it, while its hash is taken.
        file.try_lock().map_err(|_| BlobError::Shared)?;
        let mut file = fs::File::from_std(file);
        let (sha256, size) = digest(&mut file).await?;
        if let Some(expected) = expected.filter(|e| *e != size) {
            drop(file);
            self.discard(id).await?;
            return Err(BlobError::WrongSize {
                actual: size,
                expected,
            });
        }
        file.sync_all().await?;
        let path = self.path(&sha256);
        if self.is_whole(&sha256, size).await? {
            self.discard(id).await?;
        } else {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).await?;
            }
            fs::rename(&partial, &path).await?;
            sync_folder(&path).await?;
        }
        Ok((sha256, size))
    }

    /// Whether a blob is there with this size.
    pub async fn is_whole(&self, sha256: &[u8; 32], size: u64) -> Result<bool, BlobError> {
        match fs::metadata(self.path(sha256)).await {
            Ok(meta) => Ok(meta.len() == size),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// Whether a blob is there and has the bytes of its name.
    pub async fn verify(&self, sha256: &[u8; 32]) -> Result<bool, BlobError> {
        match fs::File::open(self.path(sha256)).await {
            Ok(mut file) => Ok(digest(&mut file).await?.0 == *sha256),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// Shows a blob under a name; answers what the archive remembers. A name that is taken by other bytes is not
    /// touched: a number is added.
    pub async fn show(&self, sha256: [u8; 32], size: u64, shown: &Shown) -> Result<StoredFile, BlobError> {
        let blob = self.path(&sha256);
        let mut relative = shown.relative();
        for n in 1.. {
            let path = self.root.join(&relative);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).await?;
            }
            if !self.links || !link(&blob, &path, relative.components().count()).await? {
                copy(&blob, &path).await?;
            }
            if same(&path, &blob).await? {
                break;
            }
            relative = numbered(&shown.relative(), n);
        }
        Ok(StoredFile {
            sha256,
            size: size as i64,
            path: Some(relative.to_string_lossy().into_owned()),
        })
    }
}

async fn digest(file: &mut fs::File) -> Result<([u8; 32], u64), BlobError> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        let read = file.read(&mut buffer).await?;
        if read == 0 {
            return Ok((hash.finalize().into(), size));
        }
        hash.update(&buffer[..read]);
        size += read as u64;
    }
}

async fn sync_folder(path: &Path) -> Result<(), BlobError> {
    if let Some(folder) = path.parent() {
        fs::File::open(folder).await?.sync_all().await?;
    }
    Ok(())
}

/// Makes a relative link where nothing is; `false`: this file system has none.
async fn link(blob: &Path, path: &Path, depth: usize) -> Result<bool, BlobError> {
    let mut target: PathBuf = std::iter::repeat_n("..", depth - 1).collect();
    target.push("_shared");
    for part in blob
        .components()
        .rev()
        .take(2)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
    {
        target.push(part);
    }
    match fs::symlink(&target, path).await {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(true),
        Err(e) if matches!(e.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// A real file where nothing is, written aside.
async fn copy(blob: &Path, path: &Path) -> Result<(), BlobError> {
    if fs::symlink_metadata(path).await.is_ok() {
        return Ok(());
    }
    let aside = path.with_extension("partial");
    fs::copy(blob, &aside).await?;
    fs::rename(&aside, path).await?;
    Ok(())
}

/// Whether a name shows these bytes.
async fn same(path: &Path, blob: &Path) -> Result<bool, BlobError> {
    if let (Ok(a), Ok(b)) = (fs::canonicalize(path).await, fs::canonicalize(blob).await)
        && a == b
    {
        return Ok(true);
    }
    let (Ok(mut a), Ok(mut b)) = (fs::File::open(path).await, fs::File::open(blob).await) else {
        return Ok(false);
    };
    Ok(digest(&mut a).await? == digest(&mut b).await?)
}

fn numbered(relative: &Path, n: u32) -> PathBuf {
    let stem = relative
        .file_stem()
        .map(|s| s.to_string_lossy().into_owned())
        .unwrap_or_default();
    let name = match relative.extension() {
        Some(ext) => format!("{stem} ({n}).{}", ext.to_string_lossy()),
        None => format!("{stem} ({n})"),
    };
    relative.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn stored(blobs: &DiskBlobs, id: i64, bytes: &[u8]) -> [u8; 32] {
        blobs.write_chunk(MediaId(id), 0, bytes).await.unwrap();
        blobs
            .finish(MediaId(id), Some(bytes.len() as u64))
            .await
            .unwrap()
            .0
    }

    #[tokio::test]
    async fn a_file_resumes_is_verified_and_shown() {
        let folder = tempfile::tempdir().unwrap();
        for links in [true, false] {
            let blobs = DiskBlobs::new(folder.path().join(links.to_string()), links);
            let id = MediaId(1);
            blobs.write_chunk(id, 0, b"abcdefgh").await.unwrap();
            blobs.write_chunk(id, 8, b"torn").await.unwrap();
            assert_eq!(blobs.resume_at(id, 8).await.unwrap(), 8);
            blobs.write_chunk(id, 8, b"ij").await.unwrap();
            let (sha256, size) = blobs.finish(id, Some(10)).await.unwrap();
            assert!(blobs.verify(&sha256).await.unwrap());
            let shown = Shown::Chat(ChatId(-1_000_000_000_005), "a.txt".into());
            let file = blobs.show(sha256, size, &shown).await.unwrap();
            let path = folder.path().join(links.to_string()).join(file.path.unwrap());
            assert_eq!(std::fs::read(&path).unwrap(), b"abcdefghij");
            assert_eq!(path.is_symlink(), links);
        }
    }

    #[tokio::test]
    async fn a_name_that_is_taken_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = DiskBlobs::new(folder.path().to_path_buf(), true);
        let (a, b) = (
            stored(&blobs, 1, b"first").await,
            stored(&blobs, 2, b"other").await,
        );
        let shown = Shown::Chat(ChatId(5), "x.bin".into());
        assert_eq!(
            blobs.show(a, 5, &shown).await.unwrap().path.as_deref(),
            Some("5/x.bin")
        );
        assert_eq!(
            blobs.show(b, 5, &shown).await.unwrap().path.as_deref(),
            Some("5/x (1).bin")
        );
        assert_eq!(
            blobs.show(a, 5, &shown).await.unwrap().path.as_deref(),
            Some("5/x.bin")
        );
        assert_eq!(std::fs::read(folder.path().join("5/x.bin")).unwrap(), b"first");
    }

    #[tokio::test]
    async fn a_wrong_size_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = DiskBlobs::new(folder.path().to_path_buf(), true);
        blobs.write_chunk(MediaId(1), 0, b"short").await.unwrap();
        let error = blobs.finish(MediaId(1), Some(10)).await.unwrap_err();
        assert!(matches!(
            error,
            BlobError::WrongSize {
                actual: 5,
                expected: 10
            }
        ));
        assert_eq!(blobs.resume_at(MediaId(1), 1).await.unwrap(), 0);
    }
}
