//! The page: `/metrics` and `/healthz`. Without encryption and without asking who reads, so that hub.toml lets it be on
//! loopback only, unless it says otherwise in so many words.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::Looker;

/// Serves the page until the hub stops.
pub(crate) async fn serve(listener: TcpListener, looker: Arc<Looker>, mut stopping: watch::Receiver<bool>) {
    let stopped = async move {
        // An error means that the hub is gone: stopped as well.
        let _stopped = stopping.wait_for(|stop| *stop).await;
    };
    if let Err(error) = axum::serve(listener, routes(looker)).with_graceful_shutdown(stopped).await {
        tracing::error!(%error, "metrics are not served any more");
    }
}

fn routes(looker: Arc<Looker>) -> Router {
    Router::new().route("/metrics", get(metrics_page)).route("/healthz", get(healthz)).with_state(looker)
}

async fn metrics_page(State(looker): State<Arc<Looker>>) -> Response {
    // What is in the way is on the page, too: as a look that failed.
    let _told = looker.look().await;
    match looker.page() {
        Ok(text) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// `ok` while the hub can read its own store, else 503 and the reason.
async fn healthz(State(looker): State<Arc<Looker>>) -> Response {
    match looker.look().await {
        None => "ok\n".into_response(),
        Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
    }
}
