//! Files that are being fetched, on this machine.

use std::io::{ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use model::MediaId;
use sha2::{Digest as _, Sha256};
use tokio::fs;
use tokio::io::AsyncReadExt as _;

use crate::BlobError;

/// The folder they lie in, one file per media id.
#[derive(Clone, Debug)]
pub(crate) struct Partials {
    folder: PathBuf,
}

/// A partial file that is whole; nobody else writes to it, or finishes it, while this is held.
pub(crate) struct Finished {
    pub(crate) path: PathBuf,
    pub(crate) file: fs::File,
    pub(crate) sha256: [u8; 32],
    pub(crate) size: u64,
}

impl Partials {
    pub(crate) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self, id: MediaId) -> PathBuf {
        self.folder.join(id.0.to_string())
    }

    pub(crate) async fn ready(&self) -> Result<(), BlobError> {
        fs::create_dir_all(&self.folder)
            .await
            .map_err(|e| BlobError::Io(format!("{}: {e}", self.folder.display())))
    }

    pub(crate) async fn resume_at(&self, id: MediaId, chunk: u64) -> Result<u64, BlobError> {
        match fs::metadata(self.path(id)).await {
            Ok(meta) => Ok(meta.len() / chunk * chunk),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(0),
            Err(e) => Err(e.into()),
        }
    }

    pub(crate) async fn write_chunk(&self, id: MediaId, offset: u64, bytes: &[u8]) -> Result<(), BlobError> {
        fs::create_dir_all(&self.folder).await?;
        let (path, bytes) = (self.path(id), bytes.to_vec());
        let written = tokio::task::spawn_blocking(move || write_alone(&path, offset, &bytes));
        written.await.map_err(|e| BlobError::Io(e.to_string()))?
    }

    pub(crate) async fn discard(&self, id: MediaId) -> Result<(), BlobError> {
        match fs::remove_file(self.path(id)).await {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(e.into()),
            _ => Ok(()),
        }
    }

    /// Takes its hash; one of another size is removed.
    pub(crate) async fn finish(&self, id: MediaId, expected: Option<u64>) -> Result<Finished, BlobError> {
        let path = self.path(id);
        let opened = fs::OpenOptions::new().read(true).write(true).open(&path).await;
        let file = match opened {
            Err(e) if e.kind() == ErrorKind::NotFound => return Err(BlobError::Shared),
            opened => opened?.into_std().await,
        };
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
        Ok(Finished {
            path,
            file,
            sha256,
            size,
        })
    }
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

/// Hash and bytes of a file, from where it stands.
pub(crate) async fn digest(file: &mut fs::File) -> Result<([u8; 32], u64), BlobError> {
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
