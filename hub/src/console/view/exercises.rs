//! Exercises, as the page is told of them.

use std::collections::BTreeSet;

use serde::Serialize;
use velum_proto::v1::{BoxSummary, ExpectedEvent, Hello, Scenario};

use super::event_kind;
use crate::exercises::{Debrief, SeenAlert};
use crate::store::{Act, EXERCISES, ExerciseRow};

/// The page of exercises.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct ExercisesView {
    /// The newest first.
    exercises: Vec<ExerciseView>,
    /// What could be played where: for administrators.
    places: Vec<PlaceSeenView>,
    may_start: bool,
    hub_unix_ms: i64,
}

/// One exercise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct ExerciseView {
    order_id: String,
    r#box: String,
    camera: String,
    scenario: ScenarioView,
    why: String,
    /// For administrators.
    person: Option<String>,
    ordered_unix_ms: i64,
    began_unix_ms: Option<i64>,
    ended_unix_ms: Option<i64>,
    /// As the table `exercise_state` of the words names it.
    state: &'static str,
    /// Why it ended or was refused: a code.
    reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct ScenarioView {
    id: String,
    title: String,
    secs: u32,
    source: String,
    licence: String,
    expected: Vec<ExpectedView>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct ExpectedView {
    kind: String,
    at_secs: u32,
    words: String,
}

/// One box.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct PlaceSeenView {
    r#box: String,
    connected: bool,
    /// Whether its program plays exercises at all.
    is_able: bool,
    cameras: BTreeSet<String>,
    scenarios: Vec<ScenarioView>,
}

/// Those that run or wait: everybody in the control room is told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct RunningView {
    exercises: Vec<ExerciseView>,
}

/// What came of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct DebriefView {
    exercise: ExerciseView,
    expected: Vec<AnsweredView>,
    alerts: Vec<AlertView>,
    /// Alerts that this person may not read.
    held_back: usize,
    hub_unix_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct AnsweredView {
    kind: String,
    at_secs: u32,
    words: String,
    /// Which alert answered it; none: it was missed.
    alert: Option<usize>,
    /// How much later than it was expected; less than nought where it was earlier.
    delay_secs: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct AlertView {
    event_id: String,
    kind: &'static str,
    zone: Option<String>,
    after_secs: Option<i64>,
    is_expected: bool,
    acts: Vec<ActView>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct ActView {
    /// As the table `exercise_act` of the words names it.
    what: String,
    role: Option<String>,
    /// For administrators.
    person: Option<String>,
    /// A verdict, or the reason of an escalation.
    code: Option<String>,
    /// From when the alert came.
    after_secs: i64,
}

impl ExercisesView {
    pub(in crate::console) fn of(
        rows: Vec<ExerciseRow>,
        places: Vec<PlaceSeenView>,
        (may_start, now_unix_ms): (bool, i64),
    ) -> Self {
        let exercises = rows.into_iter().map(|row| ExerciseView::of(row, may_start, now_unix_ms)).collect();
        Self { exercises, places, may_start, hub_unix_ms: now_unix_ms }
    }
}

impl RunningView {
    pub(in crate::console) fn of(rows: Vec<ExerciseRow>, now_unix_ms: i64) -> Self {
        let open = rows.into_iter().filter(|row| row.is_open(now_unix_ms));
        Self { exercises: open.map(|row| ExerciseView::of(row, false, now_unix_ms)).collect() }
    }
}

impl ExerciseView {
    fn of(row: ExerciseRow, names_people: bool, now_unix_ms: i64) -> Self {
        let time = |unix_ms: i64| (unix_ms > 0).then_some(unix_ms);
        Self {
            state: row.standing(now_unix_ms),
            order_id: hex::encode(row.order_id),
            r#box: row.r#box,
            camera: row.camera,
            scenario: row.scenario.into(),
            why: row.why,
            person: names_people.then_some(row.person),
            ordered_unix_ms: row.ordered_unix_ms,
            began_unix_ms: time(row.began_unix_ms),
            ended_unix_ms: time(row.ended_unix_ms),
            reason: row.reason,
        }
    }
}

impl PlaceSeenView {
    pub(in crate::console) fn of(summary: &BoxSummary, abilities: Hello, connected: bool) -> Self {
        Self {
            r#box: summary.r#box.clone(),
            connected,
            is_able: abilities.understands.iter().any(|one| one == EXERCISES),
            cameras: summary.coverage.iter().map(|bin| bin.camera.clone()).collect(),
            scenarios: abilities.scenarios.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Scenario> for ScenarioView {
    fn from(of: Scenario) -> Self {
        let Scenario { id, title, secs, source, licence, expected } = of;
        Self { id, title, secs, source, licence, expected: expected.into_iter().map(Into::into).collect() }
    }
}

impl From<ExpectedEvent> for ExpectedView {
    fn from(of: ExpectedEvent) -> Self {
        Self { kind: of.kind, at_secs: of.at_secs, words: of.words }
    }
}

impl DebriefView {
    pub(in crate::console) fn of(found: Debrief, (names_people, now_unix_ms): (bool, i64)) -> Self {
        let Debrief { row, expected, alerts, held_back } = found;
        let answers: BTreeSet<usize> = expected.iter().filter_map(|(_, alert)| *alert).collect();
        let expected = expected.into_iter().map(|(one, alert)| AnsweredView {
            delay_secs: alert.and_then(|place| alerts.get(place)).and_then(|alert| {
                Some(alert.after_ms?.div_euclid(1_000).saturating_sub(i64::from(one.at_secs)))
            }),
            kind: one.kind,
            at_secs: one.at_secs,
            words: one.words,
            alert,
        });
        Self {
            expected: expected.collect(),
            alerts: (alerts.iter().enumerate())
                .map(|(place, alert)| alert_view(alert, answers.contains(&place), names_people))
                .collect(),
            exercise: ExerciseView::of(row, names_people, now_unix_ms),
            held_back,
            hub_unix_ms: now_unix_ms,
        }
    }
}

fn alert_view(of: &SeenAlert, is_expected: bool, names_people: bool) -> AlertView {
    AlertView {
        event_id: hex::encode(&of.event.id),
        kind: event_kind(of.event.kind()),
        zone: of.event.zone.clone(),
        after_secs: of.after_ms.map(|ms| ms.div_euclid(1_000)),
        is_expected,
        acts: of.acts.iter().map(|act| act_view(act, of, names_people)).collect(),
    }
}

fn act_view(act: &Act, of: &SeenAlert, names_people: bool) -> ActView {
    let is_verdict = act.what == "said";
    let tells_code = !is_verdict || of.tells_verdict || names_people;
    ActView {
        what: act.what.clone(),
        role: (of.tells_role || names_people).then(|| act.role.clone()).filter(|role| !role.is_empty()),
        person: names_people.then(|| act.person.clone()),
        code: Some(act.code.clone()).filter(|code| !code.is_empty() && tells_code),
        after_secs: act.unix_ms.saturating_sub(of.stored_unix_ms).max(0).div_euclid(1_000),
    }
}
