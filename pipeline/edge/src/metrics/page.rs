//! The local page: `/metrics` and `/healthz`, on loopback and nowhere else.

use std::net::SocketAddr;

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::Metrics;

/// Why an address was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ListenError {
    /// It is no address.
    #[error("expected an address and a port, found `{0}`; write for example `127.0.0.1:9464`")]
    Address(String),
    /// It can be reached from elsewhere.
    #[error(
        "`{0}` can be reached from other machines; metrics are served on loopback only: write `127.0.0.1:{port}` and let a local agent collect them",
        port = .0.port()
    )]
    NotLoopback(SocketAddr),
}

/// Parses an address that only this machine can reach.
pub(crate) fn loopback_address(text: &str) -> Result<SocketAddr, ListenError> {
    let address: SocketAddr = text.parse().map_err(|_| ListenError::Address(text.to_owned()))?;
    if address.ip().is_loopback() { Ok(address) } else { Err(ListenError::NotLoopback(address)) }
}

/// Takes the address, so that a wrong one is found at the start.
///
/// # Errors
/// Where the address is not loopback, or is taken.
pub(crate) async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let address = loopback_address(&address.to_string())?;
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("metrics.listen: `{address}` cannot be used; choose another port, or 0 for any that is free")
    })?;
    tracing::info!(address = %listener.local_addr()?, "metrics are served");
    Ok(listener)
}

/// Serves the page until `shutdown` becomes true.
pub(crate) async fn serve(listener: TcpListener, metrics: Metrics, mut shutdown: watch::Receiver<bool>) {
    let asked = async move {
        // An error means that nobody can ask any more: stop too.
        let _ = shutdown.wait_for(|requested| *requested).await;
    };
    if let Err(error) = axum::serve(listener, routes(metrics)).with_graceful_shutdown(asked).await {
        tracing::error!(%error, "metrics are not served any more");
    }
}

fn routes(metrics: Metrics) -> Router {
    Router::new().route("/metrics", get(metrics_page)).route("/healthz", get(healthz)).with_state(metrics)
}

async fn metrics_page(State(metrics): State<Metrics>) -> Response {
    match metrics.page() {
        Ok(text) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// `ok` while the box runs and can commit what it sees, else 503 and the reason; how its cameras are is on
/// `/metrics`.
async fn healthz(State(metrics): State<Metrics>) -> Response {
    match metrics.trouble() {
        None => "ok\n".into_response(),
        Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_served() {
        let check = |text: &str, expected: Result<(), &str>| {
            let found = loopback_address(text).map(|_| ()).map_err(|error| error.to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{text}");
        };
        check("127.0.0.1:9464", Ok(()));
        check("[::1]:0", Ok(()));
        let open = "`0.0.0.0:9464` can be reached from other machines; metrics are served on loopback only: \
                    write `127.0.0.1:9464` and let a local agent collect them";
        check("0.0.0.0:9464", Err(open));
        let word = "expected an address and a port, found `localhost`; write for example `127.0.0.1:9464`";
        check("localhost", Err(word));
    }

    #[tokio::test]
    async fn listening_elsewhere_is_refused() {
        let refused = bind("0.0.0.0:0".parse().unwrap()).await.unwrap_err();
        assert!(refused.to_string().contains("loopback only"), "{refused}");
    }

    #[tokio::test]
    async fn a_taken_address_names_the_key() {
        let taken = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let refused = bind(taken.local_addr().unwrap()).await.unwrap_err().to_string();
        assert!(
            refused.starts_with("metrics.listen: `127.0.0.1:") && refused.contains("another port"),
            "{refused}"
        );
    }

    #[tokio::test]
    async fn a_shutdown_ends_the_page() {
        let (_sender, shutdown) = watch::channel(true);
        serve(bind("127.0.0.1:0".parse().unwrap()).await.unwrap(), Metrics::new(), shutdown).await;
    }

    #[tokio::test]
    async fn a_box_that_cannot_commit_is_not_well() {
        let metrics = Metrics::new();
        assert_eq!(healthz(State(metrics.clone())).await.status(), StatusCode::OK);
        metrics.set_trouble(Some("outbox: full".to_owned()));
        let answer = healthz(State(metrics.clone())).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        let body = axum::body::to_bytes(answer.into_body(), 1_000).await.unwrap();
        assert_eq!(&body[..], b"outbox: full\n");
        metrics.set_trouble(None);
        assert_eq!(healthz(State(metrics)).await.status(), StatusCode::OK);
    }
}
