//! Importing: a model file from elsewhere becomes one that can be loaded as it is.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};

use velum_vocab::Digest;

use super::{Catalogue, load_bytes, read_model};
use crate::ModelError;
use crate::manifest::{Manifest, Repairs};

/// What an import wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The model's id.
    pub id: String,
    /// The repaired model.
    pub model: PathBuf,
    /// Its manifest, with the new digest.
    pub manifest: PathBuf,
    /// The new digest.
    pub digest: Digest,
}

impl Catalogue {
    /// Checks and repairs a model file and writes it, with its manifest, into a folder. The manifest is the one
    /// given, else the one in the catalogue with the file's digest, else, where a digest is given, the one with the
    /// file's name whose digest is not known.
    ///
    /// # Errors
    /// [`ModelError::Manifest`] where there is no manifest for the file, and those of [`Catalogue::load`].
    pub fn import(
        &self,
        file: &Path,
        manifest: Option<&Path>,
        given: Option<Digest>,
        into: &Path,
    ) -> Result<Imported, ModelError> {
        let bytes = read_model(file)?;
        let known = self.manifest_for(file, &bytes, manifest, given)?;
        if let (Some(expected), Some(given)) =
            (known.sha256, given.filter(|given| known.sha256 != Some(*given)))
        {
            return Err(ModelError::DigestGiven { id: known.id, expected, given });
        }
        let loaded = load_bytes(&known, Cow::Owned(bytes), &file.display().to_string())?;
        let digest = Digest::of(loaded.onnx());
        let imported = Manifest {
            file: format!("{}.onnx", known.id),
            sha256: Some(digest),
            imported_from: Some(loaded.digest().to_string()),
            source: None,
            repairs: Repairs::default(),
            ..known
        };
        let model = into.join(&imported.file);
        let beside = into.join(format!("{}.toml", imported.id));
        std::fs::create_dir_all(into).map_err(ModelError::io(into))?;
        // The model first: a manifest without its model would hide the embedded one.
        write_in_one_step(&model, loaded.onnx())?;
        write_in_one_step(&beside, imported.to_toml()?.as_bytes())?;
        Ok(Imported { digest, id: imported.id, model, manifest: beside })
    }

    fn manifest_for(
        &self,
        file: &Path,
        bytes: &[u8],
        manifest: Option<&Path>,
        given: Option<Digest>,
    ) -> Result<Manifest, ModelError> {
        if let Some(path) = manifest {
            let text = std::fs::read_to_string(path).map_err(ModelError::io(path))?;
            return Manifest::parse(&text, &path.display().to_string());
        }
        let digest = Digest::of(bytes);
        let mut all = self.entries.iter().map(|entry| &entry.manifest);
        if let Some(known) = all.clone().find(|known| known.digest() == Some(digest)) {
            return Ok(known.clone());
        }
        let is_named = |known: &&Manifest| file.file_name().is_some_and(|name| name == known.file());
        let known = all
            .find(|known| known.digest().is_none() && is_named(known))
            .filter(|_| given.is_some())
            .map(|known| Manifest { sha256: given, ..known.clone() });
        known.ok_or_else(|| ModelError::Manifest {
            place: file.display().to_string(),
            reason: format!(
                "no model of the catalogue has sha256 {digest}; write a manifest for it, as docs/models.md shows, \
                 and give it with `--manifest FILE.toml`"
            ),
        })
    }
}

/// Written beside, flushed, then moved in place: whoever looks finds the whole file or none.
pub(super) fn write_in_one_step(path: &Path, bytes: &[u8]) -> Result<(), ModelError> {
    let mut part = Part::beside(path).map_err(ModelError::io(path))?;
    part.file.write_all(bytes).and_then(|()| part.keep()).map_err(ModelError::io(path))
}

/// A file that is not whole yet. Unless it is kept, it is gone with this value.
pub(super) struct Part {
    pub(super) file: std::fs::File,
    place: PathBuf,
    whole: PathBuf,
}

impl Part {
    /// In the folder of the whole file, with a name that no other process takes.
    pub(super) fn beside(whole: &Path) -> std::io::Result<Self> {
        let name = whole.file_name().unwrap_or_default().to_string_lossy();
        let place = whole.with_file_name(format!(".{name}.{}.part", std::process::id()));
        let file = std::fs::File::create(&place)?;
        Ok(Self { file, place, whole: whole.to_owned() })
    }

    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    /// Takes its place, whole and on disk.
    pub(super) fn keep(self) -> std::io::Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.place, &self.whole)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Nothing is there any more where it was kept.
        let _ = std::fs::remove_file(&self.place);
    }
}
