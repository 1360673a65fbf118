//! One request, one connection, one answer: what webhooks and XProtect's HTTP have in common.
//!
//! Invariants: redirects are not followed; nothing of an answer is read but its status, its headers and as much of its
//! body as was asked for, all up to a limit. The caller bounds the time.

pub(super) mod answer;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

use super::connection::{ConnectError, Destination};

/// Who asks.
pub(super) const AGENT: &str = concat!("velum-hub/", env!("CARGO_PKG_VERSION"));
/// Of an answer's head.
const HEAD_BYTES: usize = 64 * 1_024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum PostError {
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Whoever answered speaks something else.
    #[error("the target did not answer in HTTP ({0})")]
    Http(#[from] hyper::Error),
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// Its beginning, as far as it was asked for.
    pub(super) body: Bytes,
}

/// Posts a request, and reads so much of the body of the answer.
///
/// # Errors
/// [`PostError`].
pub(super) async fn post(
    to: &Destination,
    request: Request<Full<Bytes>>,
    body_bytes: usize,
) -> Result<Answer, PostError> {
    let stream = TokioIo::new(to.connect().await?);
    let mut http = hyper::client::conn::http1::Builder::new();
    let (mut sender, connection) = http.max_buf_size(HEAD_BYTES).handshake(stream).await?;
    // Ends with this attempt.
    let mut connections = JoinSet::new();
    connections.spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    Ok(Answer { status: head.status, headers: head.headers, body: beginning(body, body_bytes).await? })
}

async fn beginning(mut body: Incoming, most_bytes: usize) -> Result<Bytes, hyper::Error> {
    let mut read = BytesMut::new();
    while read.len() < most_bytes
        && let Some(frame) = body.frame().await
    {
        if let Some(data) = frame?.data_ref() {
            read.extend_from_slice(data);
        }
    }
    read.truncate(most_bytes);
    Ok(read.freeze())
}
