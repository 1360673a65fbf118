//! The one way out of a box.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use velum_policy::layers::Egress;
use velum_policy::order::AtLeast;
use velum_policy::succession::AcceptedPolicy;
use velum_policy::{PolicyError, ResolvedPolicy, VerifiedPolicy};
use velum_vocab::{CameraId, Clock, Digest, Polygon, Timestamp};

use crate::boundary::{self, BoundaryError, LevelBoundary};
use crate::judged::{BACK_TRACING, COVERAGE, Judged, Witness, class_for};
use crate::memory::GateMemory;
use crate::pauses::{PausedAreas, Pauses};
use crate::permission::{self, CameraPermission};
use crate::released::EventKind;
use crate::stills::{RedactionTerms, StillTerms};
use crate::trial::{self, Trial, TrialOver};
use crate::trusted_time::TrustedTime;
use crate::withheld::Withheld;

/// Something that may leave the box. Made only by [`Gate::judge`]; it cannot be built, copied from bytes, or
/// turned back into what was judged.
pub struct Releasable<T: Judged> {
    released: T::Released,
    policy_digest: Option<Digest>,
}

impl<T: Judged> Releasable<T> {
    /// What is left of it.
    pub fn released(&self) -> &T::Released {
        &self.released
    }

    /// What is left of it, to assemble an event or a still of.
    pub fn into_released(self) -> T::Released {
        self.released
    }

    /// The policy under which it was released; none for health without a policy.
    pub fn policy_digest(&self) -> Option<Digest> {
        self.policy_digest
    }
}

impl<T: Judged> fmt::Debug for Releasable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Releasable").field("policy_digest", &self.policy_digest).finish_non_exhaustive()
    }
}

/// Judges everything that is to leave. Without a policy in force it lets out nothing but health.
///
/// One gate serves all cameras of a box; it can be shared between threads.
pub struct Gate {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    time: TrustedTime,
    accepted: Option<AcceptedPolicy>,
    event_retention: Option<Duration>,
    policy: Option<Arc<VerifiedPolicy>>,
    pauses: Arc<Pauses>,
}

/// What one look at the clock found.
struct Moment {
    policy: Option<Arc<VerifiedPolicy>>,
    trusted_time: bool,
    now: Timestamp,
    pauses: Arc<Pauses>,
}

impl Moment {
    fn witness(&self) -> Witness<'_> {
        let Self { policy, trusted_time, now, pauses } = self;
        Witness { policy: policy.as_deref(), trusted_time: *trusted_time, now: *now, pauses }
    }
}

