use velum_proto::v1::{
    AbandonedObject, Batch, BoxMessage, CameraHealth, CoverageReport, CrowdDensity, Interval, Lost,
    SpeedBand, Withheld, box_message,
};

use super::*;

fn good_event() -> Event {
    Event {
        id: vec![1; 16],
        alert_id: vec![2; 16],
        kind: EventKind::CrowdDensity.into(),
        policy_digest: vec![3; 32],
        body: Some(Body::CrowdDensity(CrowdDensity::default())),
        ..Event::default()
    }
}

fn check_event(change: impl FnOnce(&mut Event), expected: &str) {
    let mut event = good_event();
    change(&mut event);
    check_end(Some(End::Event(event)), expected);
}

fn check_end(end: Option<End>, expected: &str) {
    let refusal = batch(&[Record { sequence: 3, end }], 10).unwrap_err().to_string();
    assert!(refusal.starts_with("record 3: "), "{refusal}");
    assert!(refusal.contains(expected), "`{refusal}` should say `{expected}`");
}

#[test]
fn a_good_event_passes() {
    let record = Record { sequence: 3, end: Some(End::Event(good_event())) };
    let valid = batch(std::slice::from_ref(&record), 10).unwrap();
    assert_eq!(valid.first().unwrap().payload, record.encode_to_vec());
}

#[test]
fn bad_events_are_refused_by_field() {
    check_event(|event| event.id.clear(), "event.id: expected 16 bytes, found 0");
    check_event(|event| event.alert_id.push(1), "event.alert_id: expected 16 bytes, found 17");
    check_event(|event| event.kind = 0, "event.kind");
    check_event(|event| event.kind = 77, "a newer box needs a newer hub");
    check_event(|event| event.state = 9, "event.state");
    check_event(|event| event.camera = Some("a".repeat(129)), "event.camera: expected at most 128 bytes");
    check_event(
        |event| event.camera = Some("\u{1b}[2J".to_owned()),
        "event.camera: expected no control characters",
    );
    check_event(|event| event.zone = Some(String::new()), "event.zone: expected a text");
    check_event(|event| event.policy_digest = vec![1; 31], "event.policy_digest: expected 32 bytes");
    check_event(
        |event| event.model_digests = vec![vec![]],
        "event.model_digests: expected 32 bytes, found 0",
    );
    check_event(|event| event.time = Some(Instant { unix_ms: -1, precision_ms: 1 }), "event.time.unix_ms");
    check_event(
        |event| event.body = Some(Body::AbandonedObject(AbandonedObject::default())),
        "event.body: expected that of CrowdDensity",
    );
    check_event(
        |event| {
            let density = CrowdDensity {
                persons_per_m2: Some(Interval { low: f64::NAN, high: 1.0 }),
                ..CrowdDensity::default()
            };
            event.body = Some(Body::CrowdDensity(density));
        },
        "persons_per_m2.low: expected a finite number",
    );
    check_event(
        |event| {
            event.kind = EventKind::CameraHealth.into();
            event.body = Some(Body::CameraHealth(CameraHealth { state: 99 }));
        },
        "event.camera_health.state",
    );
    let movement = |crowd: CrowdMovement| {
        move |event: &mut Event| {
            event.kind = EventKind::CrowdMovement.into();
            event.body = Some(Body::CrowdMovement(crowd));
        }
    };
    let band = |at_least_m_per_s, below_m_per_s| Some(SpeedBand { at_least_m_per_s, below_m_per_s });
    check_event(movement(CrowdMovement { pattern: 9, ..CrowdMovement::default() }), "crowd_movement.pattern");
    check_event(
        movement(CrowdMovement { direction: 9, ..CrowdMovement::default() }),
        "crowd_movement.direction",
    );
    check_event(
        movement(CrowdMovement { speed: band(f64::NAN, None), ..CrowdMovement::default() }),
        "speed.at_least_m_per_s: expected a finite number",
    );
    check_event(
        movement(CrowdMovement { speed: band(1.0, Some(f64::INFINITY)), ..CrowdMovement::default() }),
        "speed.below_m_per_s: expected a finite number",
    );
    check_event(
        |event| event.explanation = vec![Explanation { code: "a".to_owned(), value: Some(f64::INFINITY) }],
        "event.explanation.value",
    );
    check_event(|event| event.explanation = vec![Explanation::default(); 65], "at most 64 conditions");
}

