//! The folder of certificates and keys: nothing in it is overwritten, and keys are their owner's alone.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Who may read a file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Access {
    Owner,
    Everyone,
}

/// A folder of certificates and keys.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder, where it is not there.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(|| {
            format!("{}: the folder cannot be made; choose another with --dir", path.display())
        })?;
        Ok(Self(path.to_owned()))
    }

    /// A folder that is there.
    pub(crate) fn open(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Refuses to go on where files of these names exist.
    pub(crate) fn must_lack(&self, names: &[&str]) -> Result<()> {
        for file in names.iter().flat_map(|name| [format!("{name}.pem"), format!("{name}.key")]) {
            let path = self.0.join(file);
            if path.exists() {
                bail!(
                    "{}: is there already and is not overwritten; choose another folder or name, or move it away",
                    path.display()
                );
            }
        }
        Ok(())
    }

    pub(crate) fn read(&self, name: &str) -> Result<String> {
        let path = self.0.join(name);
        std::fs::read_to_string(&path).with_context(|| {
            format!("{}: cannot be read; name the folder of `velum pki init` with --dir", path.display())
        })
    }

    pub(crate) fn write(&self, name: &str, text: &str, access: Access) -> Result<()> {
        let path = self.0.join(name);
        let mode = match access {
            Access::Owner => 0o600,
            Access::Everyone => 0o644,
        };
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
        written.with_context(|| format!("{}: cannot be written", path.display()))
    }
}
