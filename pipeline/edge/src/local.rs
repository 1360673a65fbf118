//! What the box keeps for itself in its data folder, for whoever tunes it: rejected candidates, what rules
//! said in shadow, where told objects lie, what was confirmed as furniture, what is paused, which trials were
//! begun, and which exercises were ordered. None of it leaves the box; all of it is coded, banded, bounded and expires.
//!
//! One JSON file a camera and kind, replaced whole (`file` has the format of the frame around each), so that
//! commands can read beside the running box.

mod calendar;
mod candidates;
mod exercises;
mod file;
mod furniture;
mod paused;
mod places;
mod rectangle;
mod shadow;
mod trials;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use velum_analyse::{Rejected, RuleValidity, Watched};
use velum_vocab::{AlertId, CameraId, Clock, CoverageBin, EventId, Observation, Timestamp, ZoneId};

pub(crate) use calendar::time_text;
pub(crate) use candidates::{Candidates, Row};
pub(crate) use exercises::{Exercise, Exercises as KnownExercises, Stage, path as exercises_path};
pub(crate) use file::{Content, Kept, order_id, order_text, read as read_one, replace, write as write_one};
pub(crate) use furniture::{
    Furniture, MAX_DAYS as FURNITURE_MAX_DAYS, Ordered, Piece, path as furniture_path,
};
pub(crate) use paused::{Pause, Paused, PausedPlace, path as paused_path};
pub(crate) use places::Places;
pub(crate) use rectangle::Rectangle;
pub(crate) use shadow::{Asked, Erased, Looked, Record, RuleLog, ShadowLog, UNATTENDED_EDGES, rule_of};
use trials::TrialRuns;
pub(crate) use trials::{TrialName, TrialRun};

/// Kept for so long in tests.
#[cfg(test)]
pub(crate) const DEFAULT_KEEP: Duration = Duration::from_secs(30 * 86_400);

/// Everything that is kept, of all cameras.
pub(crate) struct Local {
    dir: PathBuf,
    clock: Arc<dyn Clock>,
    keep: Duration,
    candidates: Mutex<BTreeMap<CameraId, Kept<Candidates>>>,
    shadow: Mutex<BTreeMap<CameraId, Kept<ShadowLog>>>,
    places: Mutex<BTreeMap<CameraId, Kept<Places>>>,
    furniture: Mutex<InForce>,
    trials: Mutex<Kept<TrialRuns>>,
}

/// Furniture, and how often it has changed.
#[derive(Debug, Default)]
struct InForce {
    furniture: Furniture,
    changes: u64,
}

impl Local {
    /// Below this data folder; nothing is kept longer than `keep`.
    pub(crate) fn new(data_dir: &Path, clock: Arc<dyn Clock>, keep: Duration) -> Self {
        Self {
            dir: data_dir.to_owned(),
            clock,
            keep,
            candidates: Mutex::default(),
            shadow: Mutex::default(),
            places: Mutex::default(),
            furniture: Mutex::default(),
            trials: Mutex::new(Kept::open_at(trials::path(data_dir))),
        }
    }

    /// A candidate was rejected.
    pub(crate) fn reject(&self, camera: &CameraId, rejected: &Rejected) {
        let now = self.clock.now();
        let mut all = self.candidates.lock();
        self.of(&mut all, camera).change(|candidates| candidates.count(rejected, now));
    }

    /// Writes what changed; what cannot be written is tried again at the next call.
    pub(crate) fn save(&self) {
        self.candidates.lock().values_mut().for_each(Kept::save);
        self.shadow.lock().values_mut().for_each(Kept::save);
        self.places.lock().values_mut().for_each(Kept::save);
    }

