//! Crowd movement: a surge, a sudden dispersal, a group against the usual direction, held against how people usually
//! move in the zone.
//!
//! Dense optical flow gives one vector for each person in the zone; the rule sees their medians, so that one person
//! who runs never makes an alert. What is usual is learnt as median and spread over many minutes; an alert needs a
//! rise over that spread *and* over a floor, with enough people, for some seconds. Without a ground plane metres are
//! those of a standing person's height. Invariant: no vector is kept with a person, and nobody is followed.

mod crowd;
mod onset;
mod usual;

use std::collections::VecDeque;

use velum_vocab::{
    AlertState, CrowdMovement, Digest, Explanation, ExplanationCode as Code, MovementAlertState,
    MovementPattern as Pattern, Observation, ObservationBody, PictureDirection, Timestamp,
    UsualMovementState, Validity,
};

use crate::error::AnalyseError;
use crate::rules::density;
use crate::rules::validity::{CAMERA_MOVED, LEARNING, RuleValidity};
use crate::settings::{CameraSettings, MovementSettings, ZoneSettings};
pub(crate) use crowd::Moving;
use crowd::{MIN_PERSON_PX, Moment};
use onset::{Change, Now, Onset, Open};
use usual::{Usual, Usually, median};

/// Moments are taken together over this long.
const SMOOTH_SECS: f64 = 1.0;
const MIN_MOMENTS: usize = 2;
/// People who run out of the zone were there this long ago.
const GROUP_SECS: f64 = 4.0;
const MAX_MOMENTS: usize = 64;
/// Spreads are believed to be no smaller than this.
const LEAST_SPREAD_M_PER_S: f64 = 0.1;
const LEAST_SPREAD_FRACTION: f64 = 0.05;
/// An alert ends where the value falls to this share of where it began, or half of the way back to the median.
const CALM_FRACTION: f64 = 0.8;
/// What has gone on for this long may become usual: it is learnt from again.
const ADAPTS_AFTER_SECS: f64 = 300.0;
/// An open alert that could not be judged for this long is told as not valid.
const BLIND_SECS: f64 = 10.0;
/// The share of persons that the detector finds, and of its finds that are persons, for the uncertainty.
const DETECTOR_RECALL: f64 = 0.85;
const DETECTOR_PRECISION: f64 = 0.85;
/// Speeds differ less from the middle: there is a common direction.
const COMMON_DIRECTION: f64 = 0.5;

/// The rule in one zone.
pub(crate) struct MovementRule {
    zone: ZoneSettings,
    settings: MovementSettings,
    moments: VecDeque<(Timestamp, Moment)>,
    usual: Usual,
    onsets: [(Pattern, Onset); 3],
    /// Since when nothing can be judged, and whether that was told of the open alerts.
    blind: Option<(Timestamp, bool)>,
}

/// The crowd of the last second.
#[derive(Debug, Clone, Default)]
struct Lately {
    persons: f64,
    /// The most that were there in the last seconds.
    group: f64,
    against: f64,
    speed_m_per_s: Option<f64>,
    apart_m_per_s: Option<f64>,
    against_fraction: Option<f64>,
    heading: Option<(f64, f64)>,
    person_px: Option<f32>,
}

/// One pattern's value and its bounds.
#[derive(Debug, Clone, Copy)]
struct Measured {
    value: Option<f64>,
    floor: f64,
    begins_at: f64,
    calm_below: f64,
    spread: f64,
    persons: f64,
    enough: bool,
}

impl MovementRule {
    /// The rules of all zones that have one.
    pub(crate) fn all(settings: &CameraSettings) -> Vec<Self> {
        let zones = settings.zones.iter().filter_map(|zone| zone.movement.map(|rule| (zone, rule)));
        zones
            .map(|(zone, settings)| Self {
                zone: zone.clone(),
                settings,
                moments: VecDeque::new(),
                usual: Usual::default(),
                onsets: Pattern::ALL.map(|pattern| (pattern, Onset::default())),
                blind: None,
            })
            .collect()
    }

    /// One step with vectors.
    pub(crate) fn step(
        &mut self,
        moving: &Moving<'_>,
        camera: &CameraSettings,
        models: &[Digest],
    ) -> Result<Vec<Observation>, AnalyseError> {
        let direction = self.usual.direction(self.settings.learn_secs);
        let moment = Moment::of(moving, &self.zone.polygon, direction);
        self.judge(moment, moving.at, camera, models)
    }

