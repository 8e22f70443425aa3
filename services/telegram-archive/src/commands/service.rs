//! `service`: one service of a cluster in this process.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use assembly::{Common, MediaSettings, Node, NodeSettings};
use fetcher::Schedule;
use media_downloader::owner::OwnerConfig;
use service_kit::{admin, signals};
use tokio_util::sync::CancellationToken;

use super::{context, run};
use crate::cli::ServiceName;
use crate::settings::Settings;
use crate::settings::resolved::Database;

pub(super) async fn run(settings: &Settings, name: ServiceName) -> anyhow::Result<ExitCode> {
    let shutdown = CancellationToken::new();
    signals::watch(shutdown.clone())?;
    if let Database::Sqlite(_) = settings.database {
        if name == ServiceName::Viewer {
            return reading(settings, shutdown).await;
        }
        bail!(
            "DATABASE_URL: a cluster needs PostgreSQL, which all its services share, as in \
             postgresql://telegram:secret@db/telegram_backup; `telegram-archive run` works with SQLite"
        );
    }
    let bus = context::bus(settings).await?.context(
        "NATS_URL: a cluster needs NATS with JetStream, as in nats://nats:4222; `telegram-archive run` needs none",
    )?;
    let archive = context::archive(settings).await?;
    let common = Common {
        bus,
        stores: archive.stores.clone(),
        clock: Arc::clone(&archive.clock),
    };
    let node_settings = of(settings, &archive, name)?;
    serve(settings, name, &common, node_settings, shutdown).await
}

/// The viewer beside a single node, on a database that it only reads: that may lie on storage that cannot be written to.
async fn reading(settings: &Settings, shutdown: CancellationToken) -> anyhow::Result<ExitCode> {
    let (stores, clock) = context::read_only(settings).await?;
    // Nothing tells it what changes: the page asks.
    let common = Common::single_node(stores, clock);
    let node_settings = NodeSettings {
        viewer: Some(context::viewer(settings, true)),
        ..NodeSettings::default()
    };
    serve(settings, ServiceName::Viewer, &common, node_settings, shutdown).await
}

async fn serve(
    settings: &Settings,
    name: ServiceName,
    common: &Common,
    node_settings: NodeSettings,
    shutdown: CancellationToken,
) -> anyhow::Result<ExitCode> {
    let node = Node::start(common, node_settings);
    let state = node.state.clone();
    let readiness = Arc::new(move || run::services(&state));
    let (address, admin) = admin::serve(settings.args.operation.admin_address, readiness)?;
    tracing::info!("{} runs; its state: http://{address}/readyz", name.as_str());
    let code = tokio::select! {
        () = shutdown.cancelled() => ExitCode::SUCCESS,
        () = node.failed() => ExitCode::FAILURE,
    };
    node.stop(Duration::from_secs(20)).await;
    admin.stop(true).await;
    tracing::info!("ended");
    Ok(code)
}

fn of(settings: &Settings, archive: &context::Archive, name: ServiceName) -> anyhow::Result<NodeSettings> {
    let none = NodeSettings::default();
    let account = archive.account.id;
    Ok(match name {
        ServiceName::Fetcher => {
            let schedule: Schedule = settings.args.backup.schedule.parse()?;
            let telegram = context::telegram(settings, Arc::clone(&archive.clock))?;
            NodeSettings {
                fetcher: Some((context::fetcher(settings, account, Some(schedule)), telegram)),
                ..none
            }
        }
        ServiceName::Writer => NodeSettings {
            writer: Some(context::writer(settings)),
            ..none
        },
        ServiceName::RateLimiter => NodeSettings {
            guard: Some(context::guard(settings)),
            ..none
        },
        ServiceName::MediaDownloader => {
            let o = &settings.args.operation;
            let owner = OwnerConfig {
                account,
                owner: context::owner(),
                number: o.downloader_number,
                downloaders: o.downloaders,
                lease_ttl: context::LEASE,
            };
            NodeSettings {
                media: Some(MediaSettings {
                    config: context::media(settings),
                    blobs: context::blobs(settings),
                    own: Some((owner, context::telegram(settings, Arc::clone(&archive.clock))?)),
                }),
                ..none
            }
        }
        ServiceName::Viewer => NodeSettings {
            viewer: Some(context::viewer(settings, false)),
            ..none
        },
        ServiceName::Notifier => NodeSettings {
            notifier: Some(context::notifier(settings, false)?),
            ..none
        },
    })
}
