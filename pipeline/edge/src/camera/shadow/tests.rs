use velum_analyse::{AbandonedSettings, DensitySettings, LevelBoundary, LevelFrom, RuleValidity};
use velum_decode::{SourceConfig, SourceUrl};
use velum_vocab::{
    AbandonedCandidate, AlertId, AlertState, BoxInFrame, CameraId, DensityLevelState, ExplanationCode,
    Polygon, ZoneId,
};

use super::*;
use crate::testing::{START, TestBox, test_box};

fn zone_id() -> ZoneId {
    ZoneId::parse("z").unwrap()
}

fn zone() -> ZoneSettings {
    let levels = vec![LevelBoundary { name: "busy".to_owned(), from: LevelFrom::Persons(20.0), demo: false }];
    ZoneSettings {
        id: zone_id(),
        polygon: Polygon::whole_frame(),
        abandoned: Some(AbandonedSettings::default()),
        movement: None,
        density: Some(DensitySettings { levels, ..DensitySettings::default() }),
    }
}

/// A camera with these rules in shadow.
fn shadow(edge: &TestBox, rules: &[&'static str]) -> Shadow {
    let id = CameraId::parse("plaza-1").unwrap();
    let settings = CameraSettings {
        analysis: AnalysisSettings { zones: vec![zone()], ..AnalysisSettings::new(id.clone()) },
        id,
        site: None,
        stream: SourceConfig::new(SourceUrl::parse("test:ball").unwrap()),
        credentials: None,
        shadow: rules.iter().map(|rule| ShadowRule { zone: zone_id(), rule }).collect(),
        density_model: None,
        back_tracing: true,
        detector_rest: std::time::Duration::ZERO,
        watching: Default::default(),
    };
    Shadow::new(settings, Arc::clone(&edge.shared))
}

/// One raised object and one level.
fn open_state() -> RuleState {
    let object = AbandonedCandidate {
        alert: AlertId::from_bytes([1; 16]),
        zone: zone_id(),
        box_in_frame: BoxInFrame::new(10.0, 10.0, 30.0, 30.0).unwrap(),
        put_down_at: START,
        owner_left_at: None,
        owner_back_traced: false,
        drop_off_witnessed: false,
        unattended_secs: 40.0,
        hidden_secs: 0.0,
        raised: true,
        confirmed: true,
        luma_contrast: 40.0,
    };
    let level = DensityLevelState {
        zone: zone_id(),
        alert: AlertId::from_bytes([2; 16]),
        level: "busy".to_owned(),
        since: START,
    };
    RuleState {
        camera: CameraId::parse("plaza-1").unwrap(),
        at: START,
        frame_width_px: 640,
        frame_height_px: 480,
        objects: vec![object],
        movements: Vec::new(),
        usual: Vec::new(),
        levels: vec![level],
    }
}

#[test]
fn what_began_live_ends_live_and_what_began_in_shadow_ends_there() {
    let edge = test_box(10);
    let live = shadow(&edge, &[]);
    let (state, ended) = live.change_over(&[zone()], Some(open_state()), &[], &[]);
    assert_eq!((state, ended.len()), (Some(open_state()), 0), "nothing changes over");

    let dark = shadow(&edge, &["abandoned_object"]);
    let (state, ended) = dark.change_over(&[zone()], Some(open_state()), &[], &[]);
    let state = state.unwrap();
    assert_eq!((state.objects[0].raised, state.levels.len()), (false, 1), "only this rule changes over");
    let [end] = ended.as_slice() else { panic!("{ended:?}") };
    assert_eq!((end.alert, end.state), (AlertId::from_bytes([1; 16]), AlertState::Cleared));
    assert!(end.explanation.iter().any(|one| one.code == ExplanationCode::RuleRemoved));

    // After a restart in shadow, what is open was raised there.
    let (state, ended) = dark.change_over(&[zone()], Some(open_state()), &[], &[]);
    assert_eq!((state, ended.len()), (Some(open_state()), 0));

    let (state, ended) = live.change_over(&[zone()], Some(open_state()), &[], &[]);
    assert!(!state.unwrap().objects[0].raised, "it is raised anew, live");
    assert!(ended.is_empty(), "nobody was told of it");
}

#[test]
fn a_level_that_was_told_live_ends_when_its_rule_goes_into_shadow() {
    let edge = test_box(10);
    let dark = shadow(&edge, &["crowd_density"]);
    let (state, ended) = dark.change_over(&[zone()], Some(open_state()), &[], &[]);
    let state = state.unwrap();
    assert_eq!((state.levels.len(), state.objects[0].raised), (0, true));
    assert_eq!(ended.iter().map(|end| end.alert).collect::<Vec<_>>(), [AlertId::from_bytes([2; 16])]);
}

#[test]
fn what_a_rule_says_in_shadow_is_taken_out_of_the_step() {
    let edge = test_box(10);
    // Every end that both rules have to say.
    let observations = || {
        let nothing = AnalysisSettings::new(CameraId::parse("plaza-1").unwrap());
        ends_of_removed(&open_state(), &nothing, &[], START)
    };
    let check = |rules: &[&'static str], told: &[u8]| {
        let mut shadow = shadow(&edge, rules);
        shadow.change_over(&[zone()], None, &[], &[]);
        let mut step = Step { observations: observations(), ..Step::default() };
        shadow.take(&mut step, START, &[]);
        let found: Vec<_> = step.observations.iter().map(|seen| seen.alert).collect();
        let told: Vec<_> = told.iter().map(|id| AlertId::from_bytes([*id; 16])).collect();
        assert_eq!(found, told, "{rules:?}");
    };
    check(&[], &[1, 2]);
    check(&["abandoned_object"], &[2]);
    check(&["crowd_density"], &[1]);
    check(&["abandoned_object", "crowd_density"], &[]);
}

#[test]
fn an_alert_of_a_rule_that_is_gone_stays_in_shadow() {
    let edge = test_box(10);
    let mut dark = shadow(&edge, &["abandoned_object"]);
    dark.change_over(&[zone()], None, &[], &[]);
    let nothing = AnalysisSettings::new(CameraId::parse("plaza-1").unwrap());
    let mut seen = ends_of_removed(&open_state(), &nothing, &[], START);
    seen.truncate(1);
    seen[0].state = AlertState::Raised;
    let validity = vec![RuleValidity { zone: zone_id(), rule: "abandoned_object", doubt: None }];
    let watched = vec![velum_analyse::Watched {
        alert: AlertId::from_bytes([1; 16]),
        zone: zone_id(),
        unattended_secs: 40.0,
        believable: true,
    }];
    dark.take(&mut Step { observations: seen.clone(), validity, watched, ..Step::default() }, START, &[]);
    let mut gone = shadow(&edge, &[]);
    gone.settings.analysis.zones.clear();
    seen[0].state = AlertState::Cleared;
    let mut step = Step { observations: seen, ..Step::default() };
    gone.take(&mut step, START, &[]);
    assert!(step.observations.is_empty());
}
