//! Searching.

use actix_web::get;
use actix_web::web::{Json, Path, Query};

use crate::access::Access;
use crate::dto::search::{SearchPage, SearchQuery};
use crate::problem::Problem;

/// Messages that have these words and fit these operators, newest first.
#[utoipa::path(
    tag = "search",
    params(("account" = i64, Path, description = "Whose archive."), SearchQuery),
    responses(
        (status = 200, body = SearchPage),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/search")]
pub(crate) async fn search(
    _access: Access,
    _path: Path<i64>,
    _query: Query<SearchQuery>,
) -> Result<Json<SearchPage>, Problem> {
    Err(Problem::not_found())
}
