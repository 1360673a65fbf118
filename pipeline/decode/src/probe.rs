//! One connection to see what a source is: for `velum-edge check`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::connection::{Connection, Ending, Flow, Pace};
use crate::{DecodeError, SourceConfig};

/// Frames after which the rate is known well enough.
const ENOUGH_FRAMES: u32 = 10;

/// What a source is.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbeReport {
    /// How the video is coded, for example `H.264`.
    pub codec: String,
    /// The decoder that was taken, for example `avdec_h264`.
    pub decoder: String,
    /// Whether the decoder runs on a graphics or video processor.
    pub hardware: bool,
    /// Width of the source's pictures, pixels.
    pub width_px: u32,
    /// Height of the source's pictures, pixels.
    pub height_px: u32,
    /// Frames a second, measured, or as the source declares; `None` where neither is known.
    pub frames_per_sec: Option<f64>,
}

/// Connects once, decodes some frames, and says what was found. Blocks up to `timeout`.
///
/// # Errors
/// The [`DecodeError`] that keeps the source from playing; [`DecodeError::NoAnswer`],
/// [`DecodeError::Mute`] or [`DecodeError::Silent`] where no picture came in time.
pub fn probe(config: &SourceConfig, timeout: Duration) -> Result<ProbeReport, DecodeError> {
    config.check()?;
    let seen = Arc::new(AtomicBool::new(false));
    let receive = {
        let seen = Arc::clone(&seen);
        Box::new(move |_| {
            seen.store(true, Ordering::SeqCst);
            Flow::Continue
        })
    };
    let connection = Connection::open(config, Pace::RealTime, receive)?;
    let deadline = Instant::now() + timeout;
    loop {
        let ending = connection.wait(Duration::from_millis(20));
        let has_picture = seen.load(Ordering::SeqCst);
        let in_time = Instant::now() < deadline;
        match ending {
            Some(Ending::Fault(fault)) => return Err(fault),
            Some(Ending::EndOfStream) if !has_picture => {
                return Err(DecodeError::NoVideo { address: config.source.to_string() });
            }
            None if !has_picture && !in_time => {
                return Err(connection.silent(timeout.as_secs_f32()));
            }
            None if in_time && !(has_picture && connection.facts().arrived() >= ENOUGH_FRAMES) => {}
            _ => return Ok(report(&connection)),
        }
    }
}

fn report(connection: &Connection) -> ProbeReport {
    let facts = connection.facts();
    let (width_px, height_px) = facts.size_px().unwrap_or_default();
    ProbeReport {
        codec: facts.codec().unwrap_or_default(),
        decoder: facts.decoder().unwrap_or_default(),
        hardware: facts.is_hardware(),
        width_px,
        height_px,
        frames_per_sec: facts.frames_per_sec(),
    }
}

#[cfg(test)]
mod tests;
