//! A file that a person takes along: streamed, never held whole in memory.

use std::fs::File;
use std::io::Read as _;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

const CHUNK_BYTES: usize = 64 * 1_024;
/// Chunks that are read before the browser took those before.
const AHEAD: usize = 4;

/// A zip archive under a name of ours, of letters, digits, `-` and `.`.
pub(super) fn zip(archive: File, name: &str) -> Response {
    let (chunks, body) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || read(archive, &chunks));
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(CONTENT_TYPE, "application/zip".to_owned()), (CONTENT_DISPOSITION, disposition)];
    (headers, Body::from_stream(ReceiverStream::new(body))).into_response()
}

/// To the end, or until nobody takes it; an error cuts the download off, so that it is not taken for whole.
fn read(mut file: File, chunks: &mpsc::Sender<std::io::Result<Bytes>>) {
    loop {
        let mut chunk = vec![0; CHUNK_BYTES];
        let read = file.read(&mut chunk).map(|length| {
            chunk.truncate(length);
            Bytes::from(chunk)
        });
        let is_end = read.as_ref().map_or(true, Bytes::is_empty);
        if read.as_ref().is_ok_and(Bytes::is_empty) || chunks.blocking_send(read).is_err() || is_end {
            return;
        }
    }
}
