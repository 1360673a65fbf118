//! Samples of what those are told who oversee and administer.

use velum_policy::PolicyFile;
use velum_policy::audit::{
    Content, Digest, Entry, EventId, Notice, Operation, Outcome, Record, Report, Subject, Timestamp,
};
use velum_policy::diff::PolicyDiff;
use velum_proto::v1::{BoxState, BoxSummary, ClockState, DiskState, HeldSuspension, LeftState, ModelState};

use super::super::{BoxesView, DiffView, KnownOfBoxes, OversightView, TokenView, VerifiedView};
use crate::audit::Newest;
use crate::policies::Library;
use crate::reviews::Figure;
use crate::store::{BoxPolicyRow, BoxStanding, ChangeRow, SuspensionRow, ToldState};

const NOW_UNIX_MS: i64 = 1_795_271_000_000;

fn row() -> BoxPolicyRow {
    BoxPolicyRow {
        name: "tram-hub-3".to_owned(),
        policy_id: "zz.port-velum.demo".to_owned(),
        digest: vec![3; 32],
        offered_digest: vec![4; 32],
        outcome: 3,
        reason: "no room on the disk".to_owned(),
    }
}

fn records() -> Vec<Record> {
    let time = Timestamp::from_unix_millis(NOW_UNIX_MS);
    let denied = Outcome::Denied { rule: "imagery_egress".to_owned() };
    let mut entry = Entry::new(Operation::Consultation, Subject::Still(EventId::from_bytes([1; 16])), denied);
    entry.operator = Some("console:anna".to_owned());
    let notice = Notice::LineSetAside { file: 2, bytes: 7, sha256: Digest([5; 32]) };
    let contents = [Content::Entry(Box::new(entry)), Content::Notice(notice)];
    (1..).zip(contents).map(|(number, content)| Record { number, time, content }).collect()
}

pub(super) fn oversight(summary: &[BoxSummary]) -> OversightView {
    let mut view =
        OversightView::of_policies(&Library::default(), NOW_UNIX_MS, (&[row()], summary), |_| true);
    view.add_entries(&Newest { records: records(), unreadable: 0 }, i64::MIN, "ed25519:KEY".to_owned());
    let figure = |camera: Option<&str>, decided| Figure {
        week_unix_secs: 1_795_392_000,
        r#box: "tram-hub-3".to_owned(),
        camera: camera.map(str::to_owned),
        raised: 14,
        decided,
        rejected: decided / 4,
        review_secs: (decided > 0).then_some((45, 180)),
    };
    view.add_left(&[told()]);
    view.add_waiting(vec![ChangeRow {
        of: "tram-hub-3".to_owned(),
        camera: "plaza-2".to_owned(),
        note: "the new bench".to_owned(),
        proposed_by: "console:root".to_owned(),
        proposed_unix_ms: NOW_UNIX_MS,
        ..ChangeRow::default()
    }]);
    view.add_figures(Some((vec![figure(Some("plaza-2"), 12), figure(None, 0)], false)));
    view
}

pub(super) fn diff() -> DiffView {
    let parse = |text: &str| PolicyFile::parse(text, "policy.toml").unwrap();
    let at = jiff::Timestamp::from_millisecond(NOW_UNIX_MS).unwrap();
    let proposed = include_str!("../../../../../policy/examples/gdpr-market-square.v1.3.0-proposed.toml");
    let before = include_str!("../../../../../policy/examples/gdpr-market-square.toml");
    DiffView::of(&PolicyDiff::between(&parse(before), &parse(proposed), at))
}

pub(super) fn verified() -> Vec<VerifiedView> {
    let time = Timestamp::from_unix_millis(NOW_UNIX_MS);
    let report = Report { records: 2, first: Some((1, time)), last: Some((2, time)), ..Report::default() };
    vec![VerifiedView::of(&report, NOW_UNIX_MS), VerifiedView::running()]
}

pub(super) fn boxes(summary: &[BoxSummary]) -> BoxesView {
    let standing = BoxStanding {
        name: "tram-hub-3".to_owned(),
        last_seen_unix_ms: Some(NOW_UNIX_MS),
        certificate_ends_unix_ms: Some(NOW_UNIX_MS),
        is_revoked: false,
        token_until_unix_ms: Some(NOW_UNIX_MS),
    };
    let never = BoxStanding {
        name: "yard".to_owned(),
        last_seen_unix_ms: None,
        certificate_ends_unix_ms: None,
        ..standing.clone()
    };
    let (states, suspensions) = ([told()], suspensions());
    let known = KnownOfBoxes {
        standings: &[standing, never],
        policies: &[row()],
        summary,
        states: &states,
        suspensions: &suspensions,
    };
    let is_away = |_: &str| false;
    BoxesView::of(&known, &Library::default(), NOW_UNIX_MS, is_away).for_administrators(true, true)
}

/// A box that told of itself all that it may.
fn told() -> ToldState {
    let model =
        ModelState { name: "velum-person-1".to_owned(), digest: vec![4; 32], task: "objects".to_owned() };
    let state = BoxState {
        disk: Some(DiskState {
            free_bytes: 5_000_000_000,
            total_bytes: 64_000_000_000,
            least_bytes: 1_073_741_824,
        }),
        clock: Some(ClockState {
            is_trusted: true,
            ahead_ms: Some(2_400),
            margin_ms: 20,
            ..ClockState::default()
        }),
        models: vec![model],
        uptime_secs: 7_200,
        cameras: vec!["plaza-2".to_owned()],
        suspensions: vec![HeldSuspension { id: vec![1; 16], ..HeldSuspension::default() }],
        left: vec![LeftState {
            what: "event".to_owned(),
            class: "abandoned_object".to_owned(),
            count: 12,
            bytes: 3_400,
        }],
        ..BoxState::default()
    };
    ToldState { of: "tram-hub-3".to_owned(), told_unix_ms: NOW_UNIX_MS, state }
}

fn suspensions() -> Vec<SuspensionRow> {
    let of = |id: u8, camera: &str| SuspensionRow {
        id: vec![id; 16],
        of: "tram-hub-3".to_owned(),
        camera: camera.to_owned(),
        suspended_by: "console:root".to_owned(),
        reason: "roadworks before the camera".to_owned(),
        since_unix_ms: NOW_UNIX_MS,
    };
    vec![of(1, ""), of(2, "plaza-2")]
}

pub(super) fn token() -> TokenView {
    TokenView { r#box: "yard".to_owned(), token: "velum1.TOKEN".to_owned(), minutes: 60 }
}
