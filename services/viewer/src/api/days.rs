//! Days that have messages.

use actix_web::get;
use actix_web::web::{Data, Json, Path, Query};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::messages::place;
use crate::access::Access;
use crate::app::App;
use crate::dto::days::{Day, Days, DaysQuery};
use crate::problem::Problem;

/// The starts of a month's days and of the next month, unix seconds.
fn bounds(month: &str, zone: &TimeZone) -> Option<Vec<(Date, i64)>> {
    let first: Date = format!("{month}-01").parse().ok()?;
    let next = first.last_of_month().tomorrow().ok()?;
    std::iter::successors(Some(first), |d| d.tomorrow().ok())
        .take_while(|d| *d <= next)
        .map(|d| Some((d, d.to_zoned(zone.clone()).ok()?.timestamp().as_second())))
        .collect()
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
    let zone = app.zone(query.zone.as_deref())?;
    let bounds = bounds(&query.month, &zone).ok_or_else(|| Problem::bad("month: like 2024-05"))?;
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
