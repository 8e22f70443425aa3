//! Runs a command beside a throwaway PostgreSQL that all its test processes share: `with-servers COMMAND...`

use anyhow::Context as _;
use testkit::Postgres;
use tokio::process::Command;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next().context("usage: with-servers COMMAND...")?;
    let postgres = Postgres::start_own().await?;
    let mut child = Command::new(program)
        .args(arguments)
        .env("ARCHIVE_TEST_POSTGRES", postgres.url())
        .kill_on_drop(true)
        .spawn()?;
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let status = tokio::select! {
        status = child.wait() => status?,
        _ = tokio::signal::ctrl_c() => child.wait().await?,
        _ = terminate.recv() => { child.kill().await?; child.wait().await? }
    };
    drop(postgres);
    std::process::exit(status.code().unwrap_or(1));
}
