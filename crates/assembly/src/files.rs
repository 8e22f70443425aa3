//! The viewer's files, from where the downloader keeps them.

use std::io::{ErrorKind, SeekFrom};
use std::ops::Range;

use async_trait::async_trait;
use blobs::DiskBlobs;
use bytes::Bytes;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use viewer::Files;

/// The files of a folder.
pub(crate) struct Stored(pub(crate) DiskBlobs);

#[async_trait]
impl Files for Stored {
    async fn read(&self, sha256: &[u8; 32], range: Range<u64>) -> Result<Option<Bytes>, String> {
        let mut file = match File::open(self.0.path(sha256)).await {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e.to_string()),
        };
        let length = range.end.saturating_sub(range.start);
        let mut bytes = Vec::with_capacity(length as usize);
        let read = async {
            file.seek(SeekFrom::Start(range.start)).await?;
            file.take(length).read_to_end(&mut bytes).await
        };
        read.await.map_err(|e| e.to_string())?;
        Ok(Some(bytes.into()))
    }
}