    fn judge(
        &mut self,
        moment: Moment,
        at: Timestamp,
        camera: &CameraSettings,
        models: &[Digest],
    ) -> Result<Vec<Observation>, AnalyseError> {
        self.blind = None;
        if !self.onsets.iter().any(|(_, onset)| is_new(onset, at)) {
            self.usual.learn(&moment, at);
            self.usual.keep(&self.zone.id, self.settings.learn_secs, at);
        }
        self.remember(moment, at);
        let Some(lately) = self.lately(at) else { return Ok(Vec::new()) };
        let mut said = Vec::new();
        let dispersing = self.measure(Pattern::Dispersal, &lately).now() == Now::Unusual;
        for index in 0..self.onsets.len() {
            let Some(pattern) = self.onsets.get(index).map(|(pattern, _)| *pattern) else { continue };
            let measured = self.measure(pattern, &lately);
            let now = match measured.now() {
                // Who runs apart runs fast, too: that is one thing, and is told once.
                Now::Unusual if pattern == Pattern::Surge && dispersing => Now::Between,
                now => now,
            };
            let persons = density::interval(measured.persons, DETECTOR_RECALL, DETECTOR_PRECISION);
            let times = (self.settings.hold_secs, self.settings.clear_secs);
            let Some((_, onset)) = self.onsets.get_mut(index) else { continue };
            if let Some(change) = onset.step(now, persons, at, times)? {
                said.push(self.tell(pattern, change, &lately, measured, at, camera, models));
            }
        }
        Ok(said)
    }

    /// One step in which nothing can be judged, and why.
    pub(crate) fn rest(
        &mut self,
        why: Code,
        at: Timestamp,
        camera: &CameraSettings,
        models: &[Digest],
    ) -> Vec<Observation> {
        self.moments.clear();
        for (_, onset) in &mut self.onsets {
            onset.rest();
        }
        let (since, told) = *self.blind.get_or_insert((at, false));
        if told || at.secs_since(since) < BLIND_SECS {
            return Vec::new();
        }
        self.blind = Some((since, true));
        let open = self.onsets.iter().filter_map(|(pattern, onset)| Some((*pattern, onset.open()?)));
        let lately = Lately::default();
        open.map(|(pattern, open)| {
            let explanation = vec![Explanation::of(why)];
            self.observation(
                (pattern, open),
                AlertState::Updated,
                0.0,
                &lately,
                explanation,
                at,
                camera,
                models,
            )
        })
        .collect()
    }

    /// Whether it can be believed now: not before it knows what is usual, and not while nothing can be judged.
    pub(crate) fn validity(&self) -> RuleValidity {
        let is_learning = !self.usual.is_enough(self.settings.learn_secs);
        let doubt = if self.blind.is_some() {
            Some(CAMERA_MOVED)
        } else if is_learning {
            Some(LEARNING)
        } else {
            None
        };
        RuleValidity { zone: self.zone.id.clone(), rule: "crowd_movement", doubt }
    }

    fn remember(&mut self, moment: Moment, at: Timestamp) {
        self.moments.push_back((at, moment));
        while self.moments.len() > MAX_MOMENTS
            || self
                .moments
                .front()
                .is_some_and(|(then, _)| !(0.0..=GROUP_SECS).contains(&at.secs_since(*then)))
        {
            self.moments.pop_front();
        }
    }

    /// The moments of the last second taken together; `None` until there are some.
    fn lately(&self, at: Timestamp) -> Option<Lately> {
        let since = |secs: f64| {
            self.moments
                .iter()
                .filter(move |(then, _)| at.secs_since(*then) <= secs)
                .map(|(_, moment)| moment)
        };
        if since(SMOOTH_SECS).count() < MIN_MOMENTS {
            return None;
        }
        let middle =
            |pick: &dyn Fn(&Moment) -> Option<f64>| median(since(SMOOTH_SECS).filter_map(pick).collect());
        let mut persons: Vec<usize> = since(GROUP_SECS).map(|moment| moment.persons).collect();
        persons.sort_unstable_by(|a, b| b.cmp(a));
        // The third largest of some twenty: one frame with false boxes is no group.
        let group = persons.get(2.min(persons.len() / 3)).copied().unwrap_or(0);
        Some(Lately {
            persons: middle(&|m| Some(m.persons as f64))?,
            group: group as f64,
            against: middle(&|m| Some(m.against as f64))?,
            speed_m_per_s: middle(&|m| m.speed_m_per_s),
            apart_m_per_s: middle(&|m| m.apart_m_per_s),
            against_fraction: middle(&|m| m.against_fraction),
            heading: middle(&|m| m.heading.map(|h| h.0)).zip(middle(&|m| m.heading.map(|h| h.1))),
            person_px: middle(&|m| m.person_px.map(f64::from)).map(|px| px as f32),
        })
    }

