//! What is archived, and what is missing.

use std::collections::HashMap;

use actix_web::get;
use actix_web::web::{Data, Json, Path};
use model::{ChatId, IdRange, RangeSet};
use store::ChatCoverage;

use crate::access::Access;
use crate::app::App;
use crate::dto::coverage::{Coverage, CoverageList};
use crate::dto::message::Gap;
use crate::problem::Problem;

/// Ranges that are told at most.
const RANGES: usize = 1000;

fn shown(c: &ChatCoverage, title: Option<String>, ranges: usize) -> Coverage {
    let known = IdRange::new(0, c.known_through);
    let holes = known.map(|k| c.covered.gaps_in(k)).unwrap_or_default();
    let missing: u64 = holes.iter().map(IdRange::len).sum();
    let all = c.known_through.max(0) as u64;
    let gap = |r: &IdRange| Gap {
        first_id: r.after + 1,
        last_id: r.through,
    };
    Coverage {
        chat: c.chat.0,
        title,
        covered: c.covered.ranges().iter().take(ranges).map(gap).collect(),
        holes: holes.iter().take(ranges).map(gap).collect(),
        known_through: c.known_through,
        permille: (all.saturating_sub(missing) * 1000)
            .checked_div(all)
            .unwrap_or(1000) as u16,
        stored: c.stored,
        unverified: c.unverified,
        open_passes: c.open.len() as u64,
        verified_at: c.verified_at,
    }
}

/// Coverage of all chats, without their ranges.
#[utoipa::path(
    tag = "coverage",
    params(("account" = i64, Path, description = "Whose archive.")),
    responses(
        (status = 200, body = CoverageList),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/coverage")]
pub(crate) async fn all_coverage(
    app: Data<App>,
    access: Access,
    path: Path<i64>,
) -> Result<Json<CoverageList>, Problem> {
    let account = app.account(*path).await?.id;
    let (all, rows) = futures::try_join!(
        async { app.store.coverage_of(account).await.map_err(Problem::from) },
        app.chat_rows(account, &access.scope, None)
    )?;
    let mut titles: HashMap<ChatId, Option<String>> = rows
        .chats
        .into_iter()
        .map(|r| (r.chat.chat, r.chat.title))
        .collect();
    let mut chats: Vec<Coverage> = all
        .iter()
        .filter(|c| access.scope.sees(c.chat))
        .map(|c| shown(c, titles.remove(&c.chat).flatten(), 0))
        .collect();
    chats.sort_by_key(|c| (c.permille, c.chat));
    Ok(Json(CoverageList { chats }))
}

/// Coverage of one chat.
#[utoipa::path(
    operation_id = "coverage",
    tag = "coverage",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id.")),
    responses(
        (status = 200, body = Coverage),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/coverage")]
pub(crate) async fn get_coverage(
    app: Data<App>,
    access: Access,
    path: Path<(i64, i64)>,
) -> Result<Json<Coverage>, Problem> {
    let (account, chat) = (app.account(path.0).await?.id, access.scope.chat(path.1)?);
    app.known(account, chat).await?;
    let passes = app.store.passes_of(account, chat).await?;
    let covered: RangeSet = passes
        .iter()
        .flat_map(|p| p.covered.ranges().iter().copied())
        .collect();
    let known_through = passes.iter().map(|p| p.range.through).max().unwrap_or(0);
    let (stored, unverified) = app.store.counts(account, chat, known_through).await?;
    let whole = ChatCoverage {
        chat,
        covered,
        known_through,
        verified_at: passes.iter().filter_map(|p| p.completed_at).max(),
        open: passes.into_iter().filter(|p| p.completed_at.is_none()).collect(),
        stored: stored as u64,
        unverified: unverified as u64,
    };
    let one = crate::access::Scope::Only(std::sync::Arc::new([chat].into()));
    let title = app
        .chat_rows(account, &one, None)
        .await?
        .chats
        .pop()
        .and_then(|r| r.chat.title);
    Ok(Json(shown(&whole, title, RANGES)))
}
