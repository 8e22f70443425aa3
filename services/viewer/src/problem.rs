//! What goes wrong, as RFC 9457 problem documents.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use store::StoreError;
use utoipa::ToSchema;

/// What the page decides on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ProblemCode {
    /// Something in the request cannot be read.
    BadRequest,
    /// Nobody is logged in.
    LoginRequired,
    /// The name or the password is wrong.
    WrongCredentials,
    /// This user may not do that.
    Forbidden,
    /// The request came from another site.
    ForeignOrigin,
    /// There is no such thing, or it may not be seen.
    NotFound,
    /// It is not so any more (an incident that was decided).
    Conflict,
    /// The range of bytes is outside the file.
    RangeNotSatisfiable,
    /// Wait, then try again.
    TooManyAttempts,
    /// The archive cannot be written to now.
    ReadOnly,
    /// No process does this now.
    NotRunning,
    /// The database or the bus does not answer now.
    Unavailable,
    /// A fault of ours.
    Internal,
}

/// A problem document (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// `urn:telegram-archive:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for every problem of this type.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What is wrong this time, and the way out.
    pub detail: String,
    /// What the page decides on.
    pub code: ProblemCode,
    /// Seconds to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

impl ProblemCode {
    const fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::BadRequest => (
                StatusCode::BAD_REQUEST,
                "bad-request",
                "The request cannot be read",
            ),
            Self::LoginRequired => (StatusCode::UNAUTHORIZED, "login-required", "Log in first"),
            Self::WrongCredentials => (
                StatusCode::UNAUTHORIZED,
                "wrong-credentials",
                "The name or the password is wrong",
            ),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "This needs an administrator"),
            Self::ForeignOrigin => (
                StatusCode::FORBIDDEN,
                "foreign-origin",
                "The request came from another site",
            ),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "There is no such thing"),
            Self::Conflict => (StatusCode::CONFLICT, "conflict", "It is not so any more"),
            Self::RangeNotSatisfiable => (
                StatusCode::RANGE_NOT_SATISFIABLE,
                "range-not-satisfiable",
                "The range is outside the file",
            ),
            Self::TooManyAttempts => (
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-attempts",
                "Too many attempts",
            ),
            Self::ReadOnly => (
                StatusCode::SERVICE_UNAVAILABLE,
                "read-only",
                "The archive cannot be written to now",
            ),
            Self::NotRunning => (
                StatusCode::SERVICE_UNAVAILABLE,
                "not-running",
                "No process does this now",
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "The archive does not answer now",
            ),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "A fault of the viewer",
            ),
        }
    }
}

impl Problem {
    /// A problem of this type.
    pub(crate) fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        let (status, word, title) = code.parts();
        Self {
            kind: format!("urn:telegram-archive:{word}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            code,
            retry_after: None,
        }
    }

    /// Something in the request cannot be read.
    pub(crate) fn bad(detail: impl Into<String>) -> Self {
        Self::new(ProblemCode::BadRequest, detail)
    }

    /// There is no such thing, or it may not be seen: nothing tells which.
    pub(crate) fn not_found() -> Self {
        Self::new(ProblemCode::NotFound, "it is not archived, or may not be seen")
    }

    /// Says how long to wait.
    #[must_use]
    pub(crate) const fn wait(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title, self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.parts().0
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((CACHE_CONTROL, "no-store"));
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        response
            .insert_header((CONTENT_TYPE, "application/problem+json"))
            .body(serde_json::to_string(self).unwrap_or_default())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_transient() {
            tracing::warn!("{error}");
            return Self::new(
                ProblemCode::Unavailable,
                "the database does not answer now; try again",
            );
        }
        tracing::error!("{error}");
        Self::new(ProblemCode::Internal, "the log of the viewer says what happened")
    }
}
