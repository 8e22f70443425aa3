//! From exec to /readyz on an archive that is large already.

use std::time::{Duration, Instant};

use anyhow::bail;
use tests::installation::Mode;
use tokio::time::sleep;

use crate::Args;
use crate::bed::Bed;
use crate::drain::drain;
use tests::report::{Report, Want, median};

pub(crate) async fn measure(args: &Args, report: &mut Report) -> anyhow::Result<()> {
    let bed = Bed::new(args, args.started, Mode::Node).await?;
    let (_, running, pool) = drain(&bed, args.started).await?;
    pool.close().await;
    running.stop().await?;
    let address = format!("http://127.0.0.1:{}/readyz", bed.admin_port);
    let mut all = Vec::new();
    for _ in 0..args.runs {
        let begin = Instant::now();
        let running = bed.start()?;
        while !reqwest::get(&address)
            .await
            .is_ok_and(|r| r.status().is_success())
        {
            if begin.elapsed() > Duration::from_mins(1) {
                bail!("not ready within a minute");
            }
            sleep(Duration::from_millis(2)).await;
        }
        all.push(begin.elapsed().as_secs_f64());
        // What a start does, it does to its end: a run of all chats.
        sleep(Duration::from_secs(2)).await;
        running.stop().await?;
    }
    report.add(
        format!("node: start to /readyz with {} messages", args.started),
        median(all),
        "s",
        Want::AtMost(0.3),
    );
    Ok(())
}
