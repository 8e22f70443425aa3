//! What stands before every route of the API: the request's origin, and its session.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HOST, HeaderMap, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};

use super::cookie;
use crate::app::App;
use crate::problem::{Problem, ProblemCode};

/// Lets a request in, with its [`Access`](crate::access::Access). What has none is refused here, whatever its handler
/// forgets; logging in alone needs none.
pub(crate) async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && !same_origin(request.headers()) {
        let detail = "this is only possible from the archive's own page";
        return Err(Problem::new(ProblemCode::ForeignOrigin, detail).into());
    }
    let app = request.app_data::<web::Data<App>>().cloned();
    let app = app.ok_or_else(|| Problem::new(ProblemCode::Internal, "there is no gate"))?;
    match app.gate.access(cookie::token(request.request()).as_deref()).await {
        Ok(access) => {
            request.extensions_mut().insert(access);
        }
        Err(problem) => {
            let logs_in = *request.method() == Method::POST && request.path() == "/api/v1/session";
            if !logs_in {
                return Err(problem.into());
            }
        }
    }
    next.call(request).await
}

/// Browsers say where a request comes from; what is no browser has no cookie to abuse. `Sec-Fetch-Site` is the
/// browser's own word; older ones send `Origin`.
fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match headers.get(ORIGIN) {
        None => true,
        Some(origin) => {
            let authority = origin
                .to_str()
                .ok()
                .and_then(|o| o.split_once("://"))
                .map(|(_, a)| a);
            authority.is_some() && authority == text(HOST.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn other_sites_are_told_from_the_page() {
        let allowed = |headers: &[(&'static str, &'static str)]| {
            let mut request = TestRequest::default().insert_header(("host", "archive.example:8000"));
            for header in headers {
                request = request.insert_header(*header);
            }
            same_origin(request.to_http_request().headers())
        };
        assert!(allowed(&[]));
        assert!(allowed(&[("sec-fetch-site", "same-origin")]));
        assert!(allowed(&[("origin", "https://archive.example:8000")]));
        for foreign in [
            "https://evil.example",
            "https://archive.example",
            "null",
            "https://archive.example:8000.evil",
        ] {
            assert!(!allowed(&[("origin", foreign)]), "{foreign}");
        }
        for site in ["cross-site", "same-site", ""] {
            assert!(!allowed(&[
                ("sec-fetch-site", site),
                ("origin", "https://archive.example:8000")
            ]));
        }
    }
}
