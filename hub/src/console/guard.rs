//! The rules of the house, for every request: security headers on every answer, changes only from our own page,
//! a login for whatever tells of boxes, and its CSRF token for whatever changes something.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HOST, ORIGIN, REFERRER_POLICY, RETRY_AFTER,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Console;
use super::logins::Visitor;
use crate::secret::digest;
use crate::words;

/// Only over TLS, only for this host, only for `/`: what the prefix demands of browsers.
pub(super) const COOKIE_NAME: &str = "__Host-velum";
const CSRF_HEADER: &str = "x-csrf-token";
const ANSWER_LIMIT: Duration = Duration::from_secs(75);
const BODY_LIMIT: Duration = Duration::from_secs(10);
const BODY_BYTES: usize = 16 * 1_024;
/// Settings of a camera, with what is around them.
const SETTINGS_BYTES: usize = 300 * 1_024;
const SETTINGS_PATH: &str = "/api/cameras/settings/";
/// Below [`ANSWER_LIMIT`].
const LONG_BODY_LIMIT: Duration = Duration::from_secs(45);
/// Where requests are longer than [`BODY_BYTES`].
const LONG: [&str; 2] = ["/api/plans/upload", "/api/plans/cameras"];

/// Nothing but our own files: no inline script or style, no eval, no frame, no form, no other host.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS: [(HeaderName, &str); 9] = [
    (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), clipboard-read=()",
    ),
];

/// An answer that says no, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) body: RefusalBody,
    pub(super) retry_secs: Option<u64>,
}

/// What the page reads of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct RefusalBody {
    /// For the program.
    pub(super) code: &'static str,
    /// For people.
    pub(super) message: String,
    /// The rule that withheld.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<String>,
    /// What the page puts into its own sentence.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) values: BTreeMap<&'static str, String>,
}

impl Refusal {
    /// By its code: `[refused]` of the catalogue has the sentence.
    pub(super) fn of(status: StatusCode, code: &'static str) -> Self {
        let values = BTreeMap::new();
        let message = words::sentence("refused", code, &values);
        Self { status, body: RefusalBody { code, message, rule: None, values }, retry_secs: None }
    }

    /// Something in the request cannot be.
    pub(super) fn invalid(field: &str, expected: impl ToString, found: impl ToString) -> Self {
        let refusal = Self::of(StatusCode::BAD_REQUEST, "invalid").with("field", field);
        refusal.with("expected", expected).with("found", found)
    }

    /// Something in the request cannot be, in words of its own.
    pub(super) fn worded(words: &str) -> Self {
        Self::of(StatusCode::BAD_REQUEST, "worded").with("words", words)
    }

    /// With a value for the sentence.
    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.body.values.insert(name, value.to_string());
        self.body.message = words::sentence("refused", self.body.code, &self.body.values);
        self
    }

    /// By a rule, which is told as well.
    pub(super) fn by_rule(mut self, rule: &str) -> Self {
        self.body.rule = Some(rule.to_owned());
        self.with("rule", rule)
    }

    /// To be tried again after this time.
    pub(super) fn later(mut self, wait: Duration) -> Self {
        let secs = wait.as_secs().saturating_add(1);
        self.retry_secs = Some(secs);
        self.with("secs", secs).with("min", secs.div_ceil(60))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if let Some(secs) = self.retry_secs {
            response.headers_mut().insert(RETRY_AFTER, secs.into());
        }
        response
    }
}

/// The request with its body read: who sends it byte by byte does not keep a place for long.
async fn whole(request: Request, limit: Duration) -> Result<Request, Refusal> {
    let (head, body) = request.into_parts();
    let most = if head.uri.path().starts_with(SETTINGS_PATH) { SETTINGS_BYTES } else { BODY_BYTES };
    let bytes = read(body, most, limit).await?;
    Ok(Request::from_parts(head, bytes.into()))
}

/// One that says itself that it is too long is so, however slowly it comes.
async fn read(body: Body, most_bytes: usize, limit: Duration) -> Result<Bytes, Refusal> {
    let is_too_long = usize::try_from(body.size_hint().lower()).map_or(true, |bytes| bytes > most_bytes);
    let reading = axum::body::to_bytes(body, most_bytes);
    let bytes = tokio::time::timeout(limit, reading).await;
    let bytes = bytes.map_err(|_| if is_too_long { too_long() } else { too_slow() })?;
    bytes.map_err(|_| too_long())
}

fn too_long() -> Refusal {
    Refusal::of(StatusCode::PAYLOAD_TOO_LARGE, "too_long")
}

