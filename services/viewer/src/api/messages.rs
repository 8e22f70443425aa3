//! Messages.

use actix_web::get;
use actix_web::web::{Data, Json, Path, Query};
use jiff::civil::Date;
use model::{AccountId, ChatId, IdRange, MessageId, RangeSet};
use serde_json::json;
use store::{Direction, MessageRow};

use crate::access::Access;
use crate::app::App;
use crate::dto::message::{
    Day, Days, DaysQuery, Gap, IdsQuery, Message, MessageQuery, MessageWindow, Messages, RawMessage, Versions,
};
use crate::media::hex;
use crate::problem::Problem;
use crate::render::Present;
use crate::search::start_of;

const LIMIT: u32 = 50;
const MOST: u32 = 200;
/// A message is a megabyte at most; what unfolds to more is not one.
const RAW_BYTES: usize = 16 << 20;

/// A chat that was asked for.
struct Place {
    account: AccountId,
    chat: ChatId,
}

async fn place(app: &App, access: &Access, (account, chat): (i64, i64)) -> Result<Place, Problem> {
    Ok(Place {
        chat: access.scope.chat(chat)?,
        account: app.account(account).await?.id,
    })
}

/// A message that was asked for: it stands in that chat, or it does not exist.
async fn row(app: &App, access: &Access, path: (i64, i64, i64)) -> Result<(Place, MessageRow), Problem> {
    let (account, chat, id) = path;
    let place = place(app, access, (account, chat)).await?;
    let row = app.store.message(place.account, place.chat.box_id(), id).await?;
    let row = row
        .filter(|r| r.head.chat == Some(place.chat))
        .ok_or_else(Problem::not_found)?;
    Ok((place, row))
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

    async fn shown(
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

/// The starts of a month's days and of the next month, unix seconds.
fn bounds(app: &App, month: &str) -> Option<Vec<(Date, i64)>> {
    let first: Date = format!("{month}-01").parse().ok()?;
    let next = first.last_of_month().tomorrow().ok()?;
    let zone = &app.config.time_zone;
    std::iter::successors(Some(first), |d| d.tomorrow().ok())
        .take_while(|d| *d <= next)
        .map(|d| Some((d, d.to_zoned(zone.clone()).ok()?.timestamp().as_second())))
        .collect()
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
        (rows, true, newer)
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

/// The days of a month that have messages.
#[utoipa::path(
    operation_id = "days",
    tag = "messages",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id."), DaysQuery),
    responses(
        (status = 200, body = Days),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/days")]
pub(crate) async fn list_days(
    app: Data<App>,
    access: Access,
    path: Path<(i64, i64)>,
    query: Query<DaysQuery>,
) -> Result<Json<Days>, Problem> {
    let place = place(&app, &access, *path).await?;
    let bounds = bounds(&app, &query.month).ok_or_else(|| Problem::bad("month: like 2024-05"))?;
    let starts: Vec<i64> = bounds.iter().map(|(_, start)| *start).collect();
    let (rows, span) = futures::try_join!(
        app.store.days(place.account, place.chat, &starts),
        app.store.span(place.account, place.chat)
    )?;
    let day = |row: store::DayRow| {
        let (date, _) = bounds.iter().find(|(_, start)| *start == row.start)?;
        Some(Day {
            day: date.to_string(),
            messages: row.messages,
            first_id: row.first,
        })
    };
    Ok(Json(Days {
        month: query.into_inner().month,
        days: rows.into_iter().filter_map(day).collect(),
        first_date: span.map(|s| s.0),
        last_date: span.map(|s| s.1),
    }))
}

/// One message.
#[utoipa::path(
    operation_id = "message",
    tag = "messages",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id."), ("message" = i64, Path, description = "Id of the message in the chat.")),
    responses(
        (status = 200, body = Message),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/messages/{message}")]
pub(crate) async fn get_message(
    app: Data<App>,
    access: Access,
    path: Path<(i64, i64, i64)>,
) -> Result<Json<Message>, Problem> {
    let (place, row) = row(&app, &access, *path).await?;
    let mut shown = place.shown(&app, &access, vec![row]).await?;
    shown.pop().map(Json).ok_or_else(Problem::not_found)
}

/// All versions of a message.
#[utoipa::path(
    operation_id = "versions",
    tag = "messages",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id."), ("message" = i64, Path, description = "Id of the message in the chat.")),
    responses(
        (status = 200, body = Versions),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/messages/{message}/versions")]
pub(crate) async fn list_versions(
    app: Data<App>,
    access: Access,
    path: Path<(i64, i64, i64)>,
) -> Result<Json<Versions>, Problem> {
    let (place, row) = row(&app, &access, *path).await?;
    let versions = app.store.versions(place.account, row.box_id, row.id).await?;
    let present = Present {
        store: &*app.store,
        account: place.account,
        scope: &access.scope,
    };
    Ok(Json(Versions {
        versions: present.versions(&row, versions).await?,
    }))
}

/// A message as Telegram sent it.
#[utoipa::path(
    operation_id = "raw",
    tag = "messages",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id."), ("message" = i64, Path, description = "Id of the message in the chat.")),
    responses(
        (status = 200, body = RawMessage),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/messages/{message}/raw")]
pub(crate) async fn get_raw(
    app: Data<App>,
    access: Access,
    path: Path<(i64, i64, i64)>,
) -> Result<Json<RawMessage>, Problem> {
    let (place, row) = row(&app, &access, *path).await?;
    let quotes_hidden = row
        .head
        .reply
        .as_ref()
        .and_then(|r| r.chat)
        .is_some_and(|c| !access.scope.sees(c))
        || row
            .head
            .forward
            .as_ref()
            .and_then(|f| f.from)
            .is_some_and(|c| c.0 < 0 && !access.scope.sees(c));
    // The bytes hold what it quotes.
    if quotes_hidden {
        return Err(Problem::not_found());
    }
    let raw = app
        .store
        .raw_message(place.account, row.box_id, row.id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let tl = if raw.raw.is_empty() {
        Vec::new()
    } else {
        zstd::bulk::decompress(&raw.raw, RAW_BYTES).unwrap_or(raw.raw)
    };
    Ok(Json(RawMessage {
        layer: raw.layer,
        tl_hex: hex(&tl),
        origin: raw.origin,
        decoded: json!({
            "id": row.id, "kind": row.kind, "head": row.head, "edit_date": row.edit_date, "content": row.content,
            "counters": row.counters, "reactions": row.reactions, "pinned": row.pinned,
        }),
    }))
}
