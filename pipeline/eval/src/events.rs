//! The rules on footage, against what truly happens in it: objects left behind, and persons counted.
//!
//! In reading order: an [`EventSuite`] says what is measured; `truth` what is put down in a clip, `persons` who is
//! in its frames; `clip` plays it, on again by `disturbance` where there are no objects; `matching` says which
//! alert tells of what, `score` what became of each object, `counting`, `finding` and `continuity` how well persons
//! are counted, found and followed; an [`EventReport`] tells it, and `compare` sets two of them side by side.

mod clip;
mod compare;
mod continuity;
mod counting;
mod disturbance;
mod finding;
mod matching;
mod persons;
mod report;
mod score;
mod suite;
mod truth;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use velum_models::{Detect, EstimateDensity};

use crate::EvalError;
use crate::measure::Tools;
use crate::models;
use crate::parallel::{in_order, threads};

pub use compare::{Comparison, compare, read_report};
pub use matching::Verdict;
pub use report::{
    AlertReport, ClipReport, ContinuityReport, CountReport, Delays, DensityReport, DetectionReport,
    EventReport, ObjectOutcome, ObjectReport, Run, Total,
};
pub use suite::{Again, ClipKind, EventClip, EventSuite, Half, Rules, ZoneSpec};
pub use truth::{ObjectKind, ObjectSpec};

/// What is shared while clips are played.
struct Bench<'s> {
    suite: &'s EventSuite,
    tools: &'s Tools<'s>,
    /// The detectors that are here, and the sha256 of their files.
    models: BTreeMap<String, String>,
    /// The density networks that are here, the same.
    density_models: BTreeMap<String, String>,
}

/// A clip's reports, one a detector, and how long it took; or the text that says what of it is not here.
type Played = Result<(Vec<ClipReport>, f64), String>;

/// Measures what the suite says, as far as models and footage are here; what is not is told in the report.
///
/// # Errors
/// [`EvalError::NothingThere`] where no model or no footage is here; else what went wrong in a file of truth or a
/// stage.
pub fn measure_events(suite: &EventSuite, tools: &Tools<'_>) -> Result<EventReport, EvalError> {
    let (begun, cpu_before) = (Instant::now(), cpu_secs());
    let (models, mut absent) = models_here(suite, tools);
    if models.is_empty() {
        return Err(EvalError::NothingThere(absent.join("; ")));
    }
    let density_models = density_models_here(suite, tools, &mut absent);
    let bench = Bench { suite, tools, models, density_models };
    let (total, clips) = (suite.clips.len(), suite.clips.iter().collect::<Vec<_>>());
    let played = in_order(
        clips,
        threads(),
        |spec| clip::play(&bench, spec),
        |spec, outcome, done| tell_end(&bench, spec, outcome, (done, total)),
    )?;
    let mut clips = Vec::new();
    for outcome in played {
        match outcome {
            Ok((reports, _)) => clips.extend(reports),
            Err(missing) => absent.push(missing),
        }
    }
    if clips.is_empty() {
        return Err(EvalError::NothingThere(absent.join("; ")));
    }
    let run = Run {
        made_at: jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string(),
        secs: begun.elapsed().as_secs_f64(),
        analysed_secs: clips.iter().map(|clip| clip.played_secs).sum(),
        cpu_secs: cpu_before.zip(cpu_secs()).map(|(before, after)| after - before),
        threads: threads(),
    };
    Ok(EventReport {
        format: report::FORMAT.to_owned(),
        about: suite.about.clone(),
        fps: suite.fps,
        width_px: suite.width_px,
        models: bench.models.into_iter().chain(bench.density_models).collect(),
        totals: Total::all(&clips),
        clips,
        absent,
        run,
    })
}

/// What this process has used of the processor, all threads; Linux tells it in hundredths of a second, proc(5).
fn cpu_secs() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, behind_name) = stat.rsplit_once(')')?;
    let ticks = behind_name.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    Some(ticks.sum::<Result<u64, _>>().ok()? as f64 / 100.0)
}

fn models_here(suite: &EventSuite, tools: &Tools<'_>) -> (BTreeMap<String, String>, Vec<String>) {
    let (mut here, mut absent) = (BTreeMap::new(), Vec::new());
    for name in &suite.detectors {
        match models::open(name, tools.catalogue, tools.runtime) {
            Ok(model) => {
                here.insert(name.clone(), Detect::digest(&model).to_string());
            }
            Err(error) => absent.push(format!("model `{name}`: {error}")),
        }
    }
    (here, absent)
}

/// Clips whose density network is not here are left out: their counts would be other counts.
fn density_models_here(
    suite: &EventSuite,
    tools: &Tools<'_>,
    absent: &mut Vec<String>,
) -> BTreeMap<String, String> {
    let names: BTreeSet<&str> = suite.clips.iter().filter_map(|clip| suite.density_model_of(clip)).collect();
    let mut here = BTreeMap::new();
    for name in names {
        match models::open_density(name, tools.catalogue, tools.runtime) {
            Ok(model) => {
                here.insert(name.to_owned(), model.digest().to_string());
            }
            Err(error) => absent.push(format!("density model `{name}`: {error}")),
        }
    }
    here
}

fn tell_end(
    bench: &Bench<'_>,
    spec: &EventClip,
    outcome: &Result<Played, EvalError>,
    (done, total): (usize, usize),
) {
    let said = match outcome {
        Ok(Ok((reports, secs))) => {
            let played: f64 = reports.iter().map(|report| report.played_secs).sum();
            format!("{played:.0} s of analysis in {secs:.0} s")
        }
        Ok(Err(missing)) => format!("left out: {missing}"),
        Err(_) => "failed".to_owned(),
    };
    (bench.tools.progress)(&format!("[{done}/{total}] {}: {said}", spec.id));
}
