//! How a policy wants one camera's pictures masked, and the digest by which it is known whether it still does.
//!
//! The digest is the SHA-256 of all that decides the mask, and whether it is believed: `[redaction]` but
//! `imagery_egress`, which is judged by itself; `max_fps` and `raw_lifetime` of `[capture]`; and the private areas,
//! in the order of the file. A field of `[redaction]` that nobody wrote here does not compile.
//! ```text
//! text "velum redaction terms 1" · list of text targets · text method · f64 margin · f64 min_confidence
//! · u32 hold_frames · u32 lookahead_frames · text on_detector_failure · text on_overload · text on_low_light
//! · time max_detector_age · time canary_interval · text canary_action · u8 metadata_strip · u32 max_fps
//! · time raw_lifetime · list of private areas, each a list of f64 x · f64 y
//! ```
//! Integers and the bits of f64 big-endian; a list is u32 count and its parts, a text u32 bytes and UTF-8, as the
//! file has it; a time u64 seconds · u32 nanoseconds.

use std::time::Duration;

use velum_policy::CameraPolicy;
use velum_policy::layers::{Method, Redaction, Target};
use velum_vocab::{Digest, Polygon};

/// What is digested begins with this; another encoding begins otherwise.
const ENCODING: &str = "velum redaction terms 1";

/// How the policy wants the pictures of one camera masked: plain values. What the
/// policy does not say is as strict as can be, and then hardly any picture can be made.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RedactionTerms {
    /// How a region is masked.
    pub method: Method,
    /// Whether number plates must be masked, and so whole vehicles found.
    pub masks_plates: bool,
    /// By how much a mask is grown, as a share of its own sides.
    pub margin_fraction: f64,
    /// Detections from this score on are masked.
    pub min_score: f64,
    /// For how many frames after a thing was seen it stays masked.
    pub hold_frames: u32,
    /// How many later frames are waited for.
    pub lookahead_frames: u32,
    /// How old a detection may be.
    pub max_detector_age: Duration,
    /// How often a synthetic face must be found.
    pub canary_interval: Duration,
    /// The most frames a second that may be analysed: what the frames above mean in time.
    pub max_fps: u32,
    /// How long a raw frame may be in memory.
    pub raw_lifetime: Duration,
    /// Never shown.
    pub private_areas: Vec<Polygon>,
    /// Of these and all else that decides the mask. A picture that was made by these terms says so with it.
    pub digest: Digest,
}

impl RedactionTerms {
    /// Of the camera's redaction, capture and zones.
    pub(crate) fn of(camera: &CameraPolicy) -> Self {
        let redaction = &camera.redaction;
        let max_fps = camera.capture.max_fps.0;
        let raw_lifetime = camera.capture.raw_lifetime.0.get();
        let private_areas = camera.private_areas.clone();
        Self {
            method: redaction.method,
            masks_plates: redaction.targets.contains(&Target::Plate),
            margin_fraction: redaction.margin.0.get(),
            min_score: redaction.min_confidence.0.get(),
            hold_frames: redaction.hold_frames.0,
            lookahead_frames: redaction.lookahead_frames.0,
            max_detector_age: redaction.max_detector_age.0.get(),
            canary_interval: redaction.canary_interval.0.get(),
            max_fps,
            raw_lifetime,
            digest: digest(redaction, (max_fps, raw_lifetime), &private_areas),
            private_areas,
        }
    }
}

fn digest(
    redaction: &Redaction,
    (max_fps, raw_lifetime): (u32, Duration),
    private_areas: &[Polygon],
) -> Digest {
    let Redaction {
        imagery_egress: _,
        targets,
        method,
        margin,
        min_confidence,
        hold_frames,
        lookahead_frames,
        on_detector_failure,
        on_overload,
        on_low_light,
        max_detector_age,
        canary_interval,
        canary_action,
        metadata_strip,
    } = redaction;
    let mut out = Canonical::default();
    out.text(ENCODING);
    out.list(targets.0.iter(), |out, target| out.text(target.name()));
    out.text(method.name());
    out.f64(margin.0.get());
    out.f64(min_confidence.0.get());
    out.u32(hold_frames.0);
    out.u32(lookahead_frames.0);
    [on_detector_failure, on_overload, on_low_light].into_iter().for_each(|action| out.text(action.name()));
    out.time(max_detector_age.0.get());
    out.time(canary_interval.0.get());
    out.text(canary_action.name());
    out.0.push(u8::from(metadata_strip.0));
    out.u32(max_fps);
    out.time(raw_lifetime);
    out.list(private_areas.iter(), |out, area| {
        out.list(area.fractions().iter(), |out, (x, y)| {
            out.f64(*x);
            out.f64(*y);
        });
    });
    Digest::of(&out.0)
}

/// The bytes that are digested.
#[derive(Default)]
struct Canonical(Vec<u8>);

impl Canonical {
    fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    fn f64(&mut self, value: f64) {
        self.0.extend_from_slice(&value.to_bits().to_be_bytes());
    }

    fn time(&mut self, time: Duration) {
        self.0.extend_from_slice(&time.as_secs().to_be_bytes());
        self.u32(time.subsec_nanos());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn list<T>(&mut self, parts: impl ExactSizeIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.count(parts.len());
        parts.for_each(|part| write(self, part));
    }

    /// More than this cannot be held in memory.
    fn count(&mut self, count: usize) {
        self.u32(u32::try_from(count).unwrap_or(u32::MAX));
    }
}
