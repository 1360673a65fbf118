//! One still to align the camera: masked as the policy says, verified, and logged before it is handed on.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use velum_analyse::{PictureState, Seen};
use velum_decode::RawFrame;
use velum_gate::{Gate, RedactionTerms};
use velum_models::Detector;
use velum_policy::audit::{Entry, Operation, Outcome, Subject};
use velum_redaction::{RedactedFrame, Timeline};
use velum_vocab::{CameraId, Clock, Digest, EventId, SimulatedClock, SystemClock, Timestamp};

use crate::audit::BoxLog;
use crate::check::remembered_by_gate;
use crate::config::{CameraSettings, PolicySettings, Settings};
use crate::stills::{SightModel, Studio, Team, settings_of, sight_of};

/// A picture is tried this often; the one with the least mask is taken.
const TRY_EVERY_SECS: f64 = 2.0;
/// Enough of them.
const TRIES_MAX: u32 = 12;

/// A redacted picture as a file.
pub(super) struct Still {
    /// The JPEG.
    pub(super) jpeg: Vec<u8>,
    /// The share of it that is masked.
    pub(super) covered_fraction: f64,
}

/// Asks the policy in force whether such a picture may be made.
struct Permission {
    camera: CameraId,
    policy: PolicySettings,
    data_dir: PathBuf,
}

impl Permission {
    /// What the policy says now, and which policy that is; else the reason why not.
    fn ask(&self) -> Result<(RedactionTerms, Option<Digest>), String> {
        let gate = Gate::with_memory(Arc::new(SystemClock), remembered_by_gate(&self.data_dir)?);
        let verified =
            crate::policy::in_force(&self.data_dir, &self.policy).map_err(|error| error.to_string())?;
        gate.install(verified).map_err(|error| error.to_string())?;
        gate.set_paused(crate::pause::in_force(&self.data_dir, std::iter::once(&self.camera))?);
        let terms = gate.maintenance_still(&self.camera).map_err(|withheld| withheld.to_string())?;
        Ok((terms, gate.policy_digest()))
    }
}

/// Makes the picture.
pub(super) struct Easel {
    permission: Permission,
    timeline: Timeline,
    team: Team,
    /// Redaction's time is that of the frames, be they recorded or live.
    clock: SimulatedClock,
    log: BoxLog,
    policy: Option<Digest>,
    /// How the policy wanted it masked.
    terms: RedactionTerms,
    asked_at: Option<Timestamp>,
    tries: u32,
    best: Option<RedactedFrame>,
    withheld: BTreeMap<&'static str, u32>,
}

impl Easel {
    /// Opened only where the policy in force allows such a picture; else the reason.
    pub(super) fn open(
        settings: &Settings,
        camera: &CameraSettings,
        detector: &Arc<Detector>,
    ) -> Result<Self, String> {
        let system: Arc<dyn Clock> = Arc::new(SystemClock);
        let permission = Permission {
            camera: camera.id.clone(),
            policy: settings.policy.clone().ok_or("no policy is configured")?,
            data_dir: settings.data_dir.clone(),
        };
        let (terms, policy) = permission.ask()?;
        let masks = Arc::new(settings_of(terms.clone()).map_err(|error| error.to_string())?);
        let clock = SimulatedClock::at(system.now());
        let redaction_clock: Arc<dyn Clock> = Arc::new(clock.clone());
        let (models, verifier) = (settings.models.clone(), settings.stills.verifier.clone());
        let studio = Studio::new(models, verifier, settings.limits, redaction_clock);
        let team = studio.open(&SightModel::of(detector)).map_err(|refusal| refusal.to_string())?;
        team.redactor.check(&masks).map_err(|error| error.to_string())?;
        Ok(Self {
            permission,
            timeline: Timeline::new(camera.id.clone(), masks),
            team,
            clock,
            log: BoxLog::open(&settings.data_dir, system),
            policy,
            terms,
            asked_at: None,
            tries: 0,
            best: None,
            withheld: BTreeMap::new(),
        })
    }

    /// Takes a frame with what was seen on it.
    pub(super) fn take(&mut self, frame: RawFrame, seen: Option<Seen>, picture: PictureState) {
        let at = frame.captured_at();
        self.clock.set(at);
        let is_known = seen.is_some();
        if let Err(error) = self.timeline.push(frame, sight_of(seen, picture)) {
            tracing::error!(%error, "a frame is not held");
            return;
        }
        let is_time = self.asked_at.is_none_or(|then| at.secs_since(then) >= TRY_EVERY_SECS);
        if is_known && is_time && self.tries < TRIES_MAX {
            self.asked_at = Some(at);
            self.tries += 1;
            if let Err(reason) = self.timeline.ask(at) {
                self.count(reason.code());
            }
        }
        self.make_due();
    }

    fn make_due(&mut self) {
        while let Some(due) = self.timeline.due() {
            match due.job.and_then(|job| self.team.redactor.make(job)) {
                Ok(picture) => {
                    let is_better =
                        |best: &RedactedFrame| picture.covered_fraction() < best.covered_fraction();
                    if self.best.as_ref().is_none_or(is_better) {
                        self.best = Some(picture);
                    }
                }
                Err(reason) => self.count(reason.code()),
            }
        }
    }

    fn count(&mut self, reason: &'static str) {
        *self.withheld.entry(reason).or_default() += 1;
    }

    /// The picture, once the policy was asked again and it is in the audit log; else why there is none.
    pub(super) fn finish(self) -> Result<Still, String> {
        let Some(picture) = self.best else {
            let reasons: Vec<&str> = self.withheld.keys().copied().collect();
            return Err(match reasons.is_empty() {
                true => {
                    "the camera was not watched for long enough to know what moves; about 10 s are needed"
                        .into()
                }
                false => format!("each was withheld ({})", reasons.join(", ")),
            });
        };
        // Between the first frame and this moment the policy may have changed or ended.
        if self.permission.ask()? != (self.terms, self.policy) {
            return Err("the policy changed while the camera was watched; run it again".into());
        }
        let jpeg = picture.encode_jpeg().map_err(|error| error.to_string())?;
        // It belongs to no event: the id is its own.
        let id = EventId::random().map_err(|error| error.to_string())?;
        let mut entry = Entry::new(Operation::Collection, Subject::Still(id), Outcome::Allowed);
        entry.camera = Some(self.permission.camera);
        entry.policy_digest = self.policy;
        entry.justification = Some("calibration of the camera (velum-edge calibrate)".to_owned());
        entry.records = Some(1);
        entry.bytes = u64::try_from(jpeg.len()).ok();
        self.log.append(entry).map_err(|rule| {
            format!(
                "it could not be logged ({rule}); stop the box while you calibrate, it holds the audit log"
            )
        })?;
        Ok(Still { jpeg, covered_fraction: picture.covered_fraction() })
    }
}
