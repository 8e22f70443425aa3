//! The check of the whole: a throwaway world, the production binary, bad days, kill -9, and then every message, version,
//! deletion, held operation and file against the truth.

mod day;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use model::TestClock;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sqlx::{AnyConnection, AnyPool};
use telegram_sim::scenario::{self, ACCOUNT};
use telegram_sim::snapshot::Snapshot;
use telegram_sim::{FloodLimit, Sim, SimConfig, snapshot};
use tokio::process::Child;

use self::day::{ATTACK, CALM, attack, bad_days, heard, kills, live};
use crate::compare::{Comparison, Expectations, Kept, Witnessed, compare};
use crate::installation::{Installation, Mode, terminate};
use crate::sabotage::{Flipped, Sabotage, plant};

/// A process that is killed in the milliseconds between Telegram's answer and its row does not know of a flood wait when
/// it starts again: each of its four walkers may ask once.
const FORGOTTEN: u64 = 4;
/// Longest wait for the archive to be done.
const LIMIT: Duration = Duration::from_mins(5);
/// Longest wait for what comes last.
const MOMENT: Duration = Duration::from_secs(15);

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
    let archived = archive(options, say).await?;
    let comparison = archived.compare(options.sabotage).await?;
    archived.pool.close().await;
    Ok(Report {
        comparison,
        rate: archived.rate,
    })
}

/// An archive at rest, and the truth about it.
pub struct Archived {
    installation: Installation,
    pool: AnyPool,
    truth: Snapshot,
    expect: Expectations,
    /// Operations that should be held.
    held: usize,
    /// What Telegram would hold against us.
    told: Vec<String>,
    rate: f64,
}

impl Archived {
    /// Compares, with an error that is planted and taken back again.
    pub async fn compare(&self, sabotage: Option<Sabotage>) -> anyhow::Result<Comparison> {
        let mut tx = self.pool.begin().await?;
        let flipped = match sabotage {
            Some(sabotage) => plant(sabotage, &mut tx, &self.installation.media()).await?,
            None => None,
        };
        let comparison = self.equal(&mut tx).await?;
        tx.rollback().await?;
        flipped.map_or(Ok(()), Flipped::put_back)?;
        Ok(comparison)
    }

    /// Compares after a statement that changes one row, which is taken back again.
    pub async fn compare_after(&self, sql: &'static str) -> anyhow::Result<Comparison> {
        let mut tx = self.pool.begin().await?;
        let changed = sqlx::query(sql).execute(&mut *tx).await?.rows_affected();
        ensure!(changed == 1, "{changed} rows are changed by {sql}");
        let comparison = self.equal(&mut tx).await?;
        tx.rollback().await?;
        Ok(comparison)
    }

    /// What [`Kept`] misses after a statement that changes one row, which is taken back again.
    pub async fn lost_after(&self, sql: &'static str) -> anyhow::Result<Vec<String>> {
        let mut tx = self.pool.begin().await?;
        let mut kept = Kept::default();
        kept.look(&mut tx).await?;
        sqlx::query(sql).execute(&mut *tx).await?;
        let lost = kept.lost(&mut tx).await?;
        tx.rollback().await?;
        Ok(lost)
    }

    async fn equal(&self, database: &mut AnyConnection) -> anyhow::Result<Comparison> {
        let media = self.installation.media();
        let mut comparison = compare(database, &media, &self.truth, &self.expect).await?;
        if comparison.held != self.held && comparison.differences.is_empty() {
            comparison.differences.push(format!(
                "{} operations are held, {} should be",
                comparison.held, self.held
            ));
        }
        comparison.differences.extend(self.told.iter().cloned());
        Ok(comparison)
    }
}

/// Archives a throwaway world on bad days, and stops.
pub async fn archive(options: &Options, say: impl Fn(&str)) -> anyhow::Result<Archived> {
    let mut rng = StdRng::seed_from_u64(options.seed);
    let world = scenario::check(options.seed, options.messages);
    let sim = Sim::start(SimConfig::new(world, Arc::new(TestClock::default()))).await?;
    sim.floods().limit(FloodLimit {
        method: "messages.getHistory".to_owned(),
        calls: 60,
        window: 1,
        wait: 1,
    });
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
    say("the first run is done; live changes without faults");
    let media = installation.media();
    let mut expect = Expectations {
        media: true,
        witnessed: Witnessed::default(),
    };
    settle(&sim, &pool, &media, &mut running, &mut expect).await?;
    sim.faults().clear();
    heard(&sim, &pool).await?;
    let before = snapshot::take(&sim.world(), ACCOUNT);
    live(&sim, &mut rng, CALM);
    let after = snapshot::take(&sim.world(), ACCOUNT);
    expect.witnessed.told(&before, &after);
    settle(&sim, &pool, &media, &mut running, &mut expect).await?;
    say(&format!("an attack of {ATTACK} deletions, among live changes"));
    bad_days(&sim);
    live(&sim, &mut rng, "attacked");
    let attacked = attack(&sim)?;
    let truth = settle(&sim, &pool, &media, &mut running, &mut expect).await?;
    for (name, child) in running.iter_mut().rev() {
        terminate(name, child).await?;
    }
    say("comparing");
    let told = told_of(&sim);
    sim.stop().await;
    Ok(Archived {
        installation,
        pool,
        truth,
        expect,
        held: attacked - 10,
        told,
        rate,
    })
}

/// What Telegram would hold against us.
fn told_of(sim: &Sim) -> Vec<String> {
    let counters = sim.counters();
    let unknown = counters
        .unknown
        .iter()
        .map(|(method, count)| format!("the simulator does not have {method}, called {count} times"));
    let mut told: Vec<String> = unknown.collect();
    if counters.flood_violations > FORGOTTEN {
        told.push(format!(
            "{} calls did not wait for the end of a flood wait",
            counters.flood_violations
        ));
    }
    told
}

/// Waits until nothing is under way any more, and remembers what is there; answers the truth of that moment.
async fn settle(
    sim: &Sim,
    pool: &AnyPool,
    media: &Path,
    running: &mut Running,
    expect: &mut Expectations,
) -> anyhow::Result<Snapshot> {
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
    // Reactions and edits that came last are on their way a moment longer; what still differs then is told in the end.
    let begin = Instant::now();
    while begin.elapsed() < MOMENT {
        let compared = compare(&mut *pool.acquire().await?, media, &truth, expect).await?;
        if compared.differences.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    expect.witnessed.shown(&truth);
    Ok(truth)
}
