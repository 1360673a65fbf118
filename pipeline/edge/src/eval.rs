//! `velum-edge eval`: how the real pipeline does on footage, against truth; and two such reports side by side.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use velum_eval::{EventSuite, Folders, Half, Suite, Tools, compare, measure, measure_events, read_report};
use velum_models::Catalogue;

use crate::args::EvalArguments;
use crate::config::ModelSettings;
use crate::detectors::{load_runtime, model_folders};

/// What is to be said.
pub(crate) struct Told {
    /// For standard output.
    pub(crate) text: String,
    /// Whether something got worse than it was.
    pub(crate) worse: bool,
}

/// Measures or compares, as asked; writes files where a folder is named.
///
/// # Errors
/// What the evaluator says: a suite that does not hold together, nothing to measure, a stage that failed, a report
/// that is none.
pub(crate) fn run(arguments: &EvalArguments, settings: &ModelSettings) -> anyhow::Result<Told> {
    if let Some(reports) = &arguments.compare {
        return run_compare(reports, arguments.tolerance);
    }
    velum_decode::init()?;
    let text = match &arguments.leak {
        Some(suite) => run_leak(suite.as_deref(), arguments.out.as_deref(), settings)?,
        None => run_events(arguments, settings)?,
    };
    Ok(Told { text, worse: false })
}

fn run_compare(reports: &[PathBuf], tolerance: f64) -> anyhow::Result<Told> {
    ensure!(
        tolerance.is_finite() && tolerance >= 0.0,
        "--tolerance: expected a number from 0 on, found `{tolerance}`; write for example 0.05"
    );
    let read: Vec<_> = reports.iter().map(|file| read_report(file)).collect::<Result<_, _>>()?;
    let [before, after] = read.as_slice() else { anyhow::bail!("--compare needs two reports") };
    let comparison = compare(before, after, tolerance);
    Ok(Told { text: comparison.told(tolerance), worse: !comparison.worse.is_empty() })
}

fn run_events(arguments: &EvalArguments, settings: &ModelSettings) -> anyhow::Result<String> {
    let mut suite = match &arguments.suite {
        Some(file) => EventSuite::parse(&read(file)?, file)?,
        None => EventSuite::built_in()?,
    };
    choose(&mut suite, arguments)?;
    let report = with_tools(arguments.suite.as_deref(), &suite.folders, settings, |tools| {
        measure_events(&suite, tools)
    })?;
    let written = arguments.out.as_ref().map(|folder| report.write(folder)).transpose()?;
    Ok(report.table() + &told_files(written))
}

/// Leaves of the suite what the command line asks for.
fn choose(suite: &mut EventSuite, arguments: &EvalArguments) -> anyhow::Result<()> {
    let half =
        arguments.half.as_deref().map(|half| if half == "tuning" { Half::Tuning } else { Half::Report });
    let text = arguments.only.as_deref().unwrap_or_default();
    suite.clips.retain(|clip| half.is_none_or(|half| clip.half == half) && clip.id.contains(text));
    ensure!(!suite.clips.is_empty(), "no clip of the suite is of this half and has `{text}` in its id");
    if let Some(share) = arguments.persons_deleted {
        ensure!(
            (0.0..=1.0).contains(&share),
            "--persons-deleted: expected 0 to 1, found `{share}`; write for example 0.5"
        );
        suite.clips.iter_mut().for_each(|clip| clip.persons_deleted_fraction = share);
    }
    if let Some(model) = &arguments.density_model {
        suite.density_model = Some(model.clone());
        suite.clips.iter_mut().for_each(|clip| clip.density_model = None);
    }
    if let Some(detector) = &arguments.detector {
        suite.detectors = vec![detector.clone()];
    }
    Ok(())
}

fn run_leak(
    suite_file: Option<&Path>,
    out: Option<&Path>,
    settings: &ModelSettings,
) -> anyhow::Result<String> {
    let suite = match suite_file {
        Some(file) => Suite::parse(&read(file)?, file)?,
        None => Suite::built_in()?,
    };
    let report = with_tools(suite_file, &suite.folders, settings, |tools| measure(&suite, tools))?;
    let written = out.map(|folder| report.write(folder)).transpose()?;
    Ok(report.table() + &told_files(written))
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("the suite `{}` cannot be read", file.display()))
}

/// Measures with the models and footage of this machine.
fn with_tools<T>(
    suite_file: Option<&Path>,
    folders: &[PathBuf],
    settings: &ModelSettings,
    measure: impl FnOnce(&Tools<'_>) -> Result<T, velum_eval::EvalError>,
) -> anyhow::Result<T> {
    let base = suite_file.and_then(Path::parent).map_or_else(PathBuf::new, Path::to_owned);
    let folders = Folders::new(folders, &base, &Folders::shared_by_environment());
    let catalogue = Catalogue::open(&with_shared_models(model_folders(settings)))?;
    let runtime = load_runtime(settings)?;
    let tools =
        Tools { catalogue: &catalogue, runtime: &runtime, folders: &folders, progress: &show_progress };
    Ok(measure(&tools)?)
}

fn told_files(written: Option<Vec<PathBuf>>) -> String {
    let files = written.unwrap_or_default();
    files.iter().map(|file| format!("written: {}\n", file.display())).collect()
}

/// Models are looked for beside the footage too.
fn with_shared_models(mut folders: Vec<PathBuf>) -> Vec<PathBuf> {
    let shared = Folders::shared_by_environment().join("third-party-models");
    if !folders.contains(&shared) {
        folders.push(shared);
    }
    folders
}

/// On standard error, a line for each piece of footage.
fn show_progress(text: &str) {
    // Progress that cannot be shown is no reason to stop.
    let _ = writeln!(std::io::stderr(), "{text}");
}
