//! How a crowd usually moves in a zone: medians and spreads over the last quarter of an hour with people.

use std::collections::VecDeque;

use velum_vocab::{Timestamp, UsualMovementState, ZoneId};

use super::crowd::Moment;

/// Seconds with people that are remembered.
const MAX_SECONDS: usize = 900;
/// With fewer persons a second teaches nothing of crowds.
const MIN_PERSONS: usize = 2;
/// What is remembered over a restart is taken anew this often.
const SNAPSHOT_SECS: f64 = 600.0;
/// From the median absolute deviation to the standard deviation of a normal spread.
const SIGMA_OF_MAD: f64 = 1.4826;
/// Where people go one way, the mean of their directions is at least this long.
const ONE_WAY: f64 = 0.5;

/// Median and spread of one quantity.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Usually {
    pub(super) median: f64,
    pub(super) spread: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Second {
    speed: f64,
    apart: Option<f64>,
    against: Option<f64>,
    direction: Option<(f64, f64)>,
}

/// What was learnt in one zone.
#[derive(Debug, Default)]
pub(super) struct Usual {
    seconds: VecDeque<Second>,
    collecting: Vec<Moment>,
    began_at: Option<Timestamp>,
    /// What was known before a restart; it holds until enough was seen since.
    before: Option<UsualMovementState>,
    kept: Option<(Timestamp, UsualMovementState)>,
}

impl Usual {
    /// Learns from a moment.
    pub(super) fn learn(&mut self, moment: &Moment, at: Timestamp) {
        let began_at = *self.began_at.get_or_insert(at);
        if !(0.0..1.0).contains(&at.secs_since(began_at)) {
            self.take_second();
            self.began_at = Some(at);
        }
        if moment.persons >= MIN_PERSONS {
            self.collecting.push(moment.clone());
        }
    }

    fn take_second(&mut self) {
        let collected = std::mem::take(&mut self.collecting);
        let middle =
            |pick: &dyn Fn(&Moment) -> Option<f64>| median(collected.iter().filter_map(pick).collect());
        let Some(speed) = middle(&|m| m.speed_m_per_s) else { return };
        let second = Second {
            speed,
            apart: middle(&|m| m.apart_m_per_s),
            against: middle(&|m| m.against_fraction),
            direction: middle(&|m| m.heading.map(|h| h.0)).zip(middle(&|m| m.heading.map(|h| h.1))),
        };
        self.seconds.push_back(second);
        if self.seconds.len() > MAX_SECONDS {
            self.seconds.pop_front();
        }
    }

    /// Seconds with people from which it was learnt.
    pub(super) fn learned_secs(&self) -> f64 {
        let before = self.before.as_ref().map_or(0.0, |before| before.learned_secs);
        (before + self.seconds.len() as f64).min(MAX_SECONDS as f64)
    }

    /// Whether what was seen since the start is enough by itself.
    pub(super) fn is_enough(&self, learn_secs: f64) -> bool {
        self.seconds.len() as f64 >= learn_secs
    }

    fn usually(
        &self,
        learn_secs: f64,
        seen: impl Fn(&Second) -> Option<f64>,
        known: impl Fn(&UsualMovementState) -> (f64, f64),
    ) -> Option<Usually> {
        if !self.is_enough(learn_secs) {
            let (median, spread) = known(self.before.as_ref()?);
            return Some(Usually { median, spread });
        }
        spread(self.seconds.iter().filter_map(seen).collect())
    }

    /// How fast a crowd usually is; `None` while that is being learnt.
    pub(super) fn speed(&self, learn_secs: f64) -> Option<Usually> {
        self.usually(learn_secs, |s| Some(s.speed), |known| known.speed_m_per_s)
    }

    /// How fast people usually move apart.
    pub(super) fn apart(&self, learn_secs: f64) -> Option<Usually> {
        self.usually(learn_secs, |s| s.apart, |known| known.apart_m_per_s)
    }

    /// Which share usually goes against the usual direction.
    pub(super) fn against(&self, learn_secs: f64) -> Option<Usually> {
        self.usually(learn_secs, |s| s.against, |known| known.counter_flow_fraction)
    }

    fn mean_direction(&self, learn_secs: f64) -> Option<(f64, f64)> {
        if !self.is_enough(learn_secs) {
            return self.before.as_ref().map(|before| before.direction);
        }
        let seen: Vec<(f64, f64)> = self.seconds.iter().filter_map(|s| s.direction).collect();
        let count = seen.len().max(1) as f64;
        let sum = seen.iter().fold((0.0, 0.0), |sum, v| (sum.0 + v.0, sum.1 + v.1));
        Some((sum.0 / count, sum.1 / count))
    }

    /// The usual direction as a unit vector in the picture; `None` where people go every way.
    pub(super) fn direction(&self, learn_secs: f64) -> Option<(f64, f64)> {
        let (x, y) = self.mean_direction(learn_secs)?;
        let length = x.hypot(y);
        (length >= ONE_WAY).then(|| (x / length, y / length))
    }

    /// What must be remembered over a restart; the same for some minutes, so that it is not written all the time.
    pub(super) fn keep(&mut self, zone: &ZoneId, learn_secs: f64, at: Timestamp) {
        let is_fresh = |kept: &(Timestamp, _)| (0.0..SNAPSHOT_SECS).contains(&at.secs_since(kept.0));
        if self.kept.as_ref().is_some_and(is_fresh) || !self.is_enough(learn_secs) {
            return;
        }
        let pair = |usually: Option<Usually>| usually.map_or((0.0, 0.0), |u| (u.median, u.spread));
        let kept = UsualMovementState {
            zone: zone.clone(),
            learned_secs: self.learned_secs(),
            speed_m_per_s: pair(self.speed(learn_secs)),
            apart_m_per_s: pair(self.apart(learn_secs)),
            counter_flow_fraction: pair(self.against(learn_secs)),
            direction: self.mean_direction(learn_secs).unwrap_or_default(),
        };
        self.kept = Some((at, kept));
    }

    pub(super) fn state(&self) -> Option<UsualMovementState> {
        self.kept.as_ref().map(|(_, state)| state.clone()).or_else(|| self.before.clone())
    }

    pub(super) fn restore(&mut self, state: &UsualMovementState) {
        self.before = Some(state.clone());
    }
}

/// The middle value; `None` of nothing.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn spread(values: Vec<f64>) -> Option<Usually> {
    let middle = median(values.clone())?;
    let deviations = values.into_iter().map(|value| (value - middle).abs()).collect();
    Some(Usually { median: middle, spread: SIGMA_OF_MAD * median(deviations)? })
}
