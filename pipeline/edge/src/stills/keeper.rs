//! The last frames of one camera, while its policy allows stills; and for which alerts pictures of them are made.

use std::sync::Arc;

use velum_analyse::{PictureState, Seen};
use velum_decode::RawFrame;
use velum_event::EventKind;
use velum_gate::PausedAreas;
use velum_models::Alertness;
use velum_outbox::Entry;
use velum_redaction::{PictureWithheld, Sight, SightState, Timeline};
use velum_vocab::{AlertState, CameraId, Digest, Timestamp};

use super::search::{Mask, Search, Sought};
use super::searches::Searches;
use super::studio::{TRY_AGAIN, Team};
use super::{Refusal, Said, SightModel, Stills, settings_of};

/// One camera's part.
pub(crate) struct Keeper {
    camera: CameraId,
    stills: Arc<Stills>,
    pub(super) sight: SightModel,
    /// Under which policy, and while what was paused, it was last asked whether stills may be kept; none: not yet.
    asked_under: Option<(Option<Digest>, PausedAreas)>,
    /// When models that could not be opened are tried again.
    try_again_at: Option<Timestamp>,
    /// Why this box cannot do what the policy allows.
    refused: Option<&'static str>,
    open: Option<Open>,
}

struct Open {
    timeline: Timeline,
    team: Team,
    /// How the timeline's pictures are masked.
    mask: Mask,
    kinds: Vec<EventKind>,
    searches: Searches,
}

impl Keeper {
    /// Nothing is kept yet.
    pub(crate) fn new(camera: CameraId, stills: Arc<Stills>, sight: SightModel) -> Self {
        Self { camera, stills, sight, asked_under: None, try_again_at: None, refused: None, open: None }
    }

    /// Before a frame is analysed, on which this will be painted over: whether the policy in force allows stills, asked anew
    /// when it changed. When a zone's pause begins or ends the frames that are held go: nobody may look at what was there, and
    /// from what was painted over nobody knows who was.
    pub(crate) fn follow_policy(&mut self, paused: &PausedAreas) {
        let policy = self.stills.archive.gate.policy_digest();
        let now = self.stills.archive.clock.now();
        let is_as_asked = |(under, with): &(_, PausedAreas)| *under == policy && with == paused;
        if self.asked_under.as_ref().is_some_and(is_as_asked) && self.try_again_at.is_none_or(|at| now < at) {
            return;
        }
        self.close(PictureWithheld::WindowIncomplete);
        match self.opened(paused) {
            Ok(open) => {
                if open.is_none() {
                    self.stills.archive.board.none_allowed(&self.camera);
                }
                self.open = open;
            }
            Err(refusal) => {
                let rule = refusal.rule();
                self.stills.archive.board.refused(&self.camera, rule);
                tracing::warn!(camera = %self.camera, rule, %refusal, "no stills are kept of this camera");
                // The policy's own words stay until it changes; a model may be there in a minute.
                self.refused = Some(rule);
                self.try_again_at = refusal.may_pass().then(|| now.plus(TRY_AGAIN));
            }
        }
        self.asked_under = Some((policy, paused.clone()));
    }

    fn opened(&self, paused: &PausedAreas) -> Result<Option<Open>, Refusal> {
        let gate = &self.stills.archive.gate;
        let may_keep = |kind: &EventKind| gate.may_keep_still(&self.camera, *kind).is_ok();
        let kinds: Vec<_> = EventKind::ALL.into_iter().filter(may_keep).collect();
        if kinds.is_empty() {
            return Ok(None);
        }
        let mut terms = gate.redaction_terms(&self.camera).map_err(Refusal::Policy)?;
        let painted: Vec<_> = paused.values().flatten().cloned().collect();
        // Burnt into the frames already: so it counts as covered. The policy's terms are no others for it.
        terms.private_areas.extend(painted.iter().cloned());
        let mask = Mask { redaction_terms: terms.digest, painted };
        let settings = Arc::new(settings_of(terms)?);
        let team = self.stills.studio.open(&self.sight)?;
        team.redactor.check(&settings)?;
        self.stills.archive.board.opened(&self.camera, &settings);
        let timeline = Timeline::new(self.camera.clone(), settings);
        tracing::info!(camera = %self.camera, "redacted stills are kept of this camera's alerts");
        Ok(Some(Open { timeline, team, mask, kinds, searches: Searches::default() }))
    }

    /// While frames are held, the detector looks at each.
    pub(crate) fn alertness(&self) -> Alertness {
        if self.open.is_some() { Alertness::Awake } else { Alertness::MayRest }
    }

