//! `run`: all services in this process.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use assembly::{Common, Node, Service, control};
use service_kit::Readiness;

use super::{context, dlq, health, start, start::Process};
use crate::settings::Settings;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let schedule = settings.args.backup.schedule.clone();
    settings.credentials()?;
    context::known_key(settings)?;
    let process = Process::begin(settings)?;
    if let Some(notice) = context::telethon_session(settings) {
        tracing::warn!("{notice}");
    }
    let Some(archive) = process
        .patiently("database", async || context::archive(settings).await)
        .await?
    else {
        return Ok(process.end(ExitCode::SUCCESS).await);
    };
    let telegram = context::telegram(settings, Arc::clone(&archive.clock))?;
    if !telegram.dc_set.is_telegram() {
        tracing::warn!("this is not Telegram: TELEGRAM_DC_ADDRESS names another server");
    }
    let shutdown = process.shutdown.clone();
    let mut node_settings = context::node(settings, archive.account.id, Some(telegram), Some(schedule))?;
    node_settings.viewer = Some(context::viewer(settings, false)?);
    node_settings.notifier = Some(context::notifier(settings, true)?);
    let common = Common::single_node(archive.stores.clone(), Arc::clone(&archive.clock));
    let node = Node::start(&common, node_settings);
    let state = node.state.clone();
    process.runs("the archive", move || services(&state));
    let (bus, account) = (Arc::clone(&node.bus), archive.account.id);
    let telling = start::tell_health(
        Arc::clone(&bus),
        account,
        node.state.clone(),
        services,
        shutdown.clone(),
    );
    let asked = {
        let (bus, state, store) = (
            Arc::clone(&bus),
            node.state.clone(),
            Arc::clone(&archive.stores.all),
        );
        let mode = settings.args.backup.deletion_mode;
        async move {
            tokio::join!(
                health::serve(Arc::clone(&bus), account, || services(&state)),
                dlq::serve(bus, store, account, mode)
            )
        }
    };
    let socket = context::socket(settings);
    let answering = control::serve(&socket, bus, account, shutdown.clone());
    let ended = tokio::select! {
        served = answering => served.map(|()| ExitCode::SUCCESS),
        () = telling => Ok(ExitCode::SUCCESS),
        _ = asked => Ok(ExitCode::SUCCESS),
        () = node.failed() => Ok(ExitCode::FAILURE),
    };
    let _ = std::fs::remove_file(&socket);
    node.stop(Duration::from_secs(20)).await;
    Ok(process.end(ended?).await)
}

/// A check for what all services need, and for each that runs here.
pub(super) fn services(state: &assembly::NodeState) -> Readiness {
    let health = state.health.borrow().clone();
    let mut readiness = Readiness::default()
        .with("database", health.database.is_none(), there(health.database))
        .with("message broker", health.broker.is_none(), there(health.broker));
    for service in &state.running {
        let (ok, detail) = match service {
            Service::Fetcher => fetcher(state),
            Service::Writer => consumer(&state.writer),
            Service::RateLimiter => consumer(&state.guard),
            Service::MediaDownloader => media(state),
            Service::Notifier => notifier(state),
            Service::Viewer => viewer(state),
        };
        readiness = readiness.with(service.name(), ok, detail);
    }
    readiness
}

fn there(away: Option<String>) -> String {
    away.unwrap_or_else(|| "answers".to_owned())
}

fn fetcher(state: &assembly::NodeState) -> (bool, String) {
    let fetcher = state.fetcher.borrow();
    let detail = match &fetcher.reason {
        Some(reason) => format!("{}: {reason}", fetcher.state),
        None => fetcher.state.clone(),
    };
    (matches!(fetcher.state.as_str(), "ready" | "flood wait"), detail)
}

/// In a cluster a downloader has a connection of its own.
fn media(state: &assembly::NodeState) -> (bool, String) {
    let (ok, detail) = consumer(&state.media);
    if state.running.contains(&Service::Fetcher) {
        return (ok, detail);
    }
    let connection = state.connection.borrow();
    (ok, format!("{detail}; connection: {}", connection.as_str()))
}

fn viewer(state: &assembly::NodeState) -> (bool, String) {
    let viewer = state.viewer.borrow();
    match (&viewer.address, &viewer.problem) {
        (None, _) => (false, "starting".to_owned()),
        (Some(_), Some(problem)) => (true, format!("answers; changes are not followed: {problem}")),
        (Some(address), None) => (true, format!("answers at http://{address}")),
    }
}

fn notifier(state: &assembly::NodeState) -> (bool, String) {
    let notifier = state.notifier.borrow();
    match &notifier.problem {
        Some(problem) => (false, problem.clone()),
        None if notifier.ready => (true, "working".to_owned()),
        None => (false, "starting".to_owned()),
    }
}

fn consumer(state: &tokio::sync::watch::Receiver<bus::ConsumerState>) -> (bool, String) {
    let blocked = state.borrow().blocked.clone();
    (blocked.is_none(), blocked.unwrap_or_else(|| "working".to_owned()))
}
