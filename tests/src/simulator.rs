//! The simulated Telegram as a program, driven over its admin API.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

/// Longest wait for it to start, or to obey.
const PATIENCE: Duration = Duration::from_mins(2);

/// What it says when it is up.
#[derive(Clone, Debug, Deserialize)]
pub struct Ready {
    /// Addresses by the number of the data centre.
    pub dcs: BTreeMap<String, String>,
    /// Of the admin API.
    pub admin: String,
    /// Whom one logs in as.
    pub account: i64,
    /// Chats with bots, marked ids.
    pub bots: Vec<i64>,
    /// Digits.
    pub phone: String,
    /// The log-in code.
    pub code: String,
    /// The two-factor password.
    pub password: String,
}

/// It ends with its standard input, so it never outlives who started it.
pub struct Simulator {
    /// See [`Ready`].
    pub ready: Ready,
    /// Where its public RSA key lies.
    pub key: PathBuf,
    child: Child,
    stdin: ChildStdin,
}

impl Simulator {
    /// Starts one; its key and its log go into `folder` under the name of its world.
    pub async fn start(binary: &Path, folder: &Path, world: &str) -> anyhow::Result<Self> {
        let name = world.replace(':', "-");
        let key = folder.join(format!("{name}.pem"));
        let mut child = Command::new(binary)
            .args(["--world", world, "--end-with-stdin", "--rsa-public-key"])
            .arg(&key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.join(format!("{name}.log")))?)
            // Ctrl-C is for whoever started it, which ends it last.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be started", binary.display()))?;
        let stdin = child.stdin.take().context("standard input")?;
        let stdout = child.stdout.take().context("standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(PATIENCE, lines.next_line())
            .await
            .context("the simulator does not start")??;
        Ok(Self {
            ready: serde_json::from_str(&line.context("the simulator ended")?)?,
            key,
            child,
            stdin,
        })
    }

    /// Ends it in order.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.stdin);
        let status = tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .context("the simulator does not end")??;
        ensure!(status.success(), "the simulator ended with {status}");
        Ok(())
    }
}
