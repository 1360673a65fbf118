use velum_vocab::{CameraId, Explanation, ExplanationCode, Timestamp, ZoneId};

use super::*;
use crate::truth::box_of_corner;

const UNATTENDED_SECS: f64 = 30.0;
const END_SECS: f64 = 120.0;

fn place() -> BoxInFrame {
    box_of_corner(100.0, 100.0, 20.0, 30.0).unwrap()
}

fn spec(
    kind: ObjectKind,
    put_down_secs: f64,
    owner_left_secs: Option<f64>,
    gone_secs: Option<f64>,
) -> ObjectSpec {
    ObjectSpec {
        id: "thing".to_owned(),
        kind,
        put_down_secs,
        owner_left_secs,
        gone_secs,
        box_px: None,
        box_fraction: Some([0.0, 0.0, 0.1, 0.1]),
        contrast: None,
        height_fraction: None,
        scenario: String::new(),
        tags: BTreeMap::new(),
    }
}

fn observation(alert: AlertId, state: AlertState) -> Observation {
    Observation {
        alert,
        camera: CameraId::parse("c").unwrap(),
        zone: ZoneId::parse("z").unwrap(),
        at: Timestamp::from_unix_secs(0),
        state,
        body: ObservationBody::AbandonedObject(AbandonedObject {
            box_in_frame: place(),
            class: None,
            put_down_at: Timestamp::from_unix_secs(20),
            unattended_secs: 30.0,
        }),
        confidence: 0.8,
        validity: Validity::Valid,
        explanation: vec![Explanation::of(ExplanationCode::NewlyArrived)],
        models: Vec::new(),
        staged: None,
    }
}

/// Alerts that are raised at these times and cleared 5 s later.
fn said(raised_secs: &[f64]) -> Said {
    let mut said = Said::default();
    for secs in raised_secs {
        let alert = AlertId::random().unwrap();
        for (secs, state) in [(*secs, AlertState::Raised), (secs + 5.0, AlertState::Cleared)] {
            let step = Step { observations: vec![observation(alert, state)], ..Step::default() };
            said.take(secs, &step, |at| at.secs_since(Timestamp::from_unix_secs(0)));
        }
    }
    said
}

fn check(object: ObjectSpec, raised_secs: &[f64], expected: (ObjectOutcome, Option<f64>, u64)) {
    let (alerts, objects) = said(raised_secs).finish(&[(object.clone(), place())], UNATTENDED_SECS, END_SECS);
    let [became] = objects.as_slice() else { panic!("{objects:?}") };
    assert_eq!(
        (became.outcome, became.delay_secs, became.duplicates),
        expected,
        "{object:?} {raised_secs:?}"
    );
    assert!(alerts.iter().all(|alert| alert.cleared_secs == Some(alert.raised_secs + 5.0)));
}

#[test]
fn an_object_is_found_early_missed_or_not_due() {
    let bag = |gone_secs| spec(ObjectKind::Object, 20.0, Some(25.0), gone_secs);
    check(bag(None), &[58.0], (ObjectOutcome::Found, Some(3.0), 0));
    check(bag(None), &[54.5], (ObjectOutcome::Found, Some(-0.5), 0));
    check(bag(None), &[40.0], (ObjectOutcome::Early, Some(-15.0), 0));
    check(bag(None), &[], (ObjectOutcome::Missed, None, 0));
    check(bag(None), &[58.0, 70.0, 90.0], (ObjectOutcome::Found, Some(3.0), 2));
    check(bag(Some(50.0)), &[], (ObjectOutcome::NotDue, None, 0));
    check(bag(Some(50.0)), &[45.0], (ObjectOutcome::Early, Some(-10.0), 0));
    check(spec(ObjectKind::Object, 100.0, Some(101.0), None), &[], (ObjectOutcome::NotDue, None, 0));
}

#[test]
fn what_may_not_alert_is_quiet_or_alerted() {
    check(spec(ObjectKind::PersonLying, 0.0, None, None), &[], (ObjectOutcome::Quiet, None, 0));
    check(spec(ObjectKind::PersonLying, 0.0, None, None), &[50.0], (ObjectOutcome::Alerted, None, 0));
    check(spec(ObjectKind::Attended, 0.0, Some(1.0), None), &[50.0], (ObjectOutcome::Alerted, None, 0));
}

#[test]
fn alerts_of_the_lead_in_are_told_and_not_judged() {
    let (alerts, _) = said(&[-2.0, 30.0]).finish(&[], UNATTENDED_SECS, END_SECS);
    assert_eq!((alerts[0].verdict, alerts[1].verdict), (None, Some(Verdict::False)));
    assert_eq!(
        (alerts[1].put_down_secs, alerts[1].codes.as_slice()),
        (20.0, ["newly_arrived".to_owned()].as_slice())
    );
    assert_eq!(alerts[1].because, "it is new in the scene, not the trace of something taken away");
}
