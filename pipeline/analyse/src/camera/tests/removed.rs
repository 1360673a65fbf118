//! What is told of alerts whose zone, rule or level is gone after a restart.

use velum_vocab::{
    AlertId, AlertState, DensityLevelState, Explanation, ExplanationCode as Code, Observation,
    ObservationBody, RuleState, Validity, ZoneId,
};

use super::put_down;
use super::world::World;
use crate::{CameraAnalysis, CameraSettings};

/// The state when the alert of a bag is open in the zone `plaza`, with a crowd level there.
fn open(level: &str) -> (World, RuleState) {
    let world = put_down();
    let mut state = world.play(40.0).state.unwrap();
    assert!(state.objects.len() == 1 && state.objects[0].raised && state.levels.is_empty());
    let alert = AlertId::from_bytes([3; 16]);
    let (zone, since) = (ZoneId::parse("plaza").unwrap(), state.at);
    state.levels = vec![DensityLevelState { zone, alert, level: level.to_owned(), since }];
    (world, state)
}

/// What the steps after a restart with other settings say, and the state after them.
fn said(
    world: &World,
    state: &RuleState,
    change: impl Fn(&mut CameraSettings),
) -> (Vec<Observation>, RuleState) {
    let mut settings = world.settings();
    change(&mut settings);
    let mut analysis = CameraAnalysis::new(settings, world.detector()).unwrap();
    analysis.restore(state).unwrap();
    assert_eq!(analysis.rule_state(), *state, "until a step has told the ends, they are remembered");
    let steps = (205..225).map(|frame| analysis.step(&world.draw(frame as f64 / 5.0, frame)).unwrap());
    let said = steps.flat_map(|step| step.observations).collect();
    (said, analysis.rule_state())
}

fn density_too(settings: &mut CameraSettings) {
    let mut with_density = put_down();
    with_density.density_only = true;
    settings.zones[0].density = with_density.settings().zones[0].density.clone();
}

#[test]
fn open_alerts_without_their_rule_are_cleared_once_and_forgotten() {
    let (world, state) = open("busy");
    let changes: [fn(&mut CameraSettings); 3] = [
        |settings| settings.zones.clear(),
        |settings| settings.zones[0].id = ZoneId::parse("renamed").unwrap(),
        |settings| settings.zones[0].abandoned = None,
    ];
    for change in changes {
        let (ends, left) = said(&world, &state, change);
        let [object, level] = &ends[..] else { panic!("{ends:?}") };
        assert_eq!(object.alert, state.objects[0].alert);
        assert_eq!(level.alert, state.levels[0].alert);
        for end in &ends {
            assert_eq!(end.state, AlertState::Cleared);
            assert_eq!((end.zone.as_str(), end.validity), ("plaza", Validity::NotValid));
            assert!(end.explanation.contains(&Explanation::of(Code::RuleRemoved)), "{:?}", end.explanation);
            assert_eq!(end.at.unix_millis(), 1_700_000_041_000, "the first step tells it");
        }
        let ObservationBody::CrowdDensity(crowd) = &level.body else { panic!("a level") };
        assert_eq!(crowd.level, "busy");
        assert!(left.objects.is_empty() && left.levels.is_empty(), "{left:?}");
    }
}

#[test]
fn what_is_still_asked_for_goes_on() {
    let (world, state) = open("busy");
    let (said, left) = said(&world, &state, density_too);
    assert!(said.is_empty(), "{said:?}");
    assert_eq!(left.objects[0].alert, state.objects[0].alert);
    assert_eq!(left.levels[0].alert, state.levels[0].alert);
}

#[test]
fn a_level_that_is_gone_is_cleared_and_the_rule_begins_at_the_lowest() {
    let (world, state) = open("of another name");
    let (said, left) = said(&world, &state, density_too);
    assert_eq!(said.iter().map(|o| o.alert).collect::<Vec<_>>(), [state.levels[0].alert]);
    assert!(left.levels.is_empty() && left.objects.len() == 1);
}

#[test]
fn what_had_raised_no_alert_ends_unsaid() {
    let (world, mut state) = open("busy");
    state.objects[0].raised = false;
    state.levels.clear();
    let (said, left) = said(&world, &state, |settings| settings.zones.clear());
    assert!(said.is_empty() && left.objects.is_empty(), "{said:?}");
}

#[test]
fn the_end_is_told_in_the_dark_and_in_the_new_frames_pixels() {
    let (mut world, mut state) = open("busy");
    state.levels.clear();
    // The camera sends pictures of half the size by now.
    (state.frame_width_px, state.frame_height_px) = (640, 480);
    world.light = Box::new(|_, _, _| 0.12);
    let (ends, _) = said(&world, &state, |settings| settings.zones.clear());
    let ObservationBody::AbandonedObject(end) = &ends[0].body else { panic!("an object") };
    let (before, now) = (state.objects[0].box_in_frame, end.box_in_frame);
    assert!((now.left_px() - before.left_px() / 2.0).abs() < 0.01, "{before:?} {now:?}");
}
