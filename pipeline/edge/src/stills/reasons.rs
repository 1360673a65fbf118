//! Why there is no still of an alert, for whoever asks for one. Bounded, and gone with a restart.

use std::collections::VecDeque;

use parking_lot::Mutex;
use velum_vocab::EventId;

/// The oldest are forgotten beyond so many.
const REMEMBERED_MAX: usize = 1_000;

/// The newest alerts without a still.
#[derive(Debug, Default)]
pub(super) struct Reasons(Mutex<VecDeque<(EventId, &'static str)>>);

impl Reasons {
    /// There is none of this event.
    pub(super) fn remember(&self, event: EventId, rule: &'static str) {
        let mut known = self.0.lock();
        if known.len() >= REMEMBERED_MAX {
            known.pop_front();
        }
        known.push_back((event, rule));
    }

    /// Why there is none of this event, as far as it is known.
    pub(super) fn of(&self, event: EventId) -> &'static str {
        let known = self.0.lock();
        known.iter().rev().find(|(of, _)| *of == event).map_or("no_still", |(_, rule)| rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_remembered() {
        let reasons = Reasons::default();
        let event = |number: u16| {
            let [high, low] = number.to_be_bytes();
            EventId::from_bytes([high, low, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        };
        (0..1_001).for_each(|number| reasons.remember(event(number), "verifier"));
        assert_eq!(reasons.of(event(0)), "no_still");
        assert_eq!(reasons.of(event(1)), "verifier");
        reasons.remember(event(1), "canary");
        assert_eq!(reasons.of(event(1)), "canary");
    }
}
