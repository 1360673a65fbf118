//! What went wrong, as a program reads it. *Source*: RFC 9457, problem details.

use axum::extract::rejection::QueryRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tonic::{Code, Status};

/// A refusal or a failure.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    /// A field of the request.
    pub(super) fn invalid(field: &str, expected: &str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, detail: format!("{field}: expected {expected}") }
    }

    pub(super) fn not_found() -> Self {
        let detail = "no such path; /v1/openapi.json lists them".to_owned();
        Self { status: StatusCode::NOT_FOUND, detail }
    }

    pub(super) fn only_get() -> Self {
        let detail = "only GET: nothing is changed here; /v1/openapi.json lists what can be asked".to_owned();
        Self { status: StatusCode::METHOD_NOT_ALLOWED, detail }
    }

    pub(super) fn status(&self) -> u16 {
        self.status.as_u16()
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }
}

impl From<Status> for Problem {
    fn from(of: Status) -> Self {
        let status = match of.code() {
            Code::InvalidArgument | Code::OutOfRange => StatusCode::BAD_REQUEST,
            Code::Unauthenticated => StatusCode::UNAUTHORIZED,
            Code::PermissionDenied => StatusCode::FORBIDDEN,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::FailedPrecondition => StatusCode::CONFLICT,
            Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
            Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, detail: of.message().to_owned() }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self { status: StatusCode::BAD_REQUEST, detail: rejection.body_text() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("error"),
            "status": self.status(),
            "detail": self.detail,
        });
        let media_type = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status, media_type, body.to_string()).into_response()
    }
}
