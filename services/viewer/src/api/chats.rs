//! Chats, folders and topics.

use std::collections::BTreeMap;

use actix_web::get;
use actix_web::web::{Data, Json, Path, Query};
use model::{AccountId, ChatId, RecordKind};
use serde_json::Value;
use store::{ChatPlace, ChatRow};

use crate::access::{Access, Scope};
use crate::app::App;
use crate::dto::chat::{Chat, ChatKind, ChatPage, ChatQuery, Folder, Folders, Topic, Topics};
use crate::problem::Problem;
use crate::render::{Present, avatar_url, colour};

const LIMIT: u32 = 50;
const MOST: u32 = 500;

/// Chats with their newest messages.
async fn shown(
    app: &App,
    account: AccountId,
    scope: &Scope,
    rows: Vec<ChatRow>,
) -> Result<Vec<Chat>, Problem> {
    let keys: Vec<_> = rows
        .iter()
        .filter_map(|r| Some((r.chat.chat.box_id(), r.chat.last_message?.0)))
        .collect();
    let present = Present {
        store: &*app.store,
        account,
        scope,
    };
    let mut previews = present.previews(&keys).await?;
    let shown = |row: ChatRow| {
        let id = row.chat.chat;
        Chat {
            account: account.0,
            id: id.0,
            kind: row
                .chat
                .kind
                .map(kind)
                .or((id.0 > 0).then_some(ChatKind::Private)),
            title: row.chat.title,
            username: row.chat.username,
            colour: colour(id),
            avatar: row.avatar.then(|| avatar_url(account, id)),
            participants: row.chat.participants_count,
            archived: row.chat.folder_id == 1,
            pinned: row.chat.pinned,
            inaccessible: row.inaccessible,
            migrated_to: row.migrated_to.filter(|c| scope.sees(*c)).map(|c| c.0),
            migrated_from: row.migrated_from.filter(|c| scope.sees(*c)).map(|c| c.0),
            messages: None,
            last_message: previews.remove(&id),
        }
    };
    Ok(rows.into_iter().map(shown).collect())
}

const fn kind(kind: model::ChatKind) -> ChatKind {
    match kind {
        model::ChatKind::Private => ChatKind::Private,
        model::ChatKind::Bot => ChatKind::Bot,
        model::ChatKind::SavedMessages => ChatKind::SavedMessages,
        model::ChatKind::Group => ChatKind::Group,
        model::ChatKind::Supergroup => ChatKind::Supergroup,
        model::ChatKind::Forum => ChatKind::Forum,
        model::ChatKind::Channel => ChatKind::Channel,
    }
}

/// `<pinned>.<date>.<chat>`.
fn cursor(place: ChatPlace) -> String {
    format!("{}.{}.{}", u8::from(place.pinned), place.date, place.chat)
}

fn place(cursor: &str) -> Option<ChatPlace> {
    let mut parts = cursor.split('.');
    let place = ChatPlace {
        pinned: parts.next()? == "1",
        date: parts.next()?.parse().ok()?,
        chat: ChatId(parts.next()?.parse().ok()?),
    };
    parts.next().is_none().then_some(place)
}

/// The account's folders as Telegram keeps them.
async fn folder_records(app: &App, account: AccountId) -> Result<BTreeMap<i64, Value>, Problem> {
    let records = app.store.records(account, RecordKind::Folder, "").await?;
    let read = |(key, data): (String, String)| Some((key.parse().ok()?, serde_json::from_str(&data).ok()?));
    Ok(records.into_iter().filter_map(read).collect())
}

