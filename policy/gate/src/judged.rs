//! What can be judged: a sealed set. For each of them, what the policy lets out of it.

use std::time::Duration;

use velum_policy::order::AtLeast;
use velum_policy::sections::{EventClass, EventField};
use velum_policy::{CameraPolicy, ResolvedPolicy, VerifiedPolicy};
use velum_vocab::{
    AlertState, CameraId, CoverageBin, CoverageState, CrowdDensity, CrowdMovement, Digest, Health,
    Observation, ObservationBody, SiteId, Timestamp,
};

use crate::coarsen;
use crate::pauses::Pauses;
use crate::permission::{self, CameraPermission};
use crate::released::{
    Attestation, EventKind, ReleasedAbandonedObject, ReleasedAttestation, ReleasedBody, ReleasedCoverage,
    ReleasedCrowdDensity, ReleasedCrowdMovement, ReleasedHealth, ReleasedObservation, ReleasedTime,
};
use crate::stills::{AlertStill, StillAsked, StillTerms};
use crate::trial;
use crate::withheld::Withheld;

/// What [`ReleasedHealth::time`] is rounded to when no policy says.
const HEALTH_PRECISION: Duration = Duration::from_secs(60);

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Observation {}
    impl Sealed for super::Health {}
    impl Sealed for super::CoverageBin {}
    impl Sealed for super::Attestation {}
    impl Sealed for super::AlertStill {}
    impl Sealed for super::StillAsked {}
}

/// Something that the gate can judge. Sealed: raw frames, detections and tracks are not among them.
pub trait Judged: sealed::Sealed + Sized {
    /// What is left of it when it leaves.
    type Released;

    /// What it is called in the log of decisions.
    #[doc(hidden)]
    fn part(&self) -> &'static str;

    /// The camera that it is about, if it is about one.
    #[doc(hidden)]
    fn about(&self) -> Option<CameraId>;

    /// What the policy lets out. A witness is made only by the gate.
    #[doc(hidden)]
    fn release(self, witness: &Witness<'_>) -> Result<Self::Released, Withheld>;
}

/// The policy as it is at the moment of judgement.
#[derive(Debug)]
pub struct Witness<'p> {
    pub(crate) policy: Option<&'p VerifiedPolicy>,
    pub(crate) trusted_time: bool,
    pub(crate) now: Timestamp,
    /// What people paused.
    pub(crate) pauses: &'p Pauses,
}

impl<'p> Witness<'p> {
    /// The policy, if it is in force now.
    pub(crate) fn in_force(&self) -> Result<&'p VerifiedPolicy, CameraPermission> {
        let policy = self.policy.ok_or(CameraPermission::NoPolicy)?;
        if !self.trusted_time {
            return Err(CameraPermission::UntrustedTime);
        }
        match permission::of_policy(policy.resolved(), self.now) {
            CameraPermission::Active => Ok(policy),
            refused => Err(refused),
        }
    }

    /// Whether nobody paused the camera.
    pub(crate) fn is_not_paused(&self, camera: &CameraId) -> Result<(), CameraPermission> {
        match self.pauses.cameras.get(camera) {
            Some(until) if self.now < *until => Err(CameraPermission::Paused),
            _ => Ok(()),
        }
    }

    /// What applies to the camera, if it may be told of at this moment.
    pub(crate) fn camera(
        &self,
        camera: &CameraId,
    ) -> Result<(&'p VerifiedPolicy, &'p CameraPolicy), CameraPermission> {
        let policy = self.in_force()?;
        self.is_not_paused(camera)?;
        permission::of_camera(policy.resolved(), camera, self.now).map(|applied| (policy, applied))
    }
}

impl From<CameraPermission> for Withheld {
    fn from(permission: CameraPermission) -> Self {
        Self::new(permission.rule(), permission.words())
    }
}

impl Judged for Observation {
    type Released = ReleasedObservation;

