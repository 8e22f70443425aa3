//! `make demo-check`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tests::demo::{Options, check};
use tests::installation::Mode;
use tests::sabotage::Sabotage;

/// Archives a throwaway world with the production binary and compares every message with the truth.
#[derive(Parser)]
struct Args {
    /// The production binary.
    #[arg(long, default_value = "target/release/telegram-archive")]
    archive: PathBuf,
    /// One process with SQLite, or a cluster with NATS and PostgreSQL.
    #[arg(long, env = "MODE", default_value = "node")]
    mode: Mode,
    /// About so many messages.
    #[arg(long, default_value_t = 20_000)]
    messages: i32,
    /// The same seed gives the same world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Plant an error, which must be found.
    #[arg(long)]
    sabotage: Option<Sabotage>,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let archive = std::path::absolute(&args.archive)?;
    let options = Options {
        archive,
        mode: args.mode,
        messages: args.messages,
        seed: args.seed,
        sabotage: args.sabotage,
    };
    let report = check(&options, |line| eprintln!("{line}")).await?;
    let c = &report.comparison;
    for difference in c.differences.iter().take(20) {
        println!("{difference}");
    }
    if c.differences.len() > 20 {
        println!("... and {} more", c.differences.len() - 20);
    }
    println!(
        "demo-check: {} messages, {} media, {} differences, {:.0} messages/s",
        c.messages,
        c.media,
        c.differences.len(),
        report.rate
    );
    Ok(if c.differences.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
