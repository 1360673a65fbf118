//! The timer of an object: it runs on evidence only, while the object is seen and nobody is with it.

use super::attendance::Presence;

/// Seconds in which a person was there count up to a limit, and are forgotten at half the pace; beyond the second
/// number no alert is raised.
const PERSON_FORGOTTEN_RATE: f64 = 0.5;
const MAX_PERSON_SECS: f64 = 10.0;
const TOLERATED_PERSON_SECS: f64 = 4.0;
/// What was taken for a person for this long in all must be seen in the open before it is believed to be none.
const ONCE_A_PERSON_SECS: f64 = 5.0;
/// The owner stays this long to count as being back; anybody else, where proximity decides, this long.
const OWNER_BACK_SECS: f64 = 1.0;
const LINGERER_BACK_SECS: f64 = 3.0;
/// After the alert, the owner must attend for this long.
const ATTENDED_AGAIN_SECS: f64 = 10.0;

/// What a step tells the timer.
pub(super) struct Moment {
    pub(super) presence: Presence,
    /// Whoever is there attends it.
    pub(super) attends: bool,
    /// The object is seen.
    pub(super) visible: bool,
    pub(super) step_secs: f64,
}

/// For how long nobody has attended an object.
#[derive(Debug, Clone, Default)]
pub(super) struct Timer {
    pub(super) unattended_secs: f64,
    /// What is there may be a person.
    pub(super) person_there: bool,
    attended_secs: f64,
    person_secs: f64,
    all_person_secs: f64,
}

impl Timer {
    /// What is known after a restart.
    pub(super) fn after_restart(unattended_secs: f64) -> Self {
        Self { unattended_secs, ..Self::default() }
    }

    pub(super) fn count(&mut self, now: &Moment) {
        self.attended_secs = if now.attends { self.attended_secs + now.step_secs } else { 0.0 };
        let growth = if self.person_there { 1.0 } else { -PERSON_FORGOTTEN_RATE };
        self.person_secs = (self.person_secs + growth * now.step_secs).clamp(0.0, MAX_PERSON_SECS);
        if self.person_there {
            self.all_person_secs += now.step_secs;
            self.unattended_secs = (self.unattended_secs - now.step_secs).max(0.0);
        } else if now.presence == Presence::Nobody && now.visible {
            self.unattended_secs += now.step_secs;
        }
    }

    /// Before the alert, whoever attends it for long enough sets the timer back.
    pub(super) fn set_back_if_attended(&mut self, presence: Presence) {
        let back_secs = if presence == Presence::Owner { OWNER_BACK_SECS } else { LINGERER_BACK_SECS };
        if self.attended_secs > back_secs {
            self.unattended_secs = 0.0;
        }
    }

    /// After the alert only the owner ends it: whoever else looks at it is not known to be its owner.
    pub(super) fn is_attended_again(&self, presence: Presence) -> bool {
        presence == Presence::Owner && self.attended_secs >= ATTENDED_AGAIN_SECS
    }

    /// Whether a person was there for some of the last time: not only now.
    pub(super) fn may_be_a_person(&self) -> bool {
        self.person_there || self.person_secs > TOLERATED_PERSON_SECS
    }

    /// Whether it was taken for a person for some time.
    pub(super) fn was_a_person(&self) -> bool {
        self.all_person_secs > ONCE_A_PERSON_SECS
    }

    /// Nobody has attended it since before the timer was begun.
    pub(super) fn count_back(&mut self, secs: f64) {
        self.unattended_secs += secs;
    }

    /// The alert ended, and the object is still there.
    pub(super) fn begin_again(&mut self) {
        (self.unattended_secs, self.attended_secs) = (0.0, 0.0);
    }
}