    fn part(&self) -> &'static str {
        kind(self).name()
    }

    fn about(&self) -> Option<CameraId> {
        Some(self.camera.clone())
    }

    fn release(self, witness: &Witness<'_>) -> Result<ReleasedObservation, Withheld> {
        let (policy, _) = witness.camera(&self.camera)?;
        // What was seen while the policy did not allow it stays in, even if it does so by now.
        let applied = permission::of_camera(policy.resolved(), &self.camera, self.at)?;
        witness.pauses.may_tell_of(&self.camera, &self.zone, witness.now)?;
        if let Some(trial) = trial::of(policy.resolved(), &self.camera, kind(&self), witness.now) {
            let detail =
                format!("`{}` is tried in `{}`: nothing of a trial leaves", kind(&self).name(), trial.id);
            return Err(Withheld::new("trial", detail));
        }
        let class = class_for(policy.resolved(), applied, kind(&self))?;
        let may_keep_still = StillTerms::of(policy, applied, kind(&self)).is_ok();
        let (policy, digest) = (policy.resolved(), Digest(policy.digest()));
        Scope { policy, digest, camera: applied, class, may_keep_still }.release(&self)
    }
}

fn kind(observation: &Observation) -> EventKind {
    match observation.body {
        ObservationBody::AbandonedObject(_) => EventKind::AbandonedObject,
        ObservationBody::CrowdDensity(_) => EventKind::CrowdDensity,
        ObservationBody::CrowdMovement(_) => EventKind::CrowdMovement,
    }
}

/// The class under which the kind may be told, if analytic, authorisation and purpose allow it.
pub(crate) fn class_for<'p>(
    policy: &'p ResolvedPolicy,
    camera: &CameraPolicy,
    kind: EventKind,
) -> Result<&'p EventClass, Withheld> {
    if let Some(analytic) = kind.analytic() {
        if !policy.allows(analytic) {
            return Err(Withheld::new("analytics", format!("analytics.allow does not allow `{analytic}`")));
        }
        if !policy.authorisation_covers(analytic) {
            return Err(Withheld::new(
                "authorisation",
                format!("the authorisation does not cover `{analytic}`"),
            ));
        }
    }
    let name = kind.class();
    let class = policy.events.get(name);
    let class =
        class.ok_or_else(|| Withheld::new("event", format!("the policy has no [[event]] `{name}`")))?;
    if !camera.purposes.contains(&class.purpose) {
        let detail = format!("the camera does not serve the purpose `{}` of `{name}`", class.purpose);
        return Err(Withheld::new("purpose", detail));
    }
    Ok(class)
}

/// What applies to one observation.
struct Scope<'p> {
    policy: &'p ResolvedPolicy,
    digest: Digest,
    camera: &'p CameraPolicy,
    class: &'p EventClass,
    may_keep_still: bool,
}

