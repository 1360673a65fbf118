//! What is left of an event when only some of its fields may be shown. One function for every way out of the hub.

use std::collections::BTreeSet;

use velum_policy::EventField;
use velum_proto::v1::{
    AbandonedObject, CameraHealth, CrowdDensity, CrowdMovement, Event, Instant, event::Body,
};

/// The event with these fields and no others. A field of the protocol that nobody wrote here does not compile.
///
/// Its id, kind and state are the event itself, and that a scene was staged must be told with it. A time that is
/// finer than the bin is told as its bin to whoever may see bins alone.
pub(crate) fn only(event: Event, fields: &BTreeSet<EventField>, time_bin_ms: Option<i64>) -> Event {
    let shown = Shown { fields, time_bin_ms };
    let Event {
        id,
        alert_id,
        kind,
        state,
        site,
        camera,
        zone,
        time,
        confidence,
        validity,
        explanation,
        epistemic,
        policy_digest,
        model_digests,
        staged,
        still_may_be_asked_for,
        body,
    } = event;
    Event {
        id,
        kind,
        state,
        epistemic,
        staged,
        alert_id: shown.listed(EventField::AlertId, alert_id),
        site: shown.listed(EventField::Site, site),
        camera: shown.listed(EventField::Camera, camera),
        zone: shown.listed(EventField::Zone, zone),
        time: time.and_then(|time| shown.time(time)),
        confidence: shown.listed(EventField::ConfidenceBand, confidence),
        validity: shown.listed(EventField::Validity, validity),
        explanation: shown.listed(EventField::Explanation, explanation),
        policy_digest: shown.listed(EventField::PolicyDigest, policy_digest),
        model_digests: shown.listed(EventField::ModelId, model_digests),
        still_may_be_asked_for: shown.listed(EventField::StillRef, still_may_be_asked_for),
        body: body.map(|body| shown.body(body)),
    }
}

/// Whether these fields tell when something was.
pub(crate) fn tell_time(fields: &BTreeSet<EventField>) -> bool {
    fields.contains(&EventField::Time) || fields.contains(&EventField::TimeBin)
}

struct Shown<'f> {
    fields: &'f BTreeSet<EventField>,
    time_bin_ms: Option<i64>,
}

impl Shown<'_> {
    fn listed<T: Default>(&self, field: EventField, value: T) -> T {
        if self.fields.contains(&field) { value } else { T::default() }
    }

    fn time(&self, time: Instant) -> Option<Instant> {
        if self.fields.contains(&EventField::Time) {
            return Some(time);
        }
        let bin_ms = self.time_bin_ms.filter(|_| self.fields.contains(&EventField::TimeBin))?;
        if i64::from(time.precision_ms) >= bin_ms {
            return Some(time);
        }
        let unix_ms = time.unix_ms.checked_sub(time.unix_ms.rem_euclid(bin_ms))?;
        Some(Instant { unix_ms, precision_ms: u32::try_from(bin_ms).unwrap_or(u32::MAX) })
    }

    fn body(&self, body: Body) -> Body {
        match body {
            Body::AbandonedObject(object) => Body::AbandonedObject(self.object(object)),
            Body::CrowdDensity(crowd) => Body::CrowdDensity(self.crowd(crowd)),
            Body::CrowdMovement(crowd) => Body::CrowdMovement(self.movement(crowd)),
            Body::CameraHealth(CameraHealth { state }) => {
                Body::CameraHealth(CameraHealth { state: self.listed(EventField::HealthCode, state) })
            }
        }
    }

    fn object(&self, object: AbandonedObject) -> AbandonedObject {
        let AbandonedObject { object_kind, dwell, grid_cell, first_seen } = object;
        AbandonedObject {
            object_kind: self.listed(EventField::ObjectKind, object_kind),
            dwell: self.listed(EventField::DwellBand, dwell),
            grid_cell: self.listed(EventField::GridCell, grid_cell),
            first_seen: self.listed(EventField::TimeFirstSeen, first_seen),
        }
    }

    /// `relative` and `demo_threshold` say how far the rest is to be believed.
    fn crowd(&self, crowd: CrowdDensity) -> CrowdDensity {
        let CrowdDensity { level, previous_level, persons, persons_per_m2, relative, demo_threshold } = crowd;
        CrowdDensity {
            level: self.listed(EventField::Level, level),
            previous_level: self.listed(EventField::PreviousLevel, previous_level),
            persons: self.listed(EventField::CountRounded, persons),
            persons_per_m2: self.listed(EventField::PersonsPerM2, persons_per_m2),
            relative,
            demo_threshold,
        }
    }

    fn movement(&self, crowd: CrowdMovement) -> CrowdMovement {
        let CrowdMovement { pattern, persons, speed, direction, relative } = crowd;
        CrowdMovement {
            pattern: self.listed(EventField::Movement, pattern),
            persons: self.listed(EventField::CountRounded, persons),
            speed: self.listed(EventField::SpeedBand, speed),
            direction: self.listed(EventField::DirectionSector, direction),
            relative,
        }
    }
}
