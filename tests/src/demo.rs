//! The check of the whole: a throwaway world, the production binary, bad days, kill -9, and then every message, version,
//! deletion, held operation and file against the truth.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use model::{ChatId, TestClock};
use rand::seq::SliceRandom as _;
use rand::{Rng, SeedableRng, rngs::StdRng};
use sqlx::AnyPool;
use telegram_sim::faults::{Action, Rule};
use telegram_sim::scenario::{self, ACCOUNT};
use telegram_sim::world::{Draft, Edit};
use telegram_sim::{FloodLimit, Sim, SimConfig, snapshot};
use tokio::process::Child;

use crate::compare::{Comparison, Expectations, compare};
use crate::installation::{Installation, Mode, terminate};
use crate::sabotage::{Sabotage, plant};

/// Deletions of the attack.
const ATTACK: i32 = 500;
/// A process that is killed in the milliseconds between Telegram's answer and its row does not know of a flood wait when
/// it starts again: each of its four walkers may ask once.
const FORGOTTEN: u64 = 4;
/// Longest wait for the archive to be done.
const LIMIT: Duration = Duration::from_mins(5);

/// How to check.
#[derive(Clone, Debug)]
pub struct Options {
    /// The production binary.
    pub archive: PathBuf,
    /// How it runs.
    pub mode: Mode,
    /// About so many messages.
    pub messages: i32,
    /// The same seed gives the same world and the same day.
    pub seed: u64,
    /// See [`Sabotage`].
    pub sabotage: Option<Sabotage>,
}

/// What came out.
#[derive(Debug)]
pub struct Report {
    /// Of the comparison.
    pub comparison: Comparison,
    /// Messages per second of the first run, kills and floods included.
    pub rate: f64,
}

