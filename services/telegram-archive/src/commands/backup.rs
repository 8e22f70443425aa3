//! `backup`: one run by hand, with progress. Where a node runs, it does the work.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use assembly::{Common, Node};
use fetcher::{FetcherStatus, RunNow};
use indicatif::{ProgressBar, ProgressStyle};
use model::RunId;
use store::RunOutcome;

use super::context::{Archive, Way};
use super::{context, present};
use crate::settings::Settings;

const TICK: Duration = Duration::from_millis(250);

pub(super) async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    settings.credentials()?;
    let Some(way) = context::way(settings).await? else {
        return alone(settings).await;
    };
    let archive = context::archive(settings).await?;
    let runs = archive.stores.all.runs(archive.account.id, 1).await?;
    let before = runs.first().map(|r| r.id);
    let asked: Option<RunNow> = way
        .ask(fetcher::SERVICE, fetcher::VERB_RUN_NOW, &serde_json::Value::Null)
        .await?;
    match asked {
        Some(now) => follow(&way, &archive, now, before).await,
        None => bail!(
            "the archive runs, but nobody captures this account now: `telegram-archive status` tells why"
        ),
    }
}

/// A node runs: it was asked, and its progress is shown until the first run after `before` has ended.
async fn follow(
    way: &Way,
    archive: &Archive,
    now: RunNow,
    before: Option<RunId>,
) -> anyhow::Result<ExitCode> {
    eprintln!(
        "{}",
        if now.queued {
            "a run goes on already; yours follows it"
        } else {
            "the running archive does it"
        }
    );
    let bar = bar();
    loop {
        let status: Option<FetcherStatus> = way
            .ask(fetcher::SERVICE, fetcher::VERB_STATUS, &serde_json::Value::Null)
            .await?;
        let Some(status) = status else {
            bail!("the running archive ended")
        };
        show(&bar, &status);
        let runs = archive.stores.all.runs(archive.account.id, 10).await?;
        let ours = runs.into_iter().rev().find(|r| Some(r.id) > before);
        if let Some(run) = ours.filter(|r| r.finished_at.is_some()) {
            bar.finish_and_clear();
            return tell(run.outcome);
        }
        if status.state == "login required" {
            bar.finish_and_clear();
            bail!("{}", login_required(status.reason));
        }
        tokio::time::sleep(TICK).await;
    }
}

fn login_required(reason: Option<String>) -> String {
    reason.unwrap_or_else(|| "log in first: telegram-archive auth".to_owned())
}

