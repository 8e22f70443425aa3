//! Chats, folders and topics.

use actix_web::get;
use actix_web::web::{Json, Path, Query};

use crate::access::Access;
use crate::dto::chat::{Chat, ChatPage, ChatQuery, Folders, Topics};
use crate::problem::Problem;

/// Chats with the newest activity first.
#[utoipa::path(
    tag = "chats",
    params(("account" = i64, Path, description = "Whose archive."), ChatQuery),
    responses(
        (status = 200, body = ChatPage),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats")]
pub(crate) async fn list_chats(
    _access: Access,
    _path: Path<i64>,
    _query: Query<ChatQuery>,
) -> Result<Json<ChatPage>, Problem> {
    Err(Problem::not_found())
}

/// One chat.
#[utoipa::path(
    tag = "chats",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id.")),
    responses(
        (status = 200, body = Chat),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}")]
pub(crate) async fn chat(_access: Access, _path: Path<(i64, i64)>) -> Result<Json<Chat>, Problem> {
    Err(Problem::not_found())
}

/// The folders of the account.
#[utoipa::path(
    tag = "chats",
    params(("account" = i64, Path, description = "Whose archive.")),
    responses(
        (status = 200, body = Folders),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/folders")]
pub(crate) async fn folders(_access: Access, _path: Path<i64>) -> Result<Json<Folders>, Problem> {
    Err(Problem::not_found())
}

/// The topics of a forum.
#[utoipa::path(
    tag = "chats",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id.")),
    responses(
        (status = 200, body = Topics),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/topics")]
pub(crate) async fn topics(_access: Access, _path: Path<(i64, i64)>) -> Result<Json<Topics>, Problem> {
    Err(Problem::not_found())
}
