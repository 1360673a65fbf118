//! For how long an object was seen, was hidden, or was not there.

use super::evidence::Sighting;

/// The share of the time in which a thing may be unseen though nobody is before it; beyond it, it raises no alert,
/// and after this long is given up.
const MAX_UNEXPLAINED_FRACTION: f64 = 0.3;
const UNSTEADY_SECS: f64 = 10.0;
const YOUNG_SECS: f64 = 2.0;

/// Seen for this long with no box of anything that may be a person at it, it is surely none; each second with such
/// a box outweighs this many without.
const IN_THE_OPEN_SECS: f64 = 5.0;
const AT_IT_WEIGHT: f64 = 10.0;

/// What is counted of an object's sightings.
#[derive(Debug, Clone, Default)]
pub(super) struct Visibility {
    /// It was seen in the last step.
    pub(super) visible: bool,
    pub(super) hidden_secs: f64,
    unseen_secs: f64,
    bare_secs: f64,
    visible_secs: f64,
    /// Not seen although nobody was before it.
    unexplained_secs: f64,
    /// Seen with nobody at it.
    in_the_open_secs: f64,
    was_in_the_open: bool,
}

impl Visibility {
    /// What is known after a restart.
    pub(super) fn after_restart(hidden_secs: f64) -> Self {
        Self { hidden_secs, ..Self::default() }
    }

    /// Takes what a step showed. `covered`: somebody may be before it.
    pub(super) fn take(&mut self, sighting: Sighting, covered: bool, step_secs: f64) {
        self.visible = sighting == Sighting::Object;
        self.take_view(covered, step_secs);
        if self.visible {
            self.visible_secs += step_secs;
            (self.unseen_secs, self.bare_secs) = (0.0, 0.0);
            return;
        }
        self.unseen_secs += step_secs;
        if !covered {
            self.unexplained_secs += step_secs;
        }
        self.bare_secs = if sighting == Sighting::Bare { self.bare_secs + step_secs } else { 0.0 };
        if sighting == Sighting::Hidden {
            self.hidden_secs += step_secs;
        }
    }

    fn take_view(&mut self, covered: bool, step_secs: f64) {
        if covered {
            self.in_the_open_secs = (self.in_the_open_secs - AT_IT_WEIGHT * step_secs).max(0.0);
        } else if self.visible {
            self.in_the_open_secs += step_secs;
        }
        self.was_in_the_open |= self.in_the_open_secs >= IN_THE_OPEN_SECS;
    }

    /// Whether it was once seen with nobody at it for so long that it can be no person: a person box over it later
    /// is of somebody before or behind it.
    pub(super) fn was_in_the_open(&self) -> bool {
        self.was_in_the_open
    }

    /// For how long its place has been bare.
    pub(super) fn bare_secs(&self) -> f64 {
        self.bare_secs
    }

    /// For how long it has not been seen.
    pub(super) fn unseen_secs(&self) -> f64 {
        self.unseen_secs
    }

    /// A solid thing is seen unless somebody is before it.
    pub(super) fn is_steady(&self) -> bool {
        self.unexplained_secs <= MAX_UNEXPLAINED_FRACTION * (self.visible_secs + self.unexplained_secs)
    }

    /// Whether it has come and gone for so long that it is no solid thing.
    pub(super) fn is_unsteady_for_good(&self) -> bool {
        !self.is_steady() && self.unexplained_secs > UNSTEADY_SECS
    }

    /// Whether it is steady, as far as that can be told already.
    pub(super) fn is_steady_so_far(&self) -> bool {
        self.is_steady() || self.unexplained_secs < YOUNG_SECS
    }

    /// Whether it was seen for longer than it was hidden.
    pub(super) fn is_mostly_seen(&self) -> bool {
        self.visible_secs >= self.hidden_secs
    }
}
