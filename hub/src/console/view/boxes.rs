//! The boxes, as the page of the fleet is told of them: states and no counts.

use serde::Serialize;
use velum_proto::v1::BoxSummary;

use super::machine::{MachineView, SuspensionView};
use super::oversight::drift;
use crate::policies::Library;
use crate::store::{BoxPolicyRow, BoxStanding, SuspensionRow, ToldState};

/// All boxes, connected or ever enrolled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct BoxesView {
    boxes: Vec<BoxStandingView>,
    /// Whether this person may let boxes in and shut them out.
    is_administrator: bool,
    /// Whether the hub offers enrolment.
    enrols: bool,
    hub_unix_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct BoxStandingView {
    r#box: String,
    connected: bool,
    /// Only of a box that is away.
    last_seen_unix_ms: Option<i64>,
    version: String,
    certificate_ends_unix_ms: Option<i64>,
    is_revoked: bool,
    /// For administrators: until when its unused token is good.
    token_until_unix_ms: Option<i64>,
    policy_version: Option<String>,
    expected_version: Option<String>,
    drifts: bool,
    /// What it said of the last policy that it was offered: `refused`.
    receipt: &'static str,
    reason: String,
    cameras: usize,
    model_digests: Vec<String>,
    /// None where it never told of itself: an older box does not.
    machine: Option<MachineView>,
    suspensions: Vec<SuspensionView>,
}

/// What the store knows of all boxes.
pub(in crate::console) struct KnownOfBoxes<'a> {
    pub(in crate::console) standings: &'a [BoxStanding],
    pub(in crate::console) policies: &'a [BoxPolicyRow],
    pub(in crate::console) summary: &'a [BoxSummary],
    pub(in crate::console) states: &'a [ToldState],
    pub(in crate::console) suspensions: &'a [SuspensionRow],
}

/// A token, shown once.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct TokenView {
    pub(in crate::console) r#box: String,
    pub(in crate::console) token: String,
    /// How long it is good.
    pub(in crate::console) minutes: u64,
}

impl BoxesView {
    /// Of what the store knows.
    pub(in crate::console) fn of(
        known: &KnownOfBoxes<'_>,
        library: &Library,
        now_unix_ms: i64,
        is_connected: impl Fn(&str) -> bool,
    ) -> Self {
        let of_box =
            |one: &BoxStanding| standing(one, known, (library, now_unix_ms), is_connected(&one.name));
        Self {
            boxes: known.standings.iter().map(of_box).collect(),
            is_administrator: false,
            enrols: false,
            hub_unix_ms: now_unix_ms,
        }
    }

    /// With what an administrator may do; without what is theirs to know, where the person is none.
    pub(in crate::console) fn for_administrators(mut self, is_administrator: bool, enrols: bool) -> Self {
        (self.is_administrator, self.enrols) = (is_administrator, enrols);
        if !is_administrator {
            for one in &mut self.boxes {
                one.token_until_unix_ms = None;
            }
        }
        self
    }
}

fn standing(
    one: &BoxStanding,
    known: &KnownOfBoxes<'_>,
    (library, now_unix_ms): (&Library, i64),
    connected: bool,
) -> BoxStandingView {
    let row = known.policies.iter().find(|row| row.name == one.name);
    let summary = known.summary.iter().find(|summary| summary.r#box == one.name);
    let told = known.states.iter().find(|told| told.of == one.name);
    let suspended = known.suspensions.iter().filter(|row| row.of == one.name);
    let drift = row.map(|row| drift(library, now_unix_ms, row));
    let bins = summary.map(|summary| summary.coverage.as_slice()).unwrap_or_default();
    BoxStandingView {
        r#box: one.name.clone(),
        connected,
        last_seen_unix_ms: one.last_seen_unix_ms.filter(|_| !connected),
        version: summary.map(|summary| summary.version.clone()).unwrap_or_default(),
        certificate_ends_unix_ms: one.certificate_ends_unix_ms,
        is_revoked: one.is_revoked,
        token_until_unix_ms: one.token_until_unix_ms,
        policy_version: drift.as_ref().and_then(|drift| drift.version.clone()),
        expected_version: drift.as_ref().and_then(|drift| drift.expected_version.clone()),
        drifts: drift.is_some_and(|drift| drift.drifts),
        receipt: row.map_or("none", |row| super::oversight::receipt(row.outcome)),
        reason: row.map(|row| row.reason.clone()).unwrap_or_default(),
        cameras: bins.chunk_by(|bin, next| bin.camera == next.camera).count(),
        model_digests: summary
            .map(|summary| summary.model_digests.iter().map(hex::encode).collect())
            .unwrap_or_default(),
        machine: told.map(|told| MachineView::of(told, now_unix_ms, connected)),
        suspensions: suspended.map(|row| SuspensionView::of(row, told)).collect(),
    }
}
