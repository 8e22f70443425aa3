//! Playwright and its browsers, in a process group of their own: they end together.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::process::{Child, Command};

/// How long it may take to close its browsers.
const PATIENCE: Duration = Duration::from_secs(10);

/// `npm run e2e`.
pub(crate) struct Browser {
    child: Child,
    group: u32,
}

impl Browser {
    /// Starts it in the folder of the page; `told` goes into its environment.
    pub(crate) fn start(
        page: &Path,
        arguments: &[String],
        told: Vec<(&'static str, String)>,
    ) -> anyhow::Result<Self> {
        let child = Command::new("npm")
            .args(["run", "--silent", "e2e", "--"])
            .args(arguments)
            .current_dir(page)
            .envs(told)
            .process_group(0)
            .spawn()
            .context("npm cannot be started")?;
        let group = child.id().context("npm ended at once")?;
        Ok(Self { child, group })
    }

    /// Its exit code.
    pub(crate) async fn ended(&mut self) -> anyhow::Result<u8> {
        let status = self.child.wait().await?;
        Ok(status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(1))
    }
}

impl Browser {
    fn signal(&self, signal: &str) {
        // All of the group: npm and node do not hand every signal on.
        let _ = std::process::Command::new("kill")
            .args([signal, "--", &format!("-{}", self.group)])
            // It may have ended by itself.
            .stderr(std::process::Stdio::null())
            .status();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let begin = Instant::now();
        self.signal("-INT");
        while matches!(self.child.try_wait(), Ok(None)) && begin.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(50));
        }
        // Chromium leads a group of its own, and ends when the pipe to it does.
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            self.signal("-KILL");
        }
    }
}
