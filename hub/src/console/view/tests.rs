mod exercises;
mod overseen;

use std::path::Path;

use serde_json::Value;
use velum_proto::v1::{
    CameraHealth, Expired, IncarnationSummary, Lost, Record, SpeedBand, Verdict, Withheld, event::Body,
    record::End, suppression_receipt,
};

use super::*;
use crate::access::{AlertState, EscalatedState, TakenState, TextState, Word};
use crate::plans::{Placed, PlanTitle};
use crate::reviews::{Looked, Owed, SeenSuppression};
use crate::store::{CameraPlace, Lapse, PlanRow, SuppressionRow};

fn record(end: Option<End>) -> RecordView {
    StoredRecord {
        cursor: 1_041,
        r#box: "tram-hub-3".to_owned(),
        incarnation: vec![7; 16],
        stored_unix_ms: 1_795_270_992_000,
        record: Some(Record { sequence: 12, end }),
        held_back: Vec::new(),
    }
    .into()
}

fn event(kind: EventKind, body: Option<Body>) -> RecordView {
    record(Some(End::Event(Event {
        id: vec![1; 16],
        alert_id: vec![2; 16],
        kind: kind.into(),
        state: EventState::Raised.into(),
        site: Some("plaza".to_owned()),
        camera: Some("plaza-2".to_owned()),
        zone: Some("steps".to_owned()),
        time: Some(Instant { unix_ms: 1_795_270_980_000, precision_ms: 60_000 }),
        confidence: ConfidenceBand::High.into(),
        validity: Validity::Valid.into(),
        explanation: vec![Explanation { code: "unattended_secs".to_owned(), value: Some(90.0) }],
        policy_digest: vec![3; 32],
        model_digests: vec![vec![4; 32]],
        staged: Some("demonstration".to_owned()),
        still_may_be_asked_for: true,
        body,
        ..Event::default()
    })))
}

fn records() -> Vec<RecordView> {
    let object = AbandonedObject {
        object_kind: Some("backpack".to_owned()),
        dwell: Some(DurationBand { at_least_secs: 60, below_secs: Some(120) }),
        grid_cell: None,
        first_seen: Some(Instant { unix_ms: 1_795_270_860_000, precision_ms: 60_000 }),
    };
    let crowd = CrowdDensity {
        level: Some("dense".to_owned()),
        previous_level: Some("busy".to_owned()),
        persons: Some(CountBand { at_least: 20, below: None }),
        persons_per_m2: Some(Interval { low: 0.5, high: 1.25 }),
        relative: false,
        demo_threshold: true,
    };
    let movement = CrowdMovement {
        pattern: MovementPattern::Dispersal.into(),
        persons: Some(CountBand { at_least: 20, below: Some(30) }),
        speed: Some(SpeedBand { at_least_m_per_s: 2.0, below_m_per_s: Some(3.0) }),
        direction: PictureDirection::UpLeft.into(),
        relative: true,
    };
    let health = CameraHealth { state: CoverageState::Dark.into() };
    vec![
        event(EventKind::AbandonedObject, Some(Body::AbandonedObject(object))),
        event(EventKind::CrowdDensity, Some(Body::CrowdDensity(crowd))),
        event(EventKind::CrowdMovement, Some(Body::CrowdMovement(movement))),
        event(EventKind::CameraHealth, Some(Body::CameraHealth(health))),
        event(EventKind::AbandonedObject, None),
        record(Some(End::Event(Event { id: vec![9; 16], ..Event::default() }))),
        record(Some(End::Withheld(Withheld { rule: "schedule".to_owned() }))),
        record(Some(End::Expired(Expired { key_day: "2026-11-20".to_owned() }))),
        record(Some(End::Lost(Lost {
            cause: "disk_set_back".to_owned(),
            incarnation: None,
            last_known_sequence: Some(7),
        }))),
        record(None),
    ]
}

fn bin(camera: &str, hour: i64, secs_by_state: &[(CoverageState, u32)]) -> CoverageBin {
    CoverageBin {
        camera: camera.to_owned(),
        hour_unix_secs: 1_795_266_000 + hour * 3_600,
        secs_by_state: secs_by_state.iter().map(|(state, secs)| (i32::from(*state), *secs)).collect(),
        frames_decoded: 18_000,
        frames_analysed: 17_500,
        frames_dropped: 500,
        stills_withheld: BTreeMap::from([("too_dark".to_owned(), 1)]),
    }
}

