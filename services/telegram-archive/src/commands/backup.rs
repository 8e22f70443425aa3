//! `backup`: one run by hand, with progress. Where a node runs, it does the work.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use assembly::{Common, Node};
use fetcher::{FetcherStatus, RunNow};
use indicatif::{ProgressBar, ProgressStyle};
use model::{Clock, RunId};
use service_kit::signals;
use store::RunOutcome;
use tokio_util::sync::CancellationToken;

use super::context::{Archive, Way};
use super::{context, present};
use crate::settings::Settings;

const TICK: Duration = Duration::from_millis(250);

pub(super) async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    settings.credentials()?;
    let Some(way) = context::way(settings).await? else {
        return alone(settings).await;
    };
    let archive = context::reading(settings).await?;
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
    let mut progress = Progress::new();
    let mut standstill = Standstill::default();
    loop {
        let status: Option<FetcherStatus> = way
            .ask(fetcher::SERVICE, fetcher::VERB_STATUS, &serde_json::Value::Null)
            .await?;
        let Some(status) = status else {
            bail!("the running archive ended")
        };
        progress.show(&status);
        let runs = archive.stores.all.runs(archive.account.id, 10).await?;
        let ours = runs.into_iter().rev().find(|r| Some(r.id) > before);
        if let Some(run) = ours.filter(|r| r.finished_at.is_some()) {
            progress.end();
            return tell(run.outcome);
        }
        if let Some(reason) = progress.stuck(&mut standstill, &status, &*archive.clock) {
            progress.end();
            bail!("{reason}");
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
    let end = CancellationToken::new();
    signals::watch(end.clone())?;
    let runs = archive.stores.all.runs(archive.account.id, 1).await?;
    let before = runs.first().map(|r| r.id);
    let node = Node::start(&common, node_settings);
    let mut progress = Progress::new();
    let mut standstill = Standstill::default();
    let status = node.state.fetcher.clone();
    let outcome = loop {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            () = end.cancelled() => {
                progress.end();
                node.stop(Duration::from_secs(20)).await;
                eprintln!("stopped; the next backup goes on where this one ended");
                return Ok(ExitCode::from(130));
            }
        }
        let now = status.borrow().clone();
        progress.show(&now);
        if let Some(reason) = progress.stuck(&mut standstill, &now, &*archive.clock) {
            progress.end();
            node.stop(Duration::from_secs(10)).await;
            bail!("{reason}");
        }
        let newest = node.store.runs(archive.account.id, 1).await?.into_iter().next();
        if let Some(run) = newest.filter(|r| Some(r.id) != before && r.finished_at.is_some()) {
            break run.outcome;
        }
    };
    let settled = async {
        settle(&node, archive.account.id).await?;
        if settings.args.media.verify_media {
            verified(&node, &archive, &mut progress).await?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        settled = settled => settled?,
        () = end.cancelled() => eprintln!("stopped; what is left is done by the next backup"),
    }
    progress.end();
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
async fn verified(node: &Node, archive: &Archive, progress: &mut Progress) -> anyhow::Result<()> {
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
        progress.say(&format!("{} of {} files verified", now.checked, now.total));
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

/// A line that changes on a terminal, a line every few seconds elsewhere.
struct Progress {
    bar: ProgressBar,
    terminal: bool,
    last: Option<Instant>,
}

/// How often a line is printed where it cannot change.
const LINES: Duration = Duration::from_secs(5);

impl Progress {
    fn new() -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        Self {
            bar,
            terminal: std::io::stderr().is_terminal(),
            last: None,
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a progress line shows the machine's own time"
    )]
    fn show(&mut self, status: &FetcherStatus) {
        self.say(&line(status, jiff::Timestamp::now().as_second()));
    }

    fn say(&mut self, line: &str) {
        if self.terminal {
            self.bar.set_message(line.to_owned());
            self.bar.tick();
        } else if self.last.is_none_or(|last| last.elapsed() >= LINES) {
            eprintln!("{line}");
            self.last = Some(Instant::now());
        }
    }

    /// Says from time to time why a run stands still; answers why it is given up.
    fn stuck(
        &self,
        standstill: &mut Standstill,
        status: &FetcherStatus,
        clock: &dyn Clock,
    ) -> Option<String> {
        match standstill.look(status, clock.now_unix()) {
            Next::GoOn => None,
            Next::Tell(reason) => {
                self.bar.suspend(|| eprintln!("{reason}"));
                None
            }
            Next::GiveUp(reason) => Some(reason),
        }
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// Seconds after which a backup ends whose account belongs to another process: a dead one's lease ends before that.
const OTHER_OWNER: i64 = 40;
/// Seconds after which a backup ends that has no connection to Telegram.
const NO_CONNECTION: i64 = 600;
/// Seconds between two words about it.
const TELL: i64 = 30;

/// A run that does not get on.
#[derive(Default)]
struct Standstill {
    since: Option<i64>,
    told: Option<i64>,
}

#[derive(Debug, PartialEq, Eq)]
enum Next {
    GoOn,
    Tell(String),
    GiveUp(String),
}

impl Standstill {
    fn look(&mut self, status: &FetcherStatus, now: i64) -> Next {
        let reason = status.reason.as_deref().unwrap_or("no answer yet");
        let (limit, reason, way_out) = match status.state.as_str() {
            "login required" => return Next::GiveUp(login_required(status.reason.clone())),
            "waiting" => (
                OTHER_OWNER,
                reason.to_owned(),
                "nothing was backed up; stop the other process, or run `telegram-archive backup` where it runs",
            ),
            "ready" | "flood wait" => {
                *self = Self::default();
                return Next::GoOn;
            }
            _ => (
                NO_CONNECTION,
                format!("Telegram cannot be reached: {reason}"),
                "given up after ten minutes; the next backup goes on where this one ended",
            ),
        };
        let since = *self.since.get_or_insert(now);
        let told = *self.told.get_or_insert(now);
        if now - since >= limit {
            return Next::GiveUp(format!("{reason}; {way_out}"));
        }
        if now - told >= TELL {
            self.told = Some(now);
            return Next::Tell(format!("{reason}; trying again"));
        }
        Next::GoOn
    }
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
        let mut run = RunProgress {
            started_at: 990,
            chats_total: 4,
            chats_done: 1,
            messages: 100,
            ..RunProgress::default()
        };
        run.counted(75);
        status.run = Some(run);
        assert_eq!(
            line(&status, 1_000),
            "1/4 chats, 100 messages, 10/s, about 20 s left; Telegram asks to wait, 1 min 15 s left"
        );
    }
    fn status(state: &str, reason: &str) -> FetcherStatus {
        FetcherStatus {
            state: state.to_owned(),
            reason: Some(reason.to_owned()),
            ..FetcherStatus::default()
        }
    }

    #[test]
    fn a_backup_without_connection_says_why_and_is_given_up() {
        let (away, back) = (status("connecting", "no route"), status("ready", ""));
        let mut standstill = Standstill::default();
        let told = Next::Tell("Telegram cannot be reached: no route; trying again".to_owned());
        assert_eq!(standstill.look(&away, 1_000), Next::GoOn);
        assert_eq!(standstill.look(&away, 1_029), Next::GoOn);
        assert_eq!(standstill.look(&away, 1_030), told);
        assert_eq!(standstill.look(&away, 1_059), Next::GoOn);
        assert_eq!(standstill.look(&away, 1_060), told);
        assert_eq!(standstill.look(&back, 1_070), Next::GoOn);
        assert_eq!(standstill.look(&away, 1_080), Next::GoOn, "from the beginning");
        assert_eq!(standstill.look(&away, 1_679), told);
        let Next::GiveUp(reason) = standstill.look(&away, 1_680) else {
            panic!("it goes on")
        };
        assert!(
            reason.contains("no route") && reason.contains("ten minutes"),
            "{reason}"
        );
    }

    #[test]
    fn an_account_of_another_process_is_not_waited_for_long() {
        let held = status("waiting", "another process owns this account");
        let mut standstill = Standstill::default();
        assert_eq!(standstill.look(&held, 0), Next::GoOn);
        assert!(matches!(standstill.look(&held, OTHER_OWNER - 1), Next::Tell(_)));
        let Next::GiveUp(reason) = standstill.look(&held, OTHER_OWNER) else {
            panic!("it goes on")
        };
        assert!(
            reason.starts_with("another process owns this account"),
            "{reason}"
        );
        let nobody = Standstill::default().look(&status("login required", "log in"), 0);
        assert_eq!(nobody, Next::GiveUp("log in".to_owned()));
    }
}
