//! `velum-edge eval`: how much the real pipeline leaves uncovered, on footage and against truth.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use velum_eval::{Folders, Suite, Tools, measure};
use velum_models::Catalogue;

use crate::config::ModelSettings;
use crate::detectors::{load_runtime, model_folders};

/// Measures the suite, or the built-in one; writes JSON and a page where a folder is named. The text is for
/// standard output.
///
/// # Errors
/// What the evaluator says: a suite that does not hold together, nothing to measure, a stage that failed.
pub(crate) fn run(
    suite_file: Option<&Path>,
    out: Option<&Path>,
    settings: &ModelSettings,
) -> anyhow::Result<String> {
    velum_decode::init()?;
    let suite = match suite_file {
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("the suite `{}` cannot be read", file.display()))?;
            Suite::parse(&text, file)?
        }
        None => Suite::built_in()?,
    };
    let base = suite_file.and_then(Path::parent).map_or_else(PathBuf::new, Path::to_owned);
    let folders = Folders::new(&suite.folders, &base, &Folders::shared_by_environment());
    let catalogue = Catalogue::open(&with_shared_models(model_folders(settings)))?;
    let runtime = load_runtime(settings)?;
    let tools =
        Tools { catalogue: &catalogue, runtime: &runtime, folders: &folders, progress: &show_progress };
    let report = measure(&suite, &tools)?;
    let mut text = report.table();
    if let Some(folder) = out {
        for file in report.write(folder)? {
            text.push_str(&format!("written: {}\n", file.display()));
        }
    }
    Ok(text)
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
