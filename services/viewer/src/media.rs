//! Sending files: safe types, ranges, names.

use std::ops::Range;
use std::sync::Arc;

use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderMap, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures::stream;
use model::StoredFile;

use crate::files::Files;
use crate::problem::{Problem, ProblemCode};

/// Bytes of one piece on its way from the store of files to the browser.
const PIECE: u64 = 256 << 10;
/// A file is no page of ours, whatever it holds.
const POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// Types that a browser shows and that run nothing. SVG, HTML, PDF and all that is not known are downloads.
pub(crate) fn is_inline(mime: &str) -> bool {
    matches!(
        mime,
        "image/jpeg"
            | "image/png"
            | "image/gif"
            | "image/webp"
            | "image/avif"
            | "image/bmp"
            | "video/mp4"
            | "video/webm"
            | "video/quicktime"
            | "video/ogg"
            | "audio/ogg"
            | "audio/mpeg"
            | "audio/mp4"
            | "audio/x-m4a"
            | "audio/aac"
            | "audio/flac"
            | "audio/x-flac"
            | "audio/wav"
            | "audio/x-wav"
            | "audio/webm"
            | "audio/opus"
    )
}

/// What is sent.
pub(crate) struct Sent<'a> {
    /// Its bytes.
    pub file: &'a StoredFile,
    /// Of what its sender said it was.
    pub mime: &'a str,
    /// As its sender named it.
    pub name: Option<&'a str>,
    /// Asked for as a download.
    pub download: bool,
}

/// Answers with a file, or with the range of it that was asked for.
pub(crate) async fn send(
    files: &Arc<dyn Files>,
    request: &HttpRequest,
    sent: Sent<'_>,
) -> Result<HttpResponse, Problem> {
    let size = sent.file.size.max(0) as u64;
    let etag = format!("\"{}\"", hex(&sent.file.sha256));
    let headers = request.headers();
    if text(headers, IF_NONE_MATCH.as_str())
        .is_some_and(|v| v == "*" || v.split(',').any(|t| t.trim() == etag))
    {
        return Ok(HttpResponse::NotModified()
            .insert_header((ETAG, etag))
            .insert_header((CACHE_CONTROL, "private, no-cache"))
            .finish());
    }
    // A range of another version of the file is no range of this one.
    let asked = text(headers, RANGE.as_str())
        .filter(|_| text(headers, IF_RANGE.as_str()).is_none_or(|tag| tag == etag));
    let range = match asked.map(|r| range(r, size)) {
        None | Some(Asked::Whole) => None,
        Some(Asked::Part(range)) => Some(range),
        Some(Asked::Outside) => {
            let mut response = actix_web::ResponseError::error_response(&Problem::new(
                ProblemCode::RangeNotSatisfiable,
                format!("the file has {size} bytes"),
            ));
            if let Ok(value) = format!("bytes */{size}").parse() {
                response.headers_mut().insert(CONTENT_RANGE, value);
            }
            return Ok(response);
        }
    };
    let whole = 0..size;
    let bytes = range.clone().unwrap_or(whole);
    // The first piece says whether the file is there at all.
    let first = piece(
        &**files,
        sent.file,
        bytes.start..bytes.end.min(bytes.start + PIECE),
    )
    .await?;
    let shown = is_inline(sent.mime);
    let kind = if shown {
        sent.mime
    } else {
        "application/octet-stream"
    };
    let mut response = if range.is_some() {
        HttpResponse::PartialContent()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((
            CONTENT_DISPOSITION,
            disposition(shown && !sent.download, sent.name),
        ))
        .insert_header((ACCEPT_RANGES, "bytes"))
        .insert_header((ETAG, etag))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header(("content-security-policy", POLICY))
        .insert_header((CONTENT_LENGTH, bytes.end - bytes.start));
    if let Some(range) = range {
        response.insert_header((
            CONTENT_RANGE,
            format!("bytes {}-{}/{size}", range.start, range.end - 1),
        ));
    }
    let rest = bytes.start + first.len() as u64..bytes.end;
    let (files, file) = (Arc::clone(files), sent.file.clone());
    let later = stream::try_unfold(rest, move |left| {
        let (files, file) = (Arc::clone(&files), file.clone());
        async move {
            if left.is_empty() {
                return Ok(None);
            }
            let bytes = piece(&*files, &file, left.start..left.end.min(left.start + PIECE)).await?;
            let next = left.start + bytes.len() as u64..left.end;
            Ok::<_, Problem>(Some((bytes, next)))
        }
    });
    let body = futures::StreamExt::chain(stream::iter([Ok(first)]), later);
    Ok(response.no_chunking(bytes.end - bytes.start).streaming(body))
}

async fn piece(files: &dyn Files, file: &StoredFile, range: Range<u64>) -> Result<Bytes, Problem> {
    if range.is_empty() {
        return Ok(Bytes::new());
    }
    let read = files.read(&file.sha256, range.clone()).await;
    match read {
        Ok(Some(bytes)) if !bytes.is_empty() && bytes.len() as u64 <= range.end - range.start => Ok(bytes),
        Ok(_) => {
            tracing::warn!("a file that the archive remembers is not where files are kept");
            Err(Problem::not_found())
        }
        Err(reason) => {
            tracing::warn!("a file cannot be read: {reason}");
            Err(Problem::new(
                ProblemCode::Unavailable,
                "files cannot be read now; the log says why",
            ))
        }
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|v| v.to_str().ok())
}

/// What a range header asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// Nothing that is understood, or several ranges: all.
    Whole,
    Part(Range<u64>),
    Outside,
}

