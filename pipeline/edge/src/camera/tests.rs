use velum_analyse::{
    DensitySettings, GroundPlane, LevelBoundary as Level, LevelFrom, PointPair, ZoneSettings,
};
use velum_decode::{SourceConfig, SourceUrl};
use velum_gate::LevelBoundary;
use velum_vocab::{CameraId, GroundPoint, Polygon, ZoneId};

use super::*;
use crate::config::CredentialsFrom;
use crate::testing::test_box;

fn zone(from: LevelFrom) -> ZoneSettings {
    let levels = vec![Level { name: "busy".to_owned(), from, demo: false }];
    let density = DensitySettings { levels, hysteresis_fraction: 0.1, ..DensitySettings::default() };
    ZoneSettings {
        id: ZoneId::parse("z").unwrap(),
        polygon: Polygon::whole_frame(),
        abandoned: None,
        density: Some(density),
        movement: None,
    }
}

#[test]
fn a_boundary_is_where_the_level_ends() {
    assert_eq!(level_boundaries(&zone(LevelFrom::Persons(10.0)), None), [LevelBoundary::Persons(9.0)]);
    let corner = |x: f64, y: f64| PointPair {
        x_fraction: x,
        y_fraction: y,
        ground: GroundPoint { x_m: 10.0 * x, y_m: 10.0 * y },
    };
    let corners = [corner(0.0, 0.0), corner(1.0, 0.0), corner(1.0, 1.0), corner(0.0, 1.0)];
    let plane = GroundPlane::fit(&corners).unwrap();
    let found = level_boundaries(&zone(LevelFrom::PersonsPerM2(0.5)), Some(&plane))[0].persons();
    assert!((found - 45.0).abs() < 1e-6, "0.5 persons per m2 on 100 m2, less a tenth: {found}");
    let without = level_boundaries(&zone(LevelFrom::PersonsPerM2(0.5)), None);
    assert_eq!(without[0].persons(), 0.0, "without an area it is above no minimum");
}

#[test]
fn a_camera_that_cannot_begin_says_what_is_wrong_and_ends_when_asked() {
    let edge = test_box(100);
    let id = CameraId::parse("door").unwrap();
    let settings = CameraSettings {
        analysis: velum_analyse::CameraSettings::new(id.clone()),
        id,
        site: None,
        stream: SourceConfig::new(SourceUrl::parse("test:ball").unwrap()),
        credentials: Some(CredentialsFrom::File("/nonexistent/door.credentials".into())),
        shadow: Vec::new(),
        density_model: None,
        back_tracing: true,
        detector_rest: std::time::Duration::ZERO,
        watching: Default::default(),
    };
    let error = settings.source_config().map_err(CameraError::from).unwrap_err();
    assert_eq!(error.coverage_state(), CoverageState::Offline);
    assert!(error.to_string().starts_with("credentials_file: `/nonexistent/door.credentials`"), "{error}");
    edge.shared.shutdown.request();
    Camera::new(settings, Arc::clone(&edge.shared), edge.shared.shutdown.clone()).run();
    assert_eq!(edge.shared.outbox.stats().last_sequence, 1, "it told at least that the box restarted");
}

#[test]
fn the_same_failure_is_told_once() {
    let outbox = || CameraError::Outbox(velum_outbox::OutboxError::InUse("outbox".into()));
    let mut told = None;
    assert!(is_news(&mut told, &outbox()));
    assert!(!is_news(&mut told, &outbox()));
    assert!(is_news(&mut told, &CameraError::Panicked));
    assert!(is_news(&mut told, &outbox()));
}

#[test]
fn beside_a_paused_zone_no_time_counts_as_analysed() {
    for state in CoverageState::ALL {
        let expected = match state {
            CoverageState::Analysed | CoverageState::Dark | CoverageState::Frozen => CoverageState::Paused,
            other => other,
        };
        assert_eq!(beside_paused_zone(state), expected);
    }
}
