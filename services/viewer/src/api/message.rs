//! One message: as it stands, as it stood, as it came.

use std::collections::BTreeSet;

use actix_web::get;
use actix_web::web::{Data, Json, Path};
use serde_json::json;
use store::MessageRow;

use super::messages::{Place, place};
use crate::access::Access;
use crate::app::App;
use crate::dto::message::{Message, RawMessage, Versions};
use crate::media::hex;
use crate::problem::Problem;
use crate::render::{Present, named_in};

/// A message is a megabyte at most; what unfolds to more is not one.
const RAW_BYTES: usize = 16 << 20;

/// A message that was asked for: it stands in that chat, or it does not exist.
async fn row(app: &App, access: &Access, path: (i64, i64, i64)) -> Result<(Place, MessageRow), Problem> {
    let (account, chat, id) = path;
    let place = place(app, access, (account, chat)).await?;
    let row = app.store.message(place.account, place.chat.box_id(), id).await?;
    let row = row
        .filter(|r| r.head.chat == Some(place.chat))
        .ok_or_else(Problem::not_found)?;
    Ok((place, row))
}

/// One message.
#[utoipa::path(
    operation_id = "message",
    tag = "messages",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id."), ("message" = i64, Path, description = "Id of the message in the chat.")),
    responses(
        (status = 200, body = Message),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/messages/{message}")]
pub(crate) async fn get_message(
    app: Data<App>,
    access: Access,
    path: Path<(i64, i64, i64)>,
) -> Result<Json<Message>, Problem> {
    let (place, row) = row(&app, &access, *path).await?;
    let mut shown = place.shown(&app, &access, vec![row]).await?;
    shown.pop().map(Json).ok_or_else(Problem::not_found)
}

/// All versions of a message.
#[utoipa::path(
    operation_id = "versions",
    tag = "messages",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id."), ("message" = i64, Path, description = "Id of the message in the chat.")),
    responses(
        (status = 200, body = Versions),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/messages/{message}/versions")]
pub(crate) async fn list_versions(
    app: Data<App>,
    access: Access,
    path: Path<(i64, i64, i64)>,
) -> Result<Json<Versions>, Problem> {
    let (place, row) = row(&app, &access, *path).await?;
    let versions = app.store.versions(place.account, row.box_id, row.id).await?;
    let present = Present {
        store: &*app.store,
        account: place.account,
        scope: &access.scope,
    };
    Ok(Json(Versions {
        versions: present.versions(&row, versions).await?,
    }))
}

/// A message as Telegram sent it.
#[utoipa::path(
    operation_id = "raw",
    tag = "messages",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id."), ("message" = i64, Path, description = "Id of the message in the chat.")),
    responses(
        (status = 200, body = RawMessage),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/messages/{message}/raw")]
pub(crate) async fn get_raw(
    app: Data<App>,
    access: Access,
    path: Path<(i64, i64, i64)>,
) -> Result<Json<RawMessage>, Problem> {
    let (place, row) = row(&app, &access, *path).await?;
    let quotes_hidden = row
        .head
        .reply
        .as_ref()
        .and_then(|r| r.chat)
        .is_some_and(|c| !access.scope.sees(c))
        || row
            .head
            .forward
            .as_ref()
            .and_then(|f| f.from)
            .is_some_and(|c| c.0 < 0 && !access.scope.sees(c))
        || row.content.service.as_ref().is_some_and(|action| {
            let mut named = BTreeSet::new();
            named_in(&action.data, &mut named);
            named.iter().any(|c| c.0 < 0 && !access.scope.sees(*c))
        });
    // The bytes hold what it quotes and names.
    if quotes_hidden {
        return Err(Problem::not_found());
    }
    let raw = app
        .store
        .raw_message(place.account, row.box_id, row.id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let tl = if raw.raw.is_empty() {
        Vec::new()
    } else {
        zstd::bulk::decompress(&raw.raw, RAW_BYTES).unwrap_or(raw.raw)
    };
    Ok(Json(RawMessage {
        layer: raw.layer,
        tl_hex: hex(&tl),
        origin: raw.origin,
        decoded: json!({
            "id": row.id, "kind": row.kind, "head": row.head, "edit_date": row.edit_date, "content": row.content,
            "counters": row.counters, "reactions": row.reactions, "pinned": row.pinned,
        }),
    }))
}
