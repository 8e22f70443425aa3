//! SIGTERM and SIGINT: the first asks for an orderly end, the second ends at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancels `shutdown` on the first signal; exits with 130 on the second.
pub fn watch(shutdown: CancellationToken) -> std::io::Result<()> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        let mut told = false;
        loop {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            if told {
                tracing::warn!("told twice: ending at once");
                std::process::exit(130);
            }
            told = true;
            tracing::info!("ending; once more ends at once");
            shutdown.cancel();
        }
    });
    Ok(())
}
