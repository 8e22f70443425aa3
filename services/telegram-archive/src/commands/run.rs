//! `run`: all services in this process.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use assembly::{Node, control};
use fetcher::Schedule;
use service_kit::{Readiness, admin, signals};
use tokio_util::sync::CancellationToken;

use super::context;
use crate::settings::Settings;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let schedule: Schedule = settings.args.backup.schedule.parse()?;
    settings.credentials()?;
    let archive = context::archive(settings).await?;
    let telegram = context::telegram(settings, Arc::clone(&archive.clock))?;
    if !telegram.dc_set.is_telegram() {
        tracing::warn!("this is not Telegram: TELEGRAM_DC_ADDRESS names another server");
    }
    let shutdown = CancellationToken::new();
    signals::watch(shutdown.clone())?;
    let node_settings = context::node(settings, archive.account.id, Some(telegram), Some(schedule));
    let node = Node::start(&archive.stores, Arc::clone(&archive.clock), node_settings);
    let state = node.state.clone();
    let readiness = Arc::new(move || readiness(&state));
    let (address, admin) = admin::serve(settings.args.operation.admin_address, readiness)?;
    tracing::info!("the archive runs; its state: http://{address}/readyz");
    let socket = context::socket(settings);
    let answering = control::serve(
        &socket,
        Arc::clone(&node.bus),
        archive.account.id,
        shutdown.clone(),
    );
    tokio::select! {
        served = answering => served?,
        () = shutdown.cancelled() => {}
    }
    let _ = std::fs::remove_file(&socket);
    node.stop(Duration::from_secs(20)).await;
    admin.stop(true).await;
    tracing::info!("ended");
    Ok(ExitCode::SUCCESS)
}

fn readiness(state: &assembly::NodeState) -> Readiness {
    let fetcher = state.fetcher.borrow();
    let (writer, guard) = (state.writer.borrow(), state.guard.borrow());
    let media = state.media.borrow();
    let blocked = |b: &Option<String>| b.clone().unwrap_or_else(|| "working".to_owned());
    let detail = fetcher
        .reason
        .clone()
        .map_or_else(|| fetcher.state.clone(), |r| format!("{}: {r}", fetcher.state));
    Readiness::default()
        .with(
            "fetcher",
            matches!(fetcher.state.as_str(), "ready" | "flood wait"),
            detail,
        )
        .with("writer", writer.blocked.is_none(), blocked(&writer.blocked))
        .with("rate-limiter", guard.blocked.is_none(), blocked(&guard.blocked))
        .with(
            "media-downloader",
            media.blocked.is_none(),
            blocked(&media.blocked),
        )
        .with("notifier", true, "not built")
        .with("viewer", true, "not built")
}