fn too_slow() -> Refusal {
    Refusal::of(StatusCode::REQUEST_TIMEOUT, "timeout")
}

/// Whether a request is as long as it needs to be. Its body is read by whoever answers it, who has looked at the login by
/// then: nobody who is not logged in makes the hub hold more than [`BODY_BYTES`].
fn is_long(request: &Request) -> bool {
    LONG.contains(&request.uri().path())
}

/// The whole body of a long request.
pub(super) async fn long_body(body: Body, most_bytes: usize) -> Result<Bytes, Refusal> {
    read(body, most_bytes, LONG_BODY_LIMIT).await
}

/// Around every request.
pub(super) async fn keep_house(console: Arc<Console>, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if changes && !is_from_our_page(request.headers()) {
        Refusal::of(StatusCode::FORBIDDEN, "origin").into_response()
    } else {
        let request = if is_long(&request) { Ok(request) } else { whole(request, BODY_LIMIT).await };
        match request {
            Ok(request) => tokio::time::timeout(ANSWER_LIMIT, next.run(request))
                .await
                .unwrap_or_else(|_| too_slow().into_response()),
            Err(refusal) => refusal.into_response(),
        }
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    // On a developer's own machine it would lock every other program on `localhost` out of plain HTTP.
    if !console.config.public_url.starts_with("https://localhost:") {
        let year = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// Browsers say with every change from which page it comes.
fn is_from_our_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    match (text(ORIGIN), text(HOST)) {
        (Some(origin), Some(host)) => origin.strip_prefix("https://") == Some(host),
        _ => false,
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='))
}

/// A request of somebody who is logged in; where it changes something, with the token that proves our page sent it.
impl FromRequestParts<Arc<Console>> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<Self, Refusal> {
        let now = console.parts.clock.instant();
        let visitor = cookie(&parts.headers)
            .and_then(|secret| console.logins.visitor(secret, now))
            .ok_or_else(|| Refusal::of(StatusCode::UNAUTHORIZED, "not_logged_in"))?;
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            let shown =
                parts.headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
            // Digests are compared, so that the time of the answer does not tell how much of it was right.
            if digest(shown) != digest(&visitor.csrf) {
                return Err(Refusal::of(StatusCode::FORBIDDEN, "csrf"));
            }
        }
        Ok(visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn changes_come_from_our_page_only() {
        let check = |pairs: &[(HeaderName, &'static str)], expected: bool| {
            assert_eq!(is_from_our_page(&headers(pairs)), expected, "{pairs:?}");
        };
        check(&[(ORIGIN, "https://hub:8443"), (HOST, "hub:8443")], true);
        check(&[(ORIGIN, "https://evil.example"), (HOST, "hub:8443")], false);
        check(&[(ORIGIN, "http://hub:8443"), (HOST, "hub:8443")], false);
        check(&[(ORIGIN, "null"), (HOST, "hub:8443")], false);
        check(&[(HOST, "hub:8443")], false);
        check(&[(ORIGIN, "https://hub:8443")], false);
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let check = |value: &'static str, expected: Option<&str>| {
            assert_eq!(cookie(&headers(&[(COOKIE, value)])), expected, "{value}");
        };
        check("a=1; __Host-velum=secret; b=2", Some("secret"));
        check("__Host-velum=secret", Some("secret"));
        check("__Host-velum2=secret", None);
        check("velum=secret", None);
        check("", None);
    }

    #[tokio::test]
    async fn who_sends_slowly_is_not_waited_for_and_who_sends_much_is_refused() {
        let request = |body: Body| Request::builder().uri("/api/login").body(body).unwrap();
        let check = async |body: Body, limit: Duration, expected: Result<usize, u16>| {
            let found = whole(request(body), limit).await;
            let found = match found {
                Ok(request) => Ok(axum::body::to_bytes(request.into_body(), BODY_BYTES).await.unwrap().len()),
                Err(refusal) => Err(refusal.status.as_u16()),
            };
            assert_eq!(found, expected);
        };
        let long = Duration::from_secs(60);
        let never = Body::from_stream(tokio_stream::pending::<Result<Vec<u8>, std::io::Error>>());
        check(never, Duration::from_millis(1), Err(408)).await;
        check(Body::from(vec![0; BODY_BYTES + 1]), long, Err(413)).await;
        check(Body::from(vec![0; BODY_BYTES]), long, Ok(BODY_BYTES)).await;
        let settings = Request::builder().uri("/api/cameras/settings/propose");
        assert!(whole(settings.body(Body::from(vec![0; BODY_BYTES + 1])).unwrap(), long).await.is_ok());
        check(Body::empty(), long, Ok(0)).await;
    }
}