    /// What the event says of stills is true of this box: where it keeps none, none may be asked for.
    pub(crate) fn truthful(&self, entry: Entry) -> Entry {
        match entry {
            Entry::Event(event) if !self.keeps(event.kind()) => Entry::Event(event.without_still()),
            entry => entry,
        }
    }

    fn keeps(&self, kind: EventKind) -> bool {
        self.open.as_ref().is_some_and(|open| open.kinds.contains(&kind))
    }

    /// Takes the analysed frame, with what was seen on it, and searches for pictures of the alerts that it raised.
    pub(crate) fn take(&mut self, frame: RawFrame, seen: Option<Seen>, picture: PictureState, said: &[Said]) {
        let sought = said.iter().filter_map(Said::raised);
        let Some(open) = &mut self.open else { return self.tell_refused(sought) };
        let at = frame.captured_at();
        let sight = sight_of(seen, picture);
        let seen = sight.seen;
        match open.timeline.push(frame, sight) {
            Ok(()) => self.stills.archive.board.frame(&self.camera, at, seen),
            Err(error) => tracing::error!(%error, "a frame is not held"),
        }
        open.team.redactor.look_before_wiping(&open.timeline);
        for sought in sought {
            self.begin(sought, at);
        }
        for said in said.iter().filter(|said| said.state() == AlertState::Cleared) {
            self.open.iter_mut().for_each(|open| open.searches.clear(said.alert()));
        }
        self.go_on(at);
        self.ask(at);
    }

    /// The policy allows a still of these alerts, and this box can make none.
    fn tell_refused(&self, raised: impl Iterator<Item = Sought>) {
        let (Some(rule), archive) = (self.refused, &self.stills.archive) else { return };
        for Sought { event, kind, .. } in raised {
            if archive.gate.may_keep_still(&self.camera, kind).is_ok() {
                archive.withhold(&self.camera, event, rule);
            }
        }
    }

    fn begin(&mut self, sought: Sought, at: Timestamp) {
        if !self.keeps(sought.kind) {
            return;
        }
        let archive = &self.stills.archive;
        let search = Search::begin(sought, self.camera.clone(), at, archive);
        let refused = self.open.as_mut().and_then(|open| open.searches.begin(search));
        if let Some(search) = refused {
            archive.withhold(&self.camera, search.sought.event, "overloaded");
        }
    }

    /// Asks for the next picture that is to be tried, of the frame that came just now.
    fn ask(&mut self, at: Timestamp) {
        let Some(open) = &mut self.open else { return };
        open.searches.ask(&mut open.timeline, at);
        self.hand_over();
    }

    /// Once a second, frames or not: what is too old goes, and what is due is handed over.
    pub(crate) fn look(&mut self) {
        let now = self.stills.archive.clock.now();
        if let Some(open) = &mut self.open {
            open.timeline.wipe_expired(now);
        }
        self.go_on(now);
    }

    /// Hands over what is due, takes back what was tried, and ends the searches whose time is over.
    fn go_on(&mut self, now: Timestamp) {
        self.hand_over();
        let Some(open) = &mut self.open else { return };
        open.searches.take_back();
        let gate = &self.stills.archive.gate;
        let may_keep = |kind| gate.may_keep_still(&self.camera, kind).is_ok();
        open.searches.settle_over(now, may_keep, &self.stills.worker);
    }

    /// Wipes every frame, and ends every search: with the best picture that it has, or for this reason with none.
    pub(crate) fn close(&mut self, reason: PictureWithheld) {
        let Some(mut open) = self.open.take() else { return self.forget_refusal() };
        open.timeline.forget(reason);
        open.searches.settle_all(reason.code(), &self.stills.archive);
        self.forget_refusal();
    }

    fn forget_refusal(&mut self) {
        self.stills.archive.board.closed(&self.camera);
        (self.asked_under, self.try_again_at, self.refused) = (None, None, None);
    }

    fn hand_over(&mut self) {
        let Some(open) = &mut self.open else { return };
        while let Some(due) = open.timeline.due() {
            open.searches.hand_over(due, &open.team, &open.mask, &self.stills.worker);
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.close(PictureWithheld::WindowIncomplete);
    }
}

/// What redaction is told of a frame.
pub(crate) fn sight_of(seen: Option<Seen>, picture: PictureState) -> Sight {
    match (seen, picture) {
        (Some(Seen { detections, moving_regions }), PictureState::Normal) => {
            Sight { detections, moving_regions, seen: SightState::Seen }
        }
        (_, PictureState::Dark) => Sight::blind(SightState::TooDark),
        _ => Sight::blind(SightState::Stale),
    }
}
