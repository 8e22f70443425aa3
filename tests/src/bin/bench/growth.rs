//! Whether a message of a large history costs more than one of a small one.

use tests::installation::Mode;

use crate::Args;
use crate::bed::Bed;
use crate::drain::{Drained, drain};
use tests::report::{Report, Want, median};

pub(crate) async fn measure(args: &Args, report: &mut Report) -> anyhow::Result<()> {
    let small = drained(args, args.small).await?;
    let large = drained(args, args.large).await?;
    let of = |all: &[Drained], f: fn(&Drained) -> f64| median(all.iter().map(f));
    for (messages, all) in [(args.small, &small), (args.large, &large)] {
        report.add(
            format!("node: CPU at {messages} messages"),
            of(all, |d| d.cpu),
            "s per 1,000 messages",
            Want::Nothing,
        );
        report.add(
            format!("node: CPU at {messages} messages, with the index"),
            of(all, |d| d.cpu_indexed),
            "s per 1,000 messages",
            Want::Nothing,
        );
    }
    let ratio = |f| of(&large, f) / of(&small, f);
    report.add(
        "node: CPU, large by small",
        ratio(|d| d.cpu),
        "times",
        Want::AtMost(1.2),
    );
    report.add(
        "node: CPU with the index, large by small",
        ratio(|d| d.cpu_indexed),
        "times",
        Want::AtMost(1.2),
    );
    report.add(
        format!("node: history at {} messages", args.large),
        of(&large, |d| d.rate),
        "messages/s",
        Want::Nothing,
    );
    report.add(
        format!("node: search index at {} messages complete after", args.large),
        of(&large, |d| d.lag),
        "s",
        Want::Nothing,
    );
    report.add(
        format!("node: peak memory at {} messages", args.large),
        of(&large, |d| d.peak),
        "MiB (VmHWM)",
        Want::AtMost(150.0),
    );
    Ok(())
}

async fn drained(args: &Args, messages: i64) -> anyhow::Result<Vec<Drained>> {
    let mut all = Vec::new();
    for _ in 0..args.runs {
        let bed = Bed::new(args, messages, Mode::Node).await?;
        let (drained, running, pool) = drain(&bed, messages).await?;
        pool.close().await;
        running.stop().await?;
        all.push(drained);
    }
    Ok(all)
}
