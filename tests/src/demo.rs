//! The check of the whole: a throwaway world, the production binary, bad days, kill -9, and then every message, version,
//! deletion, held operation and file against the truth.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use model::{ChatId, TestClock};
use rand::{Rng, SeedableRng, rngs::StdRng};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use telegram_sim::faults::{Action, Rule};
use telegram_sim::scenario::{self, ACCOUNT, CODE, PASSWORD, PHONE};
use telegram_sim::world::{Draft, Edit};
use telegram_sim::{FloodLimit, Sim, SimConfig, snapshot};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use crate::compare::{Comparison, Expectations, compare};

/// Deletions of the attack.
const ATTACK: i32 = 500;
/// Longest wait for the archive to be done.
const LIMIT: Duration = Duration::from_secs(300);

/// An error that is planted before the comparison, which must find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Sabotage {
    /// A message is removed.
    Row,
    /// A text is changed.
    Text,
    /// A byte of a file is flipped.
    Byte,
    /// A held operation is forgotten.
    Held,
}

/// How to check.
#[derive(Clone, Debug)]
pub struct Options {
    /// The production binary.
    pub archive: PathBuf,
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
    /// Messages per second of the first run, kill and floods included.
    pub rate: f64,
}

struct Archive<'a> {
    options: &'a Options,
    folder: &'a Path,
}