    /// The pattern's value, and from where it is unusual.
    fn measure(&self, pattern: Pattern, lately: &Lately) -> Measured {
        let (settings, learn_secs) = (&self.settings, self.settings.learn_secs);
        let (value, usually, floor, least_spread) = match pattern {
            Pattern::Surge => {
                let usually = self.usual.speed(learn_secs);
                (lately.speed_m_per_s, usually, settings.min_speed_m_per_s, LEAST_SPREAD_M_PER_S)
            }
            Pattern::Dispersal => {
                let usually = self.usual.apart(learn_secs);
                (lately.apart_m_per_s, usually, settings.min_speed_m_per_s, LEAST_SPREAD_M_PER_S)
            }
            Pattern::CounterFlow => {
                let usually = self.usual.against(learn_secs);
                let floor = settings.min_counter_flow_fraction;
                (lately.against_fraction, usually, floor, LEAST_SPREAD_FRACTION)
            }
        };
        let Usually { median, spread } = usually.unwrap_or_default();
        let spread = spread.max(least_spread);
        let begins_at = floor.max(median + settings.spreads_above_usual * spread);
        let calm_below = (CALM_FRACTION * begins_at).max((median + begins_at) / 2.0);
        // Of the group that was there some must still be seen; those who go against the others are the group.
        let (persons, enough) = match pattern {
            Pattern::CounterFlow => (lately.against, lately.against >= settings.min_persons),
            Pattern::Surge | Pattern::Dispersal => {
                let there =
                    lately.group >= settings.min_persons && lately.persons >= settings.min_persons / 2.0;
                (lately.group, there)
            }
        };
        Measured { value, floor, begins_at, calm_below, spread, persons, enough }
    }

    #[expect(clippy::too_many_arguments, reason = "what an observation is made of, used at one place")]
    fn tell(
        &self,
        pattern: Pattern,
        change: Change,
        lately: &Lately,
        measured: Measured,
        at: Timestamp,
        camera: &CameraSettings,
        models: &[Digest],
    ) -> Observation {
        let (state, open, explanation) = match change {
            Change::Raised(open, held_secs) => {
                (AlertState::Raised, open, self.explain(pattern, held_secs, lately, camera))
            }
            Change::Cleared(open) => {
                let is_usual = measured.value.is_some_and(|value| value >= measured.floor) && measured.enough;
                let why = if is_usual { Code::BecameUsual } else { Code::MovementEnded };
                (AlertState::Cleared, open, vec![Explanation::of(why)])
            }
        };
        let confidence = measured.confidence(state);
        self.observation((pattern, open), state, confidence, lately, explanation, at, camera, models)
    }

    #[expect(clippy::too_many_arguments, reason = "what an observation is made of, used at two places")]
    fn observation(
        &self,
        (pattern, open): (Pattern, Open),
        state: AlertState,
        confidence: f32,
        lately: &Lately,
        explanation: Vec<Explanation>,
        at: Timestamp,
        camera: &CameraSettings,
        models: &[Digest],
    ) -> Observation {
        let doubted = explanation.iter().any(|one| is_doubt(one.code));
        let speed = match pattern {
            Pattern::Dispersal => lately.apart_m_per_s,
            Pattern::Surge | Pattern::CounterFlow => lately.speed_m_per_s,
        };
        Observation {
            alert: open.alert,
            camera: camera.camera.clone(),
            zone: self.zone.id.clone(),
            at,
            state,
            body: ObservationBody::CrowdMovement(CrowdMovement {
                pattern,
                persons: open.persons,
                speed_m_per_s: speed.unwrap_or(0.0).max(0.0),
                relative: camera.ground_plane.is_none(),
                direction: lately.direction().filter(|_| pattern != Pattern::Dispersal),
                counter_flow_fraction: lately.against_fraction,
            }),
            confidence,
            validity: if doubted { Validity::NotValid } else { Validity::Valid },
            explanation,
            models: models.to_vec(),
            staged: camera.staged.clone(),
        }
    }

