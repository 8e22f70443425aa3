//! The two programs, each in a process group of its own: Ctrl-C reaches the demo alone, which ends them in order.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::folder::Folder;

/// Longest wait for a program to obey.
const PATIENCE: Duration = Duration::from_secs(40);
/// How often something is looked at that is waited for.
const LOOK: Duration = Duration::from_millis(200);

/// What the simulator says when it is up.
#[derive(Debug, Deserialize)]
pub(crate) struct Ready {
    /// Addresses by the number of the data centre.
    pub(crate) dcs: BTreeMap<String, String>,
    /// Chats with bots, marked ids.
    pub(crate) bots: Vec<i64>,
    /// Digits.
    pub(crate) phone: String,
    code: String,
    password: String,
}

/// The simulated Telegram. It ends with its standard input, so it never outlives the demo.
pub(crate) struct Simulator {
    pub(crate) ready: Ready,
    child: Child,
    stdin: ChildStdin,
}

fn binary(binaries: &Path, name: &str) -> anyhow::Result<PathBuf> {
    fs::canonicalize(binaries.join(name))
        .with_context(|| format!("{}/{name} is missing: `make demo` builds it", binaries.display()))
}

impl Simulator {
    pub(crate) async fn start(
        binaries: &Path,
        folder: &Folder,
        seed: u64,
        messages: usize,
    ) -> anyhow::Result<Self> {
        let mut child = Command::new(binary(binaries, "telegram-sim")?)
            .args([
                "--world",
                &format!("demo:{messages}"),
                "--lively",
                "--end-with-stdin",
            ])
            .args(["--seed", &seed.to_string()])
            .args(["--memory", "telegram", "--rsa-public-key", "rsa.pem"])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(folder.log("telegram.log")?)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take().context("standard input")?;
        let stdout = child.stdout.take().context("standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = timeout(PATIENCE, lines.next_line()).await;
        let Some(line) = line.context("the simulator does not start")?? else {
            let log = folder.path().join("telegram.log");
            let said = fs::read_to_string(&log).unwrap_or_default();
            bail!("the simulator does not start: {}", said.trim());
        };
        Ok(Self {
            ready: serde_json::from_str(&line)?,
            child,
            stdin,
        })
    }

    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.stdin);
        let status = timeout(PATIENCE, self.child.wait())
            .await
            .context("the simulator does not end")??;
        ensure!(status.success(), "the simulator ended with {status}");
        Ok(())
    }
}

/// The archive in its folder.
pub(crate) struct Archive {
    binary: PathBuf,
    folder: PathBuf,
    running: Option<Child>,
}

impl Archive {
    pub(crate) fn new(binaries: &Path, folder: &Folder) -> anyhow::Result<Self> {
        Ok(Self {
            binary: binary(binaries, "telegram-archive")?,
            folder: folder.path().to_owned(),
            running: None,
        })
    }

    /// What it reads is the `.env` of the demo and nothing else.
    fn command(&self, argument: &str) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .arg(argument)
            .current_dir(&self.folder)
            .env_clear()
            .stdin(Stdio::null())
            .process_group(0)
            .kill_on_drop(true);
        command
    }

    /// As a person would; says nothing if somebody is logged in already.
    pub(crate) async fn log_in(&self, ready: &Ready) -> anyhow::Result<()> {
        let mut child = self
            .command("auth")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut stdin = child.stdin.take().context("standard input")?;
        let answers = format!("{}\n{}\n", ready.code, ready.password);
        // Who is logged in asks nothing, and may be gone already.
        let _ = stdin.write_all(answers.as_bytes()).await;
        drop(stdin);
        let output = timeout(PATIENCE, child.wait_with_output())
            .await
            .context("the log-in does not end")??;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "the log-in failed: {}", said.trim());
        Ok(())
    }

    pub(crate) fn start(&mut self) -> anyhow::Result<()> {
        let log = fs::File::create(self.log())?;
        let child = self.command("run").stdout(Stdio::null()).stderr(log).spawn()?;
        if let Some(id) = child.id() {
            fs::write(self.folder.join(PID), id.to_string())?;
        }
        self.running = Some(child);
        Ok(())
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("archive.log")
    }

    /// How it is looked at from another terminal.
    pub(crate) fn hint(&self) -> String {
        format!(
            "  from another terminal: (cd {} && {} status)   also: stats, list-chats, coverage, incidents list",
            self.folder.display(),
            self.binary.display()
        )
    }

    /// What `status` says; `None`: nothing.
    pub(crate) async fn status(&self) -> Option<Value> {
        let output = self
            .command("status")
            .arg("--json")
            .stderr(Stdio::null())
            .output();
        let output = timeout(PATIENCE, output).await.ok()?.ok()?;
        serde_json::from_slice(&output.stdout).ok()
    }

    /// Waits until the running archive answers.
    pub(crate) async fn answers(&mut self, limit: Duration) -> anyhow::Result<()> {
        let begin = Instant::now();
        while begin.elapsed() < limit {
            if let Some(status) = self.running.as_mut().and_then(|c| c.try_wait().transpose()) {
                bail!("it ended with {}; see {}", status?, self.log().display());
            }
            if self.status().await.is_some_and(|s| s["running"].is_object()) {
                return Ok(());
            }
            sleep(LOOK).await;
        }
        bail!("not in time; see {}", self.log().display())
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(&self) -> String {
        // Looked at, not waited for: the handle stays here, to end it with.
        let id = self.running.as_ref().and_then(Child::id);
        while id.is_some_and(alive) {
            sleep(LOOK).await;
        }
        "by itself".to_owned()
    }

    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        let Some(mut child) = self.running.take() else {
            return Ok(());
        };
        if let Some(pid) = child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            kill_process(pid, Signal::TERM).context("the archive cannot be told to end")?;
        }
        let status: ExitStatus = timeout(PATIENCE, child.wait())
            .await
            .context("the archive does not end")??;
        let _ = fs::remove_file(self.folder.join(PID));
        ensure!(status.success(), "the archive ended with {status}");
        Ok(())
    }
}

/// Where the process of the archive is written down, in case the demo is killed.
const PID: &str = "archive.pid";

/// A process that has ended but was not waited for does not count.
fn alive(id: u32) -> bool {
    let ended = fs::read_to_string(format!("/proc/{id}/stat"))
        .is_ok_and(|s| s.rsplit_once(')').is_some_and(|(_, s)| s.starts_with(" Z")));
    let there = Pid::from_raw(id.cast_signed()).is_some_and(|pid| test_kill_process(pid).is_ok());
    there && !ended
}

/// Ends the archive of a demo that was killed: it still runs, with the address of a Telegram that is gone.
pub(crate) async fn end_what_was_left(folder: &Folder, binaries: &Path) -> anyhow::Result<()> {
    let path = folder.path().join(PID);
    let Some(id) = fs::read_to_string(&path).ok().and_then(|id| id.parse().ok()) else {
        return Ok(());
    };
    let binary = binary(binaries, "telegram-archive")?;
    let ours = fs::read_link(format!("/proc/{id}/exe")).is_ok_and(|exe| exe == binary)
        && fs::read_link(format!("/proc/{id}/cwd")).is_ok_and(|cwd| cwd == folder.path());
    if ours && let Some(pid) = Pid::from_raw(id) {
        println!("ending the archive of a demo that was killed");
        kill_process(pid, Signal::TERM)?;
        let begin = Instant::now();
        while alive(id.cast_unsigned()) {
            ensure!(begin.elapsed() < PATIENCE, "process {id} does not end");
            sleep(LOOK).await;
        }
    }
    let _ = fs::remove_file(&path);
    Ok(())
}
