//! What the tests look at: one archive that has everything, and two that nobody is logged in to.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use sqlx::AnyPool;
use tests::installation::{Installation, Mode, terminate};
use tests::simulator::Simulator;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::process::Child;

use crate::Steps;

const ADMIN: &str = "demo";
const READER: &str = "reader";
/// Of both: whoever reaches these viewers is on this machine, and they live for minutes.
const PASSWORD: &str = "a password for tests";
/// What exists for the reader: a channel, and a private chat.
const READER_CHATS: &str = "-1001512000105,7400000007";
/// One for each size of the page: they log in at the same time.
const LOGGED_OUT: usize = 2;
/// Longest wait for anything.
const LIMIT: Duration = Duration::from_mins(8);

/// See the module.
pub(crate) struct Stage {
    binaries: PathBuf,
    messages: usize,
    folder: tempfile::TempDir,
    simulators: Vec<Simulator>,
    archives: Vec<Archive>,
}

struct Archive {
    installation: Installation,
    address: String,
    process: Option<Child>,
}

impl Archive {
    fn start(&mut self) -> anyhow::Result<()> {
        self.process = Some(self.installation.start("run")?);
        Ok(())
    }

    /// Whether it ended by itself.
    fn has_ended(&mut self) -> anyhow::Result<bool> {
        Ok(match &mut self.process {
            Some(child) => child.try_wait()?.is_some(),
            None => false,
        })
    }