    fn explain(
        &self,
        pattern: Pattern,
        held_secs: f64,
        lately: &Lately,
        camera: &CameraSettings,
    ) -> Vec<Explanation> {
        let what = match pattern {
            Pattern::Surge => Code::SpeedRose,
            Pattern::Dispersal => Code::MovingApart,
            Pattern::CounterFlow => Code::AgainstUsualDirection,
        };
        let mut codes = vec![
            Explanation::of(what),
            Explanation::with(Code::MovementHeldSecs, held_secs),
            Explanation::of(Code::MeasuredTogether),
        ];
        if camera.ground_plane.is_none() {
            codes.push(Explanation::of(Code::SpeedFromHeights));
        }
        codes.push(match self.usual.speed(self.settings.learn_secs) {
            Some(_) => Explanation::with(Code::LearnedSecs, self.usual.learned_secs()),
            None => Explanation::of(Code::StillLearning),
        });
        if lately.person_px.is_none_or(|px| px < MIN_PERSON_PX) {
            codes.push(Explanation::of(Code::PeopleTooSmall));
        }
        codes
    }

    /// What must be remembered over a kill: alerts that are open.
    pub(crate) fn alerts(&self) -> impl Iterator<Item = MovementAlertState> + '_ {
        self.onsets.iter().filter_map(|(pattern, onset)| {
            let open = onset.open()?;
            Some(MovementAlertState {
                zone: self.zone.id.clone(),
                pattern: *pattern,
                alert: open.alert,
                since: open.since,
                persons: open.persons,
            })
        })
    }

    /// And what was learnt.
    pub(crate) fn usual(&self) -> Option<UsualMovementState> {
        self.usual.state()
    }

    /// Takes back what was remembered.
    pub(crate) fn restore(&mut self, alerts: &[MovementAlertState], usual: &[UsualMovementState]) {
        for state in alerts.iter().filter(|state| state.zone == self.zone.id) {
            let open = Open { alert: state.alert, since: state.since, persons: state.persons };
            let onset = self.onsets.iter_mut().find(|(pattern, _)| *pattern == state.pattern);
            if let Some((_, onset)) = onset {
                onset.restore(open);
            }
        }
        if let Some(state) = usual.iter().find(|state| state.zone == self.zone.id) {
            self.usual.restore(state);
        }
    }
}

impl Measured {
    fn now(&self) -> Now {
        match self.value {
            Some(value) if self.enough && value >= self.begins_at => Now::Unusual,
            Some(value) if self.enough && value >= self.calm_below => Now::Between,
            _ => Now::Calm,
        }
    }

    /// How far beyond its bound the value lies, in spreads, as a probability.
    fn confidence(&self, state: AlertState) -> f32 {
        let beyond = (self.value.unwrap_or(0.0) - self.begins_at).abs() / self.spread;
        let probability = 1.0 / (1.0 + (-0.8 * beyond).exp());
        if state == AlertState::Raised { probability.clamp(0.5, 0.99) as f32 } else { 0.5 }
    }
}

impl Lately {
    /// Where most go, in the picture; `None` where they go every way.
    fn direction(&self) -> Option<PictureDirection> {
        let (x, y) = self.heading?;
        if x.hypot(y) < COMMON_DIRECTION {
            return None;
        }
        PictureDirection::of(x, y)
    }
}

/// Whether it is unusual and not old enough to become usual.
fn is_new(onset: &Onset, at: Timestamp) -> bool {
    onset.open().is_some_and(|open| at.secs_since(open.since) < ADAPTS_AFTER_SECS)
}

fn is_doubt(code: Code) -> bool {
    matches!(
        code,
        Code::StillLearning | Code::PeopleTooSmall | Code::TooDark | Code::CameraLost | Code::CameraMoved
    )
}

#[cfg(test)]
mod tests;
