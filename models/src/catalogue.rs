//! The models that a box knows, and where their files are.
//!
//! Manifests and the weights of our own models are embedded. Manifests in the model folders (`*.toml`) come
//! besides, and one with the id of an embedded manifest takes its place: that is how an imported model is found.
//! Invariant: bytes become a [`LoadedModel`] only after their digest was compared and the graph was judged.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use velum_frame::{RawFrame, seal_i420};
use velum_vocab::{CameraId, Digest, Timestamp};

use crate::manifest::{Manifest, Task};
use crate::onnx::{self, FILE_BYTES_MAX};
use crate::{
    DensityEstimator, Detect, Detector, DetectorOptions, EstimateDensity, ModelError, Provider, Runtime,
};

mod download;
mod fetch;
mod import;

pub use fetch::{Fetched, Progress};
pub use import::Imported;

/// File name and text of a manifest, and the weights where they are part of this program.
const EMBEDDED: [(&str, &str, Option<&[u8]>); 10] = [
    (
        "velum-person-1.toml",
        include_str!("../catalogue/velum-person-1.toml"),
        Some(include_bytes!("../weights/velum-person-1.onnx")),
    ),
    (
        "velum-person-2.toml",
        include_str!("../catalogue/velum-person-2.toml"),
        Some(include_bytes!("../weights/velum-person-2.onnx")),
    ),
    (
        "velum-density-1.toml",
        include_str!("../catalogue/velum-density-1.toml"),
        Some(include_bytes!("../weights/velum-density-1.onnx")),
    ),
    ("yolox-nano.toml", include_str!("../catalogue/yolox-nano.toml"), None),
    ("yolox-tiny.toml", include_str!("../catalogue/yolox-tiny.toml"), None),
    ("yolox-s.toml", include_str!("../catalogue/yolox-s.toml"), None),
    ("yolox-m.toml", include_str!("../catalogue/yolox-m.toml"), None),
    ("centerface.toml", include_str!("../catalogue/centerface.toml"), None),
    ("yunet.toml", include_str!("../catalogue/yunet.toml"), None),
    ("mcnn.toml", include_str!("../catalogue/mcnn.toml"), None),
];

struct Entry {
    manifest: Manifest,
    embedded: Option<&'static [u8]>,
    /// The folder of a manifest that was found in one; the model lies beside it.
    folder: Option<PathBuf>,
}

/// Where a model's file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// In this program.
    Embedded,
    /// Here; whether it is the right one is found out when it is loaded.
    File(PathBuf),
    /// Nowhere on this machine.
    Absent,
}

/// One line of `velum-edge models list`.
#[derive(Debug, Clone)]
pub struct Listing<'a> {
    /// What the model is.
    pub manifest: &'a Manifest,
    /// Where it is.
    pub presence: Presence,
    /// Its file's size: of the file that is here, else what the manifest says.
    pub bytes: Option<u64>,
}

/// What `velum-edge models verify` found.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The file's sha256, which is the manifest's.
    pub digest: Digest,
    /// What it ran on.
    pub provider: Provider,
    /// How long one frame took, the first run not counted.
    pub inference: Duration,
}

/// What a model puts out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// In the graph.
    pub name: String,
    /// Of each side, `None` where it is known only when the model runs; none at all where the file does not say.
    pub sides: Vec<Option<u64>>,
}

/// A model whose digest was compared and whose graph was judged and repaired. Made only by [`Catalogue::load`].
pub struct LoadedModel {
    manifest: Manifest,
    digest: Digest,
    onnx: Cow<'static, [u8]>,
    input_name: String,
    /// In the order in which the head reads them.
    outputs: Vec<Output>,
    has_symbolic_input: bool,
}

impl LoadedModel {
    /// What the model is.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The sha256 of its file.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    pub(crate) fn onnx(&self) -> &[u8] {
        &self.onnx
    }

    pub(crate) fn input_name(&self) -> &str {
        &self.input_name
    }

    /// All that it puts out, in the order in which they are read.
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    pub(crate) fn has_symbolic_input(&self) -> bool {
        self.has_symbolic_input
    }
}

impl std::fmt::Debug for LoadedModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LoadedModel({}, {} bytes)", self.manifest.id(), self.onnx.len())
    }
}

/// The models that this box knows.
pub struct Catalogue {
    entries: Vec<Entry>,
    folders: Vec<PathBuf>,
}