impl Scope<'_> {
    /// What times of this observation are rounded to: a crowd's to the live bin too.
    fn precision(&self, seen: &Observation) -> Duration {
        let precision = self.policy.precision.time.0.get();
        match seen.body {
            ObservationBody::CrowdDensity(_) | ObservationBody::CrowdMovement(_) => {
                precision.max(self.camera.aggregation.live_bin.0.get())
            }
            ObservationBody::AbandonedObject(_) => precision,
        }
    }

    /// A statistic's time.
    fn bin(&self, seen: &Observation) -> Duration {
        let precision = self.precision(seen);
        match seen.body {
            ObservationBody::CrowdDensity(_) | ObservationBody::CrowdMovement(_) => precision,
            ObservationBody::AbandonedObject(_) => precision.max(self.camera.aggregation.time_bin.0.get()),
        }
    }

    /// The value, if the policy lists the field.
    fn listed<T>(&self, field: EventField, value: impl FnOnce() -> T) -> Option<T> {
        self.class.fields.contains(&field).then(value)
    }

    fn release(&self, seen: &Observation) -> Result<ReleasedObservation, Withheld> {
        let precision = self.precision(seen);
        let back_tracing = self.policy.allows(BACK_TRACING);
        let explain = || coarsen::explanations(&seen.explanation, precision, back_tracing);
        Ok(ReleasedObservation {
            kind: kind(seen),
            state: seen.state,
            policy_digest: self.digest,
            staged: seen.staged.clone(),
            alert_id: self.listed(EventField::AlertId, || seen.alert),
            site: self.listed(EventField::Site, || SiteId::parse(&self.camera.site).ok()).flatten(),
            camera: self.listed(EventField::Camera, || seen.camera.clone()),
            zone: self.listed(EventField::Zone, || seen.zone.clone()),
            grid_cell: None,
            time: self.listed(EventField::Time, || coarsen::time(seen.at, precision)).flatten(),
            time_bin: self.listed(EventField::TimeBin, || coarsen::time(seen.at, self.bin(seen))).flatten(),
            time_first_seen: match &seen.body {
                ObservationBody::AbandonedObject(object) => self
                    .listed(EventField::TimeFirstSeen, || coarsen::time(object.put_down_at, precision))
                    .flatten(),
                ObservationBody::CrowdDensity(_) | ObservationBody::CrowdMovement(_) => None,
            },
            confidence_band: self.listed(EventField::ConfidenceBand, || coarsen::confidence(seen.confidence)),
            validity: self.listed(EventField::Validity, || seen.validity),
            explanation: self.listed(EventField::Explanation, explain).unwrap_or_default(),
            models: self.listed(EventField::ModelId, || seen.models.clone()).unwrap_or_default(),
            still_may_be_asked_for: seen.state == AlertState::Raised
                && self.listed(EventField::StillRef, || self.may_keep_still).unwrap_or(false),
            body: self.body(seen)?,
        })
    }

    fn body(&self, seen: &Observation) -> Result<ReleasedBody, Withheld> {
        match &seen.body {
            ObservationBody::AbandonedObject(object) => {
                Ok(ReleasedBody::AbandonedObject(ReleasedAbandonedObject {
                    object_kind: self.listed(EventField::ObjectKind, || {
                        object.class.filter(|class| class.is_bag()).map_or("object", |class| class.name())
                    }),
                    dwell_band: self.listed(EventField::DwellBand, || {
                        coarsen::dwell(object.unattended_secs, self.precision(seen))
                    }),
                }))
            }
            ObservationBody::CrowdDensity(crowd) => self.crowd(crowd).map(ReleasedBody::CrowdDensity),
            ObservationBody::CrowdMovement(crowd) => self.movement(crowd).map(ReleasedBody::CrowdMovement),
        }
    }

    fn crowd(&self, crowd: &CrowdDensity) -> Result<ReleasedCrowdDensity, Withheld> {
        let aggregation = &self.camera.aggregation;
        let live = |level: &String| aggregation.live_levels.contains(level.as_str());
        if !live(&crowd.level) {
            // Which level it is would tell the log how many people there are.
            return Err(Withheld::new("live_levels", "the level is not among aggregation.live_levels"));
        }
        let (AtLeast(min_group), AtLeast(round_to)) = (aggregation.min_group, aggregation.round_to);
        Ok(ReleasedCrowdDensity {
            level: self.listed(EventField::Level, || crowd.level.clone()),
            previous_level: self
                .listed(EventField::PreviousLevel, || Some(crowd.previous_level.clone()).filter(live))
                .flatten(),
            count_rounded: self.listed(EventField::CountRounded, || {
                coarsen::count(crowd.persons.estimate, min_group, round_to)
            }),
            persons_per_m2: self
                .listed(EventField::PersonsPerM2, || coarsen::density(crowd, min_group, round_to))
                .flatten(),
            relative: crowd.persons_per_m2.is_none(),
            demo_threshold: crowd.demo_threshold,
        })
    }
}

