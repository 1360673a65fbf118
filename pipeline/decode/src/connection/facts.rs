//! What a connection learned while it was made: read by the status, by `probe`, and by who waits for its end.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::DecodeError;

const MOST_FRAMES_PER_SEC: f64 = 240.0;

/// Facts of one connection, written by GStreamer's threads.
#[derive(Default)]
pub(crate) struct Facts(Mutex<Known>);

#[derive(Default)]
struct Known {
    codec: Option<String>,
    decoder: Option<String>,
    hardware: bool,
    size_px: Option<(u32, u32)>,
    declared_fps: Option<f64>,
    arrivals: Arrivals,
    described: bool,
    fault: Option<DecodeError>,
}

/// Time stamps of decoded frames before the rate limit.
#[derive(Default, Clone, Copy)]
struct Arrivals {
    count: u32,
    first: Duration,
    newest: Duration,
}

impl Facts {
    pub(crate) fn set_coding(&self, codec: &str, decoder: &str, hardware: bool) {
        let mut known = self.lock();
        known.codec = Some(codec.to_owned());
        known.decoder = Some(decoder.to_owned());
        known.hardware = hardware;
    }

    /// The camera answered and told of its streams.
    pub(super) fn set_described(&self) {
        self.lock().described = true;
    }

    pub(super) fn is_described(&self) -> bool {
        self.lock().described
    }

    pub(super) fn set_picture(&self, size_px: (u32, u32), declared_fps: Option<f64>) {
        let mut known = self.lock();
        known.size_px = Some(size_px);
        known.declared_fps = declared_fps;
    }

    pub(super) fn count_decoded(&self, at: Duration) {
        let arrivals = &mut self.lock().arrivals;
        if arrivals.count == 0 {
            arrivals.first = at;
        }
        arrivals.count = arrivals.count.saturating_add(1);
        arrivals.newest = arrivals.newest.max(at);
    }

    /// Keeps the first fault: it is the cause of those that follow.
    pub(super) fn set_fault(&self, fault: DecodeError) {
        self.lock().fault.get_or_insert(fault);
    }

    pub(crate) fn fault(&self) -> Option<DecodeError> {
        self.lock().fault.clone()
    }

    pub(crate) fn codec(&self) -> Option<String> {
        self.lock().codec.clone()
    }

    pub(crate) fn decoder(&self) -> Option<String> {
        self.lock().decoder.clone()
    }

    pub(crate) fn is_hardware(&self) -> bool {
        self.lock().hardware
    }

    pub(crate) fn size_px(&self) -> Option<(u32, u32)> {
        self.lock().size_px
    }

    pub(crate) fn decoded(&self) -> u32 {
        self.lock().arrivals.count
    }

    /// Frames a second: measured on the time stamps, or as declared where there are too few.
    pub(crate) fn frames_per_sec(&self) -> Option<f64> {
        let known = self.lock();
        let Arrivals { count, first, newest } = known.arrivals;
        let span_secs = newest.saturating_sub(first).as_secs_f64();
        let measured = (count >= 3 && span_secs > 0.0).then(|| f64::from(count - 1) / span_secs);
        // Sources without time stamps send in bursts, and measure as nonsense.
        measured.filter(|fps| *fps <= MOST_FRAMES_PER_SEC).or(known.declared_fps)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
