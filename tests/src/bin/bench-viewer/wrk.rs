//! Load from another process: `wrk`, with paths drawn anew for each request.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use tokio::process::Command;

use crate::archive::Viewer;

/// What wrk saw.
#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Seen {
    requests: f64,
    seconds: f64,
    /// Answers that were no success, and failures of sockets.
    errors: u64,
    /// Milliseconds.
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
}

impl Seen {
    pub(crate) fn rate(&self) -> f64 {
        self.requests / self.seconds
    }
}

/// Before each crowd.
const PAUSE: Duration = Duration::from_secs(1);

/// Asks for `seconds` over so many connections; `path` is the body of a Lua function that gives a path.
pub(crate) async fn ask(
    viewer: &Viewer,
    folder: &Path,
    path: &str,
    connections: usize,
    seconds: u64,
) -> anyhow::Result<Seen> {
    let script = folder.join("wrk.lua");
    let lua = format!(
        r#"
wrk.headers["Cookie"] = "{cookie}"
math.randomseed(os.time())
local function path()
{path}
end
request = function() return wrk.format("GET", path()) end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\nseen {{"requests":%d,"seconds":%f,"errors":%d,"p50":%f,"p95":%f,"p99":%f}}\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3))
end
"#,
        cookie = viewer.cookie
    );
    std::fs::write(&script, lua)?;
    // What the crowd before left unanswered is worked off.
    tokio::time::sleep(PAUSE).await;
    let output = Command::new("wrk")
        .args(["-t1", "--timeout", "60s"])
        .arg(format!("-c{connections}"))
        .arg(format!("-d{seconds}s"))
        .arg("-s")
        .arg(&script)
        .arg(format!("http://127.0.0.1:{}", viewer.port))
        .output()
        .await
        .context("wrk: run `make setup-bench-viewer`")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|l| l.strip_prefix("seen "));
    let seen: Seen = serde_json::from_str(line.with_context(|| format!("wrk said: {text}"))?)?;
    ensure!(
        seen.errors == 0,
        "{} of {} requests failed: {path}",
        seen.errors,
        seen.requests
    );
    Ok(seen)
}
