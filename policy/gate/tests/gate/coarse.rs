//! What leaves is closed and coarse, whatever was seen and whatever the policy lists.

use std::time::Duration;

use proptest::prelude::*;
use velum_gate::{ConfidenceBand, CountBand, EventKind, ReleasedBody, ReleasedObservation, SpeedBand};
use velum_policy::EventField;
use velum_vocab::{
    CrowdDensity, Explanation, ExplanationCode, Interval, MovementPattern, Observation, ObservationBody,
    PictureDirection, Timestamp,
};

use super::town::{MOVEMENT, NOON, Town, crowd, suitcase, surge};

fn released(town: &Town, seen: Observation) -> ReleasedObservation {
    town.gate.judge(seen).unwrap_or_else(|withheld| panic!("{withheld}")).into_released()
}

#[test]
fn an_abandoned_suitcase_as_the_demonstration_tells_it() {
    let town = Town::with(&[]);
    let seen = suitcase();
    let told = released(&town, seen.clone());
    assert_eq!(
        (told.kind, told.alert_id, told.staged),
        (EventKind::AbandonedObject, Some(seen.alert), seen.staged)
    );
    assert_eq!(told.site.unwrap().as_str(), "plaza");
    assert_eq!(told.time.unwrap().at, Timestamp::from_unix_secs(NOON.unix_secs()));
    assert_eq!(told.time_first_seen.unwrap().at, Timestamp::from_unix_secs(NOON.unix_secs() - 40));
    assert_eq!(told.confidence_band, Some(ConfidenceBand::Medium));
    let ReleasedBody::AbandonedObject(object) = told.body else { panic!("another kind") };
    assert_eq!(object.object_kind, Some("suitcase"));
    assert_eq!(object.dwell_band.unwrap().at_least, Duration::from_secs(30));
    // Following back is forbidden, so nothing is told about an owner.
    let expected = [
        Explanation::with(ExplanationCode::UnattendedSecs, 32.0),
        Explanation::of(ExplanationCode::ProximityOnly),
    ];
    assert_eq!(told.explanation, expected);
}

#[test]
fn a_crowd_level_without_a_live_bin_has_no_time() {
    let town = Town::with(&[("live_bin         = \"PT1S\"\n", "")]);
    let seen = Observation { explanation: suitcase().explanation, ..crowd(7.0, "busy", "low") };
    let told = released(&town, seen);
    assert_eq!((told.time, told.time_bin), (None, None));
    assert!(told.explanation.iter().all(|one| one.value.is_none()), "{:?}", told.explanation);
}

#[test]
fn a_crowd_as_the_demonstration_tells_it() {
    let town = Town::with(&[]);
    let told = |persons| match released(&town, crowd(persons, "busy", "low")).body {
        ReleasedBody::CrowdDensity(crowd) => crowd,
        other => panic!("{other:?}"),
    };
    let seven = told(7.0);
    assert_eq!((seven.level.as_deref(), seven.previous_level.as_deref()), (Some("busy"), Some("low")));
    assert_eq!(seven.count_rounded, Some(CountBand { at_least: 5, below: Some(10) }));
    assert_eq!(seven.persons_per_m2.map(|d| (d.low, d.high)), Some((0.25, 0.5)));
    assert!(seven.demo_threshold && !seven.relative);
    assert_eq!(seven, told(9.0));
    assert_eq!(told(1.0), told(4.0));
    assert_eq!(told(2.0).count_rounded, Some(CountBand { at_least: 0, below: Some(5) }));
    let codes = released(&town, crowd(7.0, "busy", "low")).explanation;
    assert!(codes.iter().all(|one| one.value.is_none()), "{codes:?}");
}

#[test]
fn a_surge_is_told_in_bands() {
    let town = Town::with(&MOVEMENT);
    let told = released(&town, surge(12.0));
    assert_eq!((told.kind, told.camera), (EventKind::CrowdMovement, None));
    let ReleasedBody::CrowdMovement(crowd) = &told.body else { panic!("another kind") };
    assert_eq!(crowd.pattern, Some(MovementPattern::Surge));
    assert_eq!(crowd.count_rounded, Some(CountBand { at_least: 10, below: Some(15) }));
    assert_eq!(crowd.speed_band, Some(SpeedBand { at_least_m_per_s: 2.0, below_m_per_s: Some(3.0) }));
    assert_eq!(crowd.direction_sector, Some(PictureDirection::UpLeft));
    assert!(crowd.relative);
    let values: Vec<_> = told.explanation.iter().map(|one| one.value).collect();
    assert_eq!(values, [None, Some(3.0), Some(612.0)]);
}

