//! Adding up. How long a crowd's level held is the time from the event that told it to the next of the same zone, or until
//! the camera no longer saw; before the first event it is not known.

use std::collections::BTreeMap;

use velum_proto::v1::{
    CountBand, CoverageBin, CoverageState, Event, EventKind, EventState, StatisticsRow, Verdict, event::Body,
};

use super::moment;
use super::period::{HOUR_MS, Period};
use crate::access::AlertState;
use crate::store::AlertRow;

/// What people found an alert to be, as far as the reader is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Confirmed,
    Rejected,
    Undecided,
    NotTold,
}

impl Outcome {
    /// Of where an alert stands, as a reader sees it.
    pub(super) fn told(state: Option<&AlertState>, row: &AlertRow) -> Self {
        if row.decided().is_none() {
            return Self::Undecided;
        }
        match state.and_then(|state| state.decided.as_ref()).and_then(|word| word.verdict) {
            None | Some(Verdict::Unspecified) => Self::NotTold,
            Some(Verdict::Confirmed) => Self::Confirmed,
            Some(_) => Self::Rejected,
        }
    }
}

/// Of which row: bin, box, camera, zone, kind.
type Key = (i64, String, String, String, i32);
/// Whose level: box, camera, zone.
type Place = (String, String, String);

/// The sums so far.
#[derive(Debug)]
pub(super) struct Sums {
    period: Period,
    /// Persons are told in bands no narrower.
    least_group: u32,
    rows: BTreeMap<Key, StatisticsRow>,
    /// The level that holds, and since when.
    levels: BTreeMap<Place, (String, i64)>,
    /// Seconds of each bin that a camera was analysed.
    analysed: BTreeMap<(i64, String, String), u64>,
    pub(super) staged: u64,
    pub(super) without_time: u64,
}

impl Sums {
    pub(super) fn of(period: Period, least_group: u32) -> Self {
        Self {
            period,
            least_group,
            rows: BTreeMap::new(),
            levels: BTreeMap::new(),
            analysed: BTreeMap::new(),
            staged: 0,
            without_time: 0,
        }
    }

    /// How much there is: rows, and levels that hold.
    pub(super) fn len(&self) -> usize {
        self.rows.len().saturating_add(self.levels.len())
    }

    /// Whether an event is of the period, and of no exercise.
    pub(super) fn counts(&self, event: &Event, told_unix_ms: i64) -> bool {
        event.staged.is_none() && moment(event, told_unix_ms).is_some_and(|at| self.period.has(at))
    }

    /// Adds an event as it is shown. Those before the period only say which level held when it began.
    pub(super) fn add(&mut self, of: &str, event: &Event, told_unix_ms: i64, outcome: Outcome) {
        if event.staged.is_some() {
            self.staged = self.staged.saturating_add(1);
            return;
        }
        let Some(at) = moment(event, told_unix_ms) else {
            self.without_time = self.without_time.saturating_add(1);
            return;
        };
        let place = (of.to_owned(), event.camera().to_owned(), event.zone().to_owned());
        match &event.body {
            Some(Body::CameraHealth(health)) => {
                if health.state() != CoverageState::Analysed {
                    self.lost_sight(&place.0, &place.1, at);
                }
                return;
            }
            Some(Body::CrowdDensity(density)) => self.level(&place, density.level.clone(), at),
            Some(Body::AbandonedObject(_) | Body::CrowdMovement(_)) | None => {}
        }
        if self.period.has(at) {
            let least_group = self.least_group;
            let row = self.row(at, &place, event.kind);
            widen(row, persons(event).filter(|band| is_wide(band, least_group)));
            if event.state() == EventState::Raised {
                count(row, outcome);
            }
        }
    }

    /// Adds what was looked at.
    pub(super) fn cover(&mut self, of: &str, bin: &CoverageBin) {
        let at = bin.hour_unix_secs.saturating_mul(1_000);
        let secs = bin.secs_by_state.get(&(CoverageState::Analysed as i32)).copied().unwrap_or(0);
        let place = (of.to_owned(), bin.camera.clone(), String::new());
        self.row(at, &place, EventKind::Unspecified.into());
        let known = self.analysed.entry((self.period.bin_of(at), place.0, place.1)).or_default();
        *known = known.saturating_add(u64::from(secs).min(HOUR_MS.unsigned_abs() / 1_000));
    }

