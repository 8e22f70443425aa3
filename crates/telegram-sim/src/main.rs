//! The simulator as a program: serves a world until it is told to stop.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Parser;
use model::TestClock;
use telegram_sim::admin::{self, Admin};
use telegram_sim::{Sim, SimConfig, scenario};
use tokio::signal::unix::{SignalKind, signal};

/// A simulated Telegram: real MTProto over TCP on 127.0.0.1, with an admin API over HTTP.
#[derive(Parser)]
struct Args {
    /// Data centres to serve, each on its own port: `2` or `2:4430`.
    #[arg(long = "dc", default_values = ["2", "4"])]
    dcs: Vec<String>,
    /// Port of the admin API; 0 = any.
    #[arg(long, default_value_t = 0)]
    admin_port: u16,
    /// What to serve: small, check:<messages> or bench:<messages>.
    #[arg(long, default_value = "small")]
    world: String,
    /// The same seed gives the same world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
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

async fn run(args: Args) -> anyhow::Result<()> {
    let world = match args.world.split_once(':') {
        None if args.world == "small" => scenario::small(args.seed),
        Some(("check", n)) => scenario::check(args.seed, n.parse().context("a number of messages")?),
        Some(("bench", n)) => scenario::bench(args.seed, n.parse().context("a number of messages")?),
        _ => bail!(
            "`{}` is no world; try small, check:20000 or bench:1000000",
            args.world
        ),
    };
    let dcs = args
        .dcs
        .iter()
        .map(|dc| match dc.split_once(':') {
            None => Ok((dc.parse()?, 0)),
            Some((id, port)) => Ok((id.parse()?, port.parse()?)),
        })
        .collect::<anyhow::Result<Vec<(i32, u16)>>>()
        .context("--dc wants an id, or an id and a port as in 2:4430")?;
    let clock = TestClock::default();
    let config = SimConfig {
        world,
        dcs,
        rsa_key: None,
        clock: Arc::new(clock.clone()),
    };
    let sim = Arc::new(Sim::start(config).await?);
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
    let ready = serde_json::json!({
        "dcs": dcs, "admin": format!("http://127.0.0.1:{port}"), "account": scenario::ACCOUNT,
        "phone": scenario::PHONE, "code": scenario::CODE, "password": scenario::PASSWORD,
    });
    println!("{ready}");
    let handle = server.handle();
    let serving = tokio::spawn(server);
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    handle.stop(false).await;
    serving.await??;
    for (method, count) in &sim.counters().unknown {
        eprintln!("not implemented: {method}, called {count} times");
    }
    Ok(())
}
