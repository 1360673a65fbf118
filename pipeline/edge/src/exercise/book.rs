//! Which exercises were ordered, and how each stands: on the disk before anybody is told.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use velum_policy::audit::{Entry, Operation, Outcome, Subject};
use velum_uplink::{ExerciseStanding, ExerciseWish};
use velum_vocab::{CameraId, Clock, Digest, Timestamp};

use crate::audit::BoxLog;
use crate::config::{CameraSettings, Scenario, scenarios};
use crate::local::{Exercise, Kept, KnownExercises, Stage, exercises_path, order_text};

/// How old what is known of the folder may get: people put files there.
const READ_EVERY: Duration = Duration::from_secs(10);

/// All exercises of this box.
pub(crate) struct Book {
    clock: Arc<dyn Clock>,
    folder: Option<PathBuf>,
    cameras: BTreeSet<CameraId>,
    kept: Mutex<Kept<KnownExercises>>,
    scenarios: Mutex<ReadScenarios>,
}

#[derive(Default)]
struct ReadScenarios {
    found: Vec<Scenario>,
    problems: Vec<String>,
    read: Option<Instant>,
}

/// One that a camera is to play now.
pub(crate) struct Playing {
    pub(crate) order: String,
    /// Of the camera, with the scenario in its place.
    pub(crate) settings: CameraSettings,
    /// As its events say it.
    pub(crate) staged: String,
    /// It ends then, whatever the file has.
    pub(crate) ends_at: Timestamp,
    role: String,
    secs: u32,
}

impl Book {
    /// What a restart cut off has ended.
    pub(crate) fn open(
        data_dir: &Path,
        folder: Option<PathBuf>,
        cameras: &[CameraSettings],
        clock: Arc<dyn Clock>,
    ) -> Self {
        let mut kept = Kept::<KnownExercises>::open_at(exercises_path(data_dir));
        let now_unix_ms = clock.now().unix_millis();
        kept.change(|known| {
            let open = known.exercises.iter_mut().filter(|one| one.stage.is_open());
            open.map(|one| one.stage = ended(&one.stage, now_unix_ms, "restarted")).count() > 0
        });
        kept.save();
        let cameras = cameras.iter().map(|camera| camera.id.clone()).collect();
        Self { clock, folder, cameras, kept: Mutex::new(kept), scenarios: Mutex::default() }
    }

    /// None at all.
    #[cfg(test)]
    pub(crate) fn none(data_dir: &Path, clock: Arc<dyn Clock>) -> Self {
        Self::open(data_dir, None, &[], clock)
    }

    /// What could be played, as the hub is told.
    pub(crate) fn scenarios(&self) -> Vec<velum_uplink::Scenario> {
        self.read(|found| found.iter().map(|one| one.about.clone()).collect())
    }

    /// Whether a camera is to play one, and has not begun.
    pub(crate) fn waits(&self, camera: &CameraId) -> bool {
        let kept = self.kept.lock();
        kept.content().open_of(camera.as_str()).is_some_and(|one| one.stage == Stage::Waits)
    }

    /// Whether the one that runs is still wanted.
    pub(crate) fn is_wanted(&self, order: &str) -> bool {
        let kept = self.kept.lock();
        kept.content().exercises.iter().any(|one| one.order == order && one.stage.is_open())
    }

    /// As the events of the last exercise that a camera began say it.
    pub(crate) fn last_staged(&self, camera: &CameraId) -> Option<String> {
        let kept = self.kept.lock();
        let has_begun = |one: &&Exercise| matches!(one.stage, Stage::Runs { .. } | Stage::Ended { .. });
        let mut of_camera = kept.content().exercises.iter().filter(|one| one.camera == camera.as_str());
        let of_camera = of_camera.rfind(has_begun);
        of_camera.map(|one| one.staged.clone())
    }