impl Catalogue {
    /// The embedded manifests and those in these folders. A folder that does not exist is not an error.
    ///
    /// # Errors
    /// [`ModelError::Manifest`], [`ModelError::Io`] for a manifest in a folder that cannot be read.
    pub fn open(folders: &[PathBuf]) -> Result<Self, ModelError> {
        let mut entries = Vec::new();
        for (place, text, embedded) in EMBEDDED {
            entries.push(Entry { manifest: Manifest::parse(text, place)?, embedded, folder: None });
        }
        let mut catalogue = Self { entries, folders: folders.to_vec() };
        folders.iter().try_for_each(|folder| catalogue.add_folder(folder))?;
        Ok(catalogue)
    }

    /// The folders where models are looked for: those configured, then `third-party-models` in the folder that
    /// the variable `VELUM_SHARED` names, if it is set.
    pub fn usual_folders(configured: &[PathBuf]) -> Vec<PathBuf> {
        let shared = std::env::var_os("VELUM_SHARED").filter(|path| !path.is_empty());
        let third_party = shared.map(|path| PathBuf::from(path).join("third-party-models"));
        configured.iter().cloned().chain(third_party).collect()
    }

    /// All models, and where they are.
    pub fn list(&self) -> Vec<Listing<'_>> {
        let lines = self.entries.iter().map(|entry| {
            let presence = self.presence_of(entry);
            let bytes = match &presence {
                Presence::Embedded => entry.embedded.map(|bytes| bytes.len() as u64),
                Presence::File(path) => std::fs::metadata(path).ok().map(|found| found.len()),
                Presence::Absent => entry.manifest.source().and_then(|source| source.bytes),
            };
            Listing { manifest: &entry.manifest, presence, bytes }
        });
        lines.collect()
    }

    /// What the model with this id is.
    ///
    /// # Errors
    /// [`ModelError::Unknown`].
    pub fn manifest(&self, id: &str) -> Result<&Manifest, ModelError> {
        self.entry(id).map(Entry::manifest)
    }

    /// Where the model with this id is.
    ///
    /// # Errors
    /// [`ModelError::Unknown`].
    pub fn presence(&self, id: &str) -> Result<Presence, ModelError> {
        self.entry(id).map(|entry| self.presence_of(entry))
    }

    /// Reads a model, compares its digest, repairs and judges its graph.
    ///
    /// # Errors
    /// [`ModelError::Unknown`], [`ModelError::Absent`], [`ModelError::Io`], [`ModelError::Digest`],
    /// [`ModelError::Malformed`], [`ModelError::Refused`].
    pub fn load(&self, id: &str) -> Result<LoadedModel, ModelError> {
        let entry = self.entry(id)?;
        let (bytes, place) = match (self.presence_of(entry), entry.embedded) {
            (Presence::Embedded, Some(bytes)) => (Cow::Borrowed(bytes), "embedded".to_owned()),
            (Presence::File(path), _) => (Cow::Owned(read_model(&path)?), path.display().to_string()),
            _ => return Err(self.absent(&entry.manifest)),
        };
        load_bytes(&entry.manifest, bytes, &place)
    }

    /// Loads a model and runs it on a grey frame.
    ///
    /// # Errors
    /// As [`Catalogue::load`], [`Detector::open`] and [`DensityEstimator::open`].
    pub fn verify(
        &self,
        id: &str,
        runtime: &Runtime,
        options: DetectorOptions,
    ) -> Result<Verified, ModelError> {
        let model = self.load(id)?;
        let frame = grey_frame().map_err(|error| ModelError::session(id, error))?;
        if model.manifest().task() == Task::Density {
            let estimator = DensityEstimator::open(runtime, &model, options)?;
            let inference = timed(|| estimator.density(&frame).map(drop))?;
            return Ok(Verified { digest: model.digest(), provider: estimator.provider(), inference });
        }
        let detector = Detector::open(runtime, &model, options)?;
        let inference = timed(|| detector.detect(&frame).map(drop))?;
        Ok(Verified { digest: model.digest(), provider: detector.provider(), inference })
    }

    fn entry(&self, id: &str) -> Result<&Entry, ModelError> {
        let found = self.entries.iter().find(|entry| entry.manifest.id() == id);
        found.ok_or_else(|| ModelError::Unknown {
            id: id.to_owned(),
            known: self.entries.iter().map(|entry| entry.manifest.id().to_owned()).collect(),
        })
    }

    fn add_folder(&mut self, folder: &Path) -> Result<(), ModelError> {
        let Ok(listed) = std::fs::read_dir(folder) else { return Ok(()) };
        let mut manifests: Vec<PathBuf> = (listed.flatten().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
            .collect();
        manifests.sort();
        for path in manifests {
            let text = std::fs::read_to_string(&path).map_err(ModelError::io(&path))?;
            let manifest = Manifest::parse(&text, &path.display().to_string())?;
            self.entries.retain(|entry| entry.manifest.id() != manifest.id());
            self.entries.push(Entry { manifest, embedded: None, folder: Some(folder.to_owned()) });
        }
        Ok(())
    }

    fn presence_of(&self, entry: &Entry) -> Presence {
        if entry.embedded.is_some() {
            return Presence::Embedded;
        }
        let file = entry.manifest.file();
        let places = self
            .places(entry)
            .into_iter()
            .flat_map(|folder| [folder.join(file), folder.join(entry.manifest.id()).join(file)]);
        places.into_iter().find(|path| path.is_file()).map_or(Presence::Absent, Presence::File)
    }

    fn places(&self, entry: &Entry) -> Vec<PathBuf> {
        entry.folder.iter().chain(&self.folders).cloned().collect()
    }

    fn absent(&self, manifest: &Manifest) -> ModelError {
        let id = manifest.id();
        let fix = match (manifest.source(), manifest.digest()) {
            (Some(source), Some(_)) if source.address.is_some() => {
                format!("run `velum-edge models fetch {id}`")
            }
            (Some(source), None) if source.address.is_some() => {
                format!("run `velum-edge models fetch {id} --sha256 HEX`")
            }
            (Some(_), _) => "run `make setup`".to_owned(),
            (None, _) => "put it there".to_owned(),
        };
        let (id, file) = (id.to_owned(), manifest.file().to_owned());
        ModelError::Absent { id, file, searched: self.folders.clone(), fix }
    }
}

