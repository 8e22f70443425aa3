use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::process::{accepts, end, free_port, last_words, present};
use crate::wait::eventually;

const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.tools/venv/bin/nats-server");

/// A NATS server with JetStream, its data in a folder of its own.
pub struct Nats {
    process: Child,
    port: u16,
    folder: TempDir,
    arguments: Vec<String>,
}

impl Nats {
    /// An empty server.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(&[]).await
    }

    /// An empty server with more arguments: logins, TLS.
    pub async fn start_with(arguments: &[&str]) -> anyhow::Result<Self> {
        present(Path::new(SERVER))?;
        let folder = tempfile::Builder::new().prefix("archive-nats-").tempdir()?;
        let port = free_port()?;
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        let process = launch(folder.path(), port, &arguments).await?;
        Ok(Self {
            process,
            port,
            folder,
            arguments,
        })
    }

    /// On 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `nats://...`
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// JetStream's data: may be copied and put back while the server is stopped.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Process id, for a signal.
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Stops the server; data stays.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        end(&mut self.process, "-TERM").await
    }

    /// Kills the server, as a crash would; data stays.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.process.kill().await?)
    }

    /// Starts it on the same port and data.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        self.process = launch(self.folder.path(), self.port, &self.arguments).await?;
        Ok(())
    }
}

async fn launch(folder: &Path, port: u16, arguments: &[String]) -> anyhow::Result<Child> {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))?;
    let process = Command::new(SERVER)
        .args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"])
        .arg(folder.join("data"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .context("nats-server does not start")?;
    eventually("NATS answers", async || accepts(port).await.then_some(()))
        .await
        .with_context(|| last_words(folder))?;
    Ok(process)
}
