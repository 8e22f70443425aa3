//! A single node drains a history, follows live messages, and rests.

use std::time::{Duration, Instant};

use tests::installation::Mode;
use tokio::time::sleep;

use crate::bed::{Bed, number};
use crate::{Args, push};
use tests::report::{Report, Want, median};

/// Idle time before the memory is read again.
const IDLE: Duration = Duration::from_mins(1);

/// What one history took.
#[derive(Clone, Copy)]
pub(crate) struct Drained {
    /// Messages per second, from exec to the last committed row.
    pub(crate) rate: f64,
    /// CPU seconds per 1,000 messages, until then.
    pub(crate) cpu: f64,
    /// The same, until the search index has everything.
    pub(crate) cpu_indexed: f64,
    /// Rows that the index did not have at the last row.
    pub(crate) behind: f64,
    /// Seconds until it had them.
    pub(crate) lag: f64,
    /// VmHWM when all is done, MiB.
    pub(crate) peak: f64,
}

/// Archives everything; goes on running.
pub(crate) async fn drain(
    bed: &Bed,
    messages: i64,
) -> anyhow::Result<(Drained, crate::bed::Running, sqlx::AnyPool)> {
    let begin = Instant::now();
    let mut running = bed.start()?;
    let pool = bed.pool().await?;
    bed.rows(&pool, &mut running, messages).await?;
    let seconds = begin.elapsed().as_secs_f64();
    let cpu = running.cpu()?;
    let behind = number(&pool, "SELECT count(*) FROM search_pending").await?;
    let lag = bed.indexed(&pool, &mut running).await?;
    let per_1000 = 1000.0 / messages as f64;
    let drained = Drained {
        rate: messages as f64 / seconds,
        cpu: cpu * per_1000,
        cpu_indexed: running.cpu()? * per_1000,
        behind: behind as f64,
        lag,
        peak: running.mib("VmHWM")?,
    };
    Ok((drained, running, pool))
}

pub(crate) async fn measure(args: &Args, report: &mut Report) -> anyhow::Result<()> {
    let (mut all, mut p50, mut p99, mut idle) = (vec![], vec![], vec![], vec![]);
    for _ in 0..args.runs {
        let bed = Bed::new(args, args.messages, Mode::Node).await?;
        let (drained, running, pool) = drain(&bed, args.messages).await?;
        let ways = push::measure(&bed, &pool).await?;
        sleep(IDLE).await;
        idle.push(running.mib("VmRSS")?);
        running.stop().await?;
        all.push(drained);
        p50.push(ways.p50);
        p99.push(ways.p99);
    }
    let of = |f: fn(&Drained) -> f64| median(all.iter().map(f));
    let wanted = report.history_wanted();
    report.add(
        "node: history to committed rows",
        of(|d| d.rate),
        "messages/s",
        wanted,
    );
    report.add(
        "node: CPU to committed rows",
        of(|d| d.cpu),
        "s per 1,000 messages",
        Want::Nothing,
    );
    report.add(
        "node: CPU with the search index",
        of(|d| d.cpu_indexed),
        "s per 1,000 messages",
        Want::Nothing,
    );
    report.add(
        "node: search index behind at the last row",
        of(|d| d.behind),
        "messages",
        Want::Nothing,
    );
    report.add(
        "node: search index complete after",
        of(|d| d.lag),
        "s",
        Want::Nothing,
    );
    report.add(
        "node: peak memory",
        of(|d| d.peak),
        "MiB (VmHWM)",
        Want::AtMost(150.0),
    );
    report.add(
        "node: memory after 60 s idle",
        median(idle),
        "MiB (VmRSS)",
        Want::AtMost(60.0),
    );
    report.add(
        "node: push to committed row, p50",
        median(p50),
        "ms",
        Want::AtMost(20.0),
    );
    report.add(
        "node: push to committed row, p99",
        median(p99),
        "ms",
        Want::AtMost(100.0),
    );
    Ok(())
}
