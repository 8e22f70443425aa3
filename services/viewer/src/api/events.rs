//! Live events.

use actix_web::HttpResponse;
use actix_web::get;

use crate::access::Access;
use crate::dto::event::Change;
use crate::problem::Problem;

/// Server-sent events: `change` with a `Change`, `reload` (without data: ask for everything again), comments as heartbeats. `Last-Event-ID` continues.
#[utoipa::path(
    tag = "events",
    responses(
        (status = 200, body = Change, content_type = "text/event-stream"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/events")]
pub(crate) async fn events(_access: Access) -> Result<HttpResponse, Problem> {
    Err(Problem::not_found())
}
