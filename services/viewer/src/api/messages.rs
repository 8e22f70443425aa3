//! Messages.

use actix_web::get;
use actix_web::web::{Data, Json, Path, Query};
use model::{AccountId, ChatId, IdRange, MessageId, RangeSet};
use store::{Direction, MessageRow};

use crate::access::Access;
use crate::app::App;
use crate::dto::message::{Gap, IdsQuery, Message, MessageQuery, MessageWindow, Messages};
use crate::problem::Problem;
use crate::render::Present;
use crate::search::start_of;

const LIMIT: u32 = 50;
const MOST: u32 = 200;
/// A chat that was asked for.
pub(super) struct Place {
    pub(super) account: AccountId,
    pub(super) chat: ChatId,
}

pub(super) async fn place(app: &App, access: &Access, (account, chat): (i64, i64)) -> Result<Place, Problem> {
    Ok(Place {
        chat: access.scope.chat(chat)?,
        account: app.account_id(account).await?,
    })
}

impl Place {
    async fn page(
        &self,
        app: &App,
        topic: Option<MessageId>,
        (direction, cursor): (Direction, Option<MessageId>),
        limit: u32,
    ) -> Result<(Vec<MessageRow>, bool), Problem> {
        // One more than asked tells whether there is more.
        let query = store::MessageQuery {
            account: self.account,
            chat: self.chat,
            cursor,
            topic,
            direction,
            limit: limit + 1,
            since: None,
            until: None,
        };
        let mut rows = app.store.messages(&query).await?.messages;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        if direction == Direction::Older {
            rows.reverse();
        }
        Ok((rows, more))
    }

    pub(super) async fn shown(
        &self,
        app: &App,
        access: &Access,
        rows: Vec<MessageRow>,
    ) -> Result<Vec<Message>, Problem> {
        let present = Present {
            store: &*app.store,
            account: self.account,
            scope: &access.scope,
        };
        present.messages(rows).await
    }

    /// What no walk has covered of these ids.
    async fn gaps(&self, app: &App, ids: Option<IdRange>) -> Result<Vec<Gap>, Problem> {
        let Some(ids) = ids else { return Ok(Vec::new()) };
        let passes = app.store.passes_of(self.account, self.chat).await?;
        let covered: RangeSet = passes
            .iter()
            .flat_map(|p| p.covered.ranges().iter().copied())
            .collect();
        // Beyond the walks there is what is seen live, not yet verified: no gap.
        let known = passes.iter().map(|p| p.range.through).max().unwrap_or(0);
        let Some(known) = IdRange::new(ids.after, ids.through.min(known)) else {
            return Ok(Vec::new());
        };
        let gap = |r: IdRange| Gap {
            first_id: r.after + 1,
            last_id: r.through,
        };
        Ok(covered.gaps_in(known).into_iter().map(gap).collect())
    }
}

/// `1717192800`, or a day of the viewer's time zone.
fn moment(app: &App, text: &str) -> Result<i64, Problem> {
    let seconds = text
        .parse()
        .ok()
        .or_else(|| start_of(text, &app.config.time_zone));
    seconds.ok_or_else(|| Problem::bad("around_date: unix seconds, or a day like 2024-05-31"))
}

/// A window of messages.
#[utoipa::path(
    tag = "messages",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id."), MessageQuery),
    responses(
        (status = 200, body = MessageWindow),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/messages")]
pub(crate) async fn list_messages(
    app: Data<App>,
    access: Access,
    path: Path<(i64, i64)>,
    query: Query<MessageQuery>,
) -> Result<Json<MessageWindow>, Problem> {
    let place = place(&app, &access, *path).await?;
    let query = query.into_inner();
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, MOST);
    let asked = [
        query.before.is_some(),
        query.after.is_some(),
        query.around.is_some(),
        query.around_date.is_some(),
    ];
    if asked.iter().filter(|a| **a).count() > 1 {
        return Err(Problem::bad("before, after, around, around_date: one of them"));
    }
    let around = match &query.around_date {
        Some(date) => {
            let date = moment(&app, date)?;
            app.store
                .message_at(place.account, place.chat, query.topic, date)
                .await?
        }
        None => query.around,
    };
    let page = |from, limit| place.page(&app, query.topic, from, limit);
    let (rows, has_older, has_newer) = if let Some(around) = around {
        let (older, newer) = futures::try_join!(
            page((Direction::Older, Some(around)), limit / 2),
            page((Direction::Newer, Some(around - 1)), limit - limit / 2)
        )?;
        ([older.0, newer.0].concat(), older.1, newer.1)
    } else if let Some(after) = query.after {
        let (rows, newer) = page((Direction::Newer, Some(after)), limit).await?;
        // What is at or below the cursor is older; whether there is any is seen at its end.
        (rows, after > 0, newer)
    } else {
        let (rows, older) = page((Direction::Older, query.before), limit).await?;
        (rows, older, query.before.is_some())
    };
    if rows.is_empty() {
        app.known(place.account, place.chat).await?;
    }
    let anchor = around.and_then(|id| {
        let not_before = rows.iter().map(|r| r.id).find(|r| *r >= id);
        not_before.or(rows.last().map(|r| r.id))
    });
    let (first, last) = (rows.first().map(|r| r.id), rows.last().map(|r| r.id));
    let low = if has_older {
        first.unwrap_or(query.after.unwrap_or(0)) - 1
    } else {
        0
    };
    let high = if has_newer {
        last.or(query.before).unwrap_or(0)
    } else {
        MessageId::MAX
    };
    let gaps = place.gaps(&app, IdRange::new(low.max(0), high));
    let (messages, gaps) = futures::try_join!(place.shown(&app, &access, rows), gaps)?;
    Ok(Json(MessageWindow {
        messages,
        has_older,
        has_newer,
        anchor,
        gaps,
    }))
}

/// Messages by their ids: what an event named.
#[utoipa::path(
    tag = "messages",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id."), IdsQuery),
    responses(
        (status = 200, body = Messages),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/messages/by-id")]
pub(crate) async fn messages_by_id(
    app: Data<App>,
    access: Access,
    path: Path<(i64, i64)>,
    query: Query<IdsQuery>,
) -> Result<Json<Messages>, Problem> {
    let place = place(&app, &access, *path).await?;
    let ids: Result<Vec<MessageId>, _> = query
        .ids
        .split(',')
        .filter(|t| !t.is_empty())
        .map(str::parse)
        .collect();
    let ids = ids.ok().filter(|ids| ids.len() <= MOST as usize);
    let ids = ids.ok_or_else(|| Problem::bad("ids: at most 200 numbers with commas between them"))?;
    let keys: Vec<_> = ids.into_iter().map(|id| (place.chat.box_id(), id)).collect();
    let mut rows = app.store.messages_by_key(place.account, &keys).await?;
    rows.retain(|r| r.head.chat == Some(place.chat));
    Ok(Json(Messages {
        messages: place.shown(&app, &access, rows).await?,
    }))
}

/// The pinned messages, at most 200.
#[utoipa::path(
    tag = "messages",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id.")),
    responses(
        (status = 200, body = Messages),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/pinned")]
pub(crate) async fn pinned_messages(
    app: Data<App>,
    access: Access,
    path: Path<(i64, i64)>,
) -> Result<Json<Messages>, Problem> {
    let place = place(&app, &access, *path).await?;
    let mut rows = app.store.pinned(place.account, place.chat, MOST).await?;
    rows.reverse();
    Ok(Json(Messages {
        messages: place.shown(&app, &access, rows).await?,
    }))
}
