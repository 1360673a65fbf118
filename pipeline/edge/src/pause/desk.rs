//! Where pauses are done: by the one who holds the audit log.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use velum_policy::VerifiedPolicy;
use velum_policy::audit::{Entry, Operation, Outcome, Subject};
use velum_vocab::{CameraId, Clock, Digest, Timestamp};

use super::{PauseWish, longest};
use crate::asked::{self, Ask};
use crate::audit::BoxLog;
use crate::local::{Kept, Paused, PausedCamera, paused_path, time_text};

const MINUTE: Duration = Duration::from_secs(60);

/// The desk of one data folder.
pub(crate) struct PauseDesk {
    data_dir: PathBuf,
    /// All that there are.
    cameras: Vec<CameraId>,
    clock: Arc<dyn Clock>,
    /// Pauses that could not be written to the disk.
    unwritten: Paused,
}

/// What one look works with.
struct Look<'a> {
    log: &'a BoxLog,
    policy: Option<&'a VerifiedPolicy>,
    now: Timestamp,
}

impl PauseDesk {
    pub(crate) fn new(data_dir: &Path, cameras: Vec<CameraId>, clock: Arc<dyn Clock>) -> Self {
        Self { data_dir: data_dir.to_owned(), cameras, clock, unwritten: Paused::default() }
    }

    /// Does what was asked and ends what is over; returns what is in force. Where it cannot be read what was, each
    /// camera is paused for as long as a pause may last.
    pub(crate) fn look(&mut self, log: &BoxLog, policy: Option<&VerifiedPolicy>) -> Paused {
        let mut kept = Kept::<Paused>::open_at(paused_path(&self.data_dir));
        let look = Look { log, policy, now: self.clock.now() };
        if kept.was_set_aside() {
            tracing::error!("it is not known which cameras were paused: all are, for a time");
            for camera in &self.cameras {
                // Also where it cannot be written: the file that was there is set aside by now.
                let pause = look.pause_of(camera.as_str(), longest(policy));
                self.unwritten.pause(pause.clone());
                kept.change(|paused| {
                    paused.pause(pause);
                    true
                });
            }
        }
        let mut over = Vec::new();
        kept.change(|paused| {
            over = paused.expire(look.now);
            !over.is_empty()
        });
        kept.save();
        for one in &over {
            tracing::info!(camera = one.camera, "a pause has ended by itself");
            let _refused = log.append(look.entry(&one.camera, "pause-ended"));
        }
        let unwritten = &mut self.unwritten;
        let _over = unwritten.expire(look.now);
        asked::answer_all(&self.data_dir, |ask: &Ask<PauseWish>| match &ask.wish {
            PauseWish::Pause { camera, minutes } => look.pause((&mut kept, unwritten), ask, camera, *minutes),
            PauseWish::Resume { camera } => look.resume((&mut kept, unwritten), ask, camera),
        });
        let mut in_force = kept.content().clone();
        self.unwritten.cameras.iter().for_each(|paused| in_force.pause(paused.clone()));
        in_force
    }
}

impl Look<'_> {
    /// Done, whether it can be logged or not: the box only sees less.
    fn pause(
        &self,
        (kept, unwritten): (&mut Kept<Paused>, &mut Paused),
        ask: &Ask<PauseWish>,
        camera: &str,
        minutes: u32,
    ) -> Result<String, String> {
        let (asked, most) = (MINUTE.saturating_mul(minutes), longest(self.policy));
        if asked < MINUTE || asked > most {
            let most = most.as_secs() / 60;
            return Err(format!(
                "--minutes: expected 1 to {most} (`rights.objection.max` of the policy), found {minutes}"
            ));
        }
        let logged = self.log.append(self.asked(ask, camera, &format!("paused-for-{minutes}-min")));
        let mut next = kept.content().clone();
        next.pause(self.pause_of(camera, asked));
        let paused = next.cameras.last().cloned().unwrap_or_else(|| self.pause_of(camera, asked));
        let mut text = format!("camera {camera} is paused until {}", time_text(paused.until_unix_secs));
        if let Err(problem) = kept.put(next) {
            unwritten.pause(paused);
            text += &format!("; but a restart would end it: {problem}");
        }
        if logged.is_err() {
            text += "; but it could not be logged: see the box's log";
        }
        Ok(text)
    }

    fn pause_of(&self, camera: &str, lasts: Duration) -> PausedCamera {
        let [since_unix_secs, until_unix_secs] = [self.now, self.now.plus(lasts)].map(Timestamp::unix_secs);
        PausedCamera { camera: camera.to_owned(), since_unix_secs, until_unix_secs }
    }

    /// Logged, then done.
    fn resume(
        &self,
        (kept, unwritten): (&mut Kept<Paused>, &mut Paused),
        ask: &Ask<PauseWish>,
        camera: &str,
    ) -> Result<String, String> {
        let mut next = kept.content().clone();
        let is_written = next.resume(camera).is_some();
        if !is_written && !unwritten.cameras.iter().any(|paused| paused.camera == camera) {
            return Err(format!("camera {camera} is not paused"));
        }
        let refused = "the audit log cannot be written, so that the camera stays paused; see the box's log";
        self.log.append(self.asked(ask, camera, "resumed")).map_err(|_| refused.to_owned())?;
        if is_written {
            kept.put(next)?;
        }
        let _ended = unwritten.resume(camera);
        Ok(format!("camera {camera} goes on"))
    }

    fn asked(&self, ask: &Ask<PauseWish>, camera: &str, what: &str) -> Entry {
        let (operator, justification) = (Some(ask.operator.clone()), Some(ask.reason.clone()));
        Entry { operator, justification, ..self.entry(camera, what) }
    }

    /// What the policy lets be collected changes.
    fn entry(&self, camera: &str, what: &str) -> Entry {
        Entry {
            camera: CameraId::parse(camera).ok(),
            reference: Some(what.to_owned()),
            policy_digest: self.policy.map(|policy| Digest(policy.digest())),
            ..Entry::new(Operation::Alteration, Subject::Policy, Outcome::Allowed)
        }
    }
}
