use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::process::{end, free_port, last_words, present, run};
use crate::wait::eventually;

const BIN: &str = "/usr/lib/postgresql/15/bin";
/// Names a server that several test processes share, as `postgres://postgres@127.0.0.1:PORT`.
const SHARED: &str = "ARCHIVE_TEST_POSTGRES";

/// A PostgreSQL server for tests: trusting, without fsync.
pub struct Postgres {
    url: String,
    own: Option<Cluster>,
}

struct Cluster {
    // Dropped last: the server writes here.
    process: Child,
    port: u16,
    folder: PathBuf,
    /// `None`: it stays.
    _goes: Option<TempDir>,
}

/// An empty database of a test server.
#[derive(Clone, Debug)]
pub struct TestDatabase {
    /// `postgres://...`
    pub url: String,
}

impl Postgres {
    /// The server that `ARCHIVE_TEST_POSTGRES` names, else one of its own.
    #[expect(
        clippy::disallowed_methods,
        reason = "the suite's runner tells its test processes by the environment"
    )]
    pub async fn start() -> anyhow::Result<Self> {
        match std::env::var(SHARED) {
            Ok(url) if !url.is_empty() => Ok(Self { url, own: None }),
            _ => Self::start_own().await,
        }
    }

    /// A server of its own, which a test may stop and start again.
    pub async fn start_own() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("archive-pg-").tempdir()?;
        let path = folder.path().to_owned();
        Self::start_over(path, Some(folder)).await
    }

    /// A server over the data of an absolute folder, which stay; they are made if there are none.
    pub async fn start_in(folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Self::start_over(folder.to_owned(), None).await
    }

    async fn start_over(folder: PathBuf, goes: Option<TempDir>) -> anyhow::Result<Self> {
        present(Path::new(BIN))?;
        if is_root().await? {
            run(Command::new("chown").arg("postgres").arg(&folder)).await?;
        }
        let data = folder.join("data");
        if !data.exists() {
            let mut initdb = as_server_user("initdb").await?;
            run(initdb
                .args([
                    "--no-sync",
                    "-A",
                    "trust",
                    "-U",
                    "postgres",
                    "-E",
                    "UTF8",
                    "--locale=C.UTF-8",
                    "-D",
                ])
                .arg(&data))
            .await?;
        }
        let port = free_port()?;
        let process = launch(&folder, port).await?;
        let url = format!("postgres://postgres@127.0.0.1:{port}");
        let server = Self {
            url,
            own: Some(Cluster {
                process,
                port,
                folder,
                _goes: goes,
            }),
        };
        server.ready().await?;
        Ok(server)
    }

    /// Without a database's name.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A fresh, empty database.
    pub async fn database(&self) -> anyhow::Result<TestDatabase> {
        let name = format!("t{:016x}", rand::random::<u64>());
        self.psql(&format!("CREATE DATABASE {name}")).await?;
        Ok(TestDatabase {
            url: format!("{}/{name}", self.url),
        })
    }

    /// Stops a server of one's own at once, as a crash would.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        let cluster = self.own.as_mut().context("a shared server is not stopped")?;
        end(&mut cluster.process, "-QUIT").await
    }

    /// Starts it again on the same port and data.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        let cluster = self.own.as_mut().context("a shared server is not started")?;
        cluster.process = launch(&cluster.folder, cluster.port).await?;
        self.ready().await
    }

    async fn psql(&self, sql: &str) -> anyhow::Result<()> {
        let url = format!("{}/postgres", self.url);
        run(Command::new(PathBuf::from(BIN).join("psql")).args([
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            &url,
            "-c",
            sql,
        ]))
        .await
    }

    async fn ready(&self) -> anyhow::Result<()> {
        let ready = eventually("PostgreSQL answers", async || self.psql("SELECT 1").await.ok()).await;
        ready.with_context(|| {
            self.own
                .as_ref()
                .map_or_else(String::new, |own| last_words(&own.folder))
        })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A killed postmaster leaves children that end on their own; an immediate shutdown leaves none.
        if let Some(id) = self.own.as_ref().and_then(|c| c.process.id()) {
            let _ = std::process::Command::new("kill")
                .args(["-QUIT", &id.to_string()])
                .status();
            let gone = || !Path::new(&format!("/proc/{id}/stat")).exists() || zombie(id);
            for _ in 0..500 {
                if gone() {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
        }
    }
}

fn zombie(id: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| {
        stat.rsplit(')')
            .next()
            .is_some_and(|rest| rest.trim_start().starts_with('Z'))
    })
}

async fn launch(folder: &Path, port: u16) -> anyhow::Result<Child> {
    let mut postgres = as_server_user("postgres").await?;
    postgres.arg("-D").arg(folder.join("data"));
    for setting in [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", folder.display()),
        "fsync=off".to_owned(),
        "full_page_writes=off".to_owned(),
        "max_connections=300".to_owned(),
        "shared_buffers=128MB".to_owned(),
    ] {
        postgres.arg("-c").arg(setting);
    }
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))?;
    postgres
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .context("postgres does not start")
}

/// PostgreSQL refuses to run as root: then it runs as the user that Debian's package makes.
async fn as_server_user(tool: &str) -> anyhow::Result<Command> {
    let tool = PathBuf::from(BIN).join(tool);
    let mut command;
    if is_root().await? {
        command = Command::new("setpriv");
        command
            .args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"])
            .arg(tool);
    } else {
        command = Command::new(tool);
    }
    command.current_dir("/");
    Ok(command)
}

async fn is_root() -> anyhow::Result<bool> {
    let id = Command::new("id").arg("-u").output().await?;
    Ok(id.stdout.trim_ascii() == b"0")
}
