//! JSON of the API, compressed. The stream of events is not: it would be held back. Files are not: they are compressed
//! already, and are asked for in ranges.
//!
//! What an answer's length tells about its content matters to somebody who can cause answers and see their length
//! (BREACH). Only the page causes compressed ones: what another site makes a browser ask for is sent as it is.

use actix_web::Error;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, VARY};
use actix_web::middleware::Next;

/// Shorter answers would not gain.
const SHORTEST: u64 = 1024;
const AS_IT_IS: HeaderValue = HeaderValue::from_static("identity");

/// Inside of `Compress`, which leaves alone what has an encoding.
pub(crate) async fn choose(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let own = asked_by_the_page(request.headers());
    let mut response = next.call(request).await?;
    let is_long = match response.response().body().size() {
        BodySize::Sized(length) => length >= SHORTEST,
        BodySize::None | BodySize::Stream => false,
    };
    if !(own && is_long && is_json(response.headers())) {
        response.headers_mut().insert(CONTENT_ENCODING, AS_IT_IS);
    }
    Ok(response)
}

/// Outside of `Compress`: no encoding is what it means.
pub(crate) async fn tidy(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    if headers.get(CONTENT_ENCODING) == Some(&AS_IT_IS) {
        headers.remove(CONTENT_ENCODING);
    }
    if is_json(headers) {
        let depends = HeaderValue::from_static("accept-encoding, sec-fetch-site");
        headers.insert(VARY, depends);
    }
    Ok(response)
}

/// Over http browsers do not say: there are no secrets to tell by lengths then.
fn asked_by_the_page(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_none_or(|site| site == "same-origin")
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/") && kind.contains("json"))
}
