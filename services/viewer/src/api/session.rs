//! Logging in and out.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};

use crate::access::Access;
use crate::app::App;
use crate::auth::sessions::Remembered;
use crate::auth::{cookie, limits, password, random_token, token_hash};
use crate::dto::session::{Account, Credentials, Role, Session};
use crate::problem::{Problem, ProblemCode};

const DAY: i64 = 86_400;
/// Longer ones are no password of anybody.
const PASSWORD_BYTES: usize = 1024;

async fn told(app: &App, access: &Access) -> Result<Session, Problem> {
    let accounts = app.store.accounts().await?.into_iter().map(|a| Account {
        id: a.id.0,
        name: a.session_name,
        user_id: a.user_id,
    });
    Ok(Session {
        name: access.name.clone(),
        role: if access.admin { Role::Admin } else { Role::Reader },
        anonymous: access.anonymous,
        expires_at: access.expires_at,
        time_zone: app.config.time_zone.iana_name().unwrap_or("UTC").to_owned(),
        show_stats: app.config.show_stats,
        push: app.config.push,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        is_telegram: app.config.is_telegram,
        read_only: app.config.read_only,
        accounts: accounts.collect(),
    })
}

/// The session of this request.
#[utoipa::path(
    operation_id = "session",
    tag = "session",
    responses(
        (status = 200, body = Session),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/session")]
pub(crate) async fn get_session(app: Data<App>, access: Access) -> Result<Json<Session>, Problem> {
    told(&app, &access).await.map(Json)
}

/// Logs in; sets the cookie `telegram_archive_session`.
#[utoipa::path(
    tag = "session",
    request_body = Credentials,
    responses(
        (status = 200, body = Session),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[post("/session")]
pub(crate) async fn log_in(
    app: Data<App>,
    request: HttpRequest,
    body: Json<Credentials>,
) -> Result<HttpResponse, Problem> {
    let Credentials { name, password } = body.into_inner();
    if let Err(seconds) = app
        .limits
        .attempt(limits::address(&request, &app.config.trusted_proxies), &name)
    {
        let detail = format!("wait {seconds} seconds, then try again");
        return Err(Problem::new(ProblemCode::TooManyAttempts, detail).wait(seconds));
    }
    let user = app.gate.user(&name).await?;
    let hash = user.as_ref().map(|u| u.password_hash.clone());
    let long = password.len() > PASSWORD_BYTES;
    let right = !long && password::check(&app.turns, password, hash).await;
    let Some(user) = user.filter(|_| right) else {
        return Err(Problem::new(ProblemCode::WrongCredentials, "try again"));
    };
    let seconds = i64::from(app.config.session_days.max(1)) * DAY;
    let expires_at = app.clock.now_micros() + seconds * 1_000_000;
    let token = random_token();
    if let Some(sessions) = &app.gate.sessions {
        let session = Remembered {
            name: user.name,
            password_hash: user.password_hash,
            expires_at,
        };
        sessions.begin(token_hash(&token), session, app.clock.now_micros());
    } else {
        app.store
            .open_viewer_session(&token_hash(&token), &user.name, expires_at)
            .await?;
    }
    let access = app.gate.access(Some(&token)).await?;
    Ok(HttpResponse::Ok()
        .cookie(cookie::of(token, seconds, &request))
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(told(&app, &access).await?))
}

/// Logs out: the session ends, and so do its streams.
#[utoipa::path(
    tag = "session",
    responses(
        (status = 204, description = "Over"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[delete("/session")]
pub(crate) async fn log_out(
    app: Data<App>,
    _access: Access,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    if let Some(token) = cookie::token(&request) {
        let token_hash = token_hash(&token);
        match &app.gate.sessions {
            Some(sessions) => sessions.end(&token_hash),
            None => app.store.end_viewer_session(&token_hash).await?,
        }
        app.hub.ended.send_modify(|n| *n += 1);
    }
    Ok(HttpResponse::NoContent().cookie(cookie::gone(&request)).finish())
}
