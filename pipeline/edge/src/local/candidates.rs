//! Rejected candidates of one camera, counted by day, zone, code and bands: what tuning needs, and no more.
//!
//! Content of `candidates/CAMERA.json`, version 1:
//! ```text
//! {"days": {"2026-11-26": {                the day, UTC
//!    "rows": [{"zone": "plaza",            as in the configuration
//!              "code": "light",            why it was refused, see docs/commissioning.md
//!              "height_in_persons": "0.2-0.4",   band of its height in heights of a person there
//!              "contrast": "20-40",        band of its brightness against its surroundings, grey levels
//!              "stood_secs": "5-10",       band of how long it had looked so, seconds
//!              "person_near": true,        whether somebody may have been near it
//!              "count": 12}],              how many were alike
//!    "left_out": 0}}}                      how many more there were, once a day had MAX_ROWS different rows
//! ```
//! At most [`MAX_DAYS`] days. A day goes when its beginning is older than may be kept: no count gets older.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use velum_analyse::Rejected;
use velum_vocab::Timestamp;

use super::calendar::{day_of, day_start};
use super::file::Content;

const MAX_DAYS: usize = 400;
const MAX_ROWS: usize = 500;
/// A day that begins later than this after now was counted while the clock was wrong.
const AHEAD: Duration = Duration::from_secs(86_400);

/// One camera's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Candidates {
    days: BTreeMap<String, Day>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Day {
    rows: Vec<Row>,
    left_out: u64,
}

/// Candidates that are alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// In which zone.
    pub(crate) zone: String,
    /// Why they were refused.
    pub(crate) code: String,
    /// Height in heights of a person there.
    pub(crate) height_in_persons: String,
    /// Grey levels against their surroundings.
    pub(crate) contrast: String,
    /// Seconds that they had looked so.
    pub(crate) stood_secs: String,
    /// Whether somebody may have been near.
    pub(crate) person_near: bool,
    /// How many.
    pub(crate) count: u64,
}

impl Row {
    fn of(rejected: &Rejected) -> Self {
        Self {
            zone: rejected.zone.to_string(),
            code: rejected.name().to_owned(),
            height_in_persons: rejected.height_in_persons.to_string(),
            contrast: rejected.contrast.to_string(),
            stood_secs: rejected.stood_secs.to_string(),
            person_near: rejected.person_near,
            count: 1,
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        Self { count: self.count, ..other.clone() } == *self
    }
}

impl Content for Candidates {
    const FORMAT: &'static str = "velum-candidates";
    const FOLDER: &'static str = "candidates";

    fn is_empty(&self) -> bool {
        self.days.is_empty()
    }
}

impl Candidates {
    /// Counts one. Says that something changed.
    pub(super) fn count(&mut self, rejected: &Rejected, now: Timestamp) -> bool {
        let Some(day) = day_of(now) else { return false };
        let day = self.days.entry(day).or_default();
        if !add(&mut day.rows, Row::of(rejected), MAX_ROWS) {
            day.left_out = day.left_out.saturating_add(1);
        }
        while self.days.len() > MAX_DAYS {
            self.days.pop_first();
        }
        true
    }

    /// Forgets days that are too old, and those of a wrong clock. Says whether any went.
    pub(super) fn expire(&mut self, mark: Timestamp, keep: Duration) -> bool {
        let before = self.days.len();
        let may_stay = |start: Timestamp| start.plus(keep) > mark && start <= mark.plus(AHEAD);
        self.days.retain(|day, _| day_start(day).is_some_and(may_stay));
        self.days.len() != before
    }

    /// The rows of the days since this moment, alike ones added up, most frequent first; and how many candidates
    /// had no row.
    pub(crate) fn since(&self, from: Timestamp) -> (Vec<Row>, u64) {
        let (mut rows, mut left_out) = (Vec::new(), 0_u64);
        for (day, content) in &self.days {
            if day_start(day).is_some_and(|start| start >= from) {
                content.rows.iter().for_each(|row| _ = add(&mut rows, row.clone(), usize::MAX));
                left_out = left_out.saturating_add(content.left_out);
            }
        }
        rows.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
        (rows, left_out)
    }
}

/// Adds to the row that is alike, or as a row of its own; says whether there was room.
fn add(rows: &mut Vec<Row>, more: Row, max_rows: usize) -> bool {
    if let Some(row) = rows.iter_mut().find(|row| row.is_like(&more)) {
        row.count = row.count.saturating_add(more.count);
        return true;
    }
    let has_room = rows.len() < max_rows;
    if has_room {
        rows.push(more);
    }
    has_room
}
