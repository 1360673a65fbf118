//! The rule on measured moments, without pictures; with pictures in `camera/tests/movement.rs`.

use velum_vocab::{AlertId, CameraId, Interval, Polygon, ZoneId};

use super::*;

fn camera() -> CameraSettings {
    let mut camera = CameraSettings::new(CameraId::parse("gate").unwrap());
    camera.zones.push(ZoneSettings {
        id: ZoneId::parse("plaza").unwrap(),
        polygon: Polygon::whole_frame(),
        abandoned: None,
        density: None,
        movement: Some(MovementSettings::default()),
    });
    camera
}

/// A crowd of so many for some seconds: its speed, and the speed at which it moves apart.
#[derive(Clone, Copy)]
struct Span {
    secs: f64,
    persons: usize,
    speed: f64,
    apart: f64,
    heading: (f64, f64),
}

const RIGHT: (f64, f64) = (1.0, 0.0);
const LEFT: (f64, f64) = (-1.0, 0.0);

fn walk(secs: f64) -> Span {
    Span { secs, persons: 10, speed: 1.4, apart: 0.1, heading: RIGHT }
}

struct Play {
    rule: MovementRule,
    step: i64,
    said: Vec<Observation>,
}

impl Play {
    fn new() -> Self {
        Self { rule: MovementRule::all(&camera()).remove(0), step: 0, said: Vec::new() }
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.step * 200)
    }

    fn span(mut self, span: Span) -> Self {
        for _ in 0..(span.secs * 5.0) as usize {
            self.step += 1;
            // A little unrest, the same each time.
            let unrest = 0.05 * ((self.step % 7) as f64 - 3.0) / 3.0;
            let usual = self.rule.usual.direction(self.rule.settings.learn_secs);
            let is_against = usual.is_some_and(|u| u.0 * span.heading.0 + u.1 * span.heading.1 <= -0.5);
            let moment = Moment {
                persons: span.persons,
                speed_m_per_s: (span.persons > 0).then_some(span.speed + unrest),
                apart_m_per_s: (span.persons > 0).then_some(span.apart + unrest),
                heading: (span.persons > 0).then_some(span.heading),
                against: if is_against { span.persons } else { 0 },
                against_fraction: usual.map(|_| f64::from(u8::from(is_against))),
                person_px: Some(60.0),
            };
            let at = self.at();
            self.said.extend(self.rule.judge(moment, at, &camera(), &[]).unwrap());
        }
        self
    }

    fn blind(mut self, secs: f64, why: Code) -> Self {
        for _ in 0..(secs * 5.0) as usize {
            self.step += 1;
            let at = self.at();
            self.said.extend(self.rule.rest(why, at, &camera(), &[]));
        }
        self
    }

    fn restarted(mut self) -> Self {
        let (alerts, usual): (Vec<_>, Vec<_>) =
            (self.rule.alerts().collect(), self.rule.usual().into_iter().collect());
        self.rule = MovementRule::all(&camera()).remove(0);
        self.rule.restore(&alerts, &usual);
        self
    }

    fn told(&self) -> Vec<(AlertState, Pattern)> {
        self.said.iter().map(|o| (o.state, body(o).pattern)).collect()
    }
}

fn body(observation: &Observation) -> &CrowdMovement {
    match &observation.body {
        ObservationBody::CrowdMovement(movement) => movement,
        other => panic!("{other:?}"),
    }
}

fn codes(observation: &Observation) -> Vec<Code> {
    observation.explanation.iter().map(|e| e.code).collect()
}

const RUN: Span = Span { secs: 6.0, persons: 10, speed: 3.0, apart: 0.2, heading: RIGHT };
const SCATTER: Span = Span { secs: 6.0, persons: 10, speed: 3.2, apart: 3.0, heading: (0.0, 0.0) };

#[test]
fn a_crowd_that_begins_to_run_is_a_surge_and_is_over_when_it_walks() {
    let play = Play::new().span(walk(150.0)).span(RUN).span(walk(10.0));
    assert_eq!(play.told(), [(AlertState::Raised, Pattern::Surge), (AlertState::Cleared, Pattern::Surge)]);
    let [raised, cleared] = &play.said[..] else { panic!() };
    assert_eq!(raised.alert, cleared.alert);
    assert_eq!((raised.validity, cleared.validity), (Validity::Valid, Validity::Valid));
    let expected = [
        Code::SpeedRose,
        Code::MovementHeldSecs,
        Code::MeasuredTogether,
        Code::SpeedFromHeights,
        Code::LearnedSecs,
    ];
    assert_eq!((codes(raised), codes(cleared)), (expected.to_vec(), vec![Code::MovementEnded]));
    assert_eq!(body(raised).direction, Some(PictureDirection::Right));
    assert!(body(raised).relative && (2.5..3.5).contains(&body(raised).speed_m_per_s));
    assert!(body(raised).persons.low <= 10.0 && body(raised).persons.high >= 10.0);
    assert_eq!(body(cleared).persons, body(raised).persons, "the group is that of the beginning");
}

#[test]
fn people_who_scatter_are_a_dispersal_and_no_surge() {
    let play = Play::new().span(walk(150.0)).span(SCATTER).span(Span { persons: 0, ..walk(20.0) });
    let expected = [(AlertState::Raised, Pattern::Dispersal), (AlertState::Cleared, Pattern::Dispersal)];
    assert_eq!(play.told(), expected);
    assert_eq!(codes(&play.said[0])[0], Code::MovingApart);
    assert_eq!(body(&play.said[0]).direction, None);
}

