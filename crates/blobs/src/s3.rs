//! An S3 bucket: a blob's key is `<prefix>/<sha256>`, and there are no names. What is being fetched lies on this machine
//! until it is whole and verified.

use std::io::SeekFrom;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt as _;
use model::{Damage, MediaId, StoredFile};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt as _, RetryConfig,
    WriteMultipart,
};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use tokio::fs;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use crate::partials::Partials;
use crate::{BlobError, Blobs, Shown, hex};

/// What is larger goes up in parts of this size, bytes; two parts of a file are in memory at most.
const PART: usize = 8 << 20;
/// The object that proves that the bucket lets us write.
const PROBE: &str = "telegram-archive";
/// No byte for so long: the connection is lost.
const SILENCE: Duration = Duration::from_secs(30);

/// Which bucket, and how it lets us in.
#[derive(Clone, Debug)]
pub struct S3Options {
    /// Its name.
    pub bucket: String,
    /// Before each key; may be empty.
    pub prefix: String,
    /// `https://...` of another server than Amazon's.
    pub endpoint: Option<String>,
    /// As the server calls it.
    pub region: String,
    /// Who we are.
    pub access_key_id: SecretString,
    /// And the proof.
    pub secret_access_key: SecretString,
}

/// A bucket.
#[derive(Clone, Debug)]
pub struct S3Blobs {
    bucket: AmazonS3,
    prefix: Path,
    partials: Partials,
}

/// Our own HTTP client: TLS by rustls with the provider of the process, and an end to every wait.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(SILENCE)
            .build()
            .map_err(|e| Error::Generic {
                store: "S3",
                source: Box::new(e),
            })?;
        Ok(HttpClient::new(client))
    }
}

impl S3Blobs {
    /// A bucket; nothing is asked yet. `scratch`: the folder of partial files, on this machine.
    pub fn new(options: &S3Options, scratch: PathBuf) -> Result<Self, BlobError> {
        let retry = RetryConfig {
            max_retries: 3,
            retry_timeout: SILENCE,
            backoff: BackoffConfig {
                max_backoff: Duration::from_secs(2),
                ..BackoffConfig::default()
            },
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&options.bucket)
            .with_region(&options.region)
            .with_access_key_id(options.access_key_id.expose_secret())
            .with_secret_access_key(options.secret_access_key.expose_secret())
            .with_allow_http(
                options
                    .endpoint
                    .as_deref()
                    .is_some_and(|e| e.starts_with("http:")),
            )
            .with_retry(retry)
            .with_http_connector(Connector);
        if let Some(endpoint) = &options.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let wrong = |what: String| BlobError::Refused(what);
        Ok(Self {
            bucket: builder.build().map_err(|e| wrong(e.to_string()))?,
            prefix: Path::parse(&options.prefix).map_err(|e| wrong(e.to_string()))?,
            partials: Partials::new(scratch),
        })
    }

    fn key(&self, sha256: &[u8; 32]) -> Path {
        self.prefix.clone().join(hex(sha256))
    }

    async fn upload(&self, key: &Path, file: &mut fs::File, size: u64) -> Result<(), BlobError> {
        file.seek(SeekFrom::Start(0)).await?;
        if size <= PART as u64 {
            let mut bytes = Vec::with_capacity(size as usize);
            file.read_to_end(&mut bytes).await?;
            self.bucket.put(key, bytes.into()).await.map_err(told)?;
            return Ok(());
        }
        let upload = self.bucket.put_multipart(key).await.map_err(told)?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
        let mut buffer = vec![0; 1 << 18];
        loop {
            let sent = match file.read(&mut buffer).await {
                Ok(0) => break,
                Ok(read) => match upload.wait_for_capacity(1).await {
                    Ok(()) => {
                        upload.write(&buffer[..read]);
                        continue;
                    }
                    Err(e) => told(e),
                },
                Err(e) => e.into(),
            };
            // What was sent is of no use; that it stays is worse than that this fails too.
            if let Err(e) = upload.abort().await {
                tracing::debug!("parts of an upload are left in the bucket: {}", told(e));
            }
            return Err(sent);
        }
        upload.finish().await.map(|_| ()).map_err(told)
    }