#[test]
fn other_bad_ends_are_refused() {
    check_end(None, "end: expected one end, found none");
    check_end(Some(End::Withheld(Withheld { rule: String::new() })), "withheld.rule");
    let lost = Lost { cause: "a".to_owned(), incarnation: Some(vec![1]), last_known_sequence: None };
    check_end(Some(End::Lost(lost)), "lost.incarnation: expected 16 bytes");
    let zero = Record { sequence: 0, end: Some(End::Event(good_event())) };
    assert!(batch(&[zero], 10).unwrap_err().to_string().contains("a number from 1"));
    assert!(batch(&[], 10).is_err());
}

#[test]
fn coverage_is_checked() {
    let good = CoverageBin { camera: "plaza-1".to_owned(), hour_unix_secs: 7_200, ..CoverageBin::default() };
    assert!(coverage(std::slice::from_ref(&good), 1).is_ok());
    assert!(coverage(&[good.clone(), good.clone()], 1).is_err());
    assert!(coverage(&[CoverageBin { hour_unix_secs: 7_201, ..good.clone() }], 1).is_err());
    assert!(coverage(&[CoverageBin { secs_by_state: [(99, 1)].into(), ..good }], 1).is_err());
}

fn check_reasons(reasons: &[&str], expected: Result<(), &str>) {
    let bin = CoverageBin {
        camera: "plaza-1".to_owned(),
        stills_withheld: reasons.iter().map(|reason| ((*reason).to_owned(), 1)).collect(),
        ..CoverageBin::default()
    };
    match (coverage(std::slice::from_ref(&bin), 1), expected) {
        (Ok(valid), Ok(())) => assert_eq!(valid.first().unwrap().payload, bin.encode_to_vec()),
        (Err(refusal), Err(expected)) => {
            let refusal = refusal.to_string();
            assert!(refusal.contains(expected), "`{refusal}` should say `{expected}`");
            assert!(!refusal.chars().any(char::is_control), "{refusal:?}");
        }
        (found, expected) => panic!("{reasons:?}: {found:?}, expected {expected:?}"),
    }
}

