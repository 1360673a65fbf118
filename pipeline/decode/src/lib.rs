//! From a camera to closed frames: RTSP, files and test pictures through GStreamer.
//!
//! ```text
//! SourceConfig ─► Connection (one attempt: source ─► depay ─► parse ─► decoder ─► rate limit ─► I420) ─► LatestCell ─► next_frame
//!                     ▲                                                                  │
//!                     └──── CameraStream's thread: reconnects with backoff, watches ◄────┘
//! ```
//!
//! Invariants: a lost camera is a state, never an error of the stream; `captured_at` never goes back;
//! no frame that depends on a missed key frame is put out; no credential reaches a log line or an error text;
//! this crate re-exports the closed [`RawFrame`] and nothing that opens it.

mod source;

mod credentials;

mod config;

mod error;

mod status;

mod stream;

mod reader;

mod probe;

mod connection;

mod decoders;

mod device;

mod picture;

mod colours;

mod timeline;

mod rate;

mod unreferenced;

mod cell;

#[cfg(test)]
mod test_authority;

#[cfg(test)]
mod test_camera;

pub use config::{AtEnd, SourceConfig, Transport};
pub use credentials::Credentials;
pub use decoders::{Codec, Decoder, DecoderChoice, available_decoders};
pub use error::DecodeError;
pub use probe::{ProbeReport, probe};
pub use reader::FrameReader;
pub use source::{RtspAddress, SourceUrl, TestPattern};
pub use status::{NextFrame, StreamState, StreamStatus};
pub use stream::CameraStream;
pub use velum_frame::RawFrame;
pub use velum_vocab::FrameCounts;

/// Starts GStreamer in this process and silences its own log, which could name addresses. May be called often.
///
/// # Errors
/// [`DecodeError::Gstreamer`] where the libraries cannot be used.
pub fn init() -> Result<(), DecodeError> {
    gst::init().map_err(|e| DecodeError::Gstreamer(e.to_string()))?;
    gst::log::set_active(false);
    Ok(())
}