    fn log(&self) -> String {
        let path = self.installation.folder.path().join("run.log");
        let log = std::fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Stage {
    pub(crate) fn new(binaries: PathBuf, messages: usize) -> anyhow::Result<Self> {
        Ok(Self {
            binaries,
            messages,
            folder: tempfile::tempdir()?,
            simulators: Vec::new(),
            archives: Vec::new(),
        })
    }

    /// Starts everything, and waits until the archive has all there is.
    pub(crate) async fn set(&mut self, steps: &mut Steps) -> anyhow::Result<()> {
        steps.say("two simulated Telegrams");
        for world in [format!("demo:{}", self.messages), "small".to_owned()] {
            let binary = self.binaries.join("telegram-sim");
            let simulator = Simulator::start(&binary, self.folder.path(), &world).await?;
            self.simulators.push(simulator);
        }
        steps.say("an archive, logged in");
        let bots: Vec<String> = self.simulators[0]
            .ready
            .bots
            .iter()
            .map(ToString::to_string)
            .collect();
        let bots = format!("GLOBAL_INCLUDE_CHAT_IDS={}\n", bots.join(","));
        self.install(0, &bots).await?;
        self.archives[0].installation.log_in().await?;
        for _ in 0..LOGGED_OUT {
            self.install(1, "").await?;
        }
        for archive in &mut self.archives {
            archive.start()?;
        }
        self.until("the archives answer", async |stage| {
            for archive in &stage.archives {
                if TcpStream::connect(&archive.address).await.is_err() {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await?;
        steps.say("its first run, files and index");
        self.archived().await?;
        steps.say("a reader");
        self.add_reader().await
    }

    /// An archive of one of the simulated Telegrams.
    async fn install(&mut self, simulator: usize, more: &str) -> anyhow::Result<()> {
        let Simulator { ready, key, .. } = &self.simulators[simulator];
        let address = format!("127.0.0.1:{}", testkit::free_port()?);
        let dc = ready.dcs.get("2").context("DC 2")?;
        let more = format!(
            "VIEWER_ADDRESS={address}\nVIEWER_USERNAME={ADMIN}\nVIEWER_PASSWORD={PASSWORD:?}\nPUSH_NOTIFICATIONS=full\n{more}"
        );
        let key = std::fs::read_to_string(key)?;
        let binary = self.binaries.join("telegram-archive");
        self.archives.push(Archive {
            installation: Installation::of(&binary, Mode::Node, dc, &key, &more).await?,
            address,
            process: None,
        });
        Ok(())
    }

    /// Waits for the first run, for every file and for the index.
    async fn archived(&mut self) -> anyhow::Result<()> {
        let pool = self.archives[0].installation.pool().await?;
        self.until("the first run", async |_| {
            const RUNS: &str = "SELECT count(*) FROM runs WHERE finished_at IS NOT NULL";
            const WANTED: &str = "SELECT count(*) FROM media WHERE state = 'wanted'";
            const PENDING: &str = "SELECT count(*) FROM search_pending";
            Ok(number(&pool, RUNS).await? > 0
                && number(&pool, WANTED).await? == 0
                && number(&pool, PENDING).await? == 0)
        })
        .await?;
        let messages = number(&pool, "SELECT count(*) FROM messages").await?;
        pool.close().await;
        ensure!(
            messages > self.messages.try_into()?,
            "only {messages} messages are archived"
        );
        Ok(())
    }

    async fn add_reader(&mut self) -> anyhow::Result<()> {
        let mut child = self.archives[0]
            .installation
            .command(&["users", "add", READER, "--chats", READER_CHATS])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let mut stdin = child.stdin.take().context("standard input")?;
        stdin.write_all(format!("{PASSWORD}\n").as_bytes()).await?;
        drop(stdin);
        let status = tokio::time::timeout(LIMIT, child.wait()).await??;
        ensure!(status.success(), "the reader is not added: {status}");
        Ok(())
    }

    async fn until(
        &mut self,
        what: &str,
        mut condition: impl AsyncFnMut(&Self) -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let begin = Instant::now();
        while !condition(self).await? {
            for archive in &mut self.archives {
                ensure!(!archive.has_ended()?, "an archive ended by itself");
            }
            ensure!(begin.elapsed() < LIMIT, "not in time: {what}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// What the tests are told in their environment.
    pub(crate) fn told(&self) -> anyhow::Result<Vec<(&'static str, String)>> {
        let [world, other] = &self.simulators[..] else {
            bail!("the simulators do not run");
        };
        let [archive, logged_out @ ..] = &self.archives[..] else {
            bail!("the archives do not run");
        };
        let urls: Vec<String> = logged_out
            .iter()
            .map(|a| format!("http://{}", a.address))
            .collect();
        Ok(vec![
            ("BASE_URL", format!("http://{}", archive.address)),
            ("VIEWER_USERNAME", ADMIN.to_owned()),
            ("VIEWER_PASSWORD", PASSWORD.to_owned()),
            ("READER_USERNAME", READER.to_owned()),
            ("READER_PASSWORD", PASSWORD.to_owned()),
            ("READER_CHATS", READER_CHATS.to_owned()),
            ("SIMULATOR", world.ready.admin.clone()),
            ("TELEGRAM_USER", world.ready.account.to_string()),
            ("LOGIN_BASE_URLS", urls.join(",")),
            ("LOGIN_SIMULATOR", other.ready.admin.clone()),
            ("LOGIN_USER", other.ready.account.to_string()),
            ("LOGIN_PHONE", other.ready.phone.clone()),
            ("LOGIN_CODE", other.ready.code.clone()),
            ("LOGIN_TWO_FACTOR", other.ready.password.clone()),
        ])
    }

    /// Resolves when one of the archives ends.
    pub(crate) async fn ended(&mut self) -> anyhow::Result<&'static str> {
        loop {
            for archive in &mut self.archives {
                if archive.has_ended()? {
                    return Ok("an archive");
                }
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Ends everything, the archives first: they are to see no Telegram that went away. Tries all of it, and says what
    /// the archives logged last if they did not get as far as the tests, or ended within them.
    pub(crate) async fn stop(mut self, failed: bool) -> anyhow::Result<()> {
        let mut result = Ok(());
        for archive in &mut self.archives {
            if let Some(child) = &mut archive.process {
                result = result.and(terminate("an archive", child).await);
            }
            if failed {
                eprintln!(
                    "browser-check: the end of the log of {}:\n{}",
                    archive.address,
                    archive.log()
                );
            }
        }
        for simulator in self.simulators {
            result = result.and(simulator.stop().await);
        }
        result
    }
}

/// One number.
async fn number(pool: &AnyPool, sql: &'static str) -> anyhow::Result<i64> {
    Ok(sqlx::query_scalar(sql).fetch_one(pool).await?)
}
