//! The production binary as a user has it: a folder with an `.env`, and processes that are started, asked and killed.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use sqlx::AnyPool;
use telegram_sim::Sim;
use telegram_sim::scenario::{CODE, PASSWORD, PHONE};
use testkit::{Nats, Postgres, TestDatabase};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

/// How the archive runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// One process, SQLite.
    #[default]
    Node,
    /// A process per service, NATS and PostgreSQL.
    Cluster,
}

/// Servers of a cluster.
pub struct Servers {
    /// The broker.
    pub nats: Nats,
    /// The database server.
    pub postgres: Postgres,
    database: TestDatabase,
}

/// An installed archive.
pub struct Installation {
    /// Where everything lies.
    pub folder: tempfile::TempDir,
    /// How it runs.
    pub mode: Mode,
    /// Only of a cluster.
    pub servers: Option<Servers>,
    binary: PathBuf,
}

/// The processes of a cluster.
pub const SERVICES: [&str; 6] = [
    "writer",
    "rate-limiter",
    "fetcher",
    "media-downloader",
    "notifier",
    "viewer",
];

impl Installation {
    /// Writes the settings; `more` are further lines of the `.env`, of which the last of a name counts.
    pub async fn new(binary: &Path, mode: Mode, sim: &Sim, more: &str) -> anyhow::Result<Self> {
        let dc = sim.address(2).context("DC 2")?.to_string();
        Self::of(binary, mode, &dc, sim.rsa_public_pem(), more).await
    }

    /// The same with any Telegram: the address of its data centre 2 and its key.
    pub async fn of(binary: &Path, mode: Mode, dc: &str, key: &str, more: &str) -> anyhow::Result<Self> {
        ensure!(
            binary.exists(),
            "{} is missing: build it first (`make test` and `make demo-check` do)",
            binary.display()
        );
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("rsa.pem"), key)?;
        let mut env = format!(
            "TELEGRAM_API_ID=12345\nTELEGRAM_API_HASH=0123456789abcdef0123456789abcdef\nTELEGRAM_PHONE=+{PHONE}\n\
             TELEGRAM_DC_ADDRESS={dc}\nTELEGRAM_DC_RSA_KEY_FILE=rsa.pem\nBACKUP_PATH=data/backups\n\
             ADMIN_ADDRESS=127.0.0.1:0\nVIEWER_ADDRESS=127.0.0.1:0\nENABLE_LISTENER=true\nLISTEN_NEW_MESSAGES_MEDIA=true\n\
             TELEGRAM_HISTORY_CALLS_PER_SECOND=0\nTELEGRAM_METADATA_CALLS_PER_SECOND=0\n\
             TELEGRAM_FILE_CALLS_PER_SECOND=0\n{more}\n"
        );
        let servers = match mode {
            Mode::Node => None,
            Mode::Cluster => {
                let (nats, postgres) = (Nats::start().await?, Postgres::start_own().await?);
                let database = postgres.database().await?;
                env.push_str(&format!(
                    "NATS_URL={}\nDATABASE_URL={}\nSESSION_ENCRYPTION_KEY={}\n",
                    nats.url(),
                    database.url,
                    "5a".repeat(32)
                ));
                Some(Servers {
                    nats,
                    postgres,
                    database,
                })
            }
        };
        std::fs::write(folder.path().join(".env"), env)?;
        Ok(Self {
            folder,
            mode,
            servers,
            binary: binary.to_owned(),
        })
    }

    /// A command of the binary in its folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end, a minute at most.
    pub async fn ask(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        let output = self.command(arguments).output();
        tokio::time::timeout(Duration::from_mins(1), output)
            .await
            .with_context(|| format!("{arguments:?} does not end"))?
            .with_context(|| format!("{arguments:?}"))
    }

    /// Logs in as a person would who types a wrong code and a wrong password first; answers what was printed.
    pub async fn log_in(&self) -> anyhow::Result<String> {
        let mut child = self
            .command(&["auth"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut stdin = child.stdin.take().context("standard input")?;
        stdin
            .write_all(format!("00000\n{CODE}\nnot it\n{PASSWORD}\n").as_bytes())
            .await?;
        drop(stdin);
        let output = tokio::time::timeout(Duration::from_secs(90), child.wait_with_output()).await??;
        let printed = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        ensure!(output.status.success(), "the log-in failed: {printed}");
        Ok(printed)
    }

    /// Names of the processes that make it up.
    pub const fn processes(&self) -> &'static [&'static str] {
        match self.mode {
            Mode::Node => &["run"],
            Mode::Cluster => &SERVICES,
        }
    }

    /// Starts one of [`Installation::processes`]; its log is appended to `<name>.log`.
    pub fn start(&self, name: &str) -> anyhow::Result<Child> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join(format!("{name}.log")))?;
        let mut command = match self.mode {
            Mode::Node => self.command(&["run"]),
            Mode::Cluster => self.command(&["service", name]),
        };
        Ok(command.stdout(Stdio::null()).stderr(log).spawn()?)
    }

    /// Where its files lie.
    pub fn media(&self) -> PathBuf {
        self.folder.path().join("data/backups/media")
    }

    /// The database's URL, for plain SQL.
    pub fn database(&self) -> String {
        match &self.servers {
            None => format!(
                "sqlite://{}",
                self.folder
                    .path()
                    .join("data/backups/telegram_backup.db")
                    .display()
            ),
            Some(servers) => servers.database.url.clone(),
        }
    }

    /// A connection for plain SQL.
    pub async fn pool(&self) -> anyhow::Result<AnyPool> {
        pool(&self.database()).await
    }
}

/// A small pool for plain SQL on either database.
pub async fn pool(url: &str) -> anyhow::Result<AnyPool> {
    sqlx::any::install_default_drivers();
    let options = sqlx::any::AnyPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(Duration::from_secs(20));
    options.connect(url).await.context("the archive's database")
}

/// Ends a process as an operator does, and waits a minute for it at most.
pub async fn terminate(name: &str, child: &mut Child) -> anyhow::Result<()> {
    let id = child
        .id()
        .with_context(|| format!("{name} ended by itself: {:?}", child.try_wait()))?;
    let told = Command::new("kill")
        .arg("-TERM")
        .arg(id.to_string())
        .status()
        .await?;
    ensure!(told.success(), "SIGTERM was not delivered to {name}");
    let status = tokio::time::timeout(Duration::from_mins(1), child.wait())
        .await
        .with_context(|| format!("{name} did not obey SIGTERM"))??;
    ensure!(status.success(), "{name} ended with {status}");
    Ok(())
}