#[test]
fn a_small_group_makes_no_movement_and_neither_does_a_policy_without_it() {
    let rule = |changes: &[(&str, &str)], persons| {
        Town::with(changes).gate.judge(surge(persons)).err().map(|withheld| withheld.rule())
    };
    assert_eq!(rule(&MOVEMENT, 5.0), None);
    assert_eq!(rule(&MOVEMENT, 4.4), Some("min_group"));
    assert_eq!(rule(&MOVEMENT, f64::NAN), Some("min_group"));
    let larger: Vec<_> = MOVEMENT.into_iter().chain([("min_group        = 5", "min_group = 20")]).collect();
    assert_eq!(rule(&larger, 12.0), Some("min_group"));
    assert_eq!(rule(&[], 12.0), Some("analytics"));
    assert_eq!(rule(&MOVEMENT[..1], 12.0), Some("event"));
    let town = Town::with(&MOVEMENT);
    assert_eq!(town.gate.min_group(&super::town::camera("plaza-1")), Some(5));
    assert_eq!(town.gate.min_group(&super::town::camera("elsewhere")), None);
}

#[test]
fn fields_of_a_movement_that_are_not_listed_stay() {
    let fields = "[\"alert_id\", \"zone\", \"time\", \"time_bin\", \"movement\", \"count_rounded\", \"speed_band\", \"direction_sector\", \"confidence_band\", \"validity\", \"explanation\"]";
    let changes: Vec<_> = MOVEMENT.into_iter().chain([(fields, "[\"movement\"]")]).collect();
    let told = released(&Town::with(&changes), surge(12.0));
    let ReleasedBody::CrowdMovement(crowd) = &told.body else { panic!("another kind") };
    assert_eq!(crowd.pattern, Some(MovementPattern::Surge));
    assert_eq!((crowd.count_rounded, crowd.speed_band, crowd.direction_sector), (None, None, None));
    assert_eq!((told.time, told.zone, told.alert_id), (None, None, None));
}

const FIELDS: [&str; 2] = [
    "[\"alert_id\", \"site\", \"camera\", \"zone\", \"time\", \"time_first_seen\", \"dwell_band\", \"object_kind\",\n                 \
     \"confidence_band\", \"validity\", \"explanation\", \"still_ref\", \"model_id\", \"policy_digest\"]",
    "[\"alert_id\", \"site\", \"camera\", \"zone\", \"time\", \"level\", \"previous_level\", \"count_rounded\",\n                 \
     \"persons_per_m2\", \"confidence_band\", \"validity\", \"explanation\", \"model_id\", \"policy_digest\"]",
];

/// A policy of its own for each case.
#[derive(Debug, Clone)]
struct Written {
    fields: Vec<EventField>,
    precision_secs: u64,
    live_bin_secs: u64,
    min_group: u32,
    round_to: u32,
}

impl Written {
    fn town(&self) -> Town {
        let fields: Vec<_> = self.fields.iter().map(|field| format!("\"{field}\"")).collect();
        let fields = format!("[{}]", fields.join(", "));
        Town::with(&[
            (FIELDS[0], &fields),
            (FIELDS[1], &fields),
            ("time     = \"PT1S\"", &format!("time = \"PT{}S\"", self.precision_secs)),
            ("live_bin         = \"PT1S\"", &format!("live_bin = \"PT{}S\"", self.live_bin_secs)),
            ("min_group        = 5", &format!("min_group = {}", self.min_group)),
            ("round_to         = 5", &format!("round_to = {}", self.round_to)),
        ])
    }

    fn lists(&self, field: EventField) -> bool {
        self.fields.contains(&field)
    }
}

fn written() -> impl Strategy<Value = Written> {
    let fields = proptest::sample::subsequence(EventField::ALL.to_vec(), 0..=EventField::ALL.len());
    (fields, 0_u64..400, 0_u64..4_000, 5_u32..40, 5_u32..40).prop_map(
        |(fields, precision_secs, live_bin_secs, min_group, round_to)| Written {
            fields,
            precision_secs,
            live_bin_secs,
            min_group,
            round_to,
        },
    )
}

fn explanation() -> impl Strategy<Value = Vec<Explanation>> {
    let code = proptest::sample::select(ExplanationCode::ALL.to_vec());
    let value = proptest::option::of(prop_oneof![any::<f64>(), 0.0..500.0_f64]);
    proptest::collection::vec((code, value).prop_map(|(code, value)| Explanation { code, value }), 0..12)
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.0..100.0_f64, 1 => any::<f64>()]
}

fn seen() -> impl Strategy<Value = Observation> {
    let interval =
        || (number(), number(), number()).prop_map(|(low, estimate, high)| Interval { low, estimate, high });
    let later_ms = 0_i64..3_000_000;
    (
        any::<bool>(),
        interval(),
        proptest::option::of(interval()),
        later_ms,
        any::<f32>(),
        explanation(),
        number(),
    )
        .prop_map(|(object, persons, persons_per_m2, later_ms, confidence, explanation, secs)| {
            let mut seen = if object { suitcase() } else { crowd(1.0, "busy", "low") };
            match &mut seen.body {
                ObservationBody::AbandonedObject(object) => object.unattended_secs = secs,
                body @ ObservationBody::CrowdDensity(_) => {
                    let (level, previous_level) = ("dense".to_owned(), "no-such-level".to_owned());
                    let crowd = CrowdDensity {
                        level,
                        previous_level,
                        persons,
                        persons_per_m2,
                        demo_threshold: false,
                    };
                    *body = ObservationBody::CrowdDensity(crowd);
                }
                ObservationBody::CrowdMovement(_) => {}
            }
            seen.at = Timestamp::from_unix_millis(NOON.unix_millis() + later_ms);
            Observation { confidence, explanation, ..seen }
        })
}

