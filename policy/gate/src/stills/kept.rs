//! The picture of one alert, to be kept on the box until somebody asks for it.

use velum_policy::layers::Target;
use velum_redaction::RedactedFrame;
use velum_vocab::{CameraId, Digest, ObjectClass, Polygon, Timestamp};

use super::{StillTerms, is_of_the_past, was_masked_by};
use crate::judged::{Judged, Witness};
use crate::permission;
use crate::released::EventKind;
use crate::withheld::Withheld;

/// A finished picture of one alert.
#[derive(Debug)]
pub struct AlertStill {
    /// The picture.
    pub picture: RedactedFrame,
    /// Of what kind of alert.
    pub kind: EventKind,
    /// By which terms it was masked: [`RedactionTerms::digest`](super::RedactionTerms::digest).
    pub redaction_terms: Digest,
    /// What was painted over on every frame that it was made of, because people had paused it.
    pub painted: Vec<Polygon>,
    /// What the models that made the mask look for.
    pub looked_for: Vec<ObjectClass>,
    /// The models that made the mask, and that which verified it.
    pub models: Vec<Digest>,
}

/// A picture that may be kept. When it may leave is judged again, each time that somebody asks.
#[derive(Debug)]
#[non_exhaustive]
pub struct ReleasedStill {
    /// The picture.
    pub picture: RedactedFrame,
    /// Of what kind of alert.
    pub kind: EventKind,
    /// Which camera.
    pub camera: CameraId,
    /// When it was taken. It stays on the box: what is told of it is in
    /// [`ReleasedStillAsked::captured`](super::ReleasedStillAsked::captured).
    pub captured_at: Timestamp,
    /// How long it may be kept.
    pub retention: std::time::Duration,
    /// By which terms it was masked.
    pub redaction_terms: Digest,
    /// The models that made the mask, and that which verified it.
    pub models: Vec<Digest>,
}

impl Judged for AlertStill {
    type Released = ReleasedStill;

    fn part(&self) -> &'static str {
        "alert_still"
    }

    fn about(&self) -> Option<CameraId> {
        Some(self.picture.camera().clone())
    }

    fn release(self, witness: &Witness<'_>) -> Result<ReleasedStill, Withheld> {
        let camera = self.picture.camera().clone();
        let captured_at = self.picture.captured_at();
        let (policy, _) = witness.camera(&camera)?;
        is_of_the_past(captured_at, witness.now)?;
        // What was taken while the policy did not allow it stays in, even if it does so by now.
        let applied = permission::of_camera(policy.resolved(), &camera, captured_at)?;
        let terms = StillTerms::of(policy, applied, self.kind)?;
        was_masked_by(applied, self.redaction_terms)?;
        witness.pauses.are_painted(&camera, &self.painted, witness.now)?;
        let uncovered =
            applied.redaction.targets.0.iter().find(|target| !is_looked_for(**target, &self.looked_for));
        if let Some(target) = uncovered {
            let detail = format!("redaction.targets has `{target}`, and no model of this box finds it");
            return Err(Withheld::new("targets", detail));
        }
        let retention = terms.retention();
        let Self { picture, kind, redaction_terms, models, .. } = self;
        Ok(ReleasedStill { picture, kind, camera, captured_at, retention, redaction_terms, models })
    }
}

/// Whether masks hide the target where these classes were looked for: a whole person hides the head and the
/// face, a whole vehicle its plate.
fn is_looked_for(target: Target, looked_for: &[ObjectClass]) -> bool {
    let any = |classes: &[ObjectClass]| classes.iter().any(|class| looked_for.contains(class));
    match target {
        Target::Person => any(&[ObjectClass::Person]),
        Target::Head => any(&[ObjectClass::Head, ObjectClass::Person]),
        Target::Face => any(&[ObjectClass::Face, ObjectClass::Head, ObjectClass::Person]),
        Target::Plate => any(&[ObjectClass::Vehicle]),
    }
}
