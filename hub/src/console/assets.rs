//! The page itself: built from `hub/console/`, embedded in the program, and its words. It holds no data.

use axum::Json;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::words;

/// The catalogue of the page's words: who logs in reads some already.
const WORDS: &str = "/words.json";

/// One file of the page.
struct Asset {
    path: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

const ASSETS: &[Asset] = &[
    Asset {
        path: "/",
        media_type: "text/html; charset=utf-8",
        bytes: include_bytes!("../../console/dist/index.html"),
    },
    Asset {
        path: "/console.js",
        media_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../../console/dist/console.js"),
    },
    Asset {
        path: "/console.css",
        media_type: "text/css; charset=utf-8",
        bytes: include_bytes!("../../console/dist/console.css"),
    },
    Asset {
        path: "/icon.svg",
        media_type: "image/svg+xml",
        bytes: include_bytes!("../../console/dist/icon.svg"),
    },
];

/// The file at a path, for a browser that wants these languages.
pub(super) fn at(path: &str, accept_language: &str) -> Option<Response> {
    if path == WORDS {
        return Some(Json(words::catalogue(accept_language)).into_response());
    }
    let asset = ASSETS.iter().find(|asset| asset.path == path)?;
    Some(([(CONTENT_TYPE, asset.media_type)], asset.bytes).into_response())
}
