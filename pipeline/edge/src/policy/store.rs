//! Files below `policy/` of the data folder, each replaced whole:
//! ```text
//! in-force.signed.json   the policy that was accepted last, as it came
//! next.signed.json       accepted, and waiting for its `effective_from`
//! next.opinion.json      the officer's opinion on that one, where there is one
//! next.after             SHA-256 of the policy after which it was accepted
//! packs.signed.json      the country packs that were accepted last, as they came
//! ```

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use velum_policy::{PolicyError, read_signed};
use velum_vocab::Digest;

use crate::local;

const FOLDER: &str = "policy";
const IN_FORCE: &str = "in-force.signed.json";
const NEXT: &str = "next.signed.json";
const NEXT_OPINION: &str = "next.opinion.json";
const NEXT_AFTER: &str = "next.after";
const PACKS: &str = "packs.signed.json";

/// The files.
#[derive(Debug, Clone)]
pub(super) struct Store {
    dir: PathBuf,
}

/// What waits.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) policy_json: String,
    pub(super) opinion_json: Option<String>,
    pub(super) after: Digest,
}

impl Store {
    pub(super) fn below(data_dir: &Path) -> Self {
        Self { dir: data_dir.join(FOLDER) }
    }

    pub(super) fn in_force_path(&self) -> PathBuf {
        self.dir.join(IN_FORCE)
    }

    pub(super) fn packs_path(&self) -> PathBuf {
        self.dir.join(PACKS)
    }

    pub(super) fn in_force(&self) -> Result<Option<String>, PolicyError> {
        present(&self.in_force_path())
    }

    /// What waits; what has no note of the policy before it waits for nothing.
    pub(super) fn next(&self) -> Result<Option<Waiting>, PolicyError> {
        let Some(policy_json) = present(&self.dir.join(NEXT))? else { return Ok(None) };
        let opinion_json = present(&self.dir.join(NEXT_OPINION))?;
        let after = present(&self.dir.join(NEXT_AFTER))?.and_then(|hex| Digest::parse(hex.trim()).ok());
        Ok(after.map(|after| Waiting { policy_json, opinion_json, after }))
    }

    pub(super) fn put_in_force(&self, policy: &str) -> Result<(), PolicyError> {
        write(&self.in_force_path(), policy)
    }

    /// The policy comes last: until then nothing waits.
    pub(super) fn put_next(&self, waiting: &Waiting) -> Result<(), PolicyError> {
        self.drop_next()?;
        if let Some(opinion) = &waiting.opinion_json {
            write(&self.dir.join(NEXT_OPINION), opinion)?;
        }
        write(&self.dir.join(NEXT_AFTER), &waiting.after.to_string())?;
        write(&self.dir.join(NEXT), &waiting.policy_json)
    }

    pub(super) fn drop_next(&self) -> Result<(), PolicyError> {
        remove(&self.dir.join(NEXT))?;
        remove(&self.dir.join(NEXT_OPINION))?;
        remove(&self.dir.join(NEXT_AFTER))
    }
}

/// The text of a file; none where there is no file.
pub(super) fn present(path: &Path) -> Result<Option<String>, PolicyError> {
    match read_signed(path) {
        Ok(text) => Ok(Some(text)),
        Err(PolicyError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn write(path: &Path, text: &str) -> Result<(), PolicyError> {
    local::replace(path, text.as_bytes())
        .map_err(|source| PolicyError::Io { path: path.display().to_string(), source })
}

fn remove(path: &Path) -> Result<(), PolicyError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(PolicyError::Io { path: path.display().to_string(), source })
        }
        _ => Ok(()),
    }
}
