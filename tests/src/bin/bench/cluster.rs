//! The same history through NATS into PostgreSQL, a process per service.

use std::sync::Arc;
use std::time::Duration;

use assembly::{StoreSettings, open_store};
use model::SystemClock;
use secrecy::SecretString;
use testkit::Postgres;
use tests::installation::Mode;

use crate::bed::Bed;
use crate::drain::{Drained, drain};
use crate::{Args, limits, push};
use tests::report::{Report, Want, median};

pub(crate) async fn measure(args: &Args, report: &mut Report) -> anyhow::Result<()> {
    let pages = limits::pages(args).await?;
    let mut alone = Vec::new();
    for _ in 0..args.runs {
        let server = Postgres::start_own().await?;
        let settings = StoreSettings::Postgres {
            url: SecretString::from(server.database().await?.url),
            timeout: Duration::from_mins(1),
            echo: false,
        };
        let stores = open_store(&settings, Arc::new(SystemClock)).await?;
        alone.push(limits::insert(&stores, pages.clone()).await?);
    }
    drop(pages);
    report.add(
        "limit: insert of the same rows alone, PostgreSQL",
        median(alone),
        "messages/s",
        Want::Nothing,
    );
    let (mut all, mut p50, mut p99) = (vec![], vec![], vec![]);
    for _ in 0..args.runs {
        let bed = Bed::new(args, args.messages, Mode::Cluster).await?;
        let (drained, running, pool) = drain(&bed, args.messages).await?;
        let ways = push::measure(&bed, &pool).await?;
        pool.close().await;
        running.stop().await?;
        all.push(drained);
        p50.push(ways.p50);
        p99.push(ways.p99);
    }
    let of = |f: fn(&Drained) -> f64| median(all.iter().map(f));
    report.add(
        "cluster: history to committed rows",
        of(|d| d.rate),
        "messages/s",
        Want::Nothing,
    );
    report.add(
        "cluster: CPU of the six services to committed rows",
        of(|d| d.cpu),
        "s per 1,000 messages",
        Want::Nothing,
    );
    report.add(
        "cluster: search index complete after",
        of(|d| d.lag),
        "s",
        Want::Nothing,
    );
    report.add(
        "cluster: peak memory of the six services",
        of(|d| d.peak),
        "MiB (VmHWM)",
        Want::Nothing,
    );
    report.add(
        "cluster: push to committed row, p50",
        median(p50),
        "ms",
        Want::Nothing,
    );
    report.add(
        "cluster: push to committed row, p99",
        median(p99),
        "ms",
        Want::Nothing,
    );
    Ok(())
}
