//! Numbers and states.

use std::sync::Arc;

use actix_web::get;
use actix_web::web::{Data, Json, Path};
use jiff::Timestamp;
use model::{AccountId, ChatId};
use serde::Deserialize;
use serde_json::Value;

use crate::access::{Access, Admin, Scope};
use crate::app::{App, HOLD_TIMES};
use crate::dto::status::{
    AccountStatus, CaptureStatus, Run, RunFailure, RunProgress, Skipped, Statistics, Status,
};
use crate::problem::Problem;
use crate::rpc;

/// Who knows how the capture is doing, and how it is asked.
const STATUS: (&str, &str) = ("fetcher", "status");
const RUNS: u32 = 20;
/// Numbers hold at least so long, microseconds, and in proportion to what counting took.
const HOLD: i64 = 20_000_000;

/// What the fetcher answers.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fetcher {
    state: String,
    reason: Option<String>,
    until: Option<i64>,
    live: bool,
    run: Option<Walk>,
    next_run: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Walk {
    started_at: i64,
    chats_total: u64,
    chats_done: u64,
    messages: u64,
    messages_expected: u64,
    walking: Vec<i64>,
    failed: u64,
}

impl Walk {
    fn shown(self, now: i64, scope: &Scope) -> RunProgress {
        let rate = self.messages as f64 / (now - self.started_at).max(1) as f64;
        let left = self.messages_expected.saturating_sub(self.messages) as f64;
        RunProgress {
            started: self.started_at,
            chats_total: self.chats_total,
            chats_done: self.chats_done,
            messages: self.messages,
            messages_expected: self.messages_expected,
            walking: self
                .walking
                .into_iter()
                .filter(|c| scope.sees(ChatId(*c)))
                .collect(),
            failed: self.failed,
            expected_end: (rate > 0.0 && self.messages_expected > 0).then(|| now + (left / rate) as i64),
        }
    }
}

async fn capture(app: &App, account: AccountId, scope: &Scope) -> CaptureStatus {
    let asked = rpc::ask::<Fetcher>(&*app.bus, STATUS, account, &Value::Null, Some(rpc::SOON)).await;
    let (status, reason) = match asked {
        Ok(Some(status)) => (status, None),
        Ok(None) => (Fetcher::default(), None),
        Err(problem) => (Fetcher::default(), Some(problem.detail)),
    };
    let now = app.clock.now_unix();
    CaptureStatus {
        state: if status.state.is_empty() {
            "not running".to_owned()
        } else {
            status.state
        },
        reason: status.reason.or(reason),
        until: status.until,
        live: status.live,
        run: status.run.map(|w| w.shown(now, scope)),
        next_run: status.next_run,
    }
}

fn run(run: store::Run, scope: &Scope) -> Run {
    let outcome = run.outcome;
    Run {
        id: run.id.0,
        trigger: run.trigger,
        started_at: run.started_at,
        finished_at: run.finished_at,
        chats: outcome.as_ref().map(|o| o.chats),
        messages: outcome.as_ref().map(|o| o.messages),
        aborted: outcome.as_ref().and_then(|o| o.aborted.clone()),
        failures: outcome
            .into_iter()
            .flat_map(|o| o.failures)
            .filter(|(chat, _)| scope.sees(*chat))
            .map(|(chat, reason)| RunFailure { chat: chat.0, reason })
            .collect(),
    }
}

/// The next time at which numbers are counted anew in any case (F91), unix microseconds.
fn next_hour(app: &App, now: i64) -> i64 {
    let next = || {
        let now = Timestamp::from_microsecond(now)
            .ok()?
            .to_zoned(app.config.time_zone.clone());
        let today = now.date().at(app.config.stats_hour, 0, 0, 0);
        let day = if now.datetime() < today {
            today
        } else {
            today.tomorrow().ok()?
        };
        Some(
            day.to_zoned(app.config.time_zone.clone())
                .ok()?
                .timestamp()
                .as_microsecond(),
        )
    };
    next().unwrap_or(i64::MAX)
}

async fn count(app: &App, account: AccountId, access: &Access) -> Result<Arc<Statistics>, Problem> {
    let key = (account, access.scope.only());
    // One counts, the others wait for it.
    let mut counted = app.counted.lock().await;
    let began = app.clock.now_micros();
    counted.retain(|_, (until, _)| *until > began);
    if let Some((_, numbers)) = counted.get(&key) {
        return Ok(Arc::clone(numbers));
    }
    let held = match &key.1 {
        None => app.store.statistics(account).await?,
        Some(only) => app.store.statistics_of(account, only).await?,
    };
    let runs = app.store.runs_of(account, 1).await?;
    let now = app.clock.now_micros();
    let numbers = Arc::new(Statistics {
        account: account.0,
        chats: held.chats,
        messages: held.messages,
        deleted: held.deleted,
        edited: held.edited,
        media_stored: held.media_stored,
        media_wanted: held.media_wanted,
        media_skipped: held
            .media_skipped
            .into_iter()
            .map(|(reason, files)| Skipped { reason, files })
            .collect(),
        media_bytes: held.media_bytes,
        counted_at: now,
        last_run_at: runs.first().and_then(|r| r.finished_at),
    });
    let until = (now + HOLD.max((now - began) * HOLD_TIMES)).min(next_hour(app, now));
    counted.insert(key, (until, Arc::clone(&numbers)));
    Ok(numbers)
}

/// What is archived, in numbers, of what may be seen.
#[utoipa::path(
    operation_id = "statistics",
    tag = "status",
    params(("account" = i64, Path, description = "Whose archive.")),
    responses(
        (status = 200, body = Statistics),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/statistics")]
pub(crate) async fn get_statistics(
    app: Data<App>,
    access: Access,
    path: Path<i64>,
) -> Result<Json<Statistics>, Problem> {
    let account = app.account_id(*path).await?;
    Ok(Json((*count(&app, account, &access).await?).clone()))
}

/// How everything stands, for administrators.
#[utoipa::path(
    operation_id = "status",
    tag = "status",
    responses(
        (status = 200, body = Status),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/status")]
pub(crate) async fn get_status(app: Data<App>, admin: Admin) -> Result<Json<Status>, Problem> {
    let scope = &admin.0.scope;
    let only = scope.only();
    let mut accounts = Vec::new();
    for account in app.store.accounts().await? {
        let (capture, runs, left) = tokio::join!(
            capture(&app, account.id, scope),
            app.store.runs_of(account.id, RUNS),
            app.store.backlog(account.id, only.as_deref())
        );
        let left = left?;
        accounts.push(AccountStatus {
            account: account.id.0,
            capture,
            runs: runs?.into_iter().map(|r| run(r, scope)).collect(),
            operations_pending: left.operations_pending,
            operations_held: left.operations_held,
            media_wanted: left.media_wanted,
            dead_letters: left.dead_letters,
            search_behind: left.search_behind,
        });
    }
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        bus: app.bus.health().await.is_ok(),
        database: app.store.ping().await.is_ok(),
        followers: app.hub.followers(),
        accounts,
    }))
}