fn fleet() -> FleetView {
    FleetView::of(summaries())
}

fn summaries() -> Vec<BoxSummary> {
    let incarnation = |missing| IncarnationSummary {
        incarnation: vec![7; 16],
        stored: 10,
        withheld: 2,
        expired: 1,
        lost: 1,
        missing,
        highest_sequence: 14 + missing,
    };
    let summary = |connected| BoxSummary {
        r#box: "tram-hub-3".to_owned(),
        connected,
        last_seen_unix_ms: Some(1_795_270_992_000),
        incarnations: vec![incarnation(0), incarnation(3)],
        coverage: vec![
            bin("plaza-1", 0, &[(CoverageState::Analysed, 3_600)]),
            bin("plaza-1", 1, &[(CoverageState::Analysed, 600), (CoverageState::Offline, 60)]),
            bin("plaza-2", 1, &[(CoverageState::Dark, 660)]),
        ],
        policy_digest: vec![3; 32],
        model_digests: vec![vec![4; 32]],
        version: "velum-edge 0.1.0".to_owned(),
    };
    vec![summary(true), summary(false)]
}

fn still() -> StillView {
    Still {
        jpeg: vec![0xff, 0xd8, 0xff, 0xd9],
        captured: Some(Instant { unix_ms: 1_795_270_980_000, precision_ms: 60_000 }),
        width_px: 1_280,
        height_px: 720,
        covered_fraction: 0.25,
        policy_digest: vec![3; 32],
        model_digests: vec![vec![4; 32]],
    }
    .into()
}

fn reviews() -> Vec<ReviewView> {
    let word =
        |verdict| Word { verdict, role: Some("plaza-steward".to_owned()), unix_ms: Some(1_795_270_999_000) };
    let state = AlertState {
        event_id: vec![1; 16],
        tells_time: true,
        may_review: true,
        needed: 2,
        agree: 1,
        people: 1,
        mine: None,
        decided: None,
        others: Vec::new(),
        taken: Some(TakenState { is_mine: false, role: None, until_unix_ms: 1_795_271_292_000 }),
        escalated: Some(EscalatedState {
            reason: "cannot_tell".to_owned(),
            role: Some("plaza-steward".to_owned()),
            unix_ms: 1_795_270_999_000,
        }),
        lapse: None,
        texts: vec![TextState { text_id: [8; 16], is_mine: false, role: Some("plaza-steward".to_owned()) }],
    };
    let decided = AlertState {
        agree: 2,
        people: 2,
        mine: Some(Verdict::FurnitureOrBin),
        decided: Some(word(Some(Verdict::FurnitureOrBin))),
        others: vec![word(None)],
        taken: None,
        escalated: None,
        lapse: Some(Lapse::Kept),
        ..state.clone()
    };
    let owed = Some(Owed { deadline_ms: Some(180_000), lapse: Lapse::Erased });
    let deadline_unix_ms = Some(1_795_271_172_000);
    vec![
        ReviewView::new(Looked { state, owed, deadline_unix_ms }, None),
        ReviewView::new(Looked { state: decided, owed: None, deadline_unix_ms: None }, Some(7)),
    ]
}