    /// Forgets what is older than it may get at this trusted moment: never older than the policy lets events get.
    /// Files of cameras that are gone grow old, too.
    pub(crate) fn expire(&self, mark: Timestamp, event_retention: Option<Duration>) {
        let keep = event_retention.map_or(self.keep, |retention| retention.min(self.keep));
        let mut all = self.candidates.lock();
        for camera in file::cameras::<Candidates>(&self.dir) {
            self.of(&mut all, &camera).change(|candidates| candidates.expire(mark, keep));
        }
        all.values_mut().for_each(Kept::save);
        let mut all = self.shadow.lock();
        for camera in file::cameras::<ShadowLog>(&self.dir) {
            self.of(&mut all, &camera).change(|log| log.expire(mark, keep));
        }
        all.values_mut().for_each(Kept::save);
        let mut all = self.places.lock();
        for camera in file::cameras::<Places>(&self.dir) {
            self.of(&mut all, &camera).change(|places| places.expire(mark, keep));
        }
        all.values_mut().for_each(Kept::save);
    }

    /// A rule runs in shadow from now on, where it did not yet. Says whether its open alerts were raised live; where
    /// that is not known any more, they count as raised in shadow.
    pub(crate) fn begin_shadow(&self, camera: &CameraId, zone: &ZoneId, rule: &str, asked: &Asked) -> bool {
        let now = self.clock.now();
        let mut all = self.shadow.lock();
        let kept = self.of(&mut all, camera);
        let mut was_live = false;
        kept.change(|log| {
            let known = log.rule(zone.as_str(), rule).is_some_and(|log| log.is_asked_for(asked));
            was_live = log.begin(zone, rule, asked, now);
            !known
        });
        was_live && !kept.was_set_aside()
    }

    /// A rule is live from now on. Says whether it ran in shadow before.
    pub(crate) fn end_shadow(&self, camera: &CameraId, zone: &ZoneId, rule: &str) -> bool {
        let now = self.clock.now();
        let mut all = self.shadow.lock();
        let mut ended = false;
        self.of(&mut all, camera).change(|log| {
            ended = log.end(zone, rule, now);
            ended
        });
        ended
    }

    /// What the rules of a camera said in shadow in a step, how objects stand, and for how long each rule looked.
    pub(crate) fn shadow(
        &self,
        camera: &CameraId,
        said: &[Observation],
        watched: &[Watched],
        validity: &[RuleValidity],
        secs: f64,
    ) {
        let now = self.clock.now();
        let mut all = self.shadow.lock();
        self.of(&mut all, camera).change(|log| {
            said.iter().for_each(|seen| log.observe(seen, now));
            // Without its step the rule for objects says nothing of them.
            if validity.iter().any(|validity| validity.rule == "abandoned_object") {
                log.watch(watched, now);
            }
            log.look(validity, secs, now) || !said.is_empty()
        });
    }

    /// Whether an open alert was raised in shadow. Where that cannot be known, it was, unless its rule
    /// `is_configured`.
    pub(crate) fn is_shadow_alert(&self, camera: &CameraId, alert: AlertId, is_configured: bool) -> bool {
        let mut all = self.shadow.lock();
        let kept = self.of(&mut all, camera);
        kept.content().has_open_alert(alert) || (kept.was_set_aside() && !is_configured)
    }

    /// Trials that were begun and have no receipt yet.
    pub(crate) fn trial_runs(&self) -> Vec<TrialRun> {
        self.trials.lock().content().runs.clone()
    }

    /// Trials of which something is kept though it is not known that they were begun.
    pub(crate) fn unknown_trial_runs(&self) -> Vec<TrialRun> {
        let known = self.trial_runs();
        let mut all = self.shadow.lock();
        let cameras = file::cameras::<ShadowLog>(&self.dir).into_iter();
        let runs = cameras.flat_map(|camera| self.of(&mut all, &camera).content().trial_runs(&camera));
        runs.filter(|run| !known.iter().any(|known| known.is_same(run))).collect()
    }

    /// A trial begins; it is on the disk when this returns.
    ///
    /// # Errors
    /// In words; it has not begun then.
    pub(crate) fn begin_trial(&self, run: TrialRun) -> Result<(), String> {
        let mut kept = self.trials.lock();
        let mut next = kept.content().clone();
        next.runs.push(run);
        kept.put(next)
    }

