//! `make soak`: random days, as many as one likes.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use tests::installation::Mode;
use tests::random::{day, run};

/// Runs random days in both modes; a day that fails is printed with its steps.
#[derive(Parser)]
struct Args {
    /// How many days per mode.
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 100)]
    from: u64,
    /// Steps per day.
    #[arg(long, default_value_t = 60)]
    steps: usize,
    /// Only this mode.
    #[arg(long)]
    mode: Option<Mode>,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let modes = args
        .mode
        .map_or_else(|| vec![Mode::Node, Mode::Cluster], |m| vec![m]);
    let mut failed = 0;
    for mode in modes {
        for seed in args.from..args.from + args.seeds {
            let begin = Instant::now();
            let steps = day(seed, args.steps);
            match run(mode, seed, &steps).await {
                Ok(c) => println!(
                    "{mode:?} {seed}: {} messages, {} media, {:.1} s",
                    c.messages,
                    c.media,
                    begin.elapsed().as_secs_f64()
                ),
                Err(error) => {
                    failed += 1;
                    println!(
                        "{mode:?} {seed}: FAILED: {error:#}\n{}",
                        serde_json::to_string(&steps)?
                    );
                }
            }
        }
    }
    println!("soak: {failed} days failed");
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
