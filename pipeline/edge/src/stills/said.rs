//! What a rule said, judged, beside what a still of it needs to know and no event tells.

use velum_event::Content;
use velum_outbox::Entry;
use velum_vocab::{AlertId, AlertState, BoxInFrame, Observation, ObservationBody};

use super::search::Sought;

/// An observation that was judged.
pub(crate) struct Said {
    alert: AlertId,
    state: AlertState,
    object_in_frame: Option<BoxInFrame>,
    entry: Entry,
}

impl Said {
    /// Has the observation judged.
    pub(crate) fn judged(seen: Observation, judge: impl FnOnce(Observation) -> Entry) -> Self {
        let object_in_frame = match &seen.body {
            ObservationBody::AbandonedObject(object) => Some(object.box_in_frame),
            ObservationBody::CrowdDensity(_) | ObservationBody::CrowdMovement(_) => None,
        };
        Self { alert: seen.alert, state: seen.state, object_in_frame, entry: judge(seen) }
    }

    /// What takes a number for it.
    pub(crate) fn into_entry(self) -> Entry {
        self.entry
    }

    /// Of which alert.
    pub(super) fn alert(&self) -> AlertId {
        self.alert
    }

    /// Its beginning, a change or its end.
    pub(super) fn state(&self) -> AlertState {
        self.state
    }

    /// The alert that begins, where it may leave the box.
    pub(super) fn raised(&self) -> Option<Sought> {
        let Entry::Event(event) = &self.entry else { return None };
        let is_raised =
            matches!(event.content(), Content::Observation(_)) && self.state == AlertState::Raised;
        is_raised.then(|| Sought {
            alert: self.alert,
            event: event.id(),
            kind: event.kind(),
            object_in_frame: self.object_in_frame,
        })
    }
}
