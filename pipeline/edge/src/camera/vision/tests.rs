use velum_analyse::{
    AbandonedSettings, CameraSettings as AnalysisSettings, DensitySettings, LevelBoundary as Level,
};
use velum_decode::{SourceConfig, SourceUrl};
use velum_models::ModelError;
use velum_outbox::Entry;
use velum_vocab::{AlertId, CameraId, DensityLevelState, Detection, Polygon, ZoneId};

use super::super::unsent::Unsent;
use super::*;
use crate::testing::{Approvers, START, TestBox, test_box};

/// Sees nobody.
struct Empty;

impl Detect for Empty {
    fn detect(&self, _: &RawFrame) -> Result<Vec<Detection>, ModelError> {
        Ok(Vec::new())
    }

    fn digest(&self) -> Digest {
        Digest::of(b"empty")
    }
}

fn vision(edge: &TestBox) -> Vision {
    let id = CameraId::parse("plaza-1").unwrap();
    let levels = vec![Level { name: "busy".to_owned(), from: LevelFrom::Persons(20.0), demo: false }];
    let zone = ZoneSettings {
        id: ZoneId::parse("z").unwrap(),
        polygon: Polygon::whole_frame(),
        abandoned: Some(AbandonedSettings::default()),
        density: Some(DensitySettings { levels, ..DensitySettings::default() }),
    };
    let settings = CameraSettings {
        analysis: AnalysisSettings { zones: vec![zone], ..AnalysisSettings::new(id.clone()) },
        id,
        site: None,
        stream: SourceConfig::new(SourceUrl::parse("test:ball").unwrap()),
        credentials: None,
        back_tracing: true,
    };
    Vision::new(settings, Arc::clone(&edge.shared), Arc::new(Empty))
}

fn state(level: &str) -> RuleState {
    let level = DensityLevelState {
        zone: ZoneId::parse("z").unwrap(),
        alert: AlertId::random().unwrap(),
        level: level.to_owned(),
        since: START,
    };
    RuleState {
        camera: CameraId::parse("plaza-1").unwrap(),
        at: START,
        frame_width_px: 640,
        frame_height_px: 480,
        objects: Vec::new(),
        levels: vec![level],
    }
}

fn install(edge: &TestBox, approvers: &Approvers, version: &str) {
    approvers.publish(&approvers.signed(version, 2));
    edge.shared.gate.install(crate::policy::load(&approvers.settings).unwrap()).unwrap();
}

#[test]
fn a_new_policy_goes_on_from_what_still_waits() {
    let edge = test_box(1);
    let approvers = Approvers::in_folder(edge.folder.path());
    install(&edge, &approvers, "1.0.0");
    let (stored, newer) = (state("low"), state("busy"));
    let filler = Entry::Withheld("filler".to_owned());
    edge.shared.outbox.commit(vec![filler.clone()], Some(&stored)).unwrap();
    let mut vision = vision(&edge);
    vision.open = Some(vision.open_under(edge.shared.gate.policy_digest(), Some(&newer)).unwrap());
    assert!(!vision.is_outdated());
    install(&edge, &approvers, "1.1.0");
    assert!(vision.is_outdated());

    let mut unsent = Unsent::new(Arc::clone(&edge.shared));
    unsent.add([filler]);
    unsent.remember(vision.close());
    unsent.flush();
    assert_eq!(unsent.waiting_state(), Some(&newer), "the outbox is full");
    let id = CameraId::parse("plaza-1").unwrap();
    assert_eq!(edge.shared.outbox.rule_state(&id).unwrap(), Some(stored), "it did not overtake what waits");
    let open = vision.open_under(edge.shared.gate.policy_digest(), unsent.waiting_state()).unwrap();
    assert_eq!(open.analysis.rule_state(), newer);

    edge.shared.outbox.acknowledge(1).unwrap();
    unsent.flush();
    assert_eq!(unsent.waiting_state(), None);
    let open = vision.open_under(edge.shared.gate.policy_digest(), None).unwrap();
    assert_eq!(open.analysis.rule_state(), newer);
}

#[test]
fn what_the_policy_does_not_allow_is_not_computed() {
    let edge = test_box(10);
    let vision = vision(&edge);
    let left = || {
        let mut zone = vision.settings.analysis.zones[0].clone();
        vision.leave_out_forbidden(&mut zone);
        (zone.abandoned.is_some(), zone.density.is_some())
    };
    assert_eq!(left(), (false, false), "without a policy nothing is");
    install(&edge, &Approvers::in_folder(edge.folder.path()), "1.0.0");
    assert_eq!(left(), (true, true));
}
