//! What is archived, and what is missing.

use actix_web::get;
use actix_web::web::{Json, Path};

use crate::access::Access;
use crate::dto::coverage::{Coverage, CoverageList};
use crate::problem::Problem;

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
pub(crate) async fn all_coverage(_access: Access, _path: Path<i64>) -> Result<Json<CoverageList>, Problem> {
    Err(Problem::not_found())
}

/// Coverage of one chat.
#[utoipa::path(
    tag = "coverage",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id.")),
    responses(
        (status = 200, body = Coverage),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/coverage")]
pub(crate) async fn coverage(_access: Access, _path: Path<(i64, i64)>) -> Result<Json<Coverage>, Problem> {
    Err(Problem::not_found())
}
