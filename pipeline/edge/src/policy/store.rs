//! Four files below `policy/` of the data folder, each replaced whole:
//! ```text
//! in-force.signed.json   the policy that was accepted last, as it came
//! base.signed.json       only where one approver alone decided that one: the newest before it that has the quorum
//! next.signed.json       accepted, and waiting for its `effective_from`
//! next.opinion.json      the officer's opinion on that one, where there is one
//! ```

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use velum_policy::PolicyError;

use crate::local;

const FOLDER: &str = "policy";
const IN_FORCE: &str = "in-force.signed.json";
const BASE: &str = "base.signed.json";
const NEXT: &str = "next.signed.json";
const NEXT_OPINION: &str = "next.opinion.json";
/// A policy with signatures is far shorter.
const MOST_BYTES: u64 = 4 * 1_024 * 1_024;

/// The files.
#[derive(Debug, Clone)]
pub(super) struct Store {
    dir: PathBuf,
}

impl Store {
    pub(super) fn below(data_dir: &Path) -> Self {
        Self { dir: data_dir.join(FOLDER) }
    }

    pub(super) fn in_force_path(&self) -> PathBuf {
        self.dir.join(IN_FORCE)
    }

    pub(super) fn base_path(&self) -> PathBuf {
        self.dir.join(BASE)
    }

    pub(super) fn in_force(&self) -> Result<Option<String>, PolicyError> {
        present(&self.in_force_path())
    }

    pub(super) fn base(&self) -> Result<Option<String>, PolicyError> {
        present(&self.base_path())
    }

    /// What waits, and the opinion on it.
    pub(super) fn next(&self) -> Result<Option<(String, Option<String>)>, PolicyError> {
        let Some(policy) = present(&self.dir.join(NEXT))? else { return Ok(None) };
        Ok(Some((policy, present(&self.dir.join(NEXT_OPINION))?)))
    }

    /// The base comes first and goes last: a policy that needs one never lies there without it, and one that needs
    /// none verifies beside it, too, since its signatures suffice.
    pub(super) fn put_in_force(&self, policy: &str, base: Option<&str>) -> Result<(), PolicyError> {
        if let Some(base) = base {
            write(&self.base_path(), base)?;
        }
        write(&self.in_force_path(), policy)?;
        if base.is_none() {
            remove(&self.base_path())?;
        }
        Ok(())
    }

    /// The policy comes last: until then nothing waits.
    pub(super) fn put_next(&self, policy: &str, opinion: Option<&str>) -> Result<(), PolicyError> {
        self.drop_next()?;
        if let Some(opinion) = opinion {
            write(&self.dir.join(NEXT_OPINION), opinion)?;
        }
        write(&self.dir.join(NEXT), policy)
    }

    pub(super) fn drop_next(&self) -> Result<(), PolicyError> {
        remove(&self.dir.join(NEXT))?;
        remove(&self.dir.join(NEXT_OPINION))
    }
}

/// The text of a file that must be there.
pub(super) fn read(path: &Path) -> Result<String, PolicyError> {
    let refuse = |source| PolicyError::Io { path: path.display().to_string(), source };
    let mut text = String::new();
    let file = fs::File::open(path).map_err(refuse)?;
    file.take(MOST_BYTES).read_to_string(&mut text).map_err(refuse)?;
    Ok(text)
}

/// The text of a file; none where there is no file.
pub(super) fn present(path: &Path) -> Result<Option<String>, PolicyError> {
    match read(path) {
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
