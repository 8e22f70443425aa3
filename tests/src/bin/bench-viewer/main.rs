//! `make bench-viewer`: the production viewer over large archives, loaded from a second process. Not a test: it prints
//! what is, beside what is wanted.

mod archive;
mod asked;
mod load;
mod world;
mod wrk;

use std::path::PathBuf;
use std::time::Instant;

use archive::{Archive, Store, Viewer};
use clap::Parser;
use tests::report::{Report, Want, minutes};

/// Connections of a browser crowd; what it waits for is mostly its turn on this machine's cores.
const CROWD: usize = 32;
const CROWD_SECONDS: u64 = 8;
const ALONE_SECONDS: u64 = 5;

/// Measures the viewer in release over archives of some sizes in both stores.
#[derive(Parser)]
struct Args {
    /// The production binary.
    #[arg(long, default_value = "target/release/telegram-archive")]
    archive: PathBuf,
    /// Where archives are kept.
    #[arg(long, default_value = "data/bench")]
    cache: PathBuf,
    /// Messages of each archive.
    #[arg(long, value_delimiter = ',', default_value = "1000000,10000000")]
    sizes: Vec<i64>,
    /// In which stores.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "sqlite,postgres")]
    stores: Vec<Store>,
    /// Only requests whose name has one of these words.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Prints what the tables and indexes take, too.
    #[arg(long)]
    bytes: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut args = Args::parse();
    // Loopback without TLS only; the HTTP client wants to know all the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    std::fs::create_dir_all(&args.cache)?;
    args.cache = args.cache.canonicalize()?;
    let archives: Vec<(Store, i64)> = args
        .stores
        .iter()
        .flat_map(|store| args.sizes.iter().map(|size| (*store, *size)))
        .collect();
    archive::room(&args.cache, &archives).await?;
    let mut report = Report::default();
    for (store, size) in archives {
        let begin = Instant::now();
        println!("\n{} with {size} messages", store.name());
        measure(&args, store, size, &mut report).await?;
        println!("  took {}", minutes(begin.elapsed().as_secs() as i64));
    }
    report.print();
    Ok(())
}

async fn measure(args: &Args, store: Store, size: i64, report: &mut Report) -> anyhow::Result<()> {
    let archive = Archive::open(&args.cache, store, size).await?;
    archive.tell_size().await?;
    if args.bytes {
        archive.tell_parts().await?;
    }
    let viewer = Viewer::start(&args.archive, &archive).await?;
    let folder = tempfile::tempdir()?;
    let of = format!("{} {}M", store.name(), size / 1_000_000);
    let pages = match store {
        Store::Sqlite => Want::AtLeast(5_000.0),
        Store::Postgres => Want::Nothing,
    };
    println!(
        "  {:<44} {:>9} {:>9} {:>9} | {:>9} {:>9} {:>9} {:>9}",
        "ms; alone, then 32 connections", "p50", "p95", "p99", "p50", "p95", "p99", "a second"
    );
    for asked in asked::all(&archive.world, pages) {
        if !args.only.is_empty() && !args.only.iter().any(|o| asked.name.contains(o.as_str())) {
            continue;
        }
        wrk::ask(&viewer, folder.path(), &asked.path, 4, 1).await?;
        let alone = wrk::ask(&viewer, folder.path(), &asked.path, 1, ALONE_SECONDS).await?;
        let crowd = wrk::ask(&viewer, folder.path(), &asked.path, CROWD, CROWD_SECONDS).await?;
        println!(
            "  {:<44} {:>9.2} {:>9.2} {:>9.2} | {:>9.2} {:>9.2} {:>9.2} {:>9.0}",
            asked.name,
            alone.p50,
            alone.p95,
            alone.p99,
            crowd.p50,
            crowd.p95,
            crowd.p99,
            crowd.rate()
        );
        let name = asked.name;
        report.note(
            format!("{of}: {name}, alone, p99"),
            alone.p99,
            "ms",
            Want::AtMost(asked.p99),
        );
        report.note(
            format!("{of}: {name}, {CROWD} connections, p99"),
            crowd.p99,
            "ms",
            Want::AtMost(asked.p99),
        );
        report.note(
            format!("{of}: {name}, {CROWD} connections"),
            crowd.rate(),
            "a second",
            asked.rate,
        );
    }
    report.add(
        format!("{of}: VmRSS"),
        viewer.mib("VmRSS")?,
        "MiB",
        Want::AtMost(200.0),
    );
    report.add(
        format!("{of}: VmHWM"),
        viewer.mib("VmHWM")?,
        "MiB",
        Want::AtMost(200.0),
    );
    viewer.stop().await
}
