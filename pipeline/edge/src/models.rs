//! `velum-edge models`: what there is, whether it is what it says, and how to get more.

use std::fmt::Write as _;
use std::io::Write as _;

use velum_models::{Catalogue, DetectorOptions, ModelError, Presence, ProviderChoice};

use crate::args::ModelsCommand;
use crate::config::ModelSettings;
use crate::detectors::{load_runtime, model_folders};

/// Does what was asked; the text is for standard output.
///
/// # Errors
/// What the catalogue says.
pub(crate) fn run(command: ModelsCommand, settings: &ModelSettings) -> anyhow::Result<String> {
    let catalogue = Catalogue::open(&model_folders(settings))?;
    match command {
        ModelsCommand::List => Ok(list(&catalogue)),
        ModelsCommand::Verify { id: Some(id) } => Ok(verify(&catalogue, &id, settings)?),
        ModelsCommand::Verify { id: None } => {
            let here = catalogue.list().into_iter().filter(|listing| listing.presence != Presence::Absent);
            let verified = here.map(|listing| verify(&catalogue, listing.manifest.id(), settings));
            Ok(verified.collect::<Result<String, _>>()?)
        }
        ModelsCommand::Import { file, manifest, into } => {
            let imported = catalogue.import(&file, manifest.as_deref(), &into)?;
            Ok(format!(
                "{} imported: {} (sha256 {})\nset `[models] dir = \"{}\"` to use it\n",
                imported.id,
                imported.model.display(),
                imported.digest,
                into.display()
            ))
        }
        ModelsCommand::Fetch { id, into } => {
            let path = catalogue.fetch(&id, &into, &mut show_progress)?;
            Ok(format!(
                "{id} fetched: {}\nset `[models] dir = \"{}\"` to use it\n",
                path.display(),
                into.display()
            ))
        }
    }
}

fn list(catalogue: &Catalogue) -> String {
    let mut text = String::new();
    for listing in catalogue.list() {
        let manifest = listing.manifest;
        let place = match &listing.presence {
            Presence::Embedded => "in this program".to_owned(),
            Presence::File(path) => path.display().to_string(),
            Presence::Absent => "not here".to_owned(),
        };
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "{:18}  {:10}  {:14}  {place}",
            manifest.id(),
            manifest.task().name(),
            manifest.licence()
        );
    }
    text
}

fn verify(catalogue: &Catalogue, id: &str, settings: &ModelSettings) -> Result<String, ModelError> {
    let runtime = load_runtime(settings)?;
    let options = DetectorOptions { provider: ProviderChoice::Auto, ..DetectorOptions::default() };
    let verified = catalogue.verify(id, &runtime, options)?;
    let inference_ms = verified.inference.as_secs_f64() * 1e3;
    Ok(format!("{id}  ok  sha256 {}  {}  {inference_ms:.1} ms\n", verified.digest, verified.provider))
}

/// On standard error, one line that is written over.
fn show_progress(bytes: u64, whole: Option<u64>) {
    let kib = bytes / 1024;
    let line =
        whole.map_or_else(|| format!("\r{kib} KiB"), |whole| format!("\r{kib} of {} KiB", whole / 1024));
    // Progress that cannot be shown is no reason to stop.
    let _ = std::io::stderr().write_all(line.as_bytes());
}
