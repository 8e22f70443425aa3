//! The simulator as a program: serves a world until it is told to stop.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Parser;
use model::{Clock as _, TestClock};
use telegram_sim::admin::{self, Admin};
use telegram_sim::lively::{live, remembered};
use telegram_sim::memory::{Memory, Origin};
use telegram_sim::scenario::demo::{self, LONGEST, Life};
use telegram_sim::{Sim, SimConfig, World, scenario};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// A simulated Telegram: real MTProto over TCP on 127.0.0.1, with an admin API over HTTP.
#[derive(Parser)]
struct Args {
    /// Data centres to serve, each on its own port: `2` or `2:4430`.
    #[arg(long = "dc", default_values = ["2", "4"])]
    dcs: Vec<String>,
    /// Port of the admin API; 0 = any.
    #[arg(long, default_value_t = 0)]
    admin_port: u16,
    /// What to serve: small, check:<messages>, bench:<messages>, demo or demo:<messages of the largest chat>.
    #[arg(long, default_value = "small")]
    world: String,
    /// The same seed gives the same world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Lets the demo go on: people write, and now and then somebody attacks.
    #[arg(long)]
    lively: bool,
    /// Folder where the demo remembers itself between two starts.
    #[arg(long)]
    memory: Option<PathBuf>,
    /// Ends when its standard input does: with whoever started it, however that ended.
    #[arg(long)]
    end_with_stdin: bool,
    /// Where the public RSA key is written.
    #[arg(long)]
    rsa_public_key: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    let args = Args::parse();
    actix_web::rt::System::new().block_on(run(args))
}

/// A world, and for the demo how it goes on and what it remembers.
type Made = (World, Option<Life>, Option<Memory>);

fn make(args: &Args, now: i32) -> anyhow::Result<Made> {
    let (name, size) = args.world.split_once(':').unwrap_or((&args.world, ""));
    let count = || size.parse().context("a number of messages");
    let seed = args.seed;
    Ok(match (name, size) {
        ("small", "") => (scenario::small(seed), None, None),
        ("check", _) => (scenario::check(seed, count()?), None, None),
        ("bench", _) => (scenario::bench(seed, count()?), None, None),
        ("demo", _) => {
            let longest = if size.is_empty() {
                LONGEST
            } else {
                count()? as usize
            };
            let Some(folder) = &args.memory else {
                let (world, life) = scenario::demo(seed, now, longest);
                return Ok((world, Some(life), None));
            };
            let origin = Origin {
                seed,
                longest,
                version: demo::version(),
                born: now,
            };
            let mut memory = Memory::open(folder, origin)?;
            let (world, life) = remembered(&mut memory)?;
            (world, Some(life), Some(memory))
        }
        _ => bail!(
            "`{}` is no world; try small, check:20000, bench:1000000 or demo",
            args.world
        ),
    })
}

async fn run(args: Args) -> anyhow::Result<()> {
    let clock = TestClock::default();
    let (world, life, memory) = make(&args, clock.now_unix() as i32)?;
    let dcs = args
        .dcs
        .iter()
        .map(|dc| match dc.split_once(':') {
            None => Ok((dc.parse()?, 0)),
            Some((id, port)) => Ok((id.parse()?, port.parse()?)),
        })
        .collect::<anyhow::Result<Vec<(i32, u16)>>>()
        .context("--dc wants an id, or an id and a port as in 2:4430")?;
    let config = SimConfig {
        world,
        dcs,
        rsa_key: None,
        clock: Arc::new(clock.clone()),
    };
    let sim = Arc::new(Sim::start(config).await?);
    if let Some(memory) = &memory {
        sim.restore(memory.authorizations());
    }
    if let Some(path) = &args.rsa_public_key {
        std::fs::write(path, sim.rsa_public_pem()).with_context(|| path.display().to_string())?;
    }
    let (port, server) = admin::serve(
        Admin {
            sim: Arc::clone(&sim),
            clock,
        },
        args.admin_port,
    )?;
    let dcs: std::collections::BTreeMap<i32, String> = sim
        .addresses()
        .into_iter()
        .map(|(id, a)| (id, a.to_string()))
        .collect();
    let bots: Vec<i64> = {
        let world = sim.world();
        let chats = world
            .account(scenario::ACCOUNT)
            .into_iter()
            .flat_map(|a| a.dialogs.keys());
        let bot = |id: &&i64| world.users.get(*id).is_some_and(|u| u.bot);
        chats.filter(bot).copied().collect()
    };
    let ready = serde_json::json!({
        "bots": bots, "dcs": dcs, "admin": format!("http://127.0.0.1:{port}"), "account": scenario::ACCOUNT,
        "phone": scenario::PHONE, "code": scenario::CODE, "password": scenario::PASSWORD,
    });
    println!("{ready}");
    let handle = server.handle();
    let serving = tokio::spawn(server);
    let stop = CancellationToken::new();
    let living = life
        .filter(|_| args.lively)
        .map(|life| tokio::spawn(live(Arc::clone(&sim), life, memory, stop.clone())));
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (ended, end) = oneshot::channel();
    if args.end_with_stdin {
        // A thread that nobody waits for: a read of standard input cannot be given up.
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            let _ = ended.send(());
        });
    }
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
        _ = end, if args.end_with_stdin => {}
    }
    stop.cancel();
    if let Some(living) = living {
        living.await??;
    }
    handle.stop(false).await;
    serving.await??;
    for (method, count) in &sim.counters().unknown {
        eprintln!("not implemented: {method}, called {count} times");
    }
    Ok(())
}
