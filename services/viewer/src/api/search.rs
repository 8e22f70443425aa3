//! Searching.

use std::collections::BTreeSet;
use std::time::Duration;

use actix_web::get;
use actix_web::web::{Data, Json, Path, Query};
use model::ChatId;
use store::Account;

use crate::access::Access;
use crate::app::App;
use crate::dto::search::{SearchPage, SearchQuery};
use crate::problem::{Problem, ProblemCode};
use crate::render::Present;
use crate::search::read;

const LIMIT: u32 = 50;
const MOST: u32 = 100;
/// Hits are counted up to here.
const COUNTED: u32 = 1000;
/// Messages that a request looks at.
const EXAMINED: u32 = 4_000;
/// Characters that are typed at most.
const TYPED: usize = 512;
/// Searches that are answered at once: what they cost, pages of chats must not wait for.
pub(crate) const AT_ONCE: usize = 2;
/// How long a search waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
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
    let typed = read(&query.q, &app.zone(query.zone.as_deref())?);
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
    let first = before.is_none();
    let mut found = if typed.unknown.is_empty() {
        let asked = store::SearchQuery {
            account: account.id,
            text: typed.words,
            filters,
            chats,
            before,
            // One more than asked tells whether there is more.
            limit: limit + 1,
            count: if first { COUNTED + 1 } else { 0 },
            examine: EXAMINED,
        };
        let turn = tokio::time::timeout(PATIENCE, app.searches.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(Problem::new(
                ProblemCode::Unavailable,
                "too many searches are answered now; try again in a moment",
            ));
        };
        app.store.search(&asked).await?
    } else {
        store::Found::default()
    };
    let more = found.hits.len() > limit as usize;
    found.hits.truncate(limit as usize);
    let last = found.hits.last().filter(|_| more).map(|h| h.place);
    // Of more hits than a page holds, the page comes first.
    let reached = found.reached.filter(|_| !more);
    // Where it stands is not known yet, or not to be known.
    found.hits.retain(|h| access.scope.sees(h.chat));
    let counted = found.counted.filter(|_| first);
    let present = Present {
        store: &*app.store,
        account: account.id,
        scope: &access.scope,
    };
    Ok(Json(SearchPage {
        hits: present.hits(found.hits).await?,
        next: last.or(reached).map(|place| place.to_string()),
        reached: reached.map(|place| place.date),
        total: counted.map(|n| n.min(COUNTED)),
        total_is_more: counted.is_some_and(|n| n > COUNTED),
        unknown: typed.unknown,
    }))
}
