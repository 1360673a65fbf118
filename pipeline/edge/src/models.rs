//! `velum-edge models`: what there is, whether it is what it says, and how to get more.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::Context as _;
use velum_models::{Catalogue, DetectorOptions, Fetched, Listing, ModelError, Presence, ProviderChoice};
use velum_vocab::Digest;

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
        ModelsCommand::Verify { id: None } => verify_all(&catalogue, settings),
        ModelsCommand::Import { file, manifest, sha256, into } => {
            let given = digest(sha256.as_deref())?;
            let imported = catalogue.import(&file, manifest.as_deref(), given, &into)?;
            Ok(format!(
                "{} imported: {} (sha256 {})\nset `[models] dir = \"{}\"` to use it\n",
                imported.id,
                imported.model.display(),
                imported.digest,
                into.display()
            ))
        }
        ModelsCommand::Fetch { id, sha256, into } => fetch(&catalogue, &id, sha256.as_deref(), &into),
    }
}

fn digest(given: Option<&str>) -> anyhow::Result<Option<Digest>> {
    given.map(Digest::parse).transpose().context("`--sha256`")
}

fn fetch(catalogue: &Catalogue, id: &str, sha256: Option<&str>, into: &Path) -> anyhow::Result<String> {
    let given = digest(sha256)?;
    let mut shown = Shown::default();
    let fetched = catalogue.fetch(id, given, into, &mut |bytes, whole| shown.progress(bytes, whole));
    shown.end();
    let Fetched { model, manifest, digest, was_here } = fetched?;
    let how = if was_here { "was here already" } else { "fetched" };
    let recorded = manifest.map_or_else(String::new, |path| {
        format!("the sha256 that you gave is recorded in {}\n", path.display())
    });
    Ok(format!(
        "{id} {how}: {} (sha256 {digest})\n{recorded}set `[models] dir = \"{}\"` to use it\n",
        model.display(),
        into.display()
    ))
}

/// One line a model: id, task, licence, size, and where it is or how to get it.
fn list(catalogue: &Catalogue) -> String {
    let mut text = format!("{:16}{:10}{:12}{:>9}  WHERE\n", "ID", "TASK", "LICENCE", "SIZE");
    for listing in catalogue.list() {
        let manifest = listing.manifest;
        let size =
            listing.bytes.map_or_else(|| "?".to_owned(), |bytes| format!("{:.1} MB", bytes as f64 / 1e6));
        let (id, task, licence) = (manifest.id(), manifest.task().name(), manifest.licence());
        // Writing to a String does not fail.
        let _ = writeln!(text, "{id:16}{task:10}{licence:12}{size:>9}  {}", place(&listing));
    }
    text
}

fn place(listing: &Listing<'_>) -> String {
    let id = listing.manifest.id();
    let source = listing.manifest.source();
    match &listing.presence {
        Presence::Embedded => "built in".to_owned(),
        Presence::File(path) => format!("here: {}", path.display()),
        Presence::Absent if source.is_some_and(|source| source.address.is_some()) => {
            let digest = if listing.manifest.digest().is_some() { "" } else { " --sha256 HEX" };
            format!("can be fetched: velum-edge models fetch {id}{digest}")
        }
        Presence::Absent if source.is_some() => "not here: make setup gets it".to_owned(),
        Presence::Absent => "not here, and no address is known: put the file into a model folder".to_owned(),
    }
}

fn verify(catalogue: &Catalogue, id: &str, settings: &ModelSettings) -> Result<String, ModelError> {
    let runtime = load_runtime(settings)?;
    let options = DetectorOptions { provider: ProviderChoice::Auto, ..DetectorOptions::default() };
    let verified = catalogue.verify(id, &runtime, options)?;
    let inference_ms = verified.inference.as_secs_f64() * 1e3;
    Ok(format!("{id}  ok  sha256 {}  {}  {inference_ms:.1} ms\n", verified.digest, verified.provider))
}

/// All that are here: one that is wrong keeps nobody from hearing of the others.
fn verify_all(catalogue: &Catalogue, settings: &ModelSettings) -> anyhow::Result<String> {
    let here = catalogue.list().into_iter().filter(|listing| listing.presence != Presence::Absent);
    let (mut good, mut wrong) = (String::new(), String::new());
    for listing in here {
        match verify(catalogue, listing.manifest.id(), settings) {
            Ok(line) => good.push_str(&line),
            Err(error) => {
                let _ = write!(wrong, "\n{error}");
            }
        }
    }
    anyhow::ensure!(wrong.is_empty(), "not all models are as they should be:{wrong}\n\n{good}");
    Ok(good)
}

/// What was shown of a download on standard error: one line that is written over, on a terminal; nothing elsewhere.
#[derive(Default)]
struct Shown {
    kib: Option<u64>,
}

impl Shown {
    fn progress(&mut self, bytes: u64, whole: Option<u64>) {
        let kib = bytes / 1024;
        if !std::io::stderr().is_terminal() || self.kib.is_some_and(|shown| kib < shown + 256) {
            return;
        }
        self.kib = Some(kib);
        let of_whole = whole.map_or_else(String::new, |whole| format!(" of {}", whole / 1024));
        write_to_stderr(&format!("\r{kib}{of_whole} KiB"));
    }

    fn end(&self) {
        if self.kib.is_some() {
            write_to_stderr("\n");
        }
    }
}

/// Progress that cannot be shown is no reason to stop.
fn write_to_stderr(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_says_of_each_model_where_it_is_or_how_to_get_it() {
        let list = list(&Catalogue::open(&[]).unwrap());
        let check = |id: &str, expected: &[&str]| {
            let line = list.lines().find(|line| line.split(' ').next() == Some(id)).unwrap();
            assert!(expected.iter().all(|part| line.contains(part)), "{line}");
        };
        check("velum-person-1", &["objects", "Apache-2.0", " MB  built in"]);
        check("velum-density-1", &["density", "Apache-2.0", " MB  built in"]);
        check("yolox-nano", &["3.7 MB  can be fetched: velum-edge models fetch yolox-nano"]);
        check("yolox-s", &["?  can be fetched: velum-edge models fetch yolox-s --sha256 HEX"]);
        check("centerface", &["faces", "MIT", "not here: make setup gets it"]);
        check("mcnn", &["density", "MIT", "no address is known"]);
    }

    #[test]
    fn a_digest_that_is_none_is_refused_with_its_name() {
        let folder = std::env::temp_dir();
        let error = fetch(&Catalogue::open(&[]).unwrap(), "yolox-s", Some("12"), &folder).unwrap_err();
        assert!(format!("{error:#}").contains("`--sha256`"), "{error:#}");
        let error = fetch(&Catalogue::open(&[]).unwrap(), "yolox-s", None, &folder).unwrap_err();
        assert!(format!("{error:#}").contains("velum-edge models fetch yolox-s --sha256 HEX"), "{error:#}");
    }
}
