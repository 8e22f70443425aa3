//! The viewer's files, from where the downloader keeps them.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use blobs::Blobs;
use bytes::Bytes;
use viewer::Files;

/// The files of a folder or a bucket.
pub(crate) struct Stored(pub(crate) Arc<dyn Blobs>);

#[async_trait]
impl Files for Stored {
    async fn read(&self, sha256: &[u8; 32], range: Range<u64>) -> Result<Option<Bytes>, String> {
        self.0.read(sha256, range).await.map_err(|e| e.to_string())
    }
}
