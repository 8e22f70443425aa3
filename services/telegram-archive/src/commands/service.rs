//! `service`: one service of a cluster in this process.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use assembly::{Common, MediaSettings, Node, NodeSettings, Service};
use media_downloader::owner::OwnerConfig;
use model::AccountId;

use super::{context, dlq, run, start, start::Process};
use crate::settings::Settings;
use crate::settings::resolved::Database;

pub(super) async fn run(settings: &Settings, name: Service) -> anyhow::Result<ExitCode> {
    let process = Process::begin(settings)?;
    if let Database::Sqlite(_) = settings.database {
        if name == Service::Viewer {
            return reading(settings, process).await;
        }
        bail!(
            "DATABASE_URL: a cluster needs PostgreSQL, which all its services share, as in \
             postgresql://telegram:secret@db/telegram_backup; `telegram-archive run` works with SQLite"
        );
    }
    if matches!(name, Service::Fetcher | Service::MediaDownloader) {
        // Before anything is waited for: no server brings what is missing here.
        context::key(settings)?;
        settings.credentials()?;
    }
    let bus = process
        .patiently("message broker", async || {
            context::bus(settings).await?.context(
                "NATS_URL: a cluster needs NATS with JetStream, as in nats://nats:4222; `telegram-archive run` needs none",
            )
        })
        .await?;
    let Some(bus) = bus else {
        return Ok(process.end(ExitCode::SUCCESS).await);
    };
    let archive = process
        .patiently("database", async || context::archive(settings).await)
        .await?;
    let Some(archive) = archive else {
        return Ok(process.end(ExitCode::SUCCESS).await);
    };
    let common = Common {
        bus,
        stores: archive.stores.clone(),
        clock: Arc::clone(&archive.clock),
    };
    let node_settings = of(settings, &archive, name)?;
    serve(process, name, &common, node_settings, Some(archive.account.id)).await
}

/// The viewer beside a single node, on a database that it only reads: that may lie on storage that cannot be written to.
async fn reading(settings: &Settings, process: Process) -> anyhow::Result<ExitCode> {
    let opened = process
        .patiently("database", async || context::read_only(settings).await)
        .await?;
    let Some((stores, clock)) = opened else {
        return Ok(process.end(ExitCode::SUCCESS).await);
    };
    // Nobody tells it what changes: its page loads again each so often.
    let common = Common::single_node(stores, clock);
    let node_settings = NodeSettings {
        viewer: Some(context::viewer(settings, true)?),
        ..NodeSettings::default()
    };
    serve(process, Service::Viewer, &common, node_settings, None).await
}

/// `account`: on whose behalf it tells how it is doing.
async fn serve(
    process: Process,
    name: Service,
    common: &Common,
    node_settings: NodeSettings,
    account: Option<AccountId>,
) -> anyhow::Result<ExitCode> {
    let writer = account.zip(node_settings.writer.as_ref().map(|w| w.deletion_mode));
    let redriving = {
        let (bus, store) = (Arc::clone(&common.bus), Arc::clone(&common.stores.all));
        async move {
            match writer {
                Some((account, mode)) => dlq::serve(bus, store, account, mode).await,
                None => std::future::pending().await,
            }
        }
    };
    let node = Node::start(common, node_settings);
    let state = node.state.clone();
    process.runs(name.name(), move || run::services(&state));
    let (bus, state, shutdown) = (
        Arc::clone(&node.bus),
        node.state.clone(),
        process.shutdown.clone(),
    );
    let telling = async move {
        match account {
            Some(account) => start::tell_health(bus, account, state, run::services, shutdown).await,
            None => shutdown.cancelled().await,
        }
    };
    let code = tokio::select! {
        () = telling => ExitCode::SUCCESS,
        () = redriving => ExitCode::SUCCESS,
        () = node.failed() => ExitCode::FAILURE,
    };
    node.stop(Duration::from_secs(20)).await;
    Ok(process.end(code).await)
}

fn of(settings: &Settings, archive: &context::Archive, name: Service) -> anyhow::Result<NodeSettings> {
    let none = NodeSettings::default();
    let (account, owner) = (archive.account.id, context::owner());
    Ok(match name {
        Service::Fetcher => {
            let schedule = settings.args.backup.schedule.clone();
            let telegram = context::telegram(settings, Arc::clone(&archive.clock))?;
            NodeSettings {
                fetcher: Some((
                    context::fetcher(settings, account, &owner, Some(schedule)),
                    telegram,
                )),
                ..none
            }
        }
        Service::Writer => NodeSettings {
            writer: Some(context::writer(settings)),
            ..none
        },
        Service::RateLimiter => NodeSettings {
            guard: Some(context::guard(settings)),
            ..none
        },
        Service::MediaDownloader => {
            let o = &settings.args.operation;
            let own = OwnerConfig {
                account,
                owner: owner.clone(),
                number: o.downloader_number,
                downloaders: o.downloaders,
                lease_ttl: context::LEASE,
            };
            NodeSettings {
                media: Some(MediaSettings {
                    config: context::media(settings, account, &owner),
                    blobs: context::blobs(settings)?,
                    own: Some((own, context::telegram(settings, Arc::clone(&archive.clock))?)),
                }),
                ..none
            }
        }
        Service::Viewer => NodeSettings {
            viewer: Some(context::viewer(settings, false)?),
            ..none
        },
        Service::Notifier => NodeSettings {
            notifier: Some(context::notifier(settings, false)?),
            ..none
        },
    })
}