fn plans() -> PlansView {
    let placed = Placed {
        x_fraction: 0.25,
        y_fraction: 0.5,
        heading_degrees: 135.0,
        view_degrees: 70.0,
        reach_fraction: 0.15,
    };
    let camera = CameraPlace { r#box: "tram-hub-3".to_owned(), camera: "plaza-2".to_owned(), placed };
    let plan = PlanRow {
        plan: 1,
        title: PlanTitle { name: "square".to_owned(), site: "plaza".to_owned() },
        width_px: 1_600,
        height_px: 1_000,
        version: 2,
        cameras: vec![camera],
    };
    PlansView::of(&[plan], true)
}

fn suppressions() -> SuppressionsView {
    let row = SuppressionRow {
        order_id: [5; 16],
        r#box: "tram-hub-3".to_owned(),
        event_id: vec![1; 16],
        camera: Some("plaza-2".to_owned()),
        verdict: Verdict::FurnitureOrBin,
        days: 7,
        role: "plaza-steward".to_owned(),
        ordered_unix_ms: 1_795_270_999_000,
        until_unix_ms: 1_795_875_799_000,
        lifted_role: None,
        lifted_unix_ms: None,
        outcome: suppression_receipt::Outcome::Added,
        number: 3,
        reason: String::new(),
    };
    let seen = |tells| SeenSuppression {
        row: row.clone(),
        tells_verdict: tells,
        tells_role: tells,
        tells_time: tells,
    };
    SuppressionsView::of(vec![seen(true), seen(false)], 1_795_271_000_000)
}

/// `UPDATE=1` writes the file anew.
#[test]
fn the_page_knows_these_types() {
    let json = |value: Value| serde_json::to_string_pretty(&value).unwrap();
    let text = format!(
        "// Written by the test `the_page_knows_these_types` of velum-hub; the compiler holds it against api.ts.\n\
         import type {{ Boxes, Debrief, Exercises, Fleet, Hours, HubRecord, Oversight, Plans, PolicyDiff, Review, RunningExercises, Still, Suppressions, Token, Verified }} from \"../src/api.js\";\n\n\
         export const records: HubRecord[] = {};\n\nexport const fleet: Fleet = {};\n\n\
         export const hours: Hours = {};\n\n\
         export const still: Still = {};\n\nexport const reviews: Review[] = {};\n\n\
         export const oversight: Oversight = {};\n\nexport const diff: PolicyDiff = {};\n\n\
         export const verified: Verified[] = {};\n\nexport const boxes: Boxes = {};\n\nexport const token: Token = {};\n\n\
         export const plans: Plans = {};\n\n\
         export const suppressions: Suppressions = {};\n\n\
         export const exercises: Exercises = {};\n\nexport const running: RunningExercises = {};\n\n\
         export const debrief: Debrief = {};\n",
        json(serde_json::to_value(records()).unwrap()),
        json(serde_json::to_value(fleet()).unwrap()),
        json(serde_json::to_value(HoursView::of(&summaries())).unwrap()),
        json(serde_json::to_value(still()).unwrap()),
        json(serde_json::to_value(reviews()).unwrap()),
        json(serde_json::to_value(overseen::oversight(&summaries())).unwrap()),
        json(serde_json::to_value(overseen::diff()).unwrap()),
        json(serde_json::to_value(overseen::verified()).unwrap()),
        json(serde_json::to_value(overseen::boxes(&summaries())).unwrap()),
        json(serde_json::to_value(overseen::token()).unwrap()),
        json(serde_json::to_value(plans()).unwrap()),
        json(serde_json::to_value(suppressions()).unwrap()),
        json(serde_json::to_value(exercises::page(&summaries())).unwrap()),
        json(serde_json::to_value(exercises::running()).unwrap()),
        json(serde_json::to_value(exercises::debrief()).unwrap()),
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("console/tests/samples.ts");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{}: out of date; UPDATE=1 cargo test -p velum-hub writes it anew", path.display());
}

#[test]
fn numbers_and_seconds_are_summed_by_box_and_camera() {
    let fleet = fleet();
    let [connected, away] = fleet.boxes.as_slice() else { panic!("{fleet:?}") };
    assert_eq!(connected.numbers, NumbersView { stored: 20, withheld: 4, expired: 2, lost: 2, missing: 3 });
    assert_eq!((connected.last_seen_unix_ms, away.last_seen_unix_ms), (None, Some(1_795_270_992_000)));
    let [first, second] = connected.cameras.as_slice() else { panic!("{connected:?}") };
    assert_eq!(first.day_secs_by_state, BTreeMap::from([("analysed", 4_200), ("offline", 60)]));
    assert_eq!(first.hour_secs_by_state, BTreeMap::from([("analysed", 600), ("offline", 60)]));
    assert_eq!(second.camera, "plaza-2");
    let withheld = |camera: &CameraView| camera.day_stills_withheld.get("too_dark").copied();
    assert_eq!((withheld(first), withheld(second)), (Some(2), Some(1)));
}

#[test]
fn the_hours_of_a_camera_are_told_one_by_one() {
    let HoursView { cameras } = HoursView::of(&summaries()[..1]);
    let told: Vec<_> = cameras.iter().map(|one| (one.camera.as_str(), one.hours.len())).collect();
    assert_eq!(told, [("plaza-1", 2), ("plaza-2", 1)]);
    let newest = cameras[0].hours.last().unwrap();
    assert_eq!(newest.hour_unix_secs, 1_795_269_600);
    assert_eq!(newest.secs_by_state, BTreeMap::from([("analysed", 600), ("offline", 60)]));
}