    /// A trial has ended, and its receipt is written.
    ///
    /// # Errors
    /// In words; it is still known then.
    pub(crate) fn end_trial(&self, run: &TrialRun) -> Result<(), String> {
        let mut kept = self.trials.lock();
        let mut next = kept.content().clone();
        next.runs.retain(|known| !known.is_same(run));
        kept.put(next)
    }

    /// Notes how many records a trial left, so that its receipt tells it should it be written at a later try. What
    /// cannot be noted is erased all the same.
    fn note_records(&self, run: &TrialRun, records: u64) {
        let mut kept = self.trials.lock();
        let mut next = kept.content().clone();
        let known = next.runs.iter_mut().find(|known| known.is_same(run));
        let Some(known) = known.filter(|known| known.records != Some(records)) else { return };
        known.records = Some(records);
        if let Err(problem) = kept.put(next) {
            tracing::warn!(camera = %run.camera, trial = run.trial.id, %problem, "how much a trial left could not be noted");
        }
    }

    /// Erases what a trial left, with whatever of the camera could not be read, and looks on the disk for what is left.
    pub(crate) fn erase_trial(&self, run: &TrialRun) -> Erased {
        let mut all = self.shadow.lock();
        let kept = self.of(&mut all, &run.camera);
        let records = kept.content().records_of(run).max(run.records.unwrap_or(0));
        self.note_records(run, records);
        kept.change(|log| {
            let before = log.rules.len();
            log.erase(run);
            log.rules.len() < before
        });
        kept.save();
        let path = file::path::<ShadowLog>(&self.dir, &run.camera);
        let found_after = file::remove_leftovers(&path) + ShadowLog::count_on_disk(&path, run);
        Erased { records, found_after }
    }

    /// An event told of an object at this place; it is on the disk when this returns, or told why not.
    pub(crate) fn place(&self, camera: &CameraId, event: EventId, zone: &ZoneId, rectangle: Rectangle) {
        let now = self.clock.now();
        let mut all = self.places.lock();
        let kept = self.of(&mut all, camera);
        kept.change(|places| {
            places.add(event, zone, rectangle, now);
            true
        });
        kept.save();
    }

    /// This is in force from now on.
    pub(crate) fn set_furniture(&self, furniture: Furniture) {
        let mut in_force = self.furniture.lock();
        if in_force.furniture.pieces != furniture.pieces {
            in_force.changes = in_force.changes.saturating_add(1);
            in_force.furniture = furniture;
        }
    }

    /// What is in force at a camera, and the number of this change; none where that is `known` already.
    pub(crate) fn furniture_unless(
        &self,
        known: Option<u64>,
        camera: &CameraId,
    ) -> Option<(u64, Vec<velum_analyse::Furniture>)> {
        let in_force = self.furniture.lock();
        (known != Some(in_force.changes)).then(|| (in_force.changes, in_force.furniture.of(camera)))
    }

    /// The data folder.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Hours of a camera's ledger; kept while a rule of it runs in shadow.
    pub(crate) fn cover(&self, camera: &CameraId, hours: &[CoverageBin]) {
        let mut all = self.shadow.lock();
        self.of(&mut all, camera).change(|log| log.cover(hours));
    }

    fn of<'a, T: file::Content>(
        &self,
        all: &'a mut BTreeMap<CameraId, Kept<T>>,
        camera: &CameraId,
    ) -> &'a mut Kept<T> {
        all.entry(camera.clone()).or_insert_with(|| Kept::open(&self.dir, camera))
    }
}

/// What a data folder has of a kind, of each camera, as it was written last.
///
/// # Errors
/// In words, where a file cannot be read.
pub(crate) fn read_all<T: file::Content>(data_dir: &Path) -> Result<BTreeMap<CameraId, T>, String> {
    let cameras = file::cameras::<T>(data_dir).into_iter();
    let read = |camera: CameraId| {
        let content = file::read(&file::path::<T>(data_dir, &camera))?;
        Ok(content.map(|content| (camera, content)))
    };
    cameras.filter_map(|camera| read(camera).transpose()).collect()
}

#[cfg(test)]
mod tests;
