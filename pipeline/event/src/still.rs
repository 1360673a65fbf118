//! A redacted picture on its way to the outbox, and the order by which it may leave it.

use std::fmt;
use std::time::Duration;

use velum_gate::{AlertStill, EventKind, Releasable, ReleasedTime, StillAsked};
use velum_vocab::{CameraId, Digest, EventId, Timestamp};

/// As the protocol says.
pub const LARGEST_STILL_BYTES: usize = 3 * 1_024 * 1_024;

/// Why there is no still of a picture that was released.
#[derive(Debug, thiserror::Error)]
pub enum StillError {
    /// It could not be encoded.
    #[error("the redacted picture cannot be encoded; no still is kept")]
    Encode(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is larger than the protocol lets a still be.
    #[error(
        "a still of {bytes} bytes: expected at most {LARGEST_STILL_BYTES}; lower `analysed_width_px` of the camera"
    )]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
}

impl StillError {
    /// The code in counters and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Encode(_) => "encode",
            Self::TooLarge { .. } => "too_large",
        }
    }
}

/// A redacted, verified and released picture of one alert, as JPEG without metadata. It shows nothing when it is
/// printed.
#[derive(Clone, PartialEq)]
pub struct Still {
    facts: StillFacts,
    jpeg: Vec<u8>,
}

/// What is known of a still beside the picture. It stays on the box.
#[derive(Debug, Clone, PartialEq)]
pub struct StillFacts {
    /// Which camera.
    pub camera: CameraId,
    /// Of what kind of alert.
    pub kind: EventKind,
    /// When the picture was taken.
    pub captured_at: Timestamp,
    /// How long it may be kept, by the policy under which it was.
    pub retention: Duration,
    /// Width, pixels.
    pub width_px: u32,
    /// Height, pixels.
    pub height_px: u32,
    /// The share of the picture that is painted over, 0..=1.
    pub covered_fraction: f64,
    /// By which terms it was masked, see `RedactionTerms::digest` of the gate.
    pub redaction_terms: Digest,
    /// The models that made the mask, and that which verified it.
    pub models: Vec<Digest>,
}

impl Still {
    /// Of a released picture; the picture itself is gone when this returns.
    ///
    /// # Errors
    /// [`StillError`]; there is no still then.
    pub fn assemble(released: Releasable<AlertStill>) -> Result<Self, StillError> {
        let released = released.into_released();
        let picture = released.picture;
        let jpeg = picture.encode_jpeg().map_err(|error| StillError::Encode(Box::new(error)))?;
        if jpeg.len() > LARGEST_STILL_BYTES {
            return Err(StillError::TooLarge { bytes: jpeg.len() });
        }
        let facts = StillFacts {
            camera: released.camera,
            kind: released.kind,
            captured_at: released.captured_at,
            retention: released.retention,
            width_px: picture.width_px(),
            height_px: picture.height_px(),
            covered_fraction: picture.covered_fraction(),
            redaction_terms: released.redaction_terms,
            models: released.models,
        };
        Ok(Self { facts, jpeg })
    }

    /// What is known of it.
    pub fn facts(&self) -> &StillFacts {
        &self.facts
    }

    /// Baseline JPEG.
    pub fn jpeg(&self) -> &[u8] {
        &self.jpeg
    }
}

impl fmt::Debug for Still {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Still({} bytes, {:?})", self.jpeg.len(), self.facts)
    }
}

/// One still may be taken out of the outbox, now and once. Made of nothing but a released request.
#[derive(Debug)]
pub struct StillOrder {
    event: EventId,
    captured: Option<ReleasedTime>,
    policy_digest: Digest,
}

impl StillOrder {
    /// Of a released request.
    pub fn of(released: Releasable<StillAsked>) -> Self {
        let released = released.into_released();
        Self { event: released.event, captured: released.captured, policy_digest: released.policy_digest }
    }

    /// The raised event of the alert.
    pub fn event(&self) -> EventId {
        self.event
    }

    /// When the picture was taken, as coarsely as the policy says; none where it tells no time.
    pub fn captured(&self) -> Option<ReleasedTime> {
        self.captured
    }

    /// The policy under which it leaves.
    pub fn policy_digest(&self) -> Digest {
        self.policy_digest
    }
}
