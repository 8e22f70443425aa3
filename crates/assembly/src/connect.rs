//! Opens the database that the settings name.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use blobs::{Blobs, DiskBlobs, S3Blobs, S3Options};
use bus::Bus;
use bus_nats::{NatsBus, NatsOptions};
use fetcher::FetcherStore;
use media_downloader::{MediaStore, owner::OwnerStore};
use model::Clock;
use notifier::NotifierStore;
use rate_limiter::GuardStore;
use secrecy::SecretString;
use store::Store;
use store_postgres::{PostgresOptions, PostgresStore};
use store_sqlite::{SqliteOptions, SqliteStore};
use viewer::ViewerStore;
use writer::WriterStore;

/// Which database.
#[derive(Clone, Debug)]
pub enum StoreSettings {
    /// A file.
    Sqlite {
        /// Its path.
        path: PathBuf,
        /// Longest wait for a lock.
        timeout: Duration,
        /// Log statements.
        echo: bool,
    },
    /// A URL.
    Postgres {
        /// With its password.
        url: SecretString,
        /// Longest wait for a statement.
        timeout: Duration,
        /// Log statements.
        echo: bool,
    },
}

/// A cluster's broker.
#[derive(Clone, Debug)]
pub struct BusSettings {
    /// `nats://...`, with its credentials.
    pub url: SecretString,
    /// A `.creds` file.
    pub credentials_file: Option<PathBuf>,
    /// Copies of each stream.
    pub replicas: usize,
}

/// Connects to it; streams are made where they are missing.
pub async fn open_bus(settings: &BusSettings) -> anyhow::Result<Arc<dyn Bus>> {
    let options = NatsOptions {
        replicas: settings.replicas,
        credentials_file: settings.credentials_file.clone(),
        ..NatsOptions::new(settings.url.clone())
    };
    Ok(Arc::new(NatsBus::connect(options).await?))
}

/// Where files are kept.
#[derive(Clone, Debug)]
pub enum BlobSettings {
    /// A folder.
    Disk {
        /// The media folder.
        root: PathBuf,
        /// `DEDUPLICATE_MEDIA`: links, not copies.
        links: bool,
    },
    /// A bucket.
    S3 {
        /// Which.
        options: S3Options,
        /// The folder of this machine in which files lie while they are being fetched.
        scratch: PathBuf,
    },
}

/// Opens it; whether files can be kept there, whoever uses it asks.
pub fn open_blobs(settings: &BlobSettings) -> anyhow::Result<Arc<dyn Blobs>> {
    Ok(match settings {
        BlobSettings::Disk { root, links } => Arc::new(DiskBlobs::new(root.clone(), *links)),
        BlobSettings::S3 { options, scratch } => Arc::new(S3Blobs::new(options, scratch.clone())?),
    })
}

/// One database, as each of its users sees it.
#[derive(Clone)]
pub struct Stores {
    /// Everything.
    pub all: Arc<dyn Store>,
    /// The fetcher's ports.
    pub fetcher: Arc<dyn FetcherStore>,
    /// The writer's ports.
    pub writer: Arc<dyn WriterStore>,
    /// The guard's ports.
    pub guard: Arc<dyn GuardStore>,
    /// The media-downloader's ports.
    pub media: Arc<dyn MediaStore>,
    /// Those of whoever holds a downloader's authorization.
    pub owner: Arc<dyn OwnerStore>,
    /// The viewer's ports.
    pub viewer: Arc<dyn ViewerStore>,
    /// The notifier's ports.
    pub notifier: Arc<dyn NotifierStore>,
}

impl Stores {
    /// Of any store.
    pub fn of<S: Store + 'static>(store: S) -> Self {
        let store = Arc::new(store);
        Self {
            all: Arc::clone(&store) as Arc<dyn Store>,
            fetcher: Arc::clone(&store) as Arc<dyn FetcherStore>,
            writer: Arc::clone(&store) as Arc<dyn WriterStore>,
            guard: Arc::clone(&store) as Arc<dyn GuardStore>,
            media: Arc::clone(&store) as Arc<dyn MediaStore>,
            owner: Arc::clone(&store) as Arc<dyn OwnerStore>,
            viewer: Arc::clone(&store) as Arc<dyn ViewerStore>,
            notifier: store,
        }
    }
}

/// Opens it, migrated.
pub async fn open_store(settings: &StoreSettings, clock: Arc<dyn Clock>) -> anyhow::Result<Stores> {
    match settings {
        StoreSettings::Sqlite { path, timeout, echo } => {
            let options = sqlite(*timeout, *echo);
            Ok(Stores::of(SqliteStore::open(path, clock, options).await?))
        }
        StoreSettings::Postgres { url, timeout, echo } => {
            let options = postgres(url, *timeout, *echo);
            Ok(Stores::of(PostgresStore::open(clock, options).await?))
        }
    }
}

/// Opens it for reading only, also on storage that cannot be written to; it must have been migrated.
pub async fn open_store_read_only(settings: &StoreSettings, clock: Arc<dyn Clock>) -> anyhow::Result<Stores> {
    match settings {
        StoreSettings::Sqlite { path, timeout, echo } => {
            let options = sqlite(*timeout, *echo);
            Ok(Stores::of(
                SqliteStore::open_read_only(path, clock, options).await?,
            ))
        }
        StoreSettings::Postgres { url, timeout, echo } => {
            let options = postgres(url, *timeout, *echo);
            Ok(Stores::of(PostgresStore::open_read_only(clock, options).await?))
        }
    }
}

fn sqlite(timeout: Duration, echo: bool) -> SqliteOptions {
    SqliteOptions {
        timeout,
        echo,
        ..SqliteOptions::default()
    }
}

fn postgres(url: &SecretString, timeout: Duration, echo: bool) -> PostgresOptions {
    PostgresOptions {
        statement_timeout: timeout,
        echo,
        ..PostgresOptions::new(url.clone())
    }
}