    /// Size of an object; `None`: there is none.
    async fn size(&self, key: &Path) -> Result<Option<u64>, BlobError> {
        match self.bucket.head(key).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(told(e)),
        }
    }
}

#[async_trait]
impl Blobs for S3Blobs {
    async fn ready(&self) -> Result<(), BlobError> {
        self.partials.ready().await?;
        let probe = self.prefix.clone().join(PROBE);
        match self
            .bucket
            .put(&probe, Bytes::from_static(b"files by their SHA-256\n").into())
            .await
        {
            Ok(_) => Ok(()),
            Err(Error::NotFound { .. }) => Err(BlobError::Refused("there is no such bucket".to_owned())),
            Err(e) => Err(told(e)),
        }
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
        let mut finished = self.partials.finish(id, expected).await?;
        let key = self.key(&finished.sha256);
        self.upload(&key, &mut finished.file, finished.size).await?;
        self.partials.discard(id).await?;
        Ok((finished.sha256, finished.size))
    }

    async fn is_whole(&self, sha256: &[u8; 32], size: u64) -> Result<bool, BlobError> {
        Ok(self.size(&self.key(sha256)).await? == Some(size))
    }

    async fn check(&self, sha256: &[u8; 32], size: u64) -> Result<Option<Damage>, BlobError> {
        let key = self.key(sha256);
        match self.size(&key).await? {
            None => return Ok(Some(Damage::Missing)),
            Some(now) if now != size => return Ok(Some(Damage::WrongSize)),
            Some(_) => {}
        }
        let mut stream = self.bucket.get(&key).await.map_err(told)?.into_stream();
        let mut hash = Sha256::new();
        while let Some(bytes) = stream.try_next().await.map_err(told)? {
            hash.update(&bytes);
        }
        let now: [u8; 32] = hash.finalize().into();
        Ok((now != *sha256).then_some(Damage::WrongBytes))
    }

    async fn read(&self, sha256: &[u8; 32], range: Range<u64>) -> Result<Option<Bytes>, BlobError> {
        let key = self.key(sha256);
        // A range of an empty object, or behind its end, is an error to S3.
        match self.size(&key).await? {
            None => return Ok(None),
            Some(size) if range.start >= size.min(range.end) => return Ok(Some(Bytes::new())),
            Some(_) => {}
        }
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let answer = self.bucket.get_opts(&key, options).await.map_err(told)?;
        answer.bytes().await.map(Some).map_err(told)
    }

    async fn show(&self, sha256: [u8; 32], size: u64, _: &Shown) -> Result<StoredFile, BlobError> {
        Ok(StoredFile {
            sha256,
            size: size as i64,
            path: None,
        })
    }

    async fn mend(&self, stored: &StoredFile, _: &Shown) -> Result<Option<StoredFile>, BlobError> {
        // One with a name was kept on disk before.
        Ok(stored.path.is_some().then(|| StoredFile {
            path: None,
            ..stored.clone()
        }))
    }
}

/// What an answer means. A server's own text may hold the access key, so of it only the code is told.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn told(error: Error) -> BlobError {
    let text = error.to_string();
    let code = text
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"))
        .map(|(code, _)| code.to_owned());
    match (&error, code) {
        (Error::PermissionDenied { .. } | Error::Unauthenticated { .. }, code) => {
            BlobError::Refused(format!(
                "{}; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they may do",
                code.unwrap_or_else(|| "access denied".to_owned())
            ))
        }
        (Error::NotFound { .. }, None) => {
            BlobError::Unreachable("the object is not there any more".to_owned())
        }
        (_, Some(code)) if code.starts_with("NoSuchBucket") => {
            BlobError::Refused("there is no such bucket".to_owned())
        }
        (_, Some(code)) => BlobError::Unreachable(code),
        (error, None) => BlobError::Unreachable(root_cause(error)),
    }
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let text = cause.to_string();
    // A body that is no XML of S3's would be the page of some proxy.
    text.split('<')
        .next()
        .unwrap_or_default()
        .trim_end_matches([' ', ':'])
        .to_owned()
}