impl Archive<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.options.archive);
        command
            .args(arguments)
            .current_dir(self.folder)
            .env_clear()
            .kill_on_drop(true);
        command
    }

    async fn log_in(&self) -> anyhow::Result<()> {
        let mut child = self
            .command(&["auth"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} cannot be started", self.options.archive.display()))?;
        let mut stdin = child.stdin.take().context("standard input")?;
        // A wrong code and a wrong password are asked again.
        stdin
            .write_all(format!("00000\n{CODE}\nnot it\n{PASSWORD}\n").as_bytes())
            .await?;
        drop(stdin);
        let output = tokio::time::timeout(Duration::from_secs(60), child.wait_with_output()).await??;
        ensure!(
            output.status.success(),
            "the log-in failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    fn run(&self, log: &str) -> anyhow::Result<Child> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.join(log))?;
        Ok(self
            .command(&["run"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?)
    }

    fn database(&self) -> PathBuf {
        self.folder.join("data/backups/telegram_backup.db")
    }

    async fn pool(&self) -> anyhow::Result<SqlitePool> {
        let options = SqliteConnectOptions::new()
            .filename(self.database())
            .busy_timeout(Duration::from_secs(10));
        Ok(SqlitePool::connect_with(options).await?)
    }
}

async fn number(pool: &SqlitePool, sql: &'static str) -> i64 {
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
    let folder = tempfile::tempdir()?;
    let world = scenario::check(options.seed, options.messages);
    let sim = Sim::start(SimConfig::new(world, Arc::new(TestClock::default()))).await?;
    bad_days(&sim);
    configure(&sim, folder.path())?;
    let archive = Archive {
        options,
        folder: folder.path(),
    };

    say("logging in: a wrong code, the code, a wrong password, the password");
    archive.log_in().await?;
    say("archiving, with flood waits and dropped connections");
    let begin = Instant::now();
    let mut child = archive.run("first.log")?;
    let pool = archive.pool().await?;
    let kill_at = i64::from(rng.random_range(options.messages / 5..options.messages * 4 / 5));
    until("the first pages", || async {
        number(&pool, "SELECT count(*) FROM messages").await >= kill_at
    })
    .await?;
    child.kill().await?;
    say(&format!(
        "killed (-9) at {kill_at} committed messages or a little later; things happen meanwhile"
    ));
    live(&sim, &mut rng);
    let mut child = archive.run("second.log")?;
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
    let attacked = attack(&sim);
    settle(&sim, &pool, &child).await?;
    say("comparing");
    let truth = snapshot::take(&sim.world(), ACCOUNT);
    if let Some(sabotage) = options.sabotage {
        plant(sabotage, &pool, folder.path()).await?;
    }
    pool.close().await;
    terminate(&mut child).await?;
    let expect = Expectations {
        media: true,
        versions_may_be_missing: true,
    };
    let media = folder.path().join("data/backups/media");
    let mut comparison = compare(&archive.database(), &media, &truth, expect).await?;
    let held = attacked - 10;
    if comparison.held != held {
        comparison.differences.push(format!(
            "{} operations are held, {held} should be",
            comparison.held
        ));
    }
    let counters = sim.counters();
    if counters.flood_violations > 0 {
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
    sim.stop().await;
    Ok(Report { comparison, rate })
}

fn configure(sim: &Sim, folder: &Path) -> anyhow::Result<()> {
    std::fs::write(folder.join("rsa.pem"), sim.rsa_public_pem())?;
    let dc = sim.address(2).context("DC 2")?;
    let env = format!(
        "TELEGRAM_API_ID=12345\nTELEGRAM_API_HASH=0123456789abcdef0123456789abcdef\nTELEGRAM_PHONE=+{PHONE}\n\
         TELEGRAM_DC_ADDRESS={dc}\nTELEGRAM_DC_RSA_KEY_FILE=rsa.pem\nBACKUP_PATH=data/backups\nADMIN_ADDRESS=127.0.0.1:0\n\
         ENABLE_LISTENER=true\nLISTEN_NEW_MESSAGES_MEDIA=true\nTELEGRAM_HISTORY_CALLS_PER_SECOND=0\n\
         TELEGRAM_METADATA_CALLS_PER_SECOND=0\nTELEGRAM_FILE_CALLS_PER_SECOND=0\n"
    );
    std::fs::write(folder.join(".env"), env)?;
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

/// On a supergroup that nothing else happens to.
fn attack(sim: &Sim) -> usize {
    let chat = ChatId::channel(4002);
    let mut world = sim.world();
    let newest = world
        .message_box(ACCOUNT, chat)
        .map_or(0, telegram_sim::world::MessageBox::last_id);
    let victims: Vec<i32> = (1..=newest).take(ATTACK as usize).collect();
    victims
        .chunks(100)
        .map(|part| world.delete(ACCOUNT, chat, part))
        .sum()
}

/// Waits until nothing is under way any more.
async fn settle(sim: &Sim, pool: &SqlitePool, child: &Child) -> anyhow::Result<()> {
    ensure!(child.id().is_some(), "the archive ended by itself");
    let expected = {
        let truth = snapshot::take(&sim.world(), ACCOUNT);
        truth.messages.iter().filter(|m| m.deleted_at.is_none()).count() as i64
    };
    let deletions = {
        let truth = snapshot::take(&sim.world(), ACCOUNT);
        truth.messages.iter().filter(|m| m.deleted_at.is_some()).count() as i64
    };
    until("everything is stored, decided and fetched", || async {
        let stored = number(
            pool,
            "SELECT count(*) FROM messages m WHERE NOT EXISTS (SELECT 1 FROM operations o
               WHERE o.account = m.account AND o.box = m.box AND o.id = m.id AND o.kind = 'delete')",
        )
        .await;
        let told = number(pool, "SELECT count(*) FROM operations WHERE kind = 'delete'").await;
        let pending = number(pool, "SELECT count(*) FROM operations WHERE state = 'pending'").await;
        let wanted = number(
            pool,
            "SELECT count(*) FROM media WHERE state = 'wanted' AND owner = 'message'",
        )
        .await;
        stored == expected && told >= deletions && pending == 0 && wanted == 0
    })
    .await?;
    // Reactions and edits that came last are on their way a moment longer.
    tokio::time::sleep(Duration::from_secs(2)).await;
    Ok(())
}

async fn terminate(child: &mut Child) -> anyhow::Result<()> {
    let id = child.id().context("the archive ended by itself")?;
    let told = Command::new("kill")
        .arg("-TERM")
        .arg(id.to_string())
        .status()
        .await?;
    ensure!(told.success(), "SIGTERM was not delivered");
    let status = tokio::time::timeout(Duration::from_secs(60), child.wait())
        .await
        .context("SIGTERM was not obeyed")??;
    ensure!(status.success(), "the archive ended with {status}");
    Ok(())
}

async fn plant(sabotage: Sabotage, pool: &SqlitePool, folder: &Path) -> anyhow::Result<()> {
    match sabotage {
        Sabotage::Row => {
            sqlx::query("DELETE FROM messages WHERE docid = (SELECT docid FROM messages WHERE chat = 2001 ORDER BY id LIMIT 1)")
                .execute(pool)
                .await?;
        }
        Sabotage::Text => {
            sqlx::query("UPDATE messages SET text = text || '!' WHERE docid = (SELECT docid FROM messages WHERE chat = 2002 ORDER BY id LIMIT 1)")
                .execute(pool)
                .await?;
        }
        Sabotage::Held => {
            sqlx::query("UPDATE operations SET state = 'rejected' WHERE operation = (SELECT max(operation) FROM operations WHERE state = 'held')")
                .execute(pool)
                .await?;
        }
        Sabotage::Byte => {
            let sha256: String = sqlx::query_scalar(
                "SELECT lower(hex(sha256)) FROM media WHERE state = 'stored' AND owner = 'message' LIMIT 1",
            )
            .fetch_one(pool)
            .await?;
            let path = folder
                .join("data/backups/media/_shared")
                .join(&sha256[..2])
                .join(&sha256);
            let mut bytes = std::fs::read(&path)?;
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(&path, bytes)?;
        }
    }
    Ok(())
}
