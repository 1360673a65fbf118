//! Playing the footage: clips and photographs, one after the other on as many threads as there are cores.

mod clip;
mod photographs;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use velum_frame::RawFrame;
use velum_models::{Catalogue, Detector, ModelError, Runtime};
use velum_redaction::Finder;
use velum_vocab::{CameraId, Detection, ObjectClass, Timestamp};

use crate::EvalError;
use crate::error::StageError;
use crate::models::{Models, Remembering, Tiled};
use crate::parallel::in_order;
use crate::report::{Footage, PlanInfo, Report, TruthInfo};
use crate::rig::{Rig, RigModels};
use crate::score::Truths;
use crate::suite::{ClipSpec, Folders, PhotographsSpec, PlanSpec, PseudoSpec, Suite};
use crate::truth::tiles::detect_tiled;
use crate::truth::{Kind, TruthBox};

/// The name of what people annotated.
pub const BY_HAND: [(Kind, &str); 2] = [(Kind::Person, "annotated persons"), (Kind::Face, "annotated faces")];
/// More clips at a time would need too much memory: each holds windows of frames.
const THREADS_MAX: usize = 4;
/// When the simulated camera shows its first frame: 2026-01-01T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_unix_secs(1_767_225_600);

/// What a measurement needs besides its suite.
pub struct Tools<'a> {
    /// Where models are.
    pub catalogue: &'a Catalogue,
    /// What they run on.
    pub runtime: &'a Runtime,
    /// Where the footage is.
    pub folders: &'a Folders,
    /// Is told what happens, from several threads.
    pub progress: &'a (dyn Fn(&str) + Sync),
}

/// One piece of footage.
enum Work<'s> {
    Clip(&'s ClipSpec),
    Photographs(&'s PhotographsSpec),
}

/// What is shared while footage is played.
struct Bench<'s> {
    suite: &'s Suite,
    tools: &'s Tools<'s>,
    models: Models,
    /// The plans whose models are here.
    plans: Vec<&'s PlanSpec>,
}

/// Measures what the suite says, as far as models and footage are here; what is not is told in the report.
///
/// # Errors
/// [`EvalError::NothingThere`] where no plan has its models or no footage is here; else what went wrong in a file
/// of truth or a stage.
pub fn measure(suite: &Suite, tools: &Tools<'_>) -> Result<Report, EvalError> {
    let begun = Instant::now();
    let (models, mut absent) = Models::open(suite, tools.catalogue, tools.runtime);
    let plans: Vec<&PlanSpec> = suite.plans.iter().filter(|plan| has_models(plan, &models)).collect();
    if plans.is_empty() {
        return Err(EvalError::NothingThere(absent.join("; ")));
    }
    let bench = Bench { suite, tools, models, plans };
    let (footage, not_there) = play_all(&bench)?;
    absent.extend(not_there);
    if footage.is_empty() {
        return Err(EvalError::NothingThere(absent.join("; ")));
    }
    Ok(Report {
        about: suite.about.clone(),
        made_at: jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string(),
        secs: begun.elapsed().as_secs_f64(),
        fps: suite.fps,
        width_px: suite.width_px,
        warm_up_secs: suite.warm_up_secs,
        strict: suite.covered.strict,
        lenient: suite.covered.lenient,
        plans: bench.plans.iter().map(|plan| PlanInfo::of(plan)).collect(),
        truths: truths_of(suite),
        models: bench.models.digests(),
        footage,
        absent,
    })
}

fn has_models(plan: &PlanSpec, models: &Models) -> bool {
    let mut names = plan.planners().chain([&plan.verifier]);
    names.all(|name| models.detector(name).is_some())
}

fn truths_of(suite: &Suite) -> Vec<TruthInfo> {
    let by_hand = BY_HAND.iter().map(|(kind, name)| TruthInfo::by_hand(name, *kind));
    by_hand.chain(suite.pseudo_truth.iter().map(TruthInfo::of)).collect()
}

/// Plays everything; the reports in the order of the suite, and what is not there.
fn play_all(bench: &Bench<'_>) -> Result<(Vec<Footage>, Vec<String>), EvalError> {
    let suite = bench.suite;
    let clips = suite.clips.iter().map(Work::Clip);
    let all: Vec<Work<'_>> = clips.chain(suite.photographs.iter().map(Work::Photographs)).collect();
    let total = all.len();
    let played = in_order(
        all,
        THREADS_MAX,
        |work| play(bench, work),
        |work, outcome, done| tell_end(bench, work, outcome, done, total),
    )?;
    let (mut footage, mut absent) = (Vec::new(), Vec::new());
    for outcome in played {
        match outcome {
            Ok(one) => footage.push(one),
            Err(missing) => absent.push(missing),
        }
    }
    Ok((footage, absent))
}

