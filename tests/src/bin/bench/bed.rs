//! A simulator in a process of its own, and an archive that is logged in to it.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use sqlx::AnyPool;
use testkit::{Nats, Postgres};
use tests::installation::{Mode, SERVICES, pool, terminate};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::Args;
use tests::proc::{cpu_seconds, memory_mib};

/// The longest that anything is waited for.
const LIMIT: Duration = Duration::from_mins(20);

/// See the module.
pub(crate) struct Bed {
    pub(crate) folder: tempfile::TempDir,
    /// What the simulator said when it was ready.
    pub(crate) ready: Value,
    /// Of the single node.
    pub(crate) admin_port: u16,
    /// Where the rows are.
    pub(crate) database: String,
    mode: Mode,
    archive: std::path::PathBuf,
    _simulator: Child,
    _servers: Option<(Nats, Postgres)>,
}

/// The archive's processes.
pub(crate) struct Running(Vec<(&'static str, Child)>);

impl Bed {
    /// A history of so many messages; the archive is logged in and does not run yet.
    pub(crate) async fn new(args: &Args, messages: i64, mode: Mode) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let (simulator, ready) = simulator(args, folder.path(), messages).await?;
        let admin_port = match mode {
            Mode::Node => testkit::free_port()?,
            Mode::Cluster => 0,
        };
        let mut env = format!(
            "TELEGRAM_API_ID=12345\nTELEGRAM_API_HASH=0123456789abcdef0123456789abcdef\nTELEGRAM_PHONE=+{}\n\
             TELEGRAM_DC_ADDRESS={}\nTELEGRAM_DC_RSA_KEY_FILE=rsa.pem\nBACKUP_PATH=backups\nSESSION_DIR=session\n\
             ADMIN_ADDRESS=127.0.0.1:{admin_port}\nENABLE_LISTENER=true\nTELEGRAM_HISTORY_CALLS_PER_SECOND=0\n\
             TELEGRAM_METADATA_CALLS_PER_SECOND=0\nTELEGRAM_FILE_CALLS_PER_SECOND=0\nLOG_LEVEL=ERROR\n",
            ready["phone"].as_str().unwrap_or_default(),
            ready["dcs"]["2"].as_str().unwrap_or_default(),
        );
        let mut database = format!(
            "sqlite://{}",
            folder.path().join("backups/telegram_backup.db").display()
        );
        let mut servers = None;
        if mode == Mode::Cluster {
            let (nats, postgres) = (Nats::start().await?, Postgres::start_own().await?);
            database = postgres.database().await?.url;
            env.push_str(&format!(
                "NATS_URL={}\nDATABASE_URL={database}\nSESSION_ENCRYPTION_KEY={}\n",
                nats.url(),
                "5a".repeat(32)
            ));
            servers = Some((nats, postgres));
        }
        std::fs::write(folder.path().join(".env"), env)?;
        let bed = Self {
            folder,
            ready,
            admin_port,
            database,
            mode,
            archive: std::path::absolute(&args.archive)?,
            _simulator: simulator,
            _servers: servers,
        };
        bed.log_in().await?;
        Ok(bed)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.archive);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        command
    }

    async fn log_in(&self) -> anyhow::Result<()> {
        let mut child = self.command(&["auth"]).stdin(Stdio::piped()).spawn()?;
        let mut stdin = child.stdin.take().context("standard input")?;
        let answers = format!(
            "{}\n{}\n",
            self.ready["code"].as_str().unwrap_or_default(),
            self.ready["password"].as_str().unwrap_or_default()
        );
        // Who needs no password does not read it.
        let _ = stdin.write_all(answers.as_bytes()).await;
        drop(stdin);
        let status = tokio::time::timeout(Duration::from_mins(2), child.wait()).await??;
        ensure!(status.success(), "the log-in failed");
        Ok(())
    }

    /// Starts the archive.
    pub(crate) fn start(&self) -> anyhow::Result<Running> {
        let names: &[&str] = match self.mode {
            Mode::Node => &["run"],
            Mode::Cluster => &SERVICES,
        };
        let start = |name: &&'static str| {
            let mut command = match self.mode {
                Mode::Node => self.command(&[name]),
                Mode::Cluster => self.command(&["service", name]),
            };
            anyhow::Ok((*name, command.spawn()?))
        };
        Ok(Running(names.iter().map(start).collect::<anyhow::Result<_>>()?))
    }

    /// Plain SQL on the archive's database.
    pub(crate) async fn pool(&self) -> anyhow::Result<AnyPool> {
        pool(&self.database).await
    }

    /// Waits until so many rows are committed.
    pub(crate) async fn rows(&self, pool: &AnyPool, running: &mut Running, rows: i64) -> anyhow::Result<()> {
        // Counting costs: on SQLite, where numbers have no holes, the greatest tells as much.
        let (sql, pause) = match self.mode {
            Mode::Node => ("SELECT coalesce(max(docid), 0) FROM messages", 20),
            Mode::Cluster => ("SELECT count(*) FROM messages", 200),
        };
        until(running, Duration::from_millis(pause), async || {
            number(pool, sql).await.unwrap_or(0) >= rows
        })
        .await?;
        let there = number(pool, "SELECT count(*) FROM messages").await?;
        ensure!(there == rows, "{there} rows, {rows} are wanted");
        Ok(())
    }

    /// Waits until the search index has everything; answers how many seconds that took.
    pub(crate) async fn indexed(&self, pool: &AnyPool, running: &mut Running) -> anyhow::Result<f64> {
        let begin = Instant::now();
        until(running, Duration::from_millis(100), async || {
            number(
                pool,
                "SELECT count(*) FROM (SELECT 1 FROM search_pending LIMIT 1) p",
            )
            .await
            .is_ok_and(|n| n == 0)
        })
        .await?;
        Ok(begin.elapsed().as_secs_f64())
    }
}

