//! The installed archive on days when Telegram, its disk or its database are not as they should be: a state that a person
//! can read, and equality in the end.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use model::{ChatId, TestClock};
use sqlx::Connection as _;
use telegram_sim::scenario::{self, ACCOUNT};
use telegram_sim::world::{Draft, Edit};
use telegram_sim::{Sim, SimConfig, snapshot};
use tests::compare::{Expectations, Witnessed, compare};
use tests::installation::{Installation, Mode, pool, terminate};
use tokio::process::{Child, Command};

use crate::demo::archive;
use crate::states::{says, status};

const LONG: Duration = Duration::from_mins(2);
const CHATS: [ChatId; 3] = [ChatId(2001), ChatId::group(301), ChatId::channel(4001)];

/// An installation that has archived its world.
struct Settled {
    sim: Sim,
    installation: Installation,
    running: Child,
    witnessed: Witnessed,
    /// Where the archive lies, or a copy of it.
    backups: PathBuf,
    /// Where it lies in a mount namespace of its own: SQLite does not find its way in there, so it is copied.
    inside: Option<PathBuf>,
}

async fn logged_in(seed: u64, more: &str) -> (Sim, Installation) {
    // What asks for a state does so in plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = SimConfig::new(scenario::small(seed), Arc::new(TestClock::default()));
    let sim = Sim::start(config).await.unwrap();
    let installation = Installation::new(&archive(), Mode::Node, &sim, more)
        .await
        .unwrap();
    installation.log_in().await.unwrap();
    (sim, installation)
}

impl Settled {
    async fn new(seed: u64, more: &str) -> Self {
        let (sim, installation) = logged_in(seed, more).await;
        let running = installation.start("run").unwrap();
        Self::of(sim, installation, running, None).await
    }

    async fn of(sim: Sim, installation: Installation, running: Child, inside: Option<PathBuf>) -> Self {
        let folder = installation.folder.path();
        let backups = folder.join(if inside.is_some() { "copy" } else { "data/backups" });
        let mut settled = Self {
            sim,
            installation,
            running,
            witnessed: Witnessed::default(),
            backups,
            inside,
        };
        settled.ready().await;
        settled.equal().await;
        let truth = snapshot::take(&settled.sim.world(), ACCOUNT);
        settled.witnessed.shown(&truth);
        settled
    }

    async fn ready(&self) {
        says(&self.installation, "run", 200, "\"ready\":true").await;
    }

