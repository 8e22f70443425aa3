use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// A port of 127.0.0.1 that was free a moment ago.
pub fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
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
