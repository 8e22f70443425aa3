//! The control socket of a single node: other processes of this machine ask the running one (law 8).
//!
//! A Unix socket beside the session's key, mode 0600. One JSON line asks (`service`, `verb`, `body`), one answers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use bus::Bus;
use model::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;
use wire::Subject;

const WAIT: Duration = Duration::from_secs(30);
const LINE_BYTES: u64 = 1 << 20;

#[derive(Serialize, Deserialize)]
struct Question {
    service: String,
    verb: String,
    body: Value,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Ok(Value),
    Error(String),
}

/// Answers on the socket until `shutdown`. A socket file that nobody answers on is left over and replaced.
pub async fn serve(
    path: &Path,
    bus: Arc<dyn Bus>,
    account: AccountId,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    if path.exists() {
        if UnixStream::connect(path).await.is_ok() {
            bail!("another process answers on {}", path.display());
        }
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path).with_context(|| path.display().to_string())?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, say: the archive goes on, and who asks waits.
                tracing::warn!("the control socket takes nobody in now: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let bus = Arc::clone(&bus);
        tokio::spawn(async move {
            if let Err(error) = tokio::time::timeout(WAIT, converse(stream, &*bus, account)).await {
                tracing::debug!("a request on the control socket took too long: {error}");
            }
        });
    }
    let _ = std::fs::remove_file(path);
    Ok(())
}

async fn converse(stream: UnixStream, bus: &dyn Bus, account: AccountId) {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    if BufReader::new(read.take(LINE_BYTES))
        .read_line(&mut line)
        .await
        .is_err()
    {
        return;
    }
    let answer = match ask(&line, bus, account).await {
        Ok(value) => Answer::Ok(value),
        Err(error) => Answer::Error(format!("{error:#}")),
    };
    let mut text = serde_json::to_string(&answer).unwrap_or_default();
    text.push('\n');
    // Who asked may be gone.
    let _ = write.write_all(text.as_bytes()).await;
}

async fn ask(line: &str, bus: &dyn Bus, account: AccountId) -> anyhow::Result<Value> {
    let question: Question = serde_json::from_str(line).context("not a request")?;
    let subject = Subject::Rpc {
        service: question.service,
        verb: question.verb,
        account,
    };
    let body = wire::encode_rpc_request(&question.body);
    let answer = bus.request(&subject, body, WAIT).await?;
    Ok(wire::decode_rpc_response::<Value>(answer)??)
}

/// Whether a process answers on this socket.
pub async fn answers(path: &Path) -> bool {
    UnixStream::connect(path).await.is_ok()
}

/// Asks the running process; `None`: none answers on this socket.
pub async fn request(path: &Path, service: &str, verb: &str, body: &Value) -> anyhow::Result<Option<Value>> {
    let Ok(stream) = UnixStream::connect(path).await else {
        return Ok(None);
    };
    let question = Question {
        service: service.to_owned(),
        verb: verb.to_owned(),
        body: body.clone(),
    };
    let (read, mut write) = stream.into_split();
    let mut text = serde_json::to_string(&question)?;
    text.push('\n');
    write.write_all(text.as_bytes()).await?;
    let mut line = String::new();
    let mut reader = BufReader::new(read.take(LINE_BYTES));
    tokio::time::timeout(WAIT, reader.read_line(&mut line))
        .await
        .context("the running process does not answer")??;
    match serde_json::from_str(&line).context("the running process answered nothing")? {
        Answer::Ok(value) => Ok(Some(value)),
        Answer::Error(error) => bail!("{error}"),
    }
}