/// How a run ended.
fn tell(outcome: Option<RunOutcome>) -> anyhow::Result<ExitCode> {
    let Some(outcome) = outcome else {
        bail!("the run's end was not noted")
    };
    if let Some(reason) = outcome.aborted {
        bail!("the run ended early: {reason}");
    }
    println!("{} chats, {} messages read", outcome.chats, outcome.messages);
    for (chat, reason) in &outcome.failures {
        println!("chat {chat} was not read: {reason}");
    }
    Ok(if outcome.failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// None runs: this process is the node until its run has ended.
async fn alone(settings: &Settings) -> anyhow::Result<ExitCode> {
    context::known_key(settings)?;
    let archive = context::archive(settings).await?;
    let telegram = context::telegram(settings, Arc::clone(&archive.clock))?;
    let node_settings = context::node(settings, archive.account.id, Some(telegram), None)?;
    let common = Common::single_node(archive.stores.clone(), Arc::clone(&archive.clock));
    let node = Node::start(&common, node_settings);
    let before = node
        .store
        .runs(archive.account.id, 1)
        .await?
        .first()
        .map(|r| r.id);
    let bar = bar();
    let status = node.state.fetcher.clone();
    let outcome = loop {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = tokio::signal::ctrl_c() => {
                bar.finish_and_clear();
                node.stop(Duration::from_secs(20)).await;
                eprintln!("stopped; the next backup goes on where this one ended");
                return Ok(ExitCode::from(130));
            }
        }
        let now = status.borrow().clone();
        show(&bar, &now);
        if now.state == "login required" {
            bar.finish_and_clear();
            node.stop(Duration::from_secs(10)).await;
            bail!("{}", login_required(now.reason));
        }
        let newest = node.store.runs(archive.account.id, 1).await?.into_iter().next();
        if let Some(run) = newest.filter(|r| Some(r.id) != before && r.finished_at.is_some()) {
            break run.outcome;
        }
    };
    let settled = async {
        settle(&node, archive.account.id).await?;
        if settings.args.media.verify_media {
            verified(&node, &archive, &bar).await?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        settled = settled => settled?,
        _ = tokio::signal::ctrl_c() => eprintln!("stopped; what is left is done by the next backup"),
    }
    bar.finish_and_clear();
    node.stop(Duration::from_secs(20)).await;
    tell(outcome)
}

/// What the run captured is decided and indexed before the process ends.
async fn settle(node: &Node, account: model::AccountId) -> anyhow::Result<()> {
    let mut wanted = (i64::MAX, 0);
    loop {
        let statistics = node.store.statistics(account).await?;
        if statistics.operations_pending == 0
            && statistics.search_behind == 0
            && files_settled(&statistics, &mut wanted)
        {
            return Ok(());
        }
        tokio::time::sleep(TICK).await;
    }
}

/// The files are verified after the run; what cannot go on now is left to the next.
async fn verified(node: &Node, archive: &context::Archive, bar: &ProgressBar) -> anyhow::Result<()> {
    let run = node.store.finished_run(archive.account.id).await?;
    let (mut waited, mut checked) = (0, 0);
    while waited <= STALLED {
        let now = media_downloader::verification(&*archive.stores.media, archive.account.id).await?;
        let now = now.unwrap_or_default();
        if now.finished_at.is_some() && run.is_none_or(|run| now.run >= run.0) {
            return Ok(());
        }
        if now.checked != checked {
            (waited, checked) = (0, now.checked);
        }
        // A large file takes its time; only what has not begun, or waits for something, is given up.
        let begun = now.run > 0 && now.finished_at.is_none();
        waited += u32::from(!begun || now.waiting.is_some());
        bar.set_message(format!("{} of {} files verified", now.checked, now.total));
        bar.tick();
        tokio::time::sleep(TICK).await;
    }
    tracing::warn!("the verification of files goes on with the next backup (telegram-archive status)");
    Ok(())
}

/// Ticks without progress after which files that are still wanted are left to the next run.
const STALLED: u32 = 120;

/// All files are here or skipped, or those that are left do not come now (a wait, a failure that is tried again later).
fn files_settled(statistics: &store::Statistics, (last, ticks): &mut (i64, u32)) -> bool {
    *ticks = if statistics.media_wanted < *last {
        0
    } else {
        *ticks + 1
    };
    *last = statistics.media_wanted;
    statistics.media_wanted == 0 || *ticks > STALLED
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}

#[expect(
    clippy::disallowed_methods,
    reason = "a progress line shows the machine's own time"
)]
fn show(bar: &ProgressBar, status: &FetcherStatus) {
    let now = jiff::Timestamp::now().as_second();
    bar.set_message(line(status, now));
    bar.tick();
}

fn line(status: &FetcherStatus, now: i64) -> String {
    let mut line = match &status.run {
        Some(run) if run.chats_total > 0 => {
            let end = run
                .expected_end(now)
                .map(|end| format!(", about {} left", present::duration(end - now)));
            format!(
                "{}/{} chats, {} messages, {:.0}/s{}",
                run.chats_done,
                run.chats_total,
                run.messages,
                run.rate(now),
                end.unwrap_or_default()
            )
        }
        Some(_) => "reading the list of chats".to_owned(),
        None => status.state.clone(),
    };
    if let Some(until) = status.until {
        line.push_str(&format!(
            "; Telegram asks to wait, {} left",
            present::duration((until - now).max(0))
        ));
    }
    line
}

#[cfg(test)]
mod tests {
    use fetcher::RunProgress;

    use super::*;

    #[test]
    fn a_flood_wait_is_part_of_the_progress() {
        let mut status = FetcherStatus {
            state: "flood wait".to_owned(),
            until: Some(1_075),
            ..FetcherStatus::default()
        };
        assert_eq!(
            line(&status, 1_000),
            "flood wait; Telegram asks to wait, 1 min 15 s left"
        );
        status.run = Some(RunProgress {
            started_at: 990,
            chats_total: 4,
            chats_done: 1,
            messages: 100,
            messages_expected: 300,
            ..RunProgress::default()
        });
        assert_eq!(
            line(&status, 1_000),
            "1/4 chats, 100 messages, 10/s, about 20 s left; Telegram asks to wait, 1 min 15 s left"
        );
    }
}
