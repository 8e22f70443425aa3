//! The page: files that Vite built, embedded. Names with a hash never change; every other path is the page itself, which
//! knows its own routes.

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH, VARY,
};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::RustEmbed;

use crate::problem::Problem;

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Built;

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Telegram Archive</title>\
    <p>The page was not built into this program. The API is at <a href=/api/openapi.json>/api/openapi.json</a>.\
    <p>To build it: <code>make web</code>, then build the program again.";

/// Any path outside the API.
pub(crate) async fn page(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let path = request.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return Err(Problem::not_found());
    }
    let name = if Built::get(path).is_some() {
        path
    } else {
        "index.html"
    };
    // What looks like a file and is none is no page.
    if name != path && path.starts_with("assets/") {
        return Err(Problem::not_found());
    }
    let Some(plain) = Built::get(name) else {
        return Ok(HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(NOT_BUILT));
    };
    let (encoding, file) = encoded(name, request.headers()).unwrap_or((None, plain));
    let etag = format!("\"{}\"", hex(&file.metadata.sha256_hash()));
    let cache = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let same = request
        .headers()
        .get(IF_NONE_MATCH)
        .is_some_and(|v| v.as_bytes() == etag.as_bytes());
    let mut response = if same {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((CONTENT_TYPE, content_type(name)))
        .insert_header((CACHE_CONTROL, cache))
        .insert_header((VARY, "accept-encoding"))
        .insert_header((ETAG, etag));
    if let Some(encoding) = encoding {
        response.insert_header((CONTENT_ENCODING, encoding));
    }
    Ok(if same {
        response.finish()
    } else {
        response.body(file.data.into_owned())
    })
}

type Found = (Option<&'static str>, rust_embed::EmbeddedFile);

/// The smallest form that the browser takes.
fn encoded(name: &str, headers: &HeaderMap) -> Option<Found> {
    let accepted = headers.get(ACCEPT_ENCODING)?.to_str().ok()?;
    let takes = |word: &str| {
        accepted
            .split(',')
            .any(|part| part.split(';').next().is_some_and(|p| p.trim() == word))
    };
    [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .find_map(|(word, extension)| {
            let file = takes(word).then(|| Built::get(&format!("{name}.{extension}")))??;
            Some((Some(word), file))
        })
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
