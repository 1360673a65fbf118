//! HTTP/1.1 over TLS: connections with a limit on their number and on how long a request's head may take.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_stream::StreamExt as _;

use super::{Console, routes};
use crate::places::Limits;
use crate::tls::{self, Connection};

const PLACES: Limits = Limits { open: 256, open_by_address: 64, handshakes: 64, handshakes_by_address: 16 };
const HEAD_LIMIT: Duration = Duration::from_secs(15);
const HEAD_BYTES: usize = 16 * 1_024;

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct From(pub(super) IpAddr);

/// Serves the console until the hub stops.
pub(crate) async fn serve(
    console: Arc<Console>,
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    stopping: watch::Receiver<bool>,
) {
    let mut stop = std::pin::pin!(stopped(stopping.clone()));
    let router = routes::router(console);
    let mut connections = tls::accept(listener, tls, PLACES, stopping.clone());
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            () = &mut stop => break,
            next = connections.next() => match next {
                Some(Ok(connection)) => {
                    open.spawn(converse(router.clone(), connection, stopping.clone()));
                }
                Some(Err(error)) => tracing::debug!(%error, "a browser's connection failed"),
                None => break,
            },
            Some(_) = open.join_next() => {}
        }
    }
    while open.join_next().await.is_some() {}
}

async fn converse(router: Router, connection: Connection, stopping: watch::Receiver<bool>) {
    let from = connection.address();
    let service = TowerToHyperService::new(router.layer(Extension(From(from))));
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT).max_buf_size(HEAD_BYTES);
    let mut conversation = std::pin::pin!(builder.serve_connection(TokioIo::new(connection), service));
    let ended = tokio::select! {
        ended = conversation.as_mut() => ended,
        () = stopped(stopping) => {
            conversation.as_mut().graceful_shutdown();
            conversation.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%from, %error, "a browser's connection ended badly");
    }
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the hub is gone: stopped as well.
    let _stopped = stopping.wait_for(|stop| *stop).await;
}
