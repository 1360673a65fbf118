//! From what plans made of one piece of footage to its line in the report.

use velum_redaction::Mask;

use crate::outcome::{Counter, Seen};
use crate::report::{FootageKind, PlanOutcome};
use crate::rig::Made;
use crate::suite::{Definitions, PlanSpec};
use crate::truth::TruthBox;

/// Who is in one picture, for each truth of the footage; `None` where a truth was not asked.
pub(crate) type Truths = Vec<Option<Vec<TruthBox>>>;

/// One picture that was asked for, and who is in it.
pub(crate) struct Asked {
    pub(crate) place: String,
    pub(crate) secs: f64,
    pub(crate) size_px: (u32, u32),
    pub(crate) truths: Truths,
}

/// Counts for one plan: all pictures that it planned, and those of them that its verifier let pass.
pub(crate) struct Score {
    plan: String,
    planned: Counter,
    released: Option<Counter>,
}

impl Score {
    pub(crate) fn new(
        spec: &PlanSpec,
        definitions: Definitions,
        truths: &[String],
        kind: FootageKind,
    ) -> Self {
        let counter = || Counter::new(definitions, truths, kind);
        Self { plan: spec.id.clone(), planned: counter(), released: spec.verified.then(counter) }
    }

    /// Takes in one picture.
    pub(crate) fn add(&mut self, made: &Made, asked: &Asked) {
        let plan = match &made.planned {
            Ok(plan) => plan,
            Err(reason) => {
                self.planned.withheld(*reason);
                self.released.iter_mut().for_each(|released| released.withheld(*reason));
                return;
            }
        };
        let mask = Mask::of(plan, asked.size_px.0, asked.size_px.1);
        let seen = Seen {
            at: made.at,
            place: asked.place.clone(),
            secs: asked.secs,
            size_px: asked.size_px,
            mask: &mask,
            boxes: plan.boxes_in_frame(),
        };
        self.planned.shown(&seen, &asked.truths);
        if let Some(released) = &mut self.released {
            match made.refused {
                Some(reason) => released.withheld(reason),
                None => released.shown(&seen, &asked.truths),
            }
        }
    }

    pub(crate) fn finish(self) -> PlanOutcome {
        let mut planned = self.planned.finish();
        let mut released = self.released.map(Counter::finish);
        // Drawn are the planned masks of the plans that are verified: the others only show what parts buy.
        if released.is_none() {
            planned.worst.clear();
        }
        released.iter_mut().for_each(|released| released.worst.clear());
        PlanOutcome { plan: self.plan, planned, released }
    }
}