    /// Takes an order, or says how it stands. `may_begin` is the rule that forbids it now.
    pub(crate) fn order(
        &self,
        wish: &ExerciseWish,
        may_begin: impl FnOnce() -> Result<(), &'static str>,
    ) -> ExerciseStanding {
        let order = order_text(wish.order_id);
        let mut kept = self.kept.lock();
        let mut next = kept.content().clone();
        let now_unix_ms = self.clock.now().unix_millis();
        match next.by_order(&order) {
            Some(known) if known.stage.is_open() && wish.is_stopped => {
                known.stage = ended(&known.stage, now_unix_ms, "stopped");
            }
            Some(known) => return standing(&known.stage),
            None => {
                let (staged, stage) = match self.accept(wish, kept.content(), may_begin) {
                    Ok(staged) => (staged, Stage::Waits),
                    Err(reason) => (String::new(), Stage::Refused { reason: reason.to_owned() }),
                };
                next.add(Exercise {
                    order: order.clone(),
                    camera: wish.camera.to_string(),
                    scenario: wish.scenario.clone(),
                    staged,
                    role: wish.role.clone(),
                    expires_unix_secs: wish.expires_at.unix_secs(),
                    stage,
                });
            }
        }
        let stage = next.by_order(&order).map(|one| one.stage.clone());
        match kept.put(next) {
            Ok(()) => stage.map_or(ExerciseStanding::Waits, |stage| standing(&stage)),
            Err(problem) => {
                tracing::error!(%problem, "an exercise cannot be kept, and is not played");
                ExerciseStanding::Refused("disk".to_owned())
            }
        }
    }

    fn accept(
        &self,
        wish: &ExerciseWish,
        known: &KnownExercises,
        may_begin: impl FnOnce() -> Result<(), &'static str>,
    ) -> Result<String, &'static str> {
        if wish.is_stopped {
            return Err("stopped");
        }
        if !self.cameras.contains(&wish.camera) {
            return Err("unknown_camera");
        }
        if self.clock.now() >= wish.expires_at {
            return Err("expired");
        }
        if known.open_of(wish.camera.as_str()).is_some() {
            return Err("busy");
        }
        may_begin()?;
        let scenario = self.scenario(&wish.scenario).ok_or("unknown_scenario")?;
        Ok(scenario.staged())
    }

    /// The exercise that a camera begins now, with the settings by which it runs: logged, then on the disk, then played. None
    /// where there is none, or it may not.
    pub(crate) fn begin(
        &self,
        settings: &CameraSettings,
        log: &BoxLog,
        policy: Option<Digest>,
        may_begin: impl FnOnce() -> Result<(), &'static str>,
    ) -> Option<Playing> {
        let camera = &settings.id;
        let waiting = self.kept.lock().content().open_of(camera.as_str()).cloned()?;
        let now = self.clock.now();
        let ready = self.ready(&waiting, settings, now).and_then(|playing| {
            may_begin()?;
            log.append(entry(camera, &playing, policy, "began"))?;
            Ok(playing)
        });
        let stage = match &ready {
            Ok(_) => Stage::Runs { began_unix_ms: now.unix_millis() },
            Err(reason) => Stage::Refused { reason: (*reason).to_owned() },
        };
        let is_kept = self.set(&waiting.order, |before| matches!(before, Stage::Waits).then_some(stage));
        if !is_kept {
            let refused = Stage::Refused { reason: "disk".to_owned() };
            self.set(&waiting.order, |before| before.is_open().then_some(refused));
        }
        tracing::info!(%camera, order = waiting.order, refused = ready.as_ref().err(), "an exercise was to begin");
        ready.ok().filter(|_| is_kept)
    }

    fn ready(
        &self,
        of: &Exercise,
        settings: &CameraSettings,
        now: Timestamp,
    ) -> Result<Playing, &'static str> {
        if now.unix_secs() >= of.expires_unix_secs {
            return Err("expired");
        }
        let scenario = self.scenario(&of.scenario).ok_or("unknown_scenario")?;
        let secs = scenario.about.secs;
        Ok(Playing {
            order: of.order.clone(),
            settings: scenario.in_place_of(settings).map_err(|problem| {
                tracing::warn!(camera = %settings.id, scenario = of.scenario, %problem, "a scenario does not fit");
                "does_not_fit"
            })?,
            staged: scenario.staged(),
            ends_at: now.plus(Duration::from_secs(secs.into())),
            role: of.role.clone(),
            secs,
        })
    }

    /// The exercise is over, and the real camera is looked at again.
    pub(crate) fn end(
        &self,
        camera: &CameraId,
        playing: &Playing,
        (log, policy): (&BoxLog, Option<Digest>),
        reason: &str,
    ) {
        let now_unix_ms = self.clock.now().unix_millis();
        self.set(&playing.order, |before| before.is_open().then(|| ended(before, now_unix_ms, reason)));
        tracing::info!(%camera, order = playing.order, reason, "an exercise has ended");
        let what = entry(camera, playing, policy, "ended");
        // It has ended, logged or not.
        let _logged = log.append(Entry { justification: Some(format!("exercise ended: {reason}")), ..what });
    }

    /// Says whether it is on the disk; in memory it is so in any case, so that no camera waits for it for ever.
    fn set(&self, order: &str, stage: impl FnOnce(&Stage) -> Option<Stage>) -> bool {
        let mut kept = self.kept.lock();
        let mut next = kept.content().clone();
        let Some(known) = next.by_order(order) else { return false };
        let Some(stage) = stage(&known.stage) else { return false };
        known.stage = stage;
        let Err(problem) = kept.put(next.clone()) else { return true };
        tracing::error!(%problem, order, "how an exercise stands cannot be kept");
        kept.change(|known| {
            *known = next;
            true
        });
        false
    }

    fn scenario(&self, id: &str) -> Option<Scenario> {
        self.read(|found| found.iter().find(|one| one.about.id == id).cloned())
    }

    fn read<T>(&self, of: impl FnOnce(&[Scenario]) -> T) -> T {
        let mut known = self.scenarios.lock();
        if let Some(folder) = &self.folder
            && known.read.is_none_or(|at| at.elapsed() >= READ_EVERY)
        {
            let (found, problems) = scenarios(folder);
            for problem in problems.iter().filter(|problem| !known.problems.contains(problem)) {
                tracing::warn!("{problem}; this scenario cannot be played");
            }
            *known = ReadScenarios { found, problems, read: Some(Instant::now()) };
        }
        of(&known.found)
    }
}

