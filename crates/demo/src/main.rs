//! `make demo`: starts a simulated Telegram that lives, and an archive of it, logged in by itself; stops both.
//!
//! Everything lies in one folder. A second start goes on where the first one ended: the simulator remembers its history,
//! the archive what it has.

mod folder;
mod process;
mod progress;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Parser;
use tokio::signal::unix::{Signal, SignalKind, signal};

use folder::Folder;
use process::{Archive, Simulator};

/// A simulated Telegram and an archive of it.
#[derive(Parser)]
struct Args {
    /// Where `telegram-archive` and `telegram-sim` are.
    #[arg(long, default_value = "target/debug")]
    binaries: PathBuf,
    /// Everything that is kept.
    #[arg(long, default_value = "data/demo")]
    folder: PathBuf,
    /// Port of the viewer; another one if it is taken.
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// Another seed is another world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Messages of the largest chat.
    #[arg(long, default_value_t = 25_000)]
    messages: usize,
}

/// Ctrl-C, a request to end, or the terminal's end.
struct Stop {
    signals: [Signal; 3],
}

impl Stop {
    fn new() -> std::io::Result<Self> {
        let [int, term, hup] = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ];
        Ok(Self {
            signals: [signal(int)?, signal(term)?, signal(hup)?],
        })
    }

    async fn asked(&mut self) {
        let [int, term, hup] = &mut self.signals;
        tokio::select! {
            _ = int.recv() => {}
            _ = term.recv() => {}
            _ = hup.recv() => {}
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let mut stop = Stop::new()?;
    let folder = Folder::open(&args.folder)?;
    process::end_what_was_left(&folder, &args.binaries).await?;
    println!("starting a simulated Telegram: two years of messages in fifteen chats");
    let simulator = Simulator::start(&args.binaries, &folder, args.seed, args.messages);
    let simulator = tokio::select! {
        started = simulator => started?,
        () = stop.asked() => return Ok(()),
    };
    let address = folder::free_address(args.port)?;
    let password = folder.password()?;
    folder.write_settings(&simulator.ready, address, &password)?;
    let mut archive = Archive::new(&args.binaries, &folder)?;
    let page = format!("http://{address}");
    let result = tokio::select! {
        result = run(&mut archive, &simulator, &page, &password) => result,
        () = stop.asked() => {
            println!("\nstopping");
            Ok(())
        }
    };
    // The archive first: it is to see no Telegram that went away. And both, whatever happened.
    let stopped = [archive.stop().await, simulator.stop().await];
    stopped.into_iter().fold(result, Result::and)?;
    println!(
        "stopped; `make demo` goes on from here, `rm -r {}` begins anew",
        folder.path().display()
    );
    Ok(())
}

/// Until one of them ends by itself.
async fn run(
    archive: &mut Archive,
    simulator: &Simulator,
    address: &str,
    password: &str,
) -> anyhow::Result<()> {
    println!("logging in to it");
    archive.log_in(&simulator.ready).await?;
    archive.start()?;
    archive
        .answers(Duration::from_mins(1))
        .await
        .context("the archive does not start")?;
    println!(
        "\n  the archive runs: {address}\n  user {}, password {password}\n\n\
         {}\n",
        folder::USER,
        archive.hint()
    );
    let ended = tokio::select! {
        ended = archive.ended() => format!("the archive ended: {ended}"),
        () = progress::show(archive) => "unreachable".to_owned(),
    };
    bail!("{ended}; see {}", archive.log().display())
}
