//! Where the bytes of files come from.

use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;

/// Bytes of files, by the hash of their content. The viewer alone decides who may have them.
#[async_trait]
pub trait Files: Send + Sync {
    /// Bytes of a file, as many as there are in the range; `None`: there is no such file. The error is for a person.
    async fn read(&self, sha256: &[u8; 32], range: Range<u64>) -> Result<Option<Bytes>, String>;
}