impl Gate {
    /// A gate that remembers nothing: for a box that is set up anew, and for tests.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_memory(clock, GateMemory::default())
    }

    /// A gate that goes on where an earlier one was: see [`Gate::memory`].
    pub fn with_memory(clock: Arc<dyn Clock>, memory: GateMemory) -> Self {
        let time = TrustedTime::from_mark(memory.time_high_water);
        let GateMemory { policy: accepted, event_retention, .. } = memory;
        let state = State { time, accepted, event_retention, policy: None, pauses: Arc::default() };
        Self { clock, state: Mutex::new(state) }
    }

    /// What must survive a restart. The caller writes it to disk, at the latest every minute and after every
    /// [`Gate::install`].
    pub fn memory(&self) -> GateMemory {
        let state = self.lock();
        GateMemory {
            time_high_water: state.time.high_water(),
            policy: state.accepted.clone(),
            event_retention: state.event_retention,
        }
    }

    /// Puts a policy in the place of the one before. Whether it is in force is asked at each judgement.
    ///
    /// # Errors
    /// [`PolicyError::Rollback`], [`PolicyError::SameVersion`] or [`PolicyError::OtherPolicy`] when it may not
    /// follow the policy that was accepted last; that one stays.
    pub fn install(&self, policy: VerifiedPolicy) -> Result<(), PolicyError> {
        let next = AcceptedPolicy::of(&policy);
        let mut state = self.lock();
        if let Some(before) = &state.accepted {
            before.may_be_followed_by(&next)?;
        }
        tracing::info!(id = next.id, version = %next.version, digest = %next.digest, "policy installed");
        state.accepted = Some(next);
        let kinds = EventKind::ALL.into_iter();
        let shortest = kinds.filter_map(|kind| event_retention(policy.resolved(), kind)).min();
        state.event_retention = shortest.or(state.event_retention);
        state.policy = Some(Arc::new(policy));
        Ok(())
    }

    /// Whether a policy may follow the one that was accepted last.
    ///
    /// # Errors
    /// As [`Gate::install`].
    pub fn may_follow(&self, policy: &VerifiedPolicy) -> Result<(), PolicyError> {
        let next = AcceptedPolicy::of(policy);
        self.lock().accepted.as_ref().map_or(Ok(()), |before| before.may_be_followed_by(&next))
    }

    /// Takes the policy out: from now on nothing leaves but health. What was accepted is still remembered.
    pub fn withdraw(&self) {
        if self.lock().policy.take().is_some() {
            tracing::warn!("policy withdrawn");
        }
    }

    /// These cameras and zones are paused until these moments, and no others: of the cameras nothing is told but their
    /// state, of the zones nothing. The caller keeps them over a restart.
    pub fn set_paused(&self, pauses: Pauses) {
        let mut state = self.lock();
        if *state.pauses != pauses {
            let (cameras, zones) = (pauses.cameras.len(), pauses.zones.values().map(Vec::len).sum::<usize>());
            tracing::info!(cameras, zones, "what is paused has changed");
            state.pauses = Arc::new(pauses);
        }
    }

    /// The zones of the camera that people have paused now: to be painted over before anything looks at a frame.
    pub fn paused_areas(&self, camera: &CameraId) -> PausedAreas {
        let moment = self.moment();
        moment.pauses.areas_of(camera, moment.now)
    }

    /// Whether all zones of the camera that are paused now are among what was painted over on its frames.
    ///
    /// # Errors
    /// [`Withheld`], which names the rule.
    pub fn are_painted(&self, camera: &CameraId, painted: &[Polygon]) -> Result<(), Withheld> {
        let moment = self.moment();
        moment.pauses.are_painted(camera, painted, moment.now)
    }

    /// Judges one part. Every decision is logged with the rule that decided, and nothing about people.
    ///
    /// # Errors
    /// [`Withheld`], which names the rule.
    pub fn judge<T: Judged>(&self, part: T) -> Result<Releasable<T>, Withheld> {
        let moment = self.moment();
        let (what, camera) = (part.part(), part.about());
        let camera = camera.as_ref().map_or("", CameraId::as_str);
        let judged = part.release(&moment.witness());
        log(what, camera, judged.as_ref().err());
        let released = judged?;
        Ok(Releasable { released, policy_digest: moment.policy.map(|policy| Digest(policy.digest())) })
    }

    /// What the policy makes of a camera now. Whatever is not `Active` must not be analysed either.
    pub fn permission(&self, camera: &CameraId) -> CameraPermission {
        self.moment().witness().camera(camera).err().unwrap_or(CameraPermission::Active)
    }

    /// What the policy as a whole is now, before any camera is asked about.
    pub fn standing(&self) -> CameraPermission {
        let moment = self.moment();
        match &moment.policy {
            None => CameraPermission::NoPolicy,
            Some(_) if !moment.trusted_time => CameraPermission::UntrustedTime,
            Some(policy) => permission::of_policy(policy.resolved(), moment.now),
        }
    }

    /// Whether the clock has not gone back behind what it showed before.
    pub fn trusts_time(&self) -> bool {
        self.moment().trusted_time
    }

    /// Why what was released before and still waits may not leave any more: there is no policy, or it was
    /// withdrawn or has expired. Expiry is held against the mark, which does not follow a glitch of the clock.
    pub fn withdrawn(&self) -> Option<CameraPermission> {
        let moment = self.moment();
        let Some(policy) = &moment.policy else { return Some(CameraPermission::NoPolicy) };
        let mark = self.lock().time.high_water()?;
        match permission::of_policy(policy.resolved(), mark) {
            refused @ (CameraPermission::Draft
            | CameraPermission::Suspended
            | CameraPermission::Retired
            | CameraPermission::Expired) => Some(refused),
            _ => None,
        }
    }

    /// Whether who put an object down may be followed back in the same camera's tracks:
    /// `owner_backtracking` under `analytics.allow`. Otherwise, and without a policy in force, it is forbidden.
    pub fn back_tracing_allowed(&self, camera: &CameraId) -> bool {
        let moment = self.moment();
        let resolved =
            moment.witness().camera(camera).map(|(policy, _)| policy.resolved().allows(BACK_TRACING));
        resolved.unwrap_or(false)
    }

    /// Whether what this kind of event needs may be computed of the camera now: the policy allows the analytic,
    /// the authorisation covers it, and it may be told for a purpose that the camera serves.
    pub fn may_compute(&self, camera: &CameraId, kind: EventKind) -> bool {
        let moment = self.moment();
        let applied = moment.witness().camera(camera);
        applied.is_ok_and(|(policy, camera)| class_for(policy.resolved(), camera, kind).is_ok())
    }

    /// The trial in which this kind may be computed of the camera now, for nobody but the box; none where it is in
    /// operation, and none while the camera may not be analysed at all.
    pub fn trial(&self, camera: &CameraId, kind: EventKind) -> Option<Trial> {
        let moment = self.moment();
        let (policy, _) = moment.witness().camera(camera).ok()?;
        trial::of(policy.resolved(), camera, kind, moment.now)
    }

    /// Why a trial that was begun on the camera is over, so that what it left must go; none while it goes on, and while
    /// time cannot be trusted. Its end is held against the mark, which does not follow a glitch of the clock.
    pub fn trial_over(&self, camera: &CameraId, begun: &Trial) -> Option<TrialOver> {
        let moment = self.moment();
        let mark = self.lock().time.high_water().filter(|mark| moment.trusted_time && *mark <= moment.now)?;
        trial::over(moment.policy.as_deref().map(VerifiedPolicy::resolved), camera, begun, mark)
    }

    /// Whether a redacted still may be kept of the camera's alerts of this kind now.
    ///
    /// # Errors
    /// [`Withheld`], which names the rule.
    pub fn may_keep_still(&self, camera: &CameraId, kind: EventKind) -> Result<(), Withheld> {
        let moment = self.moment();
        let witness = moment.witness();
        let (policy, applied) = witness.camera(camera)?;
        StillTerms::of(policy, applied, kind).map(|_| ())
    }

    /// How the policy wants the camera's pictures masked, in force or not.
    ///
    /// # Errors
    /// [`Withheld`], which names the rule: without a policy that names the camera, or where it asks for what
    /// cannot be done.
    pub fn redaction_terms(&self, camera: &CameraId) -> Result<RedactionTerms, Withheld> {
        let policy = self.lock().policy.clone().ok_or(CameraPermission::NoPolicy)?;
        let applied = policy.resolved().cameras.get(camera.as_str());
        Ok(RedactionTerms::of(applied.ok_or(CameraPermission::CameraNotNamed)?))
    }

    /// How a still to align the camera must be masked, where the policy in force allows one.
    ///
    /// # Errors
    /// [`Withheld`], which names the rule.
    pub fn maintenance_still(&self, camera: &CameraId) -> Result<RedactionTerms, Withheld> {
        let moment = self.moment();
        let (_, applied) = moment.witness().camera(camera)?;
        // Frames are looked at for minutes: while a zone is paused there is none.
        moment.pauses.are_painted(camera, &[], moment.now)?;
        let egress = applied.redaction.imagery_egress;
        if egress < Egress::MaintenanceStill {
            return Err(Withheld::new("imagery_egress", format!("redaction.imagery_egress is `{egress}`")));
        }
        Ok(RedactionTerms::of(applied))
    }

    /// How long redacted stills of the camera may be kept, by the installed policy, in force or not. None where
    /// none names it: what was kept before is then kept no longer than it might be at that time.
    pub fn still_retention(&self, camera: &CameraId) -> Option<Duration> {
        let policy = self.lock().policy.clone()?;
        let applied = policy.resolved().cameras.get(camera.as_str())?;
        Some(applied.retention.redacted_still.0.get())
    }

    /// Refuses a crowd level that would tell groups smaller than `min_group`. To be asked for every boundary of
    /// the configuration, those at which a level falls again included.
    ///
    /// # Errors
    /// [`BoundaryError`]; without a policy that names the camera there is nothing to hold a boundary against.
    pub fn check_level_boundary(
        &self,
        camera: &CameraId,
        boundary: LevelBoundary,
    ) -> Result<(), BoundaryError> {
        let policy = self.lock().policy.clone();
        let refuse = |permission| BoundaryError::NoPolicy { camera: camera.clone(), permission };
        let policy = policy.ok_or_else(|| refuse(CameraPermission::NoPolicy))?;
        let applied = policy.resolved().cameras.get(camera.as_str());
        let applied = applied.ok_or_else(|| refuse(CameraPermission::CameraNotNamed))?;
        let AtLeast(min_group) = applied.aggregation.min_group;
        boundary::check(camera, boundary, min_group)
    }

    /// The smallest group of people that the policy lets the camera tell of, in force or not; `None` without a policy
    /// that names the camera.
    pub fn min_group(&self, camera: &CameraId) -> Option<u32> {
        let policy = self.lock().policy.clone()?;
        let AtLeast(min_group) = policy.resolved().cameras.get(camera.as_str())?.aggregation.min_group;
        Some(min_group)
    }

    /// What must be painted over in the camera's frames before anything looks at them, by the installed policy, in
    /// force or not. The whole picture, where none names the camera.
    pub fn private_areas(&self, camera: &CameraId) -> Vec<Polygon> {
        let policy = self.lock().policy.clone();
        let applied = policy.as_ref().and_then(|policy| policy.resolved().cameras.get(camera.as_str()));
        applied.map_or_else(|| vec![Polygon::whole_frame()], |applied| applied.private_areas.clone())
    }

    /// Where no object of the camera may raise an alert, by the installed policy.
    pub fn no_alert_areas(&self, camera: &CameraId) -> Vec<Polygon> {
        let policy = self.lock().policy.clone();
        let applied = policy.as_ref().and_then(|policy| policy.resolved().cameras.get(camera.as_str()));
        applied.map(|applied| applied.no_alert_areas.clone()).unwrap_or_default()
    }

    /// The digest of the installed policy's file, in force or not.
    pub fn policy_digest(&self) -> Option<Digest> {
        self.lock().policy.as_ref().map(|policy| Digest(policy.digest()))
    }

    /// The installed policy, in force or not, to show what applies.
    pub fn policy(&self) -> Option<Arc<VerifiedPolicy>> {
        self.lock().policy.clone()
    }

    /// How long events of this kind may be kept: the shortest time among the cameras. It goes on to hold for
    /// what was recorded when the policy has expired. None without a policy, or where it has no such class.
    pub fn event_retention(&self, kind: EventKind) -> Option<Duration> {
        let policy = self.lock().policy.clone()?;
        event_retention(policy.resolved(), kind)
    }

    /// One look at the clock, and the policy at that moment.
    fn moment(&self) -> Moment {
        let now = self.clock.now();
        let mut state = self.lock();
        let trusted_before = state.time;
        let trusted_time = state.time.observe(now);
        if trusted_before.is_trusted() != trusted_time {
            tracing::warn!(trusted_time, "the clock's trust changed");
        }
        Moment { policy: state.policy.clone(), trusted_time, now, pauses: Arc::clone(&state.pauses) }
    }

    /// A panic elsewhere leaves this state whole: each change of it is a single assignment.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn event_retention(policy: &ResolvedPolicy, kind: EventKind) -> Option<Duration> {
    let class = policy.events.get(kind.class())?.retention;
    policy.cameras.values().map(|camera| camera.event_retention(class).get()).min()
}

/// Hours are judged again every few seconds and would bury the rest: they are logged for whoever looks closely.
fn log(part: &str, camera: &str, withheld: Option<&Withheld>) {
    let rule = withheld.map_or("allowed", Withheld::rule);
    let detail = withheld.map(Withheld::detail);
    let outcome = if withheld.is_some() { "withheld" } else { "released" };
    if part == COVERAGE {
        tracing::debug!(part, camera, rule, detail, "{outcome}");
    } else {
        tracing::info!(part, camera, rule, detail, "{outcome}");
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("policy_digest", &self.policy_digest()).finish_non_exhaustive()
    }
}
