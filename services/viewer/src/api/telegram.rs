//! Logging in to Telegram, for administrators: the process that owns the account does it.

use actix_web::web::{Json, Path};
use actix_web::{get, post};

use crate::access::Admin;
use crate::dto::telegram::{Password, Phone, SignInCode, TelegramState};
use crate::problem::Problem;

/// Who is logged in.
#[utoipa::path(
    tag = "telegram",
    params(("account" = i64, Path, description = "Whose archive.")),
    responses(
        (status = 200, body = TelegramState),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/accounts/{account}/telegram")]
pub(crate) async fn telegram(_admin: Admin, _path: Path<i64>) -> Result<Json<TelegramState>, Problem> {
    Err(Problem::not_found())
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
    _admin: Admin,
    _path: Path<i64>,
    _body: Json<Phone>,
) -> Result<Json<TelegramState>, Problem> {
    Err(Problem::not_found())
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
    _admin: Admin,
    _path: Path<i64>,
    _body: Json<SignInCode>,
) -> Result<Json<TelegramState>, Problem> {
    Err(Problem::not_found())
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
    _admin: Admin,
    _path: Path<i64>,
    _body: Json<Password>,
) -> Result<Json<TelegramState>, Problem> {
    Err(Problem::not_found())
}

/// Shows or renews the QR code, or tells that it was accepted; takes up to ten seconds.
#[utoipa::path(
    tag = "telegram",
    params(("account" = i64, Path, description = "Whose archive.")),
    responses(
        (status = 200, body = TelegramState),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[post("/accounts/{account}/telegram/qr")]
pub(crate) async fn qr(_admin: Admin, _path: Path<i64>) -> Result<Json<TelegramState>, Problem> {
    Err(Problem::not_found())
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
    _admin: Admin,
    _path: Path<i64>,
) -> Result<Json<TelegramState>, Problem> {
    Err(Problem::not_found())
}
