//! Numbers and states.

use actix_web::get;
use actix_web::web::{Json, Path};

use crate::access::{Access, Admin};
use crate::dto::status::{Statistics, Status};
use crate::problem::Problem;

/// What is archived, in numbers, of what may be seen.
#[utoipa::path(
    tag = "status",
    params(("account" = i64, Path, description = "Whose archive.")),
    responses(
        (status = 200, body = Statistics),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/statistics")]
pub(crate) async fn statistics(_access: Access, _path: Path<i64>) -> Result<Json<Statistics>, Problem> {
    Err(Problem::not_found())
}

/// How everything stands, for administrators.
#[utoipa::path(
    tag = "status",
    responses(
        (status = 200, body = Status),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/status")]
pub(crate) async fn status(_admin: Admin) -> Result<Json<Status>, Problem> {
    Err(Problem::not_found())
}
