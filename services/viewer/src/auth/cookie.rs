//! The cookie of a session.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time};

const NAME: &str = "telegram_archive_session";

/// What the request came with.
pub(crate) fn token(request: &HttpRequest) -> Option<String> {
    request.cookie(NAME).map(|c| c.value().to_owned())
}

/// To set: the browser alone reads it, and no other site sends it along.
pub(crate) fn of(token: String, seconds: i64, request: &HttpRequest) -> Cookie<'static> {
    Cookie::build(NAME, token)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(request.connection_info().scheme() == "https")
        .max_age(time::Duration::seconds(seconds))
        .finish()
}

/// To forget it.
pub(crate) fn gone(request: &HttpRequest) -> Cookie<'static> {
    of(String::new(), 0, request)
}
