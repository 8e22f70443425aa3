//! Archives in the cache, and the production viewer over one of them.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use assembly::StoreSettings;
use clap::ValueEnum;
use secrecy::SecretString;
use testkit::{Nats, Postgres, eventually, free_port};
use tests::installation::terminate;
use tests::proc::memory_mib;
use tokio::process::{Child, Command};

use crate::load::{Loaded, Plain, load};
use crate::world::World;

/// Bytes of disk that a message of an archive that is not there yet takes at most, its making included.
const BYTES_A_MESSAGE: i64 = 6_000;

/// Where an archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Store {
    Sqlite,
    Postgres,
}

impl Store {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// See the module.
pub(crate) struct Archive {
    pub(crate) world: World,
    folder: PathBuf,
    pub(crate) settings: StoreSettings,
    url: String,
    _postgres: Option<Postgres>,
}

/// The folder of an archive.
fn folder(cache: &Path, store: Store, size: i64) -> PathBuf {
    cache.join(format!("{}-{size}", store.name()))
}

fn kept(folder: &Path) -> Option<Loaded> {
    serde_json::from_str(&std::fs::read_to_string(folder.join("loaded.json")).ok()?).ok()
}

/// Bytes that are free where the archives lie.
async fn free(cache: &Path) -> anyhow::Result<i64> {
    let output = Command::new("df")
        .args(["--output=avail", "-B1"])
        .arg(cache)
        .output()
        .await?;
    let text = String::from_utf8_lossy(&output.stdout);
    let number = text.lines().nth(1).context("df tells no number")?.trim().parse();
    Ok(number?)
}

/// Prints what is free, and refuses where that is less than what is to be made may take.
pub(crate) async fn room(cache: &Path, wanted: &[(Store, i64)]) -> anyhow::Result<()> {
    std::fs::create_dir_all(cache)?;
    let missing = wanted
        .iter()
        .filter(|(store, size)| kept(&folder(cache, *store, *size)).is_none());
    // One after the other: what is made needs most, what was made some more.
    let need = missing
        .map(|(_, size)| size * BYTES_A_MESSAGE)
        .max()
        .unwrap_or_default();
    let free = free(cache).await?;
    println!("{}: {:.1} GB free", cache.display(), free as f64 / 1e9);
    ensure!(
        free >= need,
        "{:.0} GB must be free there to make these archives: make room, name another folder by CACHE=, or ask for less \
         by SIZES=1000000",
        need as f64 / 1e9
    );
    Ok(())
}

impl Archive {
    /// The archive of the cache, made now if it is not there. Prints how long that took, and what it takes.
    pub(crate) async fn open(cache: &Path, store: Store, size: i64) -> anyhow::Result<Self> {
        let folder = folder(cache, store, size);
        let loaded = kept(&folder);
        if loaded.is_none() && folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        let world = World::new(size);
        let (postgres, url, settings) = match store {
            Store::Sqlite => {
                let path = folder.join("telegram_backup.db");
                let settings = StoreSettings::Sqlite {
                    path,
                    timeout: Duration::from_mins(1),
                    echo: false,
                };
                (None, String::new(), settings)
            }
            Store::Postgres => {
                let server = Postgres::start_in(&folder.join("server")).await?;
                let url = format!("{}/postgres", server.url());
                let settings = StoreSettings::Postgres {
                    url: SecretString::from(url.clone()),
                    timeout: Duration::from_hours(1),
                    echo: false,
                };
                (Some(server), url, settings)
            }
        };
        let loaded = if let Some(loaded) = loaded {
            println!("  it is in the cache: {}", folder.display());
            // A version before this one may have made it.
            drop(assembly::open_store(&settings, std::sync::Arc::new(model::SystemClock)).await?);
            loaded
        } else {
            let loaded = load(&world, &settings).await?;
            std::fs::write(folder.join("loaded.json"), serde_json::to_string(&loaded)?)?;
            loaded
        };
        println!(
            "  loaded in {:.0} s, indexes in {:.0} s, search index in {:.0} s",
            loaded.rows, loaded.indexes, loaded.search_index
        );
        Ok(Self {
            world,
            folder,
            settings,
            url,
            _postgres: postgres,
        })
    }

    /// Prints its bytes.
    pub(crate) async fn tell_size(&self) -> anyhow::Result<()> {
        let output = Command::new("du")
            .args(["-sb", "--"])
            .arg(&self.folder)
            .output()
            .await?;
        let all: f64 = String::from_utf8_lossy(&output.stdout)
            .split_whitespace()
            .next()
            .context("du tells no number")?
            .parse()?;
        println!("  {:.2} GB on disk", all / 1e9);
        Ok(())
    }

    /// Prints the bytes of its largest parts.
    pub(crate) async fn tell_parts(&self) -> anyhow::Result<()> {
        for (name, bytes) in Plain::open(&self.settings).await?.sizes().await? {
            println!("    {name:<44} {:>10.1} MB", bytes as f64 / 1e6);
        }
        Ok(())
    }
}

/// The production binary's viewer, logged in to.
pub(crate) struct Viewer {
    process: Child,
    pub(crate) port: u16,
    pub(crate) cookie: String,
    _nats: Option<Nats>,
}

const NAME: &str = "bench";
const PASSWORD: &str = "bench-viewer-bench";

impl Viewer {
    pub(crate) async fn start(binary: &Path, archive: &Archive) -> anyhow::Result<Self> {
        let (port, admin) = (free_port()?, free_port()?);
        let mut env = format!(
            "BACKUP_PATH={0}\nSESSION_DIR={0}/session\nVIEWER_ADDRESS=127.0.0.1:{port}\nADMIN_ADDRESS=127.0.0.1:{admin}\n\
             VIEWER_USERNAME={NAME}\nVIEWER_PASSWORD={PASSWORD}\nLOG_LEVEL=ERROR\n",
            archive.folder.display()
        );
        let mut nats = None;
        if !archive.url.is_empty() {
            let broker = Nats::start().await?;
            env.push_str(&format!(
                "NATS_URL={}\nDATABASE_URL={}\nSESSION_ENCRYPTION_KEY={}\n",
                broker.url(),
                archive.url,
                "5a".repeat(32)
            ));
            nats = Some(broker);
        }
        std::fs::write(archive.folder.join(".env"), env)?;
        let log = std::fs::File::create(archive.folder.join("viewer.log"))?;
        let process = Command::new(std::path::absolute(binary)?)
            .args(["service", "viewer"])
            .current_dir(&archive.folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("the viewer does not start")?;
        let http = reqwest::Client::new();
        let address = format!("http://127.0.0.1:{port}/api/v1/session");
        let body = serde_json::json!({ "name": NAME, "password": PASSWORD }).to_string();
        let log_in = async || {
            let request = http.post(&address).header("content-type", "application/json");
            request.body(body.clone()).send().await.ok()
        };
        let answer = eventually("the viewer answers", log_in)
            .await?
            .error_for_status()?;
        let cookie = answer
            .headers()
            .get("set-cookie")
            .context("a session")?
            .to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Self {
            process,
            port,
            cookie,
            _nats: nats,
        })
    }

    /// A field of its status, MiB.
    pub(crate) fn mib(&self, field: &str) -> anyhow::Result<f64> {
        memory_mib(self.process.id().context("the viewer ended by itself")?, field)
    }

    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        terminate("viewer", &mut self.process).await
    }
}
