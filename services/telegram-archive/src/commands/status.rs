//! `status`.

use assembly::Service;
use fetcher::FetcherStatus;
use media_downloader::Verification;
use serde_json::{Value, json};
use service_kit::Check;

use super::context::Way;
use super::{context, present, start};
use crate::settings::Settings;

pub(super) async fn run(settings: &Settings, as_json: bool) -> anyhow::Result<()> {
    // What is away is said, and the rest is shown all the same.
    let way = context::way(settings).await.unwrap_or_else(|error| {
        if !as_json {
            println!("archive     cannot be asked: {error:#}");
        }
        None
    });
    let running: Option<FetcherStatus> = match &way {
        Some(way) => way
            .ask(fetcher::SERVICE, fetcher::VERB_STATUS, &Value::Null)
            .await
            .ok()
            .flatten(),
        None => None,
    };
    let services = match &way {
        Some(way) => services(way).await,
        None => Vec::new(),
    };
    if !as_json {
        show_running(
            running.as_ref(),
            &services,
            &present::zone(&settings.args.viewer.viewer_timezone),
        );
    }
    let archive = context::reading(settings).await?;
    let zone = present::zone(&settings.args.viewer.viewer_timezone);
    let statistics = archive.stores.all.statistics(archive.account.id).await?;
    let runs = archive.stores.all.runs(archive.account.id, 1).await?;
    // Those of all processes, and of one that does not run now.
    let floods = archive.stores.all.flood_waits(archive.account.id).await?;
    let verified = media_downloader::verification(&*archive.stores.media, archive.account.id).await?;
    if as_json {
        let last = runs
            .first()
            .map(|r| json!({ "started_at": r.started_at, "finished_at": r.finished_at }));
        let floods: Vec<Value> = floods
            .iter()
            .map(|f| json!({ "class": f.class, "until": f.ends_at.div_euclid(1_000_000) + 1 }))
            .collect();
        let all = json!({
            "running": running, "services": services, "flood_waits": floods, "last_run": last,
            "messages": statistics.messages,
            "operations_pending": statistics.operations_pending, "operations_held": statistics.operations_held,
            "dead_letters": statistics.dead_letters, "search_behind": statistics.search_behind,
            "media_verification": verified,
        });
        println!("{all:#}");
        return Ok(());
    }
    for flood in &floods {
        println!(
            "flood wait  no calls for {} until {}",
            flood.class.words(),
            present::time(flood.ends_at, &zone)
        );
    }
    if !settings
        .args
        .telegram
        .telegram_dc_address
        .as_deref()
        .unwrap_or_default()
        .is_empty()
    {
        println!("server      not Telegram (TELEGRAM_DC_ADDRESS)");
    }
    match runs.first() {
        None => println!("last run    never"),
        Some(run) => {
            let end = run.finished_at.map_or("not finished".to_owned(), |f| {
                format!("finished {}", present::time(f, &zone))
            });
            println!(
                "last run    started {}, {end}",
                present::time(run.started_at, &zone)
            );
        }
    }
    if let Some(verified) = verified {
        println!("files       {}", verification(&verified, &zone));
    }
    println!(
        "messages    {} in {} chats",
        statistics.messages, statistics.chats
    );
    println!(
        "waiting     {} operations without a verdict",
        statistics.operations_pending
    );
    println!(
        "held        {} operations in incidents (telegram-archive incidents list)",
        statistics.operations_held
    );
    println!(
        "failed      {} dead letters (telegram-archive dlq list)",
        statistics.dead_letters
    );
    Ok(())
}

/// What each service says of itself.
async fn services(way: &Way) -> Vec<Check> {
    let asked = Service::ALL.map(Service::name).map(|name| async move {
        let answer = way.ask::<Value>(name, start::VERB_HEALTH, &Value::Null).await;
        start::said(answer.ok().flatten()).unwrap_or_else(|| Check {
            name: name.to_owned(),
            ok: false,
            detail: "does not answer".to_owned(),
        })
    });
    futures::future::join_all(asked).await
}

fn show_running(running: Option<&FetcherStatus>, services: &[Check], zone: &jiff::tz::TimeZone) {
    match running {
        None if services.iter().any(|s| s.ok) => {
            println!("archive     running, but nobody captures this account now");
        }
        None => println!("archive     not running"),
        Some(status) => {
            let reason = status
                .reason
                .as_deref()
                .map_or(String::new(), |r| format!(" ({r})"));
            println!("archive     running, {}{reason}", status.state);
            println!("listener    {}", if status.live { "following" } else { "off" });
            if let Some(run) = &status.run {
                println!(
                    "run         {}/{} chats, {} messages",
                    run.chats_done, run.chats_total, run.messages
                );
            }
            if let Some(next) = status.next_run {
                println!("next run    {}", present::time(next * 1_000_000, zone));
            }
        }
    }
    let anybody = running.is_some() || services.iter().any(|s| s.ok);
    for service in services.iter().filter(|_| anybody) {
        println!("  {:<16}  {}", service.name, service.detail);
    }
}

/// How far the check of all files is, or how it ended.
fn verification(v: &Verification, zone: &jiff::tz::TimeZone) -> String {
    let how = match (v.finished_at, &v.waiting) {
        (Some(at), _) => format!("{} verified {}", v.checked, present::time(at * 1_000_000, zone)),
        (None, Some(reason)) => format!("{} of {} verified, waiting: {reason}", v.checked, v.total),
        (None, None) => format!("{} of {} verified so far", v.checked, v.total),
    };
    format!(
        "{how}; {} fetched again, {} names made again, {} damaged",
        v.fetched, v.mended, v.lost
    )
}