/// The chats that a folder holds: those named, and those of the kinds it takes.
async fn in_folder(
    app: &App,
    account: AccountId,
    scope: &Scope,
    folder: i64,
) -> Result<Vec<ChatId>, Problem> {
    let folders = folder_records(app, account).await?;
    let data = folders.get(&folder).ok_or_else(Problem::not_found)?;
    let ids = |field: &str| -> Vec<i64> {
        let all = data.get(field).and_then(Value::as_array);
        all.into_iter().flatten().filter_map(Value::as_i64).collect()
    };
    let takes = |field: &str| data.get(field).and_then(Value::as_bool).unwrap_or_default();
    let (named, excluded) = ([ids("pinned"), ids("include")].concat(), ids("exclude"));
    let contacts = app.store.records(account, RecordKind::Contact, "").await?;
    let contact = |id: i64| contacts.iter().any(|(key, _)| key.parse() == Ok(id));
    let rows = app.chat_rows(account, scope, None).await?;
    let holds = |row: &ChatRow| {
        use model::ChatKind as K;
        let id = row.chat.chat.0;
        let kind = row
            .chat
            .kind
            .unwrap_or(if id > 0 { K::Private } else { K::Group });
        let by_kind = match kind {
            K::Bot => takes("bots"),
            K::Private | K::SavedMessages => takes(if contact(id) { "contacts" } else { "non_contacts" }),
            K::Group | K::Supergroup | K::Forum => takes("groups"),
            K::Channel => takes("broadcasts"),
        };
        let archived = row.chat.folder_id == 1 && takes("exclude_archived");
        named.contains(&id) || by_kind && !archived && !excluded.contains(&id)
    };
    Ok(rows
        .chats
        .iter()
        .filter(|r| holds(r))
        .map(|r| r.chat.chat)
        .collect())
}

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
    app: Data<App>,
    access: Access,
    path: Path<i64>,
    query: Query<ChatQuery>,
) -> Result<Json<ChatPage>, Problem> {
    let account = app.account_id(*path).await?;
    let query = query.into_inner();
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, MOST);
    let after = query
        .cursor
        .as_deref()
        .map(|c| place(c).ok_or_else(|| Problem::bad("cursor: use `next` of a page")));
    let only = match query.folder {
        Some(folder) => Some(in_folder(&app, account, &access.scope, folder).await?),
        None => access.scope.only(),
    };
    let rows = app
        .store
        .chat_page(&store::ChatQuery {
            account,
            only,
            text: query.q.map(|q| q.trim().to_owned()).filter(|q| !q.is_empty()),
            archived: query.archived,
            after: after.transpose()?,
            limit,
        })
        .await?;
    let full = rows.chats.len() == limit as usize;
    let next = rows.chats.last().filter(|_| full).map(|r| cursor(r.place()));
    Ok(Json(ChatPage {
        total: rows.total,
        chats: shown(&app, account, &access.scope, rows.chats).await?,
        next,
    }))
}

/// One chat.
#[utoipa::path(
    operation_id = "chat",
    tag = "chats",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id.")),
    responses(
        (status = 200, body = Chat),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}")]
pub(crate) async fn get_chat(
    app: Data<App>,
    access: Access,
    path: Path<(i64, i64)>,
) -> Result<Json<Chat>, Problem> {
    let (account, chat) = *path;
    let (account, chat) = (app.account_id(account).await?, access.scope.chat(chat)?);
    let one = Scope::Only(std::sync::Arc::new([chat].into()));
    let rows = app.chat_rows(account, &one, None).await?.chats;
    let mut found = shown(&app, account, &access.scope, rows)
        .await?
        .pop()
        .ok_or_else(Problem::not_found)?;
    found.messages = Some(app.size(account, chat).await?);
    Ok(Json(found))
}

/// The folders of the account.
#[utoipa::path(
    operation_id = "folders",
    tag = "chats",
    params(("account" = i64, Path, description = "Whose archive.")),
    responses(
        (status = 200, body = Folders),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/folders")]
pub(crate) async fn list_folders(
    app: Data<App>,
    access: Access,
    path: Path<i64>,
) -> Result<Json<Folders>, Problem> {
    let account = app.account_id(*path).await?;
    let text = |data: &Value, field: &str| data.get(field).and_then(Value::as_str).map(str::to_owned);
    let mut folders = Vec::new();
    for (id, data) in folder_records(&app, account).await? {
        // Its title tells of what it holds.
        let is_hidden =
            access.scope != Scope::All && in_folder(&app, account, &access.scope, id).await?.is_empty();
        if is_hidden {
            continue;
        }
        folders.push(Folder {
            id,
            title: text(&data, "title").unwrap_or_default(),
            emoticon: text(&data, "emoticon").filter(|e| !e.is_empty()),
        });
    }
    Ok(Json(Folders { folders }))
}

/// The topics of a forum.
#[utoipa::path(
    operation_id = "topics",
    tag = "chats",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id.")),
    responses(
        (status = 200, body = Topics),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/chats/{chat}/topics")]
pub(crate) async fn list_topics(
    app: Data<App>,
    access: Access,
    path: Path<(i64, i64)>,
) -> Result<Json<Topics>, Problem> {
    let (account, chat) = *path;
    let (account, chat) = (app.account_id(account).await?, access.scope.chat(chat)?);
    let prefix = format!("{chat}/");
    let records = app.store.records(account, RecordKind::Topic, &prefix).await?;
    let topic = |(key, data): (String, String)| {
        let data: Value = serde_json::from_str(&data).ok()?;
        let flag = |field: &str| data.get(field).and_then(Value::as_bool).unwrap_or_default();
        let number = |field: &str| data.get(field).and_then(Value::as_i64);
        let topic = Topic {
            id: key.strip_prefix(&prefix)?.parse().ok()?,
            title: data
                .get("title")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            icon_colour: number("icon_color"),
            icon_emoji: number("icon_emoji_id").map(|id| id.to_string()),
            closed: flag("closed"),
            pinned: flag("pinned"),
            hidden: flag("hidden"),
        };
        Some((!topic.pinned, std::cmp::Reverse(number("top_message")), topic))
    };
    let mut topics: Vec<_> = records.into_iter().filter_map(topic).collect();
    topics.sort_by_key(|(pinned, newest, topic)| (*pinned, *newest, topic.id));
    Ok(Json(Topics {
        topics: topics.into_iter().map(|(.., topic)| topic).collect(),
    }))
}
