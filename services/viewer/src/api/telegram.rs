//! Logging in to Telegram, for administrators: the process that owns the account does it.

use actix_web::web::{Data, Json, Path};
use actix_web::{get, post};
use wire::{LoginAnswer, LoginRefusal, LoginStep, VERB_LOGIN};

use crate::access::Admin;
use crate::app::App;
use crate::dto::telegram::{Password, Phone, SignInCode, TelegramRefusal, TelegramState};
use crate::problem::{Problem, ProblemCode};
use crate::rpc;

/// Asks the owner of the account's authorization.
async fn step(app: &App, account: i64, step: LoginStep) -> Result<TelegramState, Problem> {
    let account = app.account(account).await?.id;
    let reads = matches!(step, LoginStep::State);
    if app.config.read_only && !reads {
        return Err(Problem::new(
            ProblemCode::ReadOnly,
            "log in where the archive runs",
        ));
    }
    let within = reads.then_some(rpc::SOON);
    let answer = rpc::ask(&*app.bus, ("fetcher", VERB_LOGIN), account, &step, within).await?;
    Ok(match answer {
        None => TelegramState::NotRunning,
        Some(LoginAnswer::LoggedIn { user }) => TelegramState::LoggedIn { user },
        Some(LoginAnswer::LoggedOut { reason }) => TelegramState::LoggedOut { reason },
        Some(LoginAnswer::CodeSent { by, length }) => TelegramState::CodeSent { by, length },
        Some(LoginAnswer::PasswordNeeded { hint }) => TelegramState::PasswordNeeded { hint },
        Some(LoginAnswer::Show { url, expires }) => TelegramState::Qr { url, expires },
        Some(LoginAnswer::Accepted) => {
            return Err(Problem::new(
                ProblemCode::Internal,
                "the running process is of another version",
            ));
        }
        Some(LoginAnswer::Refused { refusal, message }) => refused(refusal, message),
    })
}

fn refused(refusal: LoginRefusal, message: String) -> TelegramState {
    let (refusal, until) = match refusal {
        LoginRefusal::WrongCode => (TelegramRefusal::WrongCode, None),
        LoginRefusal::CodeExpired => (TelegramRefusal::CodeExpired, None),
        LoginRefusal::WrongPassword => (TelegramRefusal::WrongPassword, None),
        LoginRefusal::WrongPhone => (TelegramRefusal::WrongPhone, None),
        LoginRefusal::WrongApiCredentials => (TelegramRefusal::WrongApiCredentials, None),
        LoginRefusal::Wait { until } => (TelegramRefusal::Wait, Some(until)),
        LoginRefusal::OtherUser => (TelegramRefusal::OtherUser, None),
        LoginRefusal::Other => (TelegramRefusal::Other, None),
    };
    TelegramState::Refused {
        refusal,
        until,
        message,
    }
}

/// Who is logged in.
#[utoipa::path(
    operation_id = "telegram",
    tag = "telegram",
    params(("account" = i64, Path, description = "Whose archive.")),
    responses(
        (status = 200, body = TelegramState),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/telegram")]
pub(crate) async fn get_telegram(
    app: Data<App>,
    _admin: Admin,
    path: Path<i64>,
) -> Result<Json<TelegramState>, Problem> {
    step(&app, *path, LoginStep::State).await.map(Json)
}

/// Sends a code to this number.
#[utoipa::path(
    tag = "telegram",
    params(("account" = i64, Path, description = "Whose archive.")),
    request_body = Phone,
    responses(
        (status = 200, body = TelegramState),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[post("/accounts/{account}/telegram/code")]
pub(crate) async fn request_code(
    app: Data<App>,
    _admin: Admin,
    path: Path<i64>,
    body: Json<Phone>,
) -> Result<Json<TelegramState>, Problem> {
    let phone = body.into_inner().phone;
    step(&app, *path, LoginStep::RequestCode { phone })
        .await
        .map(Json)
}

/// Signs in with the code.
#[utoipa::path(
    tag = "telegram",
    params(("account" = i64, Path, description = "Whose archive.")),
    request_body = SignInCode,
    responses(
        (status = 200, body = TelegramState),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[post("/accounts/{account}/telegram/sign-in")]
pub(crate) async fn sign_in(
    app: Data<App>,
    _admin: Admin,
    path: Path<i64>,
    body: Json<SignInCode>,
) -> Result<Json<TelegramState>, Problem> {
    let code = body.into_inner().code;
    step(&app, *path, LoginStep::SignIn { code }).await.map(Json)
}

/// Answers with the two-factor password.
#[utoipa::path(
    tag = "telegram",
    params(("account" = i64, Path, description = "Whose archive.")),
    request_body = Password,
    responses(
        (status = 200, body = TelegramState),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[post("/accounts/{account}/telegram/password")]
pub(crate) async fn check_password(
    app: Data<App>,
    _admin: Admin,
    path: Path<i64>,
    body: Json<Password>,
) -> Result<Json<TelegramState>, Problem> {
    let password = body.into_inner().password;
    step(&app, *path, LoginStep::CheckPassword { password })
        .await
        .map(Json)
}

/// Shows or renews the QR code, or tells that it was accepted; takes up to ten seconds.
#[utoipa::path(
    operation_id = "qr",
    tag = "telegram",
    params(("account" = i64, Path, description = "Whose archive.")),
    responses(
        (status = 200, body = TelegramState),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[post("/accounts/{account}/telegram/qr")]
pub(crate) async fn show_qr(
    app: Data<App>,
    _admin: Admin,
    path: Path<i64>,
) -> Result<Json<TelegramState>, Problem> {
    step(&app, *path, LoginStep::Qr).await.map(Json)
}

/// Logs out of Telegram and forgets the session; what is archived stays.
#[utoipa::path(
    tag = "telegram",
    params(("account" = i64, Path, description = "Whose archive.")),
    responses(
        (status = 200, body = TelegramState),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[post("/accounts/{account}/telegram/log-out")]
pub(crate) async fn telegram_log_out(
    app: Data<App>,
    _admin: Admin,
    path: Path<i64>,
) -> Result<Json<TelegramState>, Problem> {
    step(&app, *path, LoginStep::LogOut).await.map(Json)
}
