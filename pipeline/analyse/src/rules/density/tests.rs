use velum_vocab::{BoxInFrame, CameraId, Detection, ObjectClass, Polygon, ZoneId};

use super::scenery::Scenery;
use super::*;
use crate::ground_plane::{GroundPlane, PointPair};
use crate::settings::LevelBoundary;

fn camera(from: [LevelFrom; 2], calibrated: bool) -> CameraSettings {
    let mut camera = CameraSettings::new(CameraId::parse("gate").unwrap());
    let level = |name: &str, from| LevelBoundary { name: name.into(), from, demo: name == "busy" };
    let [busy, dense] = from;
    camera.zones.push(ZoneSettings {
        id: ZoneId::parse("plaza").unwrap(),
        polygon: Polygon::whole_frame(),
        abandoned: None,
        density: Some(DensitySettings {
            levels: vec![level("busy", busy), level("dense", dense)],
            ..DensitySettings::default()
        }),
        movement: None,
    });
    if calibrated {
        let pairs = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(x, y)| PointPair {
            x_fraction: x,
            y_fraction: y,
            ground: velum_vocab::GroundPoint { x_m: x * 10.0, y_m: y * 4.0 },
        });
        camera.ground_plane = Some(GroundPlane::fit(&pairs).unwrap());
    }
    camera
}

/// Plays a number of standing persons for some seconds each; returns what was said as text.
fn play(camera: &CameraSettings, spans: &[(usize, f64)]) -> Vec<Observation> {
    let size = WorkingSize::of_frame((640, 480), 640);
    let (mut tracker, heights, scenery) = (Tracker::default(), PersonHeight::new(size), Scenery::default());
    let mut rule = DensityRule::all(camera).unwrap().remove(0);
    let (mut step, mut said) = (0_i64, Vec::new());
    for &(persons, secs) in spans {
        for _ in 0..(secs * 5.0) as usize {
            let at = Timestamp::from_unix_millis(step * 200);
            let detections: Vec<Detection> = (0..persons).map(person).collect();
            tracker.step(&detections, at);
            let crowd = Crowd { at, tracker: &tracker, heights: &heights, scenery: &scenery, size };
            said.extend(rule.step(&crowd, camera, &[]).unwrap());
            step += 1;
        }
    }
    said
}

fn person(index: usize) -> Detection {
    let x = 10.0 + 40.0 * index as f32;
    let box_in_frame = BoxInFrame::new(x, 200.0, x + 30.0, 290.0).unwrap();
    Detection { class: ObjectClass::Person, score: 0.8, box_in_frame }
}

fn check(spans: &[(usize, f64)], expected: &[(AlertState, &str)]) {
    let said = play(&camera([LevelFrom::Persons(5.5), LevelFrom::Persons(10.0)], false), spans);
    let found: Vec<_> = said
        .iter()
        .map(|o| match &o.body {
            ObservationBody::CrowdDensity(d) => (o.state, d.level.as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(found, expected, "{spans:?}");
}

#[test]
fn speaks_at_each_change_of_level() {
    use AlertState::{Cleared, Raised, Updated};
    check(&[(4, 20.0)], &[]);
    check(&[(4, 10.0), (6, 10.0)], &[(Raised, "busy")]);
    check(&[(4, 10.0), (6, 10.0), (4, 10.0)], &[(Raised, "busy"), (Cleared, "low")]);
    check(
        &[(4, 10.0), (6, 10.0), (11, 10.0), (6, 10.0), (2, 10.0)],
        &[(Raised, "busy"), (Updated, "dense"), (Updated, "busy"), (Cleared, "low")],
    );
    check(&[(4, 10.0), (12, 10.0)], &[(Raised, "dense")]);
}

#[test]
fn a_short_excursion_says_nothing() {
    check(&[(4, 10.0), (6, 2.0), (4, 10.0)], &[]);
    check(&[(4, 5.0), (6, 2.0), (4, 3.0), (6, 2.0), (4, 3.0), (6, 2.0), (4, 5.0)], &[]);
}

#[test]
fn within_the_dead_band_the_level_stays() {
    let camera = camera([LevelFrom::Persons(5.9), LevelFrom::Persons(10.0)], false);
    // 5.9 and 5 % more is above six persons.
    assert!(play(&camera, &[(4, 5.0), (6, 20.0)]).is_empty());
}

#[test]
fn one_alert_lasts_one_excursion() {
    let camera = camera([LevelFrom::Persons(5.5), LevelFrom::Persons(10.0)], false);
    let said = play(&camera, &[(4, 5.0), (6, 8.0), (11, 8.0), (3, 8.0), (6, 8.0), (3, 8.0)]);
    let alerts: Vec<_> = said.iter().map(|o| o.alert).collect();
    assert_eq!(alerts.len(), 5);
    assert!(alerts[0] == alerts[1] && alerts[1] == alerts[2], "one excursion");
    assert!(alerts[3] == alerts[4] && alerts[2] != alerts[3], "another one");
}

#[test]
fn explains_itself_and_says_what_it_does_not_know() {
    let codes = |o: &Observation| o.explanation.iter().map(|e| e.code).collect::<Vec<_>>();
    let spans = [(4, 5.0), (6, 8.0)];
    let relative = play(&camera([LevelFrom::Persons(5.5), LevelFrom::Persons(10.0)], false), &spans);
    let expected = [
        Code::LevelRose,
        Code::LevelHeldSecs,
        Code::CountedByDetector,
        Code::RelativeLevel,
        Code::DemoThreshold,
    ];
    assert_eq!(codes(&relative[0]), expected);
    let calibrated = camera([LevelFrom::PersonsPerM2(0.14), LevelFrom::PersonsPerM2(1.0)], true);
    let measured = play(&calibrated, &spans);
    assert!(
        measured[0].explanation.contains(&Explanation::with(Code::ZoneAreaM2, 40.0)) || {
            let area = measured[0].explanation.iter().find(|e| e.code == Code::ZoneAreaM2).unwrap();
            (area.value.unwrap() - 40.0).abs() < 1e-6
        }
    );
    let ObservationBody::CrowdDensity(density) = &measured[0].body else { panic!("a density") };
    assert!((density.persons_per_m2.unwrap().estimate - 0.15).abs() < 1e-6);
    assert!(density.persons.low <= 6.0 && density.persons.high >= 6.0);
}

#[test]
fn goes_on_after_a_restart_under_the_same_alert() {
    let camera = camera([LevelFrom::Persons(5.5), LevelFrom::Persons(10.0)], false);
    let mut rule = DensityRule::all(&camera).unwrap().remove(0);
    let alert = AlertId::from_bytes([7; 16]);
    let since = Timestamp::from_unix_secs(5);
    rule.restore(&[DensityLevelState { zone: rule.zone.id.clone(), alert, level: "busy".into(), since }]);
    let size = WorkingSize::of_frame((640, 480), 640);
    let (mut tracker, heights, scenery) = (Tracker::default(), PersonHeight::new(size), Scenery::default());
    let mut said = Vec::new();
    for step in 0..40 {
        let at = Timestamp::from_unix_millis(100_000 + step * 200);
        tracker.step(&[person(0)], at);
        said.extend(
            rule.step(
                &Crowd { at, tracker: &tracker, heights: &heights, scenery: &scenery, size },
                &camera,
                &[],
            )
            .unwrap(),
        );
    }
    assert_eq!(said.iter().map(|o| (o.state, o.alert)).collect::<Vec<_>>(), [(AlertState::Cleared, alert)]);
}
