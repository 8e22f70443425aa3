//! `make bench`: figures of the production binary against the simulator in a process of its own. Not a test: it prints
//! what is, beside what is wanted and what the machine can do.

mod bed;
mod cluster;
mod disk;
mod drain;
mod growth;
mod limits;
mod push;
mod start;

use std::path::PathBuf;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use tests::report::{Report, minutes};

/// As in the archive: the limits are taken in this process.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Measures the archive in release: a single node on SQLite, and a cluster.
#[derive(Parser)]
struct Args {
    /// The production binary.
    #[arg(long, default_value = "target/release/telegram-archive")]
    archive: PathBuf,
    /// The simulator.
    #[arg(long, default_value = "target/release/telegram-sim")]
    simulator: PathBuf,
    /// Only these parts.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Messages of an ordinary history.
    #[arg(long, default_value_t = 200_000)]
    messages: i64,
    /// Messages of the small history that the large one is compared with.
    #[arg(long, default_value_t = 100_000)]
    small: i64,
    /// Messages of the large history.
    #[arg(long, default_value_t = 2_000_000)]
    large: i64,
    /// Messages of the archive that is started.
    #[arg(long, default_value_t = 1_000_000)]
    started: i64,
    /// How often each figure is taken; the median counts.
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// fsync per second, MB written per second.
    Disk,
    /// grammers alone, insert of the same rows alone.
    Limits,
    /// A single node: rate, CPU, lag of the index, live latency, memory when idle.
    History,
    /// CPU and memory at the small and the large history.
    Growth,
    /// From exec to /readyz.
    Start,
    /// NATS and PostgreSQL, a process per service.
    Cluster,
}

impl Part {
    /// About how long it takes, in seconds, on two cores.
    const fn seconds(self, args: &Args) -> i64 {
        let runs = args.runs as i64;
        match self {
            Self::Disk => 5,
            Self::Limits => runs * (args.messages / 20_000 + 5) + 15,
            Self::History => runs * (args.messages / 13_000 + 85),
            Self::Growth => runs * ((args.small + args.large) / 7_200 + 10),
            Self::Start => args.started / 13_000 + 3 * runs + 5,
            Self::Cluster => runs * (args.messages / 4_000 + 40),
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    // Loopback without TLS only; the HTTP client wants to know all the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let parts: Vec<Part> = Part::value_variants()
        .iter()
        .copied()
        .filter(|p| args.only.is_empty() || args.only.contains(p))
        .collect();
    println!("planned, each figure the median of {}:", args.runs);
    for part in &parts {
        println!("  {part:?}: about {}", minutes(part.seconds(&args)));
    }
    let all = parts.iter().map(|p| p.seconds(&args)).sum();
    println!("  in all about {}", minutes(all));
    let mut report = Report::default();
    for part in parts {
        let begin = Instant::now();
        println!("\n{part:?}");
        match part {
            Part::Disk => disk::measure(&mut report)?,
            Part::Limits => limits::measure(&args, &mut report).await?,
            Part::History => drain::measure(&args, &mut report).await?,
            Part::Growth => growth::measure(&args, &mut report).await?,
            Part::Start => start::measure(&args, &mut report).await?,
            Part::Cluster => cluster::measure(&args, &mut report).await?,
        }
        println!("  took {}", minutes(begin.elapsed().as_secs() as i64));
    }
    report.print();
    Ok(())
}
