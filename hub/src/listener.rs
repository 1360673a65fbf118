//! HTTP over TLS for browsers and for programs without gRPC: connections with a limit on their number, on how long a request's
//! head may take and on how large it may be. (gRPC has tonic's own server.)

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_stream::StreamExt as _;

use crate::places::Limits;
use crate::tls::{self, Connection};

const PATIENCE: Patience = Patience { head: Duration::from_secs(15), look: Duration::from_secs(20) };
const HEAD_BYTES: usize = 16 * 1_024;
const STREAMS_A_CONNECTION: u32 = 64;

/// For how long whoever is slow is waited for.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// Until the head of a request of HTTP/1.1 is whole.
    head: Duration,
    /// Between looks whether the client of HTTP/2 is still there, and for its answer.
    look: Duration,
}

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaks {
    /// HTTP/1.1 alone.
    Http1,
    /// HTTP/2 as well.
    Http1And2,
}

/// Where somebody knocks.
pub(crate) struct Door {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Arc<rustls::ServerConfig>,
    pub(crate) limits: Limits,
    pub(crate) speaks: Speaks,
}

/// Serves until the hub stops; `router` is asked for each connection, so that it can know whose it is.
pub(crate) async fn serve(
    door: Door,
    router: impl Fn(&Connection) -> Router,
    stopping: watch::Receiver<bool>,
) {
    let mut stop = std::pin::pin!(stopped(stopping.clone()));
    let mut connections = tls::accept(door.listener, door.tls, door.limits, stopping.clone());
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            () = &mut stop => break,
            next = connections.next() => match next {
                Some(Ok(connection)) => {
                    let (from, router) = (connection.address(), router(&connection));
                    let builder = builder(door.speaks, PATIENCE);
                    open.spawn(converse((builder, router), (connection, from), stopping.clone()));
                }
                Some(Err(error)) => tracing::debug!(%error, "a connection failed"),
                None => break,
            },
            Some(_) = open.join_next() => {}
        }
    }
    while open.join_next().await.is_some() {}
}

async fn converse<S>(
    (builder, router): (Builder<TokioExecutor>, Router),
    (connection, from): (S, IpAddr),
    stopping: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(router);
    let mut conversation = std::pin::pin!(builder.serve_connection(TokioIo::new(connection), service));
    let ended = tokio::select! {
        ended = conversation.as_mut() => ended,
        () = stopped(stopping) => {
            conversation.as_mut().graceful_shutdown();
            conversation.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%from, %error, "a connection ended badly");
    }
}

fn builder(speaks: Speaks, patience: Patience) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(patience.head).max_buf_size(HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(patience.look)
        .keep_alive_timeout(patience.look)
        .max_concurrent_streams(STREAMS_A_CONNECTION);
    match speaks {
        Speaks::Http1 => builder.http1_only(),
        Speaks::Http1And2 => builder,
    }
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the hub is gone: stopped as well.
    let _stopped = stopping.wait_for(|stop| *stop).await;
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);
    const SHORT: Duration = Duration::from_millis(1);

    /// Says something, and then nothing; gives what is answered until the other side closes.
    async fn answer_to(said: &[u8], patience: Patience) -> String {
        let router = Router::new().route("/", get(async || "here"));
        let (mut client, server) = tokio::io::duplex(64 * 1_024);
        let stopping = watch::Sender::new(false);
        let serving = (builder(Speaks::Http1And2, patience), router);
        let from = IpAddr::from([192, 0, 2, 1]);
        let conversation = tokio::spawn(converse(serving, (server, from), stopping.subscribe()));
        let _cut = client.write_all(said).await;
        let mut answer = Vec::new();
        let _cut = client.read_to_end(&mut answer).await;
        conversation.await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn a_head_that_does_not_end_is_not_waited_for_and_a_long_one_is_refused() {
        let patient = Patience { head: LONG, look: LONG };
        let whole = b"GET / HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n";
        let answer = answer_to(whole, patient).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("here"), "{answer}");
        let impatient = Patience { head: SHORT, look: LONG };
        let answer = answer_to(b"GET / HTTP/1.1\r\nhost: hub\r\n", impatient).await;
        assert!(!answer.contains("200"), "{answer}");
        let long = format!("GET / HTTP/1.1\r\nhost: hub\r\nx: {}", "x".repeat(2 * HEAD_BYTES));
        let answer = answer_to(long.as_bytes(), patient).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }

    #[tokio::test]
    async fn who_answers_no_look_of_http2_is_not_waited_for() {
        let begun = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
        // It ends, or this test does not.
        answer_to(begun, Patience { head: LONG, look: SHORT }).await;
    }
}