    /// Waits until the archive equals the world, nothing that was there before lost.
    async fn equal(&self) {
        let url = format!("sqlite://{}", self.backups.join("telegram_backup.db").display());
        let expect = Expectations {
            media: true,
            witnessed: self.witnessed.clone(),
        };
        let begin = std::time::Instant::now();
        loop {
            let truth = snapshot::take(&self.sim.world(), ACCOUNT);
            let compared = async {
                if let Some(inside) = &self.inside {
                    let _ = std::fs::remove_dir_all(&self.backups);
                    let copy = Command::new("cp")
                        .arg("-a")
                        .arg(inside)
                        .arg(&self.backups)
                        .status();
                    anyhow::ensure!(copy.await?.success(), "it was in motion");
                }
                let pool = pool(&url).await?;
                let media = self.backups.join("media");
                let compared = compare(&mut *pool.acquire().await?, &media, &truth, &expect).await;
                pool.close().await;
                compared
            };
            let differences = match compared.await {
                Ok(compared) => compared.differences,
                Err(error) => vec![format!("{error:#}")],
            };
            if differences.is_empty() {
                return;
            }
            assert!(begin.elapsed() < LONG, "{differences:#?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// People go on: new messages, an edit, a deletion of what was there before.
    fn life_goes_on(&self, text: &str) {
        let mut world = self.sim.world();
        for chat in CHATS {
            let before = world.newest(ACCOUNT, chat, 1)[0];
            let id = world.post(ACCOUNT, chat, &Draft::text(text)).unwrap();
            let edit = Edit {
                text: Some("in other words".to_owned()),
                ..Edit::default()
            };
            world.edit(ACCOUNT, chat, id, &edit);
            world.delete(ACCOUNT, chat, &[before]);
        }
    }

    async fn end(mut self) {
        self.ready().await;
        self.equal().await;
        terminate("run", &mut self.running).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn telegram_is_away_and_comes_back() {
    let settled = Settled::new(41, "").await;
    settled.sim.go_away();
    says(&settled.installation, "run", 503, "\"connecting: ").await;
    let printed = status(&settled.installation).await;
    assert!(printed.contains("running, connecting ("), "{printed}");
    settled.life_goes_on("nobody hears it");
    settled.sim.come_back();
    settled.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_telegram_forgot_are_told_and_made_again() {
    let settled = Settled::new(42, "").await;
    settled.sim.forget_keys();
    says(&settled.installation, "run", 503, "login required: ").await;
    let printed = status(&settled.installation).await;
    assert!(printed.contains("running, login required ("), "{printed}");
    settled.life_goes_on("nobody is there to hear it");
    settled.installation.log_in().await.unwrap();
    settled.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_somebody_else_holds_is_waited_for() {
    let settled = Settled::new(43, "DATABASE_TIMEOUT=5").await;
    let url = format!(
        "sqlite://{}",
        settled.backups.join("telegram_backup.db").display()
    );
    let mut other = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    settled.life_goes_on("it cannot be written down");
    says(&settled.installation, "run", 503, "database is locked").await;
    let printed = status(&settled.installation).await;
    assert!(printed.contains("database is locked"), "{printed}");
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    settled.end().await;
}

/// A command in a mount namespace of its own, where somebody may mount: root, or whoever is root there.
fn apart(script: &str, folder: &Path) -> Command {
    let mut command = Command::new("unshare");
    command
        .arg(if is_root() { "-m" } else { "-Urm" })
        .args(["sh", "-c", script])
        .arg(archive())
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_nothing_is_lost_when_there_is_room_again() {
    let (sim, installation) = logged_in(44, "").await;
    let folder = installation.folder.path().to_owned();
    let log = std::fs::File::create(folder.join("run.log")).unwrap();
    let script = "mv data/backups before && mkdir data/backups && mount -t tmpfs -o size=64m disk data/backups && \
                  cp -a before/. data/backups/ && exec \"$0\" run";
    let running = apart(script, &folder).stdout(Stdio::null()).stderr(log).spawn();
    let running = running.unwrap();
    let inside = PathBuf::from(format!("/proc/{}/root", running.id().unwrap()));
    let backups = inside
        .join(folder.strip_prefix("/").unwrap())
        .join("data/backups");
    let settled = Settled::of(sim, installation, running, Some(backups.clone())).await;

    let ballast = backups.join("ballast");
    let filled = std::io::copy(
        &mut std::io::repeat(0),
        &mut std::fs::File::create(&ballast).unwrap(),
    );
    assert_eq!(filled.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
    // More than the log of the database has room for.
    for _ in 0..600 {
        let text = "there is no room for it ".repeat(150);
        settled.sim.world().post(ACCOUNT, CHATS[0], &Draft::text(text));
    }
    settled.life_goes_on("nor for this");
    says(&settled.installation, "run", 503, "disk is full").await;
    let told = Command::new("nsenter")
        .args(["-t", &settled.running.id().unwrap().to_string(), "-m"])
        .args(if is_root() {
            &[][..]
        } else {
            &["-U", "--preserve-credentials"]
        })
        .args(["sh", "-c", "cd \"$1\" && exec \"$0\" status"])
        .arg(archive())
        .arg(&folder)
        .output()
        .await
        .unwrap();
    let printed = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(printed.contains("disk is full"), "{printed}");
    std::fs::remove_file(ballast).unwrap();
    settled.end().await;
}
