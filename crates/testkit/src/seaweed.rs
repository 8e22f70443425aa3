use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::process::{accepts, free_port, present};
use crate::wait::eventually;

const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.tools/venv/bin/weed");

/// An S3 server (SeaweedFS), its data in a folder of its own.
pub struct Seaweed {
    process: Child,
    ports: Ports,
    folder: TempDir,
}

/// Each has a second one, 10,000 above, by which the parts of the server find each other.
#[derive(Clone, Copy)]
struct Ports {
    master: u16,
    volume: u16,
    filer: u16,
    s3: u16,
}

impl Seaweed {
    /// Its only user.
    pub const ACCESS_KEY_ID: &'static str = "archive-tests";
    /// Its only user's proof.
    pub const SECRET_ACCESS_KEY: &'static str = "of-no-worth";

    /// An empty server.
    pub async fn start() -> anyhow::Result<Self> {
        present(Path::new(SERVER))?;
        let folder = tempfile::Builder::new().prefix("archive-s3-").tempdir()?;
        std::fs::create_dir(folder.path().join("data"))?;
        let users = format!(
            r#"{{"identities": [{{"name": "archive", "actions": ["Admin", "Read", "Write", "List"],
                "credentials": [{{"accessKey": "{}", "secretKey": "{}"}}]}}]}}"#,
            Self::ACCESS_KEY_ID,
            Self::SECRET_ACCESS_KEY
        );
        std::fs::write(folder.path().join("s3.json"), users)?;
        let ports = Ports {
            master: pair()?,
            volume: pair()?,
            filer: pair()?,
            s3: pair()?,
        };
        Ok(Self {
            process: launch(folder.path(), ports).await?,
            ports,
            folder,
        })
    }

    /// `http://...` of S3.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.s3)
    }

    /// A new bucket.
    pub async fn bucket(&self) -> anyhow::Result<String> {
        let name = format!("bucket-{:016x}", rand::random::<u64>());
        let answer = http(self.ports.filer, &format!("POST /buckets/{name}/")).await?;
        anyhow::ensure!(answer.starts_with("HTTP/1.1 201"), "no bucket: {answer}");
        Ok(name)
    }

    /// Kills the server (asked to end it takes a quarter of a minute); data stays.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.process.kill().await?)
    }

    /// Starts it on the same ports and data.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        self.process = launch(self.folder.path(), self.ports).await?;
        Ok(())
    }
}

fn pair() -> anyhow::Result<u16> {
    for _ in 0..1000 {
        let port = free_port()?;
        if let Some(second) = port.checked_add(10_000)
            && TcpListener::bind(("127.0.0.1", second)).is_ok()
        {
            return Ok(port);
        }
    }
    anyhow::bail!("no two free ports 10,000 apart")
}

async fn launch(folder: &Path, ports: Ports) -> anyhow::Result<Child> {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))?;
    let process = Command::new(SERVER)
        .args(["server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"])
        .args(["-master.telemetry=false", "-master.electionTimeout=1s"])
        .args(["-master.volumeSizeLimitMB=16", "-volume.max=50"])
        .args([
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-s3.autoCreateBucket=false",
        ])
        .arg(format!("-dir={}", folder.join("data").display()))
        .arg(format!("-s3.config={}", folder.join("s3.json").display()))
        .arg(format!("-master.port={}", ports.master))
        .arg(format!("-volume.port={}", ports.volume))
        .arg(format!("-filer.port={}", ports.filer))
        .arg(format!("-s3.port={}", ports.s3))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .context("weed does not start")?;
    eventually("SeaweedFS answers", async || {
        let ready = accepts(ports.filer).await
            && http(ports.s3, "GET /status")
                .await
                .is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"));
        ready.then_some(())
    })
    .await?;
    Ok(process)
}

/// A request without a body; the answer whole.
async fn http(port: u16, request: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let head =
        format!("{request} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
