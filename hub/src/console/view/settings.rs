//! The settings of a camera, as the page is told of them.

use serde::Serialize;
use serde_json::{Value, json};
use velum_proto::v1::{PlaneSketch, SettingsReceipt};

use crate::settings::Standing;
use crate::store::ChangeRow;

/// How the settings of a camera stand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct StandingView {
    camera: CameraName,
    connected: bool,
    /// None where the box never told them.
    current: Option<Value>,
    /// To be sent back with a proposal.
    digest: Option<String>,
    from_hub: bool,
    takes_settings: bool,
    told_unix_ms: Option<i64>,
    /// The newest first.
    changes: Vec<ChangeView>,
    may_propose: bool,
    may_approve: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct CameraName {
    r#box: String,
    camera: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct ChangeView {
    id: String,
    proposed_by: String,
    proposed_unix_ms: i64,
    note: String,
    settings: Value,
    base_digest: String,
    state: &'static str,
    decided_by: Option<String>,
    decided_unix_ms: Option<i64>,
    reason: Option<String>,
    problems: Value,
    /// The box is there, and says nothing: it may be too old to know of offers.
    unanswered: bool,
}

/// What a box says of settings that somebody draws.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct DraftView {
    problems: Vec<Value>,
    plane: Option<PlaneView>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct PlaneView {
    lines: Vec<[[f64; 2]; 2]>,
    points: Vec<Value>,
    warnings: Vec<String>,
}

impl StandingView {
    /// For somebody who may only look.
    pub(in crate::console) fn of(
        (of, camera): (&str, &str),
        standing: &Standing,
        is_unanswered: impl Fn(&ChangeRow) -> bool,
    ) -> Self {
        let current = standing.current.as_ref();
        Self {
            camera: CameraName { r#box: of.to_owned(), camera: camera.to_owned() },
            connected: standing.is_connected,
            current: current.map(|row| value(&row.settings)),
            digest: current.map(|row| hex::encode(&row.digest)),
            from_hub: current.is_some_and(|row| row.from_hub),
            takes_settings: current.is_some_and(|row| row.takes_settings),
            told_unix_ms: current.map(|row| row.told_unix_ms),
            changes: standing.changes.iter().map(|row| ChangeView::of(row, is_unanswered(row))).collect(),
            may_propose: false,
            may_approve: false,
        }
    }

    /// With what an administrator may do.
    pub(in crate::console) fn for_administrators(mut self, is_administrator: bool) -> Self {
        self.may_approve = is_administrator;
        self.may_propose = is_administrator && self.takes_settings;
        self
    }
}

impl ChangeView {
    fn of(row: &ChangeRow, unanswered: bool) -> Self {
        Self {
            id: hex::encode(&row.id),
            proposed_by: row.proposed_by.clone(),
            proposed_unix_ms: row.proposed_unix_ms,
            note: row.note.clone(),
            settings: value(&row.settings),
            base_digest: hex::encode(&row.base_digest),
            state: row.state.name(),
            decided_by: row.decided_by.clone(),
            decided_unix_ms: row.decided_unix_ms,
            reason: row.reason.clone(),
            problems: value(&row.problems),
            unanswered,
        }
    }
}

impl DraftView {
    /// Of the box's answer.
    pub(in crate::console) fn of(receipt: SettingsReceipt) -> Self {
        let problem = |problem: &velum_proto::v1::SettingsProblem| json!({ "path": problem.path, "text": problem.text });
        Self {
            problems: receipt.problems.iter().map(problem).collect(),
            plane: receipt.plane.map(PlaneView::of),
        }
    }
}

impl PlaneView {
    fn of(plane: PlaneSketch) -> Self {
        let line = |ends: &[f64]| match ends {
            [ax, ay, bx, by] => Some([[*ax, *ay], [*bx, *by]]),
            _ => None,
        };
        let point = |point: &velum_proto::v1::PointFit| json!({ "off_px": point.off_px, "off_m": point.off_m, "off_without_m": point.off_without_m });
        Self {
            lines: plane.lines.chunks_exact(4).filter_map(line).collect(),
            points: plane.points.iter().map(point).collect(),
            warnings: plane.warnings,
        }
    }
}

/// What is kept was looked at before.
fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or(Value::Null)
}
