//! How a box stands as a machine, and what is suspended on it, as the page of the fleet is told.

use serde::Serialize;
use velum_proto::v1::{BoxState, ClockState, DiskState, ModelState};

use crate::store::{SuspensionRow, ToldState};

/// A clock that is further off is told as wrong: times of alerts would be.
const CLOCK_OFF_MS: i64 = 2_000;
/// A box tells of itself each minute; what is older is told as old.
const OLD_MS: i64 = 180_000;

/// What a box told of itself last.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct MachineView {
    told_unix_ms: i64,
    /// The box is there, and has not told of itself for minutes.
    is_old: bool,
    disk: Option<DiskView>,
    clock: Option<ClockView>,
    uptime_secs: u64,
    models: Vec<ModelView>,
    /// By name.
    cameras: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct DiskView {
    free_bytes: u64,
    total_bytes: u64,
    /// Below the box's own limit nothing more is recorded: `full`; `low` below twice that; else `enough`.
    room: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct ClockView {
    is_trusted: bool,
    reason: String,
    /// Than the hub's; less than none: behind.
    ahead_ms: Option<i64>,
    is_off: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct ModelView {
    name: String,
    task: String,
    digest: String,
}

/// A box, or one of its cameras, that an administrator suspended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct SuspensionView {
    /// None: every camera of the box.
    camera: Option<String>,
    /// Both empty: the box holds it, and this hub has no record of it.
    suspended_by: String,
    reason: String,
    since_unix_ms: i64,
    /// `in_force`, `waits` for the box, or `failed`.
    state: &'static str,
    trouble: String,
}

impl MachineView {
    pub(super) fn of(told: &ToldState, now_unix_ms: i64, connected: bool) -> Self {
        let BoxState { disk, clock, models, uptime_secs, cameras, .. } = &told.state;
        Self {
            told_unix_ms: told.told_unix_ms,
            is_old: connected && now_unix_ms.saturating_sub(told.told_unix_ms) > OLD_MS,
            disk: disk.as_ref().map(DiskView::of),
            clock: clock.as_ref().map(ClockView::of),
            uptime_secs: *uptime_secs,
            models: models.iter().map(ModelView::of).collect(),
            cameras: cameras.clone(),
        }
    }
}

impl DiskView {
    fn of(disk: &DiskState) -> Self {
        let DiskState { free_bytes, total_bytes, least_bytes } = *disk;
        let room = match free_bytes {
            free if free < least_bytes => "full",
            free if free < least_bytes.saturating_mul(2) => "low",
            _ => "enough",
        };
        Self { free_bytes, total_bytes, room }
    }
}

impl ClockView {
    fn of(clock: &ClockState) -> Self {
        let most_ms = CLOCK_OFF_MS.saturating_add(clock.margin_ms.max(0));
        let is_off = clock.ahead_ms.is_some_and(|ahead_ms| ahead_ms.saturating_abs() > most_ms);
        Self { is_trusted: clock.is_trusted, reason: clock.reason.clone(), ahead_ms: clock.ahead_ms, is_off }
    }
}

impl ModelView {
    fn of(model: &ModelState) -> Self {
        Self { name: model.name.clone(), task: model.task.clone(), digest: hex::encode(&model.digest) }
    }
}

impl SuspensionView {
    /// `told` is what the box said last of itself.
    pub(super) fn of(row: &SuspensionRow, told: Option<&ToldState>) -> Self {
        let held = told.and_then(|told| told.state.suspensions.iter().find(|held| held.id == row.id));
        let (state, trouble) = match held {
            None => ("waits", String::new()),
            Some(held) if held.trouble.is_empty() => ("in_force", String::new()),
            Some(held) => ("failed", held.trouble.clone()),
        };
        Self {
            camera: Some(row.camera.clone()).filter(|camera| !camera.is_empty()),
            suspended_by: row.suspended_by.clone(),
            reason: row.reason.clone(),
            since_unix_ms: row.since_unix_ms,
            state,
            trouble,
        }
    }
}

#[cfg(test)]
mod tests {
    use velum_proto::v1::HeldSuspension;

    use super::*;

    #[test]
    fn what_is_wrong_with_a_machine_is_told() {
        let room =
            |free_bytes| DiskView::of(&DiskState { free_bytes, total_bytes: 100, least_bytes: 10 }).room;
        assert_eq!([room(9), room(10), room(19), room(20)], ["full", "low", "low", "enough"]);
        let off = |ahead_ms, margin_ms| {
            ClockView::of(&ClockState { ahead_ms, margin_ms, ..ClockState::default() }).is_off
        };
        assert!(off(Some(2_001), 0) && off(Some(-2_001), 0) && off(Some(i64::MIN), 5));
        assert!(!off(Some(2_001), 1) && !off(Some(-2_000), -7) && !off(None, 0));
        let told = ToldState { of: "lobby".to_owned(), told_unix_ms: 0, state: BoxState::default() };
        assert!(MachineView::of(&told, OLD_MS + 1, true).is_old);
        assert!(!MachineView::of(&told, OLD_MS + 1, false).is_old, "a box that is away tells nothing");
    }

    #[test]
    fn a_suspension_is_in_force_once_the_box_says_so() {
        let row = SuspensionRow {
            id: vec![1; 16],
            of: "lobby".to_owned(),
            camera: String::new(),
            suspended_by: "console:anna".to_owned(),
            reason: "roadworks".to_owned(),
            since_unix_ms: 5,
        };
        let told = |id: u8, trouble: &str| {
            let held =
                HeldSuspension { id: vec![id; 16], trouble: trouble.to_owned(), ..HeldSuspension::default() };
            let state = BoxState { suspensions: vec![held], ..BoxState::default() };
            ToldState { of: "lobby".to_owned(), told_unix_ms: 0, state }
        };
        let state = |told: Option<&ToldState>| SuspensionView::of(&row, told).state;
        assert_eq!([state(None), state(Some(&told(2, "")))], ["waits", "waits"]);
        assert_eq!(
            [state(Some(&told(1, ""))), state(Some(&told(1, "no such camera")))],
            ["in_force", "failed"]
        );
    }
}
