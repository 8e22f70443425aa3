//! `make bench`: figures of the production binary against the simulator in a process of its own. Not a test: it prints
//! what is.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use clap::Parser;
use serde_json::{Value, json};
use sqlx::AnyPool;
use tests::installation::{pool, terminate};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::sleep;

/// Live messages whose way to their row is measured.
const PUSHES: usize = 200;
/// Idle time before the memory is read again.
const IDLE: Duration = Duration::from_mins(1);

/// Measures a single node on SQLite: history, memory, start, live latency.
#[derive(Parser)]
struct Args {
    /// The production binary.
    #[arg(long, default_value = "target/release/telegram-archive")]
    archive: PathBuf,
    /// The simulator.
    #[arg(long, default_value = "target/release/telegram-sim")]
    simulator: PathBuf,
    /// Messages of the history.
    #[arg(long, default_value_t = 200_000)]
    messages: i64,
    /// How often; the median counts.
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

/// One run's figures.
#[derive(Clone, Copy, Debug)]
struct Figures {
    messages_per_second: f64,
    cpu_seconds_per_1000: f64,
    peak_mib: f64,
    idle_mib: f64,
    start_ms: f64,
    push_p50_ms: f64,
    push_p99_ms: f64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    // Loopback without TLS only; the HTTP client wants to know all the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut all = Vec::new();
    for n in 1..=args.runs {
        let figures = measure(&args).await?;
        println!("run {n}: {figures:.1?}");
        all.push(figures);
    }
    let median = |f: fn(&Figures) -> f64| {
        let mut values: Vec<f64> = all.iter().map(f).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    println!(
        "single node, SQLite, {} messages, median of {}:",
        args.messages,
        all.len()
    );
    println!(
        "  history           {:.0} messages/s",
        median(|f| f.messages_per_second)
    );
    println!(
        "  CPU               {:.3} s per 1,000 messages",
        median(|f| f.cpu_seconds_per_1000)
    );
    println!("  peak memory       {:.0} MiB", median(|f| f.peak_mib));
    println!("  memory, idle 60 s {:.0} MiB", median(|f| f.idle_mib));
    println!("  start to /readyz  {:.0} ms", median(|f| f.start_ms));
    println!(
        "  push to row       p50 {:.1} ms, p99 {:.1} ms",
        median(|f| f.push_p50_ms),
        median(|f| f.push_p99_ms)
    );
    Ok(())
}

struct Simulator {
    child: Child,
    ready: Value,
}

async fn simulator(args: &Args, folder: &Path) -> anyhow::Result<Simulator> {
    let mut child = Command::new(std::path::absolute(&args.simulator)?)
        .args(["--world", &format!("bench:{}", args.messages), "--rsa-public-key"])
        .arg(folder.join("rsa.pem"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("the simulator cannot be started")?;
    let out = child.stdout.take().context("standard output")?;
    let line = BufReader::new(out).lines().next_line().await?;
    let ready = serde_json::from_str(&line.context("the simulator ended")?)?;
    Ok(Simulator { child, ready })
}

fn archive(args: &Args, folder: &Path, arguments: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new(std::path::absolute(&args.archive)?);
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    Ok(command)
}

async fn measure(args: &Args) -> anyhow::Result<Figures> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let mut simulator = simulator(args, folder).await?;
    let ready = simulator.ready.clone();
    let admin = testkit::free_port()?;
    let env = format!(
        "TELEGRAM_API_ID=12345\nTELEGRAM_API_HASH=0123456789abcdef0123456789abcdef\nTELEGRAM_PHONE=+{}\n\
         TELEGRAM_DC_ADDRESS={}\nTELEGRAM_DC_RSA_KEY_FILE=rsa.pem\nBACKUP_PATH=backups\nSESSION_DIR=session\n\
         ADMIN_ADDRESS=127.0.0.1:{admin}\nENABLE_LISTENER=true\nTELEGRAM_HISTORY_CALLS_PER_SECOND=0\n\
         TELEGRAM_METADATA_CALLS_PER_SECOND=0\nTELEGRAM_FILE_CALLS_PER_SECOND=0\nLOG_LEVEL=WARN\n",
        ready["phone"].as_str().unwrap_or_default(),
        ready["dcs"]["2"].as_str().unwrap_or_default(),
    );
    std::fs::write(folder.join(".env"), env)?;
    log_in(args, folder, &ready).await?;

    let begin = Instant::now();
    let mut running = archive(args, folder, &["run"])?.spawn()?;
    let pool = pool(&format!(
        "sqlite://{}",
        folder.join("backups/telegram_backup.db").display()
    ))
    .await?;
    while count(&pool).await < args.messages {
        ensure!(running.try_wait()?.is_none(), "the archive ended by itself");
        sleep(Duration::from_millis(20)).await;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let id = running.id().context("the archive ended by itself")?;
    let cpu = cpu_seconds(id)?;
    let peak = memory_mib(id, "VmHWM")?;
    let mut ways = pushes(&ready, &pool).await?;
    ways.sort_by(f64::total_cmp);
    sleep(IDLE).await;
    let idle = memory_mib(id, "VmRSS")?;
    terminate("run", &mut running).await?;

    let begin = Instant::now();
    let mut again = archive(args, folder, &["run"])?.spawn()?;
    let address = format!("http://127.0.0.1:{admin}/readyz");
    while !reqwest::get(&address)
        .await
        .is_ok_and(|r| r.status().is_success())
    {
        if begin.elapsed() > Duration::from_mins(1) {
            bail!("not ready within a minute");
        }
        sleep(Duration::from_millis(2)).await;
    }
    let start = begin.elapsed();
    terminate("run", &mut again).await?;
    simulator.child.kill().await?;
    Ok(Figures {
        messages_per_second: args.messages as f64 / seconds,
        cpu_seconds_per_1000: cpu * 1000.0 / args.messages as f64,
        peak_mib: peak,
        idle_mib: idle,
        start_ms: start.as_secs_f64() * 1000.0,
        push_p50_ms: ways[ways.len() / 2],
        push_p99_ms: ways[ways.len() * 99 / 100],
    })
}

async fn log_in(args: &Args, folder: &Path, ready: &Value) -> anyhow::Result<()> {
    let mut child = archive(args, folder, &["auth"])?.stdin(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().context("standard input")?;
    let answers = format!(
        "{}\n{}\n",
        ready["code"].as_str().unwrap_or_default(),
        ready["password"].as_str().unwrap_or_default()
    );
    // Who needs no password does not read it.
    let _ = stdin.write_all(answers.as_bytes()).await;
    drop(stdin);
    ensure!(child.wait().await?.success(), "the log-in failed");
    Ok(())
}

async fn count(pool: &AnyPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM messages")
        .fetch_one(pool)
        .await
        .unwrap_or(0)
}

/// Milliseconds from a post on Telegram to its committed row.
async fn pushes(ready: &Value, pool: &AnyPool) -> anyhow::Result<Vec<f64>> {
    let client = reqwest::Client::new();
    let address = format!("{}/do", ready["admin"].as_str().unwrap_or_default());
    let mut ways = Vec::new();
    for n in 0..PUSHES {
        let text = format!("pushed {n}");
        let command = json!({ "do": "post", "account": ready["account"], "chat": -1_000_000_006_001_i64, "text": text });
        let begin = Instant::now();
        let answer = client
            .post(&address)
            .header("content-type", "application/json")
            .body(command.to_string())
            .send()
            .await?
            .error_for_status()?;
        let posted: Value = serde_json::from_str(&answer.text().await?)?;
        let id = posted["id"].as_i64().context("an id")?;
        loop {
            let row: Option<i64> =
                sqlx::query_scalar("SELECT id FROM messages WHERE account = 1 AND box = 6001 AND id = $1")
                    .bind(id)
                    .fetch_optional(pool)
                    .await?;
            if row.is_some() {
                break;
            }
            if begin.elapsed() > Duration::from_secs(30) {
                bail!("a push did not arrive in 30 s");
            }
            sleep(Duration::from_millis(1)).await;
        }
        ways.push(begin.elapsed().as_secs_f64() * 1000.0);
        sleep(Duration::from_millis(20)).await;
    }
    Ok(ways)
}

fn memory_mib(id: u32, field: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status
        .lines()
        .find_map(|l| l.strip_prefix(field))
        .context("the field")?;
    let kib: f64 = line
        .trim_start_matches(':')
        .trim()
        .trim_end_matches("kB")
        .trim()
        .parse()?;
    Ok(kib / 1024.0)
}

/// User and system time; a tick is a hundredth of a second on Linux.
fn cpu_seconds(id: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |n: usize| fields.get(n).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    Ok((ticks(11) + ticks(12)) / 100.0)
}
