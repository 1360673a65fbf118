//! The evaluator: footage through the real stages (decode, models, analysis, redaction) on simulated time, and
//! what came of it against the truth.
//!
//! In reading order: a [`Suite`] says what is measured; `truth` says who is in the pictures; `player` shows a clip
//! as a camera would, `rig` has one plan's pictures made by the real timeline and redactor, `measure` plays it
//! all; `coverage` judges each person and face against each mask, `runs` and `statistics` count; a [`Report`]
//! tells it as a table, as JSON and as a page.
//!
//! Invariant: pixels stay in memory and in this crate; a report holds boxes and counts. Nothing of a stage is
//! written a second time here: what is measured is what runs.

mod reading;
mod suite;

mod truth;

mod measure;
mod models;
mod picture;
mod player;
mod rig;

mod coverage;
mod outcome;
mod parallel;
mod runs;
mod score;
mod statistics;

mod report;

mod events;

mod error;

pub use coverage::{Covered, Enough};
pub use error::{EvalError, StageError};
pub use events::{
    Again, AlertReport, ClipKind, ClipReport, Comparison, ContinuityReport, CountReport, Delays,
    DensityReport, DetectionReport, EventClip, EventReport, EventSuite, Half, ObjectKind, ObjectOutcome,
    ObjectReport, ObjectSpec, Rules, Run, Total, Verdict, ZoneSpec, compare, measure_events, read_report,
};
pub use measure::{BY_HAND, Tools, measure};
pub use outcome::{Against, DrawnTruth, Outcome, Uncovered, WorstPicture};
pub use report::{Footage, FootageKind, PlanInfo, PlanOutcome, Report, TruthInfo};
pub use runs::Longest;
pub use statistics::{Tally, poisson_interval};
pub use suite::{ClipSpec, Definitions, Folders, PhotographsSpec, PlanSpec, PseudoSpec, Suite};
pub use truth::{Kind, TruthBox};
