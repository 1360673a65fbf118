//! What a stream tells of itself.

use velum_frame::RawFrame;
use velum_vocab::{FrameCounts, Timestamp};

/// What [`CameraStream::next_frame`](crate::CameraStream::next_frame) found.
#[derive(Debug)]
pub enum NextFrame {
    /// The newest frame, not seen before.
    Frame(RawFrame),
    /// No new frame within the time given; the state says why.
    Waiting,
    /// The file is at its end; no frame will come any more.
    Finished,
}

/// What a stream is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StreamState {
    /// The first connection is being made.
    Connecting,
    /// Frames arrive.
    Playing,
    /// The camera is lost; connections are tried again and again.
    Lost,
    /// The file is at its end.
    Finished,
}

impl StreamState {
    /// The name in logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Playing => "playing",
            Self::Lost => "lost",
            Self::Finished => "finished",
        }
    }
}

/// A stream's state at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamStatus {
    /// What it is doing.
    pub state: StreamState,
    /// Since when.
    pub since: Timestamp,
    /// The decoder's element, for example `avdec_h264`; `None` before the first connection.
    pub decoder: Option<String>,
    /// What became of the frames, over all connections.
    pub counts: FrameCounts,
    /// How often the camera was lost.
    pub losses: u64,
    /// Why it was lost last; kept while it plays again. Holds no credential.
    pub last_error: Option<String>,
}