fn range(header: &str, size: u64) -> Asked {
    let Some((first, last)) = header.strip_prefix("bytes=").and_then(|r| r.split_once('-')) else {
        return Asked::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    match (first.trim().is_empty(), number(first), number(last)) {
        (false, Some(first), _) if first >= size => Asked::Outside,
        (false, Some(first), Some(last)) if last >= first => {
            Asked::Part(first..size.min(last.saturating_add(1)))
        }
        (false, Some(first), None) if last.trim().is_empty() => Asked::Part(first..size),
        (true, None, Some(0)) => Asked::Outside,
        (true, None, Some(_)) if size == 0 => Asked::Outside,
        (true, None, Some(last)) => Asked::Part(size.saturating_sub(last)..size),
        _ => Asked::Whole,
    }
}

/// RFC 6266, with the name in RFC 8187's form and a plain one for those who do not know it. Nothing that orders text
/// anew, leads elsewhere or ends a header is left in it.
fn disposition(inline: bool, name: Option<&str>) -> String {
    let word = if inline { "inline" } else { "attachment" };
    let clean: String = name
        .unwrap_or_default()
        .chars()
        .map(|c| match c {
            '/' | '\\' | '"' | ':' | '*' | '?' | '<' | '>' | '|' => '_',
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => '_',
            c if c.is_control() => '_',
            c => c,
        })
        .take(120)
        .collect();
    let clean = clean.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if clean.is_empty() {
        return word.to_owned();
    }
    let plain: String = clean
        .chars()
        .map(|c| if c.is_ascii() && c != '%' { c } else { '_' })
        .collect();
    let encoded: String = clean
        .bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect();
    format!("{word}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_the_file() {
        for (header, expected) in [
            ("bytes=0-3", Asked::Part(0..4)),
            ("bytes=4-", Asked::Part(4..10)),
            ("bytes=-3", Asked::Part(7..10)),
            ("bytes=-99", Asked::Part(0..10)),
            ("bytes=2-99", Asked::Part(2..10)),
            ("bytes=0-18446744073709551615", Asked::Part(0..10)),
            ("bytes=10-", Asked::Outside),
            ("bytes=-0", Asked::Outside),
            ("bytes=5-2", Asked::Whole),
            ("bytes=0-1,4-5", Asked::Whole),
            ("items=0-1", Asked::Whole),
            ("bytes=", Asked::Whole),
            ("bytes=-", Asked::Whole),
        ] {
            assert_eq!(range(header, 10), expected, "{header}");
        }
        assert_eq!(range("bytes=0-", 0), Asked::Outside);
    }

    #[test]
    fn names_stay_names() {
        assert_eq!(
            disposition(false, Some("Grüße \"x\".pdf")),
            "attachment; filename=\"Gr__e _x_.pdf\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20_x_.pdf"
        );
        assert_eq!(disposition(true, None), "inline");
        assert_eq!(disposition(false, Some("...")), "attachment");
        for name in [
            "../../etc/passwd",
            "a\r\nset-cookie: x",
            "ev\u{202e}gpj.exe",
            "a;b\"c",
        ] {
            let header = disposition(false, Some(name));
            assert!(!header.contains(['\r', '\n', '/', '\u{202e}']), "{header}");
            assert_eq!(header.matches('"').count(), 2, "{header}");
        }
    }

    #[test]
    fn what_could_run_is_a_download() {
        for mime in [
            "image/svg+xml",
            "text/html",
            "application/pdf",
            "application/xhtml+xml",
            "",
            "image/jpeg; x",
        ] {
            assert!(!is_inline(mime), "{mime}");
        }
        assert!(is_inline("image/webp") && is_inline("audio/ogg"));
    }
}