#[test]
fn reasons_of_missing_stills_are_codes_and_few() {
    check_reasons(&["too_dark", "verifier"], Ok(()));
    check_reasons(&["from-a.newer_box2"], Ok(()));
    check_reasons(&["a".repeat(64).as_str()], Ok(()));
    for bad in ["", "two words", "\u{1b}[2J", "<b>", "ä", "a".repeat(65).as_str()] {
        check_reasons(&["too_dark", bad], Err("coverage.stills_withheld: expected codes of 1 to 64"));
    }
    let many: Vec<String> = (0..65).map(|number| format!("reason_{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    check_reasons(&many[..64], Ok(()));
    check_reasons(&many, Err("at most 64 reasons, found 65"));
}

/// Whatever bytes a box sends: refused, or stored in a form that reads back the same.
fn fuzz_box_message(bytes: &[u8]) {
    let Ok(BoxMessage { message: Some(message) }) = BoxMessage::decode(bytes) else { return };
    match message {
        box_message::Message::Hello(of) => drop(hello(&of)),
        box_message::Message::Coverage(report) => {
            for (valid, bin) in coverage(&report.bins, 100).unwrap_or_default().iter().zip(&report.bins) {
                assert_eq!(CoverageBin::decode(valid.payload.as_slice()).as_ref(), Ok(bin));
                assert!(bin.stills_withheld.len() <= 64);
                assert!(bin.stills_withheld.keys().all(|reason| (1..=64).contains(&reason.len())));
                assert!(bin.stills_withheld.keys().all(|reason| reason.is_ascii() && !reason.contains(' ')));
            }
        }
        box_message::Message::StillAnswer(_) => {}
        box_message::Message::SettingsReport(of) => drop(settings_report(of)),
        box_message::Message::SettingsReceipt(of) => drop(settings_receipt(&of)),
        box_message::Message::BoxState(of) => drop(box_state(&of)),
        box_message::Message::PolicyReceipt(of) => {
            if receipt(&of).is_ok() {
                assert!(of.digest.len() == 32 && of.reason.len() <= 4_000);
            }
        }
        box_message::Message::SuppressionReceipt(of) => {
            if suppression_receipt(&of).is_ok() {
                assert!(of.order_id.len() == 16 && of.reason.len() <= 64 && of.until_unix_ms >= 0);
            }
        }
        box_message::Message::ExerciseReport(of) => {
            if exercise_report(&of).is_ok() {
                assert!(of.order_id.len() == 16 && of.reason.len() <= 64 && of.began_unix_ms >= 0);
            }
        }
        box_message::Message::Batch(Batch { records }) => {
            for (valid, record) in batch(&records, 100).unwrap_or_default().iter().zip(&records) {
                assert_eq!(Record::decode(valid.payload.as_slice()).as_ref(), Ok(record));
                assert!(valid.sequence >= 1);
            }
        }
    }
}

#[test]
fn fuzz_box_messages_of_random_and_damaged_bytes() {
    let mut random = fastrand::Rng::with_seed(5);
    let records = vec![Record { sequence: 3, end: Some(End::Event(good_event())) }];
    let bin = CoverageBin {
        camera: "plaza-1".to_owned(),
        hour_unix_secs: 7_200,
        secs_by_state: [(CoverageState::Analysed.into(), 3_600)].into(),
        stills_withheld: ["too_dark", "verifier"].map(|reason| (reason.to_owned(), 2)).into(),
        ..CoverageBin::default()
    };
    let report = CoverageReport { bins: vec![bin] };
    let report_of_exercise = ExerciseReport {
        order_id: vec![1; 16],
        state: exercise_report::State::Ended.into(),
        began_unix_ms: 7_200_000,
        ended_unix_ms: 7_290_000,
        reason: "finished".to_owned(),
    };
    let bag = Scenario {
        id: "bag".to_owned(),
        title: "A bag".to_owned(),
        secs: 90,
        source: "composed".to_owned(),
        licence: "CC0-1.0".to_owned(),
        expected: Vec::new(),
    };
    let greeting = Hello {
        incarnation: vec![7; 16],
        oldest_sequence: 1,
        next_sequence: 2,
        understands: vec!["exercises".to_owned()],
        scenarios: vec![bag],
        ..Hello::default()
    };
    let receipt = SuppressionReceipt {
        order_id: vec![1; 16],
        outcome: suppression_receipt::Outcome::Added.into(),
        number: 3,
        until_unix_ms: 7_200_000,
        reason: "over".to_owned(),
    };
    for message in [
        box_message::Message::Batch(Batch { records }),
        box_message::Message::Coverage(report),
        box_message::Message::SuppressionReceipt(receipt),
        box_message::Message::ExerciseReport(report_of_exercise),
        box_message::Message::Hello(greeting),
    ] {
        fuzz_damaged(&BoxMessage { message: Some(message) }.encode_to_vec(), &mut random);
    }
}

fn fuzz_damaged(good: &[u8], random: &mut fastrand::Rng) {
    fuzz_box_message(good);
    for _ in 0..20_000 {
        let mut damaged = good.to_vec();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(..damaged.len());
            damaged[at] = random.u8(..);
        }
        damaged.truncate(random.usize(..=damaged.len()));
        fuzz_box_message(&damaged);
        let noise: Vec<u8> = (0..random.usize(..64)).map(|_| random.u8(..)).collect();
        fuzz_box_message(&noise);
    }
}
