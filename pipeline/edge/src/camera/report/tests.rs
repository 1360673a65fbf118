use velum_vocab::{CameraId, EventId};

use super::*;
use crate::testing::{Approvers, TestBox, test_box};

fn report(edge: &TestBox) -> Report {
    let camera = CameraId::parse("plaza-1").unwrap();
    Report::begin(camera, None, CoverageState::Restarted, Arc::clone(&edge.shared))
}

fn install_policy(edge: &TestBox) {
    let approvers = Approvers::in_folder(edge.folder.path());
    approvers.publish(&approvers.signed("1.0.0", 2));
    edge.shared.gate.install(approvers.verified()).unwrap();
}

#[test]
fn a_lost_camera_is_told_once_after_it_lasted() {
    let edge = test_box(100);
    let mut report = report(&edge);
    assert!(matches!(report.tell_now(), Entry::Event(_)), "health leaves without a policy too");
    let mut told = 0;
    for _ in 0..30 {
        told += usize::from(report.look(CoverageState::Offline).is_some());
        edge.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(told, 1);
}

#[test]
fn hours_without_a_policy_are_told_once_there_is_one() {
    let edge = test_box(100);
    let mut report = report(&edge);
    for _ in 0..10 {
        edge.clock.advance(Duration::from_secs(1));
        report.look(CoverageState::NoPolicy);
    }
    report.end();
    assert_eq!(edge.shared.outbox.coverage_since(crate::testing::START).unwrap(), []);
    install_policy(&edge);
    report.end();
    let bins = edge.shared.outbox.coverage_since(crate::testing::START).unwrap();
    assert_eq!(bins[0].secs_by_state.get(&CoverageState::NoPolicy), Some(&9));
}

#[test]
fn hours_are_judged_only_where_they_may_leave() {
    let check = |permission: CameraPermission, expected: bool| {
        assert_eq!(hours_may_leave(permission), expected, "{permission:?}");
    };
    check(CameraPermission::Active, true);
    check(CameraPermission::OutOfSchedule, true);
    check(CameraPermission::NoPolicy, false);
    check(CameraPermission::CameraNotNamed, false);
    check(CameraPermission::Expired, false);
    check(CameraPermission::UntrustedTime, false);
}

#[test]
fn a_restart_goes_on_with_the_hour() {
    let edge = test_box(100);
    install_policy(&edge);
    for _ in 0..2 {
        let mut report = report(&edge);
        report.stream_opened();
        report.count(FrameCounts { decoded: 10, analysed: 9, dropped: 1 });
        for _ in 0..5 {
            report.look(CoverageState::Analysed);
            edge.clock.advance(Duration::from_secs(1));
        }
        report.end();
    }
    let bins = edge.shared.outbox.coverage_since(crate::testing::START).unwrap();
    assert_eq!(bins.len(), 1);
    assert_eq!(bins[0].secs_by_state.get(&CoverageState::Analysed), Some(&10));
    assert_eq!(bins[0].counts, FrameCounts { decoded: 20, analysed: 18, dropped: 2 });
}

#[test]
fn frames_that_were_not_opened_are_not_analysed() {
    let edge = test_box(100);
    let mut report = report(&edge);
    report.stream_opened();
    report.frame_unopened();
    report.frame_unopened();
    let more = report.count(FrameCounts { decoded: 5, analysed: 4, dropped: 1 });
    assert_eq!(more, FrameCounts { decoded: 5, analysed: 2, dropped: 3 });
}

#[test]
fn the_state_before_goes_on_until_a_frame_was_analysed() {
    let edge = test_box(100);
    let mut report = report(&edge);
    report.stream_opened();
    assert_eq!(report.playing_state(FrameCounts::default()), CoverageState::Restarted);
    report.frame_analysed(CoverageState::Dark);
    assert_eq!(report.playing_state(FrameCounts::default()), CoverageState::Dark);
}

#[test]
fn alerts_without_a_still_are_counted_by_reason_over_restarts() {
    let edge = test_box(100);
    install_policy(&edge);
    let withhold = |camera: &str, rule| {
        let camera = CameraId::parse(camera).unwrap();
        edge.shared.stills.archive.withhold(&camera, EventId::from_bytes([7; 16]), rule);
    };
    for _ in 0..2 {
        let mut report = report(&edge);
        withhold("plaza-1", "too_dark");
        withhold("plaza-2", "overloaded");
        report.look(CoverageState::Dark);
        edge.clock.advance(Duration::from_secs(1));
        // The last picture is given up when the camera ends.
        withhold("plaza-1", "window_incomplete");
        report.end();
    }
    let bins = edge.shared.outbox.coverage_since(crate::testing::START).unwrap();
    let [bin] = bins.as_slice() else { panic!("{bins:?}") };
    let expected =
        [("too_dark", 2), ("window_incomplete", 2)].map(|(rule, alerts)| (rule.to_owned(), alerts));
    assert_eq!(bin.stills_withheld, expected.into());
}
