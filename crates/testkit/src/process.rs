use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// Ports that the system gives to nobody by itself: those of connections, and of listeners on port 0, begin above.
const PORTS: std::ops::Range<u16> = 12_000..32_000;

/// A port of 127.0.0.1 that is free now, and that nobody takes while its server is down to be started again.
pub fn free_port() -> anyhow::Result<u16> {
    (0..1000)
        .map(|_| rand::random_range(PORTS))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .context("no free port")
}

/// What a server said last, for an error.
pub(crate) fn last_words(folder: &Path) -> String {
    let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    format!(
        "its log ends: {}",
        lines[lines.len().saturating_sub(5)..].join(" / ")
    )
}

/// Whether something accepts connections there.
pub(crate) async fn accepts(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).await.is_ok()
}

/// Asks a process to end and waits; kills it after ten seconds.
pub(crate) async fn end(child: &mut Child, signal: &str) -> anyhow::Result<()> {
    let Some(id) = child.id() else {
        return Ok(());
    };
    // The process may be gone already.
    let _ = Command::new("kill")
        .args([signal, &id.to_string()])
        .status()
        .await;
    if tokio::time::timeout(Duration::from_secs(10), child.wait())
        .await
        .is_err()
    {
        child.kill().await?;
    }
    Ok(())
}

/// Runs a tool to its end; the error holds what it printed.
pub(crate) async fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = format!("{:?}", command.as_std());
    let output = command
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| shown.clone())?;
    anyhow::ensure!(
        output.status.success(),
        "{shown}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// An error that says how to install what is missing.
pub(crate) fn present(path: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(
        path.exists(),
        "{} is missing: run `make setup-test`",
        path.display()
    );
    Ok(())
}