impl Entry {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}

fn timed(run: impl FnOnce() -> Result<(), ModelError>) -> Result<Duration, ModelError> {
    let begun = Instant::now();
    run()?;
    Ok(begun.elapsed())
}

fn grey_frame() -> Result<RawFrame, String> {
    let camera = CameraId::parse("verify").map_err(|error| error.to_string())?;
    let grey = vec![128; 640 * 384 * 3 / 2];
    seal_i420(camera, Timestamp::from_unix_secs(0), 1, (640, 384), grey).map_err(|error| error.to_string())
}

/// A model file's bytes, no more than the largest that is accepted.
fn read_model(path: &Path) -> Result<Vec<u8>, ModelError> {
    let length = std::fs::metadata(path).map_err(ModelError::io(path))?.len();
    if length > FILE_BYTES_MAX {
        return Err(ModelError::Malformed {
            model: path.display().to_string(),
            reason: "the file is larger than 512 MiB",
        });
    }
    std::fs::read(path).map_err(ModelError::io(path))
}

fn unknown_digest(manifest: &Manifest) -> ModelError {
    ModelError::DigestUnknown { id: manifest.id().to_owned() }
}

/// The one way from bytes to a model.
fn load_bytes(
    manifest: &Manifest,
    bytes: Cow<'static, [u8]>,
    place: &str,
) -> Result<LoadedModel, ModelError> {
    let id = manifest.id();
    let expected = manifest.digest().ok_or_else(|| unknown_digest(manifest))?;
    let found = Digest::of(&bytes);
    if found != expected {
        return Err(ModelError::Digest { id: id.to_owned(), place: place.to_owned(), expected, found });
    }
    let malformed = |wrong: onnx::Wrong| ModelError::Malformed { model: id.to_owned(), reason: wrong.0 };
    let onnx = if manifest.repairs.is_none() {
        bytes
    } else {
        Cow::Owned(onnx::repair(&bytes, &manifest.repairs).map_err(malformed)?)
    };
    let graph = onnx::read(&onnx).map_err(malformed)?;
    let refused = |reason| ModelError::refused(id, reason);
    onnx::judge(&graph, manifest).map_err(refused)?;
    let outputs = crate::head::in_order(&graph.outputs, manifest).map_err(refused)?;
    let side = |dim: &onnx::Dim| match dim {
        onnx::Dim::Fixed(side) => Some(*side),
        onnx::Dim::Symbolic => None,
    };
    let sides = |dims: Option<&Vec<onnx::Dim>>| dims.into_iter().flatten().map(side).collect();
    let output =
        |output: &onnx::TensorInfo| Output { name: output.name.clone(), sides: sides(output.dims.as_ref()) };
    let outputs = outputs.into_iter().map(output).collect();
    let input = graph.inputs.first();
    let has_symbolic_input =
        input.and_then(|input| input.dims.as_ref()).is_some_and(|dims| dims.contains(&onnx::Dim::Symbolic));
    let input_name = input.map(|input| input.name.clone()).unwrap_or_default();
    let (manifest, digest) = (manifest.clone(), found);
    Ok(LoadedModel { manifest, digest, onnx, input_name, outputs, has_symbolic_input })
}

#[cfg(test)]
mod tests;
