//! The way of a live message.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use sqlx::AnyPool;
use tokio::time::sleep;

use crate::bed::Bed;

/// Live messages whose way to their row is measured.
const PUSHES: usize = 300;

/// Milliseconds from a post on Telegram to its committed row.
pub(crate) struct Ways {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

pub(crate) async fn measure(bed: &Bed, pool: &AnyPool) -> anyhow::Result<Ways> {
    let client = reqwest::Client::new();
    let address = format!("{}/do", bed.ready["admin"].as_str().unwrap_or_default());
    let mut ways = Vec::new();
    for n in 0..PUSHES {
        let text = format!("pushed {n}");
        let command = json!({
            "do": "post", "account": bed.ready["account"], "chat": -1_000_000_006_001_i64, "text": text
        });
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
    ways.sort_by(f64::total_cmp);
    Ok(Ways {
        p50: ways[ways.len() / 2],
        p99: ways[ways.len() * 99 / 100],
    })
}
