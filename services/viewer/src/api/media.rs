//! Files and pictures.

use actix_web::HttpResponse;
use actix_web::get;
use actix_web::web::{Path, Query};

use crate::access::Access;
use crate::dto::media::MediaQuery;
use crate::problem::Problem;

/// A file of a message.
#[utoipa::path(
    tag = "media",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id."), ("message" = i64, Path, description = "Id of the message in the chat."), ("n" = u32, Path, description = "`n` of the file."), MediaQuery),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream"),
        (status = 206, description = "A range of them"),
        (status = 304, description = "As before"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/messages/{message}/media/{n}")]
pub(crate) async fn file(
    _access: Access,
    _path: Path<(i64, i64, i64, u32)>,
    _query: Query<MediaQuery>,
) -> Result<HttpResponse, Problem> {
    Err(Problem::not_found())
}

/// The newest archived picture of a chat, or of somebody who wrote in one that may be seen.
#[utoipa::path(
    tag = "media",
    params(("account" = i64, Path, description = "Whose archive."), ("peer" = i64, Path, description = "Marked id.")),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream"),
        (status = 206, description = "A range of them"),
        (status = 304, description = "As before"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/peers/{peer}/avatar")]
pub(crate) async fn avatar(_access: Access, _path: Path<(i64, i64)>) -> Result<HttpResponse, Problem> {
    Err(Problem::not_found())
}
