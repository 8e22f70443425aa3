//! Logging in and out.

use actix_web::HttpResponse;
use actix_web::web::Json;
use actix_web::{delete, get, post};

use crate::access::Access;
use crate::dto::session::{Credentials, Session};
use crate::problem::Problem;

/// The session of this request.
#[utoipa::path(
    tag = "session",
    responses(
        (status = 200, body = Session),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/session")]
pub(crate) async fn session(_access: Access) -> Result<Json<Session>, Problem> {
    Err(Problem::not_found())
}

/// Logs in; sets the cookie `telegram_archive_session`.
#[utoipa::path(
    tag = "session",
    request_body = Credentials,
    responses(
        (status = 200, body = Session),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[post("/session")]
pub(crate) async fn log_in(_body: Json<Credentials>) -> Result<Json<Session>, Problem> {
    Err(Problem::not_found())
}

/// Logs out: the session ends, and so do its streams.
#[utoipa::path(
    tag = "session",
    responses(
        (status = 204),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[delete("/session")]
pub(crate) async fn log_out(_access: Access) -> Result<HttpResponse, Problem> {
    Err(Problem::not_found())
}
