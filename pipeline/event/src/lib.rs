//! What may leave the box, assembled of released parts only.
//!
//! Invariant: an [`Event`], [`Coverage`], [`Still`] or [`StillOrder`] can be made of nothing but a `Releasable`
//! that the gate has judged; the fields are private, and nothing here is `Serialize`. The outbox alone makes bytes
//! of it.

mod still;

use velum_gate::Releasable;
use velum_vocab::{CoverageBin, EventId, Health, IdError, Observation};

pub use still::{LARGEST_STILL_BYTES, Still, StillError, StillFacts, StillOrder};
pub use velum_gate::{
    ConfidenceBand, CountBand, DurationBand, EventKind, ReleasedAbandonedObject, ReleasedBody,
    ReleasedCoverage, ReleasedCrowdDensity, ReleasedCrowdMovement, ReleasedHealth, ReleasedInterval,
    ReleasedObservation, ReleasedTime, SpeedBand,
};

/// One event: a random id, and what the gate released.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    id: EventId,
    content: Content,
}

/// What an event tells.
#[expect(
    clippy::large_enum_variant,
    reason = "events are few and soon written; a box would only be an allocation"
)]
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// What a rule has seen.
    Observation(ReleasedObservation),
    /// The state of a camera.
    Health(ReleasedHealth),
}

impl Event {
    /// An event of a released observation, with a new random id that carries no time.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn assemble(released: Releasable<Observation>) -> Result<Self, IdError> {
        Ok(Self { id: EventId::random()?, content: Content::Observation(released.into_released()) })
    }

    /// An event of a camera's released state.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn health(released: Releasable<Health>) -> Result<Self, IdError> {
        Ok(Self { id: EventId::random()?, content: Content::Health(released.into_released()) })
    }

    /// The same event, which does not say that a still may be asked for: this box makes none.
    #[must_use]
    pub fn without_still(mut self) -> Self {
        if let Content::Observation(observation) = &mut self.content {
            observation.still_may_be_asked_for = false;
        }
        self
    }

    /// The random id; the same however often the event is sent.
    pub fn id(&self) -> EventId {
        self.id
    }

    /// What it tells.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// What kind it is.
    pub fn kind(&self) -> EventKind {
        match &self.content {
            Content::Observation(observation) => observation.kind,
            Content::Health(_) => EventKind::CameraHealth,
        }
    }
}

/// One camera's hour, released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage(CoverageBin);

impl Coverage {
    /// Of a released hour.
    pub fn assemble(released: Releasable<CoverageBin>) -> Self {
        Self(released.into_released().bin)
    }

    /// The hour.
    pub fn bin(&self) -> &CoverageBin {
        &self.0
    }

    /// The hour itself, for the outbox.
    pub fn into_bin(self) -> CoverageBin {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use velum_gate::Gate;
    use velum_vocab::{CameraId, CoverageState, SimulatedClock, Timestamp};

    use super::*;

    #[test]
    fn an_event_holds_what_was_released_under_a_random_id() {
        let now = Timestamp::from_unix_secs(1_795_219_261);
        let gate = Gate::new(Arc::new(SimulatedClock::at(now)));
        let camera = CameraId::parse("mp.01").unwrap();
        let health =
            Health { camera, at: now, state: CoverageState::Analysed, staged: Some("drill".to_owned()) };
        let events: Vec<Event> =
            (0..2).map(|_| Event::health(gate.judge(health.clone()).unwrap()).unwrap()).collect();
        assert_ne!(events[0].id(), events[1].id());
        assert_eq!(events[0].content(), events[1].content());
        assert_eq!(events[0].kind(), EventKind::CameraHealth);
        let Content::Health(released) = events[0].content() else { panic!("another content") };
        assert_eq!(released.state, CoverageState::NoPolicy, "there is no policy here");
        assert_eq!(released.staged.as_deref(), Some("drill"));
    }
}