/// Nothing that the policy does not list.
fn is_closed(written: &Written, told: &ReleasedObservation) -> Result<(), TestCaseError> {
    let present = [
        (EventField::AlertId, told.alert_id.is_some()),
        (EventField::Site, told.site.is_some()),
        (EventField::Camera, told.camera.is_some()),
        (EventField::Zone, told.zone.is_some()),
        (EventField::GridCell, told.grid_cell.is_some()),
        (EventField::Time, told.time.is_some()),
        (EventField::TimeBin, told.time_bin.is_some()),
        (EventField::TimeFirstSeen, told.time_first_seen.is_some()),
        (EventField::ConfidenceBand, told.confidence_band.is_some()),
        (EventField::Validity, told.validity.is_some()),
        (EventField::Explanation, !told.explanation.is_empty()),
        (EventField::ModelId, !told.models.is_empty()),
        (EventField::StillRef, told.still_may_be_asked_for),
    ];
    let particular = match &told.body {
        ReleasedBody::AbandonedObject(object) => vec![
            (EventField::ObjectKind, object.object_kind.is_some()),
            (EventField::DwellBand, object.dwell_band.is_some()),
        ],
        ReleasedBody::CrowdDensity(crowd) => vec![
            (EventField::Level, crowd.level.is_some()),
            (EventField::PreviousLevel, crowd.previous_level.is_some()),
            (EventField::CountRounded, crowd.count_rounded.is_some()),
            (EventField::PersonsPerM2, crowd.persons_per_m2.is_some()),
        ],
        ReleasedBody::CrowdMovement(crowd) => vec![
            (EventField::Movement, crowd.pattern.is_some()),
            (EventField::CountRounded, crowd.count_rounded.is_some()),
            (EventField::SpeedBand, crowd.speed_band.is_some()),
            (EventField::DirectionSector, crowd.direction_sector.is_some()),
        ],
    };
    for (field, present) in present.into_iter().chain(particular) {
        prop_assert!(!present || written.lists(field), "{field} is told and not listed");
    }
    Ok(())
}

/// No time finer than the precision; of a crowd level, none finer than the live bin either.
fn is_coarse_in_time(
    written: &Written,
    told: &ReleasedObservation,
    seen: &Observation,
) -> Result<(), TestCaseError> {
    let bin_secs = if told.kind == EventKind::CrowdDensity { written.live_bin_secs } else { 0 };
    let precision = Duration::from_secs(written.precision_secs.max(bin_secs));
    for time in [told.time, told.time_bin, told.time_first_seen].into_iter().flatten() {
        prop_assert!(time.precision >= precision);
        prop_assert_eq!(time.at, time.at.floor_to(time.precision));
        prop_assert!(time.at <= seen.at);
    }
    for one in &told.explanation {
        let Some(value) = one.value else { continue };
        let step =
            if one.code == ExplanationCode::ZoneAreaM2 { 1.0 } else { precision.as_secs_f64().max(1.0) };
        prop_assert!(
            one.code.name().contains("secs") || one.code == ExplanationCode::ZoneAreaM2,
            "{:?}",
            one
        );
        prop_assert!((value / step).fract() == 0.0, "{one:?} in steps of {step}");
        prop_assert_ne!(one.code, ExplanationCode::OwnerLeftSecsAgo);
    }
    Ok(())
}

/// No group smaller than the minimum, no step finer than the rounding.
fn is_coarse_in_number(written: &Written, told: &ReleasedObservation) -> Result<(), TestCaseError> {
    let ReleasedBody::CrowdDensity(crowd) = &told.body else { return Ok(()) };
    prop_assert_eq!(&crowd.previous_level, &None); // it was none of the policy's
    if let Some(CountBand { at_least, below }) = crowd.count_rounded {
        prop_assert!(at_least == 0 || at_least >= written.min_group);
        prop_assert!(
            below.is_none_or(|below| below >= written.min_group && below - at_least >= written.round_to)
        );
    }
    if let Some(density) = crowd.persons_per_m2 {
        prop_assert!(density.low >= 0.0 && density.low < density.high && density.high.is_finite());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_was_seen_and_whatever_is_listed(written in written(), seen in seen()) {
        let told = released(&written.town(), seen.clone());
        is_closed(&written, &told)?;
        is_coarse_in_time(&written, &told, &seen)?;
        is_coarse_in_number(&written, &told)?;
    }
}
