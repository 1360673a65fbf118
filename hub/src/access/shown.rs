//! What is left of an event, and of what tells of events, when only some of it may be shown. One function for every
//! way out of the hub.

use std::collections::BTreeSet;

use velum_policy::EventField;
use velum_proto::v1::{
    AbandonedObject, BoxSummary, CameraHealth, CoverageBin, CrowdDensity, CrowdMovement, Event, Instant,
    Still, Withheld, event::Body,
};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// In the place of a rule that is not told.
const NOT_TOLD: &str = "not_told";
/// The rules that withhold because of who or how many was there.
const TELL_OF_PEOPLE: [&str; 2] = ["min_group", "live_levels"];

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

/// When an event came, never finer than the recipient is told when it was: exact with the field `time`; with
/// `time_bin` the time of the event as it is shown, or else the bin; 0 where no time is told.
pub(crate) fn stored_unix_ms(
    shown: &Event,
    exact_unix_ms: i64,
    fields: &BTreeSet<EventField>,
    time_bin_ms: Option<i64>,
) -> i64 {
    if fields.contains(&EventField::Time) {
        return exact_unix_ms;
    }
    match (&shown.time, time_bin_ms.filter(|_| fields.contains(&EventField::TimeBin))) {
        (Some(time), _) => time.unix_ms,
        (None, Some(bin_ms)) => start_of(bin_ms, exact_unix_ms),
        (None, None) => 0,
    }
}

/// That a number was withheld, and roughly when it came. By which rule is told to recipients, where the rule does
/// not tell who or how many was there.
pub(crate) fn withheld(of: Withheld, stored_unix_ms: i64, is_recipient: bool) -> (Withheld, i64) {
    let Withheld { rule } = of;
    let is_told = is_recipient && !TELL_OF_PEOPLE.contains(&rule.as_str());
    let rule = if is_told { rule } else { NOT_TOLD.to_owned() };
    let step_ms = if is_recipient { MINUTE_MS } else { HOUR_MS };
    (Withheld { rule }, start_of(step_ms, stored_unix_ms))
}

/// The start of the step of a time; 0 where it has none.
fn start_of(step_ms: i64, unix_ms: i64) -> i64 {
    unix_ms.checked_rem_euclid(step_ms).and_then(|past| unix_ms.checked_sub(past)).unwrap_or(0)
}

/// A still with these fields beside the picture, and no others.
pub(crate) fn still(still: Still, fields: &BTreeSet<EventField>, time_bin_ms: Option<i64>) -> Still {
    let shown = Shown { fields, time_bin_ms };
    let Still { jpeg, captured, width_px, height_px, covered_fraction, policy_digest, model_digests } = still;
    Still {
        jpeg,
        width_px,
        height_px,
        covered_fraction,
        captured: captured.and_then(|captured| shown.time(captured)),
        policy_digest: shown.listed(EventField::PolicyDigest, policy_digest),
        model_digests: shown.listed(EventField::ModelId, model_digests),
    }
}

/// How a box is, without anything that counts events or moves when there is one: for somebody who is no recipient.
/// Of a box that is connected also not when, within the hour, it was last heard: that may have been by an event.
pub(crate) fn states_alone(of: BoxSummary) -> BoxSummary {
    let BoxSummary {
        r#box,
        connected,
        last_seen_unix_ms,
        incarnations: _,
        coverage,
        policy_digest,
        model_digests,
        version,
    } = of;
    let told = |seen_unix_ms| if connected { start_of(HOUR_MS, seen_unix_ms) } else { seen_unix_ms };
    let without_alerts = |mut bin: CoverageBin| {
        bin.stills_withheld.clear();
        bin
    };
    BoxSummary {
        r#box,
        connected,
        last_seen_unix_ms: last_seen_unix_ms.map(told),
        incarnations: Vec::new(),
        coverage: coverage.into_iter().map(without_alerts).collect(),
        policy_digest,
        model_digests,
        version,
    }
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
        let unix_ms = start_of(bin_ms, time.unix_ms);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_an_event_came_is_told_no_finer_than_when_it_was() {
        const CAME: i64 = 1_796_285_661_234;
        let time = Some(Instant { unix_ms: 1_796_285_650_000, precision_ms: 10_000 });
        let check = |fields: &[EventField], time: Option<Instant>, bin_ms, expected| {
            let fields = fields.iter().copied().collect();
            let event = only(Event { time, ..Event::default() }, &fields, bin_ms);
            assert_eq!(stored_unix_ms(&event, CAME, &fields, bin_ms), expected, "{fields:?} {time:?}");
        };
        let (bin, minute) = ([EventField::TimeBin], Some(MINUTE_MS));
        check(&[EventField::Time, EventField::TimeBin], time, minute, CAME);
        check(&bin, time, minute, 1_796_285_640_000);
        check(&bin, time, Some(1_000), 1_796_285_650_000);
        check(&bin, None, minute, 1_796_285_640_000);
        check(&bin, time, None, 0);
        check(&[EventField::Zone], time, minute, 0);
    }
}
