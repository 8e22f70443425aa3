//! Notifications: which browsers are told, and of which chats not. The notifier keeps both.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};
use model::{AccountId, ChatId};
use wire::{PushAnswer, PushRequest, PushSubscriptionRow, VERB_PUSH};

use crate::access::{Access, Scope};
use crate::app::App;
use crate::auth::{cookie, token_hash};
use crate::dto::push::{
    NewPushSubscription, PushChat, PushKey, PushMutes, PushSubscription, PushSubscriptions,
};
use crate::problem::{Problem, ProblemCode};
use crate::rpc;

const NOTIFIER: (&str, &str) = ("notifier", VERB_PUSH);
/// Requests about browsers are of no account.
const NO_ACCOUNT: AccountId = AccountId(0);
/// Chats of one subscription.
const CHATS: usize = 100;

/// Subscriptions are of users: they end with a session.
fn user(app: &App, access: &Access) -> Result<String, Problem> {
    if access.anonymous {
        let detail = "log in, then this browser can be told";
        return Err(Problem::new(ProblemCode::LoginRequired, detail));
    }
    if app.config.read_only {
        let detail = "the archive's own viewer keeps who is told";
        return Err(Problem::new(ProblemCode::ReadOnly, detail));
    }
    Ok(access.name.clone())
}

async fn ask(app: &App, request: PushRequest) -> Result<PushAnswer, Problem> {
    let answer = rpc::ask(&*app.bus, NOTIFIER, NO_ACCOUNT, &request, Some(rpc::SOON)).await?;
    match answer {
        None => Err(Problem::new(
            ProblemCode::NotRunning,
            "the notifier does not run; start the archive",
        )),
        Some(PushAnswer::NotFound) => Err(Problem::not_found()),
        Some(PushAnswer::Refused { message }) => Err(Problem::bad(message)),
        Some(answer) => Ok(answer),
    }
}

fn other() -> Problem {
    Problem::new(
        ProblemCode::Internal,
        "the running notifier is of another version",
    )
}

/// A chat that is archived and may be seen.
async fn seen(app: &App, access: &Access, of: PushChat) -> Result<wire::PushChat, Problem> {
    let account = app.account(of.account).await?.id;
    let chat = access.scope.chat(of.chat)?;
    app.known(account, chat).await?;
    Ok(wire::PushChat { account, chat })
}

/// Chats that were taken away are not named any more.
fn shown(scope: &Scope, chats: Vec<wire::PushChat>) -> Vec<PushChat> {
    let seen = chats.into_iter().filter(|c| scope.sees(c.chat));
    seen.map(|c| {
        let (AccountId(account), ChatId(chat)) = (c.account, c.chat);
        PushChat { account, chat }
    })
    .collect()
}

fn subscription(scope: &Scope, row: PushSubscriptionRow) -> PushSubscription {
    PushSubscription {
        id: row.id,
        endpoint: row.endpoint,
        chats: row.chats.map(|chats| shown(scope, chats)),
        created_at: row.created_at,
    }
}

