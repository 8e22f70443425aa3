//! Files and pictures.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use model::{ChatId, MediaState};

use crate::access::{Access, Scope};
use crate::app::App;
use crate::dto::media::MediaQuery;
use crate::media::{Sent, send};
use crate::problem::Problem;

/// A file of a message.
#[utoipa::path(
    operation_id = "file",
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
pub(crate) async fn get_file(
    app: Data<App>,
    access: Access,
    request: HttpRequest,
    path: Path<(i64, i64, i64, u32)>,
    query: Query<MediaQuery>,
) -> Result<HttpResponse, Problem> {
    let (account, chat, id, n) = *path;
    let chat = access.scope.chat(chat)?;
    let account = app.account(account).await?.id;
    let message = app.store.message(account, chat.box_id(), id).await?;
    if message.is_none_or(|m| m.head.chat != Some(chat)) {
        return Err(Problem::not_found());
    }
    let rows = app.store.media_of(account, chat.box_id(), &[id]).await?;
    let row = rows
        .get(n as usize)
        .filter(|r| r.state == MediaState::Stored)
        .ok_or_else(Problem::not_found)?;
    let file = row.stored.as_ref().ok_or_else(Problem::not_found)?;
    let sent = Sent {
        file,
        mime: &row.file.mime_type,
        name: row.file.file_name.as_deref(),
        download: query.download == Some(1),
    };
    send(&app.files, &request, sent).await
}

/// The newest archived picture of a chat, or of somebody who wrote in one that may be seen.
#[utoipa::path(
    operation_id = "avatar",
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
pub(crate) async fn get_avatar(
    app: Data<App>,
    access: Access,
    request: HttpRequest,
    path: Path<(i64, i64)>,
) -> Result<HttpResponse, Problem> {
    let (account, peer) = (app.account(path.0).await?.id, ChatId(path.1));
    let seen = match &access.scope {
        scope if scope.sees(peer) => true,
        Scope::All => false,
        Scope::Only(chats) => {
            let chats: Vec<ChatId> = chats.iter().copied().collect();
            app.store.wrote_in(account, peer, &chats).await?
        }
    };
    let row = if seen {
        app.store.avatar(account, peer).await?
    } else {
        None
    };
    let file = row.and_then(|r| r.stored).ok_or_else(Problem::not_found)?;
    // Telegram's avatars are JPEG files.
    let sent = Sent {
        file: &file,
        mime: "image/jpeg",
        name: None,
        download: false,
    };
    send(&app.files, &request, sent).await
}