#[cfg(test)]
mod tests {
    use testkit::Seaweed;

    use super::*;
    use crate::conformance::Fixture;

    struct Bucket {
        options: S3Options,
        scratch: tempfile::TempDir,
    }

    impl Bucket {
        /// A bucket of its own.
        async fn new(server: &Seaweed) -> Self {
            Self {
                options: options(server, &server.bucket().await.unwrap()),
                scratch: tempfile::tempdir().unwrap(),
            }
        }

        fn open(&self) -> S3Blobs {
            // A second test finds it there.
            let _ = rustls::crypto::ring::default_provider().install_default();
            S3Blobs::new(&self.options, self.scratch.path().join("_partial")).unwrap()
        }
    }

    fn options(server: &Seaweed, bucket: &str) -> S3Options {
        S3Options {
            bucket: bucket.to_owned(),
            prefix: "some/where".to_owned(),
            endpoint: Some(server.url()),
            region: "us-east-1".to_owned(),
            access_key_id: SecretString::from(Seaweed::ACCESS_KEY_ID),
            secret_access_key: SecretString::from(Seaweed::SECRET_ACCESS_KEY),
        }
    }

    #[async_trait]
    impl Fixture for Bucket {
        fn blobs(&self) -> Box<dyn Blobs> {
            Box::new(self.open())
        }

        async fn spoil(&self, sha256: &[u8; 32], bytes: Option<&[u8]>) {
            let blobs = self.open();
            let key = blobs.key(sha256);
            match bytes {
                Some(bytes) => blobs
                    .bucket
                    .put(&key, bytes.to_vec().into())
                    .await
                    .map(|_| ())
                    .unwrap(),
                None => blobs.bucket.delete(&key).await.unwrap(),
            }
        }
    }

    #[tokio::test]
    async fn a_bucket_keeps_the_laws_and_says_why_it_cannot_be_used() {
        let server = Seaweed::start().await.unwrap();
        let bucket = Bucket::new(&server).await;
        crate::conformance::all(&bucket).await;

        let refused = |options: S3Options| {
            let bucket = Bucket {
                options,
                scratch: tempfile::tempdir().unwrap(),
            };
            async move { bucket.open().ready().await.unwrap_err().to_string() }
        };
        let name = bucket.options.bucket.clone();
        let text = refused(S3Options {
            secret_access_key: SecretString::from("wrong"),
            ..options(&server, &name)
        })
        .await;
        assert!(
            text.contains("refuses") && text.contains("AWS_SECRET_ACCESS_KEY"),
            "{text}"
        );
        assert!(!text.contains(Seaweed::ACCESS_KEY_ID), "{text}");
        let text = refused(options(&server, "nowhere")).await;
        assert!(text.contains("there is no such bucket"), "{text}");

        let nobody = format!("http://127.0.0.1:{}", testkit::free_port().unwrap());
        let away = Bucket {
            options: S3Options {
                endpoint: Some(nobody),
                ..options(&server, &name)
            },
            scratch: tempfile::tempdir().unwrap(),
        };
        let text = away.open().ready().await.unwrap_err().to_string();
        assert!(text.contains("cannot be reached"), "{text}");
        let sealed = Bucket {
            options: S3Options {
                endpoint: Some(server.url().replace("http:", "https:")),
                ..options(&server, &name)
            },
            scratch: tempfile::tempdir().unwrap(),
        };
        let text = sealed.open().ready().await.unwrap_err().to_string();
        assert!(text.contains("corrupt message"), "TLS is spoken: {text}");
        let looked = away.open().check(&[1; 32], 1).await;
        assert!(looked.is_err(), "away is not missing: {looked:?}");
    }
}