    /// Nothing more comes: levels hold until now, or until the period ends.
    pub(super) fn close(&mut self, now_unix_ms: i64) {
        for (place, (level, since)) in std::mem::take(&mut self.levels) {
            self.held(&place, &level, (since, now_unix_ms));
        }
        for ((bin, of, camera, _, _), row) in &mut self.rows {
            let whole = self.period.end_of(*bin).min(now_unix_ms).saturating_sub(*bin).max(1_000) / 1_000;
            let secs = self.analysed.get(&(*bin, of.clone(), camera.clone()));
            let permille = |secs: u64| {
                secs.saturating_mul(1_000).checked_div(whole.unsigned_abs()).unwrap_or(0).min(1_000)
            };
            row.analysed_permille = secs.and_then(|secs| u32::try_from(permille(*secs)).ok());
        }
    }

    pub(super) fn rows(&self) -> Vec<StatisticsRow> {
        self.rows.values().cloned().collect()
    }

    fn row(&mut self, at: i64, place: &Place, kind: i32) -> &mut StatisticsRow {
        let bin_unix_ms = self.period.bin_of(at);
        let (of, camera, zone) = place;
        let key = (bin_unix_ms, of.clone(), camera.clone(), zone.clone(), kind);
        self.rows.entry(key).or_insert_with(|| StatisticsRow {
            bin_unix_ms,
            r#box: of.clone(),
            camera: camera.clone(),
            zone: zone.clone(),
            kind,
            ..StatisticsRow::default()
        })
    }

    fn level(&mut self, place: &Place, level: Option<String>, at: i64) {
        if let Some((before, since)) = self.levels.remove(place) {
            self.held(place, &before, (since, at));
        }
        if let Some(level) = level {
            self.levels.insert(place.clone(), (level, at));
        }
    }

    /// From here on no level of this camera is known.
    fn lost_sight(&mut self, of: &str, camera: &str, at: i64) {
        let is_there = |place: &&Place| place.0 == of && place.1 == camera;
        let places: Vec<Place> = self.levels.keys().filter(is_there).cloned().collect();
        for place in places {
            self.level(&place, None, at);
        }
    }

    /// A level held for a time, which may span bins.
    fn held(&mut self, place: &Place, level: &str, (since, until): (i64, i64)) {
        let (mut at, until) =
            (since.max(self.period.begins_unix_ms()), until.min(self.period.ends_unix_ms()));
        while at < until {
            let end = self.period.end_of(self.period.bin_of(at)).min(until);
            let secs = u32::try_from(end.saturating_sub(at) / 1_000).unwrap_or(u32::MAX);
            let row = self.row(at, place, EventKind::CrowdDensity.into());
            let known = row.secs_by_level.entry(level.to_owned()).or_default();
            *known = known.saturating_add(secs);
            at = end;
        }
    }
}

fn persons(event: &Event) -> Option<CountBand> {
    match &event.body {
        Some(Body::CrowdDensity(density)) => density.persons,
        Some(Body::CrowdMovement(movement)) => movement.persons,
        _ => None,
    }
}

/// A band of an earlier, looser version of the policy may be narrower than a group is today.
fn is_wide(band: &CountBand, least_group: u32) -> bool {
    band.below.is_none_or(|below| below.saturating_sub(band.at_least) >= least_group)
}

fn widen(row: &mut StatisticsRow, band: Option<CountBand>) {
    let Some(band) = band else { return };
    row.persons = Some(match row.persons {
        None => band,
        Some(known) => CountBand {
            at_least: known.at_least.min(band.at_least),
            below: known.below.zip(band.below).map(|(known, more)| known.max(more)),
        },
    });
}

fn count(row: &mut StatisticsRow, outcome: Outcome) {
    row.raised = row.raised.saturating_add(1);
    let sum = match outcome {
        Outcome::Confirmed => &mut row.confirmed,
        Outcome::Rejected => &mut row.rejected,
        Outcome::Undecided => &mut row.undecided,
        Outcome::NotTold => &mut row.outcome_not_told,
    };
    *sum = sum.saturating_add(1);
}

#[cfg(test)]
mod tests;
