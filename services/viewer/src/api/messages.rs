//! Messages.

use actix_web::get;
use actix_web::web::{Json, Path, Query};

use crate::access::Access;
use crate::dto::message::{
    Days, DaysQuery, IdsQuery, Message, MessageQuery, MessageWindow, Messages, RawMessage, Versions,
};
use crate::problem::Problem;

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
    _access: Access,
    _path: Path<(i64, i64)>,
    _query: Query<MessageQuery>,
) -> Result<Json<MessageWindow>, Problem> {
    Err(Problem::not_found())
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
    _access: Access,
    _path: Path<(i64, i64)>,
    _query: Query<IdsQuery>,
) -> Result<Json<Messages>, Problem> {
    Err(Problem::not_found())
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
    _access: Access,
    _path: Path<(i64, i64)>,
) -> Result<Json<Messages>, Problem> {
    Err(Problem::not_found())
}

/// The days of a month that have messages.
#[utoipa::path(
    tag = "messages",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id."), DaysQuery),
    responses(
        (status = 200, body = Days),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/days")]
pub(crate) async fn days(
    _access: Access,
    _path: Path<(i64, i64)>,
    _query: Query<DaysQuery>,
) -> Result<Json<Days>, Problem> {
    Err(Problem::not_found())
}

/// One message.
#[utoipa::path(
    tag = "messages",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id."), ("message" = i64, Path, description = "Id of the message in the chat.")),
    responses(
        (status = 200, body = Message),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/messages/{message}")]
pub(crate) async fn message(_access: Access, _path: Path<(i64, i64, i64)>) -> Result<Json<Message>, Problem> {
    Err(Problem::not_found())
}

/// All versions of a message.
#[utoipa::path(
    tag = "messages",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id."), ("message" = i64, Path, description = "Id of the message in the chat.")),
    responses(
        (status = 200, body = Versions),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/messages/{message}/versions")]
pub(crate) async fn versions(
    _access: Access,
    _path: Path<(i64, i64, i64)>,
) -> Result<Json<Versions>, Problem> {
    Err(Problem::not_found())
}

/// A message as Telegram sent it.
#[utoipa::path(
    tag = "messages",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id."), ("message" = i64, Path, description = "Id of the message in the chat.")),
    responses(
        (status = 200, body = RawMessage),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/messages/{message}/raw")]
pub(crate) async fn raw(_access: Access, _path: Path<(i64, i64, i64)>) -> Result<Json<RawMessage>, Problem> {
    Err(Problem::not_found())
}