/// Processes that run now, by name.
type Running = Vec<(&'static str, Child)>;

/// One number; 0 while the database is not there or not ready.
async fn number(pool: &AnyPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap_or(0)
}

async fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) -> anyhow::Result<()> {
    let begin = Instant::now();
    while !condition().await {
        if begin.elapsed() > LIMIT {
            bail!("not in time: {what}");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// Does it all. `say` gets a line per step.
pub async fn check(options: &Options, say: impl Fn(&str)) -> anyhow::Result<Report> {
    let mut rng = StdRng::seed_from_u64(options.seed);
    let world = scenario::check(options.seed, options.messages);
    let sim = Sim::start(SimConfig::new(world, Arc::new(TestClock::default()))).await?;
    bad_days(&sim);
    let mut installation = Installation::new(&options.archive, options.mode, &sim, "").await?;

    say("logging in: a wrong code, the code, a wrong password, the password");
    installation.log_in().await?;
    say("archiving, with flood waits and dropped connections");
    let begin = Instant::now();
    let mut running = Running::new();
    for name in installation.processes() {
        running.push((name, installation.start(name)?));
    }
    let pool = installation.pool().await?;
    kills(
        options,
        &mut rng,
        &mut installation,
        &mut running,
        &pool,
        &sim,
        &say,
    )
    .await?;
    until("the run after the kill", || async {
        number(
            &pool,
            "SELECT count(*) FROM runs WHERE finished_at IS NOT NULL AND outcome LIKE '%\"aborted\":null%'",
        )
        .await
            > 0
    })
    .await?;
    let rate = number(&pool, "SELECT count(*) FROM messages").await as f64 / begin.elapsed().as_secs_f64();
    say(&format!(
        "the first run is done; live changes, and an attack of {ATTACK} deletions"
    ));
    live(&sim, &mut rng);
    let attacked = attack(&sim)?;
    settle(&sim, &pool, &mut running).await?;
    say("comparing");
    let truth = snapshot::take(&sim.world(), ACCOUNT);
    if let Some(sabotage) = options.sabotage {
        plant(sabotage, &pool, &installation.media()).await?;
    }
    for (name, child) in running.iter_mut().rev() {
        terminate(name, child).await?;
    }
    let expect = Expectations {
        media: true,
        versions_may_be_missing: true,
    };
    let mut comparison = compare(&pool, &installation.media(), &truth, expect).await?;
    pool.close().await;
    let held = attacked - 10;
    if comparison.held != held {
        comparison.differences.push(format!(
            "{} operations are held, {held} should be",
            comparison.held
        ));
    }
    told_of(&sim, &mut comparison);
    sim.stop().await;
    Ok(Report { comparison, rate })
}

/// What Telegram would hold against us.
fn told_of(sim: &Sim, comparison: &mut Comparison) {
    let counters = sim.counters();
    if counters.flood_violations > FORGOTTEN {
        comparison.differences.push(format!(
            "{} calls did not wait for the end of a flood wait",
            counters.flood_violations
        ));
    }
    for (method, count) in counters.unknown {
        comparison.differences.push(format!(
            "the simulator does not have {method}, called {count} times"
        ));
    }
}

/// Kills everything there is once, each at a random committed page, and starts it again; things happen meanwhile.
async fn kills(
    options: &Options,
    rng: &mut StdRng,
    installation: &mut Installation,
    running: &mut Running,
    pool: &AnyPool,
    sim: &Sim,
    say: &impl Fn(&str),
) -> anyhow::Result<()> {
    let mut victims: Vec<&str> = installation.processes().to_vec();
    if installation.mode == Mode::Cluster {
        victims.extend(["NATS", "PostgreSQL"]);
        victims.shuffle(rng);
    }
    let (first, last) = (options.messages / 5, options.messages * 4 / 5);
    let mut moments: Vec<i32> = victims.iter().map(|_| rng.random_range(first..last)).collect();
    moments.sort_unstable();
    let happens_at = victims.len() / 2;
    for (n, (victim, moment)) in victims.into_iter().zip(moments).enumerate() {
        until("the next pages", || async {
            number(pool, "SELECT count(*) FROM messages").await >= i64::from(moment)
        })
        .await?;
        say(&format!(
            "{victim} is killed (-9) at {moment} committed messages or a little later"
        ));
        let servers = installation.servers.as_mut();
        match (victim, servers) {
            ("NATS", Some(servers)) => {
                servers.nats.kill().await?;
                servers.nats.start_again().await?;
            }
            ("PostgreSQL", Some(servers)) => {
                servers.postgres.stop().await?;
                servers.postgres.start_again().await?;
            }
            _ => {
                let place = running
                    .iter()
                    .position(|(name, _)| *name == victim)
                    .context("nothing of this name runs")?;
                running[place].1.kill().await?;
                if n == happens_at {
                    live(sim, rng);
                }
                running[place].1 = installation.start(victim)?;
            }
        }
    }
    Ok(())
}

fn bad_days(sim: &Sim) {
    let faults = sim.faults();
    faults.add(Rule::every("messages.getHistory", 47, Action::CloseBefore));
    faults.add(Rule::every("messages.getHistory", 59, Action::CloseAfter));
    faults.add(Rule::every(
        "messages.getHistory",
        71,
        Action::Error {
            code: 500,
            message: "INTERNAL".to_owned(),
        },
    ));
    faults.add(Rule::every("upload.getFile", 37, Action::CloseAfter));
    faults.add(Rule {
        after: 20,
        ..Rule::once("upload.getFile", Action::ExpireFileReferences)
    });
    sim.floods().limit(FloodLimit {
        method: "messages.getHistory".to_owned(),
        calls: 60,
        window: 1,
        wait: 1,
    });
}

fn chats() -> [ChatId; 5] {
    [
        ChatId(2001),
        ChatId(2002),
        ChatId::group(301),
        ChatId::channel(4001),
        ChatId::channel(5001),
    ]
}

/// An ordinary while: below the guard's threshold in every chat.
fn live(sim: &Sim, rng: &mut StdRng) {
    let mut world = sim.world();
    for chat in chats() {
        let ids: Vec<i32> = (0..4)
            .filter_map(|n| world.post(ACCOUNT, chat, &Draft::text(format!("live {n}"))))
            .collect();
        if let [first, second, ..] = ids[..] {
            world.edit(
                ACCOUNT,
                chat,
                first,
                &Edit {
                    text: Some(format!("edited {}", rng.random::<u16>())),
                    ..Edit::default()
                },
            );
            world.delete(ACCOUNT, chat, &[second]);
            world.react(ACCOUNT, chat, first, vec![("\u{1f525}".to_owned(), 2)]);
        }
    }
}

/// On a supergroup that nothing else happens to; answers how many messages went.
fn attack(sim: &Sim) -> anyhow::Result<usize> {
    let chat = ChatId::channel(4002);
    let mut world = sim.world();
    let victims: Vec<i32> = world
        .message_box(ACCOUNT, chat)
        .context("the supergroup")?
        .older(chat.0, i32::MAX)
        .take(ATTACK as usize)
        .collect();
    let gone = victims
        .chunks(100)
        .map(|part| world.delete(ACCOUNT, chat, part))
        .sum();
    ensure!(gone > 10, "the attack found {gone} messages only");
    Ok(gone)
}

/// Waits until nothing is under way any more.
async fn settle(sim: &Sim, pool: &AnyPool, running: &mut Running) -> anyhow::Result<()> {
    for (name, child) in running.iter_mut() {
        ensure!(child.try_wait()?.is_none(), "{name} ended by itself");
    }
    let truth = snapshot::take(&sim.world(), ACCOUNT);
    let expected = truth.messages.iter().filter(|m| m.deleted_at.is_none()).count() as i64;
    let deletions = truth.messages.len() as i64 - expected;
    until("everything is stored, decided and fetched", || async {
        let stored = number(
            pool,
            "SELECT count(*) FROM messages m WHERE NOT EXISTS (SELECT 1 FROM operations o
               WHERE o.account = m.account AND o.box = m.box AND o.id = m.id AND o.kind = 'delete')",
        )
        .await;
        let told = number(pool, "SELECT count(*) FROM operations WHERE kind = 'delete'").await;
        let pending = number(pool, "SELECT count(*) FROM operations WHERE state = 'pending'").await;
        let wanted = number(pool, "SELECT count(*) FROM media WHERE state = 'wanted'").await;
        stored == expected && told >= deletions && pending == 0 && wanted == 0
    })
    .await?;
    // Reactions and edits that came last are on their way a moment longer.
    tokio::time::sleep(Duration::from_secs(2)).await;
    Ok(())
}
