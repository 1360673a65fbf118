//! What a connection learned while it was made: read by the status, by `probe`, and by who waits for its end.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::DecodeError;

const MOST_FRAMES_PER_SEC: f64 = 240.0;
/// Coded pictures that a decoder may hold before it puts one out. *Source*: H.264 and H.265 hold 16 at most; twice that.
const MOST_HELD: u32 = 32;

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
    offers: Offers,
    arrivals: Arrivals,
    left_out: u32,
    described: bool,
    fault: Option<DecodeError>,
}

/// What the decoder was given.
#[derive(Default, Clone, Copy)]
struct Offers {
    form: bool,
    /// Coded pictures since the newest decoded one.
    since_picture: u32,
    /// The pipeline broke before there was a picture, or it was the decoder that broke it.
    refused: bool,
}

/// Time stamps of frames before the rate limit, decoded or left out before the decoder.
#[derive(Default, Clone, Copy)]
struct Arrivals {
    count: u32,
    first: Duration,
    newest: Duration,
}

impl Arrivals {
    fn add(&mut self, at: Duration) {
        if self.count == 0 {
            self.first = at;
        }
        self.count = self.count.saturating_add(1);
        self.newest = self.newest.max(at);
    }
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

    /// The decoder was told how the video is coded.
    pub(super) fn set_form_offered(&self) {
        self.lock().offers.form = true;
    }

    /// The decoder was given a coded picture.
    pub(super) fn count_offered(&self) {
        let offers = &mut self.lock().offers;
        offers.since_picture = offers.since_picture.saturating_add(1);
    }

    /// GStreamer told of an error, of the decoder itself or of another element: one that refuses a stream leaves
    /// it to the source to complain.
    pub(super) fn note_error(&self, by_element: Option<&str>) {
        let mut known = self.lock();
        let by_decoder = by_element.is_some() && by_element == known.decoder.as_deref();
        let before_any = known.offers.form && known.arrivals.count == 0;
        known.offers.refused |= by_decoder || before_any;
    }

    /// Whether the decoder is one in hardware and does not do its work: it refused the stream, or it was given
    /// more pictures than it may hold and put out none.
    pub(crate) fn has_hardware_failed(&self) -> bool {
        let known = self.lock();
        known.hardware && (known.offers.refused || known.offers.since_picture > MOST_HELD)
    }

    pub(super) fn count_decoded(&self, at: Duration) {
        let mut known = self.lock();
        known.offers.since_picture = 0;
        known.arrivals.add(at);
    }

    /// A picture was not even decoded.
    pub(super) fn count_left_out(&self, at: Duration) {
        let mut known = self.lock();
        known.arrivals.add(at);
        known.left_out = known.left_out.saturating_add(1);
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

    /// Frames that came, decoded or left out.
    pub(crate) fn arrived(&self) -> u32 {
        self.lock().arrivals.count
    }

    /// Of those that came, how many were not even decoded.
    pub(crate) fn left_out(&self) -> u32 {
        self.lock().left_out
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

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(hardware: bool) -> Facts {
        let facts = Facts::default();
        facts.set_coding("H.264", "nvh264dec", hardware);
        facts.set_form_offered();
        facts
    }

    fn offer(facts: &Facts, count: u32) {
        (0..count).for_each(|_| facts.count_offered());
    }

    #[test]
    fn hardware_that_refuses_a_stream_or_swallows_it_has_failed() {
        let check = |expected: bool, what: fn(&Facts)| {
            for hardware in [true, false] {
                let facts = facts(hardware);
                what(&facts);
                assert_eq!(facts.has_hardware_failed(), hardware && expected);
            }
        };
        check(false, |_| {});
        check(true, |facts| facts.note_error(Some("rtspsrc")));
        check(true, |facts| facts.note_error(None));
        check(false, |facts| offer(facts, 32));
        check(true, |facts| offer(facts, 33));
        check(false, |facts| {
            offer(facts, 33);
            facts.count_decoded(Duration::ZERO);
            offer(facts, 1);
            facts.note_error(Some("rtspsrc"));
        });
        check(true, |facts| {
            facts.count_decoded(Duration::ZERO);
            facts.note_error(Some("nvh264dec"));
        });
    }

    #[test]
    fn a_camera_that_sends_nothing_is_not_the_decoders_fault() {
        let facts = Facts::default();
        facts.set_coding("H.264", "nvh264dec", true);
        facts.note_error(Some("rtspsrc"));
        assert!(!facts.has_hardware_failed());
    }
}