/// A piece of footage, or the text that says what of it is not here.
type Played = Result<Footage, String>;

fn play(bench: &Bench<'_>, work: &Work<'_>) -> Result<Played, EvalError> {
    match work {
        Work::Clip(clip) => clip::play(bench, clip),
        Work::Photographs(photographs) => photographs::play(bench, photographs),
    }
}

fn tell_end(
    bench: &Bench<'_>,
    work: &Work<'_>,
    outcome: &Result<Played, EvalError>,
    done: usize,
    total: usize,
) {
    let id = match work {
        Work::Clip(clip) => &clip.id,
        Work::Photographs(photographs) => &photographs.id,
    };
    let said = match outcome {
        Ok(Ok(footage)) => format!("{} pictures in {:.0} s", footage.pictures, footage.secs),
        Ok(Err(missing)) => format!("left out: {missing}"),
        Err(_) => "failed".to_owned(),
    };
    (bench.tools.progress)(&format!("[{done}/{total}] {id}: {said}"));
}

impl Bench<'_> {
    /// The plans at work on one camera. Finders are shared by those that name the same.
    fn rigs(&self, plans: &[&PlanSpec], camera: &CameraId, of_clip: bool) -> Result<Vec<Rig>, StageError> {
        let mut shared = BTreeMap::new();
        let mut rigs = Vec::new();
        for plan in plans {
            let (Some(sight), Some(verifier)) =
                (self.models.detector(&plan.detector), self.models.detector(&plan.verifier))
            else {
                continue;
            };
            let whole = plan.finders.iter().map(|name| (name, false));
            let named = whole.chain(plan.tiled_finders.iter().map(|name| (name, true)));
            let finders = named.filter_map(|named| self.finder(named, &mut shared)).collect();
            rigs.push(Rig::new(plan, RigModels { sight, finders, verifier }, camera, of_clip)?);
        }
        Ok(rigs)
    }

    /// The finder with this name, tiled or not; the same one for all who name it.
    fn finder<'n>(
        &self,
        named: (&'n String, bool),
        shared: &mut BTreeMap<(&'n String, bool), Arc<dyn Finder>>,
    ) -> Option<Arc<dyn Finder>> {
        let model = self.models.detector(named.0)?;
        let finder = shared.entry(named).or_insert_with(|| match named.1 {
            true => Arc::new(Remembering::new(Arc::new(Tiled(model)))),
            false => Arc::new(Remembering::new(model)),
        });
        Some(Arc::clone(finder))
    }

    /// The models of the sights, each once.
    fn sight_models(&self) -> BTreeMap<String, Arc<Detector>> {
        let of_plan = |plan: &&PlanSpec| Some((plan.detector.clone(), self.models.detector(&plan.detector)?));
        self.plans.iter().filter_map(of_plan).collect()
    }

    /// The pseudo truths with these names whose models are here.
    fn pseudo(&self, names: &[String]) -> Vec<(&PseudoSpec, Arc<Detector>)> {
        let wanted = self.suite.pseudo_truth.iter().filter(|pseudo| names.contains(&pseudo.id));
        wanted.filter_map(|pseudo| Some((pseudo, self.models.detector(&pseudo.model)?))).collect()
    }
}

/// Who each pseudo truth says is in the picture, scaled to the analysed one. A model that is asked alike by several
/// looks once.
fn pseudo_truths(
    pseudo: &[(&PseudoSpec, Arc<Detector>)],
    frame: &RawFrame,
    analysed_px: (u32, u32),
) -> Result<Truths, ModelError> {
    let mut looks: BTreeMap<(&String, &Vec<usize>), Vec<Detection>> = BTreeMap::new();
    let from_px = (frame.width_px(), frame.height_px());
    let mut truths = Truths::new();
    for (spec, detector) in pseudo {
        let found = match looks.entry((&spec.model, &spec.grids)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(detect_tiled(detector.as_ref(), frame, &spec.grids)?),
        };
        let counts = |found: &&Detection| found.score >= spec.score_min && shows(spec.kind, found.class);
        let boxes = found.iter().filter(counts).map(|found| TruthBox::new(spec.kind, found.box_in_frame));
        truths.push(Some(boxes.filter_map(|truth| truth.scaled_to(from_px, analysed_px)).collect()));
    }
    Ok(truths)
}

fn shows(kind: Kind, class: ObjectClass) -> bool {
    match kind {
        Kind::Person => class == ObjectClass::Person,
        Kind::Face => matches!(class, ObjectClass::Face | ObjectClass::Head),
    }
}

/// Reads a file of truth.
pub(crate) fn read_truth<T>(
    file: &Path,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, EvalError> {
    let text = std::fs::read_to_string(file).map_err(EvalError::io(file))?;
    parse(&text).map_err(|problem| EvalError::Truth { file: file.to_owned(), problem })
}