impl Scope<'_> {
    fn movement(&self, crowd: &CrowdMovement) -> Result<ReleasedCrowdMovement, Withheld> {
        let aggregation = &self.camera.aggregation;
        let (AtLeast(min_group), AtLeast(round_to)) = (aggregation.min_group, aggregation.round_to);
        // What is not a number is no group either. The number would tell the log how many people there are.
        let persons = crowd.persons.estimate.round();
        if persons.is_nan() || persons < f64::from(min_group) {
            return Err(Withheld::new("min_group", "the group is smaller than aggregation.min_group"));
        }
        Ok(ReleasedCrowdMovement {
            pattern: self.listed(EventField::Movement, || crowd.pattern),
            count_rounded: self.listed(EventField::CountRounded, || {
                coarsen::count(crowd.persons.estimate, min_group, round_to)
            }),
            speed_band: self.listed(EventField::SpeedBand, || coarsen::speed(crowd.speed_m_per_s)),
            direction_sector: self.listed(EventField::DirectionSector, || crowd.direction).flatten(),
            relative: crowd.relative,
        })
    }
}

/// The name under `analytics.allow` and `analytics.forbid` of following back who put an object down.
pub(crate) const BACK_TRACING: &str = "owner_backtracking";

impl Judged for Health {
    type Released = ReleasedHealth;

    fn part(&self) -> &'static str {
        "camera_health"
    }

    fn about(&self) -> Option<CameraId> {
        Some(self.camera.clone())
    }

    /// Health always leaves: it is how the control room learns that there is no policy. But what was read off
    /// pictures leaves only where pictures may be looked at.
    fn release(self, witness: &Witness<'_>) -> Result<ReleasedHealth, Withheld> {
        let permission = witness.camera(&self.camera).err();
        let read_off_pictures = matches!(
            self.state,
            CoverageState::Analysed | CoverageState::Frozen | CoverageState::Dark | CoverageState::Overloaded
        );
        let state = match permission {
            Some(refused) if read_off_pictures => refused.coverage_state(),
            _ => self.state,
        };
        let class = witness
            .policy
            .map(|policy| (policy, policy.resolved().events.get(EventKind::CameraHealth.class())));
        let precision = match class {
            Some((policy, Some(class))) => {
                let listed = class.fields.contains(&EventField::Time);
                listed.then(|| policy.resolved().precision.time.0.get())
            }
            Some((policy, None)) => Some(policy.resolved().precision.time.0.get().max(HEALTH_PRECISION)),
            None => Some(HEALTH_PRECISION),
        };
        Ok(ReleasedHealth {
            state,
            time: precision.map(|precision| ReleasedTime::floor(self.at, precision)),
            policy_digest: witness.policy.map(|policy| Digest(policy.digest())),
            staged: self.staged,
            camera: self.camera,
        })
    }
}

/// What an hour is called in the log of decisions.
pub(crate) const COVERAGE: &str = "coverage";

impl Judged for CoverageBin {
    type Released = ReleasedCoverage;

    fn part(&self) -> &'static str {
        COVERAGE
    }

    fn about(&self) -> Option<CameraId> {
        Some(self.camera.clone())
    }

    fn release(self, witness: &Witness<'_>) -> Result<ReleasedCoverage, Withheld> {
        let policy = witness.in_force()?;
        let camera = policy.resolved().cameras.get(self.camera.as_str());
        let camera = camera.ok_or(CameraPermission::CameraNotNamed)?;
        let mut bin = self;
        if !StillTerms::alerts_tell_camera_and_hour(policy, camera) {
            bin.stills_withheld.clear();
        }
        Ok(ReleasedCoverage { bin })
    }
}

impl Judged for Attestation {
    type Released = ReleasedAttestation;

    fn part(&self) -> &'static str {
        "attestation"
    }

    fn about(&self) -> Option<CameraId> {
        None
    }

    fn release(self, witness: &Witness<'_>) -> Result<ReleasedAttestation, Withheld> {
        let policy = witness.in_force()?;
        Ok(ReleasedAttestation {
            policy_digest: Digest(policy.digest()),
            models: self.models,
            version: self.version,
            time: ReleasedTime::floor(witness.now, policy.resolved().precision.time.0.get()),
        })
    }
}