fn ended(before: &Stage, now_unix_ms: i64, reason: &str) -> Stage {
    let reason = reason.to_owned();
    match before {
        Stage::Runs { began_unix_ms } => {
            Stage::Ended { began_unix_ms: *began_unix_ms, ended_unix_ms: now_unix_ms, reason }
        }
        _ => Stage::Refused { reason },
    }
}

fn standing(stage: &Stage) -> ExerciseStanding {
    let at = |unix_ms: &i64| Timestamp::from_unix_millis(*unix_ms);
    match stage {
        Stage::Waits => ExerciseStanding::Waits,
        Stage::Runs { began_unix_ms } => ExerciseStanding::Runs { began: at(began_unix_ms) },
        Stage::Ended { began_unix_ms, ended_unix_ms, reason } => ExerciseStanding::Ended {
            began: at(began_unix_ms),
            ended: at(ended_unix_ms),
            reason: reason.clone(),
        },
        Stage::Refused { reason } => ExerciseStanding::Refused(reason.clone()),
    }
}

/// As a pause is logged: what is collected of the camera changes.
fn entry(camera: &CameraId, of: &Playing, policy: Option<Digest>, what: &str) -> Entry {
    Entry {
        camera: Some(camera.clone()),
        operator: Some(format!("hub:{}", of.role).chars().take(128).collect()),
        justification: Some(format!("{}: {} s in the place of the camera", of.staged, of.secs)),
        reference: Some(format!("exercise-{what} {}", of.order)),
        policy_digest: policy,
        ..Entry::new(Operation::Alteration, Subject::Policy, Outcome::Allowed)
    }
}
