//! Samples of the page of exercises.

use velum_proto::v1::exercise_report::State;
use velum_proto::v1::{BoxSummary, ExpectedEvent, Hello, Scenario};

use super::*;
use crate::exercises::{Debrief, SeenAlert};
use crate::store::{Act, ExerciseRow};

const NOW_UNIX_MS: i64 = 1_795_271_000_000;

fn scenario() -> Scenario {
    let expected = ExpectedEvent {
        kind: "abandoned_object".to_owned(),
        at_secs: 40,
        words: "a bag is put down".to_owned(),
    };
    Scenario {
        id: "bag".to_owned(),
        title: "A bag at the bench".to_owned(),
        secs: 90,
        source: "composed with velum-compose".to_owned(),
        licence: "CC0-1.0".to_owned(),
        expected: vec![expected],
    }
}

fn row(state: State) -> ExerciseRow {
    ExerciseRow {
        order_id: [8; 16],
        r#box: "tram-hub-3".to_owned(),
        camera: "plaza-2".to_owned(),
        scenario: scenario(),
        why: "the yearly drill".to_owned(),
        person: "console:anna".to_owned(),
        ordered_unix_ms: NOW_UNIX_MS - 60_000,
        expires_unix_ms: NOW_UNIX_MS + 60_000,
        stopped_unix_ms: None,
        state,
        began_unix_ms: if state == State::Waits { 0 } else { NOW_UNIX_MS - 55_000 },
        ended_unix_ms: if state == State::Ended { NOW_UNIX_MS } else { 0 },
        reason: if state == State::Ended { "finished".to_owned() } else { String::new() },
    }
}

pub(super) fn page(summaries: &[BoxSummary]) -> ExercisesView {
    let abilities =
        Hello { understands: vec!["exercises".to_owned()], scenarios: vec![scenario()], ..Hello::default() };
    let places =
        summaries.iter().map(|one| PlaceSeenView::of(one, abilities.clone(), one.connected)).collect();
    ExercisesView::of(vec![row(State::Waits), row(State::Ended)], places, (true, NOW_UNIX_MS))
}

pub(super) fn running() -> RunningView {
    RunningView::of(vec![row(State::Runs), row(State::Ended)], NOW_UNIX_MS)
}

pub(super) fn debrief() -> DebriefView {
    let act = |what: &str, code: &str, secs: i64| Act {
        person: "console:anna".to_owned(),
        what: what.to_owned(),
        role: "plaza-steward".to_owned(),
        code: code.to_owned(),
        unix_ms: NOW_UNIX_MS - 11_000 + secs * 1_000,
    };
    let alert = SeenAlert {
        event: Event {
            id: vec![1; 16],
            kind: EventKind::AbandonedObject.into(),
            zone: Some("steps".to_owned()),
            ..Event::default()
        },
        after_ms: Some(44_000),
        stored_unix_ms: NOW_UNIX_MS - 11_000,
        acts: vec![act("shown", "", 0), act("took", "", 3), act("said", "furniture_or_bin", 9)],
        tells_role: true,
        tells_verdict: true,
    };
    let missed = ExpectedEvent { kind: "crowd_density".to_owned(), at_secs: 60, words: String::new() };
    let other = SeenAlert { acts: Vec::new(), after_ms: None, ..alert.clone() };
    let expected = vec![(scenario().expected.remove(0), Some(0)), (missed, None)];
    let found = Debrief { row: row(State::Ended), expected, alerts: vec![alert, other], held_back: 1 };
    DebriefView::of(found, (true, NOW_UNIX_MS))
}
