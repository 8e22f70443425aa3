//! `status` and `healthcheck`.

use std::process::ExitCode;

use fetcher::FetcherStatus;
use media_downloader::Verification;
use serde_json::{Value, json};

use super::{context, present};
use crate::settings::Settings;

pub(super) async fn run(settings: &Settings, as_json: bool) -> anyhow::Result<()> {
    let running: Option<FetcherStatus> =
        context::ask(settings, fetcher::SERVICE, fetcher::VERB_STATUS, &Value::Null).await?;
    let archive = context::archive(settings).await?;
    let zone = present::zone(&settings.args.viewer.viewer_timezone);
    let statistics = archive.stores.all.statistics(archive.account.id).await?;
    let runs = archive.stores.all.runs(archive.account.id, 1).await?;
    let verified = media_downloader::verification(&*archive.stores.media, archive.account.id).await?;
    if as_json {
        let last = runs
            .first()
            .map(|r| json!({ "started_at": r.started_at, "finished_at": r.finished_at }));
        let all = json!({
            "running": running, "last_run": last, "messages": statistics.messages,
            "operations_pending": statistics.operations_pending, "operations_held": statistics.operations_held,
            "dead_letters": statistics.dead_letters, "search_behind": statistics.search_behind,
            "media_verification": verified,
        });
        println!("{all:#}");
        return Ok(());
    }
    match &running {
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
                println!("next run    {}", present::time(next * 1_000_000, &zone));
            }
        }
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

/// Exit 0: a node runs and can do its work.
pub(super) async fn healthcheck(settings: &Settings) -> anyhow::Result<ExitCode> {
    let running: Option<FetcherStatus> =
        context::ask(settings, fetcher::SERVICE, fetcher::VERB_STATUS, &Value::Null).await?;
    match running {
        Some(status) if matches!(status.state.as_str(), "ready" | "flood wait") => Ok(ExitCode::SUCCESS),
        Some(status) => {
            eprintln!("{}: {}", status.state, status.reason.unwrap_or_default());
            Ok(ExitCode::FAILURE)
        }
        None => {
            eprintln!("the archive does not run here");
            Ok(ExitCode::FAILURE)
        }
    }
}