#[test]
fn who_runs_out_of_the_zone_was_there() {
    let leaving = |persons, secs| Span { secs, persons, ..SCATTER };
    let play =
        Play::new().span(walk(150.0)).span(leaving(9, 1.2)).span(leaving(4, 2.0)).span(leaving(0, 10.0));
    assert_eq!(play.told()[0], (AlertState::Raised, Pattern::Dispersal));
    assert!(body(&play.said[0]).persons.estimate >= 5.0);
}

#[test]
fn few_people_never_alert() {
    for persons in 1..5 {
        let play = Play::new().span(walk(150.0)).span(Span { persons, secs: 30.0, ..walk(0.0) });
        let play =
            play.span(Span { persons, secs: 30.0, ..RUN }).span(Span { persons, secs: 30.0, ..SCATTER });
        assert_eq!(play.told(), [], "{persons}");
    }
}

#[test]
fn short_or_slow_movements_say_nothing() {
    let silent =
        |span: Span| assert_eq!(Play::new().span(walk(150.0)).span(span).span(walk(10.0)).told(), []);
    silent(Span { secs: 1.4, ..RUN });
    silent(Span { speed: 1.9, secs: 60.0, ..RUN });
    silent(Span { speed: 1.5, apart: 1.5, secs: 60.0, ..SCATTER });
}

#[test]
fn what_is_usual_here_is_no_surge() {
    // Some walk, some run, all day.
    let at = |speed, secs| Span { secs, speed, ..walk(0.0) };
    let mut play = Play::new();
    for _ in 0..80 {
        play = play.span(at(1.0, 1.2)).span(at(3.0, 1.2)).span(at(1.6, 1.2));
    }
    assert_eq!(play.span(at(3.0, 30.0)).told(), []);
}

#[test]
fn while_learning_an_alert_is_not_valid() {
    let play = Play::new().span(walk(20.0)).span(RUN);
    assert_eq!(play.told(), [(AlertState::Raised, Pattern::Surge)]);
    assert_eq!(play.said[0].validity, Validity::NotValid);
    assert!(codes(&play.said[0]).contains(&Code::StillLearning));
}

#[test]
fn a_group_against_the_usual_direction_is_a_counter_flow() {
    let back = Span { heading: LEFT, ..walk(8.0) };
    let play = Play::new().span(walk(150.0)).span(back).span(walk(10.0));
    let expected = [(AlertState::Raised, Pattern::CounterFlow), (AlertState::Cleared, Pattern::CounterFlow)];
    assert_eq!(play.told(), expected);
    assert_eq!(body(&play.said[0]).direction, Some(PictureDirection::Left));
    // Where people go every way, no direction is usual.
    let mut street = Play::new();
    for _ in 0..40 {
        street = street.span(walk(4.0)).span(Span { heading: LEFT, ..walk(4.0) });
    }
    assert_eq!(street.span(Span { heading: LEFT, ..walk(30.0) }).told(), []);
    let few = Span { persons: 4, heading: LEFT, ..walk(20.0) };
    assert_eq!(Play::new().span(walk(150.0)).span(few).told(), []);
}

#[test]
fn what_goes_on_for_long_becomes_usual() {
    let play = Play::new().span(walk(150.0)).span(Span { secs: 1_500.0, ..RUN });
    assert_eq!(play.told(), [(AlertState::Raised, Pattern::Surge), (AlertState::Cleared, Pattern::Surge)]);
    assert_eq!(codes(&play.said[1]), [Code::BecameUsual]);
}

#[test]
fn an_open_alert_that_cannot_be_judged_is_said_to_be_not_valid_once() {
    for why in [Code::TooDark, Code::CameraMoved, Code::CameraLost] {
        let play = Play::new().span(walk(150.0)).span(RUN).blind(60.0, why).span(walk(10.0));
        let states: Vec<_> = play.said.iter().map(|o| (o.state, o.validity)).collect();
        let expected = [
            (AlertState::Raised, Validity::Valid),
            (AlertState::Updated, Validity::NotValid),
            (AlertState::Cleared, Validity::Valid),
        ];
        assert_eq!(states, expected, "{why:?}");
        assert_eq!(codes(&play.said[1]), [why]);
    }
    assert_eq!(Play::new().span(walk(150.0)).blind(60.0, Code::TooDark).told(), []);
    let shaken = Play::new().span(walk(150.0)).span(Span { secs: 1.0, ..RUN }).blind(1.0, Code::CameraMoved);
    assert_eq!(shaken.span(Span { secs: 1.0, ..RUN }).span(walk(5.0)).told(), [], "it did not go on");
}

#[test]
fn a_restart_neither_doubles_nor_forgets() {
    let play = Play::new().span(walk(150.0)).span(RUN).restarted().span(RUN).span(walk(10.0));
    assert_eq!(play.told(), [(AlertState::Raised, Pattern::Surge), (AlertState::Cleared, Pattern::Surge)]);
    assert_eq!(play.said[0].alert, play.said[1].alert);
    // What is usual is known at once, so that the next one is valid.
    let next = Play::new().span(walk(150.0)).restarted().span(walk(5.0)).span(RUN);
    assert_eq!(next.said[0].validity, Validity::Valid);
    let quiet = Play::new().span(walk(150.0)).restarted();
    assert_eq!(quiet.rule.alerts().count(), 0);
}

#[test]
fn an_alert_of_another_zone_is_not_taken() {
    let mut rule = MovementRule::all(&camera()).remove(0);
    let alert = AlertId::random().unwrap();
    let persons = Interval { low: 8.0, estimate: 9.0, high: 11.0 };
    let (zone, since) = (ZoneId::parse("elsewhere").unwrap(), Timestamp::from_unix_millis(5));
    rule.restore(&[MovementAlertState { zone, pattern: Pattern::Surge, alert, since, persons }], &[]);
    assert_eq!(rule.alerts().count(), 0);
}
