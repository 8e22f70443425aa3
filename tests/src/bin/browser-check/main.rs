//! `make e2e`: the page in a real browser, the production binary behind it, and a simulated Telegram behind that.

mod browser;
mod stage;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Parser;
use tokio::signal::unix::{Signal, SignalKind, signal};

use browser::Browser;
use stage::Stage;

/// Starts all that the browser tests need, runs them, and stops it whatever happens.
#[derive(Parser)]
struct Args {
    /// Where `telegram-archive` and `telegram-sim` are; beside this program if not given.
    #[arg(long)]
    binaries: Option<PathBuf>,
    /// The sources of the page.
    #[arg(long, default_value = "services/viewer/web")]
    page: PathBuf,
    /// Messages of the largest chat.
    #[arg(long, default_value_t = 25_000)]
    messages: usize,
    /// Run nothing: say what the tests are to be told, and wait for Ctrl-C.
    #[arg(long)]
    hold: bool,
    /// For Playwright: files, `--project mobile`, `--grep WORD`, ...
    #[arg(last = true)]
    playwright: Vec<String>,
}

/// Ctrl-C, a request to end, or the terminal's end.
struct Stop([Signal; 3]);

impl Stop {
    fn new() -> std::io::Result<Self> {
        Ok(Self([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    async fn asked(&mut self) {
        let [int, term, hup] = &mut self.0;
        tokio::select! {
            _ = int.recv() => {}
            _ = term.recv() => {}
            _ = hup.recv() => {}
        }
    }
}

/// Says a step, and how long the one before it took.
struct Steps(Instant);

impl Steps {
    fn say(&mut self, step: &str) {
        eprintln!(
            "browser-check: {step} (after {:.1} s)",
            self.0.elapsed().as_secs_f64()
        );
        self.0 = Instant::now();
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let mut stop = Stop::new()?;
    let begin = Instant::now();
    let binaries = match &args.binaries {
        Some(folder) => std::path::absolute(folder)?,
        None => std::env::current_exe()?
            .parent()
            .context("this program lies in a folder")?
            .to_owned(),
    };
    let mut stage = Stage::new(binaries, args.messages)?;
    let mut steps = Steps(begin);
    let result = tokio::select! {
        result = run(&args, &mut stage, &mut steps) => result,
        () = stop.asked() => {
            eprintln!("browser-check: stopping");
            Ok(130)
        }
    };
    // What the tests found wrong stands at the end of what they say, and is to stay there.
    let stopped = stage.stop(result.is_err()).await;
    let code = result?;
    if code != 130 {
        stopped?;
    }
    eprintln!("browser-check: {:.0} s in all", begin.elapsed().as_secs_f64());
    Ok(ExitCode::from(code))
}

async fn run(args: &Args, stage: &mut Stage, steps: &mut Steps) -> anyhow::Result<u8> {
    stage.set(steps).await?;
    if args.hold {
        for (name, value) in stage.told()? {
            println!("export {name}='{value}'");
        }
        steps.say("everything is up; Ctrl-C stops it");
        bail!("{} ended by itself", stage.ended().await?);
    }
    steps.say("the tests");
    let mut browser = Browser::start(&args.page, &args.playwright, stage.told()?)?;
    // Dropped when somebody asks to stop: then everything it started goes with it.
    tokio::select! {
        code = browser.ended() => code,
        ended = stage.ended() => bail!("{} ended by itself", ended?),
    }
}
