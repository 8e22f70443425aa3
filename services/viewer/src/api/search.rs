//! Searching.

use std::collections::BTreeSet;

use actix_web::get;
use actix_web::web::{Data, Json, Path, Query};
use model::ChatId;
use store::Account;

use crate::access::Access;
use crate::app::App;
use crate::dto::search::{SearchPage, SearchQuery};
use crate::problem::Problem;
use crate::render::Present;
use crate::search::read;

const LIMIT: u32 = 50;
const MOST: u32 = 100;
/// Hits are counted up to here.
const COUNTED: u32 = 1000;
/// Characters that are typed at most.
const TYPED: usize = 512;
/// People of one name.
const NAMED: u32 = 200;

/// Who is meant by what stands behind `from:`.
async fn senders(app: &App, account: &Account, typed: &[String]) -> Result<Vec<ChatId>, Problem> {
    let mut found = BTreeSet::new();
    for name in typed {
        if name.eq_ignore_ascii_case("me") {
            found.extend(account.user_id.map(ChatId::user));
        } else if let Ok(id) = name.parse() {
            found.insert(ChatId(id));
        } else {
            found.extend(app.store.find_peers(account.id, name, NAMED).await?);
        }
    }
    Ok(found.into_iter().collect())
}

/// The chats that are meant, of those that may be seen.
async fn places(
    app: &App,
    access: &Access,
    account: &Account,
    typed: &[String],
) -> Result<BTreeSet<ChatId>, Problem> {
    let mut found = BTreeSet::new();
    for name in typed {
        if let Ok(id) = name.parse() {
            found.extend(Some(ChatId(id)).filter(|c| access.scope.sees(*c)));
            continue;
        }
        let name = name.strip_prefix('@').unwrap_or(name).to_owned();
        let rows = app.chat_rows(account.id, &access.scope, Some(name)).await?;
        found.extend(rows.chats.iter().map(|r| r.chat.chat));
    }
    Ok(found)
}

/// Messages that have these words and fit these operators, newest first.
#[utoipa::path(
    operation_id = "search",
    tag = "search",
    params(("account" = i64, Path, description = "Whose archive."), SearchQuery),
    responses(
        (status = 200, body = SearchPage),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/search")]
pub(crate) async fn run_search(
    app: Data<App>,
    access: Access,
    path: Path<i64>,
    query: Query<SearchQuery>,
) -> Result<Json<SearchPage>, Problem> {
    let account = app.account(*path).await?;
    let query = query.into_inner();
    if query.q.chars().count() > TYPED {
        return Err(Problem::bad(format!("q: at most {TYPED} characters")));
    }
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, MOST);
    let before = query.cursor.as_deref().map(|c| {
        c.parse()
            .map_err(|_| Problem::bad("cursor: use `next` of a page"))
    });
    let before = before.transpose()?;
    let typed = read(&query.q, &app.config.time_zone);
    let mut chats = match query.chat {
        Some(chat) => Some(vec![access.scope.chat(chat)?]),
        None => access.scope.only(),
    };
    if !typed.places.is_empty() {
        let places = places(&app, &access, &account, &typed.places).await?;
        chats = Some(match chats {
            Some(chats) => chats.into_iter().filter(|c| places.contains(c)).collect(),
            None => places.into_iter().collect(),
        });
    }
    let mut filters = typed.filters;
    if !typed.from.is_empty() {
        filters.senders = Some(senders(&app, &account, &typed.from).await?);
    }
    // Without words nothing is counted: what fits is found by walking.
    let counts = before.is_none() && !typed.words.is_empty();
    let mut hits = if typed.unknown.is_empty() {
        let asked = store::SearchQuery {
            account: account.id,
            text: typed.words,
            filters,
            chats,
            before,
            limit: if counts { COUNTED + 1 } else { limit + 1 },
        };
        app.store.search(&asked).await?
    } else {
        Vec::new()
    };
    // Where it stands is not known yet, or not to be known.
    hits.retain(|h| access.scope.sees(h.chat));
    let found = hits.len() as u32;
    hits.truncate(limit as usize);
    let next = hits
        .last()
        .filter(|_| found > limit)
        .map(|h| h.cursor.to_string());
    let present = Present {
        store: &*app.store,
        account: account.id,
        scope: &access.scope,
    };
    Ok(Json(SearchPage {
        hits: present.hits(hits).await?,
        next,
        total: counts.then_some(found.min(COUNTED)),
        total_is_more: counts && found > COUNTED,
        unknown: typed.unknown,
    }))
}
