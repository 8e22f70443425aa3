//! After a bad day: the archive comes to equal the world, or it is told what differs.

use std::time::Duration;

use anyhow::{bail, ensure};
use store::IncidentFilter;
use telegram_sim::scenario::ACCOUNT;
use telegram_sim::snapshot;
use tokio::time::{Instant, sleep};

use crate::bed::{Bed, Process};
use crate::compare::{Comparison, Expectations, Kept, Witnessed, compare};

/// Longest wait for the archive to catch up with its world.
const CATCH_UP: Duration = Duration::from_mins(1);

/// What is known of the time before: Telegram may not show it any more, the archive must.
#[derive(Debug, Default)]
pub struct Past {
    /// What the archive had the chance to see.
    pub witnessed: Witnessed,
    /// What was seen in its database.
    pub kept: Kept,
}

/// Waits until the archive equals the world and remembers that moment: what stands there now must stay.
pub async fn at_rest(bed: &mut Bed, running: &[Process]) -> anyhow::Result<Past> {
    settle(bed, running, &Past::default()).await?;
    let mut past = Past::default();
    past.witnessed.shown(&snapshot::take(&bed.sim.world(), ACCOUNT));
    past.kept.look(&mut *bed.pool().await?.acquire().await?).await?;
    Ok(past)
}

/// Approves what is held until the archive equals the world. What Telegram tells without a pts (reactions, pins) may have
/// been lost with a connection: once all else is equal, a rescan renews it.
pub async fn settle(bed: &mut Bed, running: &[Process], past: &Past) -> anyhow::Result<Comparison> {
    let store = bed.stores().await?.all;
    let pool = bed.pool().await?;
    let media = bed.folder.path().join("media");
    let expect = Expectations {
        media: true,
        witnessed: past.witnessed.clone(),
    };
    let deadline = Instant::now() + CATCH_UP;
    let mut last = Comparison::default();
    let (mut asked, mut renewed) = (Instant::now(), false);
    request(bed, running, fetcher::VERB_RUN_NOW, &serde_json::Value::Null).await;
    while Instant::now() < deadline {
        let open = IncidentFilter {
            open_only: true,
            ..IncidentFilter::default()
        };
        for incident in store.incidents(&open).await? {
            store.decide_incident(incident.id, true, "the test").await?;
        }
        let truth = snapshot::take(&bed.sim.world(), ACCOUNT);
        let comparison = compare(&mut *pool.acquire().await?, &media, &truth, &expect).await?;
        if comparison.differences.is_empty() && comparison.held == 0 {
            let statistics = store.statistics(bed.account).await?;
            if statistics.dead_letters > 0 {
                bail!("{} dead letters", statistics.dead_letters);
            }
            let lost = past.kept.lost(&mut *pool.acquire().await?).await?;
            ensure!(
                lost.is_empty(),
                "{} are lost: {:#?}",
                lost.len(),
                &lost[..lost.len().min(10)]
            );
            return Ok(comparison);
        }
        let told_without_pts = |d: &String| d.contains(": reactions is") || d.contains(": pinned is");
        if !renewed && comparison.held == 0 && comparison.differences.iter().all(told_without_pts) {
            renewed = true;
            for chat in truth.chats.keys() {
                request(bed, running, fetcher::VERB_RESCAN, &serde_json::json!(chat)).await;
            }
        }
        last = comparison;
        if asked.elapsed() > Duration::from_secs(5) {
            request(bed, running, fetcher::VERB_RUN_NOW, &serde_json::Value::Null).await;
            asked = Instant::now();
        }
        // Files that failed wait for their time. In steps that a lease survives.
        bed.clock.advance(Duration::from_secs(2));
        sleep(Duration::from_millis(100)).await;
    }
    let shown: Vec<_> = last.differences.iter().take(10).collect();
    bail!(
        "{} differences, {} held: {shown:#?}",
        last.differences.len(),
        last.held
    )
}

/// Asks the owner; nobody may be there yet.
pub async fn request(bed: &Bed, running: &[Process], verb: &str, body: &serde_json::Value) {
    let subject = wire::Subject::Rpc {
        service: fetcher::SERVICE.to_owned(),
        verb: verb.to_owned(),
        account: bed.account,
    };
    let owner = running.iter().find(|p| matches!(p.name, "node" | "fetcher"));
    if let Some(owner) = owner {
        let body = wire::encode_rpc_request(body);
        // It is asked again if nobody heard.
        let _ = owner
            .node()
            .bus
            .request(&subject, body, Duration::from_secs(2))
            .await;
    }
}