impl Running {
    fn ids(&self) -> impl Iterator<Item = u32> {
        self.0.iter().filter_map(|(_, child)| child.id())
    }

    /// CPU seconds of all its processes.
    pub(crate) fn cpu(&self) -> anyhow::Result<f64> {
        self.ids().map(cpu_seconds).sum()
    }

    /// A field of the status, of all its processes.
    pub(crate) fn mib(&self, field: &str) -> anyhow::Result<f64> {
        self.ids().map(|id| memory_mib(id, field)).sum()
    }

    /// Ends it.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        for (name, child) in self.0.iter_mut().rev() {
            terminate(name, child).await?;
        }
        Ok(())
    }
}

/// One number.
pub(crate) async fn number(pool: &AnyPool, sql: &'static str) -> anyhow::Result<i64> {
    Ok(sqlx::query_scalar(sql).fetch_one(pool).await?)
}

async fn until(
    running: &mut Running,
    pause: Duration,
    mut condition: impl AsyncFnMut() -> bool,
) -> anyhow::Result<()> {
    let begin = Instant::now();
    while !condition().await {
        for (name, child) in &mut running.0 {
            ensure!(child.try_wait()?.is_none(), "{name} ended by itself");
        }
        ensure!(begin.elapsed() < LIMIT, "not within {LIMIT:?}");
        sleep(pause).await;
    }
    Ok(())
}

/// Starts one; answers it and what it said when it was ready.
pub(crate) async fn simulator(args: &Args, folder: &Path, messages: i64) -> anyhow::Result<(Child, Value)> {
    let mut child = Command::new(std::path::absolute(&args.simulator)?)
        .args(["--world", &format!("bench:{messages}"), "--rsa-public-key"])
        .arg(folder.join("rsa.pem"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("the simulator cannot be started")?;
    let out = child.stdout.take().context("standard output")?;
    let line = BufReader::new(out).lines().next_line().await?;
    let ready = serde_json::from_str(&line.context("the simulator ended")?)?;
    Ok((child, ready))
}