/// What browsers subscribe with. A browser whose subscription was made with another key must subscribe anew.
#[utoipa::path(
    tag = "push",
    responses(
        (status = 200, body = PushKey),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/push/key")]
pub(crate) async fn push_key(app: Data<App>, access: Access) -> Result<Json<PushKey>, Problem> {
    user(&app, &access)?;
    match ask(&app, PushRequest::Key).await? {
        PushAnswer::Key { key } => Ok(Json(PushKey { key })),
        _ => Err(other()),
    }
}

/// The user's browsers that are told.
#[utoipa::path(
    operation_id = "push_subscriptions",
    tag = "push",
    responses(
        (status = 200, body = PushSubscriptions),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/push/subscriptions")]
pub(crate) async fn list_subscriptions(
    app: Data<App>,
    access: Access,
) -> Result<Json<PushSubscriptions>, Problem> {
    let user = user(&app, &access)?;
    match ask(&app, PushRequest::List { user }).await? {
        PushAnswer::Subscriptions { subscriptions } => Ok(Json(PushSubscriptions {
            subscriptions: subscriptions
                .into_iter()
                .map(|s| subscription(&access.scope, s))
                .collect(),
        })),
        _ => Err(other()),
    }
}

/// Tells this browser from now on, until its session ends. The same endpoint again replaces what was asked before: also
/// after a new log-in.
#[utoipa::path(
    tag = "push",
    request_body = NewPushSubscription,
    responses(
        (status = 200, body = PushSubscription),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[post("/push/subscriptions")]
pub(crate) async fn push_subscribe(
    app: Data<App>,
    access: Access,
    request: HttpRequest,
    body: Json<NewPushSubscription>,
) -> Result<Json<PushSubscription>, Problem> {
    let user = user(&app, &access)?;
    let token = cookie::token(&request).ok_or_else(other)?;
    let NewPushSubscription {
        endpoint,
        keys,
        chats,
    } = body.into_inner();
    let chats = match chats {
        None => None,
        Some(chats) if chats.len() > CHATS => {
            return Err(Problem::bad(format!(
                "name at most {CHATS} chats, or none for all"
            )));
        }
        Some(chats) => {
            let mut known = Vec::with_capacity(chats.len());
            for chat in chats {
                known.push(seen(&app, &access, chat).await?);
            }
            Some(known)
        }
    };
    let request = PushRequest::Subscribe {
        user,
        session: token_hash(&token),
        endpoint,
        p256dh: keys.p256dh,
        auth: keys.auth,
        chats,
    };
    match ask(&app, request).await? {
        PushAnswer::Subscribed { subscription: row } => Ok(Json(subscription(&access.scope, row))),
        _ => Err(other()),
    }
}

/// Does not tell a browser any more.
#[utoipa::path(
    tag = "push",
    params(("subscription" = i64, Path, description = "Its number.")),
    responses(
        (status = 204, description = "Over"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[delete("/push/subscriptions/{subscription}")]
pub(crate) async fn push_unsubscribe(
    app: Data<App>,
    access: Access,
    path: Path<i64>,
) -> Result<HttpResponse, Problem> {
    let user = user(&app, &access)?;
    ask(&app, PushRequest::Unsubscribe { user, id: *path }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The chats that the user muted, in all browsers.
#[utoipa::path(
    operation_id = "push_mutes",
    tag = "push",
    responses(
        (status = 200, body = PushMutes),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/push/mutes")]
pub(crate) async fn list_mutes(app: Data<App>, access: Access) -> Result<Json<PushMutes>, Problem> {
    let user = user(&app, &access)?;
    match ask(&app, PushRequest::Mutes { user }).await? {
        PushAnswer::Mutes { chats } => Ok(Json(PushMutes {
            chats: shown(&access.scope, chats),
        })),
        _ => Err(other()),
    }
}

async fn mute(app: &App, access: &Access, of: (i64, i64), muted: bool) -> Result<HttpResponse, Problem> {
    let user = user(app, access)?;
    let (account, chat) = of;
    let chat = seen(app, access, PushChat { account, chat }).await?;
    ask(app, PushRequest::Mute { user, chat, muted }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Mutes a chat.
#[utoipa::path(
    tag = "push",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id.")),
    responses(
        (status = 204, description = "Muted"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[put("/push/mutes/{account}/{chat}")]
pub(crate) async fn push_mute(
    app: Data<App>,
    access: Access,
    path: Path<(i64, i64)>,
) -> Result<HttpResponse, Problem> {
    mute(&app, &access, *path, true).await
}

/// Does not mute a chat any more.
#[utoipa::path(
    tag = "push",
    params(("account" = i64, Path, description = "Whose archive."), ("chat" = i64, Path, description = "Marked id.")),
    responses(
        (status = 204, description = "Not muted"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[delete("/push/mutes/{account}/{chat}")]
pub(crate) async fn push_unmute(
    app: Data<App>,
    access: Access,
    path: Path<(i64, i64)>,
) -> Result<HttpResponse, Problem> {
    mute(&app, &access, *path, false).await
}
