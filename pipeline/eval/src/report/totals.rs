//! Sums over pieces of footage.

use super::{Footage, FootageKind, PlanOutcome, Report};
use crate::outcome::{Outcome, Uncovered};
use crate::runs::Longest;
use crate::statistics::Tally;

/// One truth against one plan, over several pieces of footage.
#[derive(Debug, Clone, Default)]
pub(super) struct Total {
    pub(super) by_size: [Uncovered; 3],
    pub(super) longest: Option<Longest>,
    pub(super) asked: u64,
    pub(super) shown: u64,
    /// Mean share masked of each piece of footage, with how many pictures it stands for.
    masked: Vec<(f64, u64)>,
    /// The largest 95 % quantile of any piece of footage.
    pub(super) masked_p95: Option<f64>,
}

impl Total {
    pub(super) fn all(&self) -> Uncovered {
        let mut all = Uncovered::default();
        self.by_size.iter().for_each(|size| all.join(size));
        all
    }

    /// Of all pictures that were shown.
    pub(super) fn masked_mean(&self) -> Option<f64> {
        let shown: u64 = self.masked.iter().map(|(_, shown)| shown).sum();
        let sum: f64 = self.masked.iter().map(|(mean, shown)| mean * *shown as f64).sum();
        (shown > 0).then(|| sum / shown as f64)
    }

    /// Takes in one outcome: its counts against this truth, and, where that truth was there, its pictures.
    fn join(&mut self, outcome: &Outcome, truth: &str) {
        let Some(against) = outcome.against.iter().find(|against| against.truth == truth) else { return };
        for (mine, other) in self.by_size.iter_mut().zip(&against.by_size) {
            mine.join(other);
        }
        self.longest = self.longest.into_iter().chain(against.longest).reduce(Longest::max);
        self.asked += outcome.asked;
        self.shown += outcome.shown;
        self.masked.extend(outcome.masked_mean.map(|mean| (mean, outcome.shown)));
        self.masked_p95 = self
            .masked_p95
            .into_iter()
            .chain(outcome.masked_p95)
            .fold(None, |most, next| Some(most.map_or(next, |most: f64| most.max(next))));
    }
}

/// Whether all planned pictures are meant, or those that were verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Planned,
    Released,
}

impl Stage {
    pub(super) fn of(self, outcome: &PlanOutcome) -> Option<&Outcome> {
        match self {
            Self::Planned => Some(&outcome.planned),
            Self::Released => outcome.released.as_ref(),
        }
    }
}

/// One truth against one plan over all footage of a kind that has this truth; `None` where none has.
pub(super) fn total(
    report: &Report,
    kind: FootageKind,
    plan: &str,
    truth: &str,
    stage: Stage,
) -> Option<Total> {
    let mut total = Total::default();
    let mut any = false;
    for outcome in outcomes(report, kind, plan).filter_map(|outcome| stage.of(outcome)) {
        any |= outcome.against.iter().any(|against| against.truth == truth);
        total.join(outcome, truth);
    }
    any.then_some(total)
}

fn outcomes<'r>(
    report: &'r Report,
    kind: FootageKind,
    plan: &'r str,
) -> impl Iterator<Item = &'r PlanOutcome> {
    let of_kind = report.footage.iter().filter(move |footage| footage.kind == kind);
    of_kind.filter_map(move |footage| outcome_of(footage, plan))
}

/// What this plan did on this footage.
pub(super) fn outcome_of<'r>(footage: &'r Footage, plan: &str) -> Option<&'r PlanOutcome> {
    footage.outcomes.iter().find(|outcome| outcome.plan == plan)
}

/// A rate per thousand, or a dash.
pub(super) fn per_thousand(tally: Tally) -> String {
    tally.fraction().map_or_else(|| "–".to_owned(), |share| format!("{:.1}", share * 1000.0))
}

/// Its interval, per thousand.
pub(super) fn interval(tally: Tally) -> String {
    if tally.of == 0 {
        return "–".to_owned();
    }
    let (low, high) = tally.wilson();
    format!("{:.1}–{:.1}", low * 1000.0, high * 1000.0)
}

/// A share in percent, or a dash.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

/// The longest run in words, or a dash.
pub(super) fn run(longest: Option<Longest>) -> String {
    longest.map_or_else(|| "–".to_owned(), |run| format!("{} ({:.1} s)", run.frames, run.secs))
}
