use std::time::Duration;

use anyhow::bail;

const LIMIT: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(10);

/// Asks until there is an answer, for 30 seconds at most; the error names `what` was waited for.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> anyhow::Result<T> {
    let deadline = tokio::time::Instant::now() + LIMIT;
    loop {
        if let Some(answer) = ask().await {
            return Ok(answer);
        }
        if tokio::time::Instant::now() > deadline {
            bail!("not within {} s: {what}", LIMIT.as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}
